"""Whether the words of a sentence are borne out by what it cites, and not contradicted; `prove` asks after the figures.

By form first, then by nearness in meaning as the embedding sees it. One statement must bear out half of a sentence, so
that nothing is pieced together from far apart.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from assist.lexicon import lexicon
from assist.proof.figures import read_figures
from assist.proof.lists import lists, negated
from assist.proof.names import mentions
from assist.proof.shown import Shown, telling
from assist.sense import Sense
from assist.terms import TermIndex
from kb.text import content_words

SUPPORTED = 0.7
"""So much of a sentence's content must stand in what it cites, by form or by meaning."""
JOINED = 0.5
"""So much of it must stand in a single statement of that."""
NEAR = 0.75
"""From this nearness in meaning on a word counts as met."""
_EACH = re.compile(r"(?:每|按)(?:个|自然)?(?:月|天|日|年|次|张|人|条|台|户|单|分钟|小时|gb|mb|g|m)")


class Support(Enum):
    """What a passage has to say for a sentence."""

    FULL = auto()
    NONE = auto()
    CONTRADICTED = auto()


def support(text: str, cited: Sequence[Shown], terms: TermIndex, sense: Sense | None) -> Support:
    """Whether the passages bear out a normalised sentence."""
    wanted = _content(text, terms)
    if not wanted:
        return Support.FULL
    whole = " ".join(shown.whole for shown in cited)
    unmet = [each.word for each in wanted if not _met(each, whole)]
    near = _near(unmet, cited, sense)
    if _share(wanted, set(unmet) - near) < SUPPORTED:
        return Support.NONE
    scored: list[tuple[float, bool]] = []
    for shown in cited:
        for unit in shown.units:
            around = f"{shown.around} {unit.text}"
            share = _share(wanted, {w.word for w in wanted if w.word not in near and not _met(w, around)})
            scored.append((share, _agrees(text, unit.clauses)))
    top = max((share for share, _ in scored), default=0.0)
    if top < JOINED:
        return Support.NONE
    return Support.FULL if any(agrees for share, agrees in scored if share >= top - 0.1) else Support.CONTRADICTED


def borne_out(clause: str, statement: str, terms: TermIndex) -> bool:
    """Whether the statement in which a figure stands has half of what the clause says of that figure."""
    wanted = _content(clause, terms)
    return not wanted or _share(wanted, [each.word for each in wanted if not _met(each, statement)]) >= JOINED


def _agrees(text: str, clauses: Sequence[str]) -> bool:
    """Clause by clause, the nearest clause of the statement negates when the sentence does."""
    for said in re.split(r"[,;。]", text):
        mine = telling(said)
        if len(mine) < 2:
            continue
        ranked = sorted(((len(mine & telling(clause)) / len(mine), clause) for clause in clauses), reverse=True)
        if not ranked or ranked[0][0] < 0.6:
            continue
        nearest = [clause for share, clause in ranked if share >= ranked[0][0] - 0.05]
        if all(negated(_without_free(clause)) != negated(_without_free(said)) for clause in nearest):
            return False
    return True


def _near(unmet: Sequence[str], cited: Sequence[Shown], sense: Sense | None) -> set[str]:
    if sense is None or not unmet:
        return set()
    met = sense.nearness(unmet, [sorted(shown.whole_words)[:400] for shown in cited]).max(axis=1)
    return {word for word, nearness in zip(unmet, met, strict=True) if nearness >= NEAR}


@dataclass(frozen=True, slots=True)
class _Word:
    """A word that needs support, and the pairs of characters at its place in the sentence, each crossing its bounds."""

    word: str
    pairs: tuple[frozenset[str], ...]


def _content(text: str, terms: TermIndex) -> list[_Word]:
    """Words of a sentence that need support: no names, figures, manner or idle words; longest ones only."""
    plain = text
    named = [(mention.start, mention.end) for mention in mentions(terms, text)]
    spans = named + [(figure.start, figure.end) for figure in read_figures(text, named)]
    for start, end in spans:
        plain = plain[:start] + "," * (end - start) + plain[end:]
    plain = _EACH.sub(",", plain)
    idle = lists().manner | lexicon().idle
    found = [word for word in content_words(plain) if len(word) > 1 and word not in idle and not word[0].isdigit()]
    longest = [word for word in found if not any(word != other and word in other for other in found)]
    return [_Word(word, _pairs(word, text)) for word in longest]


def _pairs(word: str, text: str) -> tuple[frozenset[str], ...]:
    """For each character of the word, the pairs of neighbours in the text that hold it."""
    at = text.find(word)
    if at < 0:
        return tuple(frozenset((word[max(0, i - 1) : i + 1], word[i : i + 2])) for i in range(len(word)))
    return tuple(
        frozenset(pair for pair in (text[max(0, i - 1) : i + 1], text[i : i + 2]) if len(pair) == 2)
        for i in range(at, at + len(word))
    )


def _met(word: _Word, text: str) -> bool:
    """True when a text holds the word, one alike, or each character of it beside a neighbour it has when said."""
    return met_by_form(word.word, text) or all(any(pair in text for pair in pairs) for pairs in word.pairs)


def met_by_form(word: str, text: str) -> bool:
    """True when a text holds the word, one alike, or most pairs of its characters."""
    if word in text or any(other in text for other in lexicon().alike.get(word, ())):
        return True
    pairs = [word[at : at + 2] for at in range(len(word) - 1)]
    return len(word) >= 3 and sum(pair in text for pair in pairs) * 2 >= len(pairs)


def _share(wanted: Sequence[_Word], unmet: Collection[str]) -> float:
    """Share of the characters of `wanted` that are not `unmet`."""
    total = sum(len(each.word) for each in wanted)
    return sum(len(each.word) for each in wanted if each.word not in unmet) / total


def _without_free(text: str) -> str:
    """`text` without sayings of no charge, which are figures and judged as such."""
    kept = text
    for figure in reversed(read_figures(text)):
        if figure.kind == "money" and figure.value == "0":
            kept = kept[: figure.start] + kept[figure.end :]
    return kept
