"""Puts the pieces of a page together to lines, in reading order; columns of a page are read one after the other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ingest.clean import display_width, tidy
from ingest.readers.pdf.values import Line, Piece

_WORD_GAP = 0.18
_NUMERAL = re.compile("^第?[一二三四五六七八九十百]{1,4}[编篇章节節条條]?$")
_WIDE_GAP = 1.3
_COLUMN_GAP = 0.35
_SAME_LINE = 0.5
_LEAST_LINES_BESIDE = 8


def lines_of(pieces: Sequence[Piece]) -> list[Line]:
    """Lines from top to bottom; each one's pieces joined to segments that wide gaps part."""
    rows: list[list[Piece]] = []
    for piece in sorted(_once(pieces), key=lambda piece: (piece.middle, piece.x0)):
        row = _row_for(piece, rows)
        if row is None:
            rows.append([piece])
        else:
            row.append(piece)
    rows.sort(key=lambda row: min(piece.middle for piece in row))
    return [line for row in rows if (line := _line(row)) is not None]


def _once(pieces: Sequence[Piece]) -> list[Piece]:
    """Without text drawn a second time a hair beside the first, as some programs make bold type."""
    seen: dict[tuple[str, int, int], Piece] = {}
    kept = []
    for piece in pieces:
        step = max(piece.size, 4.0) / 3
        column, row = round(piece.x0 / step), round(piece.top / step)
        near = ((piece.text, column + dx, row + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1))
        twins = (seen[key] for key in near if key in seen)
        if any(abs(twin.x0 - piece.x0) < step and abs(twin.top - piece.top) < step for twin in twins):
            continue
        seen[piece.text, column, row] = piece
        kept.append(piece)
    return kept


def _row_for(piece: Piece, rows: list[list[Piece]]) -> list[Piece] | None:
    """The open row that `piece` stands in: they overlap by half of the smaller height."""
    for row in reversed(rows[-6:]):
        leader = max(row, key=lambda other: other.size)
        overlap = min(piece.bottom, leader.bottom) - max(piece.top, leader.top)
        if overlap > _SAME_LINE * min(piece.bottom - piece.top, leader.bottom - leader.top):
            return row
    return None


def _line(row: list[Piece]) -> Line | None:
    ordered = sorted((piece for piece in row if piece.text.strip()), key=lambda piece: piece.x0)
    segments = _cleaned(_gathered(ordered, _WIDE_GAP))
    return Line(segments, _cleaned(_gathered(ordered, _COLUMN_GAP))) if segments else None


def _cleaned(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    return tuple(replace(piece, text=text) for piece in pieces if (text := tidy(piece.text)))


def _gathered(pieces: Sequence[Piece], gap: float) -> list[Piece]:
    """Pieces joined where less than `gap` letter heights lie between them."""
    gathered: list[Piece] = []
    for piece in pieces:
        if gathered and piece.x0 - gathered[-1].x1 < gap * max(min(piece.size, gathered[-1].size), 4.0):
            gathered[-1] = _joined(gathered[-1], piece)
        else:
            gathered.append(piece)
    return gathered


def _joined(first: Piece, second: Piece) -> Piece:
    gap = second.x0 - first.x1
    spaced = gap > _WORD_GAP * min(first.size, second.size) and not first.text.endswith(" ")
    if spaced and gap < 0.9 * first.size and _is_wide(first.text[-1]) and _is_wide(second.text[0]):
        spaced = bool(_NUMERAL.match(first.text))
    longer = first if len(first.text) >= len(second.text) else second
    return Piece(
        x0=min(first.x0, second.x0),
        top=min(first.top, second.top),
        x1=max(first.x1, second.x1),
        bottom=max(first.bottom, second.bottom),
        text=first.text + (" " if spaced else "") + second.text,
        size=longer.size,
        bold=first.bold and second.bold,
    )


def _is_wide(character: str) -> bool:
    return display_width(character) == 2


def columns_of(lines: Sequence[Line], width: float) -> list[list[Line]]:
    """The lines of a page by its columns: one list, or two when a gutter near the middle runs through most lines.

    Lines across the gutter part the page into bands; the columns of a band are read before the next band.
    """
    gutter = _gutter(lines, width)
    if gutter is None:
        return [list(lines)]
    columns: list[list[Line]] = []
    left: list[Line] = []
    right: list[Line] = []
    for line in lines:
        before = tuple(segment for segment in line.segments if segment.x1 <= gutter)
        after = tuple(segment for segment in line.segments if segment.x0 >= gutter)
        if len(before) + len(after) < len(line.segments):
            columns += [left, right, [line]]
            left, right = [], []
        else:
            left += [_part(line, before)] if before else []
            right += [_part(line, after)] if after else []
    return [column for column in (*columns, left, right) if column]


def _part(line: Line, segments: tuple[Piece, ...]) -> Line:
    """The part of `line` that holds those segments."""
    inside = (word for word in line.words if segments[0].x0 - 0.5 <= word.x0 and word.x1 <= segments[-1].x1 + 0.5)
    return Line(segments, tuple(inside))


def _gutter(lines: Sequence[Line], width: float) -> float | None:
    """Where a strip without text runs down the middle third of the page, with full lines of prose on both sides."""
    best: tuple[int, float] = (0, 0.0)
    for step in range(35, 66):
        x = width * step / 100
        crossing = sum(any(segment.x0 < x < segment.x1 for segment in line.segments) for line in lines)
        beside = [line for line in lines if line.x0 < x < line.x1 and not any(s.x0 < x < s.x1 for s in line.segments)]
        if len(beside) >= max(_LEAST_LINES_BESIDE, 3 * crossing) and len(beside) > best[0] and _is_prose(beside, x):
            best = len(beside), x
    return best[1] if best[0] else None


def _is_prose(lines: Sequence[Line], x: float) -> bool:
    """True when the text on both sides fills its column, one segment each, as prose does and table cells do not."""
    sides = (
        [[segment for segment in line.segments if segment.x1 <= x] for line in lines],
        [[segment for segment in line.segments if segment.x0 >= x] for line in lines],
    )
    for side in sides:
        segments = [row[0] for row in side if len(row) == 1]
        if len(segments) < len(lines) * 0.8:
            return False
        room = max(segment.x1 for segment in segments) - min(segment.x0 for segment in segments)
        full = sum(segment.x1 - segment.x0 > 0.85 * room for segment in segments)
        if full < len(segments) * 0.5 or max(len(segment.text) for segment in segments) < 14:
            return False
    return True
