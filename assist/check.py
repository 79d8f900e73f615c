"""Refuses what is no question before anything is searched, each with a clear message; the Assistant calls it first."""

from __future__ import annotations

import unicodedata

from assist.model import MAX_QUESTION_CHARS, Reason
from assist.wording import say

_ALLOWED_CONTROLS = frozenset("\t\n\r")


def problem_of(text: str) -> tuple[Reason, str] | None:
    """Why `text` cannot be asked and what to say about it in Chinese; None for a question."""
    if not _visible(text).strip():
        if any(unicodedata.category(char) == "Cc" and char not in _ALLOWED_CONTROLS for char in text):
            return Reason.CONTROL_CHARACTERS, say("problem.control_characters")
        return Reason.EMPTY, say("problem.empty")
    if len(text) > MAX_QUESTION_CHARS:
        return Reason.TOO_LONG, say("problem.too_long", length=len(text), limit=MAX_QUESTION_CHARS)
    if not any(char.isalnum() for char in unicodedata.normalize("NFKC", text)):
        return Reason.NO_WORDS, say("problem.no_words")
    return None


def clean(text: str) -> str:
    """`text` without control and invisible characters, each run of white space one space: what is searched and kept."""
    return " ".join(_visible(text).split())


def _visible(text: str) -> str:
    """`text` with control characters as spaces and format characters (zero width, direction marks) left out."""
    shown = []
    for char in text:
        category = unicodedata.category(char)
        if category in {"Cc", "Cs", "Co", "Cn"}:
            shown.append(" ")
        elif category != "Cf":
            shown.append(char)
    return "".join(shown)
