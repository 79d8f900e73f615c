"""The lines of a document as structure and packing see them; `ingest.structure` and `ingest.pack` share it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.marks import Mark, mark_of
from ingest.model import Block, BlockKind

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff\ufffe\uffff]")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph or table row of the source in its own words, stripped, with the numbering it begins with.

    `question` is the cell of a row that asks, when another cell after it answers.
    """

    text: str
    page: int | None = None
    mark: Mark | None = None
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    table: int = 0
    question: str = ""


def lines_of(blocks: Iterable[Block]) -> list[Line]:
    """Lines of `blocks` in order: comments gone, a caption of a table before its first row."""
    lines: list[Line] = []
    captioned: set[int] = set()
    for block in blocks:
        text = _COMMENT.sub("", storable(block.text)).strip()
        if block.table and block.caption and block.table not in captioned:
            captioned.add(block.table)
            if not lines or squash(lines[-1].text) != squash(block.caption):
                lines.append(Line(block.caption.strip(), block.page))
        if text:
            mark = None if block.kind is BlockKind.ROW else mark_of(text)
            asked = _asking_cell(block.cells) if block.kind is BlockKind.ROW else ""
            lines.append(Line(text, block.page, mark, block.kind, block.level, block.table, asked))
    return lines


def _asking_cell(cells: Sequence[str]) -> str:
    filled = [cell.strip() for cell in cells if cell.strip()]
    return next((cell for cell in filled[:-1] if cell.endswith(("？", "?")) and len(cell) <= 120), "")


def storable(text: str) -> str:
    """`text` without what no database takes: NUL, halves of surrogate pairs, noncharacters."""
    return _UNSTORABLE.sub("", text)


def squash(text: str) -> str:
    """NFKC without white space: what two printings of one line have in common."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
