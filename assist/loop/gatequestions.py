"""What the release gate asks: golden cases, questions of verified gaps, the latest questions; releasing calls it."""

from __future__ import annotations

from collections.abc import Collection

from assist.golden.desk import GoldenDesk
from assist.loop import gate
from assist.loop.gate import Trialled
from assist.model import Answer, Channel, Outcome, Question
from kb.clock import Clock, today
from kb.store import Catalogue, DraftState, GapState

RECENT = 60
"""So many of the latest questions are asked of the candidate as well."""


class GateQuestions:
    """Gathers the questions of one home."""

    def __init__(self, catalogue: Catalogue, golden: GoldenDesk, clock: Clock) -> None:
        self._catalogue = catalogue
        self._golden = golden
        self._clock = clock

    def every(self) -> list[Trialled]:
        """Golden cases, then verified gaps, then the latest questions."""
        return [*self._golden.trials(), *self._verified(), *self._recent()]

    def mark(self) -> str:
        """Names the golden cases as they stand."""
        return self._golden.mark()

    def _verified(self) -> list[Trialled]:
        """The questions of every verified gap, right while its own knowledge answers them."""
        catalogue = self._catalogue
        day = today(self._clock)
        found = []
        for gap in catalogue.gaps.list([GapState.VERIFIED], limit=1_000):
            sources = {draft.source for draft in catalogue.drafts.list([DraftState.RELEASED], gap_id=gap.id)}
            for text, one in {each.text: each for each in catalogue.gaps.questions(gap.id)}.items():
                question = Question(text, one.principal, day, channel=_channel(one.channel), record=False)
                found.append(Trialled(f"缺口{gap.id}", "verified", question, _answered_from(sources)))
        return found

    def _recent(self) -> list[Trialled]:
        day = today(self._clock)
        latest = {line.text: line for line in self._catalogue.questions.recent(RECENT * 3)}
        return [
            Trialled(
                f"提问{line.id}",
                "recent",
                Question(text, line.principal, day, channel=_channel(line.channel), record=False),
            )
            for text, line in list(latest.items())[:RECENT]
        ]


def _answered_from(sources: Collection[str]) -> gate.Judge:
    def right(_question: Question, answer: Answer) -> bool:
        cited = {citation.source for citation in answer.citations}
        return answer.outcome is Outcome.ANSWERED and bool(cited & set(sources))

    return right


def _channel(name: str) -> Channel:
    return Channel(name) if name in set(Channel) else Channel.VOICE
