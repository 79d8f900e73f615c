"""Items from questions and answers: the customer asks in everyday words, one of four answers is right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

from assist.quiz.figures import Quantity, canonical, quantities
from assist.quiz.makers.common import OPTIONS, alike, claim_of, inside, key_of, others, pairs, tidy, with_other
from assist.quiz.material import Material, evidence
from assist.quiz.model import Draft, ItemKind
from assist.quiz.passages import row_of, spoken
from kb.model import Passage
from kb.rows import FaqRow
from kb.text import normalise

_BARE = re.compile(r"^(?:可以|不可以|不是|是的?|能|不能|有|没有|不带|带|不用|要|会|不会|支持|不支持)[。，]")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
LONGEST = 76
_CHANGING = re.compile(r"降为|升为|升至|改为|调整为|便宜|差额")
_RELEVANT = 3
"""A later sentence answers when the question hints at the unit of its figure, or shares as many pairs with it."""
_HINTS = (
    (("元", "分之"), re.compile(r"钱|费|价|块|元|便宜|贵|赔|罚|扣")),
    (("GB", "MB", "M"), re.compile(r"流量|多少G|几个?G|兆|网速|多大")),
    (
        ("小时", "天", "日", "月", "年", "分钟", "秒"),
        re.compile(r"多久|几天|多长|什么时候|时间|时限|几个月|最长|期限|分钟|有效"),
    ),
    (("张", "个", "人", "台", "次", "户"), re.compile(r"几|多少|上限")),
    (("岁",), re.compile(r"岁|年龄|多大|老人|学生|孩子")),
)


def from_faq(material: Material, random: Random) -> Iterator[Draft]:
    """Drafts over every question and answer."""
    for passage in material.passages:
        row = row_of(passage)
        if isinstance(row, FaqRow) and not material.disputed(passage, row.answer):
            yield from _scenario(material, passage, row, random)
            yield from _short(passage, row)


def _scenario(material: Material, passage: Passage, row: FaqRow, random: Random) -> Iterator[Draft]:
    for rank, sentence in enumerate(spoken(row.answer)[:3]):
        told = quantities(sentence)
        figures = [
            each
            for each in told
            if each.unit != "时段"
            and sum(each.compact == one.compact for one in told) == 1
            and not sentence[: each.start].rstrip().endswith(("全天", "每天"))
        ]
        if (
            not figures
            or len(sentence) > LONGEST
            or "＝" in sentence
            or sentence.startswith(("例", "比如"))
            or _CHANGING.search(sentence)
        ):
            continue
        asked = _asking(row, sentence, figures, random, first=rank == 0)
        if asked is None:
            continue
        question, figure = asked
        wrong = others(material, passage, sentence, figure, random)
        if len(wrong) < OPTIONS - 1:
            continue
        spoilt = tuple(tidy(with_other(sentence, figure, each)) for each in wrong)
        stem = f"客户问：“{inside(question)}”\n下列答复中，哪一项符合现行规定？"
        proof = evidence(passage, sentence)
        fact = key_of(passage.source, row.code)
        yield Draft(
            ItemKind.SCENARIO, stem, (tidy(sentence),), spoilt, proof, fact, claim_of(passage, sentence, figure),
            explanation=row.answer, difficulty=2,
        )  # fmt: skip
        return


def _asking(
    row: FaqRow, sentence: str, figures: list[Quantity], random: Random, *, first: bool
) -> tuple[str, Quantity] | None:
    """A way of asking, nearest to the standard question, and a figure of the answer that it does not give away.

    An answer of several lines has ways of asking for single ones, and one that begins with yes or no answers its own
    question: then only the question itself will do. A later sentence must be what is asked for.
    """
    polar = _BARE.match(row.answer) is not None
    ways = [] if "\n" in row.answer or polar else sorted(row.similar, key=lambda way: -alike(way, row.question))[:3]
    random.shuffle(ways)
    for way in (*ways, row.question):
        told = set(_NUMBER.findall(normalise(way)))
        amounts = {canonical(each) for each in quantities(normalise(way))}
        hidden = [
            each for each in figures if canonical(each) not in amounts and not set(_NUMBER.findall(each.text)) & told
        ]
        if hidden and 5 <= len(way) <= 30 and sentence.rstrip("。") not in way:
            scored = sorted(hidden, key=lambda each: -_asked_for(each, f"{way}{row.question}", sentence))
            best = scored[0]
            if any(
                each.unit == best.unit and _level(each, best, f"{way}{row.question}", sentence) for each in scored[1:]
            ):
                continue  # which of two amounts is asked for cannot be told
            if (way != row.question or polar) and not _asked_for(best, way, sentence):
                continue
            if first or _asked_for(best, f"{way}{row.question}", sentence) >= _RELEVANT:
                return way, best
    return None


def _asked_for(figure: Quantity, question: str, sentence: str) -> int:
    """How far a question asks for a figure: by its unit, and by the words before it."""
    hints = next((pattern for units, pattern in _HINTS if any(unit in figure.unit for unit in units)), None)
    before = re.split(r"[，。；、：]", sentence[: figure.start])[-1][-8:]
    shared = sum(pair in question for pair in pairs(before))
    return shared + 3 * bool(hints and hints.search(question))


def _level(one: Quantity, other: Quantity, question: str, sentence: str) -> bool:
    return _asked_for(one, question, sentence) == _asked_for(other, question, sentence)


def _short(passage: Passage, row: FaqRow) -> Iterator[Draft]:
    points = tuple(tidy(_BARE.sub("", one)) for one in re.split(r"[。；\n]", row.answer) if len(one.strip()) >= 4)
    if points and len(row.question) >= 6:
        stem = f"简答：{row.question}"
        fact = key_of(passage.source, row.code)
        quote = row.answer
        yield Draft(
            ItemKind.SHORT, stem, (), (), evidence(passage, quote), fact, row.answer,
            answers=points, explanation=row.answer, difficulty=2,
        )  # fmt: skip
