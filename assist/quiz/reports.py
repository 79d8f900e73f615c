"""Where quizzes report what is wrong with the knowledge itself: the maintainers' ledger, given by app.py."""

from __future__ import annotations

from typing import Protocol

from kb.gaps import Unanswered
from kb.store import Catalogue, GapCause, GapOrigin, GapQuestion


class Reports(Protocol):
    """The entry of the ledger that quizzes use."""

    def report(self, asked: Unanswered, *, key: str, cause: GapCause, note: str, priority: int = 0) -> int | None:
        """Opens a gap under a key of its own and returns its id; None while one is open under it."""
        ...


class PlainReports:
    """Writes straight into the catalogue, for a base that is worked on without the knowledge loop around it."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def report(self, asked: Unanswered, *, key: str, cause: GapCause, note: str, priority: int = 0) -> int | None:
        """See `Reports`."""
        gaps = self._catalogue.gaps
        if gaps.find(key) is not None:
            return None
        line = GapQuestion(asked.question, asked.principal, asked.channel, asked.as_of)
        gap = gaps.open(line, key=key, priority=priority)
        self._catalogue.gap_work.describe(gap.id, origin=GapOrigin.QUIZ)
        gaps.change(gap.id, asked.principal, cause=cause, note=note)
        return gap.id
