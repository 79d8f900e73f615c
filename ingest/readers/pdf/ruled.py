"""Finds tables drawn with lines on a page and puts the text into their cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.clean import STARTS_ITEM, close_up, join
from ingest.readers.pdf.aligned import is_figure, whole_figures
from ingest.readers.pdf.lines import lines_of
from ingest.readers.pdf.values import Line, Piece, Rule

_SNAP = 3.0
_SHORTEST = 6.0
_MOST_RULES = 6_000
_MOST_CELLS = 20_000


@dataclass(frozen=True, slots=True)
class RuledTable:
    """A table on a page: its box, the texts of its cells (merged ones filled), and the pieces it took."""

    x0: float
    top: float
    x1: float
    bottom: float
    rows: tuple[tuple[str, ...], ...]
    columns: tuple[float, ...]


def ruled_tables(pieces: Sequence[Piece], rules: Sequence[Rule]) -> tuple[list[RuledTable], list[Piece]]:
    """The tables from top to bottom and the pieces outside them."""
    tables: list[RuledTable] = []
    left = list(pieces)
    for group in _groups(_merged(rules)):
        grid = _Grid(group)
        if not grid.is_table:
            continue
        inside = [piece for piece in left if grid.holds(piece)]
        rows = grid.fill(inside)
        if sum(bool(cell) for row in rows for cell in row) < 2:
            continue
        left = [piece for piece in left if not grid.holds(piece)]
        tables.append(RuledTable(grid.xs[0], grid.ys[0], grid.xs[-1], grid.ys[-1], rows, tuple(grid.xs)))
    return sorted(tables, key=lambda table: (table.top, table.x0)), left


def _merged(rules: Sequence[Rule]) -> list[Rule]:
    """Rules on one line that touch become one; very short ones are dropped."""
    merged: list[Rule] = []
    for horizontal in (True, False):
        chosen = [rule for rule in rules[:_MOST_RULES] if rule.horizontal is horizontal]
        spans = sorted((_across(rule), *_along(rule)) for rule in chosen)
        lanes: list[list[tuple[float, float, float]]] = []
        for span in spans:
            if lanes and span[0] - lanes[-1][-1][0] <= 1.5:
                lanes[-1].append(span)
            else:
                lanes.append([span])
        for lane in lanes:
            merged += _joined(lane, horizontal)
    return [rule for rule in merged if _along(rule)[1] - _along(rule)[0] >= _SHORTEST]


def _across(rule: Rule) -> float:
    return rule.top if rule.horizontal else rule.x0


def _along(rule: Rule) -> tuple[float, float]:
    return (rule.x0, rule.x1) if rule.horizontal else (rule.top, rule.bottom)


def _joined(lane: list[tuple[float, float, float]], horizontal: bool) -> list[Rule]:
    at = sum(span[0] for span in lane) / len(lane)
    joined: list[list[float]] = []
    for _, start, end in sorted(lane, key=lambda span: span[1]):
        if joined and start - joined[-1][1] <= _SNAP:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    if horizontal:
        return [Rule(start, at, end, at) for start, end in joined]
    return [Rule(at, start, at, end) for start, end in joined]


def _groups(rules: list[Rule]) -> list[list[Rule]]:
    """Rules that cross or touch, directly or through others."""
    parent = list(range(len(rules)))

    def root(member: int) -> int:
        while parent[member] != member:
            parent[member] = parent[parent[member]]
            member = parent[member]
        return member

    horizontals = [number for number, rule in enumerate(rules) if rule.horizontal]
    verticals = [number for number, rule in enumerate(rules) if not rule.horizontal]
    for h in horizontals:
        for v in verticals:
            flat, tall = rules[h], rules[v]
            if flat.x0 - _SNAP <= tall.x0 <= flat.x1 + _SNAP and tall.top - _SNAP <= flat.top <= tall.bottom + _SNAP:
                parent[root(h)] = root(v)
    groups: dict[int, list[Rule]] = {}
    for number, rule in enumerate(rules):
        groups.setdefault(root(number), []).append(rule)
    return [group for group in groups.values() if len(group) >= 3]


class _Grid:
    """The cells between the rules of one group."""

    def __init__(self, rules: list[Rule]) -> None:
        self._flat = [rule for rule in rules if rule.horizontal]
        self._tall = [rule for rule in rules if not rule.horizontal]
        self.ys = _lanes(
            [rule.top for rule in self._flat] + [end for rule in self._tall for end in (rule.top, rule.bottom)]
        )
        edges = [rule.x0 for rule in self._tall] + [end for rule in self._flat for end in (rule.x0, rule.x1)]
        self.xs = _lanes(edges)
        self._merge_slivers()

    def _merge_slivers(self) -> None:
        self.xs = [x for number, x in enumerate(self.xs) if number == 0 or x - self.xs[number - 1] > _SNAP]
        self.ys = [y for number, y in enumerate(self.ys) if number == 0 or y - self.ys[number - 1] > _SNAP]

    @property
    def is_table(self) -> bool:
        """True when there are at least two columns and more than one cell, of sane number."""
        columns, rows = len(self.xs) - 1, len(self.ys) - 1
        return columns >= 2 and rows >= 1 and columns * rows >= 2 and columns * rows <= _MOST_CELLS and bool(self._tall)

    def holds(self, piece: Piece) -> bool:
        """True for a piece whose middle lies within the grid."""
        x = (piece.x0 + piece.x1) / 2
        return self.xs[0] - 1 <= x <= self.xs[-1] + 1 and self.ys[0] - 1 <= piece.middle <= self.ys[-1] + 1

    def fill(self, pieces: Sequence[Piece]) -> tuple[tuple[str, ...], ...]:
        """Rows of cell texts; every part of a merged cell carries its text."""
        regions = self._regions()
        inside: dict[int, list[Piece]] = {}
        for piece in pieces:
            y, x = self._cell_at(piece)
            inside.setdefault(regions[y][x], []).append(piece)
        texts = {region: _cell_text(found) for region, found in inside.items()}
        rows: list[tuple[str, ...]] = []
        for number, row in enumerate(regions):
            if number > 0 and row == regions[number - 1]:
                continue
            within = [piece for region in dict.fromkeys(row) for piece in inside.get(region, ())]
            split = self._split(within) if len(set(row)) == len(row) else []
            rows += split or [tuple(texts.get(region, "") for region in row)]
        return tuple(rows)

    def _split(self, pieces: Sequence[Piece]) -> list[tuple[str, ...]]:
        """The rows of a cell row that holds many rows of figures without lines between them; none when it does not."""
        lines = lines_of(pieces)
        if len(lines) < 4:
            return []
        rows: list[list[str]] = []
        for line in lines:
            row = [""] * (len(self.xs) - 1)
            for word in whole_figures(line.words):
                column = _slot(self.xs, (word.x0 + word.x1) / 2)
                row[column] = close_up(f"{row[column]} {word.text}".strip())
            rows.append(row)
        figured = sum(sum(is_figure(cell) for cell in row[1:]) >= min(2, len(row) - 1) for row in rows)
        return [tuple(row) for row in rows] if figured >= 0.5 * len(rows) else []

    def _cell_at(self, piece: Piece) -> tuple[int, int]:
        x = (piece.x0 + piece.x1) / 2
        if piece.x1 - piece.x0 > 4 * piece.size:
            x = piece.x0 + piece.size
        return _slot(self.ys, piece.middle), _slot(self.xs, x)

    def _regions(self) -> list[list[int]]:
        """For each cell the number of the merged cell it belongs to: cells without a rule between them are one."""
        columns, rows = len(self.xs) - 1, len(self.ys) - 1
        parent = list(range(columns * rows))

        def root(member: int) -> int:
            while parent[member] != member:
                parent[member] = parent[parent[member]]
                member = parent[member]
            return member

        for row in range(rows):
            for column in range(columns):
                here = row * columns + column
                if column + 1 < columns and not self._wall(
                    self._tall, self.xs[column + 1], self.ys[row], self.ys[row + 1]
                ):
                    parent[root(here + 1)] = root(here)
                if row + 1 < rows and not self._wall(
                    self._flat, self.ys[row + 1], self.xs[column], self.xs[column + 1]
                ):
                    parent[root(here + columns)] = root(here)
        return [[root(row * columns + column) for column in range(columns)] for row in range(rows)]

    @staticmethod
    def _wall(rules: list[Rule], at: float, start: float, end: float) -> bool:
        """True when a rule at `at` covers most of the way from `start` to `end`."""
        covered = sum(
            max(0.0, min(_along(rule)[1], end) - max(_along(rule)[0], start))
            for rule in rules
            if abs(_across(rule) - at) <= _SNAP
        )
        return covered > 0.6 * (end - start)


def _lanes(values: list[float]) -> list[float]:
    """Values closer than the snapping distance become one."""
    lanes: list[list[float]] = []
    for value in sorted(values):
        if lanes and value - lanes[-1][-1] <= _SNAP:
            lanes[-1].append(value)
        else:
            lanes.append([value])
    return [sum(lane) / len(lane) for lane in lanes]


def _slot(edges: list[float], at: float) -> int:
    for number in range(1, len(edges)):
        if at < edges[number]:
            return number - 1
    return len(edges) - 2


def _cell_text(pieces: Sequence[Piece]) -> str:
    """The lines of a cell, rejoined where they were broken for lack of room."""
    return cell_text(lines_of(pieces))


def cell_text(lines: Sequence[Line]) -> str:
    """Lines that stand in one cell as one text; a line that stops early ends its paragraph."""
    if not lines:
        return ""
    right = max(line.x1 for line in lines)
    text = close_up(lines[0].text)
    for before, line in pairwise(lines):
        words = close_up(line.text)
        full = right - before.x1 < 2.2 * before.size
        if full and not (STARTS_ITEM.match(words) and before.text[-1:] in "。；;：:.！？"):
            text = join(text, words)
        else:
            text += "\n" + words
    return text
