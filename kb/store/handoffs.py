"""Customers who wait for a person: the queue that the public site's outbox fills and the agents work through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from kb.errors import UsageError
from kb.model import Principal
from kb.store import audit
from kb.store.engine import Database
from kb.store.handoff_tables import handoffs


class HandoffState(StrEnum):
    """Where a hand-off stands."""

    WAITING = "waiting"
    TAKEN = "taken"
    DONE = "done"


class HandoffKind(StrEnum):
    """What the customer was promised: a person now, or a call back."""

    PERSON = "person"
    CALLBACK = "callback"


@dataclass(frozen=True, slots=True)
class Handoff:
    """One customer who waits; `transcript` is ("user" | "assistant", text), oldest first, masked as `summary` is.

    `key` is the same for all calls of one conversation, `ticket` what the customer was told, `urgency` 0 to 3,
    `contact` a number to call, gone once the hand-off is done, `wanted_at` when, in the customer's words;
    `department` is that of who took it.
    """

    key: str
    kind: HandoffKind
    reason: str
    urgency: int
    ticket: str
    summary: str
    transcript: tuple[tuple[str, str], ...]
    at: datetime
    contact: str = ""
    wanted_at: str = ""
    state: HandoffState = HandoffState.WAITING
    taken_by: str = ""
    department: str = ""
    taken_at: datetime | None = None
    done_at: datetime | None = None
    note: str = ""
    id: int = 0


class Handoffs:
    """The queue; every step is audited."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, waiting: Handoff) -> Handoff:
        """Puts a customer into the queue; who is there already, by key, stays one entry with the newest words.

        The higher urgency with its reason counts, and a number once left is kept.
        """
        with self._database.write() as connection:
            row = {name: getattr(waiting, name) for name in _WRITTEN}
            row |= {"transcript": [list(turn) for turn in waiting.transcript], "state": HandoffState.WAITING.value}
            there = (handoffs.c.key == waiting.key) & (handoffs.c.state != HandoffState.DONE.value)
            known = connection.execute(select(handoffs).where(there)).first()
            if known is not None:
                changed = update(handoffs).where(handoffs.c.id == known.id).values(_joined(known, row))
                return _handoff(connection.execute(changed.returning(handoffs)).one())
            new = connection.execute(insert(handoffs).values(row).returning(handoffs)).one()
            detail = {"kind": waiting.kind.value, "reason": waiting.reason, "urgency": waiting.urgency}
            audit.record(connection, self._database.clock.now(), "customer", "handoff.add", str(new.id), detail)
            return _handoff(new)

    def open(self, *, limit: int = 100) -> tuple[Handoff, ...]:
        """Who is waiting or being looked after: waiting first, the most urgent first, then the longest waiting."""
        query = (
            select(handoffs)
            .where(handoffs.c.state != HandoffState.DONE.value)
            .order_by(handoffs.c.state.desc(), handoffs.c.urgency.desc(), handoffs.c.at, handoffs.c.id)
            .limit(limit)
        )
        with self._database.read() as connection:
            return tuple(_handoff(row) for row in connection.execute(query))

    def get(self, handoff_id: int) -> Handoff | None:
        """A hand-off, None when there is none of this number."""
        with self._database.read() as connection:
            row = connection.execute(select(handoffs).where(handoffs.c.id == handoff_id)).first()
            return None if row is None else _handoff(row)

    def take(self, handoff_id: int, principal: Principal) -> Handoff:
        """Gives a waiting customer to one agent; raises UsageError when another was faster."""
        return self._step(
            handoff_id,
            principal,
            HandoffState.WAITING,
            {
                "state": HandoffState.TAKEN.value,
                "taken_by": principal.id,
                "department": principal.department,
                "taken_at": self._database.clock.now(),
            },
            "handoff.take",
        )

    def finish(self, handoff_id: int, principal: Principal, note: str) -> Handoff:
        """Closes a hand-off and forgets the number; `note` (masked already) says what came of it."""
        values = {
            "state": HandoffState.DONE.value,
            "done_at": self._database.clock.now(),
            "note": note,
            "contact": "",
        }
        return self._step(handoff_id, principal, HandoffState.TAKEN, values, "handoff.finish")

    def _step(
        self, handoff_id: int, principal: Principal, required: HandoffState, values: dict[str, Any], action: str
    ) -> Handoff:
        with self._database.write() as connection:
            _require(connection, handoff_id, required)
            changed = update(handoffs).where(handoffs.c.id == handoff_id).values(values).returning(handoffs)
            row = connection.execute(changed).one()
            audit.record(connection, self._database.clock.now(), principal.id, action, str(handoff_id), {})
            return _handoff(row)


def _joined(known: Row[Any], row: dict[str, Any]) -> dict[str, Any]:
    """What changes when a customer already in the queue calls once more."""
    values = {name: row[name] for name in ("summary", "transcript")}
    if row["urgency"] > known.urgency:
        values |= {"urgency": row["urgency"], "reason": row["reason"]}
    if row["contact"]:
        values |= {name: row[name] for name in ("contact", "wanted_at", "kind")}
    return values


_WRITTEN = ("key", "kind", "reason", "urgency", "ticket", "summary", "at", "contact", "wanted_at", "taken_by", "note")


def _require(connection: Connection, handoff_id: int, required: HandoffState) -> None:
    state = connection.execute(select(handoffs.c.state).where(handoffs.c.id == handoff_id)).scalar()
    if state != required.value:
        raise UsageError(
            f"hand-off {handoff_id} is {state or 'unknown'}", hint="这位客户已由别的坐席接手或已办结，请刷新后再看。"
        )


def _handoff(row: Row[Any]) -> Handoff:
    return Handoff(
        id=row.id,
        key=row.key,
        kind=HandoffKind(row.kind),
        reason=row.reason,
        urgency=row.urgency,
        ticket=row.ticket,
        summary=row.summary,
        transcript=tuple((role, text) for role, text in row.transcript),
        at=row.at,
        contact=row.contact,
        wanted_at=row.wanted_at,
        state=HandoffState(row.state),
        taken_by=row.taken_by,
        department=row.department,
        taken_at=row.taken_at,
        done_at=row.done_at,
        note=row.note,
    )
