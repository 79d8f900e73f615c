"""Frozen values of the knowledge base that every room exchanges; importing this opens nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

MAX_PASSAGE_CHARS = 600
"""A passage is never longer than this (characters of its own text, heading path not counted)."""


class Kind(StrEnum):
    """What sort of knowledge a document holds; a passage is never of kind TERMS."""

    POLICY = "policy"
    SCRIPT = "script"
    LEARNING = "learning"
    FAQ = "faq"
    OFFER = "offer"
    TERMS = "terms"


class Role(StrEnum):
    """Who a principal is; ADMIN is also the operator at the command line."""

    AGENT = "agent"
    TRAINER = "trainer"
    MAINTAINER = "maintainer"
    INSPECTOR = "inspector"
    DUTY_MANAGER = "duty_manager"
    ADMIN = "admin"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: carried by every call and checked at one choke point."""

    id: str
    role: Role
    department: str = ""


OPERATOR = Principal(id="operator", role=Role.ADMIN)
"""The person at the command line of the machine that holds the home."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may see a passage. Nothing set means internal: every principal but a customer.

    With `roles` or `departments` set, one match in either is enough. ADMIN sees everything.
    """

    public: bool = False
    roles: frozenset[Role] = frozenset()
    departments: frozenset[str] = frozenset()

    def admits(self, principal: Principal) -> bool:
        """True when `principal` may see what carries this audience."""
        if self.public or principal.role is Role.ADMIN:
            return True
        if principal.role is Role.CUSTOMER:
            return False
        if not self.roles and not self.departments:
            return True
        return principal.role in self.roles or principal.department in self.departments

    @property
    def label(self) -> str:
        """Stable text form: "public", "internal", or "roles:agent,trainer;departments:质检部"."""
        if self.public:
            return "public"
        parts = []
        if self.roles:
            parts.append("roles:" + ",".join(sorted(self.roles)))
        if self.departments:
            parts.append("departments:" + ",".join(sorted(self.departments)))
        return ";".join(parts) or "internal"

    @classmethod
    def parse(cls, label: str) -> Audience:
        """Inverse of `label`; raises ValueError for anything else."""
        if label == "public":
            return PUBLIC
        if label == "internal":
            return INTERNAL
        roles: frozenset[Role] = frozenset()
        departments: frozenset[str] = frozenset()
        for part in label.split(";"):
            name, _, values = part.partition(":")
            items = [value for value in values.split(",") if value]
            if name == "roles" and items:
                roles = frozenset(Role(item) for item in items)
            elif name == "departments" and items:
                departments = frozenset(items)
            else:
                raise ValueError(f"not an audience: {label!r}")
        return cls(roles=roles, departments=departments)


PUBLIC = Audience(public=True)
INTERNAL = Audience()


@dataclass(frozen=True, slots=True)
class Validity:
    """Days on which something is in force; both ends included, None is open."""

    effective_from: date | None = None
    effective_to: date | None = None

    def covers(self, day: date) -> bool:
        """True when `day` lies within both ends."""
        after_start = self.effective_from is None or self.effective_from <= day
        before_end = self.effective_to is None or day <= self.effective_to
        return after_start and before_end


ALWAYS = Validity()


@dataclass(frozen=True, slots=True)
class Term:
    """A standard word of the trade with the other ways people say or mistype it."""

    standard: str
    synonyms: tuple[str, ...] = ()
    category: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class SectionDraft:
    """A parent section of a document: the text a passage is read within (at most 4,000 characters)."""

    ordinal: int
    heading: tuple[str, ...]
    text: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class PassageDraft:
    """One findable piece of a document as the splitter made it.

    `text` is 1 to MAX_PASSAGE_CHARS characters; `heading` runs from the outside in (title excluded);
    `page` counts from 1; `section` is the ordinal of its SectionDraft; `validity` and `audience` of None inherit
    the document's; `supersedes` names sources or clauses ("laws/a.md#第九条") it replaces from its own first day;
    `questions` are other ways of asking for it (FAQ variants, trigger phrases, a point's title);
    `row` is its typed source row as JSON (see `kb.rows`), None for prose.
    """

    ordinal: int
    text: str
    heading: tuple[str, ...] = ()
    page: int | None = None
    section: int | None = None
    validity: Validity | None = None
    audience: Audience | None = None
    supersedes: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    row: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class DocumentDraft:
    """A whole document ready to be put: the only thing that crosses from `ingest` to `kb`.

    `source` is its path with the named folder ("laws/刑法/刑法.md"); `fingerprint` changes whenever the file's bytes,
    its manifest entry or the splitter's version change; `supersedes` names sources.
    """

    source: str
    title: str
    kind: Kind
    fingerprint: str
    audience: Audience = INTERNAL
    products: tuple[str, ...] = ()
    department: str = ""
    validity: Validity = ALWAYS
    supersedes: tuple[str, ...] = ()
    version_label: str = ""
    sections: tuple[SectionDraft, ...] = ()
    passages: tuple[PassageDraft, ...] = ()
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage as the catalogue knows it; `validity` and `audience` are resolved (inherited, supersession applied)."""

    id: int
    version_id: int
    source: str
    title: str
    kind: Kind
    text: str
    heading: tuple[str, ...]
    page: int | None
    section_id: int | None
    questions: tuple[str, ...]
    row: Mapping[str, Any] | None
    audience: Audience
    validity: Validity
    products: tuple[str, ...] = ()
    department: str = ""


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is searched for, by whom, as of which day; empty `scope` or `kinds` means all."""

    question: str
    principal: Principal
    as_of: date
    k: int = 10
    scope: tuple[str, ...] = ()
    kinds: frozenset[Kind] = frozenset()


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found: `rank` from 1; `score` orders one result list only; `confidence` is calibrated in [0, 1]."""

    rank: int
    passage: Passage
    score: float
    confidence: float
    features: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Hits best first, and milliseconds spent by part: encode, dense, lexical, rank, fetch, total."""

    query: SearchQuery
    hits: tuple[Hit, ...]
    timings_ms: Mapping[str, float]
