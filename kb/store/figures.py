"""Sums over the question log, feedback and gaps, by day, type, channel and department; the loop's reports call it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from kb.store.engine import Database
from kb.store.loop_tables import gap_details
from kb.store.tables import audit, feedback, gap_questions, gaps, questions
from kb.store.values import Verdict


@dataclass(frozen=True, slots=True)
class AskedFact:
    """One question as reports count it."""

    at: datetime
    business_type: str
    channel: str
    department: str
    outcome: str
    complaints: int


@dataclass(frozen=True, slots=True)
class ClosedFact:
    """One verified gap: from its first asking to its proof, in hours; never negative, however clocks were set."""

    at: datetime
    business_type: str
    department: str
    hours: float


class Figures:
    """Rows that reports add up."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def asked(self, since: datetime, until: datetime) -> list[AskedFact]:
        """Questions asked in [since, until), with how often each was judged wrong or outdated."""
        bad = select(feedback.c.question_id).where(
            feedback.c.verdict != Verdict.USEFUL.value, feedback.c.question_id.is_not(None)
        )
        query = select(questions).where(questions.c.asked_at >= since, questions.c.asked_at < until)
        with self._database.read() as connection:
            complaints: dict[int, int] = {}
            for each in connection.execute(bad).scalars():
                complaints[each] = complaints.get(each, 0) + 1
            return [
                AskedFact(
                    row.asked_at,
                    row.corrected_type or row.business_type,
                    row.channel,
                    row.department,
                    row.outcome,
                    complaints.get(row.id, 0),
                )
                for row in connection.execute(query.order_by(questions.c.id))
            ]

    def cited(self, since: datetime) -> tuple[int, dict[int, int]]:
        """How many questions were asked since a moment, and in how many answers each passage was cited, by id."""
        query = select(audit.c.detail).where(audit.c.action == "question.ask", audit.c.at >= since)
        counts: Counter[int] = Counter()
        asked = 0
        with self._database.read() as connection:
            for detail in connection.execute(query).scalars():
                asked += 1
                counts.update(detail.get("seen", ()))
        return asked, dict(counts)

    def missed(self, since: datetime) -> dict[int, int]:
        """How often each passage was the nearest to a question that became or joined a gap since a moment, by id."""
        query = select(gap_questions.c.nearest).where(gap_questions.c.asked_at >= since)
        with self._database.read() as connection:
            nearest = [hits[0]["passage_id"] for hits in connection.execute(query).scalars() if hits]
        return dict(Counter(nearest))

    def closed(self, since: datetime, until: datetime) -> Sequence[ClosedFact]:
        """Gaps verified in [since, until)."""
        verified = gap_details.c.verified_at
        query = (
            select(gaps.c.first_seen, gaps.c.business_type, gaps.c.department, verified)
            .join(gap_details, gap_details.c.gap_id == gaps.c.id)
            .where(verified >= since, verified < until)
        )
        with self._database.read() as connection:
            return [
                ClosedFact(
                    row.verified_at,
                    row.business_type,
                    row.department,
                    max(0.0, (row.verified_at - row.first_seen).total_seconds() / 3600),
                )
                for row in connection.execute(query)
            ]
