"""Render a source as a Word document with real heading styles, tables, header and footer with page fields."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from doc_source import Source, column_widths
from doc_zip import normalise
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import _Cell
from docx.text.paragraph import Paragraph

FACE = "宋体"


def _face(style: object, size: float, bold: bool | None = None, face: str = FACE) -> None:
    font = style.font  # type: ignore[attr-defined]
    font.name, font.size, font.bold = face, Pt(size), bold
    font.color.rgb = RGBColor(0x1B, 0x2A, 0x41)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()  # type: ignore[attr-defined]
    for attribute in ("w:eastAsia", "w:ascii", "w:hAnsi"):
        fonts.set(qn(attribute), face)
    for attribute in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(attribute), None)


def _field(paragraph: Paragraph, code: str) -> None:
    for kind, text in (("begin", None), (None, code), ("separate", None), ("text", "1"), ("end", None)):
        run = paragraph.add_run()
        if kind is None:
            node = OxmlElement("w:instrText")
            node.set(qn("xml:space"), "preserve")
            node.text = text
        elif kind == "text":
            run.text = text or ""
            continue
        else:
            node = OxmlElement("w:fldChar")
            node.set(qn("w:fldCharType"), kind)
        run._r.append(node)


def _shade(cell: _Cell, fill: str) -> None:
    shading = OxmlElement("w:shd")
    for key, value in (("w:val", "clear"), ("w:color", "auto"), ("w:fill", fill)):
        shading.set(qn(key), value)
    cell._tc.get_or_add_tcPr().append(shading)


def _add_table(document: object, rows: tuple[tuple[str, ...], ...], header: bool = True) -> None:
    table = document.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")  # type: ignore[attr-defined]
    table.autofit = False
    widths = column_widths(rows, 460)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Pt(width)
    for line in table.rows:
        line._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for index, row in enumerate(rows):
        for column, text in enumerate(row):
            cell = table.cell(index, column)
            cell.width = Pt(widths[column])
            run = cell.paragraphs[0].add_run(text)
            run.font.size, run.font.bold = Pt(9.5), header and index == 0
            if header and index == 0:
                _shade(cell, "E8EDF4")
    if header:
        mark = OxmlElement("w:tblHeader")
        mark.set(qn("w:val"), "true")
        table.rows[0]._tr.get_or_add_trPr().append(mark)


def write_docx(source: Source, target: Path) -> None:
    """Write `source` to `target`."""
    meta = source.meta
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(24)
    _face(document.styles["Normal"], 10.5)
    _face(document.styles["Title"], 20, True, "黑体")
    for level, size in ((1, 14), (2, 12)):
        _face(document.styles[f"Heading {level}"], size, True, "黑体")
    _face(document.styles["Caption"], 9.5, True, "黑体")

    head = section.header.paragraphs[0]
    head.text = f"{meta['docno']}\t\t{meta['title']}"
    foot = section.footer.paragraphs[0]
    foot.add_run("对外公开　" if source.is_public else "内部资料 注意保密　")
    foot.add_run("第 ")
    _field(foot, "PAGE")
    foot.add_run(" 页 共 ")
    _field(foot, "NUMPAGES")
    foot.add_run(" 页")
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER

    document.add_paragraph(str(meta["title"]), style="Title").alignment = WD_ALIGN_PARAGRAPH.CENTER
    number = document.add_paragraph(str(meta["docno"]))
    number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    until = f"，至 {meta['effective_to']} 止" if meta.get("effective_to") else ""
    _add_table(
        document,
        (
            ("发布部门", str(meta["department"]), "印发日期", str(meta["issued"])),
            ("施行日期", f"{meta['effective_from']} 起{until}", "版本", str(meta["version"])),
        ),
        header=False,
    )
    document.add_paragraph()

    for block in source.blocks:
        if block.kind == "heading":
            document.add_heading(block.text, level=block.level)
        elif block.kind == "caption":
            document.add_paragraph(block.text, style="Caption").alignment = WD_ALIGN_PARAGRAPH.CENTER
        elif block.kind == "table":
            _add_table(document, block.rows)
            document.add_paragraph()
        else:
            paragraph = document.add_paragraph()
            paragraph.paragraph_format.first_line_indent = Pt(21)
            if block.lead:
                paragraph.add_run(block.lead).bold = True
                paragraph.add_run("　")
            paragraph.add_run(block.text)

    properties = document.core_properties
    properties.title, properties.author = str(meta["title"]), "澜川通信有限公司"
    properties.subject, properties.comments, properties.last_modified_by = str(meta["docno"]), "", "澜川通信有限公司"
    properties.created = properties.modified = dt.datetime.fromisoformat(f"{meta['issued']}T08:00:00")
    document.save(str(target))
    normalise(target, str(meta["issued"]))
