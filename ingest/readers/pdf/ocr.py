"""Recognises scanned pages by rapidocr-onnxruntime on pictures made by pypdfium2; both are an optional extra."""

from __future__ import annotations

import importlib
import importlib.util
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from ingest.readers.pdf.values import Page, Piece

_DOTS_PER_INCH = 150
_LARGEST_SIDE = 2_600
_SAMPLE = 6

Box = list[list[float]]
"""Four corners as [x, y] in pixels, from the upper left one clockwise as the text reads."""


def is_installed() -> bool:
    """True when both packages are there; imports neither."""
    return all(importlib.util.find_spec(name) is not None for name in ("rapidocr_onnxruntime", "pypdfium2"))


def recognise(path: Path, numbers: Sequence[int], *, progress: Callable[[int], None]) -> list[Page]:
    """The pages of those numbers (from 1) as recognised text, sideways ones turned; `progress` gets each number."""
    engine = importlib.import_module("rapidocr_onnxruntime").RapidOCR()
    pages = []
    for number, picture, scale in _pictures(path, numbers):
        pages.append(_page(engine, number, picture, scale))
        progress(number)
    return pages


def _pictures(path: Path, numbers: Sequence[int]) -> Iterator[tuple[int, Any, float]]:
    """(number, picture as an array of rows, columns, BGR, pixels per point) of each page."""
    document = importlib.import_module("pypdfium2").PdfDocument(path)
    try:
        if document.get_formtype():
            document.init_forms()
        for number in numbers:
            page = document[number - 1]
            scale = min(_DOTS_PER_INCH / 72, _LARGEST_SIDE / max(page.get_size()))
            picture = page.render(scale=scale).to_numpy()
            page.close()
            yield number, picture, scale
    finally:
        document.close()


def _page(engine: Any, number: int, picture: Any, scale: float) -> Page:
    found = _read(engine, picture)
    if _is_sideways([box for box, _, _ in found]):
        picture = _turned(engine, picture, [box for box, _, _ in found])
        found = _read(engine, picture)
    height, width = picture.shape[:2]
    pieces = _even([piece for box, text, _ in found if (piece := _piece(box, text, scale))])
    return Page(number, width / scale, height / scale, pieces=pieces, scanned=True)


def _even(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Pieces of nearly the usual size made equal: boxes are drawn a little taller or lower from line to line."""
    usual = median([piece.size for piece in pieces]) if pieces else 0.0
    return tuple(replace(piece, size=usual) if 0.75 < piece.size / usual < 1.35 else piece for piece in pieces)


def _read(engine: Any, picture: Any) -> list[tuple[Box, str, float]]:
    """(corners, text, score from 0 to 1) of each line of text in the picture."""
    result, _ = engine(picture)
    return [(box, str(text), float(score)) for box, text, score in result or ()]


def _turned(engine: Any, picture: Any, boxes: Sequence[Box]) -> Any:
    """A sideways picture turned to the side on which its longest lines read better."""
    import numpy

    longest = sorted((box for box in boxes if _height(box) > 1.5 * _width(box)), key=_height, reverse=True)[:_SAMPLE]
    crops = [picture[_span(box, 1), _span(box, 0)] for box in longest]
    sides = {times: sum(_legibility(engine, numpy.rot90(crop, times)) for crop in crops) for times in (1, 3)}
    return numpy.ascontiguousarray(numpy.rot90(picture, max(sides, key=lambda times: sides[times])))


def _span(box: Box, axis: int) -> slice:
    return slice(max(0, int(min(point[axis] for point in box))), int(max(point[axis] for point in box)) + 1)


def _legibility(engine: Any, line: Any) -> float:
    """How much can be read of one line of text, and how surely, without turning it upside down."""
    import numpy

    result, _ = engine(numpy.ascontiguousarray(line), use_det=False, use_cls=False)
    return sum((float(score) - 0.5) * len(str(text)) for text, score, *_ in result or ())


def _is_sideways(boxes: Sequence[Box]) -> bool:
    """True when most boxes of several characters are taller than wide."""
    tall = sum(_height(box) > 1.5 * _width(box) for box in boxes)
    wide = sum(_width(box) > 1.5 * _height(box) for box in boxes)
    return tall >= 3 and tall > wide


def _width(box: Box) -> float:
    return max(point[0] for point in box) - min(point[0] for point in box)


def _height(box: Box) -> float:
    return max(point[1] for point in box) - min(point[1] for point in box)


def _piece(box: Box, text: str, scale: float) -> Piece | None:
    """A recognised line as a piece; slightly slanted lines keep their height by the left edge."""
    if not text.strip():
        return None
    side = math.dist(box[0], box[3])
    middle = sum(point[1] for point in box) / 4
    return Piece(
        x0=min(point[0] for point in box) / scale,
        top=(middle - side / 2) / scale,
        x1=max(point[0] for point in box) / scale,
        bottom=(middle + side / 2) / scale,
        text=text.strip(),
        size=side / scale * 0.8,
    )
