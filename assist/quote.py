"""Chooses what to quote from a passage: the clause or row that answers, with its conditions; the Assistant calls it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assist.evidence import Asked
from assist.lexicon import lexicon
from assist.terms import TermIndex
from kb.model import Passage
from kb.text import normalise

WHOLE_CHARS = 260
"""A passage up to this long is quoted whole: a clause loses its meaning sooner than its reader's patience."""
MAX_CHARS = 320
_SENTENCE = re.compile(r"[^。；！？!?;\n]*[。；！？!?;]*[”’」』）)】》]*\n?|\n")
_BOUND = re.compile(r"^\s*(?:但|除|不含|不包括|不足|超过|超出|逾期|其中|仅|须|应|否则|因|同时|此外|另|该|上述|前款|未)")
_LEAD = re.compile(r"[:：]\s*$")
_ITEM = re.compile(r"^\s*(?:[（(][一二三四五六七八九十\d]{1,3}[）)]|[一二三四五六七八九十\d]{1,3}[、.．]|[①-⑳]|[-·•])")


@dataclass(frozen=True, slots=True)
class Quote:
    """`text` is what to say; `exact` the piece of the passage, letter for letter, from its first to its last word."""

    text: str
    exact: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence, list item or table row of a passage, letter for letter, with how much of the question it answers."""

    text: str
    score: float
    row: bool


def pieces(passage: Passage, asked: Asked, terms: TermIndex) -> tuple[Piece, ...]:
    """The pieces of a passage in order, each with the conditions that follow it."""
    units = _units(passage.text.strip())
    found = []
    for index, unit in enumerate(units):
        after = [at for at in sorted(_with_context(units, index)) if at >= index]
        text = "".join(units[at].text for at in after).strip()
        found.append(Piece(text, _score(unit, asked, terms), unit.row))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Unit:
    start: int
    end: int
    text: str
    lead: int | None
    row: bool


def quote(passage: Passage, asked: Asked, terms: TermIndex) -> Quote:
    """What of `passage` answers the question; never empty for a passage with text."""
    text = passage.text.strip()
    if len(text) <= WHOLE_CHARS:
        return Quote(text, text)
    units = _units(text)
    scores = [_score(unit, asked, terms) for unit in units]
    chosen = _choose(units, scores)
    exact = text[units[chosen[0]].start : units[chosen[-1]].end].strip()
    return Quote(_joined(units, chosen), exact)


def _units(text: str) -> list[_Unit]:
    """Sentences, list items and table rows of `text`; `lead` is the unit that introduces an item or row."""
    units: list[_Unit] = []
    lead: int | None = None
    for match in _SENTENCE.finditer(text):
        piece = match.group()
        if not piece.strip():
            continue
        starts_line = match.start() == 0 or text[match.start() - 1] == "\n"
        item = starts_line and bool(_ITEM.match(piece))
        line = text[match.start() :].split("\n", 1)[0]
        row = starts_line and line.count("：") >= 2 and "；" in line
        if starts_line and not item and not row:
            lead = None
        units.append(_Unit(match.start(), match.end(), piece, lead, row))
        if _LEAD.search(piece.rstrip("\n")) and not row:
            lead = len(units) - 1
    return _merge_rows(units, text)


def _merge_rows(units: Sequence[_Unit], text: str) -> list[_Unit]:
    """Table rows (列：值；列：值) put together again: a row is said whole or not at all."""
    merged: list[_Unit] = []
    moved: dict[int, int] = {}
    for index, unit in enumerate(units):
        start_of_line = unit.start == 0 or text[unit.start - 1] == "\n"
        lead = None if unit.lead is None else moved[unit.lead]
        if merged and merged[-1].row and not start_of_line:
            last = merged[-1]
            merged[-1] = _Unit(last.start, unit.end, text[last.start : unit.end], last.lead, row=True)
        else:
            merged.append(_Unit(unit.start, unit.end, unit.text, lead, unit.row))
        moved[index] = len(merged) - 1
    return merged


def _score(unit: _Unit, asked: Asked, terms: TermIndex) -> float:
    """How much of the question a unit answers: its words, the things it names, and the kind of answer it shows."""
    text = normalise(unit.text)
    score = sum(1.0 for word in asked.content if _shows(word, text))
    named = terms.standards(text)
    for name, category in asked.named:
        if name in named or name in text:
            score += 1.5
        elif any(terms.category(other) == category and terms.family(other) for other in named):
            score -= 1.0 if terms.family(name) else 0.0
    score += sum(0.5 for number in asked.quantities | asked.numbers if number in text)
    score += sum(0.7 for place in asked.places if place in text)
    score += sum(0.8 for kind in asked.kinds if kind.shows.search(text))
    return score


def _shows(word: str, text: str) -> bool:
    return word in text or any(other in text for other in lexicon().alike.get(word, ()))


def _choose(units: Sequence[_Unit], scores: Sequence[float]) -> list[int]:
    """Indexes of the units to say, in order: the best with its lead-in and conditions, then others nearly as good."""
    order = sorted(range(len(units)), key=lambda i: (-scores[i], i))
    best = scores[order[0]]
    chosen: set[int] = set()
    for index in order:
        if chosen and scores[index] < 0.55 * best:
            break
        wanted = _with_context(units, index) - chosen
        if chosen and _length(units, chosen | wanted) > MAX_CHARS:
            continue
        chosen |= wanted
    return sorted(chosen)


def _with_context(units: Sequence[_Unit], index: int) -> set[int]:
    """A unit, what introduces it, and the conditions and exceptions that follow it."""
    taken = {index}
    lead = units[index].lead
    while lead is not None:
        taken.add(lead)
        lead = units[lead].lead
    after = index + 1
    while after < len(units) and not units[after].row and _BOUND.match(units[after].text):
        if _length(units, taken | {after}) > MAX_CHARS:
            break
        taken.add(after)
        after += 1
    return taken


def _length(units: Sequence[_Unit], chosen: set[int]) -> int:
    return sum(len(units[i].text) for i in chosen)


def _joined(units: Sequence[_Unit], chosen: Sequence[int]) -> str:
    """The chosen units as one text; what was left out between them is marked by an ellipsis on its own."""
    parts: list[str] = []
    for place, index in enumerate(chosen):
        if place and index != chosen[place - 1] + 1 and not _LEAD.search(units[chosen[place - 1]].text.rstrip("\n")):
            parts[-1] = parts[-1].rstrip("\n") + "\n"
        parts.append(units[index].text)
    return "".join(parts).strip()
