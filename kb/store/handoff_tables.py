"""The table of hand-offs to a person; used only inside `kb.store`, and changed only with a migration."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, SmallInteger, String, Table, Text

from kb.store.tables import Moment, metadata

handoffs = Table(
    "handoffs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(64), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("reason", String(20), nullable=False),
    Column("urgency", SmallInteger, nullable=False),
    Column("ticket", String(20), nullable=False),
    Column("summary", Text, nullable=False),
    Column("transcript", JSON(none_as_null=True), nullable=False),
    Column("contact", Text, nullable=False),
    Column("wanted_at", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("taken_by", Text, nullable=False),
    Column("department", Text, nullable=False, server_default=""),
    Column("taken_at", Moment),
    Column("done_at", Moment),
    Column("note", Text, nullable=False),
    Index("ix_handoffs_state_urgency_at", "state", "urgency", "at"),
    sqlite_autoincrement=True,
)
