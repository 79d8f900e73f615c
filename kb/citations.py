"""Titles in 《》 by which documents cite each other, as index keys; `kb.lexical` counts who is cited by whom."""

from __future__ import annotations

import hashlib
import re

from kb.text import fold

_CITED = re.compile(r"《([^《》\n]{2,60})》")
_COUNTRY = "中华人民共和国"


def title_key(title: str) -> int:
    """A document's title as a 60-bit key; 《中华人民共和国民法典》 and 民法典 have the same."""
    folded = fold(title)  # 《》 are punctuation and fall away
    if folded.startswith(_COUNTRY) and len(folded) > len(_COUNTRY) + 1:
        folded = folded[len(_COUNTRY) :]
    return text_key(folded)


def cited_keys(text: str) -> list[int]:
    """Keys of the titles cited in `text`, each once."""
    return list(dict.fromkeys(title_key(title) for title in _CITED.findall(text)))


def text_key(text: str) -> int:
    """Any text as a 60-bit key."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8"), digest_size=8).digest(), "big") >> 4
