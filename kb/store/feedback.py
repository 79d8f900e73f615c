"""Verdicts on answers, from those who had to use them; the assistant adds them, maintainers read them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select

from kb.model import Principal, Role
from kb.store import audit
from kb.store.engine import Database
from kb.store.tables import feedback
from kb.store.values import Feedback, Verdict


class FeedbackBook:
    """Useful, wrong or outdated, and why."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, given: Feedback) -> Feedback:
        """Writes a verdict (its texts masked already) and returns it with `id` and `at`.

        Raises UsageError when it names a question that is not in the log.
        """
        with self._database.write() as connection:
            at = given.at or self._database.clock.now()
            row = {
                "question_id": given.question_id,
                "question": given.question,
                "answer": given.answer,
                "verdict": given.verdict.value,
                "reason": given.reason,
                "principal": given.principal.id,
                "role": given.principal.role.value,
                "at": at,
                "passage_ids": list(given.passage_ids),
            }
            new = connection.execute(insert(feedback).values(row).returning(feedback)).one()
            audit.record(connection, at, given.principal.id, "feedback.add", str(new.id), {"verdict": row["verdict"]})
            return _feedback(new)

    def list(
        self, *, verdict: Verdict | None = None, since: datetime | None = None, limit: int = 100, offset: int = 0
    ) -> tuple[Feedback, ...]:
        """Verdicts, the latest first; of one kind, or from a moment on, when given."""
        query = select(feedback).order_by(feedback.c.id.desc()).limit(limit).offset(offset)
        if verdict is not None:
            query = query.where(feedback.c.verdict == verdict.value)
        if since is not None:
            query = query.where(feedback.c.at >= since)
        with self._database.read() as connection:
            return tuple(_feedback(row) for row in connection.execute(query))

    def counts(self, *, since: datetime | None = None) -> dict[Verdict, int]:
        """How many of each verdict, from a moment on when given; every verdict is there."""
        query = select(feedback.c.verdict, func.count()).group_by(feedback.c.verdict)
        if since is not None:
            query = query.where(feedback.c.at >= since)
        with self._database.read() as connection:
            found = {row[0]: row[1] for row in connection.execute(query)}
        return {verdict: found.get(verdict.value, 0) for verdict in Verdict}


def _feedback(row: Row[Any]) -> Feedback:
    return Feedback(
        verdict=Verdict(row.verdict),
        principal=Principal(row.principal, Role(row.role)),
        question=row.question,
        answer=row.answer,
        reason=row.reason,
        question_id=row.question_id,
        passage_ids=tuple(row.passage_ids),
        id=row.id,
        at=row.at,
    )
