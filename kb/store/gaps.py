"""The ledger of what the base does not know, in the catalogue; the assistant opens gaps, maintainers close them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from kb.errors import UsageError
from kb.model import Principal, Role
from kb.store import audit
from kb.store.engine import Database
from kb.store.tables import gap_history, gap_questions, gaps
from kb.store.values import GAP_STEPS, Gap, GapCause, GapEvent, GapQuestion, GapState, NearHit

CLOSED = frozenset({GapState.VERIFIED, GapState.REJECTED})
"""States in which nobody owes anything any more."""


class Gaps:
    """Unanswered questions, gathered into gaps that somebody owns, with everything that was done about them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, question: GapQuestion, *, key: str = "", business_type: str = "", priority: int = 0) -> Gap:
        """Opens a gap in state NEW, or joins the open one with the same `key` (the question folded for comparing).

        The question's text must be masked already. An empty `key` always opens.
        """
        with self._database.write() as connection:
            at = question.asked_at or self._database.clock.now()
            known = _find_open(connection, key) if key else None
            if known is not None:
                return _join(connection, known, question, at)
            row = {
                "state": GapState.NEW.value,
                "question": question.text,
                "key": key,
                "business_type": business_type,
                "owner": "",
                "department": "",
                "priority": priority,
                "count": 1,
                "first_seen": at,
                "last_seen": at,
            }
            gap = int(connection.execute(insert(gaps).values(row).returning(gaps.c.id)).scalar_one())
            _add_question(connection, gap, question, at)
            _add_event(connection, gap, at, question.principal.id, GapState.NEW, {}, "")
            audit.record(connection, at, question.principal.id, "gap.open", str(gap))
            return _require(connection, gap)

    def join(self, gap_id: int, question: GapQuestion) -> Gap:
        """Adds one more asking to a gap of any state: count and last_seen go up, the state stays."""
        with self._database.write() as connection:
            _require(connection, gap_id)
            return _join(connection, gap_id, question, question.asked_at or self._database.clock.now())

    def get(self, gap_id: int) -> Gap | None:
        """A gap by id, None when unknown."""
        with self._database.read() as connection:
            row = connection.execute(_GAP.where(gaps.c.id == gap_id)).first()
        return None if row is None else _gap(row)

    def find(self, key: str) -> Gap | None:
        """The newest open gap with this key."""
        with self._database.read() as connection:
            known = _find_open(connection, key)
            return None if known is None else _require(connection, known)

    def list(
        self,
        states: Collection[GapState] = (),
        *,
        department: str | None = None,
        owner: str | None = None,
        due_by: date | None = None,
        business_type: str | None = None,
        text: str = "",
        limit: int = 100,
        offset: int = 0,
    ) -> tuple[Gap, ...]:
        """Gaps by priority, then the latest asked first; of all states when none is named, with `text` in them."""
        query = _filtered(_GAP, states, department, owner, due_by, business_type, text)
        query = query.order_by(gaps.c.priority.desc(), gaps.c.last_seen.desc(), gaps.c.id.desc())
        with self._database.read() as connection:
            return tuple(_gap(row) for row in connection.execute(query.limit(limit).offset(offset)))

    def counts(self) -> dict[GapState, int]:
        """How many gaps stand in each state; every state is there."""
        query = select(gaps.c.state, func.count()).group_by(gaps.c.state)
        with self._database.read() as connection:
            found = {row[0]: row[1] for row in connection.execute(query)}
        return {state: found.get(state.value, 0) for state in GapState}

    def total(
        self,
        states: Collection[GapState] = (),
        *,
        department: str | None = None,
        owner: str | None = None,
        due_by: date | None = None,
        business_type: str | None = None,
        text: str = "",
    ) -> int:
        """How many gaps `list` would find without a limit."""
        counted = select(func.count()).select_from(gaps)
        query = _filtered(counted, states, department, owner, due_by, business_type, text)
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def named(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Every owner and every department that a gap was ever given to, sorted; without the empty ones."""
        with self._database.read() as connection:
            owners, departments = (
                connection.execute(select(column).where(column != "").distinct().order_by(column)).scalars().all()
                for column in (gaps.c.owner, gaps.c.department)
            )
        return tuple(owners), tuple(departments)

    def questions(self, gap_id: int) -> tuple[GapQuestion, ...]:
        """Every asking of a gap, oldest first."""
        query = select(gap_questions).where(gap_questions.c.gap_id == gap_id).order_by(gap_questions.c.id)
        with self._database.read() as connection:
            return tuple(_question(row) for row in connection.execute(query))

    def history(self, gap_id: int) -> tuple[GapEvent, ...]:
        """What was done about a gap, oldest first."""
        query = select(gap_history).where(gap_history.c.gap_id == gap_id).order_by(gap_history.c.id)
        with self._database.read() as connection:
            return tuple(
                GapEvent(row.at, row.principal, GapState(row.state), row.changes, row.note)
                for row in connection.execute(query)
            )

    def change(
        self,
        gap_id: int,
        principal: Principal,
        *,
        state: GapState | None = None,
        cause: GapCause | None = None,
        owner: str | None = None,
        department: str | None = None,
        due: date | None = None,
        priority: int | None = None,
        business_type: str | None = None,
        note: str = "",
    ) -> Gap:
        """Changes what is named, and writes history and audit with it.

        Raises UsageError for an unknown gap, or a state that does not follow from the present one (`GAP_STEPS`).
        """
        wanted = {
            "state": None if state is None else state.value,
            "cause": None if cause is None else cause.value,
            "owner": owner,
            "department": department,
            "due": due,
            "priority": priority,
            "business_type": business_type,
        }
        with self._database.write() as connection:
            before = _require(connection, gap_id)
            if state not in {None, before.state} and state not in GAP_STEPS[before.state]:
                raise UsageError(
                    f"gap {gap_id} cannot go from {before.state.value} to {state}",
                    hint=f"知识缺口目前是“{before.state.label}”，不能直接改为“{GapState(str(state)).label}”。",
                )
            changed = {name: value for name, value in wanted.items() if value not in {None, getattr(before, name)}}
            if not changed and not note:
                return before
            if changed:
                connection.execute(update(gaps).where(gaps.c.id == gap_id).values(changed))
            after = _require(connection, gap_id)
            at = self._database.clock.now()
            steps = {name: [_plain(getattr(before, name)), _plain(getattr(after, name))] for name in changed}
            _add_event(connection, gap_id, at, principal.id, after.state, steps, note)
            audit.record(connection, at, principal.id, "gap.change", str(gap_id), steps)
            return after


_GAP = select(*(column for column in gaps.c if column.name != "key"))


def _filtered(
    query: Select[Any],
    states: Collection[GapState],
    department: str | None,
    owner: str | None,
    due_by: date | None,
    business_type: str | None,
    text: str,
) -> Select[Any]:
    if states:
        query = query.where(gaps.c.state.in_([state.value for state in states]))
    if department is not None:
        query = query.where(gaps.c.department == department)
    if owner is not None:
        query = query.where(gaps.c.owner == owner)
    if due_by is not None:
        query = query.where(gaps.c.due <= due_by)
    if business_type is not None:
        query = query.where(gaps.c.business_type == business_type)
    if text:
        query = query.where(gaps.c.question.contains(text, autoescape=True))
    return query


def _find_open(connection: Connection, key: str) -> int | None:
    closed = [state.value for state in CLOSED]
    query = select(gaps.c.id).where(gaps.c.key == key, gaps.c.state.not_in(closed)).order_by(gaps.c.id.desc())
    return connection.execute(query.limit(1)).scalar()


def _join(connection: Connection, gap_id: int, question: GapQuestion, at: datetime) -> Gap:
    _add_question(connection, gap_id, question, at)
    seen = {"count": gaps.c.count + 1, "last_seen": at}
    connection.execute(update(gaps).where(gaps.c.id == gap_id).values(seen))
    return _require(connection, gap_id)


def _add_question(connection: Connection, gap_id: int, question: GapQuestion, at: datetime) -> None:
    row = {
        "gap_id": gap_id,
        "text": question.text,
        "channel": question.channel,
        "asker": question.principal.id,
        "role": question.principal.role.value,
        "department": question.principal.department,
        "asked_at": at,
        "as_of": question.as_of,
        "nearest": [asdict(hit) for hit in question.nearest],
    }
    connection.execute(insert(gap_questions).values(row))


def _add_event(
    connection: Connection,
    gap_id: int,
    at: datetime,
    principal: str,
    state: GapState,
    changes: dict[str, Any],
    note: str,
) -> None:
    row = {"gap_id": gap_id, "at": at, "principal": principal, "state": state.value, "changes": changes, "note": note}
    connection.execute(insert(gap_history).values(row))


def _require(connection: Connection, gap_id: int) -> Gap:
    row = connection.execute(_GAP.where(gaps.c.id == gap_id)).first()
    if row is None:
        raise UsageError(f"no gap {gap_id}", hint="这条知识缺口不存在，请刷新后重试。")
    return _gap(row)


def _gap(row: Row[Any]) -> Gap:
    values = dict(row._mapping)
    cause = None if values["cause"] is None else GapCause(values["cause"])
    return Gap(**values | {"state": GapState(values["state"]), "cause": cause})


def _question(row: Row[Any]) -> GapQuestion:
    return GapQuestion(
        text=row.text,
        principal=Principal(row.asker, Role(row.role), row.department),
        channel=row.channel,
        as_of=row.as_of,
        nearest=tuple(NearHit(**hit) for hit in row.nearest),
        asked_at=row.asked_at,
    )


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
