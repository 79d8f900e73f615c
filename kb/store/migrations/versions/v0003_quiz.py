"""The quiz bank and practice: items and their history, papers, learners, sessions, answers and cards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the tables."""
    _bank()
    _practice()


def downgrade() -> None:
    """Drops the tables with everything in them."""
    for index, table in (
        ("ix_practice_cards_due", "practice_cards"),
        ("ix_practice_answers_item_id", "practice_answers"),
        ("ix_practice_answers_person", "practice_answers"),
        ("ix_practice_answers_session_id", "practice_answers"),
        ("ix_practice_sessions_person", "practice_sessions"),
        ("ix_quiz_paper_items_item_id", "quiz_paper_items"),
        ("ix_quiz_events_item_id", "quiz_events"),
        ("ix_quiz_items_fact", "quiz_items"),
        ("ix_quiz_items_state_topic", "quiz_items"),
    ):
        op.drop_index(index, table_name=table)
    for table in (
        "practice_cards",
        "practice_answers",
        "practice_sessions",
        "learners",
        "quiz_paper_items",
        "quiz_papers",
        "quiz_events",
        "quiz_items",
    ):
        op.drop_table(table)


def _bank() -> None:
    op.create_table(
        "quiz_items",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("competency", sa.Text(), nullable=False),
        sa.Column("difficulty", sa.SmallInteger(), nullable=False),
        sa.Column("fact", sa.String(length=40), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quiz_items"),
    )
    op.create_index("ix_quiz_items_fact", "quiz_items", ["fact"], unique=False)
    op.create_index("ix_quiz_items_state_topic", "quiz_items", ["state", "topic"], unique=False)
    op.create_table(
        "quiz_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["quiz_items.id"], name="fk_quiz_events_item_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_quiz_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_quiz_events_item_id", "quiz_events", ["item_id"], unique=False)
    op.create_table(
        "quiz_papers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quiz_papers"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "quiz_paper_items",
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["quiz_papers.id"], name="fk_quiz_paper_items_paper_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["item_id"], ["quiz_items.id"], name="fk_quiz_paper_items_item_id"),
        sa.PrimaryKeyConstraint("paper_id", "place", name="pk_quiz_paper_items"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_quiz_paper_items_item_id", "quiz_paper_items", ["item_id"], unique=False)


def _practice() -> None:
    op.create_table(
        "learners",
        sa.Column("person", sa.String(length=100), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("trainer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_learners"),
    )
    op.create_table(
        "practice_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=100), nullable=False),
        sa.Column("mode", sa.String(length=20), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_practice_sessions"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_practice_sessions_person", "practice_sessions", ["person"], unique=False)
    op.create_table(
        "practice_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("person", sa.String(length=100), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("item_id", sa.String(length=20), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("competency", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("given", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["practice_sessions.id"], name="fk_practice_answers_session_id"),
        sa.PrimaryKeyConstraint("id", name="pk_practice_answers"),
        sqlite_autoincrement=True,
    )
    for column in ("item_id", "person", "session_id"):
        op.create_index(f"ix_practice_answers_{column}", "practice_answers", [column], unique=False)
    op.create_table(
        "practice_cards",
        sa.Column("person", sa.String(length=100), nullable=False),
        sa.Column("item_id", sa.String(length=20), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("due", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("person", "item_id", name="pk_practice_cards"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_practice_cards_due", "practice_cards", ["person", "due"], unique=False)
