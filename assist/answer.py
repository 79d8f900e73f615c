"""The one path every question takes: check, read the follow-up, search, decide, compose with proof, or refuse."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from assist import askback, written
from assist.businesstype import TypeClassifier
from assist.changes import changes
from assist.channels import serves
from assist.check import clean, problem_of
from assist.compose import Composed, compose, read_row
from assist.decide import Decision, Judged, choose, judge, shipped
from assist.evidence import Asked, read_question
from assist.followup import Standalone, rewrite
from assist.framing import Frame, Framing
from assist.model import (
    Answer,
    BusinessType,
    Change,
    Event,
    Finished,
    Mode,
    Near,
    Opened,
    Outcome,
    Question,
    Reason,
    Restarted,
    Sentence,
    Understood,
)
from assist.refusals import customer_refusal, staff_refusal
from assist.secondreading import confirmed, worth
from assist.sense import Sense
from assist.terms import TermIndex
from assist.wording import say
from assist.write import Writer
from kb.clock import Clock, today
from kb.gaps import Ledger, Unanswered
from kb.mask import mask
from kb.model import Hit, Passage, Principal, Role, SearchQuery, SearchResult
from kb.store import AskedQuestion, Catalogue, Release, Section

CANDIDATES = 12
"""So many hits are judged; the right passage is seldom deeper, and each costs a fraction of a millisecond."""


class Base(Protocol):
    """What the assistant needs of the knowledge base."""

    def search(self, query: SearchQuery) -> SearchResult:
        """Hits the principal may see, in force that day, best first."""
        ...

    def section(self, section_id: int, principal: Principal, as_of: date | None = None) -> Section | None:
        """A parent section the principal may see, in force that day."""
        ...

    def active(self) -> Release | None:
        """The release that answers, None before the first."""
        ...

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue of the home."""
        ...


class Log(Protocol):
    """Where questions are logged."""

    def add(self, asked: AskedQuestion) -> AskedQuestion:
        """Writes one line, its text masked already."""
        ...


class Guard(Protocol):
    """Looks over what is composed for a day."""

    def __call__(self, composed: Composed, as_of: date) -> Composed:
        """What was composed, with a remark about what must not be read out."""
        ...

    def faulty(self, text: str, as_of: date) -> bool:
        """True for a written sentence that must not be said; it is never shown."""
        ...


@dataclass(frozen=True, slots=True)
class Examined:
    """A question as it was searched and judged, best hit first; calibration reads it.

    `barred` are scripts that answer too, but are approved for another channel only.
    """

    standalone: Standalone
    judged: tuple[Judged, ...]
    result: SearchResult
    barred: tuple[Hit, ...] = ()


class Assistant:
    """Answers questions from the knowledge base, or refuses and records the gap; thread-safe.

    `ledger` and `log` are written for questions with `record` only. With a `writer` what would be quoted is written and
    proved instead; approved wording is never rewritten. With `framing` approved openings and closings go around it.
    """

    def __init__(
        self,
        *,
        base: Base,
        ledger: Ledger,
        log: Log | None,
        classifier: TypeClassifier,
        clock: Clock,
        decision: Decision | None = None,
        sense: Sense | None = None,
        writer: Writer | None = None,
        guard: Guard | None = None,
        framing: Framing | None = None,
    ) -> None:
        self._base = base
        self._ledger = ledger
        self._log = log
        self._classifier = classifier
        self._clock = clock
        self._decision = decision or shipped()
        self._sense = sense
        self._writer = writer
        self._guard = guard
        self._framing = framing
        self._index: tuple[int, TermIndex] = (0, TermIndex(()))

    def answer(self, question: Question) -> Answer:
        """The whole answer: the stream, drained."""
        for event in self.stream(question):
            if isinstance(event, Finished):
                return event.answer
        raise AssertionError("a stream always ends with Finished")

    def stream(self, question: Question) -> Iterator[Event]:
        """How the question was understood, the proved pieces of the answer, then the whole answer, always last."""
        started = time.perf_counter()
        problem = problem_of(question.text)
        if problem is not None:
            yield Finished(Answer(Outcome.REFUSED, problem[1], reason=problem[0], timings_ms=_timings(started, {})))
            return
        until = self._writer.until() if self._writer else 0.0
        examined = self._understand(question, until)
        yield Understood(examined.standalone.text)
        searched = time.perf_counter()
        frame = Frame(question.channel)
        if self._framing is not None:
            good = self._good(examined)
            frame = self._framing.frame(question, good[0].hit.passage if good else None)
        if frame.opening is not None:
            yield Opened(frame.opening)
        answer = frame.around((yield from self._decide(question, examined, until)))
        parts = dict(examined.result.timings_ms) | {"answer": (time.perf_counter() - searched) * 1000}
        yield Finished(self._logged(question, replace(answer, timings_ms=_timings(started, parts))))

    def examine(self, question: Question) -> Examined:
        """Rewrites, searches and judges; a follow-up that may also stand alone is tried both ways."""
        terms = self._terms()
        chosen = askback.resumed(clean(question.text), question.history)
        if chosen is not None:
            earlier, choice = chosen
            whole = rewrite(clean(earlier), question.history[:-2], terms)
            return self._search(question, replace(whole, text=f"{choice} {whole.text}", alternative=None), terms)
        standalone = rewrite(clean(question.text), question.history, terms)
        examined = self._search(question, standalone, terms)
        if standalone.alternative is not None:
            other = self._search(question, Standalone(standalone.alternative), terms)
            if _likelihood(other) > _likelihood(examined):
                return other
        return examined

    def _search(self, question: Question, standalone: Standalone, terms: TermIndex) -> Examined:
        query = SearchQuery(standalone.text, question.principal, question.as_of, k=CANDIDATES, scope=question.scope)
        result = self._base.search(query)
        asked = read_question(standalone.text, terms, standalone.carried, as_of=question.as_of)
        served = [(hit, serves(read_row(hit.passage), question.channel)) for hit in result.hits]
        judged = judge(asked, [hit for hit, fits in served if fits], terms, self._decision, self._sense)
        return Examined(standalone, judged, result, tuple(hit for hit, fits in served if not fits))

    def _understand(self, question: Question, until: float) -> Examined:
        """The question as the rules read it; what would be refused a model reads once more."""
        examined = self.examine(question)
        if self._writer is None or self._good(examined):
            return examined
        if not question.history:
            return self._reread(self._writer, question, examined, until)
        text = self._writer.follow(clean(question.text), question.history, until=until)
        if text is None:
            return examined
        other = self._search(question, Standalone(text), self._terms())
        return other if _likelihood(other) > _likelihood(examined) else examined

    def _reread(self, writer: Writer, question: Question, examined: Examined, until: float) -> Examined:
        """As examined, with what a written wording of the question confirms; it is answered in its own words."""
        threshold = self._decision.threshold
        text = writer.reword(clean(question.text), until=until) if worth(examined.judged, threshold) else None
        if text is None:
            return examined
        other = self._search(question, Standalone(text), self._terms())
        return replace(examined, judged=confirmed(examined.judged, other.judged, threshold))

    def _good(self, examined: Examined) -> list[Judged]:
        return choose(examined.judged, self._decision.threshold)

    def _decide(
        self, question: Question, examined: Examined, until: float
    ) -> Generator[Sentence | Restarted, None, Answer]:
        good = self._good(examined)
        composed = self._compose(question, examined, good) if good else None
        if composed is None or not composed.sentences:
            return self._refusal(question, examined)
        back = askback.unsaid(self._asked(question, examined), good, self._terms())
        if back is not None:
            return self._asking(examined, back)
        if composed.mode is Mode.QUOTED and self._writer is not None:
            composed = yield from self._written(self._writer, question, examined, composed, until)
        else:
            yield from composed.sentences
        guarded = composed if self._guard is None else self._guard(composed, question.as_of)
        return self._answered(question, examined, guarded)

    def _written(
        self, writer: Writer, question: Question, examined: Examined, quoted: Composed, until: float
    ) -> Generator[Sentence | Restarted, None, Composed]:
        return written.write(
            writer,
            question,
            self._asked(question, examined),
            examined.judged,
            quoted,
            threshold=self._decision.threshold,
            until=until,
            terms=self._terms(),
            section=lambda passage: self._section(passage, question),
            faulty=self._faulty(question.as_of),
        )

    def _faulty(self, as_of: date) -> Callable[[str], bool] | None:
        guard = self._guard
        return None if guard is None else lambda text: guard.faulty(text, as_of)

    def _answered(self, question: Question, examined: Examined, composed: Composed) -> Answer:
        changed = self._changes(question, examined)
        told = tuple(say("notice.changes", day=f"{one.day.year}年{one.day.month}月{one.day.day}日") for one in changed)
        return Answer(
            outcome=Outcome.ANSWERED,
            mode=composed.mode,
            text=composed.text,
            confidence=round(_likelihood(examined), 4),
            citations=composed.citations,
            business_type=self._type(examined),
            understood=examined.standalone.text,
            row=composed.row,
            notices=composed.notices + told,
            sentences=composed.sentences,
            left_out=composed.left_out,
            degraded=composed.degraded,
            changes=changed,
        )

    def _asking(self, examined: Examined, back: askback.AskedBack) -> Answer:
        return Answer(
            outcome=Outcome.ASKED,
            text=back.text,
            choices=back.choices,
            confidence=round(_likelihood(examined), 4),
            business_type=self._type(examined),
            understood=examined.standalone.text,
        )

    def _changes(self, question: Question, examined: Examined) -> tuple[Change, ...]:
        """The other versions of what answers best, in force before or after the day asked about."""
        terms = self._terms()

        def look(day: date) -> list[Judged]:
            return self._good(self._search(replace(question, as_of=day), examined.standalone, terms))

        return changes(
            self._good(examined)[0].hit.passage,
            self._asked(question, examined),
            question.as_of,
            look=look,
            terms=terms,
            section=lambda day: lambda passage: self._section(passage, replace(question, as_of=day)),
        )

    def _asked(self, question: Question, examined: Examined) -> Asked:
        standalone = examined.standalone
        return read_question(standalone.text, self._terms(), standalone.carried, as_of=question.as_of)

    def _compose(self, question: Question, examined: Examined, good: Sequence[Judged]) -> Composed:
        return compose(
            self._asked(question, examined),
            good,
            terms=self._terms(),
            section=lambda passage: self._section(passage, question),
            principal=question.principal,
            as_of=question.as_of,
            today=today(self._clock),
        )

    def _refusal(self, question: Question, examined: Examined) -> Answer:
        customer = question.principal.role is Role.CUSTOMER
        near = tuple(
            Near(one.hit.passage.source, one.hit.passage.title, one.hit.passage.heading, round(one.probability, 4))
            for one in examined.judged[:3]
        )
        kind = self._type(examined)
        gap = self._record(question, examined, kind) if question.record else None
        barred = self._barred(question, examined)
        return Answer(
            outcome=Outcome.REFUSED,
            text=customer_refusal(gap) if customer else staff_refusal(gap, near, barred, question.channel),
            confidence=round(_likelihood(examined), 4),
            gap_id=gap,
            business_type=kind,
            understood=examined.standalone.text,
            near=() if customer else near,
            reason=Reason.NO_EVIDENCE,
        )

    def _barred(self, question: Question, examined: Examined) -> list[Judged]:
        """The scripts that would answer on another channel."""
        if not examined.barred:
            return []
        asked = self._asked(question, examined)
        found = judge(asked, examined.barred, self._terms(), self._decision, self._sense)
        return [one for one in found if one.probability >= self._decision.threshold]

    def _record(self, question: Question, examined: Examined, kind: BusinessType) -> str | None:
        asked = Unanswered(
            examined.standalone.text if examined.standalone.carried else clean(question.text),
            question.principal,
            question.channel.value,
            question.as_of,
            nearest=tuple(one.hit for one in examined.judged),
            business_type=kind.label,
        )
        return self._ledger.record(asked)

    def _logged(self, question: Question, answer: Answer) -> Answer:
        """The answer with its line in the log, when questions are logged."""
        if self._log is None or not question.record:
            return answer
        line = AskedQuestion(
            text=mask(clean(question.text)),
            principal=question.principal,
            outcome=answer.outcome.value,
            mode=None if answer.mode is None else answer.mode.value,
            confidence=answer.confidence,
            business_type=answer.business_type.label if answer.business_type else "",
            latency_ms=answer.timings_ms["total"],
            channel=question.channel.value,
            as_of=question.as_of,
            gap_id=None if answer.gap_id is None else int(answer.gap_id),
            seen=tuple(dict.fromkeys(citation.passage_id for citation in answer.citations)),
        )
        return replace(answer, question_id=self._log.add(line).id)

    def _type(self, examined: Examined) -> BusinessType:
        return self._classifier.classify(examined.standalone.text, row_types=row_types(examined.judged))

    def _section(self, passage: Passage, question: Question) -> str | None:
        if passage.section_id is None:
            return None
        section = self._base.section(passage.section_id, question.principal, question.as_of)
        return None if section is None else section.text

    def _terms(self) -> TermIndex:
        """The names of the active release, read once a release."""
        release = self._base.active()
        if release is None:
            return TermIndex(())
        known, index = self._index
        if known != release.id:
            index = TermIndex(self._base.catalogue.documents.terms(release.id))
            self._index = (release.id, index)
        return index


def row_types(judged: Sequence[Judged]) -> tuple[str, ...]:
    """The business type of the row of each hit, "" for those that are no row or state none."""
    rows = [read_row(one.hit.passage) for one in judged]
    return tuple(row.business_type if row else "" for row in rows)


def _likelihood(examined: Examined) -> float:
    return examined.judged[0].probability if examined.judged else 0.0


def _timings(started: float, parts: dict[str, float]) -> dict[str, float]:
    parts.pop("total", None)
    return {**parts, "total": (time.perf_counter() - started) * 1000}
