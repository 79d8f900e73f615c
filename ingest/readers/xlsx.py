"""Reads workbooks by openpyxl: visible sheets, values as people see them, merged cells filled."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from ingest.clean import tidy, tidy_lines
from ingest.model import RawDocument, Sheet
from ingest.readers.grid import to_sheet
from ingest.readers.limits import Limits
from ingest.readers.ooxml import BROKEN, guard_xml
from ingest.readers.refusals import damaged, empty, too_much

_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_MOST_MERGES = 100_000
_BLANK_RUN = 5_000
_CHUNK = 1 << 20

Merge = tuple[int, int, int, int]


def read(path: Path, *, limits: Limits) -> RawDocument:
    """One Sheet for each visible worksheet with something in it; formulas give their last computed value."""
    import openpyxl

    guard_xml(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except Exception as error:
        raise damaged("Excel") from error
    sheets: list[Sheet] = []
    warnings: list[str] = []
    try:
        budget = limits.cells
        for worksheet in book.worksheets:
            if worksheet.sheet_state != "visible":
                warnings.append(f"隐藏的工作表“{worksheet.title}”没有读取")
                continue
            lines, used = _lines(worksheet, _merges(path, worksheet), limits, budget)
            budget -= used
            sheet = to_sheet(tidy(worksheet.title), lines)
            if sheet is not None:
                sheets.append(sheet)
        title = tidy(book.properties.title or "") if book.properties else ""
    except BROKEN as error:
        raise damaged("Excel") from error
    finally:
        book.close()
    if not sheets:
        raise empty()
    return RawDocument(title=title or sheets[0].title, format="xlsx", sheets=tuple(sheets), warnings=tuple(warnings))


def _lines(worksheet: Any, merges: list[Merge], limits: Limits, budget: int) -> tuple[list[tuple[int, list[str]]], int]:
    """Numbered lines of cell texts without blank lines, and how many cells they took."""
    fill = _Filler(merges)
    lines: list[tuple[int, list[str]]] = []
    used = blank = 0
    worksheet.reset_dimensions()
    for number, row in enumerate(worksheet.iter_rows(), start=1):
        texts = fill.line(number, _texts(row))
        if not any(texts):
            blank += 1
            if blank > _BLANK_RUN:
                break
            continue
        blank = 0
        used += len(texts)
        if used > budget:
            raise too_much("单元格过多", f"{limits.cells // 10_000} 万格")
        if len(texts) > limits.columns:
            raise too_much("列数过多", f"{limits.columns} 列")
        lines.append((number, texts))
    return lines, used


def _texts(row: Iterable[Any]) -> list[str]:
    texts = [_text(cell) for cell in row]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _text(cell: Any) -> str:
    """A cell as a person reads it in the sheet."""
    value = cell.value
    if value is None or cell.data_type == "e":
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return _number(value, cell.number_format or "")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, timedelta):
        minutes = int(value.total_seconds() // 60)
        return f"{minutes // 60}:{minutes % 60:02d}"
    return tidy_lines(str(value))


def _number(value: float, number_format: str) -> str:
    """A number without float noise and without ".0"; "5%" for a cell formatted as per cent."""
    if number_format.rstrip("_ )").endswith("%"):
        return f"{round(value * 100, 6):.10g}%"
    if isinstance(value, int) or value == int(value):
        return str(int(value))
    return f"{value:.12g}" if abs(value) < 1e15 else repr(value)


class _Filler:
    """Gives every cell of a merged range the text of its first cell, line after line."""

    def __init__(self, merges: list[Merge]) -> None:
        self._coming = sorted(merges)
        self._open: list[tuple[Merge, str]] = []
        self._next = 0

    def line(self, number: int, texts: list[str]) -> list[str]:
        """`texts` of line `number` (from 1), filled; call with rising numbers."""
        self._open = [(merge, text) for merge, text in self._open if merge[2] >= number]
        while self._next < len(self._coming) and self._coming[self._next][0] <= number:
            merge = self._coming[self._next]
            self._next += 1
            column = merge[1]
            text = texts[column] if merge[0] == number and column < len(texts) else ""
            if text:
                self._open.append((merge, text))
        for (_, left, _, right), text in self._open:
            texts.extend([""] * (right + 1 - len(texts)))
            texts[left : right + 1] = [text] * (right + 1 - left)
        return texts


def _merges(path: Path, worksheet: Any) -> list[Merge]:
    """(first line, first column, last line, last column) of the merged ranges; lines from 1, columns from 0.

    The streaming reader does not give them, so they are looked up in the sheet's XML.
    """
    part = str(getattr(worksheet, "_worksheet_path", "")).lstrip("/")
    try:
        with zipfile.ZipFile(path) as archive, archive.open(part) as stream:
            found = list(_scan(stream))
    except (KeyError, OSError, zipfile.BadZipFile):
        return []
    return found[:_MOST_MERGES]


def _scan(stream: Any) -> Iterator[Merge]:
    kept = b""
    while chunk := stream.read(_CHUNK):
        data = kept + chunk
        end = 0
        for match in _MERGE.finditer(data):
            end = match.end()
            left, top, right, bottom = match.groups()
            columns = _column(left), min(_column(right), _column(left) + 500)
            yield int(top), columns[0], int(bottom), columns[1]
        kept = data[max(end, len(data) - 200) :]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
