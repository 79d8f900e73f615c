"""Retention: trials of script variants, their assignments, outcomes of calls, customers' opinions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the four tables, on SQLite and PostgreSQL alike."""
    _trials()
    _outcomes()
    _opinions()


def downgrade() -> None:
    """Takes them away again, with all they hold."""
    for name in ("customer_opinions", "retention_outcomes", "retention_assignments", "retention_trials"):
        op.drop_table(name)


def _trials() -> None:
    op.create_table(
        "retention_trials",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("styles", sa.JSON(), nullable=False),
        sa.Column("exploration", sa.Float(), nullable=False),
        sa.Column("minimum", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_retention_trials"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "retention_assignments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("trial_id", sa.Integer(), nullable=False),
        sa.Column("style", sa.String(length=40), nullable=False),
        sa.Column("how", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("segment", sa.String(length=20), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["trial_id"], ["retention_trials.id"], name="fk_retention_assignments_trial_id"),
        sa.PrimaryKeyConstraint("id", name="pk_retention_assignments"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_retention_assignments_trial_id", "retention_assignments", ["trial_id"], unique=False)


def _outcomes() -> None:
    op.create_table(
        "retention_outcomes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=True),
        sa.Column("result", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("style", sa.String(length=40), nullable=False),
        sa.Column("segment", sa.String(length=20), nullable=False),
        sa.Column("slot", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("offer", sa.String(length=40), nullable=False),
        sa.Column("call_back_on", sa.Date(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["retention_assignments.id"], name="fk_retention_outcomes_assignment_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_retention_outcomes"),
        sa.UniqueConstraint("assignment_id", name="uq_retention_outcomes_assignment_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_retention_outcomes_at", "retention_outcomes", ["at"], unique=False)


def _opinions() -> None:
    op.create_table(
        "customer_opinions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("outcome_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["outcome_id"], ["retention_outcomes.id"], name="fk_customer_opinions_outcome_id"),
        sa.PrimaryKeyConstraint("id", name="pk_customer_opinions"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_customer_opinions_outcome_id", "customer_opinions", ["outcome_id"], unique=False)
    op.create_index("ix_customer_opinions_department_state", "customer_opinions", ["department", "state"], unique=False)
