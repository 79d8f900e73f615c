"""Reads what tells one product from others of its kind (白金 of 白金卡, 2000M of 2000M的宽带); `evidence` uses it.

A base that knows 金卡 does not know 白金卡, however alike the two look to an index.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assist.lexicon import lexicon
from assist.terms import TermIndex
from kb.text import is_word, tagged

_LINK = re.compile(r"\s*(?:专属|专用|专享|通用)?钱?(?:的|那|这)?(?:[那这]?[种款]|1?个|1)?$")
_FIGURE = re.compile(r"(?<![\d.])(?:(\d+(?:\.\d+)?)(gb?|mb?|兆|元|块|人|天|日)?|(半)(天|日))$")
_WITHOUT = re.compile(r"(?:不带|不含|不包)([\u4e00-\u9fff]{2,3})$")
_SIZE = re.compile(r"(?<=[\u4e00-\u9fff])[小大]$")
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
_PRICES = ("元", "块")
_LONGEST = 4
_QUOTED = re.compile(r"[“\"「『《]([\u4e00-\u9fffa-z\d]{2,8})[”\"」』》]")
_SEEN = 12
"""How many characters before a kind of product are cut into words."""

_TELLING = frozenset("nabjltzi")
_HAN = re.compile(r"[\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Variety:
    """A modifier right before a kind of product: its words, or its figure with the unit; none where the kind tells.

    A name in quotation marks is a kind that tells. `without`: the one that lacks what the modifier names.
    """

    modifier: str
    kind: str
    figure: str = ""
    unit: str = ""
    without: bool = False

    def known_to(self, text: str) -> bool:
        """True when a normalised text speaks of this variety, by its word or by its figure with the unit."""
        if not self.modifier:
            return self.kind in text
        if self.without:
            return re.search(rf"(?:不|没|无)[^。；;\n]{{0,6}}{re.escape(self.modifier)}", text) is not None
        if self.figure:
            unit = _UNITS.get(self.unit, re.escape(self.unit))
            # A plan is called by its price without the unit (畅行59).
            unit = f"(?:{unit})?" if self.unit in _PRICES else f"(?:{unit})"
            return re.search(rf"(?<![\d.]){re.escape(self.figure)}(?![\d.])\s*{unit}", text) is not None
        stem = self.modifier.removesuffix("节") if len(self.modifier) > 2 else self.modifier
        return self.modifier + self.kind in text or (len(stem) > 1 and stem in text)


def varieties(text: str, terms: TermIndex) -> tuple[Variety, ...]:
    """Varieties that a normalised question names, in order; names of the terms table are whole and need no proof.

    What stands before such a name does (平板 of 平板副号), but not what is a name itself.
    """
    mentions = terms.mentions(text)
    named = [(mention.start, mention.end) for mention in mentions]
    things = [(one.start, one.end) for one in mentions if one.category not in lexicon().not_subject]
    kinds = [match.span() for match in lexicon().kind_of_product.finditer(text)]
    whole = [span for span in things if any(span[0] <= start and end == span[1] for start, end in kinds)]
    bare = [
        span
        for span in kinds
        if not any(start < span[1] and span[0] < end for start, end in named) and _is_kind(text, span)
    ]
    found = [Variety("", match[1]) for match in _QUOTED.finditer(text)]
    for start, end in sorted([*whole, *bare]):
        before = text[max((stop for _, stop in named if stop <= start), default=0) : start]
        variety = _before(before, text[start:end])
        if variety is not None:
            found.append(variety)
        if text[start:end] in lexicon().telling_kinds:
            found.append(Variety("", text[start:end]))
    return tuple(dict.fromkeys(found))


def _is_kind(text: str, span: tuple[int, int]) -> bool:
    """False where the kind is a piece of an ordinary word: its end (红包), or more goes on (档案)."""
    at = 0
    for word, _ in tagged(text):
        at = text.find(word, at)
        if at <= span[0] < at + len(word):
            goes_on = span[1] < at + len(word) and is_word(word)
            return not goes_on and word not in lexicon().not_a_kind
        at += len(word)
    return True


def _before(text: str, kind: str) -> Variety | None:
    """The modifier at the end of `text`, None when a word that opens no name stands there."""
    text = text[: _end_of_modifier(text)]
    figure = _FIGURE.search(text)
    if figure is not None:
        return Variety(figure[0], kind, figure[1] or figure[3], figure[2] or figure[4] or "")
    lacking = _WITHOUT.search(text)
    if lacking is not None:
        return Variety(lacking[1], kind, without=True)
    modifier = ""
    for word, tag in reversed(tagged(text[-_SEEN:])):
        if not _names(word, tag, kind) or len(word) + len(modifier) > _LONGEST:
            break
        modifier = word + modifier
        if len(modifier) > 1:
            break
    return Variety(modifier, kind) if modifier else None


def _end_of_modifier(text: str) -> int:
    link = _LINK.search(_SIZE.sub("", text))
    return link.start() if link else len(text)


def _names(word: str, tag: str, kind: str) -> bool:
    """True for a word that tells one product from another: no figure, no relative, a verb only of a short kind.

    Nor what cutting only supposes to be a word around a little word (刚办, 我妈用).
    """
    known = lexicon()
    if word in known.plain or word in known.idle or known.place.fullmatch(word) or not _HAN.fullmatch(word):
        return False
    supposed = [char in known.no_modifier for char in word]
    if all(supposed) or (any(supposed) and not is_word(word)):
        return False
    if tag.startswith("v") and tag != "vn":
        return len(word) > 1 and len(kind) == 1
    return tag[:1] in _TELLING or tag == "vn"
