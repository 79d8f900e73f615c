"""Proof of closure: the questions of a gap, asked again in their stored words after the release; releasing calls it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from assist.model import Answer, Channel, Outcome, Question
from kb.clock import Clock, today
from kb.model import OPERATOR
from kb.store import Catalogue, DraftState, Gap, GapQuestion, GapState

Ask = Callable[[Question], Answer]


@dataclass(frozen=True, slots=True)
class Proof:
    """What asking again showed: wordings that the new knowledge answers, and those it does not."""

    gap_id: int
    answered: tuple[str, ...]
    unanswered: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """True when every wording is answered with the new knowledge."""
        return bool(self.answered) and not self.unanswered


class Closure:
    """Asks released gaps again and closes or reopens them; thread-safe."""

    def __init__(self, catalogue: Catalogue, ask: Ask, clock: Clock) -> None:
        self._catalogue = catalogue
        self._ask = ask
        self._clock = clock

    def prove_all(self) -> tuple[Proof, ...]:
        """Every released gap whose new knowledge is in force by now."""
        found = self._catalogue.gaps.list([GapState.RELEASED], limit=1_000)
        proofs = (self.prove(gap) for gap in found)
        return tuple(proof for proof in proofs if proof is not None)

    def prove(self, gap: Gap) -> Proof | None:
        """Asks one released gap again; None while its knowledge is not in force yet."""
        drafts = self._catalogue.drafts.list([DraftState.RELEASED], gap_id=gap.id)
        day = today(self._clock)
        if not drafts or any(draft.effective_from and draft.effective_from > day for draft in drafts):
            return None
        sources = {draft.source for draft in drafts}
        asked = {one.text: one for one in self._catalogue.gaps.questions(gap.id)}
        answered = [text for text, one in asked.items() if self.answers(one, sources)]
        proof = Proof(gap.id, tuple(answered), tuple(text for text in asked if text not in answered))
        self._close(gap, proof)
        return proof

    def answers(self, asked: GapQuestion, sources: Collection[str]) -> bool:
        """True when the question is answered from one of `sources`, in the view of whoever asked it."""
        channel = Channel(asked.channel) if asked.channel in set(Channel) else Channel.VOICE
        question = Question(asked.text, asked.principal, today(self._clock), channel=channel, record=False)
        answer = self._ask(question)
        cited = {citation.source for citation in answer.citations}
        return answer.outcome is Outcome.ANSWERED and bool(cited & set(sources))

    def _close(self, gap: Gap, proof: Proof) -> None:
        if not proof.holds:
            missing = "；".join(proof.unanswered[:3])
            note = f"复问 {len(proof.answered) + len(proof.unanswered)} 种问法，未答出：{missing}"
            self._catalogue.gaps.change(gap.id, OPERATOR, state=GapState.ASSIGNED, note=note)
            if gap.owner:
                self._catalogue.notices.add([gap.owner], f"{gap.id} 号缺口发布后仍有问法答不出，已重新打开。", gap.id)
            return
        note = f"复问 {len(proof.answered)} 种问法，全部由新知识答出"
        self._catalogue.gaps.change(gap.id, OPERATOR, state=GapState.VERIFIED, note=note)
        self._catalogue.gap_work.describe(gap.id, verified_at=self._clock.now())
        waiting = self._catalogue.gap_work.traffic([gap.id], self._clock.now())[gap.id].waiting
        self._catalogue.notices.add(waiting, f"您问过的“{gap.question}”现在可以答了。", gap.id)
