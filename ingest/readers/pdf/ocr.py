"""Recognises scanned pages by rapidocr-onnxruntime on pictures made by pypdfium2; both are an optional extra."""

from __future__ import annotations

import importlib
import importlib.util
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ingest.readers.pdf.values import Page, Piece

_DOTS_PER_INCH = 200
_LARGEST_SIDE = 3_000
_LEAST_SCORE = 0.5
_UPRIGHT_SHARE = 0.5


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
    import numpy

    found = _read(engine, picture)
    if _is_sideways(found):
        turned = [(numpy.ascontiguousarray(numpy.rot90(picture, times)), times) for times in (1, 3)]
        results = [(_read(engine, image), image) for image, _ in turned]
        found, picture = max(results, key=lambda result: _quality(result[0]))
    height, width = picture.shape[:2]
    pieces = tuple(piece for box, text, score in found if score >= _LEAST_SCORE and (piece := _piece(box, text, scale)))
    return Page(number, width / scale, height / scale, pieces=pieces, scanned=True)


def _read(engine: Any, picture: Any) -> list[tuple[list[list[float]], str, float]]:
    result, _ = engine(picture)
    return [(box, str(text), float(score)) for box, text, score in result or ()]


def _is_sideways(found: Sequence[tuple[list[list[float]], str, float]]) -> bool:
    """True when most boxes with several characters are taller than wide."""
    boxes = [box for box, text, _ in found if len(text) >= 2]
    tall = sum(_height(box) > 1.2 * _width(box) for box in boxes)
    return len(boxes) >= 3 and tall > _UPRIGHT_SHARE * len(boxes)


def _quality(found: Sequence[tuple[list[list[float]], str, float]]) -> float:
    return sum(score * len(text) for _, text, score in found)


def _width(box: Sequence[Sequence[float]]) -> float:
    return max(point[0] for point in box) - min(point[0] for point in box)


def _height(box: Sequence[Sequence[float]]) -> float:
    return max(point[1] for point in box) - min(point[1] for point in box)


def _piece(box: Sequence[Sequence[float]], text: str, scale: float) -> Piece | None:
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
