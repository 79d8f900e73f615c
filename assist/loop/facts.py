"""Figures in knowledge with what they are said of, and where two passages give different ones; health calls it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kb.model import Passage
from kb.text import content_words, normalise

_UNIT = r"(?:元|块|角|天|个?工作日|小时|分钟|秒|个月|月|年|次|张|学时|通|题|%|倍|分|gb|mb|g|m|折|岁|位|公里|日|点)"
_FIGURE = re.compile(rf"(?<![a-z0-9一-鿿])?(\d+(?:\.\d+)?)\s*({_UNIT}(?:/[一-鿿a-z]+)?)")
_DATE = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日")
_LEAD = re.compile(r"第\d+[条章节款步]|^[问答]:|^\W*\(?\d+[.、)]|《[^》]{1,40}》")
_ASIDE = re.compile(r"负责解释|施行|[×÷＝=]|例如|计算过程|用语的含义")
"""Sentences about the document itself, and worked examples, state no rule."""

_SENTENCE = re.compile(r"[。；;！!？?\n]")
_SAME_UNIT = {"块": "元", "gb": "g", "mb": "m", "个工作日": "工作日", "个月": "月"}

ALIKE = 0.6
"""So much of the wording of two statements must be shared, figures apart, to be about the same."""

ANCHORS = 3
"""At least so many words must be shared."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence with figures: `subject` are its words of content, `names` the names with figures in it (畅行129)."""

    passage: Passage
    text: str
    subject: frozenset[str]
    names: frozenset[str]
    figures: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two statements in force about the same, with different figures of one unit."""

    first: Statement
    second: Statement
    unit: str
    likeness: float


def statements(passages: Iterable[Passage]) -> list[Statement]:
    """Every sentence with a figure that has a unit."""
    found = []
    for passage in passages:
        heading = _LEAD.sub(" ", normalise(" ".join(passage.heading[-1:])))
        title = content_words(heading) if heading.strip() else []
        for sentence in _SENTENCE.split(passage.text):
            made = _statement(passage, sentence.strip(), title)
            if made is not None:
                found.append(made)
    return found


def contradictions(passages: Sequence[Passage]) -> list[Contradiction]:
    """Pairs from different documents, in force on a common day, the most alike first; each pair of passages once."""
    made = statements(passages)
    by_word: dict[str, list[int]] = defaultdict(list)
    for at, each in enumerate(made):
        for word in each.subject:
            by_word[word].append(at)
    best: dict[tuple[int, int], Contradiction] = {}
    for at, each in enumerate(made):
        shared: dict[int, int] = defaultdict(int)
        for word in each.subject:
            for other in by_word[word]:
                if other > at:
                    shared[other] += 1
        for other, number in shared.items():
            if number >= ANCHORS:
                _compare(each, made[other], best)
    return sorted(best.values(), key=lambda one: -one.likeness)


def _compare(first: Statement, second: Statement, best: dict[tuple[int, int], Contradiction]) -> None:
    if first.passage.source == second.passage.source or first.names != second.names:
        return
    if not _together(first.passage, second.passage):
        return
    likeness = 2 * len(first.subject & second.subject) / (len(first.subject) + len(second.subject))
    unit = _different(first, second)
    if likeness < ALIKE or unit is None:
        return
    ids = (min(first.passage.id, second.passage.id), max(first.passage.id, second.passage.id))
    if ids not in best or best[ids].likeness < likeness:
        best[ids] = Contradiction(first, second, unit, likeness)


def _different(first: Statement, second: Statement) -> str | None:
    """The unit in which both give figures that do not agree; None where one only says more, or of other things."""
    for unit in sorted({unit for _, unit in first.figures} & {unit for _, unit in second.figures}):
        ours, theirs = ({value for value, each in one.figures if each == unit} for one in (first, second))
        if not ours & theirs or (len(ours) == len(theirs) and ours != theirs):
            return unit
    return None


def _together(first: Passage, second: Passage) -> bool:
    starts = [each.validity.effective_from for each in (first, second) if each.validity.effective_from]
    ends = [each.validity.effective_to for each in (first, second) if each.validity.effective_to]
    return not starts or not ends or max(starts) <= min(ends)


def _statement(passage: Passage, sentence: str, title: Sequence[str]) -> Statement | None:
    text = _LEAD.sub(" ", normalise(sentence))
    if len(sentence) > 160 or _ASIDE.search(text):
        return None
    dates = frozenset((f"{year}-{month}-{day}", "日期") for year, month, day in _DATE.findall(text))
    text = _DATE.sub(" ", text)
    found = dates | {(value, _SAME_UNIT.get(unit, unit)) for value, unit in _FIGURE.findall(text)}
    if not found:
        return None
    rest = _FIGURE.sub(" ", text)
    words = [word for word in content_words(rest) if not word.isdigit()]
    names = frozenset(re.findall(r"[一-鿿]{2}\d{2,4}(?!\d|\s*(?:元|天|年|月))", rest))
    subject = frozenset(word for word in (*words, *title) if not re.search(r"\d", word))
    own = sum(1 for word in subject if word in words)
    return Statement(passage, sentence, subject, names, found) if own >= ANCHORS else None
