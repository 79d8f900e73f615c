"""The table of golden cases: questions of a base with what is right for them; changed only with a migration."""

from __future__ import annotations

from sqlalchemy import Column, Date, Integer, String, Table, Text

from kb.store.tables import Moment, json_column, metadata

golden_cases = Table(
    "golden_cases",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", String(200), nullable=False, unique=True),
    Column("question", Text, nullable=False),
    Column("history", json_column(), nullable=False),
    Column("role", String(20), nullable=False),
    Column("department", Text, nullable=False),
    Column("as_of", Date),
    Column("facts", json_column(), nullable=False),
    Column("forbid", json_column(), nullable=False),
    Column("gold", json_column(), nullable=False),
    Column("scope", json_column(), nullable=False),
    Column("unanswerable", Integer, nullable=False),
    Column("tags", json_column(), nullable=False),
    Column("author", Text, nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_by", Text, nullable=False),
    Column("updated_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
