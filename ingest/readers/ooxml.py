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

_ASIDE = re.compile(rb"<\?.*?\?>|<!--.*?-->", re.S)
_ROOT = re.compile(rb"<[A-Za-z_]")
_BLANK = b"\xef\xbb\xbf\xff\xfe \t\r\n"
_LOOKED_AT = 64 * 1024
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def guard_xml(path: Path) -> None:
    """Refuses a container one of whose XML parts has anything but its root element first: no office program does so.

    Before the root stand the document types that XML bombs need, behind a long comment or in an odd encoding as well.
    Also refuses a container whose parts cannot be unpacked.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if info.filename.lower().endswith((".xml", ".rels", ".vml")):
                    with archive.open(info) as part:
                        head = part.read(_LOOKED_AT)
                    if not _plain(head):
                        raise bomb()
    except BROKEN as error:
        raise damaged("Office 文档") from error


def _plain(head: bytes) -> bool:
    """True for an empty part, and for one whose first tag, declarations and comments aside, is that of an element."""
    rest = _ASIDE.sub(b"", head.replace(b"\0", b"")).lstrip(_BLANK)
    return _ROOT.match(rest) is not None if rest else len(head) < _LOOKED_AT


def local(element: Any) -> str:
    """The tag of an lxml element without its namespace; "" for comments and instructions."""
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def qualified(name: str) -> str:
    """The full tag or attribute name of WordprocessingML's `name`."""
    return f"{{{_WORD}}}{name}"
