"""Keeping customers: what may be offered to whom by rules, the script to say it with, and what came of it."""
