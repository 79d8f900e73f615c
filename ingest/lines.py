"""The lines of a document as structure and packing see them; `ingest.structure` and `ingest.pack` share it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from ingest.marks import Mark, mark_of
from ingest.model import Block, BlockKind

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph or table row of the source in its own words, stripped, with the numbering it begins with."""

    text: str
    page: int | None = None
    mark: Mark | None = None
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    table: int = 0


def lines_of(blocks: Iterable[Block]) -> list[Line]:
    """Lines of `blocks` in order: comments gone, a caption of a table before its first row."""
    lines: list[Line] = []
    captioned: set[int] = set()
    for block in blocks:
        text = _COMMENT.sub("", block.text).strip()
        if block.table and block.caption and block.table not in captioned:
            captioned.add(block.table)
            if not lines or squash(lines[-1].text) != squash(block.caption):
                lines.append(Line(block.caption.strip(), block.page))
        if text:
            mark = None if block.kind is BlockKind.ROW else mark_of(text)
            lines.append(Line(text, block.page, mark, block.kind, block.level, block.table))
    return lines


def squash(text: str) -> str:
    """NFKC without white space: what two printings of one line have in common."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
