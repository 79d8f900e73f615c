"""Practice in the catalogue: who learns with whom, sessions, answers and the scheduler's cards; practice calls it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, delete, distinct, func, insert, select, update

from kb.errors import UsageError
from kb.model import Principal
from kb.store import audit
from kb.store.engine import Database
from kb.store.quiz_tables import learners, practice_answers, practice_cards, practice_sessions
from kb.store.quiz_values import Answered, AnswerTally, Card, Learner, Session

By = Literal["topic", "stage", "competency", "item_id", "person", "team"]


class PracticeBook:
    """Everything about who practised what, and how it went."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enrol(self, learner: Learner, *, principal: Principal) -> Learner:
        """Sets the team, stage and trainer of a person."""
        with self._database.write() as connection:
            connection.execute(delete(learners).where(learners.c.person == learner.person))
            row = {name: getattr(learner, name) for name in Learner.__dataclass_fields__}
            connection.execute(insert(learners).values(row))
            at = self._database.clock.now()
            audit.record(connection, at, principal.id, "practice.enrol", learner.person, {"stage": learner.stage})
        return learner

    def learner(self, person: str) -> Learner:
        """What is known of a person; nobody enrolled has neither team, stage nor trainer."""
        with self._database.read() as connection:
            row = connection.execute(select(learners).where(learners.c.person == person)).first()
        return Learner(person) if row is None else Learner(**row._mapping)

    def learners(self, *, trainer: str = "") -> tuple[Learner, ...]:
        """Those enrolled, of one trainer when given, by person."""
        query = select(learners).order_by(learners.c.person)
        if trainer:
            query = query.where(learners.c.trainer == trainer)
        with self._database.read() as connection:
            return tuple(Learner(**row._mapping) for row in connection.execute(query))

    def begin(self, session: Session) -> Session:
        """Opens a session and returns it with `id` and `started_at`."""
        with self._database.write() as connection:
            at = self._database.clock.now()
            row = {
                "person": session.person,
                "mode": session.mode,
                "title": session.title,
                "items": list(session.items),
                "seed": session.seed,
                "minutes": session.minutes,
                "started_at": at,
            }
            query = insert(practice_sessions).values(row).returning(practice_sessions.c.id)
            number = int(connection.execute(query).scalar_one())
        return replace(session, id=number, started_at=at)

    def session(self, session_id: int) -> Session | None:
        """A session, None when unknown."""
        with self._database.read() as connection:
            row = connection.execute(select(practice_sessions).where(practice_sessions.c.id == session_id)).first()
        return None if row is None else _session(row)

    def sessions(self, person: str, limit: int = 20) -> tuple[Session, ...]:
        """Sessions of a person, the newest first."""
        query = select(practice_sessions).where(practice_sessions.c.person == person)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(practice_sessions.c.id.desc()).limit(limit))
            return tuple(_session(row) for row in rows)

    def finish(self, session_id: int) -> Session:
        """Closes a session; one already closed stays as it is. Raises UsageError for an unknown one."""
        with self._database.write() as connection:
            open_one = (practice_sessions.c.id == session_id) & practice_sessions.c.finished_at.is_(None)
            at = self._database.clock.now()
            connection.execute(update(practice_sessions).where(open_one).values(finished_at=at))
            row = connection.execute(select(practice_sessions).where(practice_sessions.c.id == session_id)).first()
        if row is None:
            raise UsageError(f"no session {session_id}", hint="没有这次练习，请重新开始。")
        return _session(row)

    def answer(self, given: Answered, card: Card | None = None) -> Answered:
        """Keeps an answer, and what the scheduler makes of it, in one step."""
        with self._database.write() as connection:
            at = self._database.clock.now()
            row = {name: getattr(given, name) for name in Answered.__dataclass_fields__ if name != "id"} | {"at": at}
            query = insert(practice_answers).values(row).returning(practice_answers.c.id)
            number = int(connection.execute(query).scalar_one())
            if card is not None:
                mine = (practice_cards.c.person == card.person) & (practice_cards.c.item_id == card.item_id)
                connection.execute(delete(practice_cards).where(mine))
                values = {"person": card.person, "item_id": card.item_id, "state": dict(card.state), "due": card.due}
                connection.execute(insert(practice_cards).values(values))
        return replace(given, id=number, at=at)

    def answers(
        self, *, person: str = "", session_id: int | None = None, limit: int | None = None
    ) -> tuple[Answered, ...]:
        """Answers of a person or a session, oldest first; the last `limit` of them when given."""
        query = select(practice_answers).order_by(practice_answers.c.id.desc())
        if person:
            query = query.where(practice_answers.c.person == person)
        if session_id is not None:
            query = query.where(practice_answers.c.session_id == session_id)
        if limit is not None:
            query = query.limit(limit)
        with self._database.read() as connection:
            found = [Answered(**row._mapping) for row in connection.execute(query)]
        return tuple(reversed(found))

    def card(self, person: str, item_id: str) -> Card | None:
        """The scheduler's card, None before the first answer."""
        mine = (practice_cards.c.person == person) & (practice_cards.c.item_id == item_id)
        with self._database.read() as connection:
            row = connection.execute(select(practice_cards).where(mine)).first()
        return None if row is None else Card(**row._mapping)

    def cards(self, person: str, *, due_by: datetime | None = None) -> tuple[Card, ...]:
        """Cards of a person, the most overdue first; only those due by a moment when given."""
        query = select(practice_cards).where(practice_cards.c.person == person).order_by(practice_cards.c.due)
        if due_by is not None:
            query = query.where(practice_cards.c.due <= due_by)
        with self._database.read() as connection:
            return tuple(Card(**row._mapping) for row in connection.execute(query))

    def tally(
        self,
        by: By,
        *,
        person: str = "",
        team: str | None = None,
        items: Collection[str] | None = None,
        since: datetime | None = None,
    ) -> tuple[AnswerTally, ...]:
        """Answers counted by a key, the weakest first; of one person, one team, or some items when given."""
        column = practice_answers.c[by]
        counted = (func.count(), func.avg(practice_answers.c.score), func.count(distinct(practice_answers.c.person)))
        query = select(column, *counted).group_by(column)
        if person:
            query = query.where(practice_answers.c.person == person)
        if team is not None:
            query = query.where(practice_answers.c.team == team)
        if items is not None:
            query = query.where(practice_answers.c.item_id.in_(list(items)))
        if since is not None:
            query = query.where(practice_answers.c.at >= since)
        with self._database.read() as connection:
            found = [
                AnswerTally(str(row[0]), int(row[1]), float(row[2]), int(row[3])) for row in connection.execute(query)
            ]
        return tuple(sorted(found, key=lambda each: (each.mean, -each.answers, each.key)))


def _session(row: Row[Any]) -> Session:
    return Session(**dict(row._mapping) | {"items": tuple(row._mapping["items"])})
