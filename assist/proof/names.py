"""Names of the trade as a proof reads them: a sum of money is no product, though people call tariffs by their price."""

from __future__ import annotations

import re

from assist.terms import Mention, TermIndex

_SUM = re.compile(r"\d+(?:元|块|块钱)?")
_CALLED = re.compile(r"\s*(?:的?(?:那个)?套餐|的?那档|档)")


def mentions(terms: TermIndex, text: str) -> tuple[Mention, ...]:
    """Names in a normalised text; a bare number or sum is one only when 套餐 or 档 follows it."""
    return tuple(
        each
        for each in terms.mentions(text)
        if not _SUM.fullmatch(text[each.start : each.end]) or _CALLED.match(text[each.end :])
    )


def names(terms: TermIndex, text: str) -> frozenset[str]:
    """Standard names in a normalised text."""
    return frozenset(each.standard for each in mentions(terms, text))
