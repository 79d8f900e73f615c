"""The quiz bank in the catalogue: items with versions and history, and papers; the quiz desk calls it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from kb.errors import UsageError
from kb.model import Principal
from kb.store import audit
from kb.store.engine import Database, chunks
from kb.store.quiz_tables import practice_answers, quiz_events, quiz_items, quiz_paper_items, quiz_papers
from kb.store.quiz_values import BankItem, ItemEvent, ItemFigures, ItemState, Paper

_NAMES = (
    "id",
    "version",
    "state",
    "kind",
    "topic",
    "stage",
    "competency",
    "difficulty",
    "fact",
    "origin",
    "payload",
    "tags",
    "reason",
    "author",
)


class QuizBank:
    """Items, their history, and the papers they stood in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, items: Iterable[BankItem], *, principal: Principal) -> tuple[str, ...]:
        """Adds items that are not in the bank yet; the ids of those that were new, in order."""
        new: list[str] = []
        with self._database.write() as connection:
            at = self._database.clock.now()
            for item in items:
                if connection.execute(select(quiz_items.c.id).where(quiz_items.c.id == item.id)).first():
                    continue
                row = {name: getattr(item, name) for name in _NAMES} | {
                    "state": item.state.value,
                    "payload": dict(item.payload),
                    "tags": list(item.tags),
                    "author": principal.id,
                    "created_at": at,
                    "updated_at": at,
                }
                connection.execute(insert(quiz_items).values(row))
                _event(connection, replace(item, author=principal.id), at, principal.id, item.origin, item.payload)
                new.append(item.id)
            if new:
                audit.record(connection, at, principal.id, "quiz.add", str(len(new)), {"items": new[:50]})
        return tuple(new)

    def get(self, item_id: str) -> BankItem | None:
        """An item, None when unknown."""
        return next(iter(self.items([item_id])), None)

    def items(self, ids: Sequence[str]) -> tuple[BankItem, ...]:
        """Items by id, in the order asked; unknown ones are left out."""
        found: dict[str, BankItem] = {}
        with self._database.read() as connection:
            for chunk in chunks(ids):
                for row in connection.execute(select(quiz_items).where(quiz_items.c.id.in_(chunk))):
                    found[row.id] = _item(row)
        return tuple(found[each] for each in ids if each in found)

    def list(
        self,
        states: Collection[ItemState] = (),
        *,
        topics: Collection[str] = (),
        stage: str = "",
        kinds: Collection[str] = (),
        tag: str = "",
        limit: int | None = 100,
        offset: int = 0,
    ) -> tuple[BankItem, ...]:
        """Items, the newest first; all of them when `limit` is None."""
        query = _filtered(select(quiz_items), states, topics, stage, kinds)
        query = query.order_by(quiz_items.c.created_at.desc(), quiz_items.c.id)
        with self._database.read() as connection:
            found = [_item(row) for row in connection.execute(query)]
        tagged = [item for item in found if not tag or tag in item.tags]
        return tuple(tagged[offset:] if limit is None else tagged[offset : offset + limit])

    def counts(self) -> dict[ItemState, int]:
        """How many items stand in each state."""
        query = select(quiz_items.c.state, func.count()).group_by(quiz_items.c.state)
        with self._database.read() as connection:
            found = {row[0]: row[1] for row in connection.execute(query)}
        return {state: found.get(state.value, 0) for state in ItemState}

    def topics(self) -> dict[str, int]:
        """How many accepted items each topic has."""
        query = select(quiz_items.c.topic, func.count()).where(quiz_items.c.state == ItemState.ACCEPTED.value)
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(query.group_by(quiz_items.c.topic))}

    def used_facts(self) -> frozenset[str]:
        """Facts that the bank asks already, by items that were not rejected."""
        query = select(quiz_items.c.fact).where(quiz_items.c.state != ItemState.REJECTED.value)
        with self._database.read() as connection:
            return frozenset(connection.execute(query).scalars())

    def decide(self, item_id: str, state: ItemState, *, principal: Principal, note: str = "") -> BankItem:
        """Moves an item to a state and says why; raises UsageError for an unknown item."""
        with self._database.write() as connection:
            before = _require(connection, item_id)
            at = self._database.clock.now()
            values = {"state": state.value, "reason": note, "updated_at": at}
            connection.execute(update(quiz_items).where(quiz_items.c.id == item_id).values(values))
            after = _require(connection, item_id)
            _event(connection, after, at, principal.id, note, None)
            steps = {"state": [before.state.value, state.value]}
            audit.record(connection, at, principal.id, "quiz.decide", item_id, steps)
            return after

    def revise(self, item: BankItem, *, principal: Principal, note: str = "") -> BankItem:
        """Writes a new version of an item under its id, and keeps the one before; raises UsageError when unknown."""
        with self._database.write() as connection:
            before = _require(connection, item.id)
            at = self._database.clock.now()
            changed = replace(item, version=before.version + 1)
            values: dict[str, Any] = {
                name: getattr(changed, name) for name in _NAMES if name not in {"id", "author", "origin"}
            }
            values |= {
                "state": changed.state.value,
                "payload": dict(changed.payload),
                "tags": list(changed.tags),
                "updated_at": at,
            }
            connection.execute(update(quiz_items).where(quiz_items.c.id == item.id).values(values))
            after = _require(connection, item.id)
            _event(connection, after, at, principal.id, note, after.payload)
            audit.record(connection, at, principal.id, "quiz.revise", item.id, {"version": after.version})
            return after

    def events(self, item_id: str) -> tuple[ItemEvent, ...]:
        """What was done to an item, oldest first."""
        query = select(quiz_events).where(quiz_events.c.item_id == item_id).order_by(quiz_events.c.id)
        with self._database.read() as connection:
            return tuple(
                ItemEvent(row.at, row.principal, row.version, ItemState(row.state), row.note, row.payload)
                for row in connection.execute(query)
            )

    def figures(self, ids: Sequence[str]) -> Mapping[str, ItemFigures]:
        """How each item fares; every id asked is there."""
        papers: dict[str, int] = {}
        answers: dict[str, tuple[int, float]] = {}
        with self._database.read() as connection:
            for chunk in chunks(ids):
                of = quiz_paper_items.c.item_id
                query = select(of, func.count()).where(of.in_(chunk)).group_by(of)
                papers |= {row[0]: row[1] for row in connection.execute(query)}
                by = practice_answers.c.item_id
                given = select(by, func.count(), func.avg(practice_answers.c.score)).where(by.in_(chunk)).group_by(by)
                answers |= {row[0]: (row[1], float(row[2])) for row in connection.execute(given)}
        return {
            each: ItemFigures(
                papers.get(each, 0), answers.get(each, (0, 0.0))[0], answers[each][1] if each in answers else None
            )
            for each in ids
        }

    def add_paper(self, paper: Paper, *, principal: Principal) -> Paper:
        """Keeps a paper and returns it with `id` and `created_at`; raises UsageError for an unknown item."""
        with self._database.write() as connection:
            at = self._database.clock.now()
            row = {
                "title": paper.title,
                "seed": paper.seed,
                "minutes": paper.minutes,
                "author": principal.id,
                "created_at": at,
            }
            number = int(connection.execute(insert(quiz_papers).values(row).returning(quiz_papers.c.id)).scalar_one())
            lines = [
                {"paper_id": number, "place": place, "item_id": item, "version": version}
                for place, (item, version) in enumerate(paper.items)
            ]
            if lines:
                connection.execute(insert(quiz_paper_items), lines)
            audit.record(connection, at, principal.id, "quiz.paper", str(number), {"items": len(lines)})
        return replace(paper, id=number, author=principal.id, created_at=at)

    def paper(self, paper_id: int) -> Paper | None:
        """A paper, None when unknown."""
        with self._database.read() as connection:
            row = connection.execute(select(quiz_papers).where(quiz_papers.c.id == paper_id)).first()
            if row is None:
                return None
            lines = (
                select(quiz_paper_items.c.item_id, quiz_paper_items.c.version)
                .where(quiz_paper_items.c.paper_id == paper_id)
                .order_by(quiz_paper_items.c.place)
            )
            items = tuple((line[0], line[1]) for line in connection.execute(lines))
        return Paper(row.title, items, row.seed, row.minutes, row.author, row.id, row.created_at)

    def papers(self, limit: int = 50) -> tuple[Paper, ...]:
        """Papers, the newest first."""
        with self._database.read() as connection:
            query = select(quiz_papers.c.id).order_by(quiz_papers.c.id.desc()).limit(limit)
            ids = list(connection.execute(query).scalars())
        return tuple(paper for each in ids if (paper := self.paper(each)) is not None)


def _filtered(
    query: Select[Any],
    states: Collection[ItemState],
    topics: Collection[str],
    stage: str,
    kinds: Collection[str],
) -> Select[Any]:
    if states:
        query = query.where(quiz_items.c.state.in_([state.value for state in states]))
    if topics:
        query = query.where(quiz_items.c.topic.in_(list(topics)))
    if stage:
        query = query.where(quiz_items.c.stage == stage)
    if kinds:
        query = query.where(quiz_items.c.kind.in_(list(kinds)))
    return query


def _event(
    connection: Connection, item: BankItem, at: Any, principal: str, note: str, payload: Mapping[str, Any] | None
) -> None:
    row = {
        "item_id": item.id,
        "at": at,
        "principal": principal,
        "version": item.version,
        "state": item.state.value,
        "note": note,
        "payload": None if payload is None else dict(payload),
    }
    connection.execute(insert(quiz_events).values(row))


def _require(connection: Connection, item_id: str) -> BankItem:
    row = connection.execute(select(quiz_items).where(quiz_items.c.id == item_id)).first()
    if row is None:
        raise UsageError(f"no item {item_id}", hint="题库里没有这道题，请刷新后重试。")
    return _item(row)


def _item(row: Row[Any]) -> BankItem:
    values = dict(row._mapping)
    return BankItem(**values | {"state": ItemState(row.state), "tags": tuple(row.tags)})
