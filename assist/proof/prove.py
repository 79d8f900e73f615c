"""Decides whether a written sentence is proved by the passages it cites; `write` asks before anything is shown.

A sentence is released when it cites passages that exist, its names stand there, every figure of it stands there about
the same subject and under the same condition, and the rest is supported and not contradicted. What cannot be proved is
not said: wrongly held back costs a quotation, wrongly released costs a customer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from assist.lexicon import lexicon
from assist.proof.figures import measured, read_figures, same, spell_out
from assist.proof.fits import (
    Said,
    characters,
    columns_named,
    covers,
    meets,
    of_the_column,
    read_said,
    rivals_of,
    row_words,
    same_per,
    says,
    says_same,
    table_rows,
)
from assist.proof.lists import lists
from assist.proof.names import names
from assist.proof.shown import Fact, Shown, telling
from assist.proof.support import Support, borne_out, met_by_form, support
from assist.sense import Sense
from assist.terms import TermIndex
from kb.text import normalise

Entails = Callable[[str, str], bool]
"""Whether a premise entails a sentence, as a configured model sees it."""


class Flaw(StrEnum):
    """Why a sentence is not released, each with a label in wording.yaml."""

    UNCITED = "uncited"
    NO_SUCH_CITATION = "no_such_citation"
    FIGURE = "figure"
    SUBJECT = "subject"
    CONDITION = "condition"
    NAME = "name"
    CONTENT = "content"
    CONTRADICTION = "contradiction"
    LANGUAGE = "language"
    ABOUT_ITSELF = "about_itself"
    REPEATED = "repeated"
    TOO_LONG = "too_long"
    FORBIDDEN = "forbidden"
    REWORDED = "reworded"


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence without its marks, and the numbers it cites (from 1)."""

    text: str
    citations: tuple[int, ...]


class Prover:
    """Proves sentences of one answer against its passages, for one question; not shared between questions."""

    def __init__(
        self,
        question: str,
        shown: Sequence[Shown],
        terms: TermIndex,
        *,
        sense: Sense | None = None,
        entails: Entails | None = None,
    ) -> None:
        self._shown = tuple(shown)
        self._terms = terms
        self._sense = sense
        self._entails = entails
        self._question = spell_out(question)
        self._question_words = telling(self._question)
        self._question_names = names(terms, self._question)
        self._subject: frozenset[str] = frozenset()

    def flaw(self, claim: Claim) -> Flaw | None:
        """Why the claim may not be said, None when it is proved. Names of proved claims are the subject of the next."""
        text = spell_out(claim.text)
        found = (
            _form(text)
            or self._cites(claim)
            or self._named(text, [self._shown[n - 1] for n in claim.citations])
            or self._misplaced(text)
            or self._figures(text, [self._shown[n - 1] for n in claim.citations])
            or self._against_a_table(text)
            or self._supported(text, [self._shown[n - 1] for n in claim.citations])
        )
        if found is None:
            self._subject = self._members(names(self._terms, text)) or self._subject
        return found

    def _cites(self, claim: Claim) -> Flaw | None:
        if not claim.citations:
            return Flaw.UNCITED
        return None if all(1 <= n <= len(self._shown) for n in claim.citations) else Flaw.NO_SUCH_CITATION

    # --- names ------------------------------------------------------------------------------------------------------

    def _named(self, text: str, cited: Sequence[Shown]) -> Flaw | None:
        """Every product must stand in what is cited, every Latin word too; a question's word proves nothing."""
        if self._terms.unknown_member(text):
            return Flaw.NAME
        for name in names(self._terms, text):
            if not any(self._knows(shown, name) for shown in cited):
                return Flaw.NAME
        known = " ".join(shown.whole for shown in cited)
        for latin in re.findall(r"[a-z][a-z0-9+.\-]*", text):
            if latin not in known and latin not in {"app", "gb", "mb", "g", "m", "kb", "ok"}:
                return Flaw.NAME
        for place in lexicon().place.findall(text):
            if place not in known and place not in self._question:
                return Flaw.NAME
        return None

    def _knows(self, shown: Shown, name: str) -> bool:
        if name in shown.names or name in shown.whole:
            return True
        if any(name == key + cell for row in shown.rows for key in row.keys for _, cell in row.cells[1:]):
            return True  # A区日包 stands in the table as A区 with 日包 beside it
        if measured(name):
            return all(each.text in shown.whole for each in read_figures(name)) and telling(name) <= shown.whole_words
        if self._terms.category(name) in lists().attribute_categories:
            return met_by_form(name, shown.whole) or all(part in shown.whole for part in telling(name))
        family = self._terms.family(name)
        return bool(family) and covers(shown.whole, family, name)

    def _members(self, names: Iterable[str]) -> frozenset[str]:
        return frozenset(name for name in names if self._terms.category(name) not in lists().attribute_categories)

    def _supported(self, text: str, cited: Sequence[Shown]) -> Flaw | None:
        said = folded(text)
        if any(said == folded(unit.text) for each in cited for unit in each.units if unit.row is None):
            return None
        found = support(text, cited, self._terms, self._sense)
        if found is Support.NONE:
            return Flaw.CONTENT
        if found is Support.CONTRADICTED:
            return Flaw.CONTRADICTION
        if self._entails is not None and not self._entails("\n".join(each.passage.text for each in cited), text):
            return Flaw.CONTENT
        return None

    # --- figures ----------------------------------------------------------------------------------------------------

    def _figures(self, text: str, cited: Sequence[Shown]) -> Flaw | None:
        worst: Flaw | None = None
        for said in read_said(text, self._terms):
            flaw = self._figure(said, text, cited)
            if flaw is Flaw.FIGURE:
                return flaw
            worst = worst or flaw
        return worst

    def _figure(self, said: Said, text: str, cited: Sequence[Shown]) -> Flaw | None:
        flaws: list[Flaw] = []
        for shown in cited:
            if said.figure.kind == "ordinal" and said.figure.text in shown.whole:
                return None
            for fact in shown.facts:
                if same(said.figure, fact.figure) and same_per(said, fact):
                    flaw = self._fits(said, text, fact, shown)
                    if flaw is None:
                        return None
                    flaws.append(flaw)
        return flaws[0] if flaws else Flaw.FIGURE

    def _fits(self, said: Said, text: str, fact: Fact, shown: Shown) -> Flaw | None:
        """Whether a figure is said of what the passage says it of."""
        if not self._of_the_row(said, text, fact, shown) or said.former != fact.former:
            return Flaw.SUBJECT
        if not of_the_column(said, fact, shown) or not self._of_the_matter(said, fact, shown):
            return Flaw.SUBJECT
        if not borne_out(said.clause, f"{shown.around} {shown.units[fact.unit].text}", self._terms):
            return Flaw.SUBJECT
        if table_rows(fact, shown) < 2 and not self._of_the_name(said, fact, shown):
            return Flaw.SUBJECT
        rivals = [each for each in shown.facts if rivals_of(fact, each, shown)]
        if any(self._mistaken(said, text, fact, other, row_words(fact, other, shown)) for other in rivals):
            return Flaw.SUBJECT
        said_all = f"{text} {self._question}"
        own = self._without_covered(fact.own, said_all)
        unsaid = any(shows.search(own) and not told.search(said_all) for shows, told in lists().conditions)
        added = any(
            lists().bound.search(match[0]) and not told.search(f"{fact.column} {fact.own}")
            for shows, told in lists().conditions
            for match in shows.finditer(said.near)
        )
        return Flaw.CONDITION if unsaid or added else None

    def _without_covered(self, own: str, said: str) -> str:
        """`own` without a range (129及以上) that a product named in `said` falls into: that needs no saying."""
        for name in names(self._terms, said):
            if self._terms.family(name) and covers(own, self._terms.family(name), name):
                return re.sub(r"\d{2,4}(?:元)?及以上", "", own)
        return own

    def _of_the_row(self, said: Said, text: str, fact: Fact, shown: Shown) -> bool:
        """A figure of a table belongs to its row: the row must be the one spoken of, or all rows say the same."""
        place = shown.units[fact.unit].row
        if place is None:
            return True
        row = shown.rows[place]
        others = [at for at, each in enumerate(shown.rows) if each.table == row.table]
        if len(others) == 1:
            return True
        for spoken in (said.clause, said.before, text, self._question, " ".join(self._subject)):
            named = {at for at in others if self._says_row(spoken, shown, at, others)}
            if named:
                return place in named and all(says_same(shown, fact, at) for at in named)
        return all(says_same(shown, fact, at) for at in others)

    def _misplaced(self, text: str) -> Flaw | None:
        """What a table puts in one row must not be said of another: 日本 stands with A区, so nothing of it is B区."""
        for shown in self._shown:
            for table in {row.table for row in shown.rows}:
                rows = [at for at, row in enumerate(shown.rows) if row.table == table]
                asked = self._rows_by_token(self._question, shown, rows)
                for clause in re.split(r"[,;。]", text):
                    keyed = {at for at in rows if any(says(clause, key) for key in shown.rows[at].keys)}
                    held = self._rows_by_token(clause, shown, rows) or (asked if len(keyed) == 1 else set())
                    if keyed and held and not keyed & held:
                        return Flaw.SUBJECT
        return None

    def _against_a_table(self, text: str) -> Flaw | None:
        """A clause that names row and column of any table given must not say another figure than that cell."""
        for said in read_said(text, self._terms):
            for shown in self._shown:
                for at, row in enumerate(shown.rows):
                    named = columns_named(said.clause, row)
                    if not named or not self._says_row(said.clause, shown, at, range(len(shown.rows))):
                        continue
                    cell = [f for f in shown.facts if shown.units[f.unit].row == at and f.column in named]
                    alike = [f for f in cell if f.figure.measure == said.figure.measure]
                    if alike and not any(same(said.figure, f.figure) for f in alike):
                        return Flaw.SUBJECT
        return None

    def _rows_by_token(self, text: str, shown: Shown, rows: Sequence[int]) -> set[int]:
        """Rows named by something that stands in their cells alone; none where a key is named too."""
        if len(rows) < 2:
            return set()
        counts = Counter(token for at in rows for token in shown.rows[at].tokens)
        return {at for at in rows if any(counts[t] == 1 and says(text, t) for t in shown.rows[at].tokens)}

    def _says_row(self, text: str, shown: Shown, at: int, others: Sequence[int]) -> bool:
        row = shown.rows[at]
        said = names(self._terms, text)
        if any(key in said or says(text, key) for key in row.keys):
            return True
        elsewhere = {token for other in others if other != at for token in shown.rows[other].tokens}
        return any(says(text, token) for token in row.tokens - elsewhere)

    def _of_the_name(self, said: Said, fact: Fact, shown: Shown) -> bool:
        """The product of the clause, else of the sentence before it, of the answer so far or of the question."""
        spoken = (
            self._members(names(self._terms, said.clause))
            or self._members(names(self._terms, said.before))
            or self._subject
            or self._members(self._question_names)
        )
        held = self._members(fact.names) or self._members(shown.around_names)
        for name in spoken:
            family = self._terms.family(name)
            category = self._terms.category(name)
            if name in held or name in fact.own:
                continue
            kin = {each for each in held if family and self._terms.family(each) == family}
            if family and covers(shown.units[fact.unit].text, family, name):
                continue
            if kin:
                return False
            rivals = {each for each in held if self._terms.category(each) == category}
            if rivals and name not in shown.names and not (rivals & spoken):
                return False
        return True

    def _of_the_matter(self, said: Said, fact: Fact, shown: Shown) -> bool:
        """Services and fees named beside the figure stand in its statement or heading, or the title is of them."""
        title = names(self._terms, spell_out(shown.passage.title))
        around = shown.around.removeprefix(spell_out(shown.passage.title))
        text = f"{shown.units[fact.unit].text} {fact.own} {around}"
        for name in names(self._terms, said.clause):
            category = self._terms.category(name)
            if category not in lists().attribute_categories or category in lexicon().not_subject:
                continue
            alone = sum(self._terms.category(each) == category for each in title) <= 1
            stands = name in names(self._terms, text) or met_by_form(name, text) or telling(name) <= telling(text)
            if not stands and not (alone and name in title):
                return False
        return True

    def _nearer(self, said: Said, fact: Fact, other: Fact) -> bool:
        """True when the characters around the figure said are rather those around the other figure."""
        own = characters(said.near)
        mine, theirs = characters(fact.near), characters(other.near)
        for_it = (own | characters(self._question)) & (mine - theirs)
        return len(own & (theirs - mine)) > len(for_it)

    def _mistaken(self, said: Said, text: str, fact: Fact, other: Fact, row: frozenset[str]) -> bool:
        """True when the sentence speaks of another figure of the kind rather than of this one."""
        if not row and self._nearer(said, fact, other):
            return True
        mine, theirs = fact.words - other.words, other.words - (row or fact.words)
        own = telling(said.clause) | names(self._terms, said.clause)
        everything = telling(text) | names(self._terms, text)
        asked = self._question_words | self._question_names
        if mine and not row and not meets(mine, everything | asked):
            return True
        against = theirs & own
        if not row and not (theirs & everything) and not (mine & (everything | asked)):
            against = theirs & asked
        return len(against) > len(mine & (own | (everything if not own & mine else own)))


def _form(text: str) -> Flaw | None:
    """Chinese words are asked for: not another language, not characters gone wrong, not talk about itself."""
    han = sum("一" <= char <= "鿿" for char in text)
    letters = sum(char.isalpha() for char in text)
    if "\ufffd" in text or han < 2 or han < 0.5 * letters:
        return Flaw.LANGUAGE
    return Flaw.ABOUT_ITSELF if lists().about_itself.search(text) else None


def folded(text: str) -> str:
    """`text` as sentences are compared for repetition."""
    return "".join(char for char in normalise(text) if char.isalnum())
