"""Favourite scripts and uses of scripts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables."""
    op.create_table(
        "script_favourites",
        sa.Column("principal", sa.String(length=80), nullable=False),
        sa.Column("script", sa.String(length=400), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("principal", "script", name="pk_script_favourites"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "script_uses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("script", sa.String(length=400), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_script_uses"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_script_uses_script_at", "script_uses", ["script", "at"], unique=False)


def downgrade() -> None:
    """Drops both."""
    op.drop_table("script_uses")
    op.drop_table("script_favourites")
