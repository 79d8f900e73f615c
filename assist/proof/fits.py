"""What a figure of a sentence is said of, and how that meets what a passage says of its own figures; for `prove`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from assist.lexicon import lexicon
from assist.proof.figures import Figure, read_figures, same
from assist.proof.names import mentions
from assist.proof.shown import Fact, Row, Shown, former, near
from assist.terms import TermIndex


@dataclass(frozen=True, slots=True)
class Said:
    """A figure of a sentence, its own clause, and the nearest clause before it that names a product.

    `former` is true for what something is changed from (由28元调整为25元); `near` are the characters around it.
    """

    figure: Figure
    clause: str
    before: str
    former: bool
    near: str


def read_said(text: str, terms: TermIndex) -> list[Said]:
    """The figures of a normalised sentence with what they are said of."""
    found: list[Said] = []
    before = ""
    for clause in re.split(r"[,;，。]", text):
        named = mentions(terms, clause)
        spans = [(mention.start, mention.end) for mention in named]
        figures = read_figures(clause, spans)
        found.extend(
            Said(figure, clause, before, former(clause, figure), near(clause, figure, figures)) for figure in figures
        )
        before = clause if named else before or clause
    return found


def same_per(said: Said, fact: Fact) -> bool:
    """What a sum is per (月, 次 …) must not be another one, nor be added; time and volume must not be left out."""
    mine, theirs = said.figure.per, fact.figure.per
    if said.figure.kind not in {"money", "data", "count"} or said.figure.value == "0":
        return True
    around = f"{fact.column} {fact.own}"
    if any(each not in theirs and each not in around for each in mine):
        return False
    needed = theirs & {"月", "天", "年", "gb", "mb", "分钟"}
    return all(each in mine or each in said.clause for each in needed)


def says_same(shown: Shown, fact: Fact, at: int) -> bool:
    """True when row `at` has the figure of `fact` in the same column."""
    return any(
        shown.units[each.unit].row == at and each.column == fact.column and same(each.figure, fact.figure)
        for each in shown.facts
    )


def says(text: str, key: str) -> bool:
    """True when `key` stands in `text`, not within a longer number or word; 临江 says 临江市."""
    for form in {key, key.removesuffix("市"), key.removesuffix("县")}:
        if len(form) < 2:
            continue
        for match in re.finditer(re.escape(form), text):
            before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
            joined = (form[0].isdigit() and (before.isdigit() or before == ".")) or (
                form[-1].isalnum() and form[-1].isascii() and after.isascii() and after.isalnum()
            )
            if not joined:
                return True
    return False


def covers(text: str, family: str, name: str) -> bool:
    """True when a text speaks of a whole family of products, or of a range that holds the member (129及以上)."""
    number = int(re.findall(r"\d+", name)[0])
    if any(int(least) <= number for least in re.findall(r"(\d{2,4})(?:元)?及以上", text)):
        return True
    if re.search(
        rf"(?:全部|所有|各档|任1|任意|不论哪个|每个)[^,。;]{{0,6}}(?:{re.escape(family)}|套餐|客户|用户|号码)", text
    ):
        return True
    return family in text and not re.search(re.escape(family) + r"\d", text)


def meets(wanted: frozenset[str], said: frozenset[str]) -> bool:
    """True when one of the words is said, by itself or by a word alike."""
    return any(word in said or any(other in said for other in lexicon().alike.get(word, ())) for word in wanted)


def table_rows(fact: Fact, shown: Shown) -> int:
    """How many rows the table of a fact has, 0 for prose."""
    place = shown.units[fact.unit].row
    return 0 if place is None else sum(row.table == shown.rows[place].table for row in shown.rows)


def rivals_of(fact: Fact, other: Fact, shown: Shown) -> bool:
    """True for a fact that could be said in place of `fact`; other rows of its table are told apart by their keys."""
    if other.figure.measure != fact.figure.measure or same(other.figure, fact.figure):
        return False
    mine, theirs = shown.units[fact.unit].row, shown.units[other.unit].row
    return mine is None or theirs is None or mine == theirs or shown.rows[mine].table != shown.rows[theirs].table


def of_the_column(said: Said, fact: Fact, shown: Shown) -> bool:
    """A clause that names columns of a table means the figures of these."""
    place = shown.units[fact.unit].row
    if place is None:
        return True
    named = columns_named(said.clause, shown.rows[place])
    if not named and said.before:
        named = columns_named(said.before, shown.rows[place])
        rest = said.before
        for column in named:
            rest = rest.replace(column, "")
        named = set() if read_figures(rest) else named
    return not named or fact.column in named


def columns_named(clause: str, row: Row) -> set[str]:
    """Columns of a row, its key aside, that a clause names in full; the longest where one holds another."""
    columns = {column for column, _ in row.cells[1:] if column and column in clause}
    return {each for each in columns if not any(each != other and each in other for other in columns)}


def characters(text: str) -> frozenset[str]:
    """Characters and pairs of a text, without the commonest."""
    kept = [char for char in text if char.isalnum() and char not in "的了在为是按有和与及内"]
    return frozenset(kept) | {a + b for a, b in pairwise(kept)}


def row_words(fact: Fact, other: Fact, shown: Shown) -> frozenset[str]:
    """All words of the row of `fact` when its key tells it from `other`, which stands outside that table; else none."""
    outside = shown.units[other.unit].row != shown.units[fact.unit].row
    return shown.units[fact.unit].words if outside and table_rows(fact, shown) > 1 else frozenset()
