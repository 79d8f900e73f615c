"""Compliance: what was said, or is about to be said, against forbidden phrases, promises, steps and personal data."""
