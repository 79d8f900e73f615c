"""Drafts of knowledge in the catalogue: written, saved only over what was read, reviewed; the loop calls it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from kb.errors import Conflict, UsageError
from kb.model import Principal
from kb.store import audit
from kb.store.engine import Database
from kb.store.loop_tables import drafts
from kb.store.loop_values import DRAFT_STEPS, Draft, DraftKind, DraftState

_WRITABLE = (
    "title",
    "fields",
    "audience",
    "effective_from",
    "effective_to",
    "supersedes",
    "department",
    "note",
    "machine",
)


class Drafts:
    """Drafts by id. Nothing of them is found by any search: they become documents only in a release."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, draft: Draft) -> Draft:
        """Writes a new draft; its source is made from its id when it names none."""
        with self._database.write() as connection:
            at = self._database.clock.now()
            row = {name: getattr(draft, name) for name in _WRITABLE} | {
                "gap_id": draft.gap_id,
                "kind": draft.kind.value,
                "state": DraftState.EDITING.value,
                "source": draft.source,
                "author": draft.author,
                "approver": "",
                "revision": 1,
                "created_at": at,
                "updated_at": at,
            }
            row |= {"supersedes": list(draft.supersedes), "fields": dict(draft.fields), "machine": int(draft.machine)}
            new = int(connection.execute(insert(drafts).values(row).returning(drafts.c.id)).scalar_one())
            if not draft.source:
                source = f"知识维护/{draft.kind.value}-{new}"
                connection.execute(update(drafts).where(drafts.c.id == new).values(source=source))
            audit.record(connection, at, draft.author, "draft.add", str(new), {"gap": draft.gap_id})
            return _require(connection, new)

    def get(self, draft_id: int) -> Draft | None:
        """A draft by id, None when unknown."""
        with self._database.read() as connection:
            row = connection.execute(select(drafts).where(drafts.c.id == draft_id)).first()
        return None if row is None else _draft(row)

    def list(
        self, states: Collection[DraftState] = (), *, gap_id: int | None = None, limit: int = 200
    ) -> tuple[Draft, ...]:
        """Drafts, the latest changed first; of these states or this gap when given."""
        query = select(drafts).order_by(drafts.c.updated_at.desc(), drafts.c.id.desc()).limit(limit)
        if states:
            query = query.where(drafts.c.state.in_([state.value for state in states]))
        if gap_id is not None:
            query = query.where(drafts.c.gap_id == gap_id)
        with self._database.read() as connection:
            return tuple(_draft(row) for row in connection.execute(query))

    def save(self, changed: Draft, principal: Principal) -> Draft:
        """Writes what was edited over revision `changed.revision`; an approved text goes back to editing with it.

        Raises Conflict when somebody saved another revision meanwhile; nothing is written then.
        """
        with self._database.write() as connection:
            known = _require(connection, changed.id)
            if known.revision != changed.revision:
                raise Conflict(
                    f"draft {changed.id} is at revision {known.revision}, not {changed.revision}",
                    hint=f"这份草稿刚被别人改过（现为第 {known.revision} 稿）。"
                    "您填写的内容仍在页面上，没有丢失：请载入最新稿对照合并后再保存。",
                )
            at = self._database.clock.now()
            values = {name: getattr(changed, name) for name in _WRITABLE}
            values |= {"supersedes": list(changed.supersedes), "fields": dict(changed.fields), "machine": 0}
            values |= {"state": DraftState.EDITING.value, "approver": "", "revision": known.revision + 1}
            values |= {"author": principal.id, "updated_at": at}
            connection.execute(update(drafts).where(drafts.c.id == changed.id).values(values))
            audit.record(connection, at, principal.id, "draft.save", str(changed.id), {"revision": known.revision + 1})
            return _require(connection, changed.id)

    def step(self, draft_id: int, state: DraftState, principal: Principal, note: str = "") -> Draft:
        """Takes a draft to its next state; approving demands another person than the author.

        Raises UsageError for a step that does not follow, or for the author approving.
        """
        with self._database.write() as connection:
            known = _require(connection, draft_id)
            if state not in DRAFT_STEPS[known.state]:
                raise UsageError(
                    f"draft {draft_id} cannot go from {known.state} to {state}",
                    hint=f"草稿目前是“{known.state.label}”，不能直接改为“{state.label}”。",
                )
            if state is DraftState.APPROVED and principal.id == known.author:
                raise UsageError(
                    f"draft {draft_id} was written by its approver",
                    hint="起草人不能批准自己的稿子，请由另一位知识维护或值班经理审核。",
                )
            at = self._database.clock.now()
            values: dict[str, Any] = {"state": state.value, "updated_at": at}
            if note:
                values["note"] = note
            if state is DraftState.APPROVED:
                values["approver"] = principal.id
            connection.execute(update(drafts).where(drafts.c.id == draft_id).values(values))
            detail = {"from": known.state.value, "to": state.value, "revision": known.revision}
            audit.record(connection, at, principal.id, "draft.step", str(draft_id), detail)
            return _require(connection, draft_id)


def _require(connection: Connection, draft_id: int) -> Draft:
    row = connection.execute(select(drafts).where(drafts.c.id == draft_id)).first()
    if row is None:
        raise UsageError(f"no draft {draft_id}", hint=f"没有 {draft_id} 号草稿，请刷新后重试。")
    return _draft(row)


def _draft(row: Row[Any]) -> Draft:
    values = dict(row._mapping)
    return Draft(
        **values
        | {
            "kind": DraftKind(values["kind"]),
            "state": DraftState(values["state"]),
            "supersedes": tuple(values["supersedes"]),
            "machine": bool(values["machine"]),
        }
    )
