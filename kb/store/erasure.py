"""Takes words that name a person out of everything recorded, whichever table holds them; records on request call it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import JSON, Connection, String, Table, Text, bindparam, select, update

from kb.store.engine import Database
from kb.store.tables import metadata

ERASED = "〔已删除〕"
KNOWLEDGE = frozenset(
    {
        "counters",
        "documents",
        "versions",
        "sections",
        "passages",
        "passage_vectors",
        "embedding_models",
        "embeddings",
        "terms",
        "releases",
        "release_versions",
    }
)
"""Knowledge is replaced by its maintainers with a new version, never rewritten under a release."""
KEPT = KNOWLEDGE | {"audit", "audit_cuts", "people", "sessions", "tokens", "links", "settings"}
"""Beside knowledge: the chained trail, which names people by key only, accounts, which end by key,
and tables without free text."""


class Erasure:
    """Rewrites records; a table added later is covered without being named here."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def redact(self, words: Sequence[str]) -> dict[str, int]:
        """Puts ERASED for every occurrence of `words` (longest first) in every record; rows changed by table.

        One transaction; the freed bytes are overwritten, and the file is rewritten afterwards.
        """
        ordered = sorted({word for word in words if word}, key=len, reverse=True)
        changed: dict[str, int] = {}
        with self._database.write() as connection:
            for table in metadata.sorted_tables:
                count = 0 if table.name in KEPT else _redact_table(connection, table, ordered)
                if count:
                    changed[table.name] = count
        self._database.compact()
        return changed


def _redact_table(connection: Connection, table: Table, words: Sequence[str]) -> int:
    keys = list(table.primary_key.columns)
    texts = [one for one in table.columns if isinstance(one.type, (Text, String, JSON)) and not one.primary_key]
    if not texts or not keys:
        return 0
    changes: list[dict[str, Any]] = []
    for row in connection.execute(select(*keys, *texts)).mappings():
        new = {one.name: _redacted(row[one.name], words) for one in texts}
        if any(new[one.name] != row[one.name] for one in texts):
            changes.append(
                {f"key_{key.name}": row[key.name] for key in keys} | {f"new_{name}": new[name] for name in new}
            )
    if changes:
        statement = update(table).values({one.name: bindparam(f"new_{one.name}") for one in texts})
        for key in keys:
            statement = statement.where(key == bindparam(f"key_{key.name}"))
        connection.execute(statement, changes)
    return len(changes)


def _redacted(value: Any, words: Sequence[str]) -> Any:
    if isinstance(value, str):
        for word in words:
            value = value.replace(word, ERASED)
        return value
    if isinstance(value, list):
        return [_redacted(one, words) for one in value]
    if isinstance(value, dict):
        return {_redacted(key, words): _redacted(one, words) for key, one in value.items()}
    return value
