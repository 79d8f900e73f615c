"""Planned releases, the gate's runs on them, notices and confirmed readings; the knowledge loop calls it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from kb.errors import UsageError
from kb.model import Principal
from kb.store import audit
from kb.store.engine import Database
from kb.store.loop_tables import gate_runs, notices, plans, readings
from kb.store.loop_values import GateRun, Notice, Plan, PlanState


class Plans:
    """What is to go out together, when, and what the gate said of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, plan: Plan) -> Plan:
        """Writes a new plan."""
        with self._database.write() as connection:
            at = self._database.clock.now()
            row = {
                "state": PlanState.PLANNED.value,
                "note": plan.note,
                "draft_ids": list(plan.draft_ids),
                "retire": list(plan.retire),
                "author": plan.author,
                "activate_at": plan.activate_at,
                "override_by": "",
                "override_reason": "",
                "problem": "",
                "created_at": at,
            }
            new = int(connection.execute(insert(plans).values(row).returning(plans.c.id)).scalar_one())
            audit.record(connection, at, plan.author, "plan.add", str(new), {"drafts": list(plan.draft_ids)})
            return _require(connection, new)

    def get(self, plan_id: int) -> Plan | None:
        """A plan by id, None when unknown."""
        with self._database.read() as connection:
            row = connection.execute(select(plans).where(plans.c.id == plan_id)).first()
        return None if row is None else _plan(row)

    def list(self, states: Collection[PlanState] = (), *, limit: int = 100) -> tuple[Plan, ...]:
        """Plans, newest first; of these states when given."""
        query = select(plans).order_by(plans.c.id.desc()).limit(limit)
        if states:
            query = query.where(plans.c.state.in_([state.value for state in states]))
        with self._database.read() as connection:
            return tuple(_plan(row) for row in connection.execute(query))

    def due(self, now: datetime) -> tuple[Plan, ...]:
        """Plans whose moment has come, the earliest first."""
        query = (
            select(plans)
            .where(plans.c.state == PlanState.PLANNED.value, plans.c.activate_at <= now)
            .order_by(plans.c.activate_at, plans.c.id)
        )
        with self._database.read() as connection:
            return tuple(_plan(row) for row in connection.execute(query))

    def change(self, plan_id: int, principal: Principal, **changes: Any) -> Plan:
        """Sets state, moment, override, gate, release or problem of a plan that is still planned.

        Raises UsageError for one that has gone out or was cancelled.
        """
        with self._database.write() as connection:
            known = _require(connection, plan_id)
            if known.state not in (PlanState.PLANNED, PlanState.FAILED):
                raise UsageError(
                    f"plan {plan_id} is {known.state}", hint=f"这次发布已是“{known.state.label}”，不能再改。"
                )
            wanted = replace(known, **changes)
            values = {name: getattr(wanted, name) for name in changes} | {"state": wanted.state.value}
            connection.execute(update(plans).where(plans.c.id == plan_id).values(values))
            at = self._database.clock.now()
            detail = {name: str(value) for name, value in changes.items()}
            audit.record(connection, at, principal.id, "plan.change", str(plan_id), detail)
            return _require(connection, plan_id)

    def add_gate(self, run: GateRun) -> GateRun:
        """Keeps a run of the gate and makes it the one that counts for its plan."""
        with self._database.write() as connection:
            at = self._database.clock.now()
            _require(connection, run.plan_id)
            row = {
                "plan_id": run.plan_id,
                "base_id": run.base_id,
                "digest": run.digest,
                "at": at,
                "principal": run.principal,
                "report": dict(run.report),
            }
            new = int(connection.execute(insert(gate_runs).values(row).returning(gate_runs.c.id)).scalar_one())
            connection.execute(update(plans).where(plans.c.id == run.plan_id).values(gate_id=new))
            audit.record(connection, at, run.principal, "plan.gate", str(run.plan_id), {"run": new})
            return replace(run, id=new, at=at)

    def gate(self, gate_id: int) -> GateRun | None:
        """A run of the gate by id, None when unknown."""
        with self._database.read() as connection:
            row = connection.execute(select(gate_runs).where(gate_runs.c.id == gate_id)).first()
        return None if row is None else GateRun(**dict(row._mapping))


class Notices:
    """Short messages to people, and who has read what is new."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, principals: Collection[str], text: str, gap_id: int | None = None) -> None:
        """Tells each of `principals` once."""
        at = self._database.clock.now()
        rows = [{"principal": each, "gap_id": gap_id, "text": text, "at": at} for each in dict.fromkeys(principals)]
        if rows:
            with self._database.write() as connection:
                connection.execute(insert(notices), rows)

    def of(self, principal: str, *, unread: bool = True, limit: int = 20) -> tuple[Notice, ...]:
        """Notices to one person, newest first."""
        query = select(notices).where(notices.c.principal == principal).order_by(notices.c.id.desc()).limit(limit)
        if unread:
            query = query.where(notices.c.read_at.is_(None))
        with self._database.read() as connection:
            return tuple(Notice(**dict(row._mapping)) for row in connection.execute(query))

    def confirm(self, principal: str, notice_ids: Collection[int]) -> None:
        """Marks a person's own notices as read."""
        mine = (notices.c.principal == principal) & notices.c.id.in_(list(notice_ids)) & notices.c.read_at.is_(None)
        with self._database.write() as connection:
            connection.execute(update(notices).where(mine).values(read_at=self._database.clock.now()))

    def read_up(self, principal: Principal, release_id: int) -> None:
        """Confirms that a person has read what is new up to a release."""
        with self._database.write() as connection:
            at = self._database.clock.now()
            row = {"principal": principal.id, "release_id": release_id, "at": at}
            connection.execute(self._database.insert_new(readings).values(row))
            audit.record(connection, at, principal.id, "digest.read", str(release_id))

    def last_read(self, principal: str) -> int | None:
        """The newest release a person has read up to, None when none."""
        query = select(readings.c.release_id).where(readings.c.principal == principal)
        with self._database.read() as connection:
            return connection.execute(query.order_by(readings.c.release_id.desc()).limit(1)).scalar()

    def readers(self, release_id: int) -> dict[str, datetime]:
        """Who has read up to a release or a later one, and when."""
        query = select(readings.c.principal, readings.c.at).where(readings.c.release_id >= release_id)
        with self._database.read() as connection:
            return {row.principal: row.at for row in connection.execute(query.order_by(readings.c.at.desc()))}


def _require(connection: Connection, plan_id: int) -> Plan:
    row = connection.execute(select(plans).where(plans.c.id == plan_id)).first()
    if row is None:
        raise UsageError(f"no plan {plan_id}", hint=f"没有 {plan_id} 号发布计划，请刷新后重试。")
    return _plan(row)


def _plan(row: Row[Any]) -> Plan:
    values = dict(row._mapping)
    lists = {name: tuple(values[name]) for name in ("draft_ids", "retire")}
    return Plan(**values | lists | {"state": PlanState(values["state"])})
