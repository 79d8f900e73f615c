"""What changes, clause by clause and word by word, between the version in force and the next; review and digest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Piece = tuple[Literal["same", "old", "new"], str]


@dataclass(frozen=True, slots=True)
class ClauseChange:
    """One clause before and after; "" for one that was not there. `pieces` run through both in reading order."""

    heading: str
    before: str
    after: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause by its heading (or its place) and its text."""

    heading: str
    text: str


def changes(before: Sequence[Clause], after: Sequence[Clause]) -> tuple[ClauseChange, ...]:
    """Clauses that differ, in the order of `after`, then those that are gone. Equal headings are the same clause."""
    old = {each.heading: each.text for each in before}
    new = {each.heading: each.text for each in after}
    found = [_change(name, old.get(name, ""), text) for name, text in new.items() if old.get(name) != text]
    return (*found, *(_change(name, text, "") for name, text in old.items() if name not in new))


def _change(heading: str, before: str, after: str) -> ClauseChange:
    return ClauseChange(heading, before, after, pieces(before, after))


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """The runs of characters that both share, that only the old has and that only the new has."""
    found: list[Piece] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, a0, a1, b0, b1 in matcher.get_opcodes():
        if tag == "equal":
            found.append(("same", before[a0:a1]))
            continue
        if a1 > a0:
            found.append(("old", before[a0:a1]))
        if b1 > b0:
            found.append(("new", after[b0:b1]))
    return tuple(found)
