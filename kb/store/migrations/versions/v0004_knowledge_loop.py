"""The knowledge loop: details and vectors of gaps, notices, drafts, release plans, gate runs, readings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the loop's tables, on SQLite and PostgreSQL alike."""
    _gaps()
    _drafts()
    _plans()


def downgrade() -> None:
    """Drops them again."""
    names = (
        "digest_readings",
        "gate_runs",
        "release_plans",
        "drafts",
        "notices",
        "gap_vectors",
        "gap_details",
    )
    for name in names:
        op.drop_table(name)


def _gaps() -> None:
    op.create_table(
        "gap_details",
        sa.Column("gap_id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("merged_into", sa.Integer(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("reminded_at", sa.DateTime(), nullable=True),
        sa.Column("verified_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["gap_id"], ["gaps.id"], name="fk_gap_details_gap_id"),
        sa.ForeignKeyConstraint(["merged_into"], ["gaps.id"], name="fk_gap_details_merged_into"),
        sa.PrimaryKeyConstraint("gap_id", name="pk_gap_details"),
    )
    op.create_table(
        "gap_vectors",
        sa.Column("gap_id", sa.Integer(), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=400), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["gap_id"], ["gaps.id"], name="fk_gap_vectors_gap_id"),
        sa.PrimaryKeyConstraint("gap_id", "text_hash", name="pk_gap_vectors"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("gap_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("read_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["gap_id"], ["gaps.id"], name="fk_notices_gap_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notices_principal", "notices", ["principal"])


def _drafts() -> None:
    op.create_table(
        "drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gap_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("supersedes", sa.JSON(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("approver", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("machine", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["gap_id"], ["gaps.id"], name="fk_drafts_gap_id"),
        sa.PrimaryKeyConstraint("id", name="pk_drafts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_drafts_gap_id", "drafts", ["gap_id"])
    op.create_index("ix_drafts_state", "drafts", ["state"])


def _plans() -> None:
    op.create_table(
        "release_plans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("draft_ids", sa.JSON(), nullable=False),
        sa.Column("retire", sa.JSON(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("activate_at", sa.DateTime(), nullable=True),
        sa.Column("override_by", sa.Text(), nullable=False),
        sa.Column("override_reason", sa.Text(), nullable=False),
        sa.Column("gate_id", sa.Integer(), nullable=True),
        sa.Column("release_id", sa.Integer(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name="fk_release_plans_release_id"),
        sa.PrimaryKeyConstraint("id", name="pk_release_plans"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_release_plans_state", "release_plans", ["state"])
    op.create_table(
        "gate_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["base_id"], ["releases.id"], name="fk_gate_runs_base_id"),
        sa.ForeignKeyConstraint(["plan_id"], ["release_plans.id"], name="fk_gate_runs_plan_id"),
        sa.PrimaryKeyConstraint("id", name="pk_gate_runs"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_gate_runs_plan_id", "gate_runs", ["plan_id"])
    op.create_table(
        "digest_readings",
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name="fk_digest_readings_release_id"),
        sa.PrimaryKeyConstraint("principal", "release_id", name="pk_digest_readings"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_digest_readings_release_id", "digest_readings", ["release_id"])
