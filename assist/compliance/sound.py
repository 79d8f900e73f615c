"""Finds a phrase by its sound (谐音, pinyin among the characters), tones and southern initials aside; phrases call it.

The only place that knows pypinyin.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, cast

from assist.compliance.folding import Folded

_LATIN = re.compile(r"[a-z]+")
_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"))


@dataclass(frozen=True, slots=True)
class Heard:
    """Syllables in order: every reading of each, and the characters `start` to `end` of the folded text behind it."""

    readings: tuple[frozenset[str], ...]
    places: tuple[tuple[int, int], ...]


def hear(folded: Folded) -> Heard:
    """The syllables of folded text; pinyin written in letters counts as what it spells, other letters as themselves."""
    readings: list[frozenset[str]] = []
    places: list[tuple[int, int]] = []
    at = 0
    while at < len(folded.text):
        latin = _LATIN.match(folded.text, at)
        if latin is None:
            readings.append(_readings(folded.text[at]))
            places.append((at, at + 1))
            at += 1
            continue
        for syllable in _spelt(latin.group()):
            readings.append(frozenset({_alike(syllable)}))
            places.append((at, at + len(syllable)))
            at += len(syllable)
    return Heard(tuple(readings), tuple(places))


@lru_cache(maxsize=4096)
def syllables(phrase: str) -> tuple[str, ...]:
    """How a phrase is read, a syllable a character."""
    from pypinyin import lazy_pinyin

    return tuple(_alike(each) for each in lazy_pinyin(phrase, errors=cast(Any, list)))


def find(heard: Heard, wanted: tuple[str, ...]) -> tuple[int, int] | None:
    """The first place where `wanted` is heard, as characters of the folded text; None when it is not."""
    size = len(wanted)
    for first in range(len(heard.readings) - size + 1):
        if all(wanted[n] in heard.readings[first + n] for n in range(size)):
            return heard.places[first][0], heard.places[first + size - 1][1]
    return None


@cache
def _readings(char: str) -> frozenset[str]:
    from pypinyin import Style, pinyin

    return frozenset(_alike(each) for each in pinyin(char, style=Style.NORMAL, heteronym=True)[0])


def _alike(syllable: str) -> str:
    """Syllables that many speakers do not tell apart as one: zh/z, ch/c, sh/s, -ng/-n."""
    for initial, plain in _INITIALS:
        if syllable.startswith(initial):
            syllable = plain + syllable[len(initial) :]
    return syllable[:-1] if syllable.endswith("ng") and len(syllable) > 2 else syllable


def _spelt(letters: str) -> list[str]:
    """Letters as syllables of pinyin, longest first; letters that spell none stand alone."""
    found: list[str] = []
    at = 0
    while at < len(letters):
        size = next((n for n in range(6, 1, -1) if letters[at : at + n] in _known() and at + n <= len(letters)), 1)
        found.append(letters[at : at + size])
        at += size
    return found


@cache
def _known() -> frozenset[str]:
    """Every syllable of pinyin, as the readings of all common characters spell them."""
    from pypinyin import lazy_pinyin

    spelt = {lazy_pinyin(chr(code))[0] for code in range(0x4E00, 0x9FA6)}
    return frozenset(each for each in spelt if each.isascii() and each.isalpha() and len(each) > 1)
