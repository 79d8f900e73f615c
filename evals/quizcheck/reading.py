"""What is in force, parsed and folded anew for looking up; the checker of quizzes reads it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from kb.model import Passage


@dataclass(frozen=True, slots=True)
class Read:
    """A passage made ready: all it says, folded, and its table rows as (first cell, column, value), folded."""

    passage: Passage
    text: str
    cells: tuple[tuple[str, str, str], ...]


class Base:
    """Everything in force, folded for looking up."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._read = {passage.id: _read(passage) for passage in passages}
        self._all = "\x00".join(each.text for each in self._read.values())
        self._cells: dict[tuple[str, str], set[str]] = {}
        for each in self._read.values():
            for name, column, value in each.cells:
                self._cells.setdefault((name, column), set()).add(value)

    def of(self, passage_id: int) -> Read | None:
        """A passage made ready, None when it is not in force."""
        return self._read.get(passage_id)

    def says(self, folded: str) -> bool:
        """True when some passage in force holds the text; a figure at its start or end must not go on there."""
        return within(folded, self._all)

    def holds(self, name: str, column: str, value: str) -> bool:
        """True when some table in force has this value in this cell."""
        return value in self._cells.get((name, column), set())


def folded(text: str) -> str:
    """`text` for comparing: NFKC, lower case, without blanks and punctuation, but with what belongs to figures."""
    kept = []
    plain = unicodedata.normalize("NFKC", text).lower()
    for at, character in enumerate(plain):
        inside = 0 < at < len(plain) - 1 and plain[at - 1].isdigit() and plain[at + 1].isdigit()
        if character.isalnum() or character in "%‰×÷=+≥≤#" or (character in ".-:" and inside):
            kept.append(character)
    return "".join(kept)


def within(piece: str, text: str) -> bool:
    """True when folded `piece` stands in folded `text` and no figure at its ends goes on beyond them."""
    at = text.find(piece) if piece else -1
    while at >= 0:
        end = at + len(piece)
        cut = piece[0].isdigit() and (text[at - 1 : at].isdigit() or text[at - 1 : at] == ".")
        if not cut and not (piece[-1].isdigit() and text[end : end + 1].isdigit()):
            return True
        at = text.find(piece, at + 1)
    return False


def _read(passage: Passage) -> Read:
    row = passage.row or {}
    strings = [value for value in row.values() if isinstance(value, str)]
    strings += [
        text for value in row.values() if isinstance(value, list | tuple) for text in value if isinstance(text, str)
    ]
    cells = []
    for line in passage.text.split("\n"):
        parts = [part.split("：", 1) for part in line.split("；") if "：" in part]
        if len(parts) > 1 and line.count("；") + 1 >= len(parts):
            merged = _merged(line)
            cells += [(folded(merged[0][1]), folded(column), folded(value)) for column, value in merged[1:]]
    return Read(passage, folded("\n".join([passage.text, *strings])), tuple(cells))


def _merged(line: str) -> list[tuple[str, str]]:
    """Cells of a row: a piece without a colon belongs to the value before it."""
    cells: list[tuple[str, str]] = []
    for piece in line.split("；"):
        name, colon, value = piece.partition("：")
        if colon or not cells:
            cells.append((name, value))
        else:
            cells[-1] = (cells[-1][0], cells[-1][1] + piece)
    return cells
