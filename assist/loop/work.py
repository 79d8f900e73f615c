"""The maintainer's work on gaps: list, assign, merge, split, comment, answer, remind; API, page and command use it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from assist.access import Action, authorise
from assist.check import clean
from assist.loop.ledger import LoopLedger
from kb.clock import Clock, today
from kb.errors import InputRefused, UsageError
from kb.gaps import Unanswered
from kb.mask import mask
from kb.model import Passage, Principal
from kb.store import (
    Catalogue,
    Gap,
    GapCause,
    GapDetails,
    GapEvent,
    GapOrigin,
    GapQuestion,
    GapState,
    GapTraffic,
)

DUE_DAYS = {0: 5, 1: 3, 2: 1}
"""Days until a gap is due, by priority (ordinary, urgent, most urgent)."""

NEAREST = 4
"""So many passages nearest to a gap are shown with it."""

OPEN = tuple(state for state in GapState if state not in {GapState.VERIFIED, GapState.REJECTED})
_MAX_SUGGESTION = 2_000


@dataclass(frozen=True, slots=True)
class GapLine:
    """A gap in the ledger with how it is asked."""

    gap: Gap
    details: GapDetails
    traffic: GapTraffic
    overdue: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which gaps a maintainer looks at; what is empty does not narrow, `text` is a part of the question."""

    states: tuple[GapState, ...] = OPEN
    department: str = ""
    owner: str = ""
    business_type: str = ""
    text: str = ""
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class GapSheet:
    """Everything about one gap: wordings and history oldest first; `alike` are open gaps it might be merged with.

    `nearest` are the passages that came nearest to an answer and still exist, with their confidence, best first.
    """

    line: GapLine
    questions: tuple[GapQuestion, ...]
    wordings: tuple[str, ...]
    history: tuple[GapEvent, ...]
    alike: tuple[tuple[Gap, float], ...]
    nearest: tuple[tuple[Passage, float], ...] = ()


class GapDesk:
    """Work on gaps, authorised; thread-safe."""

    def __init__(self, catalogue: Catalogue, ledger: LoopLedger, clock: Clock) -> None:
        self._catalogue = catalogue
        self._ledger = ledger
        self._clock = clock

    def lines(
        self,
        principal: Principal,
        states: Collection[GapState] = OPEN,
        *,
        department: str | None = None,
        owner: str | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[GapLine, ...]:
        """A page of the ledger, by priority, then the latest asked first."""
        authorise(principal, Action.LIST_GAPS)
        found = self._catalogue.gaps.list(states, department=department, owner=owner, limit=limit, offset=offset)
        return self._lined(found)

    def page(
        self, principal: Principal, wanted: Wanted, *, limit: int = 20, offset: int = 0
    ) -> tuple[tuple[GapLine, ...], int]:
        """Some of the gaps that are wanted, by priority, then the latest asked first, and how many there are."""
        authorise(principal, Action.LIST_GAPS)
        narrowed: dict[str, Any] = {
            "department": wanted.department or None,
            "owner": wanted.owner or None,
            "business_type": wanted.business_type or None,
            "text": wanted.text,
            "due_by": today(self._clock) - timedelta(days=1) if wanted.overdue else None,
        }
        found = self._catalogue.gaps.list(wanted.states, **narrowed, limit=limit, offset=offset)
        return self._lined(found), self._catalogue.gaps.total(wanted.states, **narrowed)

    def named(self, principal: Principal) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Owners and departments that gaps were ever given to."""
        authorise(principal, Action.LIST_GAPS)
        return self._catalogue.gaps.named()

    def counts(self, principal: Principal) -> Mapping[GapState, int]:
        """How many gaps stand in each state."""
        authorise(principal, Action.LIST_GAPS)
        return self._catalogue.gaps.counts()

    def sheet(self, principal: Principal, gap_id: int, *, compare: bool = True) -> GapSheet:
        """One gap with everything about it; raises UsageError when unknown.

        Without `compare` nothing alike is looked for, which may have to wait until the models are loaded.
        """
        authorise(principal, Action.LIST_GAPS)
        gap = self._require(gap_id)
        nearest = self._ledger.nearest(gap.question) if compare else ()
        near = [(each, score) for each, score in nearest if each != gap_id]
        others = [(self._catalogue.gaps.get(each), score) for each, score in near]
        questions = self._catalogue.gaps.questions(gap_id)
        return GapSheet(
            line=self._lined([gap])[0],
            questions=questions,
            wordings=tuple(self._catalogue.gap_work.texts([gap_id])[gap_id]),
            history=self._catalogue.gaps.history(gap_id),
            alike=tuple((other, score) for other, score in others if other is not None),
            nearest=self._nearest(principal, questions),
        )

    def _nearest(self, principal: Principal, questions: Sequence[GapQuestion]) -> tuple[tuple[Passage, float], ...]:
        best: dict[int, float] = {}
        for hit in (hit for asked in questions for hit in asked.nearest):
            best[hit.passage_id] = max(hit.confidence, best.get(hit.passage_id, 0.0))
        order = sorted(best, key=lambda each: -best[each])[:NEAREST]
        found = self._catalogue.documents.passages(order)
        shown = (found[each] for each in order if each in found)
        return tuple((one, best[one.id]) for one in shown if one.audience.admits(principal))

    def assign(
        self,
        principal: Principal,
        gap_id: int,
        *,
        owner: str,
        department: str = "",
        cause: GapCause | None = None,
        priority: int | None = None,
        due: date | None = None,
        note: str = "",
    ) -> Gap:
        """Gives a gap to somebody; without a due day it follows from the priority."""
        authorise(principal, Action.WORK_GAPS)
        if not owner.strip():
            raise InputRefused("no owner", hint="请写明由谁负责这条缺口。")
        known = self._require(gap_id)
        urgency = known.priority if priority is None else priority
        if urgency not in DUE_DAYS:
            raise InputRefused(f"priority {urgency}", hint="优先级只有 0（一般）、1（紧急）、2（特急）。")
        when = due or known.due or today(self._clock) + timedelta(days=DUE_DAYS[urgency])
        state = GapState.ASSIGNED if known.state in {GapState.NEW, GapState.ASSIGNED, GapState.REJECTED} else None
        gap = self._catalogue.gaps.change(
            gap_id,
            principal,
            state=state,
            owner=owner.strip(),
            department=department.strip() or None,
            cause=cause,
            priority=urgency,
            due=when,
            note=note,
        )
        self._ledger.forget()
        return gap

    def move(self, principal: Principal, gap_id: int, state: GapState, note: str = "") -> Gap:
        """Takes a gap to its next state. 已发布 and 已验证 follow from a release only; a rejection needs its reason."""
        authorise(principal, Action.WORK_GAPS)
        if state in {GapState.RELEASED, GapState.VERIFIED}:
            raise UsageError(f"{state} by hand", hint="“已发布”“已验证”由发布和复问得出，不能手工改。")
        if state is GapState.REJECTED and not note.strip():
            raise InputRefused("no reason", hint="驳回要写明原因，提问的坐席会看到。")
        gap = self._catalogue.gaps.change(gap_id, principal, state=state, note=note.strip())
        if state is GapState.REJECTED:
            waiting = self._catalogue.gap_work.traffic([gap_id], self._clock.now())[gap_id].waiting
            self._catalogue.notices.add(waiting, f"您问的“{gap.question}”已答复：{note.strip()}", gap_id)
        self._ledger.forget()
        return gap

    def comment(self, principal: Principal, gap_id: int, text: str) -> None:
        """Adds a remark to a gap's history."""
        authorise(principal, Action.WORK_GAPS)
        said = mask(clean(text).strip())
        if not said:
            raise InputRefused("no comment", hint="请先写下意见。")
        self._catalogue.gaps.change(gap_id, principal, note=said)

    def merge(self, principal: Principal, gap_ids: Sequence[int], into: int) -> None:
        """Moves the askings of `gap_ids` to `into`."""
        authorise(principal, Action.WORK_GAPS)
        self._catalogue.gap_work.merge(gap_ids, into, principal)
        self._ledger.forget()

    def split(self, principal: Principal, gap_id: int, wordings: Sequence[str]) -> int:
        """Moves some wordings of a gap to a new one and returns its id."""
        authorise(principal, Action.WORK_GAPS)
        new = self._catalogue.gap_work.split(gap_id, wordings, principal)
        self._ledger.forget()
        return new

    def suggest(self, principal: Principal, text: str, business_type: str = "") -> int:
        """Takes a suggestion or a missing point handed in unasked (客服之声) and returns its gap."""
        authorise(principal, Action.SUGGEST)
        said = clean(text).strip()
        if not said or len(said) > _MAX_SUGGESTION:
            raise InputRefused("no suggestion", hint=f"请写下建议，{_MAX_SUGGESTION} 字以内。")
        asked = Unanswered(said, principal, "suggestion", today(self._clock), business_type=business_type)
        return self._ledger.add(asked, GapOrigin.SUGGESTION)

    def answer(self, principal: Principal, gap_id: int, reply: str) -> None:
        """Answers whoever waits for a gap; every one of them is told."""
        authorise(principal, Action.WORK_GAPS)
        said = mask(clean(reply).strip())
        if not said:
            raise InputRefused("no reply", hint="请先写下答复。")
        gap = self._require(gap_id)
        self._catalogue.gap_work.describe(gap_id, reply=said)
        self._catalogue.gaps.change(gap_id, principal, note=f"答复：{said}")
        waiting = self._catalogue.gap_work.traffic([gap_id], self._clock.now())[gap_id].waiting
        self._catalogue.notices.add(waiting, f"您提的“{gap.question}”有答复：{said}", gap_id)

    def remind(self) -> int:
        """Reminds the owners of overdue gaps, each gap once a day; how many were told. For the clock."""
        now, day = self._clock.now(), today(self._clock)
        overdue = self._catalogue.gaps.list(OPEN, due_by=day - timedelta(days=1), limit=1_000)
        details = self._catalogue.gap_work.details([gap.id for gap in overdue])
        told = 0
        for gap in overdue:
            last = details[gap.id].reminded_at
            if gap.state is GapState.RELEASED or (last is not None and now - last < timedelta(hours=20)):
                continue
            if gap.owner:
                self._catalogue.notices.add([gap.owner], f"{gap.id} 号缺口“{gap.question}”已超期，请处理。", gap.id)
            self._catalogue.gap_work.describe(gap.id, reminded_at=now)
            told += 1
        return told

    def take(
        self, principal: Principal, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> tuple[int, int]:
        """Takes old questions that were never answered; how many were taken, and of how many gaps they are.

        `progress` is told how many of how many are done; what is done is kept when the rest fails.
        """
        authorise(principal, Action.WORK_GAPS)
        day = today(self._clock)
        kept = [said for said in (clean(text).strip()[:_MAX_SUGGESTION] for text in texts) if said]
        asked = [Unanswered(said, principal, "import", day) for said in kept]
        return len(kept), len(set(self._ledger.add_all(asked, GapOrigin.REFUSAL, progress)))

    def _lined(self, found: Sequence[Gap]) -> tuple[GapLine, ...]:
        ids, day = [gap.id for gap in found], today(self._clock)
        details = self._catalogue.gap_work.details(ids)
        traffic = self._catalogue.gap_work.traffic(ids, self._clock.now())
        return tuple(
            GapLine(
                gap,
                details[gap.id],
                traffic[gap.id],
                gap.due is not None and gap.due < day and gap.state in OPEN and gap.state is not GapState.RELEASED,
            )
            for gap in found
        )

    def _require(self, gap_id: int) -> Gap:
        gap = self._catalogue.gaps.get(gap_id)
        if gap is None:
            raise UsageError(f"no gap {gap_id}", hint=f"没有 {gap_id} 号知识缺口，请刷新后重试。")
        return gap
