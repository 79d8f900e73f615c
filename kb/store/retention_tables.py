"""Tables of retention: trials of script variants, who got which, what came of calls, and customers' opinions."""

from __future__ import annotations

from sqlalchemy import Column, Date, Float, ForeignKey, Index, Integer, String, Table, Text

from kb.store.tables import Moment, json_column, metadata

trials = Table(
    "retention_trials",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("reason", String(20), nullable=False),
    Column("styles", json_column(), nullable=False),
    Column("exploration", Float, nullable=False),
    Column("minimum", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("author", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("stopped_at", Moment),
    sqlite_autoincrement=True,
)

assignments = Table(
    "retention_assignments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("trial_id", ForeignKey("retention_trials.id"), nullable=False, index=True),
    Column("style", String(40), nullable=False),
    Column("how", String(20), nullable=False),
    Column("reason", String(20), nullable=False),
    Column("segment", String(20), nullable=False),
    Column("principal", Text, nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_autoincrement=True,
)

outcomes = Table(
    "retention_outcomes",
    metadata,
    Column("id", Integer, primary_key=True),
    # One outcome an assignment: a call that is recorded twice must not count twice.
    Column("assignment_id", ForeignKey("retention_assignments.id"), unique=True),
    Column("result", String(20), nullable=False),
    Column("reason", String(20), nullable=False),
    Column("style", String(40), nullable=False),
    Column("segment", String(20), nullable=False),
    Column("slot", String(20), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("offer", String(40), nullable=False),
    Column("call_back_on", Date),
    Column("facts", json_column(), nullable=False),
    Column("remark", Text, nullable=False),
    Column("principal", Text, nullable=False),
    Column("role", String(20), nullable=False),
    Column("department", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("settled_at", Moment),
    Index("ix_retention_outcomes_at", "at"),
    sqlite_autoincrement=True,
)

opinions = Table(
    "customer_opinions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("outcome_id", ForeignKey("retention_outcomes.id"), index=True),
    Column("text", Text, nullable=False),
    Column("reason", String(20), nullable=False),
    Column("department", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("reply", Text, nullable=False),
    Column("principal", Text, nullable=False),
    Column("role", String(20), nullable=False),
    Column("at", Moment, nullable=False),
    Column("answered_by", Text, nullable=False),
    Column("answered_at", Moment),
    Index("ix_customer_opinions_department_state", "department", "state"),
    sqlite_autoincrement=True,
)
