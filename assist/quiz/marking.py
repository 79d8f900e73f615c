"""Marks what was answered: letters, figures, short answers by the points they cover; practice calls it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from assist.quiz.figures import canonical, quantities
from assist.quiz.model import LETTERS, Item, ItemKind
from kb.errors import InputRefused
from kb.text import content_words, fold, normalise

ENOUGH_POINTS = 3
"""So many points make a short answer full marks, or all there are."""
COVERED = 0.5
"""A point is covered when so much of its words, and all of its figures, are there."""
MAX_GIVEN = 2_000


@dataclass(frozen=True, slots=True)
class Mark:
    """`score` in [0, 1]; `missed` are the points, or the right answer, that were not given."""

    score: float
    missed: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        """True for full marks."""
        return self.score >= 1.0


def mark(item: Item, given: str) -> Mark:
    """The mark of an answer; letters refer to the options as they stand in `item`.

    Raises InputRefused for an answer that is empty, too long, or names options that are not there.
    """
    text = given.strip()
    if not text:
        raise InputRefused("an empty answer", hint="还没有作答，请填写或选择答案。")
    if len(text) > MAX_GIVEN:
        raise InputRefused("a long answer", hint=f"作答请控制在 {MAX_GIVEN} 字以内。")
    if item.kind is ItemKind.FILL:
        return Mark(1.0) if any(_same(text, each) for each in item.answers) else Mark(0.0, item.answers[:1])
    if item.kind is ItemKind.SHORT:
        return mark_points(text, item.answers, needed=min(ENOUGH_POINTS, len(item.answers)))
    chosen = letters(text, item)
    if item.kind is ItemKind.ORDER:
        return _ordered(item, chosen)
    if item.kind is ItemKind.MULTIPLE:
        return _several(item, chosen)
    return Mark(1.0) if chosen == item.key else Mark(0.0, item.right)


def mark_points(text: str, points: Sequence[str], *, needed: int) -> Mark:
    """The share of `needed` points that `text` covers, at most 1, and those it does not."""
    missed = tuple(point for point in points if not covers(text, point))
    return Mark(min(1.0, (len(points) - len(missed)) / max(needed, 1)), missed)


def covers(text: str, point: str) -> bool:
    """True when `text` has all figures of `point` and enough of its words."""
    said = normalise(text)
    figures = {number for each in quantities(point) for number in re.findall(r"\d+(?:\.\d+)?", each.text)}
    if not figures <= set(re.findall(r"\d+(?:\.\d+)?", said)):
        return False
    words = [word for word in content_words(re.sub(r"\{[^}]*\}", "", point)) if not word.isdigit()]
    return not words or sum(word in said for word in words) / len(words) >= COVERED


def letters(text: str, item: Item) -> tuple[int, ...]:
    """The places that letters name, also 正确 and 错误 for judgements; raises InputRefused for what is none of them."""
    if item.kind is ItemKind.TRUE_FALSE and text in item.options:
        return (item.options.index(text),)
    places = tuple(LETTERS.find(letter) for letter in re.sub(r"[\s,，、;；]", "", text.upper()))
    if any(not 0 <= at < len(item.options) for at in places) or len(set(places)) < len(places):
        raise InputRefused("no such option", hint=f"答案“{text[:20]}”不对：请填选项的字母，不要重复。")
    return places if item.kind is ItemKind.ORDER else tuple(sorted(places))


def _same(given: str, answer: str) -> bool:
    if fold(given) == fold(answer) or fold(normalise(given)) == fold(normalise(answer)):
        return True
    mine, theirs = quantities(normalise_units(given)), quantities(answer)
    if len(mine) == len(theirs) == 1 and canonical(mine[0]) == canonical(theirs[0]):
        return True
    number = re.fullmatch(r"\d+(?:\.\d+)?", normalise(given).strip())
    wanted = re.match(r"\d+(?:\.\d+)?", answer)
    return bool(number and wanted and float(number[0]) == float(wanted[0]))


def normalise_units(text: str) -> str:
    """What was typed with figures for Chinese numerals, and GB, MB as they are written."""
    return re.sub(r"(?i)(?<=\d)\s*(gb|mb)", lambda match: match[1].upper(), normalise(text))


def _several(item: Item, chosen: tuple[int, ...]) -> Mark:
    """All right ones for full marks; half when some are missing and none is wrong."""
    missed = tuple(item.options[at] for at in item.key if at not in chosen)
    if set(chosen) == set(item.key):
        return Mark(1.0)
    return Mark(0.5 if chosen and set(chosen) < set(item.key) else 0.0, missed or item.right)


def _ordered(item: Item, chosen: tuple[int, ...]) -> Mark:
    """Full marks for the right order; else half of the share of neighbours that are in order."""
    if chosen == item.key:
        return Mark(1.0)
    if len(chosen) < len(item.key):
        return Mark(0.0, item.right)
    place = {at: rank for rank, at in enumerate(item.key)}
    kept = sum(place[b] == place[a] + 1 for a, b in pairwise(chosen))
    return Mark(round(0.5 * kept / (len(item.key) - 1), 3), item.right)
