"""What of a passage is embedded, and how its vectors are numbered; catalogue, base and retriever share it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from kb.text import normalise

SLOTS = 64
"""Vectors a passage can have: slot 0 is its text, slots 1 to 63 are other ways of asking for it."""

_HEADING_CHARS = 120


def embedding_texts(*, title: str, heading: Sequence[str], text: str, questions: Sequence[str]) -> tuple[str, ...]:
    """Texts to embed for one passage, by slot; 1 to 64 of them, normalised.

    Slot 0 is the main text under the path of headings that lead to it; each further slot is one question.
    Empty and repeated questions are left out; what is beyond slot 63 is dropped.
    """
    parts = dict.fromkeys(part.strip() for part in (title, *heading))
    path = " ".join(part for part in parts if part and not text.startswith(part))
    main = _one_line(f"{path[-_HEADING_CHARS:]} {text}")
    asked = dict.fromkeys(folded for question in questions if (folded := _one_line(question)))
    return (main, *list(asked)[: SLOTS - 1])


def _one_line(text: str) -> str:
    """Normalised, without line ends: to the tokenizer of the bundled weights they would be unknown characters."""
    return normalise(" ".join(text.split()))


def text_hash(text: str) -> str:
    """Key of an embedding text: 32 hexadecimal characters (BLAKE2b, 128 bits)."""
    return hashlib.blake2b(text.encode("utf-8"), digest_size=16).hexdigest()


def vector_id(passage_id: int, slot: int) -> int:
    """The number of one vector: passage id * 64 + slot."""
    return passage_id * SLOTS + slot
