"""The tables of what agents do with scripts: favourites and uses; changed only with a migration."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from kb.store.tables import Moment, metadata

script_favourites = Table(
    "script_favourites",
    metadata,
    Column("principal", String(80), primary_key=True),
    Column("script", String(400), primary_key=True),
    Column("at", Moment, nullable=False),
    sqlite_with_rowid=False,
)

script_uses = Table(
    "script_uses",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("script", String(400), nullable=False),
    Column("principal", Text, nullable=False),
    Column("channel", String(40), nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_script_uses_script_at", "script", "at"),
    sqlite_autoincrement=True,
)
