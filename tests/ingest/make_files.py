"""Builds the files the reader tests need, at run time: good ones, broken ones and hostile ones."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

FONT = "STSong-Light"
"""A Chinese font every PDF program knows by name; nothing is embedded."""

Draw = Callable[[Any, int], object]
"""Draws page number N (from 1) on a reportlab canvas."""

Fill = Callable[[Any], object]
"""Fills an empty document, workbook or presentation."""


def pdf(path: Path, draw: Draw, *, pages: int = 1, size: tuple[float, float] = (595, 842), rotate: int = 0) -> Path:
    """A PDF whose pages `draw` fills."""
    font = import_module("reportlab.pdfbase.cidfonts").UnicodeCIDFont(FONT)
    import_module("reportlab.pdfbase.pdfmetrics").registerFont(font)
    canvas = import_module("reportlab.pdfgen.canvas").Canvas(str(path), pagesize=size)
    for number in range(1, pages + 1):
        if rotate:
            canvas.setPageRotation(rotate)
        draw(canvas, number)
        canvas.showPage()
    canvas.save()
    return path


def write_lines(
    canvas: Any, lines: Sequence[str], *, x: float = 72, y: float = 760, size: float = 12, step: float = 20
) -> float:
    """Lines one below the other; gives the height below the last."""
    canvas.setFont(FONT, size)
    for line in lines:
        canvas.drawString(x, y, line)
        y -= step
    return y


def draw_table(
    canvas: Any,
    rows: Sequence[Sequence[str]],
    *,
    x: float = 72,
    y: float = 700,
    widths: Sequence[float],
    height: float = 24,
) -> float:
    """A table with all its lines drawn; gives the height below it."""
    canvas.setFont(FONT, 10)
    edges = [x + sum(widths[:number]) for number in range(len(widths) + 1)]
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            canvas.drawString(edges[column] + 4, y - number * height - 16, cell)
    bottom = y - len(rows) * height
    canvas.grid(edges, [y - number * height for number in range(len(rows) + 1)])
    return bottom


def encrypted_pdf(path: Path, source: Path, *, password: str) -> Path:
    """`source` under AES-256; with an empty password it opens without asking."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(source))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="AES-256")
    with path.open("wb") as file:
        writer.write(file)
    return path


def picture(lines: Sequence[str], *, turn: int = 0) -> io.BytesIO:
    """A white picture with lines of Latin text in black, turned by `turn` degrees."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (1000, 700), "white")
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((80, 100 + number * 90), line, fill="black", font=ImageFont.load_default(size=44))
    stream = io.BytesIO()
    image.rotate(turn, expand=True).save(stream, format="PNG")
    stream.seek(0)
    return stream


def scanned_page(canvas: Any, lines: Sequence[str], *, turn: int = 0, size: tuple[float, float] = (595, 842)) -> None:
    """A page that is nothing but a picture of text."""
    reader = import_module("reportlab.lib.utils").ImageReader
    canvas.drawImage(reader(picture(lines, turn=turn)), 0, 0, width=size[0], height=size[1])


def pdf_without_meaning(path: Path) -> Path:
    """A PDF whose text is set in glyph numbers that nothing translates to characters."""
    glyphs = "".join(f"{number:04X}" for number in range(300, 360))
    content = f"BT /F1 12 Tf 72 700 Td <{glyphs}> Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >> stream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /Odd /Encoding /Identity-H /DescendantFonts [6 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Odd /FontDescriptor 7 0 R"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>",
        b"<< /Type /FontDescriptor /FontName /Odd /Flags 4 /FontBBox [0 0 1000 1000] >>",
    ]
    body = b"%PDF-1.7\n"
    places = []
    for number, item in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    table = b"xref\n0 8\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    path.write_bytes(body + table + b"trailer << /Size 8 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % len(body))
    return path


def docx(path: Path, fill: Fill) -> Path:
    """A Word document that `fill` fills."""
    from docx import Document

    document = Document()
    fill(document)
    document.save(str(path))
    return path


def xlsx(path: Path, fill: Fill) -> Path:
    """A workbook that `fill` fills; its first sheet is there."""
    from openpyxl import Workbook

    book = Workbook()
    fill(book)
    book.save(path)
    return path


def pptx(path: Path, fill: Fill) -> Path:
    """A presentation that `fill` fills."""
    from pptx import Presentation

    deck = Presentation()
    fill(deck)
    deck.save(str(path))
    return path


def zip_bomb(path: Path, *, inner: str = "word/document.xml", megabytes: int = 64) -> Path:
    """A container whose one part unfolds to far more than it weighs."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open(inner, "w") as part:
            for _ in range(megabytes):
                part.write(b"\0" * 1024 * 1024)
    return path


def with_entities(path: Path, source: Path, part: str) -> Path:
    """`source` with a document type that defines entities put before one of its XML parts."""
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]>'
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info.filename, bomb + data.split(b"?>", 1)[-1] if info.filename == part else data)
    return path


def compound(path: Path, stream: str) -> Path:
    """An OLE compound file as far as its signature and the name of one stream go."""
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + stream.encode("utf-16-le") + bytes(1000))
    return path
