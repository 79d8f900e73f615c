"""Looks at a workbook before any library opens it: what unfolds to too much or declares entities is refused."""

from __future__ import annotations

import re
import zipfile
import zlib
from io import BytesIO

from kb.errors import InputRefused

MAX_UNPACKED = 100_000_000
"""Bytes that all parts may have together."""
MAX_PARTS = 2_000
_LOOKED_AT = 64 * 1024
_ASIDE = re.compile(rb"<\?.*?\?>|<!--.*?-->", re.S)
_ROOT = re.compile(rb"<[A-Za-z_]")
_BLANK = b"\xef\xbb\xbf\xff\xfe \t\r\n"
_BROKEN = (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, NotImplementedError, RuntimeError, KeyError)


def require_plain(data: bytes) -> None:
    """Returns quietly for a container that may be opened; raises InputRefused otherwise.

    zipfile never gives more of a part than the directory announces, so the announced sizes bound the memory.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise _dangerous()
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels", ".vml")):
                    with archive.open(part) as opened:
                        _require_root(opened.read(_LOOKED_AT))
    except _BROKEN as error:
        raise InputRefused("not a workbook", hint="读不了这个文件：请用 .xlsx 格式，第一行是表头。") from error


def _require_root(head: bytes) -> None:
    """Before the root of a part stand only declarations and comments: entities are defined nowhere else."""
    rest = _ASIDE.sub(b"", head.replace(b"\0", b"")).lstrip(_BLANK)
    if not (_ROOT.match(rest) if rest else len(head) < _LOOKED_AT):
        raise _dangerous()


def _dangerous() -> InputRefused:
    return InputRefused(
        "the container unfolds to too much or defines entities",
        hint="文件展开后过大或含有危险的实体定义（疑似压缩炸弹），没有打开。请用办公软件重新另存为 .xlsx 再试。",
    )
