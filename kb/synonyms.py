"""Widens a question by the terms table: what people say for a standard word of the trade; `kb.retrieve` calls it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kb.model import Term
from kb.text import normalise, words

_WEIGHT = 0.5
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Widened:
    """A question seen through the terms: `standard` has its synonyms replaced, `expansions` are words by weight."""

    standard: str
    expansions: Mapping[str, float] = field(default_factory=dict)
    terms: tuple[Term, ...] = ()


class Synonyms:
    """The terms of the trade, ready to be looked for in questions; one pass over the question, however many terms."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._terms: dict[str, list[Term]] = {}
        for term in terms:
            for form in (term.standard, *term.synonyms):
                known = self._terms.setdefault(normalise(form).strip(), [])
                if term not in known:
                    known.append(term)
        forms = sorted((form for form in self._terms if len(form) >= _SHORTEST), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, forms))) if forms else None

    def widen(self, question: str) -> Widened:
        """`question` (normalised) with synonyms replaced by standard words, and the words of all other forms found."""
        if self._pattern is None:
            return Widened(question)
        found: dict[Term, str] = {}
        for match in self._pattern.finditer(question):
            for term in self._terms[match[0]]:
                found.setdefault(term, match[0])
        own = set(words(question))
        expansions = {
            word: _WEIGHT
            for term, said in found.items()
            for form in (term.standard, *term.synonyms)
            if normalise(form).strip() != said
            for word in words(form)
            if word not in own
        }
        return Widened(self._pattern.sub(self._replace, question), expansions, tuple(found))

    def _replace(self, match: re.Match[str]) -> str:
        """A synonym of exactly one term gives way to its standard word; standard words and doubtful ones stay."""
        terms = self._terms[match[0]]
        standard = normalise(terms[0].standard).strip()
        return standard if len(terms) == 1 and standard != match[0] else match[0]
