"""Sends what agents found wanting into the ledger: wrong and outdated answers, and answers of little confidence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Protocol

from assist.model import Answer, Outcome, Question
from kb.gaps import Unanswered
from kb.store import AskedQuestion, Feedback, GapOrigin, Verdict

MARGIN = 0.2
"""An answer within this share of the way from the least confidence that answers to certainty is looked at again."""


class Takes(Protocol):
    """Where the questions go."""

    def add(self, asked: Unanswered, origin: GapOrigin) -> int:
        """The id of the gap opened or joined."""
        ...


class Watch:
    """Told by the desk of every answer and every verdict."""

    def __init__(
        self,
        ledger: Takes,
        *,
        question_of: Callable[[int], AskedQuestion | None],
        day: Callable[[], date],
        threshold: float,
    ) -> None:
        self._ledger = ledger
        self._question_of = question_of
        self._day = day
        self._doubt = threshold + (1 - threshold) * MARGIN

    def answered(self, question: Question, answer: Answer) -> None:
        """An answer was given."""
        if question.record and answer.outcome is Outcome.ANSWERED and answer.confidence < self._doubt:
            kind = answer.business_type.label if answer.business_type else ""
            asked = Unanswered(
                answer.understood or question.text,
                question.principal,
                question.channel.value,
                question.as_of,
                business_type=kind,
            )
            self._ledger.add(asked, GapOrigin.DOUBTFUL)

    def judged(self, given: Feedback) -> None:
        """A verdict was given, on a logged question or one named by its text."""
        if given.verdict is Verdict.USEFUL:
            return
        line = None if given.question_id is None else self._question_of(given.question_id)
        text = line.text if line is not None else given.question
        if not any(each.isalnum() for each in text):
            return
        asked = Unanswered(
            text,
            given.principal,
            line.channel if line is not None else "page",
            line.as_of if line is not None else self._day(),
            business_type=line.business_type if line is not None else "",
        )
        self._ledger.add(asked, GapOrigin.WRONG if given.verdict is Verdict.WRONG else GapOrigin.OUTDATED)
