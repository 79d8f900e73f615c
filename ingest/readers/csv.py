"""Reads CSV and its kin: delimiter found, encodings, stray quotes and surplus commas."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Literal

from ingest.clean import tidy_lines
from ingest.model import RawDocument
from ingest.readers.decode import decode
from ingest.readers.grid import to_sheet
from ingest.readers.limits import Limits
from ingest.readers.refusals import empty, too_much

_DELIMITERS = (",", "\t", ";", "|", "，")
_LINES_IN_A_CELL = 200

Line = tuple[int, list[str]]


def read(path: Path, *, limits: Limits) -> RawDocument:
    """The one sheet of a CSV file, named after the file."""
    text, warnings = decode(path.read_bytes(), limits=limits)
    text = text.replace("\0", "")
    delimiter = _delimiter(text)
    lines = _parse(text, delimiter, limits)
    if any(cell.count("\n") > _LINES_IN_A_CELL for _, cells in lines for cell in cells):
        lines = _parse(text, delimiter, limits, quoting=csv.QUOTE_NONE)
        warnings += ("有引号没有成对，已按普通字符读取",)
    lines, repaired = _without_surplus(lines, delimiter)
    if repaired:
        warnings += (f"第 {'、'.join(map(str, repaired[:10]))} 行的列数多于表头，多出的部分已并入最后一列",)
    sheet = to_sheet(path.stem, [(number, [tidy_lines(cell) for cell in cells]) for number, cells in lines])
    if sheet is None:
        raise empty()
    return RawDocument(title=sheet.title, format="csv", sheets=(sheet,), warnings=warnings)


def _delimiter(text: str) -> str:
    """The delimiter that cuts the first lines into the same number of columns, more than one, most often."""
    sample = text[:64_000]

    def regularity(delimiter: str) -> tuple[float, int]:
        widths = Counter(len(row) for row in _rows(sample, delimiter) if row)
        wide = [(count, width) for width, count in widths.items() if width > 1]
        count, width = max(wide, default=(0, 1))
        return count / max(sum(widths.values()), 1), width

    scores = {delimiter: regularity(delimiter) for delimiter in _DELIMITERS}
    best = max(_DELIMITERS, key=lambda delimiter: (round(scores[delimiter][0], 1), scores[delimiter][1]))
    first = text.lstrip().split("\n", 1)[0]
    if "," in first and scores[","][0] >= 0.5:
        return ","
    return best if scores[best][0] > 0 else ","


def _rows(text: str, delimiter: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def _parse(text: str, delimiter: str, limits: Limits, quoting: Literal[0, 3] = csv.QUOTE_MINIMAL) -> list[Line]:
    """Numbered lines of cells; raises InputRefused beyond the limits."""
    csv.field_size_limit(limits.characters)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting)
    lines: list[Line] = []
    cells = 0
    start = 1
    for row in reader:
        cells += len(row)
        if cells > limits.cells:
            raise too_much("单元格过多", f"{limits.cells // 10_000} 万格")
        lines.append((start, row))
        start = reader.line_num + 1
    return lines


def _without_surplus(lines: list[Line], delimiter: str) -> tuple[list[Line], list[int]]:
    """Lines with cells beyond the usual width folded into the last column (unquoted commas in a text), and which."""
    widths = Counter(_width(cells) for _, cells in lines if _width(cells) > 1)
    usual = widths.most_common(1)[0][0] if widths else 0
    head = next((_width(cells) for _, cells in lines if _width(cells) > 1), 0)
    if not usual or head != usual:
        return lines, []
    repaired = []
    fixed = []
    for number, cells in lines:
        if _width(cells) > usual:
            repaired.append(number)
            cells = [*cells[: usual - 1], delimiter.join(cells[usual - 1 : _width(cells)])]
        fixed.append((number, cells))
    return fixed, repaired


def _width(cells: list[str]) -> int:
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return end
