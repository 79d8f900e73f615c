"""The staff side's half of the outbox: what customers left becomes gaps, feedback and hand-offs of the catalogue.

The public site faces everybody, so its lines are believed in nothing: each is checked against a schema and masked anew,
and one that does not fit is skipped and counted. How far each file was read lies in the catalogue; an entry whose
reading a kill cut short is read again, which a hand-off's key makes harmless and a gap counts once more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assist.public.conversation import phone_of
from assist.public.outbox import Entry, contact_of, entries, forget_contact, sweep
from kb.clock import Clock, today
from kb.errors import ZhiyingError
from kb.gaps import GapLedger, Unanswered
from kb.mask import mask
from kb.model import Passage, SearchQuery, SearchResult
from kb.publish import public_source
from kb.published import VISITOR
from kb.store import Catalogue, Feedback, Handoff, HandoffKind, Verdict

POSITION = "outbox"
_NEAREST = 5
_log = logging.getLogger(__name__)


class Base(Protocol):
    """What draining needs of the staff's knowledge base."""

    def search(self, query: SearchQuery) -> SearchResult:
        """Hits for a question."""
        ...

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue that takes everything in."""
        ...


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Gap(_Line):
    question: str = Field(min_length=1, max_length=2_100)
    business_type: str = Field("", max_length=40)
    channel: str = Field("chat", max_length=40)
    as_of: date


class _Feedback(_Line):
    verdict: Literal["useful", "wrong"]
    reason: str = Field("", max_length=2_100)
    session: str = Field("", max_length=64)
    question: str = Field("", max_length=2_100)
    answer: str = Field("", max_length=2_100)
    cited: list[tuple[str, str]] = Field(default_factory=list, max_length=10)


class _Handoff(_Line):
    kind: Literal["person", "callback"]
    session: str = Field("", max_length=64, pattern=r"^[0-9a-f]*$")
    reason: str = Field(max_length=20, pattern=r"^[a-z_]+$")
    urgency: int = Field(ge=0, le=3)
    ticket: str = Field(max_length=20, pattern=r"^[0-9A-Z-]*$")
    summary: str = Field(max_length=4_000)
    transcript: list[tuple[Literal["user", "assistant"], str]] = Field(max_length=60)
    wanted_at: str = Field("", max_length=200)


@dataclass
class Drained:
    """What one reading of the outbox brought."""

    gaps: int = 0
    feedback: int = 0
    handoffs: int = 0
    unreadable: int = 0

    def __bool__(self) -> bool:
        return bool(self.gaps or self.feedback or self.handoffs or self.unreadable)


class Drain:
    """Reads an outbox into a catalogue; one at a time, by the process that owns the home."""

    def __init__(self, folder: Path, base: Base, clock: Clock) -> None:
        self._folder = folder
        self._base = base
        self._clock = clock
        self._ledger = GapLedger(base.catalogue.gaps)

    def run(self) -> Drained:
        """Takes in all that was left since the last time; raises HomeError when the catalogue cannot be written."""
        drained = Drained()
        settings = self._base.catalogue.settings
        read: dict[str, int] = dict(settings.get(POSITION) or {})
        for entry in entries(self._folder, read):
            self._take(entry, drained)
            read[entry.file] = entry.end
            settings.set(POSITION, read)
        gone = sweep(self._folder, read, today(self._clock))
        if gone:
            settings.set(POSITION, {name: end for name, end in read.items() if name not in gone})
        return drained

    def _take(self, entry: Entry, drained: Drained) -> None:
        takers: dict[str, Callable[[Entry], None]] = {
            "gap": self._gap,
            "feedback": self._feedback,
            "handoff": self._handoff,
        }
        taker = takers.get(entry.kind)
        try:
            if taker is None or entry.data is None:
                raise ValueError("not a kind of line")
            taker(entry)
        except (ValidationError, ValueError, TypeError):
            # Never its text: whatever it is, it may hold anything.
            _log.warning("a line of the outbox was skipped: %s up to byte %d", entry.file, entry.end)
            drained.unreadable += 1
            return
        name = {"gap": "gaps", "feedback": "feedback", "handoff": "handoffs"}[entry.kind]
        setattr(drained, name, getattr(drained, name) + 1)

    def _gap(self, entry: Entry) -> None:
        line = _Gap.model_validate(entry.data)
        try:
            found = self._base.search(SearchQuery(line.question, VISITOR, line.as_of, k=_NEAREST)).hits
        except ZhiyingError:
            found = ()
        self._ledger.record(
            Unanswered(line.question, VISITOR, line.channel, line.as_of, found, business_type=line.business_type)
        )

    def _feedback(self, entry: Entry) -> None:
        line = _Feedback.model_validate(entry.data)
        self._base.catalogue.feedback.add(
            Feedback(
                verdict=Verdict(line.verdict),
                principal=VISITOR,
                question=mask(line.question),
                answer=mask(line.answer),
                reason=mask(line.reason),
                passage_ids=self._cited(line),
            )
        )

    def _cited(self, line: _Feedback) -> tuple[int, ...]:
        """The staff side's passages that the answer quoted, found again by the question and proved by their text."""
        if not line.question or not line.cited:
            return ()
        try:
            hits = self._base.search(SearchQuery(line.question, VISITOR, today(self._clock), k=20)).hits
        except ZhiyingError:
            return ()
        return tuple(hit.passage.id for hit in hits if _quoted(hit.passage, line.cited))

    def _handoff(self, entry: Entry) -> None:
        line = _Handoff.model_validate(entry.data)
        number = phone_of(contact_of(self._folder, entry.id)) or ""
        self._base.catalogue.handoffs.add(
            Handoff(
                key=line.session or entry.id,
                kind=HandoffKind(line.kind),
                reason=line.reason,
                urgency=line.urgency,
                ticket=line.ticket,
                summary=mask(line.summary),
                transcript=tuple((role, mask(text)) for role, text in line.transcript),
                at=_moment(entry.at, self._clock),
                contact=number,
                wanted_at=mask(line.wanted_at),
            )
        )
        forget_contact(self._folder, entry.id)


def _quoted(passage: Passage, cited: list[tuple[str, str]]) -> bool:
    return any(public_source(passage.source) == source and quote in passage.text for source, quote in cited)


def _moment(text: str, clock: Clock) -> datetime:
    """When a line says it was written; now, when that is no moment or lies ahead."""
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        return clock.now()
    return told if told.tzinfo is not None and told <= clock.now() else clock.now()
