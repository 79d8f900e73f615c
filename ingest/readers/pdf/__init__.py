"""Reads PDF files by pypdf, and scanned pages by OCR where that is installed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.clean import tidy
from ingest.model import RawDocument
from ingest.readers.limits import Limits
from ingest.readers.pdf.content import read_page
from ingest.readers.pdf.flow import blocks_of
from ingest.readers.pdf.fonts import Faces
from ingest.readers.pdf.values import Page
from ingest.readers.refusals import damaged, empty, encrypted, too_much
from kb.errors import InputRefused

_FEW_LETTERS = 30
_PICTURE_PAGE = 0.35
_GARBLED = 0.3
_PAGES_NAMED = 20


def read(path: Path, *, limits: Limits, ocr: bool, progress: Callable[[int, int], None]) -> RawDocument:
    """The blocks of a PDF with page numbers from 1; `progress` is told after each page.

    A page without readable text is recognised from its picture when `ocr` allows it and the OCR packages are there;
    otherwise it is named in the warnings, and a file of such pages only is refused.
    """
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    reader = _open(path)
    total = _page_count(reader)
    if total > limits.pages:
        raise too_much("页数", f"{limits.pages} 页")
    if total == 0:
        raise empty()
    taken = _Taken([], [], [])
    faces: Faces = {}
    for number in range(1, total + 1):
        taken.sort(_page(reader, number, faces))
        progress(number, total)
    recognised = _recognise(path, taken.scans, progress, total) if ocr and taken.scans else None
    pages = sorted([*taken.pages, *(recognised or ())], key=lambda page: page.number)
    warnings = _warnings(taken, recognised)
    blocks, titles = blocks_of(pages, _outline(reader))
    if not blocks:
        raise _no_text(taken, recognised)
    return RawDocument(titles.choose(_title(reader)), "pdf", blocks=tuple(blocks), pages=total, warnings=warnings)


@dataclass(slots=True)
class _Taken:
    """Pages with text, numbers of pages that are pictures, numbers of pages that could not be parsed."""

    pages: list[Page]
    scans: list[int]
    broken: list[int]

    def sort(self, page: Page | int) -> None:
        """Files one page (its number when it could not be parsed)."""
        if isinstance(page, int):
            self.broken.append(page)
        elif _is_scan(page):
            self.scans.append(page.number)
        else:
            self.pages.append(page)


def _open(path: Path) -> Any:
    """An open reader; a file that opens with an empty password is opened, any other encrypted one refused."""
    from pypdf import PasswordType, PdfReader
    from pypdf.errors import DependencyError, PyPdfError

    try:
        reader = PdfReader(path, strict=False)
        if reader.is_encrypted and reader.decrypt("") is PasswordType.NOT_DECRYPTED:
            raise encrypted("PDF")
    except (DependencyError, NotImplementedError) as error:
        raise InputRefused("unknown PDF encryption", hint="PDF 的加密方式不受支持。请去掉密码后另存再试。") from error
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError) as error:
        raise damaged("PDF") from error
    return reader


def _page_count(reader: Any) -> int:
    try:
        return len(reader.pages)
    except Exception as error:
        raise damaged("PDF") from error


def _page(reader: Any, number: int, faces: Faces) -> Page | int:
    """One page, or its number when pypdf cannot parse it: one bad page does not cost the others."""
    try:
        return read_page(reader.pages[number - 1], number, faces)
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception:
        return number


def _is_scan(page: Page) -> bool:
    """True for a page whose text is in a picture, or in fonts that do not say what their glyphs mean."""
    letters = sum(len(piece.text.strip()) for piece in page.pieces)
    if page.unreadable > _GARBLED or _is_gibberish("".join(piece.text for piece in page.pieces)):
        return True
    return letters < _FEW_LETTERS and page.image_share > _PICTURE_PAGE


def _is_gibberish(text: str) -> bool:
    """True when too many characters are private, unassigned or control characters."""
    letters = [character for character in text if not character.isspace()]
    odd = sum(not character.isprintable() or character == "\ufffd" for character in letters)
    return len(letters) >= 10 and odd > _GARBLED * len(letters)


def _recognise(
    path: Path, numbers: Sequence[int], progress: Callable[[int, int], None], total: int
) -> list[Page] | None:
    """The given pages by OCR, None when it is not installed."""
    from ingest.readers.pdf import ocr

    if not ocr.is_installed():
        return None
    return ocr.recognise(path, numbers, progress=lambda done: progress(done, total))


def _warnings(taken: _Taken, recognised: Sequence[Page] | None) -> tuple[str, ...]:
    warnings = []
    if taken.scans and recognised is None:
        warnings.append(f"{_named(taken.scans)}是扫描图片或文字不可用，没有读取（{_INSTALL}）")
    elif taken.scans:
        silent = sorted(set(taken.scans) - {page.number for page in recognised or () if page.pieces})
        warnings.append(f"{_named(taken.scans)}由扫描图片识别而来，请核对数字")
        if silent and len(silent) < len(taken.scans):
            warnings.append(f"{_named(silent)}没有识别出文字")
    if taken.broken:
        warnings.append(f"{_named(taken.broken)}已损坏，没有读取")
    return tuple(warnings)


_INSTALL = "安装可选组件 ocr 后可识别"


def _no_text(taken: _Taken, recognised: Sequence[Page] | None) -> InputRefused:
    if taken.scans and recognised is None:
        return InputRefused(
            "pages without a text layer and no OCR",
            hint=f"{_named(taken.scans)}是扫描图片，没有可读的文字层。{_INSTALL}，或请提供带文字层的文件。",
        )
    if taken.broken and not taken.pages:
        return damaged("PDF")
    return empty()


def _named(numbers: Sequence[int]) -> str:
    """Pages by number, runs shortened: "第 1-3、7 页"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    shown = [f"{first}-{last}" if last > first else str(first) for first, last in runs]
    more = "等" if len(shown) > _PAGES_NAMED else ""
    return f"第 {'、'.join(shown[:_PAGES_NAMED])}{more} 页"


def _outline(reader: Any) -> dict[str, int]:
    """Depth from 1 of each bookmark by its title without spaces."""
    found: dict[str, int] = {}

    def walk(items: Any, depth: int) -> None:
        for item in items:
            if isinstance(item, list):
                walk(item, depth + 1)
            else:
                found.setdefault(tidy(str(item.title)).replace(" ", ""), min(depth, 9))

    try:
        walk(reader.outline, 1)
    except Exception:
        return {}
    return found


def _title(reader: Any) -> str:
    """The title in the file's properties unless a program put it there, such as "Microsoft Word - 文件1.doc"."""
    try:
        title = tidy(str((reader.metadata or {}).get("/Title") or ""))
    except Exception:
        return ""
    made_up = not title or title.lower().endswith((".doc", ".docx", ".pdf", ".indd", ".xls", ".ppt", ".pptx"))
    return "" if made_up or "Microsoft" in title or title.lower() in ("untitled", "无标题", "(anonymous)") else title
