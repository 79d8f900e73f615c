"""Whether a text can be the answer to an item, kind by kind; the checker of quizzes asks."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from assist.quiz.model import BLANK, GAP, Item, ItemKind
from evals.quizcheck.reading import Base, Read, folded, within

LEAD = re.compile(r"^按《[^》]*》(?:“[^”]*”)?，")
"""Where an item says it comes from."""


class Claim(ABC):
    """Whether a text can be the answer to one item: `holds` by its own proof, `could_hold` by anything in force."""

    def __init__(self, item: Item, read: Read, base: Base) -> None:
        self._item, self._read, self._base = item, read, base
        self._quote = folded(item.evidence[0].quote)
        self._stem = folded(item.stem)

    def holds(self, text: str) -> bool:
        """True when the cited passage makes `text` the answer."""
        return self._by_quote(text, self._quote)

    def could_hold(self, text: str) -> bool:
        """True when the cited passage, or any other in force, makes `text` an answer."""
        if self._by_quote(text, self._quote):
            return True
        mark = next((each for each in (BLANK, GAP) if each in self._item.stem), None)
        if mark is not None:
            line = folded(self._item.stem.split("\n")[-1].replace(mark, text))
            return len(line) > 8 and self._base.says(line)
        return len(text) > 14 and self._is_claim() and self._base.says(folded(text))

    def _is_claim(self) -> bool:
        """True where options are whole statements of fact, wrong wherever they stand.

        Not so for cells of a table, wordings of a script and members of a list: they are right in another place.
        """
        if (self._read.passage.row or {}).get("type") in ("script", "offer") or "该条列出的" in self._item.stem:
            return False
        return not isinstance(self, _Cell)

    @abstractmethod
    def _by_quote(self, text: str, quote: str) -> bool:
        """True when `quote`, folded, makes `text` the answer."""


class _Completed(Claim):
    """A sentence with a hole: completed, it stands in the quote."""

    def _by_quote(self, text: str, quote: str) -> bool:
        mark = BLANK if BLANK in self._item.stem else GAP
        line = self._item.stem.split("\n")[-1].replace(mark, text)
        return within(folded(line), quote) or self._cell_line(line)

    def _cell_line(self, line: str) -> bool:
        told = folded(line)
        return any(
            f"{name}的{column}为{value}" == _without_class(told, name) for name, column, value in self._read.cells
        )


class _Cell(Claim):
    """A table: the option is the cell of the row and column that the stem names, or the row that has the cell named."""

    def _by_quote(self, text: str, quote: str) -> bool:  # noqa: ARG002
        option = folded(text)
        stem = folded(LEAD.sub("", self._item.stem))
        for name, column, value in self._read.cells:
            if column not in stem:
                continue
            if name in stem and _longest(name, self._read, stem) and option == value:
                if _longest_column(column, self._read, stem):
                    return True
            elif option == name and value in stem and name not in stem and _named(value, self._item.stem):
                return True
        return False


class _Statement(Claim):
    """Options that are statements, or a stem that is one: each stands in the quote, or is a cell of the table."""

    def _by_quote(self, text: str, quote: str) -> bool:
        if self._item.kind is ItemKind.TRUE_FALSE:
            _, _, said = self._item.stem.partition("，")
            true = self._true(said, quote)
            return true if text == "正确" else not true
        return self._true(text, quote)

    def _true(self, said: str, quote: str) -> bool:
        told = folded(said)
        if within(told, quote):
            return True
        return any(
            f"{name}的{column}为{value}" == _without_class(told, name) for name, column, value in self._read.cells
        )


class _Points(Claim):
    """A short answer: each point stands in the quote."""

    def _by_quote(self, text: str, quote: str) -> bool:
        return within(folded(text), quote)


class _Sequence(Claim):
    """Steps: they stand in the quoted passage one after another."""

    def _by_quote(self, text: str, quote: str) -> bool:
        at = 0
        for step in text.split("\x1f"):
            found = quote.find(folded(step), at)
            if found < 0:
                return False
            at = found + len(folded(step))
        return True


class _Row(Claim):
    """A typed row: the stem names it (its question, its trigger, its name), and the option stands in its quote."""

    def _by_quote(self, text: str, quote: str) -> bool:
        row = self._read.passage.row or {}
        names = [row.get(key) for key in ("question", "name", "subscenario", "scenario")]
        names += [*row.get("similar", ()), *row.get("triggers", ())]
        return any(name and folded(str(name)) in self._stem for name in names) and within(folded(text), quote)


def claim_of(item: Item, read: Read, base: Base) -> Claim:
    """The way in which an item's answers are tried, by its kind and what its stem looks like."""
    if item.kind is ItemKind.ORDER:
        return _Sequence(item, read, base)
    if item.kind is ItemKind.SHORT:
        return _Points(item, read, base)
    if item.kind in (ItemKind.TRUE_FALSE, ItemKind.MULTIPLE):
        return _Statement(item, read, base)
    if BLANK in item.stem or GAP in item.stem:
        return _Completed(item, read, base)
    if (read.passage.row or {}).get("type") in ("faq", "script", "offer"):
        return _Row(item, read, base)
    return _Cell(item, read, base)


def _without_class(told: str, name: str) -> str:
    """A statement without 这一… between the row's name and the column, which only says what sort of row it is."""
    return re.sub(rf"^{re.escape(name)}这一(?:级别|等级|层级|区域|阶段|情形)的", f"{name}的", told)


def _longest(name: str, read: Read, stem: str) -> bool:
    """True when no other row's longer name, which holds this one, is the one in the stem."""
    return not any(name != other and name in other and other in stem for other, _, _ in read.cells)


def _longest_column(column: str, read: Read, stem: str) -> bool:
    return not any(column != other and column in other and other in stem for _, other, _ in read.cells)


def _named(value: str, stem: str) -> bool:
    """True when the stem quotes exactly this value."""
    return any(folded(quoted) == value for quoted in re.findall(r"“([^”]*)”", stem))
