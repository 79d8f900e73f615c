"""One reader a format; `read` finds out what a file is and reads it. Runs in the child process of `ingest.worker`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ingest.model import RawDocument
from ingest.readers.detect import BY_SUFFIX, detect
from ingest.readers.limits import DEFAULT, Limits
from kb.errors import InputRefused

__all__ = ["BY_SUFFIX", "DEFAULT", "Limits", "PageProgress", "read"]

PageProgress = Callable[[int, int], None]
"""Called with (pages done, pages in all) while a document with pages is read."""


def _silent(done: int, total: int) -> None:
    """The progress callback of a caller that does not ask for one."""


def read(path: Path, *, limits: Limits = DEFAULT, ocr: bool = True, progress: PageProgress = _silent) -> RawDocument:
    """What stands in the file `path`.

    `ocr` allows reading scanned pages when the OCR packages are installed. Raises InputRefused, with what to do in
    Chinese, for a file that is missing, empty, mislabelled, encrypted, damaged, too large, or of an unsupported format.
    """
    try:
        found = detect(path, limits=limits)
        return _dispatch(found, path, limits, ocr, progress)
    except FileNotFoundError as error:
        raise InputRefused("no such file", hint="文件不存在。请检查路径。") from error
    except PermissionError as error:
        raise InputRefused("file not readable", hint="没有读取该文件的权限。请检查文件权限。") from error
    except IsADirectoryError as error:
        raise InputRefused("not a file", hint="这是一个文件夹，不是文件。") from error


def _dispatch(found: str, path: Path, limits: Limits, ocr: bool, progress: PageProgress) -> RawDocument:
    """Imports only the reader that is needed: some bring heavy libraries."""
    from ingest.readers import csv, docx, html, md, pptx, txt, xlsx

    if found == "pdf":
        from ingest.readers.pdf import read as read_pdf

        return read_pdf(path, limits=limits, ocr=ocr, progress=progress)
    plain = {"csv": csv.read, "docx": docx.read, "html": html.read, "md": md.read, "pptx": pptx.read}
    plain |= {"txt": txt.read, "xlsx": xlsx.read}
    return plain[found](path, limits=limits)
