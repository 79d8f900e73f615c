"""The catalogue's tables as SQLAlchemy sees them; used only inside `kb.store`, and changed only with a migration."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """An aware moment, stored in UTC without a zone so that both databases keep and order it alike."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Aware to naive UTC."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Naive UTC to aware."""
        return None if value is None else value.replace(tzinfo=UTC)


def json_column() -> JSON:
    """A column of JSON in which None is NULL."""
    return JSON(none_as_null=True)


BIG = BigInteger().with_variant(Integer(), "sqlite")
"""Ids that may outgrow 32 bits; SQLite numbers rows by itself only for INTEGER."""

counters = Table(
    "counters",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("next", BigInteger, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", Text, nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)

versions = Table(
    "versions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("document_id", ForeignKey("documents.id"), nullable=False),
    Column("fingerprint", String(200), nullable=False),
    Column("title", Text, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("audience", Text, nullable=False),
    Column("products", json_column(), nullable=False),
    Column("department", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("effective_from", Date),
    Column("effective_to", Date),
    Column("supersedes", json_column()),
    Column("version_label", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("author", Text, nullable=False),
    UniqueConstraint("document_id", "fingerprint"),
    sqlite_autoincrement=True,
)

sections = Table(
    "sections",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("version_id", ForeignKey("versions.id", ondelete="CASCADE"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("page", Integer),
    Column("heading", json_column(), nullable=False),
    Column("text", Text, nullable=False),
    UniqueConstraint("version_id", "ordinal"),
)

passages = Table(
    "passages",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("version_id", ForeignKey("versions.id", ondelete="CASCADE"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("section_id", ForeignKey("sections.id", ondelete="CASCADE"), index=True),
    Column("page", Integer),
    Column("effective_from", Date),
    Column("effective_to", Date),
    Column("audience", Text, nullable=False),
    Column("supersedes", json_column()),
    Column("heading", json_column(), nullable=False),
    Column("questions", json_column(), nullable=False),
    Column("text", Text, nullable=False),
    Column("row", json_column()),
    # The roster of a release reads this index alone, never the texts.
    Index("ix_passages_roster", "version_id", "id", "effective_from", "effective_to", "audience"),
    Index(
        "ix_passages_superseding",
        "version_id",
        sqlite_where=text("supersedes IS NOT NULL"),
        postgresql_where=text("supersedes IS NOT NULL"),
    ),
)

passage_vectors = Table(
    "passage_vectors",
    metadata,
    Column("passage_id", ForeignKey("passages.id", ondelete="CASCADE"), primary_key=True),
    Column("slot", SmallInteger, primary_key=True, autoincrement=False),
    Column("text_hash", String(64), nullable=False),
    CheckConstraint("slot BETWEEN 0 AND 63", name="slot"),
    sqlite_with_rowid=False,
)

models = Table(
    "embedding_models",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(400), nullable=False, unique=True),
    Column("dimension", Integer, nullable=False),
    sqlite_autoincrement=True,
)

embeddings = Table(
    "embeddings",
    metadata,
    Column("id", BIG, primary_key=True),
    Column("model_id", ForeignKey("embedding_models.id"), nullable=False),
    Column("text_hash", String(64), nullable=False),
    Column("vector", LargeBinary, nullable=False),
    UniqueConstraint("model_id", "text_hash"),
)

terms = Table(
    "terms",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("version_id", ForeignKey("versions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("ordinal", Integer, nullable=False),
    Column("standard", Text, nullable=False),
    Column("synonyms", json_column(), nullable=False),
    Column("category", Text, nullable=False),
    Column("note", Text, nullable=False),
)

releases = Table(
    "releases",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("base_id", ForeignKey("releases.id")),
    Column("author", Text, nullable=False),
    Column("approver", Text),
    Column("override_reason", Text),
    Column("note", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("activated_at", Moment),
    # The database itself refuses a second active release.
    Index(
        "uq_releases_one_active",
        "state",
        unique=True,
        sqlite_where=text("state = 'active'"),
        postgresql_where=text("state = 'active'"),
    ),
    sqlite_autoincrement=True,
)

release_versions = Table(
    "release_versions",
    metadata,
    Column("release_id", ForeignKey("releases.id", ondelete="CASCADE"), primary_key=True),
    Column("document_id", ForeignKey("documents.id"), primary_key=True),
    Column("version_id", ForeignKey("versions.id"), nullable=False, index=True),
    sqlite_with_rowid=False,
)

gaps = Table(
    "gaps",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("state", String(20), nullable=False),
    Column("question", Text, nullable=False),
    Column("key", Text, nullable=False, index=True),
    Column("business_type", String(40), nullable=False),
    Column("cause", String(20)),
    Column("owner", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("due", Date),
    Column("priority", SmallInteger, nullable=False),
    Column("count", Integer, nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Index("ix_gaps_state_last_seen", "state", "last_seen"),
    sqlite_autoincrement=True,
)

gap_questions = Table(
    "gap_questions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("gap_id", ForeignKey("gaps.id"), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("channel", String(40), nullable=False),
    Column("asker", Text, nullable=False),
    Column("role", String(20), nullable=False),
    Column("department", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("nearest", json_column(), nullable=False),
    sqlite_autoincrement=True,
)

gap_history = Table(
    "gap_history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("gap_id", ForeignKey("gaps.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("principal", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("changes", json_column(), nullable=False),
    Column("note", Text, nullable=False),
    sqlite_autoincrement=True,
)

questions = Table(
    "questions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("asked_at", Moment, nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("mode", String(20)),
    Column("confidence", Float, nullable=False),
    Column("business_type", String(40), nullable=False),
    Column("corrected_type", String(40)),
    Column("latency_ms", Float, nullable=False),
    Column("channel", String(40), nullable=False),
    Column("asker", Text, nullable=False),
    Column("role", String(20), nullable=False),
    Column("department", Text, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("gap_id", ForeignKey("gaps.id")),
    Column("release_id", ForeignKey("releases.id")),
    sqlite_autoincrement=True,
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("question_id", ForeignKey("questions.id"), index=True),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("principal", Text, nullable=False),
    Column("role", String(20), nullable=False),
    Column("at", Moment, nullable=False, index=True),
    Column("passage_ids", json_column(), nullable=False),
    sqlite_autoincrement=True,
)

audit = Table(
    "audit",
    metadata,
    Column("seq", BIG, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("principal", Text, nullable=False),
    Column("action", String(60), nullable=False, index=True),
    Column("object", Text, nullable=False),
    Column("detail", json_column(), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
)

settings = Table(
    "settings",
    metadata,
    Column("key", String(100), primary_key=True),
    Column("value", json_column(), nullable=False),
    Column("updated_at", Moment, nullable=False),
)
