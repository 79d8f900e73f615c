"""One thing under the name of another."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from tests.ingest.hostile.base import Hostile
from tests.ingest.hostile.office import good
from tests.ingest.hostile.pdf import document


def mislabelled() -> Iterator[Hostile]:
    contents: dict[str, bytes] = {
        "图片": b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 2**31 - 1, 2**31 - 1, 8, 6, 0, 0, 0),
        "程序": b"MZ" + bytes(range(256)) * 8,
        "可执行": b"\x7fELF" + bytes(range(256)) * 8,
        "RAR": b"Rar!\x1a\x07\x00" + bytes(200),
        "压缩": b"\x1f\x8b\x08" + bytes(200),
        "数据库": b"SQLite format 3\x00" + bytes(500),
        "旧办公": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000),
        "类文件": b"\xca\xfe\xba\xbe" + bytes(range(256)) * 8,
        "富文本": b"{\\rtf1{\\object\\objdata 0105000002}}",
        "网页归档": b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n<script>1</script>",
    }
    for name, data in contents.items():
        for suffix in ("pdf", "docx", "xlsx", "txt"):
            yield Hostile(f"{name}.{suffix}", data)
    swap: tuple[tuple[str, Callable[[], bytes]], ...] = (
        ("文档.xlsx", lambda: good("docx")),
        ("表格.pptx", lambda: good("xlsx")),
        ("演示.docx", lambda: good("pptx")),
        ("文档.pdf", lambda: good("docx")),
        ("文档.html", lambda: good("docx")),
        ("页.xlsx", document),
    )
    for name, make in swap:
        yield Hostile(name, make())
