"""Frozen values of ingestion: what a reader saw in a file and what became of it; importing this opens nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class BlockKind(StrEnum):
    """What a block of a document is; NOTE is a speaker note or footnote, ROW one row of a table."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    ROW = "row"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a document in reading order, without the line breaks of its layout.

    `text` is never blank; it holds a line break only where the author meant one (inside a cell, in code); for a ROW it
    is `render_row(header, cells)`. `level` is 1 (outermost) to 9 for a HEADING whose level the file itself states
    (style, markdown, html, bookmark), 0 for one that only looks like it; for a LIST item its depth from 1; else 0.
    `page` counts from 1 (slide number of a PPTX), None where the format has no pages. `header` and `cells` are set for
    rows only and have equal length (`header` is empty when the table has none); `caption` is the table's own caption
    where the file has one; `table` numbers the tables of a document from 1, 0 for what is not in a table: rows with the
    same number belong together, also across pages.
    """

    kind: BlockKind
    text: str
    level: int = 0
    page: int | None = None
    header: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    caption: str = ""
    table: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook, or a CSV file: a header and rows of strings, each as long as the header.

    Dates are ISO ("2026-07-01"), numbers have no ".0", merged cells are filled, empty cells are "". Cells keep the line
    breaks inside them. `numbers` are the rows' line numbers in the file, from 1, for telling a person where something
    stands. `title` is the line above the header, if any; `notes` are the other lines above it. Header names are
    stripped and unbroken, "" for a column without one.
    """

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()
    title: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawDocument:
    """A file as its reader saw it: prose as `blocks`, a workbook or CSV as `sheets` (then there are no blocks).

    `title` is what the file calls itself ("" when it does not say; a heading saying the same stays in `blocks`);
    `format` is the true format: pdf, docx, pptx, xlsx, csv, html, md, txt; `front_matter` holds JSON values only (dates
    as ISO strings); `pages` is how many pages or slides it has, None where the format has none; `warnings` are Chinese
    sentences for the receipt, such as pages that could not be read.
    """

    title: str
    format: str
    blocks: tuple[Block, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    front_matter: Mapping[str, Any] = field(default_factory=dict)
    pages: int | None = None
    warnings: tuple[str, ...] = ()


class Status(StrEnum):
    """What became of a file."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    RETIRED = "retired"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        """The Chinese word a person reads."""
        return _LABELS[self]


_LABELS = {
    Status.ADDED: "新增",
    Status.CHANGED: "更新",
    Status.UNCHANGED: "未变",
    Status.RETIRED: "停用",
    Status.REFUSED: "拒收",
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """One row of the receipt: what became of one source; `reason` is Chinese, set for every refusal."""

    source: str
    status: Status
    reason: str = ""
    passages: int = 0
    warnings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The row as the command line and the API publish it."""
        return {
            "source": self.source,
            "status": self.status.value,
            "label": self.status.label,
            "reason": self.reason,
            "passages": self.passages,
            "warnings": list(self.warnings),
        }


def render_row(header: Sequence[str], cells: Sequence[str]) -> str:
    """A table row as a sentence: "套餐：畅行99；月费：99元".

    Empty cells are left out; a cell equal to its header is said once, and so are words merged over several columns of
    one name or none; without a header the cells are joined by "；".
    """
    parts: list[str] = []
    for number, cell in enumerate(cells):
        name = header[number] if number < len(header) else ""
        part = f"{name}：{cell}" if name and name != cell else cell
        if cell and not (parts and parts[-1] == part and (name or len(cell) > _SHORT)):
            parts.append(part)
    return "；".join(parts)


_SHORT = 4
"""Cells up to this length may be equal by chance (figures, dashes); longer ones side by side are one merged cell."""
