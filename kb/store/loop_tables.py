"""Tables of the knowledge loop: what is known of a gap beyond its line, drafts, plans, gate runs, notices, readings."""

from __future__ import annotations

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from kb.store.tables import Moment, json_column, metadata

gap_details = Table(
    "gap_details",
    metadata,
    Column("gap_id", ForeignKey("gaps.id"), primary_key=True),
    Column("origin", String(20), nullable=False),
    Column("merged_into", ForeignKey("gaps.id")),
    Column("reply", Text, nullable=False),
    Column("reminded_at", Moment),
    Column("verified_at", Moment),
)

gap_vectors = Table(
    "gap_vectors",
    metadata,
    Column("gap_id", ForeignKey("gaps.id"), primary_key=True),
    Column("text_hash", String(64), primary_key=True),
    Column("model", String(400), nullable=False),
    Column("vector", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

notices = Table(
    "notices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("principal", Text, nullable=False, index=True),
    Column("gap_id", ForeignKey("gaps.id")),
    Column("text", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("read_at", Moment),
    sqlite_autoincrement=True,
)

drafts = Table(
    "drafts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("gap_id", ForeignKey("gaps.id"), index=True),
    Column("kind", String(20), nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("source", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("fields", json_column(), nullable=False),
    Column("audience", Text, nullable=False),
    Column("effective_from", Date),
    Column("effective_to", Date),
    Column("supersedes", json_column(), nullable=False),
    Column("department", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("approver", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("machine", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)

plans = Table(
    "release_plans",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("state", String(20), nullable=False, index=True),
    Column("note", Text, nullable=False),
    Column("draft_ids", json_column(), nullable=False),
    Column("retire", json_column(), nullable=False),
    Column("author", Text, nullable=False),
    Column("activate_at", Moment),
    Column("override_by", Text, nullable=False),
    Column("override_reason", Text, nullable=False),
    Column("gate_id", Integer),
    Column("release_id", ForeignKey("releases.id")),
    Column("problem", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)

gate_runs = Table(
    "gate_runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("plan_id", ForeignKey("release_plans.id"), nullable=False, index=True),
    Column("base_id", ForeignKey("releases.id")),
    Column("digest", String(64), nullable=False),
    Column("at", Moment, nullable=False),
    Column("principal", Text, nullable=False),
    Column("report", json_column(), nullable=False),
    sqlite_autoincrement=True,
)

readings = Table(
    "digest_readings",
    metadata,
    Column("principal", Text, primary_key=True),
    Column("release_id", ForeignKey("releases.id"), primary_key=True),
    Column("at", Moment, nullable=False),
    Index("ix_digest_readings_release_id", "release_id"),
    sqlite_with_rowid=False,
)
