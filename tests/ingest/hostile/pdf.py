"""PDFs that run something, go round in circles, or claim to be endless."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from tests.ingest.hostile.base import MB, Bait, Hostile
from tests.ingest.hostile.office import good

PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def _stream(data: bytes, more: bytes = b"") -> bytes:
    return b"<< /Length %d %s >> stream\n%s\nendstream" % (len(data), more, data)


TEXT = _stream(b"BT /F1 12 Tf 72 700 Td (Moving costs 80 yuan.) Tj ET")


def document(*, catalogue: bytes = b"", pages: bytes = b"", page: bytes = PAGE, content: bytes = TEXT,
             more: tuple[bytes, ...] = (), trailer: bytes = b"") -> bytes:  # fmt: skip
    """A PDF of one page with its parts exchanged; further objects are numbered from 6."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalogue,
        pages or b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page,
        content,
        FONT,
        *more,
    ]
    body, places = b"%PDF-1.7\n", []
    for number, item in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    count = len(objects) + 1
    table = b"xref\n0 %d\n0000000000 65535 f \n" % count + b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + table + b"trailer << /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF" % (count, trailer, len(body))


def pdfs(bait: Bait) -> Iterator[Hostile]:
    for name, data in _pdf_bodies(bait).items():
        yield Hostile(f"{name}.pdf", data)


def _pdf_bodies(bait: Bait) -> dict[str, bytes]:
    url = b"http://127.0.0.1:%d/pdf" % bait.port
    script = b"<< /S /JavaScript /JS (app.launchURL('%s')) >>" % url
    launch = b"<< /S /Launch /F (/bin/sh) /Win << /F (cmd.exe) /P (/c echo 1 > %s) >> >>" % bait.mark.encode()
    deep = b"[" * 20_000 + b"]" * 20_000
    zeros = zlib.compress(b"\0" * 40 * MB, 9)
    chain = b"/Filter [" + b"/FlateDecode " * 200 + b"]"
    form = b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 6 0 R >> >> "
    self_form = form + b"/Length 4 >> stream\n/X Do\nendstream"
    drawn = PAGE.replace(b"/Font <<", b"/XObject << /X 6 0 R >> /Font <<")
    image = b"/Type /XObject /Subtype /Image /Width 100000 /Height 100000 /ColorSpace /DeviceRGB /BitsPerComponent 8"
    cmap = (
        b"1 begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange"
    )
    unicode_font = PAGE.replace(b"5 0 R", b"6 0 R")
    xfa = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file://%s">]><xdp>&b;</xdp>' % bait.secret.encode()
    whole = document()
    return {
        "打开即脚本": document(catalogue=b"/OpenAction " + script),
        "附加动作": document(catalogue=b"/AA << /WC %s /DC %s >>" % (script, launch)),
        "启动程序": document(catalogue=b"/OpenAction " + launch),
        "名字树脚本": document(catalogue=b"/Names << /JavaScript << /Names [(a) %s] >> >>" % script),
        "注释脚本": document(page=PAGE[:-3] + b"/Annots [<< /Subtype /Link /Rect [0 0 9 9] /A %s >>] >>" % script),
        "链接": document(page=PAGE[:-3] + b"/Annots [<< /Subtype /Link /A << /S /URI /URI (%s) >> >>] >>" % url),
        "远端文件": document(catalogue=b"/OpenAction << /S /GoToR /F (\\\\\\\\127.0.0.1\\\\x) /D [0 /Fit] >>"),
        "提交表单": document(catalogue=b"/OpenAction << /S /SubmitForm /F (%s) >>" % url),
        "附件": document(
            catalogue=b"/Names << /EmbeddedFiles << /Names [(a.exe) << /Type /Filespec /F (../../a.exe) "
            b"/EF << /F 6 0 R >> >>] >> >>",
            more=(_stream(b"MZ" + bytes(99)),),
        ),
        "外部流": document(content=b"<< /Length 0 /F (file://%s) >> stream\n\nendstream" % bait.secret.encode()),
        "表单XFA": document(catalogue=b"/AcroForm << /XFA 6 0 R /Fields [] >>", more=(_stream(xfa),)),
        "元数据实体": document(catalogue=b"/Metadata 6 0 R", more=(_stream(xfa, b"/Type /Metadata /Subtype /XML"),)),
        "页面绕圈": document(pages=b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 2 >>"),
        "上级绕圈": document(pages=b"<< /Type /Pages /Parent 3 0 R /Kids [3 0 R] /Count 1 >>"),
        "谎报页数": document(pages=b"<< /Type /Pages /Kids [3 0 R] /Count 2147483647 >>"),
        "负页数": document(pages=b"<< /Type /Pages /Kids [3 0 R] /Count -5 >>"),
        "同页万次": document(pages=b"<< /Type /Pages /Kids [%s] /Count 4000 >>" % (b"3 0 R " * 4_000)),
        "没有页": document(pages=b"<< /Type /Pages /Kids [] /Count 0 >>"),
        "目录是数": document(catalogue=b"/Outlines 7 /Names 8 /Dests (x)"),
        "大纲绕圈": document(
            catalogue=b"/Outlines 6 0 R",
            more=(
                b"<< /First 7 0 R /Last 7 0 R /Count 1 >>",
                b"<< /Title (a) /Next 7 0 R /Prev 7 0 R /First 7 0 R /Last 7 0 R /Parent 6 0 R >>",
            ),
        ),
        "前表绕圈": document(trailer=b"/Prev 9"),
        "交叉表指自己": whole.replace(b"trailer <<", b"trailer << /XRefStm 15 /Prev %d" % whole.rfind(b"xref\n0")),
        "长度绕圈": document(content=b"<< /Length 4 0 R >> stream\nBT ET\nendstream"),
        "谎报长度": document(content=b"<< /Length 99999999999 >> stream\nBT ET\nendstream"),
        "负长度": document(content=b"<< /Length -1 >> stream\nBT ET\nendstream"),
        "无尾流": document(content=b"<< /Length 5 >> stream\nBT ET"),
        "嵌套数组": document(catalogue=b"/X " + deep),
        "嵌套字典": document(catalogue=b"/X " + b"<< /A " * 20_000 + b">>" * 20_000),
        "内容嵌套": document(content=_stream(b"q " * 200_000)),
        "数组操作数": document(content=_stream(b"BT /F1 12 Tf " + deep + b" TJ ET")),
        "压缩炸弹": document(content=_stream(zeros, b"/Filter /FlateDecode")),
        "过滤链": document(content=_stream(zlib.compress(b"BT ET"), chain)),
        "怪过滤": document(content=_stream(b"x" * 99, b"/Filter [/JBIG2Decode /JPXDecode /Crypt /Nonsense]")),
        "预测器": document(
            content=_stream(zlib.compress(b"x" * 99), b"/Filter /FlateDecode /DecodeParms << /Predictor 15 /Columns "
                            b"2147483647 /Colors 2147483647 >>")
        ),
        "巨页": document(page=PAGE.replace(b"595 842", b"1e38 1e38")),
        "负页面": document(page=PAGE.replace(b"595 842", b"-595 nan")),
        "空页面": document(page=PAGE.replace(b"[0 0 595 842]", b"[]")),
        "表单套自己": document(page=drawn, content=_stream(b"/X Do"), more=(self_form,)),
        "巨图": document(page=drawn, content=_stream(b"/X Do"), more=(_stream(b"\0" * 99, image),)),
        "字体表炸弹": document(
            page=unicode_font,
            more=(b"<< /Type /Font /Subtype /Type1 /BaseFont /A /ToUnicode 7 0 R >>", _stream(cmap)),
        ),
        "字体绕圈": document(page=unicode_font, more=(b"<< /Type /Font /Subtype /Type0 /DescendantFonts [6 0 R] >>",)),
        "坏加密": document(trailer=b"/Encrypt << /Filter /Standard /V 99 /R 99 /O () /U () /P -1 >>"),
        "只有头": b"%PDF-1.7\n%%EOF",
        "没有表": whole[: whole.find(b"xref\n0")],
        "没有头": whole[9:],
        "迟到的头": b"A" * 1_000 + whole,
        "又是网页": b"<html><script>window.__pwned=1</script>" + whole,
        "又是压缩包": whole + good("docx"),
        "文字是脚本": document(content=_stream(b"BT /F1 12 Tf 72 700 Td (<script>window.__pwned=1</script>) Tj ET")),
        "千万对象": b"%PDF-1.7\n" + b"1 0 obj\nnull\nendobj\n" * 60_000 + b"trailer << /Root 1 0 R >>\n%%EOF",
        "大对象流": document(
            more=(_stream(zlib.compress(b"1 0 " * 99_999), b"/Type /ObjStm /N 2147483647 /Filter /FlateDecode"),)
        ),
    }  # fmt: skip
