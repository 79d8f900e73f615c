"""Render the training deck: title slide, bullet slides, tables and speaker notes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from doc_source import column_widths
from doc_zip import normalise
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.slide import Slide
from pptx.util import Cm, Pt

INK = RGBColor(0x1B, 0x2A, 0x41)
SLIDE_WIDTH, SLIDE_HEIGHT, MARGIN = Cm(33.87), Cm(19.05), Cm(1.8)


def _text(slide: Slide, box: tuple[int, int, int, int], lines: list[str], size: int, bullet: str = "") -> None:
    frame = slide.shapes.add_textbox(*box).text_frame
    frame.word_wrap = True
    for index, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if index == 0 else frame.add_paragraph()
        run = paragraph.add_run()
        run.text = bullet + line
        run.font.size, run.font.color.rgb = Pt(size), INK
        paragraph.space_after = Pt(8)


def _table(slide: Slide, rows: tuple[tuple[str, ...], ...]) -> int:
    """Add the table; return the vertical position below it."""
    top, row_height = Cm(3.6), Cm(1.35)
    width = SLIDE_WIDTH - 2 * MARGIN
    shape = slide.shapes.add_table(len(rows), len(rows[0]), MARGIN, top, width, row_height * len(rows))
    for column, points in enumerate(column_widths(rows, 1000.0)):
        shape.table.columns[column].width = int(width * points / 1000.0)
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            cell = shape.table.cell(r, c)
            cell.text = value
            run = cell.text_frame.paragraphs[0].runs[0]
            run.font.size, run.font.bold = Pt(15), r == 0
    return int(top + row_height * len(rows) + Cm(0.5))


def write_pptx(meta: dict[str, Any], target: Path) -> None:
    """Write the deck described by `meta` to `target`."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = SLIDE_WIDTH, SLIDE_HEIGHT
    for number, content in enumerate(meta["slides"], start=1):
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        title = slide.shapes.title
        title.text = content["title"]
        title.left, title.width, title.height = MARGIN, SLIDE_WIDTH - 2 * MARGIN, Cm(2.2)
        title.top = Cm(6.0) if number == 1 else Cm(0.9)
        run = title.text_frame.paragraphs[0].runs[0]
        run.font.size, run.font.bold, run.font.color.rgb = Pt(40 if number == 1 else 30), True, INK
        width = SLIDE_WIDTH - 2 * MARGIN
        top = int(Cm(3.8))
        if "subtitle" in content:
            _text(slide, (MARGIN, Cm(9.5), width, Cm(2)), [content["subtitle"]], 22)
        if "table" in content:
            top = _table(slide, tuple(tuple(str(cell) for cell in row) for row in content["table"]))
        if "bullets" in content:
            _text(slide, (MARGIN, top, width, Cm(17) - top), content["bullets"], 18, "• ")
        _text(slide, (MARGIN, Cm(17.6), width, Cm(1)), [f"{meta['docno']}　内部资料 注意保密　第 {number} 页"], 11)
        slide.notes_slide.notes_text_frame.text = content["notes"]
    properties = deck.core_properties
    properties.title, properties.author = meta["title"], "澜川通信有限公司"
    properties.subject, properties.last_modified_by = meta["docno"], "澜川通信有限公司"
    properties.created = properties.modified = dt.datetime.fromisoformat(f"{meta['issued']}T08:00:00")
    deck.save(str(target))
    normalise(target, str(meta["issued"]))
