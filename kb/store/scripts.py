"""Which scripts an agent keeps at hand, and which are used most; the script library reads and writes it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, insert, select

from kb.model import Principal
from kb.store.engine import Database
from kb.store.script_tables import script_favourites, script_uses


class ScriptBook:
    """Favourites by person, uses by script. A script is known by a key that outlives releases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def favour(self, principal: Principal, script: str) -> None:
        """Keeps a script at hand; keeping it again changes nothing."""
        row = {"principal": principal.id, "script": script, "at": self._database.clock.now()}
        with self._database.write() as connection:
            connection.execute(self._database.insert_new(script_favourites).values(row))

    def drop(self, principal: Principal, script: str) -> None:
        """Keeps a script at hand no longer; nothing happens when it was not."""
        mine = (script_favourites.c.principal == principal.id) & (script_favourites.c.script == script)
        with self._database.write() as connection:
            connection.execute(delete(script_favourites).where(mine))

    def favourites(self, principal: Principal) -> tuple[str, ...]:
        """The scripts a person keeps at hand, the latest first."""
        query = (
            select(script_favourites.c.script)
            .where(script_favourites.c.principal == principal.id)
            .order_by(script_favourites.c.at.desc(), script_favourites.c.script)
        )
        with self._database.read() as connection:
            return tuple(connection.execute(query).scalars())

    def use(self, principal: Principal, script: str, *, channel: str = "") -> None:
        """Counts one use of a script."""
        row = {"script": script, "principal": principal.id, "channel": channel, "at": self._database.clock.now()}
        with self._database.write() as connection:
            connection.execute(insert(script_uses).values(row))

    def most_used(self, limit: int = 20, *, since: datetime | None = None) -> tuple[tuple[str, int], ...]:
        """Scripts with how often they were used, most used first, those used alike by key."""
        count = func.count().label("uses")
        query = select(script_uses.c.script, count).group_by(script_uses.c.script)
        if since is not None:
            query = query.where(script_uses.c.at >= since)
        query = query.order_by(count.desc(), script_uses.c.script).limit(limit)
        with self._database.read() as connection:
            return tuple((row.script, row.uses) for row in connection.execute(query))
