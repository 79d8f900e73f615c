"""Frozen values of golden cases as the catalogue hands them out: a question and what is right for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from kb.model import Role


class GoldenState(StrEnum):
    """Whether the release gate asks a case."""

    ACTIVE = "active"
    RETIRED = "retired"

    @property
    def label(self) -> str:
        """The state's name for people."""
        return {GoldenState.ACTIVE: "在用", GoldenState.RETIRED: "停用"}[self]


@dataclass(frozen=True, slots=True)
class GoldenCase:
    """A question and what is right for it, in the words of the published case format.

    `history` holds (role, text) of earlier turns, oldest first; `gold` (source, quote). It is asked as `role` of
    `department`, on the day `as_of` (None: the day of asking). `number` is its own in the catalogue; `version` goes up
    by one with each change, and whoever saves names the one that was read (0: none was).
    """

    question: str
    case_id: str = ""
    history: tuple[tuple[str, str], ...] = ()
    role: Role = Role.AGENT
    department: str = ""
    as_of: date | None = None
    facts: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    gold: tuple[tuple[str, str], ...] = ()
    scope: tuple[str, ...] = ()
    unanswerable: bool = False
    tags: tuple[str, ...] = ()
    author: str = ""
    state: GoldenState = GoldenState.ACTIVE
    version: int = 0
    number: int = 0
    created_at: datetime | None = None
    updated_by: str = ""
    updated_at: datetime | None = None

    def content(self) -> dict[str, Any]:
        """What makes a case this one, by column name: everything but who wrote it, when, and where it stands."""
        return {
            "question": self.question,
            "history": [list(turn) for turn in self.history],
            "role": self.role.value,
            "department": self.department,
            "as_of": self.as_of,
            "facts": list(self.facts),
            "forbid": list(self.forbid),
            "gold": [list(each) for each in self.gold],
            "scope": list(self.scope),
            "unanswerable": int(self.unanswerable),
            "tags": list(self.tags),
        }


@dataclass(frozen=True, slots=True)
class Put:
    """What became of one case of an import: "added", "changed", "known", or "refused" with the reason in Chinese."""

    outcome: str
    case_id: str = ""
    reason: str = ""
