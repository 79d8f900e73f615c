"""Frozen values of retention that the catalogue hands out and takes in: trials, assignments, outcomes, opinions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from kb.model import Principal


class Result(StrEnum):
    """How a retention call ended; CALL_BACK is settled later as one of the others."""

    KEPT = "kept"
    LOST = "lost"
    CALL_BACK = "call_back"

    @property
    def label(self) -> str:
        """Its Chinese name."""
        return {"kept": "留住", "lost": "流失", "call_back": "约回电"}[self.value]


class TrialState(StrEnum):
    """Whether a trial still assigns variants."""

    RUNNING = "running"
    STOPPED = "stopped"


class OpinionState(StrEnum):
    """Whether the department has answered an opinion."""

    NEW = "new"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Trial:
    """Script variants tried against each other for one reason ("" all).

    `exploration` in (0, 1] is the share assigned at random whatever the outcomes; `minimum` the settled outcomes every
    variant gets before outcomes decide anything.
    """

    name: str
    reason: str
    styles: tuple[str, ...]
    exploration: float
    minimum: int
    author: str
    state: TrialState = TrialState.RUNNING
    id: int | None = None
    created_at: datetime | None = None
    stopped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which variant one call got, and how it was chosen: "minimum", "explore" or "exploit". No customer data."""

    trial_id: int
    style: str
    how: str
    reason: str
    segment: str
    principal: Principal
    id: int | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """Outcomes of one variant of a trial; `assigned` counts calls whether or not their outcome is known."""

    assigned: int = 0
    kept: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class RetentionOutcome:
    """What came of a call. Texts and facts are masked before they get here; `offer` is the code taken, "" for none."""

    result: Result
    reason: str
    style: str
    segment: str
    slot: str
    channel: str
    principal: Principal
    offer: str = ""
    assignment_id: int | None = None
    call_back_on: date | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    remark: str = ""
    id: int | None = None
    at: datetime | None = None
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """So many outcomes of one kind; dimensions as recorded."""

    style: str
    reason: str
    segment: str
    slot: str
    result: Result
    number: int


@dataclass(frozen=True, slots=True)
class Opinion:
    """A customer's opinion on product or service, masked, with the department that owes an answer."""

    text: str
    reason: str
    department: str
    principal: Principal
    outcome_id: int | None = None
    state: OpinionState = OpinionState.NEW
    reply: str = ""
    answered_by: str = ""
    id: int | None = None
    at: datetime | None = None
    answered_at: datetime | None = None
