"""Frozen values of the knowledge loop as the catalogue hands them out: drafts, plans, gate runs, notices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class GapOrigin(StrEnum):
    """What brought a gap into the ledger."""

    REFUSAL = "refusal"
    WRONG = "wrong"
    OUTDATED = "outdated"
    DOUBTFUL = "doubtful"
    SUGGESTION = "suggestion"
    QUIZ = "quiz"

    @property
    def label(self) -> str:
        """The origin's name for people."""
        return _ORIGINS[self]


_ORIGINS = {
    GapOrigin.REFUSAL: "未答出",
    GapOrigin.WRONG: "坐席判答错",
    GapOrigin.OUTDATED: "坐席判过时",
    GapOrigin.DOUBTFUL: "把握不足",
    GapOrigin.SUGGESTION: "客服之声",
    GapOrigin.QUIZ: "出题与练习",
}


@dataclass(frozen=True, slots=True)
class GapDetails:
    """What is known of a gap beyond its line; `reply` answers a suggestion; `merged_into` is where its askings went."""

    gap_id: int
    origin: GapOrigin = GapOrigin.REFUSAL
    merged_into: int | None = None
    reply: str = ""
    reminded_at: datetime | None = None
    verified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class GapTraffic:
    """How a gap is asked: counts of the last seven days and the seven before, channels, and who waits (ids)."""

    week: int = 0
    week_before: int = 0
    channels: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()


class DraftKind(StrEnum):
    """What is being written."""

    FAQ = "faq"
    SCRIPT = "script"
    POLICY = "policy"

    @property
    def label(self) -> str:
        """The kind's name for people."""
        return {DraftKind.FAQ: "常见问题", DraftKind.SCRIPT: "规范应答文本", DraftKind.POLICY: "政策说明"}[self]


class DraftState(StrEnum):
    """Where a draft stands; only an approved one may go into a release."""

    EDITING = "editing"
    REVIEW = "review"
    APPROVED = "approved"
    RETURNED = "returned"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The state's name for people."""
        return _DRAFT_STATES[self]


_DRAFT_STATES = {
    DraftState.EDITING: "起草",
    DraftState.REVIEW: "待审",
    DraftState.APPROVED: "已批准",
    DraftState.RETURNED: "退回",
    DraftState.RELEASED: "已发布",
    DraftState.WITHDRAWN: "撤回",
}

DRAFT_STEPS: Mapping[DraftState, frozenset[DraftState]] = {
    DraftState.EDITING: frozenset({DraftState.REVIEW, DraftState.WITHDRAWN}),
    DraftState.REVIEW: frozenset({DraftState.APPROVED, DraftState.RETURNED, DraftState.WITHDRAWN}),
    DraftState.APPROVED: frozenset({DraftState.RELEASED, DraftState.RETURNED, DraftState.WITHDRAWN}),
    DraftState.RETURNED: frozenset({DraftState.EDITING, DraftState.REVIEW, DraftState.WITHDRAWN}),
    DraftState.RELEASED: frozenset({DraftState.EDITING}),
    DraftState.WITHDRAWN: frozenset({DraftState.EDITING}),
}
"""Where a draft may go next; a released one that is edited starts over and stays in force as it was released."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A piece of knowledge being written; `fields` are those of its kind (see `assist.loop.documents`).

    `revision` goes up by one with each change; whoever saves names the one that was read. `machine` is True while a
    language model's wording was not touched by a person yet.
    """

    kind: DraftKind
    title: str
    fields: Mapping[str, Any]
    author: str
    audience: str = "internal"
    effective_from: date | None = None
    effective_to: date | None = None
    supersedes: tuple[str, ...] = ()
    department: str = ""
    gap_id: int | None = None
    state: DraftState = DraftState.EDITING
    source: str = ""
    approver: str = ""
    note: str = ""
    machine: bool = False
    revision: int = 1
    id: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None


class PlanState(StrEnum):
    """Where a planned release stands."""

    PLANNED = "planned"
    ACTIVE = "active"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """The state's name for people."""
        return _PLAN_STATES[self]


_PLAN_STATES = {
    PlanState.PLANNED: "待发布",
    PlanState.ACTIVE: "已发布",
    PlanState.FAILED: "未能发布",
    PlanState.CANCELLED: "已取消",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """Approved drafts that go out together, at once or at `activate_at`; `retire` names sources that go away."""

    note: str
    draft_ids: tuple[int, ...]
    author: str
    retire: tuple[str, ...] = ()
    activate_at: datetime | None = None
    state: PlanState = PlanState.PLANNED
    override_by: str = ""
    override_reason: str = ""
    gate_id: int | None = None
    release_id: int | None = None
    problem: str = ""
    id: int = 0
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class GateRun:
    """One run of the gate on a plan; `digest` names exactly what was tried, `base_id` what it was held against."""

    plan_id: int
    base_id: int | None
    digest: str
    principal: str
    report: Mapping[str, Any] = field(default_factory=dict)
    id: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A short message to one person; `read_at` is None until it was confirmed."""

    id: int
    principal: str
    gap_id: int | None
    text: str
    at: datetime
    read_at: datetime | None = None
