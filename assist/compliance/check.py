"""The compliance check: one text in, findings and a score out; API, page, command and the guard of drafts call it."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from assist.compliance.approved import offer_phrases, rows_of, script_phrases
from assist.compliance.model import Category, Finding, Report, Script, Speaker
from assist.compliance.offers import Offer, OfferBook
from assist.compliance.personal import find_numbers
from assist.compliance.phrases import PatternBook, PhraseBook, general_phrases
from assist.compliance.rules import Rules, shipped
from assist.compliance.score import score
from assist.compliance.steps import find_missing
from assist.compliance.transcript import read_script
from kb.model import OPERATOR, Kind, Passage, Principal
from kb.rows import OfferRow
from kb.store import Release


class Base(Protocol):
    """What the check needs of the knowledge base."""

    def passages(self, principal: Principal, kinds: Collection[Kind] = (), as_of: date | None = None) -> list[Passage]:
        """Passages of these kinds, in force on a day, or whatever their days."""
        ...

    def active(self) -> Release | None:
        """The release that answers."""
        ...


@dataclass(frozen=True, slots=True)
class _Books:
    """What a day and a release make of the rules: phrases, patterns and offers."""

    phrases: PhraseBook
    patterns: PatternBook
    offers: OfferBook


class Checker:
    """Checks texts against the general rules and the ingested scripts and offers; thread-safe.

    The rules of a day are read once a release. They come from every script and offer whoever may see it, since a
    promise is no less forbidden for being unknown to the one who makes it.
    """

    def __init__(self, base: Base, *, rules: Rules | None = None) -> None:
        self._base = base
        self._rules = rules or shipped()
        self._books: dict[tuple[int, date], _Books] = {}
        self._last: tuple[tuple[object, ...], _Books] | None = None
        self._lock = threading.Lock()

    @property
    def rules(self) -> Rules:
        """The general rules in use."""
        return self._rules

    def check(self, text: str, *, as_of: date, level: int = 0) -> Report:
        """What is wrong with a text or transcript on a day; `level` 0 is an agent's authority, 1 a duty manager's.

        Raises InputRefused for a text that is empty or too long.
        """
        return self.check_script(read_script(text), as_of=as_of, level=level)

    def check_script(self, script: Script, *, as_of: date, level: int = 0) -> Report:
        """As `check`, for turns that were read already."""
        books = self._books_of(as_of)
        found: list[Finding] = []
        for index, turn in enumerate(script.turns):
            if turn.speaker is not Speaker.CUSTOMER:
                found += books.phrases.find(script, turn, index)
                found += books.patterns.find(script, turn, index)
                found += find_numbers(script, turn, index)
        found += books.offers.find(script, as_of, level)
        missing = list(find_missing(script, self._rules, as_of))
        findings = (*merged(found), *missing, *(one for one in found if one.category is Category.MISSING))
        graded = score(findings, self._rules.weights, self._rules.grades)
        return Report(findings, graded, as_of, len(script.turns))

    def _books_of(self, day: date) -> _Books:
        release = self._base.active()
        key = (release.id if release else 0, day)
        with self._lock:
            if key not in self._books:
                if len(self._books) >= 64:
                    self._books.clear()
                self._books[key] = self._open(key[0], day)
            return self._books[key]

    def _open(self, release: int, day: date) -> _Books:
        """The books of a day; those of the day before serve when the same rules are in force."""
        general = tuple(rule for rule in self._rules.phrases if rule.holds(day))
        scripts = rows_of(self._base.passages(OPERATOR, {Kind.SCRIPT, Kind.FAQ}, day))
        everything = rows_of(self._base.passages(OPERATOR, {Kind.OFFER}))
        current = [(passage, row) for passage, row in everything if passage.validity.covers(day)]
        ids = (passage.id for passage, _ in (*scripts, *current))
        content = (release, tuple(rule.basis.rule for rule in general), tuple(ids))
        if self._last is not None and self._last[0] == content:
            return self._last[1]
        folds = self._rules.folds
        phrases = [
            *general_phrases(general),
            *script_phrases(scripts, general, folds),
            *offer_phrases(current),
        ]
        offers = [Offer.of(passage, row) for passage, row in everything if isinstance(row, OfferRow)]
        book = OfferBook(offers, self._rules.offers, self._rules.closing, self._rules.paraphrases)
        made = _Books(PhraseBook(phrases, folds), PatternBook(general, self._rules.keywords, folds), book)
        self._last = (content, made)
        return made


def merged(findings: Sequence[Finding]) -> list[Finding]:
    """Findings in the order of the text, one where several overlap: a red line first, then points, then length."""
    placed = [one for one in findings if one.category is not Category.MISSING]
    kept: list[Finding] = []
    for one in sorted(placed, key=lambda each: (-each.red_line, -each.points, each.start - each.end)):
        if all(one.end <= other.start or one.start >= other.end for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda each: each.start)
