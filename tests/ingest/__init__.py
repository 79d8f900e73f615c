"""Ingestion, on files built at run time."""
