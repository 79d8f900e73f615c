"""Finds the trade's own names (products, services, grades, places) in text; `followup` and `decide` use it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kb.model import Term
from kb.text import normalise

_NUMBERED = re.compile(r"^([^\d\s]{2,6})(\d{2,4})$")
_BARE_NUMBER = re.compile(
    r"(?<![\d.a-z])(\d{2,4})(?:元|块|块钱)?(?=的?套餐|的那|那个|那档|档|的?呢|的$|$)|套餐(\d{2,4})(?![\d.])"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A standard name said at characters `start` to `end` of the normalised text."""

    start: int
    end: int
    standard: str
    category: str


class TermIndex:
    """The names of a knowledge base, standard and spoken, ready for matching; built once a release."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._standards: dict[str, tuple[str, str]] = {}
        families: dict[str, list[str]] = defaultdict(list)
        for term in terms:
            standard = normalise(term.standard)
            for alias in (term.standard, *term.synonyms):
                folded = normalise(alias)
                if len(folded) >= 2 and not folded.isdigit():
                    self._standards.setdefault(folded, (standard, term.category))
        for standard, category in set(self._standards.values()):
            if numbered := _NUMBERED.match(standard):
                families[numbered[1]].append(numbered[2])
                self._standards.setdefault(standard, (standard, category))
        self._families = {stem: frozenset(numbers) for stem, numbers in families.items() if len(numbers) > 1}
        ordered = sorted(self._standards, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """Names in `text`, longest first match, none overlapping, in order; a tariff called by its number counts.

        Positions are those of `normalise(text)`.
        """
        folded = normalise(text)
        found = [Mention(m.start(), m.end(), *self._standards[m[0]]) for m in self._exact(folded)]
        for match in _BARE_NUMBER.finditer(folded):
            number = match[1] or match[2]
            stem = next((stem for stem, numbers in self._families.items() if number in numbers), None)
            if stem and all(match.end() <= m.start or match.start() >= m.end for m in found):
                standard = stem + number
                found.append(Mention(match.start(), match.end(), standard, self._standards[standard][1]))
        return tuple(sorted(found, key=lambda mention: mention.start))

    def standards(self, text: str) -> frozenset[str]:
        """Standard names mentioned in `text`."""
        return frozenset(mention.standard for mention in self.mentions(text))

    def family(self, standard: str) -> str:
        """Stem of a numbered family the name belongs to (畅行199 -> 畅行); the empty text for a name on its own."""
        numbered = _NUMBERED.match(standard)
        return numbered[1] if numbered and numbered[1] in self._families else ""

    def category(self, standard: str) -> str:
        """Category of a standard name; the empty text when unknown."""
        known = self._standards.get(standard)
        return known[1] if known else ""

    def unknown_member(self, text: str) -> str:
        """A name that looks like a member of a family but is none (畅行399, 79块的畅行); empty when there is none."""
        folded = normalise(text)
        for stem, numbers in self._families.items():
            name = re.escape(stem)
            after, before = name + r"(?:系列)?(\d{2,4})(?![\d.])", r"(?<![\d.])(\d{2,4})(?:元|块钱?)的?" + name
            for match in (*re.finditer(after, folded), *re.finditer(before, folded)):
                if match[1] not in numbers:
                    return stem + match[1]
        return ""

    def _exact(self, folded: str) -> Sequence[re.Match[str]]:
        return [] if self._pattern is None else [m for m in self._pattern.finditer(folded) if _whole(folded, m)]


def _whole(text: str, match: re.Match[str]) -> bool:
    """False when a figure or Latin name goes on beyond the match (畅行19 in 畅行199)."""
    first, last = match[0][0], match[0][-1]
    before = text[match.start() - 1 : match.start()]
    after = text[match.end() : match.end() + 1]
    joined_before = first.isascii() and first.isalnum() and before.isascii() and before.isalnum()
    joined_after = last.isascii() and last.isalnum() and after.isascii() and after.isalnum()
    return not (before and joined_before) and not (after and joined_after)
