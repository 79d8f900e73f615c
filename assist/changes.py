"""Finds the other version of a rule that changes soon or changed lately, old and new side by side; the Assistant asks.

Each version is looked up by a search of its own, as of a day on which it is in force: the answer never mixes them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from assist.compose import SOON, SectionText, cite
from assist.decide import Judged
from assist.evidence import Asked
from assist.injection import cleaned
from assist.model import Change, Citation
from assist.proof.shown import telling
from assist.quote import pieces
from assist.terms import TermIndex
from kb.model import Passage
from kb.text import normalise

LATELY = timedelta(days=60)
"""A rule that began within so many days is told with the one before it."""
ALIKE = 0.2
"""Versions of one rule share at least this much of their words (Dice); unrelated clauses share less."""
DAY = timedelta(days=1)

Look = Callable[[date], Sequence[Judged]]
"""The same question judged as of another day, likely answers only, best first."""


def changes(
    best: Passage, asked: Asked, as_of: date, *, look: Look, terms: TermIndex, section: Callable[[date], SectionText]
) -> tuple[Change, ...]:
    """The coming and the latest change of what `best` says; `section` gives sections as of a day."""
    found = []
    first, last = best.validity.effective_from, best.validity.effective_to

    def cited(passage: Passage, day: date) -> Citation:
        return cite(1, passage, _telling_piece(passage, asked, terms), section(day))

    if first is not None and as_of - LATELY <= first <= as_of:
        old = _other(best, look(first - DAY), ended_before=first)
        if old is not None:
            found.append(Change(first, cited(old, first - DAY), cited(best, as_of)))
    if last is not None and as_of <= last <= as_of + SOON:
        new = _other(best, look(last + DAY), begins=last + DAY)
        if new is not None:
            found.append(Change(last + DAY, cited(best, as_of), cited(new, last + DAY)))
    return tuple(each for each in found if normalise(each.old.quote) != normalise(each.new.quote))


def _other(
    best: Passage, judged: Sequence[Judged], *, ended_before: date | None = None, begins: date | None = None
) -> Passage | None:
    for one in judged:
        passage = cleaned(one.hit.passage)
        first, last = passage.validity.effective_from, passage.validity.effective_to
        if passage.id == best.id or passage.kind is not best.kind or not passage.text:
            continue
        if ended_before is not None and (last is None or last >= ended_before):
            continue
        if begins is not None and first != begins:
            continue
        if _alike(best, passage) >= ALIKE:
            return passage
    return None


def _alike(left: Passage, right: Passage) -> float:
    a, b = (telling(normalise(" ".join((*each.heading, each.text)))) for each in (left, right))
    return 2 * len(a & b) / (len(a) + len(b)) if a or b else 0.0


def _telling_piece(passage: Passage, asked: Asked, terms: TermIndex) -> str:
    """The piece of a passage that answers best, letter for letter."""
    clean = cleaned(passage)
    found = pieces(clean, asked, terms)
    return max(found, key=lambda piece: piece.score).text if found else clean.text.strip()
