"""Chinese text made comparable and cut into words; documents and questions go through the same functions."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib import resources
from itertools import pairwise
from typing import Any

from kb.numerals import fold_numerals

_TOKEN = re.compile(r"[0-9a-z]+(?:[.\-_+][0-9a-z]+)*[%‰]?|[㐀-䶿一-鿿豈-﫿]")
_WORD = re.compile(r"\w")
_HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿]")
_SPACE_IN_HAN = re.compile(r"(?<=[㐀-鿿，。；：、？！])[^\S\n]+(?=[㐀-鿿，。；：、？！])")


@lru_cache(maxsize=1024)
def normalise(text: str) -> str:
    """`text` after NFKC, traditional to simplified, lower case, and Chinese numerals as figures.

    For indexing, embedding and comparing, never for showing. Idempotent for ordinary text. Remembers the latest texts:
    one search looks at a question and its passages several times.
    """
    text = unicodedata.normalize("NFKC", text).translate(_simplified()).lower()
    return _SPACE_IN_HAN.sub("", fold_numerals(text))


def simplified(text: str) -> str:
    """`text` with traditional characters as simplified ones, one for one: every position stays what it was."""
    return text.translate(_simplified())


def fold(text: str) -> str:
    """`text` as strings are compared in evaluation: NFKC, lower case, no white space, no punctuation."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(c for c in folded if not c.isspace() and unicodedata.category(c)[0] != "P")


def words(text: str) -> list[str]:
    """Words of `text` in order, after `normalise`; long words come with the shorter ones inside them."""
    return [word for word in _cutter().cut_for_search(normalise(text)) if _WORD.search(word)]


def tagged(text: str) -> list[tuple[str, str]]:
    """Words of `text` in order, after `normalise`, none within another, each with its part of speech (ICTCLAS tags)."""
    found: list[tuple[str, str]] = _cutter().tag(normalise(text))
    return found


def is_word(text: str) -> bool:
    """True for a word of the dictionary, false for one that cutting only supposes."""
    return bool(_cutter().has_word(text))


def bigrams(text: str) -> list[str]:
    """Overlapping pairs of characters after `normalise`; a figure or a Latin word counts as one character.

    A lone character is a token of its own; pairs do not cross punctuation.
    """
    found: list[str] = []
    run: list[str] = []
    end = -1
    for match in _TOKEN.finditer(normalise(text)):
        if match.start() != end and run:
            _pair(run, found)
            run = []
        run.append(match[0])
        end = match.end()
    if run:
        _pair(run, found)
    return found


def content_words(question: str) -> list[str]:
    """Distinct words of a question that carry its meaning: no stop words, no filler, no wording of the asking."""
    stop = stop_words()
    kept = [word for word in dict.fromkeys(words(strip_asking(question))) if word not in stop]
    return kept or list(dict.fromkeys(words(question)))


def strip_asking(question: str) -> str:
    """`question`, normalised, without the phrases that only make it a question (请问, 怎么办, 应该如何 …)."""
    text = normalise(question)
    stripped = _asking().sub(" ", text)
    return stripped if _WORD.search(stripped) else text


def figures(text: str) -> frozenset[str]:
    """Figures and Latin names in `text` after `normalise` ("199", "5g", "5%"): what must agree exactly."""
    return frozenset(m[0] for m in _TOKEN.finditer(normalise(text)) if not _HAN.match(m[0]))


@cache
def stop_words() -> frozenset[str]:
    """Words that never count as content of a question."""
    return frozenset(_data()["stop_words"])


def _pair(run: list[str], found: list[str]) -> None:
    if len(run) == 1:
        found.append(run[0])
    else:
        found.extend(a + b for a, b in pairwise(run))


@cache
def _data() -> dict[str, Any]:
    text = resources.files("kb").joinpath("data/words.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data


@cache
def _asking() -> re.Pattern[str]:
    phrases: Iterable[str] = sorted(_data()["asking"], key=len, reverse=True)
    return re.compile("|".join(map(re.escape, phrases)))


@lru_cache(maxsize=1)
def _simplified() -> dict[int, str]:
    """Character table traditional to simplified, made once from OpenCC (its converter is 100 times slower)."""
    from opencc import OpenCC  # type: ignore[import-untyped]

    source = [chr(c) for c in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    target = OpenCC("t2s").convert("\n".join(source)).split("\n")
    table = {ord(a): b for a, b in zip(source, target, strict=True) if a != b}
    table.update({ord(a): b for a, b in _data()["variants"].items()})
    return table


@lru_cache(maxsize=1)
def _cutter() -> Any:
    import rjieba

    cutter = rjieba.Jieba()
    for word in _data()["domain_words"]:
        cutter.add_word(word, None, None)
    return cutter
