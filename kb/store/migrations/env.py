"""What Alembic runs: the migrations, on the connection and within the transaction that `kb.store.schema` opened."""

from __future__ import annotations

from alembic import context

from kb.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
