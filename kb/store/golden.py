"""Golden cases in the catalogue: added, changed only over what was read, retired, taken in by the sheet; audited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, or_, select, update

from kb.errors import Conflict, UsageError
from kb.model import Principal, Role
from kb.store import audit
from kb.store.engine import Database
from kb.store.golden_tables import golden_cases
from kb.store.golden_values import GoldenCase, GoldenState, Put

_TABLE = golden_cases.c


class GoldenBook:
    """The golden cases of one home, by number; `case_id` is what people call them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, case: GoldenCase, principal: Principal) -> GoldenCase:
        """Writes a new case; without a `case_id` one is given. UsageError when it is there already."""
        with self._database.write() as connection:
            if (known := _known(connection, case)) is not None:
                hint = f"已有编号为 {known.case_id} 的用例（{known.state.label}）：{known.question[:40]}"
                raise UsageError(f"golden case {known.case_id!r} exists", hint=hint)
            return self._insert(connection, case, principal)

    def get(self, number: int) -> GoldenCase | None:
        """A case by number, None when unknown."""
        return self._one(_TABLE.id == number)

    def find(self, case_id: str) -> GoldenCase | None:
        """A case by what people call it, None when unknown."""
        return self._one(_TABLE.case_id == case_id)

    def list(
        self, state: GoldenState | None = None, *, text: str = "", limit: int = 50, offset: int = 0
    ) -> tuple[GoldenCase, ...]:
        """Cases, the latest changed first; of one state, or with `text` in question or id, when given."""
        query = select(golden_cases).where(*_wanted(state, text)).order_by(_TABLE.updated_at.desc(), _TABLE.id.desc())
        with self._database.read() as connection:
            return tuple(_case(row) for row in connection.execute(query.limit(limit).offset(offset)))

    def total(self, state: GoldenState | None = None, *, text: str = "") -> int:
        """How many there are of what `list` gives."""
        with self._database.read() as connection:
            query = select(func.count()).select_from(golden_cases).where(*_wanted(state, text))
            return int(connection.execute(query).scalar_one())

    def active(self) -> tuple[GoldenCase, ...]:
        """Every case in use, by number."""
        query = select(golden_cases).where(_TABLE.state == GoldenState.ACTIVE.value).order_by(_TABLE.id)
        with self._database.read() as connection:
            return tuple(_case(row) for row in connection.execute(query))

    def save(self, changed: GoldenCase, principal: Principal) -> GoldenCase:
        """Writes the content of a case over version `changed.version`; its id stays what it was.

        Raises Conflict when somebody saved another version meanwhile; nothing is written then.
        """
        with self._database.write() as connection:
            known = _require(connection, changed.number)
            _same_version(known, changed.version)
            return self._update(connection, known, changed, principal)

    def step(self, number: int, state: GoldenState, principal: Principal, version: int = 0) -> GoldenCase:
        """Retires a case or takes it up again, over `version` when given; a step to where it stands does nothing."""
        with self._database.write() as connection:
            known = _require(connection, number)
            if version:
                _same_version(known, version)
            if known.state is state:
                return known
            at = self._database.clock.now()
            values = {
                "state": state.value,
                "version": known.version + 1,
                "updated_by": principal.id,
                "updated_at": at,
            }
            connection.execute(update(golden_cases).where(_TABLE.id == number).values(values))
            detail = {"id": known.case_id, "from": known.state.value, "to": state.value}
            audit.record(connection, at, principal.id, "golden.step", str(number), detail)
            return _require(connection, number)

    def take_in(self, cases: Sequence[GoldenCase], principal: Principal, *, replace: bool = False) -> tuple[Put, ...]:
        """Writes a sheet of cases in one transaction; what became of each, in order.

        A case that is there with other content is changed when it names the version that stands, or, with `replace`,
        when it names none; a retired one is never brought back.
        """
        with self._database.write() as connection:
            found = tuple(self._put(connection, case, principal, replace=replace) for case in cases)
            done = {name: [one.case_id for one in found if one.outcome == name] for name in ("added", "changed")}
            if any(done.values()):
                at = self._database.clock.now()
                audit.record(connection, at, principal.id, "golden.import", str(len(cases)), done)
            return found

    def _put(self, connection: Connection, case: GoldenCase, principal: Principal, *, replace: bool) -> Put:
        known = _known(connection, case)
        if known is None:
            return Put("added", self._insert(connection, case, principal, told=False).case_id)
        if known.state is GoldenState.RETIRED:
            return _refused(known, f"用例 {known.case_id} 已停用，要再用请先恢复它")
        if known.content() == case.content():
            return Put("known", known.case_id)
        if case.version not in (0, known.version):
            return _refused(known, f"用例 {known.case_id} 刚被别人改过（现为第 {known.version} 版），请重新导出再改")
        if not case.case_id:
            return _refused(known, f"已有同样的问题（编号 {known.case_id}），要改它请填上编号和版本")
        if not case.version and not replace:
            return _refused(known, f"编号 {known.case_id} 已有而内容不同：要改请填“版本”（先导出再改），或选择覆盖")
        self._update(connection, known, case, principal, told=False)
        return Put("changed", known.case_id)

    def _insert(
        self, connection: Connection, case: GoldenCase, principal: Principal, *, told: bool = True
    ) -> GoldenCase:
        at = self._database.clock.now()
        row = case.content() | {
            "case_id": case.case_id or _next_id(connection),
            "author": principal.id,
            "state": GoldenState.ACTIVE.value,
            "version": 1,
            "created_at": at,
            "updated_by": principal.id,
            "updated_at": at,
        }
        number = int(connection.execute(insert(golden_cases).values(row).returning(_TABLE.id)).scalar_one())
        if told:
            audit.record(connection, at, principal.id, "golden.add", str(number), {"id": row["case_id"]})
        return _require(connection, number)

    def _update(
        self, connection: Connection, known: GoldenCase, case: GoldenCase, principal: Principal, *, told: bool = True
    ) -> GoldenCase:
        at = self._database.clock.now()
        before, after = known.content(), case.content()
        fields = [name for name in after if after[name] != before[name]]
        values = after | {"version": known.version + 1, "updated_by": principal.id, "updated_at": at}
        connection.execute(update(golden_cases).where(_TABLE.id == known.number).values(values))
        if told:
            detail = {"id": known.case_id, "version": known.version + 1, "fields": fields}
            audit.record(connection, at, principal.id, "golden.save", str(known.number), detail)
        return _require(connection, known.number)

    def _one(self, condition: ColumnElement[bool]) -> GoldenCase | None:
        with self._database.read() as connection:
            row = connection.execute(select(golden_cases).where(condition)).first()
        return None if row is None else _case(row)


def _known(connection: Connection, case: GoldenCase) -> GoldenCase | None:
    """The case of this id; of one without an id the case in use that asks the same as the same on the same day."""
    query = select(golden_cases)
    if case.case_id:
        query = query.where(_TABLE.case_id == case.case_id)
    else:
        query = query.where(_TABLE.state == GoldenState.ACTIVE.value, _TABLE.question == case.question)
        query = query.where(_TABLE.role == case.role.value, _TABLE.department == case.department)
        query = query.where(_TABLE.as_of.is_(None) if case.as_of is None else _TABLE.as_of == case.as_of)
        asked = [list(turn) for turn in case.history]
        rows = connection.execute(query.order_by(_TABLE.id)).all()
        return next((_case(row) for row in rows if list(row.history) == asked), None)
    row = connection.execute(query).first()
    return None if row is None else _case(row)


def _next_id(connection: Connection) -> str:
    number = int(connection.execute(select(func.coalesce(func.max(_TABLE.id), 0))).scalar_one()) + 1
    while connection.execute(select(_TABLE.id).where(_TABLE.case_id == f"g-{number}")).first() is not None:
        number += 1
    return f"g-{number}"


def _refused(known: GoldenCase, reason: str) -> Put:
    return Put("refused", known.case_id, reason)


def _same_version(known: GoldenCase, version: int) -> None:
    if known.version != version:
        raise Conflict(
            f"golden case {known.number} is at version {known.version}, not {version}",
            hint=f"这个用例刚被别人改过（现为第 {known.version} 版），您填写的内容没有丢失：请对照后再保存。",
        )


def _wanted(state: GoldenState | None, text: str) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [] if state is None else [_TABLE.state == state.value]
    if text:
        held = [column.contains(text, autoescape=True) for column in (_TABLE.question, _TABLE.case_id)]
        conditions.append(or_(*held))
    return conditions


def _require(connection: Connection, number: int) -> GoldenCase:
    row = connection.execute(select(golden_cases).where(_TABLE.id == number)).first()
    if row is None:
        raise UsageError(f"no golden case {number}", hint=f"没有第 {number} 个金标用例，请刷新后重试。")
    return _case(row)


def _case(row: Row[Any]) -> GoldenCase:
    values = dict(row._mapping)
    lists = {name: tuple(values[name]) for name in ("facts", "forbid", "scope", "tags")}
    pairs = {name: tuple((str(one), str(other)) for one, other in values[name]) for name in ("history", "gold")}
    typed = {
        "role": Role(values["role"]),
        "state": GoldenState(values["state"]),
        "unanswerable": bool(values["unanswerable"]),
        "number": int(values.pop("id")),
    }
    return GoldenCase(**values | lists | pairs | typed)
