"""Text made comparable for rules, every character remembering where it came from; all detectors read it.

Spacing, punctuation inside a phrase, full width, traditional characters and repeated separators all fold away; synonyms
fold onto one word, fillers drop out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from kb.text import simplified

_SENTENCE = re.compile(r"[^。！？!?；;\n]+")
_CLAUSE = re.compile(r"[^。！？!?；;\n，,、：:…—（）()“”\"‘’【】\[\]]+")
_FILLERS = re.compile(r"给我|真的|其实|反正|的话|一下子|[啊呀呢嘛哦啦呗哈噢喔诶欸呃]|(?<=[一-鿿])吧(?![台])|就是说")


@dataclass(frozen=True, slots=True)
class Folded:
    """Comparable text; `origin[i]` are the first and last-plus-one character of the source behind character i."""

    text: str
    origin: tuple[tuple[int, int], ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where characters `start` to `end` (not empty) stand in the source."""
        return self.origin[start][0], max(place[1] for place in self.origin[start:end])


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence or clause of the source: its characters `start` to `end`."""

    start: int
    end: int


def sentences(text: str, start: int = 0, end: int | None = None) -> Iterator[Piece]:
    """Sentences between `start` and `end`; single characters cut off by stops (你。先。冷。静) stay together."""
    yield from _joined(text, [(m.start(), m.end()) for m in _SENTENCE.finditer(text, start, end or len(text))])


def clauses(text: str, start: int = 0, end: int | None = None) -> Iterator[Piece]:
    """The shortest pieces that punctuation makes."""
    for match in _CLAUSE.finditer(text, start, end or len(text)):
        if match.group().strip():
            yield Piece(match.start(), match.end())


def _joined(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    held: tuple[int, int] | None = None
    for start, end in spans:
        short = len(text[start:end].strip()) <= 1
        if held is not None and short and start - held[1] <= 2 and len(text[held[0] : held[1]].strip()) <= 20:
            held = (held[0], end)
            continue
        if held is not None:
            yield Piece(*held)
        held = (start, end)
    if held is not None:
        yield Piece(*held)


def fold_plain(text: str, start: int = 0, end: int | None = None) -> Folded:
    """Letters, digits and Chinese characters only, NFKC, lower case, simplified, 您 as 你; what patterns are run on."""
    chars: list[str] = []
    origin: list[tuple[int, int]] = []
    for position in range(start, len(text) if end is None else end):
        for char in unicodedata.normalize("NFKC", text[position]).lower():
            if char.isalnum() or char in "%#*":
                chars.append("你" if char == "您" else char)
                origin.append((position, position + 1))
    return Folded(simplified("".join(chars)), tuple(origin))


def fold_phrase(folded: Folded, synonyms: Mapping[str, str]) -> Folded:
    """`folded` with synonyms as one word and fillers dropped; what phrases are compared by."""
    replaced = _replaced(folded, _alternation(tuple(synonyms)), synonyms) if synonyms else folded
    kept = [True] * len(replaced.text)
    for match in _FILLERS.finditer(replaced.text):
        kept[match.start() : match.end()] = [False] * (match.end() - match.start())
    if not any(kept):
        return replaced
    return Folded(
        "".join(char for char, keep in zip(replaced.text, kept, strict=True) if keep),
        tuple(place for place, keep in zip(replaced.origin, kept, strict=True) if keep),
    )


def canonical(phrase: str, synonyms: Mapping[str, str]) -> str:
    """A phrase as `fold_phrase` would leave it."""
    return fold_phrase(fold_plain(phrase), synonyms).text


def _replaced(folded: Folded, words: re.Pattern[str], synonyms: Mapping[str, str]) -> Folded:
    text: list[str] = []
    origin: list[tuple[int, int]] = []
    end = 0
    for match in words.finditer(folded.text):
        text.append(folded.text[end : match.start()])
        origin += folded.origin[end : match.start()]
        new = synonyms[match.group()]
        text.append(new)
        origin += [folded.span(match.start(), match.end())] * len(new)
        end = match.end()
    text.append(folded.text[end:])
    return Folded("".join(text), (*origin, *folded.origin[end:]))


@lru_cache(maxsize=8)
def _alternation(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)))
