"""Accounts of the staff side: passwords, sessions, tokens, one-time links, sign-in through an outside provider."""
