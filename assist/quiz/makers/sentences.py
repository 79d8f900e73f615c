"""Items from the prose of documents: a figure in a sentence, and things named in an order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

from assist.quiz.makers.common import askable, key_of, questions_of_figures, statements_of, tidy
from assist.quiz.makers.lists import CONDITIONS
from assist.quiz.material import Material, evidence, is_prose
from assist.quiz.model import Draft, Evidence, ItemKind
from assist.quiz.passages import clause, listing, plain_title, sentences
from kb.model import Passage

_IN_ORDER = re.compile(
    r"依次(?:问|为|是|扣)?[：:]?(?P<list>[^。；：]+、[^。；：]+?)(?:，最后(?:进入|进|为)?(?P<last>[^。；，]+))?[。；]"
)
_STEP, _OPENING = 16, 40
_CLOSING = re.compile(r"附则|施行|解释|^目的|适用|衔接|示例|举例")
"""Clauses about the document itself, and worked examples: nobody at work needs them by heart."""


def from_sentences(material: Material, random: Random) -> Iterator[Draft]:
    """Drafts over every sentence of prose."""
    for passage in material.passages:
        if not is_prose(passage) or not clause(passage) or _CLOSING.search(clause(passage)):
            continue
        parts = [part for label, one in sentences(passage) if not label for part in re.split(r"[。；]", one)]
        if not material.disputed(passage, passage.text) and not _names_cases(passage):
            yield from statements_of(
                material,
                passage,
                parts,
                f"按《{plain_title(passage)}》“{clause(passage)}”的规定",
                random,
                proof=evidence(passage, passage.text),
                fact=key_of(passage.source, passage.text, "statements"),
                explanation=passage.text,
            )
        for label, sentence in sentences(passage):
            if material.disputed(passage, sentence):
                continue
            yield from in_order(passage, sentence, f"按《{plain_title(passage)}》“{clause(passage)}”的规定")
            if askable(sentence):
                lead = f"按《{plain_title(passage)}》“{clause(passage)}”的规定" + (f"（{label}）" if label else "")
                proof = evidence(passage, sentence)
                fact = key_of(passage.source, sentence)
                yield from questions_of_figures(material, passage, sentence, lead, random, proof=proof, fact=fact)


def _names_cases(passage: Passage) -> bool:
    """True for a list of cases or conditions: alone they state nothing, and lists have items of their own."""
    read = listing(passage)
    return read is not None and CONDITIONS.search(read.intro) is not None


def in_order(passage: Passage, sentence: str, lead: str) -> Iterator[Draft]:
    """The order of what a sentence says comes 依次; nothing for any other sentence."""
    match = _IN_ORDER.search(sentence)
    if match is None:
        return
    parts = [tidy(re.sub(r"（[^）]*）", "", each)) for each in match["list"].split("、")]
    parts += [tidy(match["last"])] if match["last"] else []
    if 3 <= len(parts) <= 6 and len(set(parts)) == len(parts) and all(2 <= len(each) <= _STEP for each in parts):
        before = sentence[: match.start()].rstrip("，；：")
        opening = re.split(r"[。]", before)[-1].strip() if len(before) <= _OPENING else before[-_OPENING:]
        proof: Evidence = evidence(passage, sentence)
        stem = f"{lead}" + (f"，{opening}的" if opening else "，") + "先后顺序是什么？请排列。"
        fact = key_of(passage.source, sentence, "order")
        yield Draft(
            ItemKind.ORDER, stem, tuple(parts), (), proof, fact, "→".join(parts), explanation=sentence, difficulty=2
        )
