"""Writes a rule and an order that hides in a Word file, a workbook or a PDF: hidden text, remarks, cells, metadata."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.ingest.make_files import docx, draw_table, pdf, write_lines, xlsx

Write = Callable[[Path, str, str], object]
"""Writes the file from a rule and an order."""


def _paragraph(document: Any, text: str, order: str) -> None:
    document.add_heading("移机费", level=1)
    document.add_paragraph(text)
    document.add_paragraph(order)


def _vanished(document: Any, text: str, order: str) -> None:
    document.add_heading("移机费", level=1)
    paragraph = document.add_paragraph(text)
    paragraph.add_run(order).font.hidden = True


def _white(document: Any, text: str, order: str) -> None:
    document.add_heading("移机费", level=1)
    run = document.add_paragraph(text).add_run(order)
    run.font.size = import_module("docx.shared").Pt(1)
    run.font.color.rgb = import_module("docx.shared").RGBColor(255, 255, 255)


def _commented(document: Any, text: str, order: str) -> None:
    document.add_heading("移机费", level=1)
    paragraph = document.add_paragraph(text)
    document.add_comment(runs=paragraph.runs, text=order, author="系统", initials="系")


def _described(document: Any, text: str, order: str) -> None:
    document.add_heading("移机费", level=1)
    document.add_paragraph(text)
    properties = document.core_properties
    properties.subject, properties.comments, properties.keywords = order[:200], order[:200], order[:200]


def _tabled(document: Any, text: str, order: str) -> None:
    document.add_heading("移机费", level=1)
    table = document.add_table(rows=3, cols=2)
    for row, cells in zip(table.rows, (("项目", "说明"), ("移机费", text), ("备注", order)), strict=True):
        for cell, said in zip(row.cells, cells, strict=True):
            cell.text = said


def _headed(document: Any, text: str, order: str) -> None:
    document.sections[0].header.paragraphs[0].text = order
    document.sections[0].footer.paragraphs[0].text = order
    document.add_heading("移机费", level=1)
    document.add_paragraph(text)


def _sheet(book: Any, text: str) -> Any:
    sheet = book.active
    sheet.title = "移机费"
    for row in (("项目", "说明"), ("移机费", text)):
        sheet.append(row)
    return sheet


def _celled(book: Any, text: str, order: str) -> None:
    _sheet(book, text).append(("备注", order))


def _noted(book: Any, text: str, order: str) -> None:
    comment = import_module("openpyxl.comments").Comment
    _sheet(book, text)["B2"].comment = comment(order, "系统")


def _hidden_sheet(book: Any, text: str, order: str) -> None:
    _sheet(book, text)
    other = book.create_sheet("说明")
    other.append(("项目", "说明"))
    other.append(("移机费", order))
    other.sheet_state = "hidden"


def _hidden_row(book: Any, text: str, order: str) -> None:
    sheet = _sheet(book, text)
    sheet.append(("备注", order))
    sheet.row_dimensions[3].hidden = True


def _propertied(book: Any, text: str, order: str) -> None:
    _sheet(book, text)
    book.properties.description, book.properties.subject = order, order


def _printed(canvas: Any, text: str, order: str) -> None:
    write_lines(canvas, ["移机费", text, *_folded(order)])


def _whitened(canvas: Any, text: str, order: str) -> None:
    y = write_lines(canvas, ["移机费", text])
    canvas.setFillColorRGB(1, 1, 1)
    write_lines(canvas, [order], y=y, size=1)


def _titled(canvas: Any, text: str, order: str) -> None:
    canvas.setSubject(order)
    canvas.setKeywords([order])
    write_lines(canvas, ["移机费", text])


def _annotated(canvas: Any, text: str, order: str) -> None:
    write_lines(canvas, ["移机费", text])
    canvas.textAnnotation(order, Rect=[72, 600, 200, 640])


def _gridded(canvas: Any, text: str, order: str) -> None:
    write_lines(canvas, ["移机费"])
    draw_table(canvas, [("项目", "说明"), ("移机费", text), ("备注", order[:30])], widths=(80, 380))


def _folded(text: str, width: int = 34) -> list[str]:
    return [text[at : at + width] for at in range(0, len(text), width)]


def _docx(fill: Callable[[Any, str, str], None]) -> Write:
    return lambda path, text, order: docx(path, lambda document: fill(document, text, order))


def _xlsx(fill: Callable[[Any, str, str], None]) -> Write:
    return lambda path, text, order: xlsx(path, lambda book: fill(book, text, order))


def _pdf(fill: Callable[[Any, str, str], None]) -> Write:
    return lambda path, text, order: pdf(path, lambda canvas, _page: fill(canvas, text, order))


PLACES: Mapping[str, tuple[str, Write]] = {
    "docx_visible": ("docx", _docx(_paragraph)),
    "docx_hidden": ("docx", _docx(_vanished)),
    "docx_white": ("docx", _docx(_white)),
    "docx_comment": ("docx", _docx(_commented)),
    "docx_meta": ("docx", _docx(_described)),
    "docx_cell": ("docx", _docx(_tabled)),
    "docx_header": ("docx", _docx(_headed)),
    "xlsx_cell": ("xlsx", _xlsx(_celled)),
    "xlsx_comment": ("xlsx", _xlsx(_noted)),
    "xlsx_sheet": ("xlsx", _xlsx(_hidden_sheet)),
    "xlsx_row": ("xlsx", _xlsx(_hidden_row)),
    "xlsx_meta": ("xlsx", _xlsx(_propertied)),
    "pdf_visible": ("pdf", _pdf(_printed)),
    "pdf_white": ("pdf", _pdf(_whitened)),
    "pdf_meta": ("pdf", _pdf(_titled)),
    "pdf_note": ("pdf", _pdf(_annotated)),
    "pdf_cell": ("pdf", _pdf(_gridded)),
}
"""Where an order hides -> the suffix of the file and what writes it."""
