"""What is to be coached, in the catalogue; the coaching desk of the quizzes calls it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from kb.errors import UsageError
from kb.model import Principal
from kb.store import audit
from kb.store.engine import Database
from kb.store.quiz_tables import coaching
from kb.store.quiz_values import Coaching

_SAID = ("person", "team", "topic", "mean", "answers", "people")


class CoachingBook:
    """Entries of people and teams, open until somebody says that they were coached."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, wanted: Coaching) -> Coaching:
        """Opens an entry, or brings the open one of the same person or team and topic up to date."""
        values: dict[str, Any] = {name: getattr(wanted, name) for name in _SAID} | {"sources": list(wanted.sources)}
        of = (coaching.c.person == wanted.person) & (coaching.c.topic == wanted.topic) & coaching.c.done_at.is_(None)
        if not wanted.person:
            of &= coaching.c.team == wanted.team
        with self._database.write() as connection:
            known = connection.execute(select(coaching.c.id).where(of)).scalar()
            if known is not None:
                connection.execute(update(coaching).where(coaching.c.id == known).values(values))
            else:
                values |= {"opened_at": self._database.clock.now(), "done_by": "", "note": ""}
                query = insert(coaching).values(values).returning(coaching.c.id)
                known = int(connection.execute(query).scalar_one())
            return _entry(connection.execute(select(coaching).where(coaching.c.id == known)).one())

    def list(self, *, done: bool = False) -> tuple[Coaching, ...]:
        """Open entries, the weakest first; with `done` those that were coached, the latest first."""
        query = select(coaching).order_by(coaching.c.mean, coaching.c.id).where(coaching.c.done_at.is_(None))
        if done:
            query = select(coaching).order_by(coaching.c.done_at.desc()).where(coaching.c.done_at.is_not(None))
        with self._database.read() as connection:
            return tuple(_entry(row) for row in connection.execute(query))

    def get(self, number: int) -> Coaching | None:
        """An entry, None when unknown."""
        with self._database.read() as connection:
            row = connection.execute(select(coaching).where(coaching.c.id == number)).first()
        return None if row is None else _entry(row)

    def coached(self, *, person: str = "", team: str = "", topic: str) -> datetime | None:
        """When a person, or a team, was last coached in a topic; None when never."""
        of = (coaching.c.person == person) & (coaching.c.topic == topic) & coaching.c.done_at.is_not(None)
        if not person:
            of &= coaching.c.team == team
        with self._database.read() as connection:
            row = connection.execute(select(coaching.c.done_at).where(of).order_by(coaching.c.done_at.desc())).first()
        return None if row is None else row.done_at

    def finish(self, number: int, *, principal: Principal, note: str = "") -> Coaching:
        """Marks an entry as coached, once; raises UsageError for an unknown one."""
        with self._database.write() as connection:
            at = self._database.clock.now()
            still = (coaching.c.id == number) & coaching.c.done_at.is_(None)
            values = {"done_at": at, "done_by": principal.id, "note": note}
            if connection.execute(update(coaching).where(still).values(values)).rowcount:
                audit.record(connection, at, principal.id, "coaching.done", str(number), {})
            row = connection.execute(select(coaching).where(coaching.c.id == number)).first()
        if row is None:
            raise UsageError(f"no coaching {number}", hint="没有这条辅导，请刷新后重试。")
        return _entry(row)


def _entry(row: Row[Any]) -> Coaching:
    return Coaching(**dict(row._mapping) | {"sources": tuple(row._mapping["sources"])})
