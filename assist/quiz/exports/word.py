"""A paper for print by python-docx: questions, then an answer sheet and the key, each on pages of its own."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from assist.quiz.exports import CHINESE_NUMBERS, Sheet, grouped, source_line
from assist.quiz.model import LETTERS, Item, ItemKind

FONT = "宋体"


def write(sheet: Sheet) -> bytes:
    """The document."""
    from docx import Document
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt

    document: Any = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(11)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    for section in document.sections:
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.2)
    _head(document, sheet.title, sheet)
    _questions(document, sheet)
    document.add_page_break()
    _head(document, f"{sheet.title} · 答题卡", sheet)
    _answer_sheet(document, sheet)
    document.add_page_break()
    _head(document, f"{sheet.title} · 参考答案（阅卷人用）", None)
    _key(document, sheet)
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


def _head(document: Any, title: str, sheet: Sheet | None) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    line = document.add_paragraph()
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = line.add_run(title)
    run.bold, run.font.size = True, Pt(16)
    if sheet is not None:
        time = f"　限时：{sheet.minutes} 分钟" if sheet.minutes else ""
        under = document.add_paragraph(f"姓名：____________　工号：____________　得分：________{time}")
        under.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _questions(document: Any, sheet: Sheet) -> None:
    for at, (label, lines) in enumerate(grouped(sheet.items)):
        heading = document.add_paragraph()
        heading.add_run(f"{CHINESE_NUMBERS[at]}、{label}（共 {len(lines)} 题）").bold = True
        for number, item in lines:
            stem = document.add_paragraph(f"{number}. {item.stem}")
            stem.paragraph_format.keep_with_next = bool(item.options)
            for place, option in enumerate(_shown(item)):
                line = document.add_paragraph(f"{LETTERS[place]}. {option}")
                line.paragraph_format.left_indent = _indent()
            if item.kind is ItemKind.SHORT:
                document.add_paragraph("\n\n")


def _indent() -> Any:
    from docx.shared import Cm

    return Cm(0.8)


def _shown(item: Item) -> tuple[str, ...]:
    return () if item.kind is ItemKind.TRUE_FALSE else item.options


def _answer_sheet(document: Any, sheet: Sheet) -> None:
    for label, lines in grouped(sheet.items):
        document.add_paragraph().add_run(label).bold = True
        if lines[0][1].kind in (ItemKind.SHORT, ItemKind.FILL):
            for number, _ in lines:
                document.add_paragraph(f"{number}. ____________________________________________")
            continue
        width = 10
        for start in range(0, len(lines), width):
            part = lines[start : start + width]
            table = document.add_table(rows=2, cols=len(part))
            table.style = "Table Grid"
            for column, (number, _) in enumerate(part):
                table.cell(0, column).text = str(number)
            document.add_paragraph()


def _key(document: Any, sheet: Sheet) -> None:
    if sheet.checked_on:
        document.add_paragraph(f"以下答案于 {sheet.checked_on} 与现行有效的知识核对无误。")
    table = document.add_table(rows=1, cols=4)
    table.style = "Table Grid"
    for cell, name in zip(table.rows[0].cells, ("题号", "题型", "答案", "出处"), strict=True):
        cell.text = name
    for _, lines in grouped(sheet.items):
        for number, item in lines:
            row = table.add_row().cells
            for cell, text in zip(row, (str(number), item.kind.label, item.letters, source_line(item)), strict=True):
                cell.text = text
