"""Render a source as a born-digital PDF with embedded subsets of Noto Sans SC and Noto Serif SC (SIL OFL 1.1)."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from doc_flow import GridTable, TextBlock
from doc_source import Source, column_widths
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, HRFlowable, KeepTogether, PageTemplate, Spacer

FONT_FILES = {
    "Sans": "NotoSansSC_400Regular.ttf",
    "SansBold": "NotoSansSC_700Bold.ttf",
    "Serif": "NotoSerifSC_400Regular.ttf",
}
INK = colors.HexColor("#1b2a41")
RULE = colors.HexColor("#8d99ae")
BAND = colors.HexColor("#e8edf4")
RED = colors.HexColor("#b3261e")
MARGIN = 27 * mm
WIDTH = A4[0] - 2 * MARGIN


def register_fonts(folder: Path) -> None:
    """Register the TrueType fonts found in `folder`."""
    missing = [name for name in FONT_FILES.values() if not (folder / name).is_file()]
    if missing:
        raise FileNotFoundError(f"fonts missing in {folder}: {', '.join(missing)} (see the docstring of policies.py)")
    for name, file in FONT_FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(folder / file)))


def _head(canvas: Canvas, source: Source) -> None:
    """Draw the running head, before the page's content."""
    canvas.setFillColor(INK)
    canvas.setStrokeColor(RULE)
    canvas.setLineWidth(0.5)
    for font_x, draw, text in (
        (MARGIN, canvas.drawString, str(source.meta["docno"])),
        (A4[0] - MARGIN, canvas.drawRightString, str(source.meta["title"])),
    ):
        canvas.setFont("Sans", 8.5)
        draw(font_x, A4[1] - 16 * mm, text)
    canvas.line(MARGIN, A4[1] - 18 * mm, A4[0] - MARGIN, A4[1] - 18 * mm)


def _foot(canvas: Canvas, source: Source, total: int) -> None:
    """Draw the running foot, after the page's content."""
    canvas.setFillColor(INK)
    canvas.setStrokeColor(RULE)
    canvas.setFont("Sans", 8.5)
    canvas.line(MARGIN, 18 * mm, A4[0] - MARGIN, 18 * mm)
    canvas.drawString(MARGIN, 13 * mm, "对外公开" if source.is_public else "内部资料 注意保密")
    canvas.drawRightString(A4[0] - MARGIN, 13 * mm, f"第 {canvas.getPageNumber()} 页 共 {total} 页")


def _table(rows: tuple[tuple[str, ...], ...], header: bool = True, widths: list[float] | None = None) -> GridTable:
    return GridTable(list(rows), widths or column_widths(rows, WIDTH), ("Sans", "SansBold"), INK, RULE, BAND, header)


def _front(source: Source) -> list[Flowable]:
    meta = source.meta
    until = meta.get("effective_to")
    validity = f"{meta['effective_from']} 起" + (f"，至 {until} 止" if until else "")
    rows = (
        ("发布部门", str(meta["department"]), "印发日期", str(meta["issued"])),
        ("施行日期", validity, "版本", str(meta["version"])),
    )
    return [
        Spacer(1, 6 * mm),
        TextBlock([("SansBold", str(meta["title"]))], 20, 32, INK, centred=True),
        TextBlock([("Sans", str(meta["docno"]))], 10, 18, INK, centred=True, after=6),
        HRFlowable(width="100%", thickness=1.4, color=RED, spaceAfter=8),
        _table(rows, header=False, widths=[WIDTH * share for share in (0.15, 0.41, 0.15, 0.29)]),
        Spacer(1, 4 * mm),
    ]


def _flow(source: Source) -> list[Flowable]:
    story = _front(source)
    pending: list[Flowable] = []
    for block in source.blocks:
        if block.kind == "heading":
            size = 14.5 if block.level == 1 else 12.5
            pending.append(TextBlock([("SansBold", block.text)], size, size + 12, INK, centred=True, before=9, after=5))
        elif block.kind == "caption":
            pending.append(TextBlock([("SansBold", block.text)], 9.6, 18, INK, centred=True, before=5, after=1))
        elif block.kind == "table":
            table = _table(block.rows)
            story.extend([KeepTogether([*pending, table]), Spacer(1, 3.5 * mm)])
            pending = []
        else:
            runs = [("Serif", block.text)]
            if block.lead:
                runs = [("SansBold", block.lead), ("Serif", f"　{block.text}")]
            paragraph = TextBlock(runs, 11.5, 22, INK, indent=23, after=5)
            story.append(KeepTogether([*pending, paragraph]) if pending else paragraph)
            pending = []
    return story + pending


def _build(source: Source, target: str | BytesIO, total: int) -> int:
    """Build the document whose foot says `total` pages; return the number of pages built."""
    doc = BaseDocTemplate(
        target,
        pagesize=A4,
        title=str(source.meta["title"]),
        author="澜川通信有限公司",
        subject=str(source.meta["docno"]),
        creator="zhiying samples",
        invariant=1,
        lang="zh-CN",
    )
    frame = Frame(MARGIN, 21 * mm, WIDTH, A4[1] - 43 * mm, 0, 0, 0, 0)
    doc.addPageTemplates(
        PageTemplate(
            frames=[frame],
            onPage=lambda canvas, _: _head(canvas, source),
            onPageEnd=lambda canvas, _: _foot(canvas, source, total),
        )
    )
    doc.build(_flow(source))
    return int(doc.page)


def write_pdf(source: Source, target: Path) -> None:
    """Write `source` to `target`; the first pass only counts the pages."""
    _build(source, str(target), _build(source, BytesIO(), 9))
