"""Hand-offs: the department of who took a customer, so that others do not see the conversation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the column; who took a customer before had no department on record."""
    op.add_column("handoffs", sa.Column("department", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Takes the column away."""
    with op.batch_alter_table("handoffs") as batch:
        batch.drop_column("department")
