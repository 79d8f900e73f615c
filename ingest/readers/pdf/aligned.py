"""Finds tables without lines: rows whose words stand in the same columns one below the other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from ingest.clean import STARTS_ITEM, close_up, join
from ingest.readers.pdf.values import Line, Piece

_LEADER = re.compile(r"[.·…‥．]{4,}|(…\s*){2,}")
_DANGLING = re.compile(r"[($＄（ ]+$")
_NUMBER = re.compile(r"^[-—–+$¥￥(（]*[\d,.，%％)）\s-]+$")
_LEAST_ROWS = 3
_TALLEST_HEADER = 8
_BIN = 1.5
_MAY_CROSS = 0.12
_NARROWEST = 0.45


@dataclass(frozen=True, slots=True)
class AlignedTable:
    """Rows of cell texts, and the left edges of the columns in points."""

    rows: tuple[tuple[str, ...], ...]
    columns: tuple[float, ...]


def is_contents_line(text: str) -> bool:
    """True for a line of a table of contents: words, leaders, a page number."""
    return bool(_LEADER.search(text)) and text.rstrip(" )）").endswith(tuple("0123456789"))


def with_tables(page_lines: Sequence[Line]) -> list[Line | AlignedTable]:
    """The lines in order, runs of rows in columns replaced by the tables they form."""
    lines = [replace(line, words=tuple(whole_figures(line.words))) for line in page_lines]
    found: list[Line | AlignedTable] = []
    position = 0
    while position < len(lines):
        end = _run_end(lines, position)
        run = lines[position:end]
        columns = _columns(run) if end - position >= _LEAST_ROWS else []
        if not _is_table(run, columns):
            found.append(lines[position])
            position += 1
            continue
        above = _header_above(found, run[0], columns)
        if above:
            del found[-len(above) :]
        found.append(AlignedTable(_rows([*above, *run], columns), tuple(left for left, _ in columns)))
        position = end
    return found


def _run_end(lines: Sequence[Line], start: int) -> int:
    """Where a run of lines in columns that begins at `start` ends (exclusive)."""
    if len(lines[start].segments) < 2:
        return start
    end = last_row = start + 1
    while end < len(lines) and end - last_row < 3:
        line, before = lines[end], lines[end - 1]
        if line.top - before.bottom > 3.0 * line.size or line.top < before.top - 2:
            break
        end += 1
        if len(line.segments) >= 2:
            last_row = end
        elif _breaks(lines[start:last_row], line):
            break
    return last_row


def _breaks(rows: Sequence[Line], line: Line) -> bool:
    """True for a line of one segment that is no part of a row: prose across the columns, or a numbered item."""
    left, right = min(row.x0 for row in rows), max(row.x1 for row in rows)
    if line.x1 - line.x0 > 0.75 * (right - left):
        return True
    return bool(STARTS_ITEM.match(line.text)) and line.x0 <= left + 1 and len(line.text) > 20


def _columns(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """The columns of a run, left to right: what strips without words in (nearly) every row leave between them."""
    rows = [line for line in lines if len(line.segments) >= 2]
    if len(rows) < 2:
        return []
    left, right = min(line.x0 for line in rows), max(line.x1 for line in rows)
    size = median(line.size for line in rows)
    allowed = int(len(rows) * _MAY_CROSS)
    bins = max(1, round((right - left) / _BIN))
    crossed = [0] * (bins + 1)
    for line in rows:
        taken = {
            place
            for word in line.words
            for place in range(int((word.x0 - left) / _BIN), int((word.x1 - left) / _BIN) + 1)
        }
        for place in taken:
            crossed[min(place, bins)] += 1
    columns: list[list[float]] = []
    empty = _NARROWEST * size
    for place, count in enumerate(crossed):
        at = left + place * _BIN
        if count <= allowed:
            continue
        if columns and at - columns[-1][1] < max(empty, 2 * _BIN):
            columns[-1][1] = at + _BIN
        else:
            columns.append([at, at + _BIN])
    return [(start, end) for start, end in columns]


def _is_table(lines: Sequence[Line], columns: Sequence[tuple[float, float]]) -> bool:
    """True when enough rows say something in at least two columns, and the columns are not prose."""
    rows = [line for line in lines if len(line.segments) >= 2]
    if len(rows) < _LEAST_ROWS or not 2 <= len(columns) <= 40:
        return False
    used = [{_column(word, columns) for word in line.words} for line in rows]
    usage = [sum(number in columns_used for columns_used in used) for number in range(len(columns))]
    return sum(count >= len(rows) * 0.5 for count in usage) >= 2


def _header_above(
    found: Sequence[Line | AlignedTable], first: Line, columns: Sequence[tuple[float, float]]
) -> list[Line]:
    """Lines right above a table whose words stand one to a column: its header, set tighter than its rows."""
    above: list[Line] = []
    below = first
    for line in reversed(found[-_TALLEST_HEADER:]):
        if not isinstance(line, Line) or below.top - line.bottom > 1.2 * line.size:
            break
        homes = [_home(word, columns) for word in line.words]
        if None in homes or len(homes) < 2 or len(set(homes)) < len(homes):
            break
        above.insert(0, line)
        below = line
    return above


def _home(word: Piece, columns: Sequence[tuple[float, float]]) -> int | None:
    """The one column a word belongs to, None when it reaches into two."""
    touched = [number for number, (left, right) in enumerate(columns) if word.x0 < right - 1 and word.x1 > left + 1]
    if len(touched) > 1:
        return None
    return touched[0] if touched else _column(word, columns)


def _column(word: Piece, columns: Sequence[tuple[float, float]]) -> int:
    """The column a word overlaps most, else the nearest."""
    return max(
        range(len(columns)), key=lambda number: min(word.x1, columns[number][1]) - max(word.x0, columns[number][0])
    )


def _rows(lines: Sequence[Line], columns: Sequence[tuple[float, float]]) -> tuple[tuple[str, ...], ...]:
    leading = median([max(0.0, after.top - before.bottom) for before, after in pairwise(lines)])
    rows: list[list[str]] = []
    figures = False
    for number, line in enumerate(lines):
        row = _cells(line, columns)
        figures = figures or sum(is_figure(cell) for cell in row) >= 2
        if not figures and _is_spread(line):
            row = _spanning_cells(line, columns)
        gap = line.top - lines[number - 1].bottom if number else 0.0
        if rows and _is_continuation(row, rows[-1], gap, leading, line.size):
            rows[-1] = [join(above, below) for above, below in zip(rows[-1], row, strict=True)]
        else:
            rows.append(row)
    return tuple(tuple(row) for row in _with_one_header(rows))


def _is_spread(line: Line) -> bool:
    """True for a line set letter by letter, as headers over several columns often are."""
    letters = line.text.split()
    return len(letters) >= 4 and sum(map(len, letters)) <= 2.2 * len(letters)


def _spanning_cells(line: Line, columns: Sequence[tuple[float, float]]) -> list[str]:
    """The segments of a header line, each in all the columns it reaches over."""
    row = [""] * len(columns)
    for segment in line.segments:
        for number, (left, right) in enumerate(columns):
            if segment.x0 < right and segment.x1 > left:
                row[number] = close_up(f"{row[number]} {segment.text}".strip())
    return row


def whole_figures(words: Sequence[Piece]) -> list[Piece]:
    """Words with currency marks and opening brackets put before the figure they belong to."""
    whole: list[Piece] = []
    carried = ""
    for word in words:
        text = carried + word.text
        cut = _DANGLING.search(text)
        carried = cut[0].replace(" ", "") if cut else ""
        text = text[: cut.start()].rstrip() if cut else text
        if text:
            whole.append(replace(word, text=text))
    return whole


def _cells(line: Line, columns: Sequence[tuple[float, float]]) -> list[str]:
    row = [""] * len(columns)
    for word in line.words:
        column = _column(word, columns)
        row[column] = close_up(f"{row[column]} {close_up(word.text)}".strip())
    return row


def _is_continuation(row: Sequence[str], above: Sequence[str], gap: float, leading: float, size: float) -> bool:
    """True for a line that goes on with cells of the row above: nothing in the first column, no figures."""
    filled = [cell for cell in row if cell]
    if row[0] or not filled or len(filled) == len(row):
        return False
    tight = gap <= max(leading, 0.4 * size) * 1.2
    return tight and not any(_NUMBER.match(cell) for cell in filled) and any(above)


def _with_one_header(rows: list[list[str]]) -> list[list[str]]:
    """Stacked header lines above rows with figures become one row."""
    first = next((number for number, row in enumerate(rows) if sum(is_figure(cell) for cell in row) >= 2), 0)
    if not 1 < first <= _TALLEST_HEADER or not any(is_figure(cell) for row in rows[first + 1 :] for cell in row):
        return rows
    if any(len(cell) > 30 for row in rows[:first] for cell in row):
        return rows
    header = ["".join(part for part in column) for column in zip(*rows[:first], strict=True)]
    return [header, *rows[first:]]


def is_figure(cell: str) -> bool:
    """True for an amount, a percentage or a dash."""
    return bool(_NUMBER.match(cell)) and any(character.isdigit() or character in "-—–" for character in cell)
