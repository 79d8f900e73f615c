"""Settings of one home that belong with its knowledge: the embedding model, the generation of the indexes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, insert, select

from kb.store.engine import Database
from kb.store.tables import settings


class Settings:
    """Small JSON values by key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str, default: Any = None) -> Any:
        """The value of `key`, `default` when it was never set."""
        with self._database.read() as connection:
            row = connection.execute(select(settings.c.value).where(settings.c.key == key)).first()
        return default if row is None else row.value

    def set(self, key: str, value: Any) -> None:
        """Sets `key` to a JSON value; None forgets it."""
        with self._database.write() as connection:
            connection.execute(delete(settings).where(settings.c.key == key))
            if value is not None:
                row = {"key": key, "value": value, "updated_at": self._database.clock.now()}
                connection.execute(insert(settings).values(row))

    def all(self) -> dict[str, Any]:
        """Every key with its value."""
        with self._database.read() as connection:
            return {row.key: row.value for row in connection.execute(select(settings).order_by(settings.c.key))}
