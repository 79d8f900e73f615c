"""The knowledge loop: gaps owned, drafts reviewed, releases gated, closure proved; `app.py` puts it together."""
