"""Reads what tells one product from others of its kind (白金 of 白金卡, 2000M of 2000M的宽带); `evidence` uses it.

A base that knows 金卡 does not know 白金卡, however alike the two look to an index.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assist.lexicon import lexicon
from assist.terms import TermIndex

_LINK = re.compile(r"\s*(?:专属|专用|通用)?(?:的|钱|那|这)?\s*(?:1?个|1)?$")
_FIGURE = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)(gb?|mb?|兆|元|块|人|天|日)?$")
_UNITS = {
    "g": "gb?",
    "gb": "gb?",
    "m": "m|mb|兆",
    "mb": "m|mb|兆",
    "兆": "m|mb|兆",
    "块": "元|块",
    "元": "元|块",
    "天": "天|日",
}
_LONGEST = 4


@dataclass(frozen=True, slots=True)
class Variety:
    """A modifier right before a kind of product: its words, or its figure with the unit."""

    modifier: str
    kind: str
    figure: str = ""
    unit: str = ""

    def known_to(self, text: str) -> bool:
        """True when a normalised text speaks of this variety, by its word or by its figure with the unit."""
        if self.figure:
            unit = _UNITS.get(self.unit, re.escape(self.unit))
            return re.search(rf"(?<![\d.]){re.escape(self.figure)}(?![\d.])\s*(?:{unit})", text) is not None
        return self.modifier + self.kind in text or (len(self.modifier) > 1 and self.modifier in text)


def varieties(text: str, terms: TermIndex) -> tuple[Variety, ...]:
    """Varieties that a normalised question names, in order; names of the terms table are whole and need no proof.

    What stands before such a name does (平板 of 平板副号), but not what is a name itself.
    """
    named = [(mention.start, mention.end) for mention in terms.mentions(text)]
    kinds = [match.span() for match in lexicon().kind_of_product.finditer(text)]
    whole = [span for span in named if any(span[0] <= start and end == span[1] for start, end in kinds)]
    bare = [span for span in kinds if not any(start < span[1] and span[0] < end for start, end in named)]
    found = []
    for start, end in sorted([*whole, *bare]):
        before = text[max((stop for _, stop in named if stop <= start), default=0) : start]
        variety = _before(before, text[start:end])
        if variety is not None:
            found.append(variety)
    return tuple(dict.fromkeys(found))


def _before(text: str, kind: str) -> Variety | None:
    """The modifier at the end of `text`, None when a word that opens no name stands there."""
    text = text[: _end_of_modifier(text)]
    figure = _FIGURE.search(text)
    if figure is not None:
        return Variety(figure[0], kind, figure[1], figure[2] or "")
    start = len(text)
    while start > 0 and len(text) - start < _LONGEST and _opens(text[start - 1]):
        start -= 1
    return Variety(text[start:], kind) if text[start:] else None


def _end_of_modifier(text: str) -> int:
    link = _LINK.search(text)
    return link.start() if link else len(text)


def _opens(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff" and char not in lexicon().no_modifier
