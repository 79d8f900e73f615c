"""Frozen values of accounts as the catalogue hands them out; no secret is among them but a password's hash."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from kb.model import Principal, Role


@dataclass(frozen=True, slots=True)
class Person:
    """An account. `key` never changes and names nobody, so that records keep it after the account is erased.

    `password` is an argon2 hash ("" for none), `subject` the account's name at an outside provider, `failed` how often
    in a row a wrong password was given.
    """

    key: str
    login: str
    role: Role
    name: str = ""
    department: str = ""
    password: str = field(default="", repr=False)
    subject: str | None = None
    active: bool = True
    failed: int = 0
    locked_until: datetime | None = None
    created_at: datetime | None = None
    signed_in_at: datetime | None = None

    @property
    def principal(self) -> Principal:
        """Who the account is to everything else."""
        return Principal(self.key, self.role, self.department)


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser; ends at `expires_at` whatever happens, earlier when nothing is heard of it."""

    person: Person
    opened_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Token:
    """A program's right to act as a person within `scope` (names of actions) until `expires_at`."""

    id: int
    person: str
    name: str
    scope: frozenset[str]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What is wanted of the audit trail; what is empty does not narrow it.

    `action` is a beginning ("person."), `object` a part; moments are [since, until); `below` pages on from a number.
    """

    principal: str = ""
    action: str = ""
    object: str = ""
    since: datetime | None = None
    until: datetime | None = None
    below: int = 0
    limit: int = 100
