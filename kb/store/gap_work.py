"""What maintainers do with gaps beyond changing one: merge, split, compare, count; the knowledge loop calls it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from kb.errors import UsageError
from kb.model import Principal
from kb.store import audit
from kb.store.engine import Database, chunks
from kb.store.gaps import CLOSED
from kb.store.loop_tables import gap_details, gap_vectors
from kb.store.loop_values import GapDetails, GapOrigin, GapTraffic
from kb.store.tables import gap_history, gap_questions, gaps
from kb.store.values import GapState

WEEK = timedelta(days=7)


class GapWork:
    """Details, likeness and traffic of gaps. Every change leaves history and audit with it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def details(self, gap_ids: Collection[int]) -> dict[int, GapDetails]:
        """Details of gaps by id; those that nothing special is known of have the ordinary ones."""
        found = {each: GapDetails(each) for each in gap_ids}
        with self._database.read() as connection:
            for chunk in chunks(gap_ids):
                for row in connection.execute(select(gap_details).where(gap_details.c.gap_id.in_(chunk))):
                    found[row.gap_id] = _details(row)
        return found

    def describe(self, gap_id: int, **changes: Any) -> GapDetails:
        """Sets `origin`, `reply`, `reminded_at` or `verified_at` of a gap."""
        with self._database.write() as connection:
            return _describe(connection, gap_id, **changes)

    def texts(self, gap_ids: Collection[int]) -> dict[int, list[str]]:
        """The distinct wordings of gaps, oldest first."""
        found: dict[int, list[str]] = {each: [] for each in gap_ids}
        query = select(gap_questions.c.gap_id, gap_questions.c.text).order_by(gap_questions.c.id)
        with self._database.read() as connection:
            for chunk in chunks(gap_ids):
                for gap_id, text in connection.execute(query.where(gap_questions.c.gap_id.in_(chunk))):
                    if text not in found[gap_id]:
                        found[gap_id].append(text)
        return found

    def merge(self, gap_ids: Sequence[int], into: int, principal: Principal) -> None:
        """Moves every asking of `gap_ids` to `into` and closes them as rejected, with a note where they went.

        Raises UsageError for an unknown or closed gap, or one that is to be merged into itself.
        """
        with self._database.write() as connection:
            at = self._database.clock.now()
            for each in (into, *gap_ids):
                _require_open(connection, each)
            if into in gap_ids or not gap_ids:
                raise UsageError("nothing to merge", hint="请另选要并入的缺口，不能把缺口并入它自己。")
            for each in dict.fromkeys(gap_ids):
                connection.execute(update(gap_questions).where(gap_questions.c.gap_id == each).values(gap_id=into))
                _move_vectors(connection, each, into, None)
                connection.execute(update(gaps).where(gaps.c.id == each).values(state=GapState.REJECTED.value, count=0))
                _describe(connection, each, merged_into=into)
                _event(connection, each, at, principal, GapState.REJECTED, {"merged_into": [None, into]}, "")
            _recount(connection, into)
            state = GapState(str(connection.execute(select(gaps.c.state).where(gaps.c.id == into)).scalar_one()))
            _event(connection, into, at, principal, state, {"merged": [None, list(gap_ids)]}, "")
            audit.record(connection, at, principal.id, "gap.merge", str(into), {"from": list(gap_ids)})

    def move(self, source: int, text: str, into: int, principal: Principal) -> bool:
        """Moves the askings of one wording from a gap to another, both open.

        False, and nothing done, for a wording that the gap does not have or that is its last. Raises UsageError for a
        gap that is unknown or closed.
        """
        with self._database.write() as connection:
            at = self._database.clock.now()
            held = {each: _require_open(connection, each) for each in (source, into)}
            query = select(gap_questions.c.text).where(gap_questions.c.gap_id == source).order_by(gap_questions.c.id)
            left = dict.fromkeys(connection.execute(query).scalars())
            if text not in left or len(left) < 2:
                return False
            mine = (gap_questions.c.gap_id == source) & (gap_questions.c.text == text)
            connection.execute(update(gap_questions).where(mine).values(gap_id=into))
            _move_vectors(connection, source, into, [_hash(text)])
            if held[source].question == text:
                first = next(each for each in left if each != text)
                connection.execute(update(gaps).where(gaps.c.id == source).values(question=first, key=""))
            for each in (source, into):
                _recount(connection, each)
                change = {"moved": [source, into], "text": [None, text]}
                _event(connection, each, at, principal, GapState(held[each].state), change, "")
            audit.record(connection, at, principal.id, "gap.move", str(source), {"into": into})
            return True

    def split(self, gap_id: int, texts: Collection[str], principal: Principal) -> int:
        """Moves the askings of these wordings to a new gap and returns its id; at least one wording must stay.

        Raises UsageError for wordings the gap does not have.
        """
        with self._database.write() as connection:
            at = self._database.clock.now()
            row = _require_open(connection, gap_id)
            query = select(gap_questions.c.text).where(gap_questions.c.gap_id == gap_id).distinct()
            held = set(connection.execute(query).scalars())
            moved = set(texts)
            if not moved or not moved < held:
                raise UsageError("not a part of the gap", hint="请选出要拆出的问法：至少选一条，也至少留下一条。")
            first = next(text for text in texts if text in moved)
            new = {name: row._mapping[name] for name in row._fields if name not in {"id", "key", "cause", "due"}}
            new |= {"state": GapState.NEW.value, "question": first, "key": "", "owner": "", "count": 0}
            new_id = int(connection.execute(insert(gaps).values(new).returning(gaps.c.id)).scalar_one())
            connection.execute(
                update(gap_questions)
                .where(gap_questions.c.gap_id == gap_id, gap_questions.c.text.in_(moved))
                .values(gap_id=new_id)
            )
            _move_vectors(connection, gap_id, new_id, [_hash(text) for text in moved])
            for each in (gap_id, new_id):
                _recount(connection, each)
            state = GapState(row.state)
            _event(connection, gap_id, at, principal, state, {"split": [None, new_id]}, "")
            _event(connection, new_id, at, principal, GapState.NEW, {"split_from": [None, gap_id]}, "")
            audit.record(connection, at, principal.id, "gap.split", str(gap_id), {"new": new_id})
            return new_id

    def traffic(self, gap_ids: Collection[int], now: datetime) -> dict[int, GapTraffic]:
        """Counts by week, channels and waiting people of gaps."""
        weeks: dict[int, list[int]] = {each: [0, 0] for each in gap_ids}
        channels: dict[int, dict[str, None]] = {each: {} for each in gap_ids}
        waiting: dict[int, dict[str, None]] = {each: {} for each in gap_ids}
        columns = (gap_questions.c.gap_id, gap_questions.c.asked_at, gap_questions.c.channel, gap_questions.c.asker)
        with self._database.read() as connection:
            for chunk in chunks(gap_ids):
                for row in connection.execute(select(*columns).where(gap_questions.c.gap_id.in_(chunk))):
                    channels[row.gap_id][row.channel] = None
                    waiting[row.gap_id][row.asker] = None
                    age = now - row.asked_at
                    if age < 2 * WEEK:
                        weeks[row.gap_id][0 if age < WEEK else 1] += 1
        return {
            each: GapTraffic(weeks[each][0], weeks[each][1], tuple(channels[each]), tuple(waiting[each]))
            for each in gap_ids
        }

    def counted(self) -> Mapping[str, int]:
        """How many open gaps of each origin there are; refusals are those nothing else is said of."""
        open_ = gaps.c.state.not_in([state.value for state in CLOSED])
        query = (
            select(gap_details.c.origin, func.count())
            .select_from(gaps)
            .outerjoin(gap_details, gap_details.c.gap_id == gaps.c.id)
            .where(open_)
            .group_by(gap_details.c.origin)
        )
        counts = dict.fromkeys((origin.value for origin in GapOrigin), 0)
        with self._database.read() as connection:
            for origin, number in connection.execute(query):
                counts[origin or GapOrigin.REFUSAL.value] += number
        return counts


def _details(row: Row[Any]) -> GapDetails:
    values = dict(row._mapping)
    return GapDetails(**values | {"origin": GapOrigin(values["origin"])})


def _describe(connection: Connection, gap_id: int, **changes: Any) -> GapDetails:
    row = connection.execute(select(gap_details).where(gap_details.c.gap_id == gap_id)).first()
    known = GapDetails(gap_id) if row is None else _details(row)
    wanted = replace(known, **changes)
    values = {name: getattr(wanted, name) for name in GapDetails.__dataclass_fields__}
    values["origin"] = GapOrigin(wanted.origin).value
    if row is None:
        connection.execute(insert(gap_details).values(values))
    else:
        connection.execute(update(gap_details).where(gap_details.c.gap_id == gap_id).values(values))
    return wanted


def _require_open(connection: Connection, gap_id: int) -> Row[Any]:
    row = connection.execute(select(gaps).where(gaps.c.id == gap_id)).first()
    if row is None:
        raise UsageError(f"no gap {gap_id}", hint=f"没有 {gap_id} 号知识缺口，请刷新后重试。")
    if GapState(row.state) in CLOSED:
        raise UsageError(f"gap {gap_id} is closed", hint=f"{gap_id} 号缺口已经结束，不能再合并或拆分。")
    return row


def _move_vectors(connection: Connection, source: int, target: int, hashes: Sequence[str] | None) -> None:
    mine = gap_vectors.c.gap_id == source
    if hashes is not None:
        mine &= gap_vectors.c.text_hash.in_(hashes)
    there = select(gap_vectors.c.text_hash).where(gap_vectors.c.gap_id == target).scalar_subquery()
    connection.execute(delete(gap_vectors).where(mine, gap_vectors.c.text_hash.in_(there)))
    connection.execute(update(gap_vectors).where(mine).values(gap_id=target))


def _recount(connection: Connection, gap_id: int) -> None:
    asked = gap_questions.c.asked_at
    query = select(func.count(), func.min(asked), func.max(asked)).where(gap_questions.c.gap_id == gap_id)
    number, first, last = connection.execute(query).one()
    values = {"count": number, "first_seen": first, "last_seen": last}
    connection.execute(update(gaps).where(gaps.c.id == gap_id).values(values))


def _event(
    connection: Connection,
    gap_id: int,
    at: datetime,
    principal: Principal,
    state: GapState,
    changes: dict[str, Any],
    note: str,
) -> None:
    row = {"gap_id": gap_id, "at": at, "principal": principal.id, "state": state.value}
    connection.execute(insert(gap_history).values(row | {"changes": changes, "note": note}))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
