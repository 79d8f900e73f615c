"""Builds the roster of a release: who may see which passage when, in arrays, with supersession resolved."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, TypeVar

import numpy as np
from sqlalchemy import Connection, RowMapping, select

from kb.model import Audience, Kind
from kb.store.engine import chunks
from kb.store.tables import documents, passages, release_versions, versions
from kb.store.values import OPEN_END, OPEN_START, Roster
from kb.validity import Clause, Endings, Superseding, clause_sources, endings

_Key = TypeVar("_Key", int, str)


def build_roster(connection: Connection, release_id: int) -> Roster:
    """The roster of a release as `connection` sees it now; empty for a release without documents."""
    held = _versions(connection, release_id)
    position = {row.id: code for code, row in enumerate(held)}
    sources = tuple(row.source for row in held)
    ended = _endings(connection, held)
    # Read in id order, the arrays need no sorting; the index holds all these columns.
    query = (
        select(
            passages.c.id,
            passages.c.version_id,
            passages.c.effective_from,
            passages.c.effective_to,
            passages.c.audience,
        )
        .join(release_versions, release_versions.c.version_id == passages.c.version_id)
        .where(release_versions.c.release_id == release_id)
    )
    rows = connection.execute(query).all()
    columns = tuple(zip(*rows, strict=True)) or ((), (), (), (), ())
    ids = np.asarray(columns[0], dtype=np.int64)
    source = np.fromiter((position[each] for each in columns[1]), dtype=np.int32, count=len(ids))
    audience_codes, audiences = _coded(columns[4])
    kind_of_source, kinds = _coded([row.kind for row in held])
    roster = Roster(
        release_id=release_id,
        ids=ids,
        first_day=_ordinals(columns[2], OPEN_START),
        last_day=_lowered(_ordinals(columns[3], OPEN_END), ids, source, sources, ended),
        audience=np.asarray(audience_codes, dtype=np.uint16),
        kind=np.asarray(kind_of_source, dtype=np.uint8)[source] if held else np.empty(0, dtype=np.uint8),
        source=source,
        audiences=tuple(map(Audience.parse, audiences)),
        kinds=tuple(map(Kind, kinds)),
        sources=sources,
        versions=tuple(row.id for row in held),
        unresolved=ended.unresolved,
    )
    return _sorted(roster)


def document_endings(rows: Sequence[RowMapping]) -> Endings:
    """Endings among whole documents; each row has source, effective_from and supersedes."""
    superseding = [
        Superseding(row["source"], row["effective_from"], tuple(t for t in row["supersedes"] if "#" not in t))
        for row in rows
        if row["supersedes"]
    ]
    return endings(superseding, [row["source"] for row in rows], {})


def ends_by(last_day: date | None, ordinal: int | None) -> date | None:
    """The earlier of a stored last day and one set by supersession; never in force ends on the first day there is."""
    if ordinal is None:
        return last_day
    return min(last_day or date.max, date.fromordinal(max(ordinal, 1)))


def _versions(connection: Connection, release_id: int) -> Sequence[Any]:
    query = (
        select(versions.c.id, documents.c.source, versions.c.kind, versions.c.effective_from, versions.c.supersedes)
        .join_from(release_versions, versions, versions.c.id == release_versions.c.version_id)
        .join(documents, documents.c.id == versions.c.document_id)
        .where(release_versions.c.release_id == release_id)
        .order_by(documents.c.source)
    )
    return connection.execute(query).all()


def _endings(connection: Connection, held: Sequence[Any]) -> Endings:
    """What supersedes what within the release: whole documents first, then the few clauses that replace something."""
    source_of = {row.id: row.source for row in held}
    version_of = {row.source: row.id for row in held}
    superseding = [Superseding(row.source, row.effective_from, tuple(row.supersedes)) for row in held if row.supersedes]
    for chunk in chunks(source_of):
        query = select(passages.c.id, passages.c.version_id, passages.c.effective_from, passages.c.supersedes).where(
            passages.c.supersedes.is_not(None), passages.c.version_id.in_(chunk)
        )
        superseding += [
            Superseding(source_of[row.version_id], row.effective_from, tuple(row.supersedes), row.id)
            for row in connection.execute(query)
        ]
    if not superseding:
        return Endings({}, {}, {}, ())
    wanted = clause_sources(superseding, version_of)
    return endings(superseding, version_of, {source: _clauses(connection, version_of[source]) for source in wanted})


def _clauses(connection: Connection, version_id: int) -> list[Clause]:
    query = select(passages.c.id, passages.c.heading).where(passages.c.version_id == version_id)
    return [Clause(row.id, tuple(row.heading)) for row in connection.execute(query)]


def _ordinals(days: Sequence[date | None], open_end: int) -> np.ndarray[Any, np.dtype[np.int32]]:
    known: dict[date | None, int] = {day: day.toordinal() if day else open_end for day in set(days)}
    return np.fromiter((known[day] for day in days), dtype=np.int32, count=len(days))


def _lowered(
    last_day: np.ndarray[Any, np.dtype[np.int32]],
    ids: np.ndarray[Any, np.dtype[np.int64]],
    source: np.ndarray[Any, np.dtype[np.int32]],
    sources: Sequence[str],
    ended: Endings,
) -> np.ndarray[Any, np.dtype[np.int32]]:
    if ended.sources:
        by_source = np.asarray([ended.sources.get(each, OPEN_END) for each in sources], dtype=np.int32)
        last_day = np.minimum(last_day, by_source[source])
    if ended.passages:
        by_id = np.fromiter((ended.passages.get(each, OPEN_END) for each in ids.tolist()), np.int32, count=len(ids))
        last_day = np.minimum(last_day, by_id)
    return last_day


def _coded(values: Collection[_Key]) -> tuple[list[int], tuple[_Key, ...]]:
    """Codes by first appearance, and the values they stand for."""
    code: dict[_Key, int] = {}
    codes = [code.setdefault(value, len(code)) for value in values]
    return codes, tuple(code)


def _sorted(roster: Roster) -> Roster:
    order = np.argsort(roster.ids, kind="stable")
    if np.array_equal(order, np.arange(len(order))):
        return roster
    return Roster(
        release_id=roster.release_id,
        ids=roster.ids[order],
        first_day=roster.first_day[order],
        last_day=roster.last_day[order],
        audience=roster.audience[order],
        kind=roster.kind[order],
        source=roster.source[order],
        audiences=roster.audiences,
        kinds=roster.kinds,
        sources=roster.sources,
        versions=roster.versions,
        unresolved=roster.unresolved,
    )
