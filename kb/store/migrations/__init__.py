"""Alembic's folder inside the package; run by `kb.store.schema`, never by hand."""
