"""Everything pages and API may do, each call authorised at the one choke point; `app.py` builds one over a base."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from assist.access import Action, authorise
from assist.answer import Assistant
from assist.answer import Base as AnswerBase
from assist.businesstype import canonical
from assist.check import clean, problem_of
from assist.leaving.offer import LeavingAdvisor, Offered
from assist.model import Answer, Event, Finished, Question
from kb.clock import Clock, today
from kb.errors import InputRefused, UsageError
from kb.mask import mask
from kb.model import OPERATOR, Passage, Principal, Role, SearchQuery, SearchResult
from kb.store import (
    AskedQuestion,
    DocumentSummary,
    Feedback,
    Gap,
    GapEvent,
    GapQuestion,
    GapState,
    Section,
    Verdict,
)

MAX_TEXT = 2_000
"""Remarks and answers kept with feedback are cut to so many characters."""


class Base(AnswerBase, Protocol):
    """What the desk needs of the knowledge base, beyond what the assistant does."""

    def passage(self, passage_id: int, principal: Principal, as_of: date | None = None) -> Passage | None:
        """A passage the principal may see, in force that day."""
        ...

    def documents(self, principal: Principal) -> list[DocumentSummary]:
        """The documents of the active release that the principal may see something of."""
        ...

    def stats(self) -> Any:
        """Counts of what answers now."""
        ...


class Observer(Protocol):
    """Who is told of answers and verdicts."""

    def answered(self, question: Question, answer: Answer) -> None:
        """An answer was given."""
        ...

    def judged(self, given: Feedback) -> None:
        """A verdict was given."""
        ...


class Exchanged(Protocol):
    """A question and its answer, as a page keeps them."""

    @property
    def question(self) -> str:
        """The question as asked."""
        ...

    @property
    def answer(self) -> Answer:
        """The whole answer."""
        ...


@dataclass(frozen=True, slots=True)
class GapDetail:
    """A gap with every asking of it and everything done about it, oldest first."""

    gap: Gap
    questions: tuple[GapQuestion, ...]
    history: tuple[GapEvent, ...]


class Desk:
    """The service behind every way in; thread-safe. Each method raises Forbidden for a principal who may not."""

    def __init__(
        self,
        *,
        assistant: Assistant,
        base: Base,
        clock: Clock,
        observer: Observer | None = None,
        advisor: LeavingAdvisor | None = None,
    ) -> None:
        self._observer = observer
        self._assistant = assistant
        self._base = base
        self._clock = clock
        self._advisor = advisor

    def stream(self, question: Question) -> Iterator[Event]:
        """The answer as it is proved; ends with Finished."""
        self._admit(question)
        return self._observed(question, self._assistant.stream(question))

    def answer(self, question: Question) -> Answer:
        """The whole answer."""
        self._admit(question)
        answer = self._assistant.answer(question)
        if self._observer is not None:
            self._observer.answered(question, answer)
        return answer

    def leaving(self, question: Question) -> Offered | None:
        """What to offer when the customer means to leave, judged by the question and the call so far; else None."""
        if self._advisor is None or question.principal.role is Role.CUSTOMER:
            return None
        said = [*(turn.text for turn in question.history if turn.role == "user"), question.text]
        return self._advisor.offer(question.principal, said, as_of=question.as_of, channel=question.channel.value)

    def search(self, query: SearchQuery) -> SearchResult:
        """Hits for a question. Raises InputRefused, with the reason in Chinese, for what is no question."""
        authorise(query.principal, Action.SEARCH)
        problem = problem_of(query.question)
        if problem is not None:
            raise InputRefused(f"not a question: {problem[0]}", hint=problem[1])
        return self._base.search(query)

    def passage(self, passage_id: int, principal: Principal, as_of: date) -> Passage | None:
        """A passage, None when there is none that the principal may see that day."""
        authorise(principal, Action.READ_PASSAGE)
        return self._base.passage(passage_id, principal, as_of)

    def section(self, passage: Passage, principal: Principal, as_of: date) -> Section | None:
        """The section a passage stands in, None when it has none or it may not be seen whole."""
        authorise(principal, Action.READ_PASSAGE)
        return None if passage.section_id is None else self._base.section(passage.section_id, principal, as_of)

    def documents(self, principal: Principal) -> list[DocumentSummary]:
        """The documents the principal may see something of."""
        authorise(principal, Action.LIST_DOCUMENTS)
        return self._base.documents(principal)

    def gaps(
        self, principal: Principal, states: Sequence[GapState] = (), *, limit: int = 100, offset: int = 0
    ) -> tuple[Gap, ...]:
        """Knowledge gaps, by priority, then the latest asked first."""
        authorise(principal, Action.LIST_GAPS)
        return self._base.catalogue.gaps.list(states, limit=limit, offset=offset)

    def gap(self, principal: Principal, gap_id: int) -> GapDetail | None:
        """One knowledge gap with its history, None when unknown."""
        authorise(principal, Action.LIST_GAPS)
        gaps = self._base.catalogue.gaps
        gap = gaps.get(gap_id)
        return None if gap is None else GapDetail(gap, gaps.questions(gap_id), gaps.history(gap_id))

    def give_feedback(self, principal: Principal, exchange: Exchanged, verdict: str, reason: str) -> None:
        """Keeps what somebody thought of an answer on a page."""
        answer = exchange.answer
        self.add_feedback(
            Feedback(
                verdict=_verdict(verdict),
                principal=principal,
                question=exchange.question,
                answer=answer.text,
                reason=reason,
                question_id=answer.question_id,
                passage_ids=tuple(citation.passage_id for citation in answer.citations),
            )
        )

    def add_feedback(self, given: Feedback) -> Feedback:
        """Keeps a verdict, its texts cut to MAX_TEXT and masked; raises UsageError for a question not in the log."""
        authorise(given.principal, Action.GIVE_FEEDBACK)
        kept = self._base.catalogue.feedback.add(
            Feedback(
                verdict=given.verdict,
                principal=given.principal,
                question=_kept(given.question),
                answer=_kept(given.answer),
                reason=_kept(given.reason),
                question_id=given.question_id,
                passage_ids=given.passage_ids,
            )
        )
        if self._observer is not None:
            self._observer.judged(kept)
        return kept

    def feedback(self, principal: Principal, *, limit: int = 100, offset: int = 0) -> tuple[Feedback, ...]:
        """Verdicts, the latest first."""
        authorise(principal, Action.LIST_FEEDBACK)
        return self._base.catalogue.feedback.list(limit=limit, offset=offset)

    def correct_type(self, principal: Principal, exchange: Exchanged, label: str) -> None:
        """Keeps the business type somebody says is right; nothing happens for an answer that was not logged."""
        authorise(principal, Action.CORRECT_TYPE)
        if exchange.answer.question_id is not None:
            self.correct_logged_type(principal, exchange.answer.question_id, label)

    def correct_logged_type(self, principal: Principal, question_id: int, label: str) -> AskedQuestion:
        """Sets the business type of a logged question; raises UsageError for an unknown type or question."""
        authorise(principal, Action.CORRECT_TYPE)
        known = canonical(label)
        if known is None:
            raise UsageError(f"no business type {label!r}", hint="没有这个业务类型，请从五类中选择。")
        return self._base.catalogue.questions.correct_type(question_id, known, principal)

    def departments(self) -> tuple[str, ...]:
        """Departments a principal can belong to, as the documents name them."""
        return tuple(sorted({one.department for one in self._base.documents(OPERATOR) if one.department}))

    def stats(self, principal: Principal) -> Any:
        """Counts of what answers now, for the operator."""
        authorise(principal, Action.MAINTAIN)
        return self._base.stats()

    def ready(self) -> bool:
        """True once a release answers."""
        return self._base.active() is not None

    def today(self) -> date:
        """The day on which questions are asked."""
        return today(self._clock)

    def _observed(self, question: Question, events: Iterator[Event]) -> Iterator[Event]:
        for event in events:
            yield event
            if isinstance(event, Finished) and self._observer is not None:
                self._observer.answered(question, event.answer)

    def _admit(self, question: Question) -> None:
        authorise(question.principal, Action.ASK)


def _verdict(verdict: str) -> Verdict:
    try:
        return Verdict(verdict)
    except ValueError as error:
        raise UsageError(f"no verdict {verdict!r}", hint="评价只能是有用、答错或过时。") from error


def _kept(text: str) -> str:
    return mask(clean(text)[:MAX_TEXT])
