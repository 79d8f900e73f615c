"""The log of questions asked, masked: reports count it and pages show the latest; the assistant writes it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from kb.errors import UsageError
from kb.model import Principal, Role
from kb.store import audit
from kb.store.engine import Database
from kb.store.tables import questions
from kb.store.values import AskedQuestion


class QuestionLog:
    """What was asked, what came of it, and how long it took."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, asked: AskedQuestion) -> AskedQuestion:
        """Writes one line (its text masked already), with who asked and saw what on the trail; returns it numbered."""
        with self._database.write() as connection:
            at = asked.asked_at or self._database.clock.now()
            row = {
                "asked_at": at,
                "text": asked.text,
                "outcome": asked.outcome,
                "mode": asked.mode,
                "confidence": asked.confidence,
                "business_type": asked.business_type,
                "corrected_type": asked.corrected_type,
                "latency_ms": asked.latency_ms,
                "channel": asked.channel,
                "asker": asked.principal.id,
                "role": asked.principal.role.value,
                "department": asked.principal.department,
                "as_of": asked.as_of,
                "gap_id": asked.gap_id,
                "release_id": asked.release_id,
            }
            new = _asked(connection.execute(insert(questions).values(row).returning(questions)).one())
            detail = {"outcome": asked.outcome, "seen": list(asked.seen)}
            audit.record(connection, at, asked.principal.id, "question.ask", str(new.id), detail)
            return new

    def correct_type(self, question_id: int, business_type: str, principal: Principal) -> AskedQuestion:
        """Sets the business type a person put right; what was classified stays beside it. UsageError when unknown."""
        with self._database.write() as connection:
            chosen = update(questions).where(questions.c.id == question_id).values(corrected_type=business_type)
            row = connection.execute(chosen.returning(questions)).first()
            if row is None:
                raise UsageError(f"no question {question_id}", hint="这条提问记录不存在，请刷新后重试。")
            detail = {"from": row.business_type, "to": business_type}
            at = self._database.clock.now()
            audit.record(connection, at, principal.id, "question.correct_type", str(question_id), detail)
            return _asked(row)

    def get(self, question_id: int) -> AskedQuestion | None:
        """One line by id, None when unknown."""
        with self._database.read() as connection:
            row = connection.execute(select(questions).where(questions.c.id == question_id)).first()
        return None if row is None else _asked(row)

    def recent(
        self, limit: int = 50, *, outcome: str | None = None, since: datetime | None = None, before: int | None = None
    ) -> tuple[AskedQuestion, ...]:
        """The latest lines, newest first; of one outcome, from a moment on, or with ids below `before`, when given."""
        query = select(questions).order_by(questions.c.id.desc()).limit(limit)
        if outcome is not None:
            query = query.where(questions.c.outcome == outcome)
        if since is not None:
            query = query.where(questions.c.asked_at >= since)
        if before is not None:
            query = query.where(questions.c.id < before)
        with self._database.read() as connection:
            return tuple(_asked(row) for row in connection.execute(query))

    def counts(self, since: datetime, until: datetime) -> dict[tuple[str, str], int]:
        """How many were asked in [since, until), by (business type as corrected, outcome)."""
        business_type = func.coalesce(questions.c.corrected_type, questions.c.business_type)
        query = (
            select(business_type, questions.c.outcome, func.count())
            .where(questions.c.asked_at >= since, questions.c.asked_at < until)
            .group_by(business_type, questions.c.outcome)
        )
        with self._database.read() as connection:
            return {(kind, outcome): number for kind, outcome, number in connection.execute(query)}


def _asked(row: Row[Any]) -> AskedQuestion:
    return AskedQuestion(
        text=row.text,
        principal=Principal(row.asker, Role(row.role), row.department),
        outcome=row.outcome,
        mode=row.mode,
        confidence=row.confidence,
        business_type=row.business_type,
        latency_ms=row.latency_ms,
        channel=row.channel,
        as_of=row.as_of,
        gap_id=row.gap_id,
        release_id=row.release_id,
        corrected_type=row.corrected_type,
        id=row.id,
        asked_at=row.asked_at,
    )
