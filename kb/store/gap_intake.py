"""Takes questions into the ledger, many in one transaction; the ledger of the knowledge loop calls it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Text, case, cast, delete, func, insert, literal, or_, select, update

from kb.errors import UsageError
from kb.model import Principal, Role
from kb.store import audit
from kb.store.engine import Database, chunks
from kb.store.gaps import CLOSED
from kb.store.loop_tables import gap_details, gap_vectors
from kb.store.loop_values import GapOrigin
from kb.store.tables import gap_history, gap_questions, gaps
from kb.store.values import GapQuestion, GapState

REGROUPER = Principal("自动归并", Role.ADMIN)
"""Who is named in the history where questions were regrouped without a person."""

_STILL_OPEN = gaps.c.state.not_in([state.value for state in CLOSED])


@dataclass(frozen=True, slots=True)
class Taken:
    """A question with where it goes: an open gap's id, or a number below 0 that those of one new gap share.

    `vector` (dimension,) of `model` is kept beside it; None where there is no embedding model.
    """

    gap: int
    question: GapQuestion
    key: str
    business_type: str = ""
    priority: int = 0
    origin: GapOrigin = GapOrigin.REFUSAL
    vector: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class OpenWording:
    """A wording of an open gap with its vector, None where this model has not seen it."""

    gap: int
    text: str
    vector: NDArray[np.float32] | None


class GapIntake:
    """Writes questions into gaps; every new gap leaves history and audit with it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, lines: Sequence[Taken], model: str) -> dict[int, int]:
        """Writes all lines in one transaction; the ids that the numbers below 0 were given."""
        with self._database.write() as connection:
            now = self._database.clock.now()
            numbers: dict[int, int] = {}
            for line in lines:
                if line.gap < 0 and line.gap not in numbers:
                    numbers[line.gap] = _open(connection, line, now)
            owners = [numbers.get(line.gap, line.gap) for line in lines]
            _require_all(connection, set(owners) - set(numbers.values()))
            connection.execute(
                insert(gap_questions), [_question(gap, line, now) for gap, line in zip(owners, lines, strict=True)]
            )
            for gap, times in _by_gap(owners, lines, now).items():
                last = max(times)
                seen = {"count": gaps.c.count + len(times), "last_seen": _later(last)}
                connection.execute(update(gaps).where(gaps.c.id == gap).values(seen))
            vectors = {
                (gap, line.question.text): line.vector
                for gap, line in zip(owners, lines, strict=True)
                if line.vector is not None
            }
            _keep_vectors(connection, [(gap, text, vector) for (gap, text), vector in vectors.items()], model)
            return numbers

    def keep_vectors(self, made: Sequence[tuple[int, str, NDArray[np.float32]]], model: str) -> None:
        """Keeps vectors of wordings in place of those of any other model."""
        with self._database.write() as connection:
            _keep_vectors(connection, made, model)

    def wordings(self, model: str) -> list[OpenWording]:
        """Every distinct wording of every open gap, oldest first."""
        asked = (
            select(gap_questions.c.gap_id, gap_questions.c.text)
            .join(gaps, gaps.c.id == gap_questions.c.gap_id)
            .where(_STILL_OPEN)
            .order_by(gap_questions.c.id)
        )
        seen = (
            select(gap_vectors)
            .join(gaps, gaps.c.id == gap_vectors.c.gap_id)
            .where(_STILL_OPEN, gap_vectors.c.model == model)
        )
        with self._database.read() as connection:
            known = {
                (row.gap_id, row.text_hash): np.frombuffer(row.vector, dtype="<f4") for row in connection.execute(seen)
            }
            rows = dict.fromkeys((row.gap_id, row.text) for row in connection.execute(asked))
        return [OpenWording(gap, text, known.get((gap, _hash(text)))) for gap, text in rows]

    def keys(self) -> dict[str, int]:
        """The newest open gap of every key."""
        query = select(gaps.c.key, gaps.c.id).where(_STILL_OPEN, gaps.c.key != "").order_by(gaps.c.id)
        with self._database.read() as connection:
            return {row.key: row.id for row in connection.execute(query)}

    def version(self) -> int:
        """Goes up with whatever is done to any gap beyond asking its question again."""
        with self._database.read() as connection:
            return connection.execute(select(func.max(gap_history.c.id))).scalar() or 0

    def worked_on(self) -> list[int]:
        """Open gaps that somebody has worked on: not new any more, owned, or changed or remarked on by a person."""
        touched = or_(cast(gap_history.c.changes, Text) != "{}", gap_history.c.note != "")
        by_hand = select(gap_history.c.gap_id).where(gap_history.c.principal != REGROUPER.id, touched)
        query = select(gaps.c.id).where(
            _STILL_OPEN, or_(gaps.c.state != GapState.NEW.value, gaps.c.owner != "", gaps.c.id.in_(by_hand))
        )
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())


def _later(moment: datetime) -> ColumnElement[datetime]:
    """The later of a gap's last asking and another."""
    other = literal(moment, type_=gaps.c.last_seen.type)
    return case((gaps.c.last_seen < other, other), else_=gaps.c.last_seen)


def _by_gap(owners: Sequence[int], lines: Sequence[Taken], now: datetime) -> dict[int, list[datetime]]:
    """When each gap was asked."""
    found: dict[int, list[datetime]] = {}
    for gap, line in zip(owners, lines, strict=True):
        found.setdefault(gap, []).append(line.question.asked_at or now)
    return found


def _open(connection: Connection, line: Taken, now: datetime) -> int:
    at = line.question.asked_at or now
    row = {
        "state": GapState.NEW.value,
        "question": line.question.text,
        "key": line.key,
        "business_type": line.business_type,
        "owner": "",
        "department": "",
        "priority": line.priority,
        "count": 0,
        "first_seen": at,
        "last_seen": at,
    }
    gap = int(connection.execute(insert(gaps).values(row).returning(gaps.c.id)).scalar_one())
    event = {"gap_id": gap, "at": at, "principal": line.question.principal.id, "state": GapState.NEW.value}
    connection.execute(insert(gap_history).values(event | {"changes": {}, "note": ""}))
    if line.origin is not GapOrigin.REFUSAL:
        connection.execute(insert(gap_details).values(gap_id=gap, origin=line.origin.value, reply=""))
    audit.record(connection, at, line.question.principal.id, "gap.open", str(gap))
    return gap


def _question(gap: int, line: Taken, now: datetime) -> dict[str, Any]:
    asked = line.question
    return {
        "gap_id": gap,
        "text": asked.text,
        "channel": asked.channel,
        "asker": asked.principal.id,
        "role": asked.principal.role.value,
        "department": asked.principal.department,
        "asked_at": asked.asked_at or now,
        "as_of": asked.as_of,
        "nearest": [asdict(hit) for hit in asked.nearest],
    }


def _require_all(connection: Connection, wanted: Collection[int]) -> None:
    known: set[int] = set()
    for chunk in chunks(wanted):
        known.update(connection.execute(select(gaps.c.id).where(gaps.c.id.in_(chunk))).scalars())
    if len(known) < len(wanted):
        missing = min(set(wanted) - known)
        raise UsageError(f"no gap {missing}", hint="这条知识缺口不存在，请刷新后重试。")


def _keep_vectors(connection: Connection, made: Sequence[tuple[int, str, NDArray[np.float32]]], model: str) -> None:
    for gap, text, vector in made:
        place = (gap_vectors.c.gap_id == gap) & (gap_vectors.c.text_hash == _hash(text))
        connection.execute(delete(gap_vectors).where(place))
        row = {"gap_id": gap, "text_hash": _hash(text), "model": model, "vector": vector.astype("<f4").tobytes()}
        connection.execute(insert(gap_vectors).values(row))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
