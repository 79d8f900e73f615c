"""A paper for print by reportlab: questions, answer sheet and key; Chinese by a font of the system, else by Adobe's."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

from assist.quiz.exports import CHINESE_NUMBERS, Sheet, grouped, source_line
from assist.quiz.model import LETTERS, ItemKind

FONTS = (
    Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"),
    Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"),
    Path("/System/Library/Fonts/STHeiti Light.ttc"),
    Path("C:/Windows/Fonts/simsun.ttc"),
)
"""TrueType fonts that hold Chinese, the first found is embedded; without one the viewer brings its own."""


def write(sheet: Sheet) -> bytes:
    """The document, A4."""
    from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
    from reportlab.lib.units import cm  # type: ignore[import-untyped]
    from reportlab.platypus import PageBreak, SimpleDocTemplate  # type: ignore[import-untyped]

    stream = BytesIO()
    document = SimpleDocTemplate(
        stream, pagesize=A4, leftMargin=2 * cm, rightMargin=2 * cm, topMargin=2 * cm, bottomMargin=2 * cm,
        title=sheet.title, author=sheet.organisation or "知应",
    )  # fmt: skip
    styles = _styles()
    flow = [*_head(sheet.title, sheet, styles), *_questions(sheet, styles), PageBreak()]
    flow += [*_head(f"{sheet.title} · 答题卡", sheet, styles), *_answer_sheet(sheet, styles), PageBreak()]
    flow += [*_head(f"{sheet.title} · 参考答案（阅卷人用）", None, styles), *_key(sheet, styles)]
    document.build(flow, onFirstPage=_page, onLaterPages=_page)
    return stream.getvalue()


@lru_cache(maxsize=1)
def font() -> str:
    """The name of the registered font."""
    from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont  # type: ignore[import-untyped]
    from reportlab.pdfbase.ttfonts import TTFError, TTFont  # type: ignore[import-untyped]

    for path in FONTS:
        if path.exists():
            try:
                pdfmetrics.registerFont(TTFont("zhiying", str(path), subfontIndex=0))
            except TTFError:
                continue
            return "zhiying"
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    return "STSong-Light"


def _styles() -> dict[str, Any]:
    from reportlab.lib.enums import TA_CENTER  # type: ignore[import-untyped]
    from reportlab.lib.styles import ParagraphStyle  # type: ignore[import-untyped]

    base = ParagraphStyle("base", fontName=font(), fontSize=10.5, leading=16, wordWrap="CJK")
    return {
        "base": base,
        "title": ParagraphStyle("title", parent=base, fontSize=16, leading=24, alignment=TA_CENTER),
        "under": ParagraphStyle("under", parent=base, alignment=TA_CENTER, spaceAfter=8),
        "group": ParagraphStyle("group", parent=base, fontSize=12, leading=20, spaceBefore=10),
        "stem": ParagraphStyle("stem", parent=base, spaceBefore=6, keepWithNext=1),
        "option": ParagraphStyle("option", parent=base, leftIndent=16),
        "small": ParagraphStyle("small", parent=base, fontSize=9, leading=13),
    }


def _page(canvas: Any, document: Any) -> None:
    canvas.setFont(font(), 9)
    canvas.drawCentredString(document.pagesize[0] / 2, 28, f"第 {canvas.getPageNumber()} 页")


def _head(title: str, sheet: Sheet | None, styles: dict[str, Any]) -> list[Any]:
    from reportlab.platypus import Paragraph

    flow = [Paragraph(escape(title), styles["title"])]
    if sheet is not None:
        time = f"　限时：{sheet.minutes} 分钟" if sheet.minutes else ""
        flow.append(Paragraph(f"姓名：____________　工号：____________　得分：________{time}", styles["under"]))
    return flow


def _questions(sheet: Sheet, styles: dict[str, Any]) -> list[Any]:
    from reportlab.platypus import KeepTogether, Paragraph, Spacer

    flow: list[Any] = []
    for at, (label, lines) in enumerate(grouped(sheet.items)):
        flow.append(Paragraph(f"{CHINESE_NUMBERS[at]}、{label}（共 {len(lines)} 题）", styles["group"]))
        for number, item in lines:
            block = [Paragraph(f"{number}. {_lines(item.stem)}", styles["stem"])]
            if item.kind is not ItemKind.TRUE_FALSE:
                block += [
                    Paragraph(f"{LETTERS[place]}. {_lines(option)}", styles["option"])
                    for place, option in enumerate(item.options)
                ]
            if item.kind is ItemKind.SHORT:
                block.append(Spacer(1, 56))
            flow.append(KeepTogether(block))
    return flow


def _answer_sheet(sheet: Sheet, styles: dict[str, Any]) -> list[Any]:
    from reportlab.lib import colors  # type: ignore[import-untyped]
    from reportlab.platypus import Paragraph, Table

    flow: list[Any] = []
    for label, lines in grouped(sheet.items):
        flow.append(Paragraph(label, styles["group"]))
        if lines[0][1].kind in (ItemKind.SHORT, ItemKind.FILL):
            flow += [Paragraph(f"{number}. {'_' * 50}", styles["base"]) for number, _ in lines]
            continue
        for start in range(0, len(lines), 10):
            part = [str(number) for number, _ in lines[start : start + 10]]
            grid = Table([part, [""] * len(part)], colWidths=44, rowHeights=[18, 24], hAlign="LEFT")
            grid.setStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("FONTNAME", (0, 0), (-1, -1), font())])
            flow.append(grid)
    return flow


def _key(sheet: Sheet, styles: dict[str, Any]) -> list[Any]:
    from reportlab.lib import colors
    from reportlab.platypus import Paragraph, Table

    note = f"以下答案于 {sheet.checked_on} 与现行有效的知识核对无误。" if sheet.checked_on else ""
    rows = [[Paragraph(name, styles["small"]) for name in ("题号", "题型", "答案", "出处")]]
    for _, lines in grouped(sheet.items):
        for number, item in lines:
            cells = (str(number), item.kind.label, item.letters, source_line(item))
            rows.append([Paragraph(_lines(text), styles["small"]) for text in cells])
    grid = Table(rows, colWidths=[34, 48, 190, 210], repeatRows=1)
    grid.setStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.grey), ("VALIGN", (0, 0), (-1, -1), "TOP")])
    return [Paragraph(note, styles["base"]), grid]


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br/>")
