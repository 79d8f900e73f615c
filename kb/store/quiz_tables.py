"""The tables of the quiz bank and of practice as SQLAlchemy sees them; changed only with a migration."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, ForeignKey, Index, Integer, SmallInteger, String, Table, Text

from kb.store.tables import Moment, metadata

quiz_items = Table(
    "quiz_items",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("topic", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("competency", Text, nullable=False),
    Column("difficulty", SmallInteger, nullable=False),
    Column("fact", String(40), nullable=False, index=True),
    Column("origin", String(20), nullable=False),
    Column("payload", JSON(none_as_null=True), nullable=False),
    Column("tags", JSON(none_as_null=True), nullable=False),
    Column("reason", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index("ix_quiz_items_state_topic", "state", "topic"),
)

quiz_events = Table(
    "quiz_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("item_id", ForeignKey("quiz_items.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("principal", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("note", Text, nullable=False),
    Column("payload", JSON(none_as_null=True)),
    sqlite_autoincrement=True,
)

quiz_papers = Table(
    "quiz_papers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("title", Text, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("author", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)

quiz_paper_items = Table(
    "quiz_paper_items",
    metadata,
    Column("paper_id", ForeignKey("quiz_papers.id", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("item_id", ForeignKey("quiz_items.id"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    sqlite_with_rowid=False,
)

learners = Table(
    "learners",
    metadata,
    Column("person", String(100), primary_key=True),
    Column("team", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("trainer", Text, nullable=False),
)

practice_sessions = Table(
    "practice_sessions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person", String(100), nullable=False, index=True),
    Column("mode", String(20), nullable=False),
    Column("title", Text, nullable=False),
    Column("items", JSON(none_as_null=True), nullable=False),
    Column("seed", Integer, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
    sqlite_autoincrement=True,
)

practice_answers = Table(
    "practice_answers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session_id", ForeignKey("practice_sessions.id"), index=True),
    Column("person", String(100), nullable=False, index=True),
    Column("team", Text, nullable=False),
    Column("item_id", String(20), nullable=False, index=True),
    Column("topic", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("competency", Text, nullable=False),
    Column("score", Float, nullable=False),
    Column("given", Text, nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_autoincrement=True,
)

practice_cards = Table(
    "practice_cards",
    metadata,
    Column("person", String(100), primary_key=True),
    Column("item_id", String(20), primary_key=True),
    Column("state", JSON(none_as_null=True), nullable=False),
    Column("due", Moment, nullable=False),
    Index("ix_practice_cards_due", "person", "due"),
    sqlite_with_rowid=False,
)

coaching = Table(
    "coaching",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person", String(100), nullable=False),
    Column("team", String(100), nullable=False),
    Column("topic", Text, nullable=False),
    Column("sources", JSON(none_as_null=True), nullable=False),
    Column("mean", Float, nullable=False),
    Column("answers", Integer, nullable=False),
    Column("people", Integer, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("done_at", Moment),
    Column("done_by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Index("ix_coaching_person_team", "person", "team"),
    sqlite_autoincrement=True,
)
