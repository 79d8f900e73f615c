"""Accounts of one home: who may sign in, as what; `assist.people` decides, this keeps and puts it on the trail."""

from __future__ import annotations

import secrets
from dataclasses import fields
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, or_, select, update

from kb.errors import UsageError
from kb.model import Principal, Role
from kb.store import audit
from kb.store.engine import Database
from kb.store.people_tables import links, people, sessions, tokens
from kb.store.people_values import Person

CHANGEABLE = frozenset({"name", "role", "department", "active", "subject"})


class People:
    """Accounts by key, login or outside subject; every change is audited in its own transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, login: str, role: Role, by: Principal, *, name: str = "", department: str = "", subject: str | None = None
    ) -> Person:
        """Makes an account nobody can sign in to by password yet; raises UsageError for a login already taken."""
        with self._database.write() as connection:
            if connection.execute(select(people.c.key).where(people.c.login == login)).first():
                raise UsageError(f"login taken: {login}", hint="这个登录名已被使用，请换一个。")
            at = self._database.clock.now()
            key = f"u-{secrets.token_hex(6)}"
            row = {
                "key": key,
                "login": login,
                "name": name,
                "role": role.value,
                "department": department,
                "password": "",
                "subject": subject,
                "active": True,
                "failed": 0,
                "created_at": at,
            }
            new = connection.execute(insert(people).values(row).returning(people)).mappings().one()
            detail = {"role": role.value, "department": department, "outside": subject is not None}
            audit.record(connection, at, by.id, "person.add", key, detail)
            return person_of(new)

    def get(self, key: str) -> Person | None:
        """The account of a key, None when unknown."""
        return self._one(people.c.key == key)

    def by_login(self, login: str) -> Person | None:
        """The account of a login name, None when unknown."""
        return self._one(people.c.login == login)

    def by_subject(self, subject: str) -> Person | None:
        """The account tied to an outside subject, None when there is none."""
        return self._one(people.c.subject == subject)

    def list(self) -> tuple[Person, ...]:
        """Every account by login."""
        with self._database.read() as connection:
            return tuple(
                person_of(row) for row in connection.execute(select(people).order_by(people.c.login)).mappings()
            )

    def names(self) -> dict[str, str]:
        """What to show for each key: the name, or the login when there is none."""
        return {one.key: one.name or one.login for one in self.list()}

    def in_use(self) -> bool:
        """True once an administrator can sign in: from then on nobody gets in without an account."""
        with self._database.read() as connection:
            return self._administrators(connection) > 0

    def change(self, key: str, by: Principal, **changes: Any) -> Person:
        """Changes name, role, department, subject or whether the account is active; what changes rights signs it out.

        Raises UsageError for an unknown account and for the last administrator who would be none afterwards.
        """
        unknown = set(changes) - CHANGEABLE
        if unknown:
            raise ValueError(f"not changeable: {sorted(unknown)}")
        with self._database.write() as connection:
            before = self._require(connection, key)
            values = {name: value.value if isinstance(value, Role) else value for name, value in changes.items()}
            connection.execute(update(people).where(people.c.key == key).values(values))
            loses = before.role is Role.ADMIN and (
                values.get("active") is False or values.get("role", "admin") != "admin"
            )
            if loses and before.active and not self._administrators(connection):
                raise UsageError("the last administrator", hint="这是最后一个能登录的管理员，不能停用或改为其他角色。")
            if {"role", "department", "active"} & set(values):
                connection.execute(delete(sessions).where(sessions.c.person == key))
            told = {name: value for name, value in values.items() if name in {"role", "department", "active"}}
            detail = told | {"fields": sorted(values)}
            audit.record(connection, self._database.clock.now(), by.id, "person.change", key, detail)
            return self._require(connection, key)

    def set_password(self, key: str, hashed: str, by: Principal) -> None:
        """Sets an argon2 hash, ends lock-out and signs the account out everywhere."""
        with self._database.write() as connection:
            self._require(connection, key)
            values = {"password": hashed, "failed": 0, "locked_until": None}
            connection.execute(update(people).where(people.c.key == key).values(values))
            connection.execute(delete(sessions).where(sessions.c.person == key))
            audit.record(connection, self._database.clock.now(), by.id, "person.password", key)

    def rehash(self, key: str, hashed: str) -> None:
        """Replaces a hash by one of the same password with today's costs."""
        with self._database.write() as connection:
            connection.execute(update(people).where(people.c.key == key).values(password=hashed))

    def failed(self, key: str, *, limit: int, lock: timedelta) -> Person:
        """Counts a wrong password; at `limit` in a row the account is locked for `lock`."""
        with self._database.write() as connection:
            at = self._database.clock.now()
            count = people.c.failed + 1
            connection.execute(update(people).where(people.c.key == key).values(failed=count))
            person = self._require(connection, key)
            audit.record(connection, at, key, "session.refuse", key, {"reason": "password"})
            if person.failed >= limit:
                connection.execute(update(people).where(people.c.key == key).values(failed=0, locked_until=at + lock))
                audit.record(connection, at, key, "person.lock", key, {"seconds": int(lock.total_seconds())})
            return self._require(connection, key)

    def refused(self, reason: str, key: str = "") -> None:
        """Puts a failed sign-in on the trail; an unknown login is not written down, it may be a password."""
        with self._database.write() as connection:
            at = self._database.clock.now()
            audit.record(connection, at, key or "unknown", "session.refuse", key or "unknown", {"reason": reason})

    def unlock(self, key: str, by: Principal) -> None:
        """Ends a lock-out before its time."""
        with self._database.write() as connection:
            self._require(connection, key)
            connection.execute(update(people).where(people.c.key == key).values(failed=0, locked_until=None))
            audit.record(connection, self._database.clock.now(), by.id, "person.unlock", key)

    def erase(self, key: str, by: Principal) -> Person:
        """Takes everything that names the person out of the account and ends it; its key stays in the records.

        Returns the account as it was. Raises UsageError as `change` does.
        """
        before = self.change(key, by, active=False)
        with self._database.write() as connection:
            for table in (sessions, tokens, links):
                connection.execute(delete(table).where(table.c.person == key))
            gone = {"login": f"erased-{key}", "name": "", "department": "", "password": "", "subject": None}
            connection.execute(update(people).where(people.c.key == key).values(gone))
            audit.record(connection, self._database.clock.now(), by.id, "person.erase", key)
        return before

    def _one(self, condition: Any) -> Person | None:
        with self._database.read() as connection:
            row = connection.execute(select(people).where(condition)).mappings().first()
        return None if row is None else person_of(row)

    def _require(self, connection: Connection, key: str) -> Person:
        row = connection.execute(select(people).where(people.c.key == key)).mappings().first()
        if row is None:
            raise UsageError(f"no account {key}", hint="没有这个账号，请刷新后重试。")
        return person_of(row)

    def _administrators(self, connection: Connection) -> int:
        able = (
            (people.c.role == Role.ADMIN.value)
            & people.c.active
            & or_(people.c.password != "", people.c.subject.is_not(None))
        )
        return int(connection.execute(select(func.count()).where(able)).scalar_one())


def person_of(row: RowMapping) -> Person:
    """The account a row of `people` holds."""
    values = {one.name: row[one.name] for one in fields(Person)}
    return Person(**values | {"role": Role(values["role"])})
