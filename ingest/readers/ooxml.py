"""Guards shared by the readers of zipped XML (docx, xlsx, pptx)."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

from ingest.readers.refusals import bomb, damaged

BROKEN = (
    *(KeyError, ValueError, AttributeError, TypeError, IndexError, SyntaxError, OSError, EOFError, NotImplementedError),
    *(zipfile.BadZipFile, zlib.error),
)
"""What the office libraries raise over damaged files."""

_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.I)
_LOOKED_AT = 64 * 1024
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def guard_xml(path: Path) -> None:
    """Refuses a container one of whose XML parts declares a document type: office programs never do, XML bombs must.

    Also refuses a container whose parts cannot be unpacked.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if info.filename.lower().endswith((".xml", ".rels", ".vml")):
                    with archive.open(info) as part:
                        head = part.read(_LOOKED_AT)
                    if _DOCTYPE.search(head) or _DOCTYPE.search(head.replace(b"\0", b"")):
                        raise bomb()
    except BROKEN as error:
        raise damaged("Office 文档") from error


def local(element: Any) -> str:
    """The tag of an lxml element without its namespace; "" for comments and instructions."""
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def qualified(name: str) -> str:
    """The full tag or attribute name of WordprocessingML's `name`."""
    return f"{{{_WORD}}}{name}"
