"""Reads a passage into statements: sentences, list items and table rows, each figure with the words around it.

A figure means nothing by itself: 199元 is the fee of one plan only. So every figure keeps what it is said of: the row
and column of a table, the clause and sentence of prose, the names there and those of the heading.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assist.proof.figures import Figure, read_figures, spell_out
from assist.proof.names import mentions, names
from assist.terms import TermIndex
from kb.model import Passage
from kb.text import stop_words, words

_LINE = re.compile(r"\n+")
_SENTENCE = re.compile(r"[^。;!?]*[。;!?]?")
_CLAUSE = re.compile(r"[,，]")
_LEAD = re.compile(r":\s*$")
_ASKED = re.compile(r"^\s*(?:问|场景)\s*:")
_SAID = re.compile(r"^\s*(?:答)\s*:\s*")
_LISTED = re.compile(r"^\s*([^:;,。]{2,14}):(?!\d)(.+)$")
_VERSION = re.compile(r"((?:19|20)\d{2})版")
_PARTS = re.compile(r"[、,，()（）/;]|以及|或者|和|或|与|及(?!以)")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: which table, the ways its key can be said, and its cells by column (key column included)."""

    table: int
    keys: tuple[str, ...]
    tokens: frozenset[str]
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence or a row: its text, words and names; `clauses` are its parts between commas or cells."""

    text: str
    words: frozenset[str]
    names: frozenset[str]
    clauses: tuple[str, ...]
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure and what it is said of: the own clause, all words of the statement up to it, and names.

    `former` is true for what something is changed from; `near` are the characters right around it.
    """

    figure: Figure
    own: str
    words: frozenset[str]
    names: frozenset[str]
    unit: int
    column: str = ""
    former: bool = False
    near: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage ready for proof; `whole` is all that may be cited of it, `around` its title, headings and question."""

    passage: Passage
    body: str
    around: str
    whole: str
    whole_words: frozenset[str]
    names: frozenset[str]
    around_names: frozenset[str]
    units: tuple[Unit, ...]
    rows: tuple[Row, ...]
    facts: tuple[Fact, ...]


def telling(text: str) -> frozenset[str]:
    """What can tell statements apart in a normalised text: words of two characters or more, and days; no numbers."""
    stop = stop_words()
    told = {word for word in words(text) if len(word) > 1 and word not in stop and not word[0].isdigit()}
    days = {f"day:{figure.value}" for figure in read_figures(text) if figure.kind == "day"} if "年" in text else set()
    return frozenset(told | days | {f"day:{version}//" for version in _VERSION.findall(text)})


def near(clause: str, figure: Figure, others: Sequence[Figure]) -> str:
    """The characters right around a figure, up to its neighbours of the same measure: 14 before and 6 after it."""
    alike = [each for each in others if each.measure == figure.measure]
    start = max((each.end for each in alike if each.end <= figure.start), default=0)
    end = min((each.start for each in alike if each.start >= figure.end), default=len(clause))
    return clause[max(start, figure.start - 14) : figure.start] + " " + clause[figure.end : min(end, figure.end + 6)]


def read_shown(passage: Passage, terms: TermIndex, text: str | None = None) -> Shown:
    """The statements of a passage; `text` in place of its own when parts of it must not be used."""
    reader = _Reader(passage, terms)
    reader.read(spell_out(passage.text if text is None else text))
    return reader.shown()


class _Reader:
    """Gathers units, rows and facts of one passage."""

    def __init__(self, passage: Passage, terms: TermIndex) -> None:
        self._passage = passage
        self._terms = terms
        self._units: list[Unit] = []
        self._rows: list[Row] = []
        self._facts: list[Fact] = []
        self._tables: dict[tuple[str, ...], int] = {}
        self._body = ""
        self._asked: list[str] = []

    def read(self, text: str) -> None:
        """Takes in the whole normalised text."""
        self._body = text
        lines = [line.strip() for line in _LINE.split(text) if line.strip()]
        listed = sum(1 for line in lines if _LISTED.match(line) and not _cells(line) and not _ASKED.match(line)) >= 3
        lead = ""
        for line in lines:
            if _ASKED.match(line):
                self._asked.append(line)
                continue
            line = _SAID.sub("", line)
            cells = _cells(line) or (_listed(line) if listed else ())
            if cells:
                self._row(cells, line)
                continue
            self._prose(line, lead)
            lead = line if _LEAD.search(line) else lead if re.match(r"\s*[(（]", line) else ""

    def shown(self) -> Shown:
        """What was read."""
        passage = self._passage
        around = spell_out("\n".join((passage.title, *passage.heading, *self._asked)))
        whole = around + "\n" + self._body
        return Shown(
            passage=passage,
            body=self._body,
            around=around,
            whole=whole,
            whole_words=frozenset(words(whole)),
            names=names(self._terms, whole),
            around_names=names(self._terms, around),
            units=tuple(self._units),
            rows=tuple(self._rows),
            facts=tuple(self._facts),
        )

    def _row(self, cells: Sequence[tuple[str, str]], line: str) -> None:
        columns = tuple(column for column, _ in cells)
        table = self._tables.setdefault(columns, len(self._tables))
        key = cells[0][1]
        parts = [part.strip() for part in _PARTS.split(key)]
        keys = tuple(dict.fromkeys((*names(self._terms, key), key, *(part for part in parts if len(part) > 1))))
        tokens = frozenset(
            part.strip() for _, value in cells[1:] for part in _PARTS.split(value) if _is_name(part.strip())
        )
        place, unit = len(self._rows), len(self._units)
        self._rows.append(Row(table, keys, tokens, tuple(cells)))
        clauses = tuple(f"{column} {value}" for column, value in cells)
        self._units.append(Unit(line, telling(line), self._names(line), clauses, place))
        for column, value in cells:
            for clause in _CLAUSE.split(value):
                context = telling(f"{key} {column} {clause}")
                self._take(f"{column} {clause}", context, self._names(f"{key} {clause}"), unit, column)

    def _prose(self, line: str, lead: str) -> None:
        for sentence in _SENTENCE.findall(line):
            if not sentence.strip():
                continue
            clauses = tuple(clause for clause in _CLAUSE.split(sentence) if clause.strip())
            unit = len(self._units)
            named = self._names(f"{lead} {sentence}")
            self._units.append(Unit(sentence, telling(f"{lead} {sentence}"), named, clauses))
            before = lead
            for clause in clauses:
                before = f"{before} {clause}"
                self._take(clause, telling(before), self._names(before), unit, "")

    def _take(self, own: str, context: frozenset[str], named: frozenset[str], unit: int, column: str) -> None:
        spans = [(mention.start, mention.end) for mention in mentions(self._terms, own)]
        figures = read_figures(own, spans)
        self._facts.extend(
            Fact(figure, own, context | named, named, unit, column, former(own, figure), near(own, figure, figures))
            for figure in figures
        )

    def _names(self, text: str) -> frozenset[str]:
        return names(self._terms, text)


def former(clause: str, figure: Figure) -> bool:
    """True for a figure that something is changed from: 由28元调整为25元, 原价60元."""
    return re.search(r"(?:由|从|原|原价|原来|原为|原先)(?:的|为|是)?\s*$", clause[: figure.start]) is not None


def _cells(line: str) -> tuple[tuple[str, str], ...]:
    """The cells of a table row written 列:值;列:值, empty for any other line."""
    parts = [part.partition(":") for part in line.rstrip("。;").split(";")]
    if len(parts) < 2 or not all(mark and column.strip() and len(column) <= 24 for column, mark, _ in parts):
        return ()
    if any(re.search(r"\d$", column) for column, _, _ in parts):
        return ()
    return tuple((column.strip(), value.strip()) for column, _, value in parts)


def _listed(line: str) -> tuple[tuple[str, str], ...]:
    """A line of a list written 名称:内容 as a row of one cell beside its key."""
    match = _LISTED.match(line)
    return () if match is None else (("", match[1].strip()), ("", match[2].strip()))


def _is_name(part: str) -> bool:
    return 2 <= len(part) <= 6 and not any(char.isdigit() for char in part)
