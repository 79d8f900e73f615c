"""Reads slides by python-pptx: title as heading, bullets, tables, diagrams, speaker notes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.clean import is_page_number, tidy, tidy_lines
from ingest.model import Block, BlockKind, RawDocument
from ingest.readers.limits import Limits
from ingest.readers.ooxml import BROKEN, guard_xml, local
from ingest.readers.refusals import damaged, empty, too_much
from ingest.readers.tables import row_blocks

_BULLET = re.compile(r"^[•●■◆▪➢✓·※►▶➤]\s*")
_DEEPEST = 20
_LONGEST_FURNITURE = 40


def read(path: Path, *, limits: Limits) -> RawDocument:
    """The blocks of a presentation, `page` being the slide's number; hidden slides are left out and named."""
    import pptx

    guard_xml(path)
    try:
        deck = pptx.Presentation(str(path))
        slides = list(deck.slides)
        if len(slides) > limits.pages:
            raise too_much("页数", f"{limits.pages} 页")
        walk = _Walk()
        for number, slide in enumerate(slides, start=1):
            walk.slide(slide, number)
        named = tidy(deck.core_properties.title or "")
    except BROKEN as error:
        raise damaged("PowerPoint") from error
    blocks = _without_furniture(walk.blocks, len(slides))
    if not blocks:
        raise empty()
    title = named if named and "PowerPoint" not in named else _first_title(blocks)
    warnings = tuple(f"隐藏的第 {number} 张幻灯片没有读取" for number in walk.hidden)
    return RawDocument(title=title, format="pptx", blocks=tuple(blocks), pages=len(slides), warnings=warnings)


def _first_title(blocks: list[Block]) -> str:
    return next((block.text for block in blocks if block.kind is BlockKind.HEADING and block.page == 1), "")


class _Walk:
    """Goes through the slides in order and collects blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.hidden: list[int] = []
        self._tables = 0

    def slide(self, slide: Any, number: int) -> None:
        """Takes title, shapes from top to bottom, and notes of one slide."""
        if slide._element.get("show") == "0":
            self.hidden.append(number)
            return
        title = slide.shapes.title
        if title is not None and tidy(title.text_frame.text):
            self.blocks.append(Block(BlockKind.HEADING, tidy(title.text_frame.text), level=1, page=number))
        for shape in _in_order(slide.shapes):
            if title is None or shape.shape_id != title.shape_id:
                self._shape(shape, number)
        if slide.has_notes_slide:
            frame = slide.notes_slide.notes_text_frame
            for line in tidy_lines(frame.text).split("\n") if frame is not None else ():
                if line:
                    self.blocks.append(Block(BlockKind.NOTE, line, page=number))

    def _shape(self, shape: Any, number: int) -> None:
        if _is_furniture(shape):
            return
        if getattr(shape, "has_table", False):
            self._table(shape.table, number)
        elif getattr(shape, "has_text_frame", False):
            self._text(shape, number)
        else:
            for text in _diagram(shape):
                self.blocks.append(Block(BlockKind.LIST, text, level=1, page=number))

    def _text(self, shape: Any, number: int) -> None:
        listed = bool(shape.is_placeholder)
        for paragraph in shape.text_frame.paragraphs:
            for line in tidy_lines("".join(_paragraph_words(paragraph))).split("\n"):
                if line and not is_page_number(line):
                    words = _BULLET.sub("", line)
                    is_item = listed or paragraph.level or words != line
                    kind = BlockKind.LIST if is_item and words else BlockKind.PARAGRAPH
                    level = paragraph.level + 1 if kind is BlockKind.LIST else 0
                    self.blocks.append(Block(kind, words or line, level=level, page=number))

    def _table(self, table: Any, number: int) -> None:
        grid = [[_cell(table, row, column) for column in range(len(table.columns))] for row in range(len(table.rows))]
        heads = 1 if table.first_row and len(grid) > 1 else None
        self._tables += 1
        self.blocks += row_blocks(grid, table=self._tables, page=number, header_rows=heads)


def _in_order(shapes: Any, depth: int = 0) -> Iterator[Any]:
    """Shapes by rows from the top, left to right within a row, groups opened."""
    flat = []
    for shape in shapes:
        if hasattr(shape, "shapes") and depth < _DEEPEST:
            flat += [(shape.top or 0, shape.left or 0, inner) for inner in _in_order(shape.shapes, depth + 1)]
        else:
            flat.append((shape.top or 0, shape.left or 0, shape))
    row = 914400 // 4
    yield from (shape for _, _, shape in sorted(flat, key=lambda item: (item[0] // row, item[1])))


def _is_furniture(shape: Any) -> bool:
    """True for date, footer and slide number."""
    return (
        bool(shape.is_placeholder)
        and shape.placeholder_format.type is not None
        and (shape.placeholder_format.type.name in ("DATE", "FOOTER", "SLIDE_NUMBER", "HEADER"))
    )


def _paragraph_words(paragraph: Any) -> Iterator[str]:
    for element in paragraph._p.iterchildren():
        if local(element) == "br":
            yield "\n"
        elif local(element) in ("r", "fld"):
            yield "".join(child.text or "" for child in element.iterchildren() if local(child) == "t")


def _cell(table: Any, row: int, column: int) -> str:
    """The text of a cell, that of the merged cell it belongs to included."""
    cell = table.cell(row, column)
    if cell.is_spanned:
        for above in range(row, -1, -1):
            for left in range(column, -1, -1):
                origin = table.cell(above, left)
                if origin.is_merge_origin and above + origin.span_height > row and left + origin.span_width > column:
                    return tidy_lines(origin.text)
    return tidy_lines(cell.text)


def _diagram(shape: Any) -> list[str]:
    """The words of a SmartArt diagram."""
    from pptx.oxml import parse_xml

    for element in shape._element.iter():
        if local(element) == "relIds":
            name = next((value for key, value in element.attrib.items() if key.endswith("}dm")), "")
            part = shape.part.rels[name].target_part if name in shape.part.rels else None
            if part is not None:
                root = parse_xml(part.blob)
                points = (point for point in root.iter() if local(point) == "pt")
                words = (
                    tidy("".join(text.text or "" for text in point.iter() if local(text) == "t")) for point in points
                )
                return [word for word in words if word]
    return []


def _without_furniture(blocks: list[Block], slides: int) -> list[Block]:
    """Leaves out short lines that stand on most slides, such as a company's name."""
    if slides < 4:
        return blocks
    shown = {(_apart_from_numbers(block.text), block.page) for block in blocks if block.kind is not BlockKind.ROW}
    pages = Counter(text for text, _ in shown)
    return [
        block
        for block in blocks
        if block.kind in (BlockKind.ROW, BlockKind.HEADING)
        or len(block.text) > _LONGEST_FURNITURE
        or pages[_apart_from_numbers(block.text)] < max(4, slides * 0.5)
    ]


def _apart_from_numbers(text: str) -> str:
    return re.sub(r"\d+", "#", text)
