"""The audit trail: an append-only chain of who did what; every other aggregate appends inside its own transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, insert, select

from kb.model import Principal
from kb.store.engine import Database
from kb.store.people_tables import audit_cuts
from kb.store.people_values import AuditQuery
from kb.store.tables import audit
from kb.store.values import AuditEntry

GENESIS = "0" * 64
"""What the first entry names as the one before it."""


class Audit:
    """Reads and appends the trail."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(
        self, principal: Principal, action: str, object: str, detail: Mapping[str, Any] | None = None
    ) -> AuditEntry:
        """Adds one entry in its own transaction; `detail` is JSON without document text or personal data."""
        with self._database.write() as connection:
            return record(connection, self._database.clock.now(), principal.id, action, object, detail)

    def entries(self, *, after: int = 0, limit: int = 100, action: str = "") -> tuple[AuditEntry, ...]:
        """Entries with a higher `seq` than `after`, oldest first, of one `action` when given."""
        query = select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(limit)
        if action:
            query = query.where(audit.c.action == action)
        with self._database.read() as connection:
            return tuple(_entry(row) for row in connection.execute(query).mappings())

    def search(self, wanted: AuditQuery) -> tuple[AuditEntry, ...]:
        """Entries that fit, the newest first."""
        query = select(audit).order_by(audit.c.seq.desc()).limit(wanted.limit)
        for condition in _conditions(wanted):
            query = query.where(condition)
        with self._database.read() as connection:
            return tuple(_entry(row) for row in connection.execute(query).mappings())

    def cut(self, before: datetime, by: Principal) -> int:
        """Removes the entries older than `before` and says so on the trail; returns how many went.

        The chain stays provable: the cut keeps the hash that the oldest entry left must name.
        """
        with self._database.write() as connection:
            old = select(audit).where(audit.c.at < before).order_by(audit.c.seq.desc()).limit(1)
            last = connection.execute(old).mappings().first()
            if last is None:
                return 0
            at = self._database.clock.now()
            gone = {"seq": last["seq"], "hash": last["hash"], "at": at}
            connection.execute(insert(audit_cuts).values(gone))
            count = connection.execute(delete(audit).where(audit.c.seq <= last["seq"])).rowcount
            detail = {"through": last["seq"], "hash": last["hash"], "entries": count}
            record(connection, at, by.id, "audit.cut", str(last["seq"]), detail, after=(last["seq"], last["hash"]))
            return int(count)

    def head(self) -> AuditEntry | None:
        """The newest entry: keep its `hash` elsewhere, and a cut-off tail shows as well."""
        with self._database.read() as connection:
            return _head(connection)

    def broken_at(self) -> int | None:
        """The `seq` of the first entry that does not fit the chain, None when all do."""
        with self._database.read() as connection:
            cut = connection.execute(select(audit_cuts).order_by(audit_cuts.c.seq.desc()).limit(1)).first()
        previous, start = (cut.hash, int(cut.seq)) if cut else (GENESIS, 0)
        if cut and not any(
            one.detail.get("hash") == previous for one in self.entries(action="audit.cut", limit=10_000)
        ):
            return start
        expected, after = start + 1, 0
        while batch := self.entries(after=after, limit=1000):
            for entry in batch:
                if entry.seq != expected or entry.previous != previous or entry.hash != digest(entry):
                    return entry.seq
                previous, expected, after = entry.hash, expected + 1, entry.seq
        return None


def record(
    connection: Connection,
    at: datetime,
    principal: str,
    action: str,
    object: str,
    detail: Mapping[str, Any] | None = None,
    *,
    after: tuple[int, str] = (0, GENESIS),
) -> AuditEntry:
    """Appends within the caller's write transaction, so that a write and its entry stand or fall together.

    `after` is what an empty trail goes on from: number and hash of the last entry a cut removed.
    """
    last = _head(connection)
    unsigned = AuditEntry(
        seq=last.seq + 1 if last else after[0] + 1,
        at=at,
        principal=principal,
        action=action,
        object=object,
        detail=dict(detail or {}),
        previous=last.hash if last else after[1],
    )
    values = {
        name: getattr(unsigned, name) for name in ("seq", "at", "principal", "action", "object", "detail", "previous")
    }
    signed = digest(unsigned)
    connection.execute(insert(audit), values | {"hash": signed})
    return AuditEntry(**values, hash=signed)


def digest(entry: AuditEntry) -> str:
    """SHA-256 (hexadecimal) over the entry's fields but `hash`, as JSON with sorted keys and the moment in UTC."""
    fields = {
        "seq": entry.seq,
        "at": entry.at.timestamp(),
        "principal": entry.principal,
        "action": entry.action,
        "object": entry.object,
        "detail": entry.detail,
        "previous": entry.previous,
    }
    return hashlib.sha256(json.dumps(fields, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _conditions(wanted: AuditQuery) -> Iterator[ColumnElement[bool]]:
    if wanted.principal:
        yield audit.c.principal == wanted.principal
    if wanted.action:
        yield audit.c.action.startswith(wanted.action, autoescape=True)
    if wanted.object:
        yield audit.c.object.contains(wanted.object, autoescape=True)
    if wanted.since:
        yield audit.c.at >= wanted.since
    if wanted.until:
        yield audit.c.at < wanted.until
    if wanted.below:
        yield audit.c.seq < wanted.below


def _head(connection: Connection) -> AuditEntry | None:
    row = connection.execute(select(audit).order_by(audit.c.seq.desc()).limit(1)).mappings().first()
    return None if row is None else _entry(row)


def _entry(row: RowMapping) -> AuditEntry:
    return AuditEntry(**row)
