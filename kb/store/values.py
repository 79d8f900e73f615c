"""Frozen values that the catalogue hands out and takes in; no SQLAlchemy object ever crosses this border."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.model import Audience, Kind, Principal, Validity

OPEN_START = 0
OPEN_END = 2**31 - 1
"""Day ordinals of a roster that stand for an open end; a last day of 0 was never in force."""


class ReleaseKind(StrEnum):
    """Where a release came from."""

    INGEST = "ingest"
    DRAFT = "draft"
    ROLLBACK = "rollback"
    TRIAL = "trial"


class ReleaseState(StrEnum):
    """Where a release stands; exactly one, or none yet, is ACTIVE."""

    BUILDING = "building"
    CANDIDATE = "candidate"
    ACTIVE = "active"
    SUPERSEDED = "superseded"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Release:
    """A set of document versions that answers, answered or may answer; `base_id` is what it was copied from."""

    id: int
    kind: ReleaseKind
    state: ReleaseState
    author: str
    note: str
    created_at: datetime
    activated_at: datetime | None = None
    approver: str | None = None
    override_reason: str | None = None
    base_id: int | None = None


@dataclass(frozen=True, slots=True)
class VersionRef:
    """One version of one source."""

    id: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """A document as a release holds it; `validity` ends before the first of `superseded_by` begins."""

    source: str
    version_id: int
    fingerprint: str
    title: str
    kind: Kind
    audience: Audience
    validity: Validity
    products: tuple[str, ...]
    department: str
    owner: str
    supersedes: tuple[str, ...]
    superseded_by: tuple[str, ...]
    version_label: str
    author: str
    created_at: datetime
    passages: int


@dataclass(frozen=True, slots=True)
class Section:
    """A parent section; its text may be shown only to who is admitted by every one of `audiences`."""

    id: int
    version_id: int
    source: str
    heading: tuple[str, ...]
    text: str
    page: int | None
    audiences: frozenset[Audience]


@dataclass(frozen=True, slots=True)
class Roster:
    """The passages of one release as arrays over the same n positions, `ids` ascending (23 bytes a passage).

    `first_day` and `last_day` are day ordinals with both ends included and supersession applied (OPEN_START, OPEN_END);
    `audience`, `kind` and `source` are codes into the tables of the plural names; `versions` goes with `sources`.
    `unresolved` names what is said to be superseded but is not in the release.
    """

    release_id: int
    ids: NDArray[np.int64]
    first_day: NDArray[np.int32]
    last_day: NDArray[np.int32]
    audience: NDArray[np.uint16]
    kind: NDArray[np.uint8]
    source: NDArray[np.int32]
    audiences: tuple[Audience, ...]
    kinds: tuple[Kind, ...]
    sources: tuple[str, ...]
    versions: tuple[int, ...]
    unresolved: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    def positions(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where each of `ids` stands in the arrays, -1 for what is not in the release."""
        if not len(self.ids):
            return np.full(len(ids), -1, dtype=np.int64)
        found = np.searchsorted(self.ids, ids)
        clipped = np.minimum(found, len(self.ids) - 1)
        return np.where(self.ids[clipped] == ids, clipped, -1)

    def validity(self, position: int) -> Validity:
        """The resolved days of the passage at `position`; one never in force ends before it begins."""
        first, last = int(self.first_day[position]), int(self.last_day[position])
        return Validity(
            effective_from=None if first == OPEN_START else date.fromordinal(first),
            effective_to=None if last == OPEN_END else date.fromordinal(max(last, 1)),
        )

    @property
    def nbytes(self) -> int:
        """Bytes held by the arrays."""
        arrays = (self.ids, self.first_day, self.last_day, self.audience, self.kind, self.source)
        return sum(array.nbytes for array in arrays)


class GapState(StrEnum):
    """Where a gap stands on its way from an unanswered question to proven knowledge."""

    NEW = "new"
    ASSIGNED = "assigned"
    DRAFTING = "drafting"
    REVIEW = "review"
    RELEASED = "released"
    VERIFIED = "verified"
    REJECTED = "rejected"

    @property
    def label(self) -> str:
        """The state's name for people."""
        return _GAP_STATES[self]


_GAP_STATES = {
    GapState.NEW: "新建",
    GapState.ASSIGNED: "已派",
    GapState.DRAFTING: "起草",
    GapState.REVIEW: "待审",
    GapState.RELEASED: "已发布",
    GapState.VERIFIED: "已验证",
    GapState.REJECTED: "驳回",
}

GAP_STEPS: Mapping[GapState, frozenset[GapState]] = {
    GapState.NEW: frozenset({GapState.ASSIGNED, GapState.DRAFTING, GapState.REJECTED}),
    GapState.ASSIGNED: frozenset({GapState.NEW, GapState.DRAFTING, GapState.REJECTED}),
    GapState.DRAFTING: frozenset({GapState.ASSIGNED, GapState.REVIEW, GapState.REJECTED}),
    GapState.REVIEW: frozenset({GapState.DRAFTING, GapState.RELEASED, GapState.REJECTED}),
    GapState.RELEASED: frozenset({GapState.VERIFIED, GapState.ASSIGNED}),
    GapState.VERIFIED: frozenset({GapState.ASSIGNED}),
    GapState.REJECTED: frozenset({GapState.NEW, GapState.ASSIGNED}),
}
"""Where a gap may go next from each state; staying is always allowed."""


class GapCause(StrEnum):
    """Why the question was not answered, found when the gap is worked on."""

    MISSING = "missing"
    WORDING = "wording"
    CONTRADICTION = "contradiction"
    NOT_RETRIEVED = "not_retrieved"
    OUTDATED = "outdated"
    PROCESS = "process"

    @property
    def label(self) -> str:
        """The cause's name for people."""
        return _GAP_CAUSES[self]


_GAP_CAUSES = {
    GapCause.MISSING: "知识缺失",
    GapCause.WORDING: "表述不清",
    GapCause.CONTRADICTION: "相互矛盾",
    GapCause.NOT_RETRIEVED: "有而未检出",
    GapCause.OUTDATED: "内容过时",
    GapCause.PROCESS: "上游流程问题",
}


@dataclass(frozen=True, slots=True)
class NearHit:
    """What was nearly found; `confidence` in [0, 1]."""

    passage_id: int
    source: str
    title: str
    confidence: float


@dataclass(frozen=True, slots=True)
class GapQuestion:
    """One unanswered question as asked; `text` is masked before it gets here. `asked_at` of None is set on writing."""

    text: str
    principal: Principal
    channel: str
    as_of: date
    nearest: tuple[NearHit, ...] = ()
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """Something the base does not know: the first question that showed it, and who owes the answer."""

    id: int
    state: GapState
    question: str
    business_type: str
    cause: GapCause | None
    owner: str
    department: str
    due: date | None
    priority: int
    count: int
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class GapEvent:
    """One step in a gap's history: its state afterwards, and the fields changed as {name: [before, after]}."""

    at: datetime
    principal: str
    state: GapState
    changes: Mapping[str, Any]
    note: str


class Verdict(StrEnum):
    """What the person in front of an answer thought of it."""

    USEFUL = "useful"
    WRONG = "wrong"
    OUTDATED = "outdated"


@dataclass(frozen=True, slots=True)
class Feedback:
    """A verdict on one answer; texts are masked before they get here. `id` and `at` are set on writing."""

    verdict: Verdict
    principal: Principal
    question: str = ""
    answer: str = ""
    reason: str = ""
    question_id: int | None = None
    passage_ids: tuple[int, ...] = ()
    id: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """One line of the question log; `text` is masked before it gets here. `id` and `asked_at` are set on writing.

    `outcome` is answered, refused or asked; `corrected_type` is the business type a person put right; `seen` names the
    passages shown, for the audit trail only.
    """

    text: str
    principal: Principal
    outcome: str
    mode: str | None
    confidence: float
    business_type: str
    latency_ms: float
    channel: str
    as_of: date
    gap_id: int | None = None
    release_id: int | None = None
    corrected_type: str | None = None
    seen: tuple[int, ...] = ()
    id: int = 0
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to what; `hash` covers this entry and `previous`, the hash of the one before."""

    seq: int
    at: datetime
    principal: str
    action: str
    object: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    previous: str = ""
    hash: str = ""
