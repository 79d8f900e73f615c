"""Rows of a worksheet or CSV file become a Sheet: header found, title above it, blank rows and columns dropped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

from ingest.clean import tidy
from ingest.model import Sheet

_VALUE = re.compile(r"^[-+¥￥$]?\d[\d,.:/-]*\s*(%|元|天|GB|MB|M)?$|^\d{4}-\d\d-\d\d", re.I)
_LOOKED_AT = 12
_LONGEST_NAME = 40


def to_sheet(name: str, lines: Sequence[tuple[int, Sequence[str]]]) -> Sheet | None:
    """A Sheet out of (line number, cells) in order; None when nothing is in it.

    The header is the first line that names most columns with short distinct words; what stands above it becomes the
    title and notes. A sheet whose first line is no header keeps all lines as rows under empty names.
    """
    filled = [
        (number, [cell.strip() for cell in cells]) for number, cells in lines if any(cell.strip() for cell in cells)
    ]
    if not filled:
        return None
    width = max(len(_trimmed(cells)) for _, cells in filled)
    rows = [(number, cells[:width] + [""] * (width - len(cells))) for number, cells in filled]
    at = _header_at([cells for _, cells in rows])
    header = [_name(cell) for cell in rows[at][1]] if at is not None else [""] * width
    above = rows[:at] if at is not None else []
    body = rows[at + 1 :] if at is not None else rows
    kept = [column for column in range(width) if header[column] or any(cells[column] for _, cells in body)]
    names = tuple(header[column] for column in kept)
    values = [(number, tuple(cells[column] for column in kept)) for number, cells in body]
    values = [(number, cells) for number, cells in values if tuple(_name(cell) for cell in cells) != names]
    words = [" ".join(dict.fromkeys(cell for cell in cells if cell)) for _, cells in above]
    return Sheet(
        name=name,
        header=names,
        rows=tuple(cells for _, cells in values),
        numbers=tuple(number for number, _ in values),
        title=words[0] if words else "",
        notes=tuple(words[1:]),
    )


def _trimmed(cells: Sequence[str]) -> Sequence[str]:
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def _name(cell: str) -> str:
    """A header cell without spaces and breaks between Chinese characters, and without a trailing mark like "*"."""
    return re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", tidy(cell)).strip("*＊:： ")


def _header_at(rows: Sequence[Sequence[str]]) -> int | None:
    """The position of the header among `rows`, None when no line looks like one."""
    usual = median(_count(cells) for cells in rows)
    needed = max(1 if usual <= 1 else 2, usual * 0.6)
    for position, cells in enumerate(rows[:_LOOKED_AT]):
        if _count(cells) >= needed and position + 1 < len(rows) and _looks_like_header(cells):
            return position
    return None


def _count(cells: Sequence[str]) -> int:
    """How many different things a line says: a title merged over all columns counts once."""
    return len({cell for cell in cells if cell})


def _looks_like_header(cells: Sequence[str]) -> bool:
    names = [cell for cell in cells if cell]
    short = all(len(name) <= _LONGEST_NAME for name in names)
    values = sum(bool(_VALUE.match(name)) for name in names)
    return short and values <= len(names) * 0.2 and len(set(names)) >= len(names) * 0.7
