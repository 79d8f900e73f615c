"""What a file really is, by its first bytes; `ingest.readers.read` compares it with what its name says."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from ingest.readers.decode import utf16_without_mark
from ingest.readers.limits import Limits
from ingest.readers.refusals import bomb, damaged, empty, encrypted, too_much
from kb.errors import InputRefused

BY_SUFFIX = {
    ".pdf": "pdf",
    ".docx": "docx",
    ".pptx": "pptx",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".csv": "csv",
    ".tsv": "csv",
    ".html": "html",
    ".htm": "html",
    ".md": "md",
    ".markdown": "md",
    ".txt": "txt",
}
"""The format each file name ending stands for; other endings are refused."""

_SAVE_AS = {
    ".doc": "docx",
    ".docm": "docx",
    ".dot": "docx",
    ".wps": "docx",
    ".rtf": "docx",
    ".odt": "docx",
    ".xls": "xlsx",
    ".xlsb": "xlsx",
    ".et": "xlsx",
    ".ods": "xlsx",
    ".ppt": "pptx",
    ".pps": "pptx",
    ".dps": "pptx",
    ".odp": "pptx",
    ".mht": "html",
    ".epub": "pdf",
    ".ofd": "pdf",
    ".caj": "pdf",
}
_MAGIC = (
    (b"\x89PNG", "PNG 图片"),
    (b"\xff\xd8\xff", "JPEG 图片"),
    (b"GIF8", "GIF 图片"),
    (b"BM", "BMP 图片"),
    (b"II*\0", "TIFF 图片"),
    (b"MM\0*", "TIFF 图片"),
    (b"RIFF", "多媒体文件"),
    (b"{\\rtf", "RTF 文档"),
    (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf", "7z 压缩包"),
    (b"\x1f\x8b", "gzip 压缩包"),
    (b"MZ", "可执行程序"),
    (b"\x7fELF", "可执行程序"),
    (b"SQLite format 3", "数据库文件"),
    (b"MIME-Version:", "网页归档（MHT）"),
)
_NAMES = {
    "pdf": "PDF",
    "docx": "Word 文档（docx）",
    "pptx": "演示文稿（pptx）",
    "xlsx": "Excel 工作簿（xlsx）",
    "html": "网页（HTML）",
    "text": "纯文本",
}
_PARTS = (("word/document.xml", "docx"), ("ppt/presentation.xml", "pptx"), ("xl/workbook.xml", "xlsx"))
_TEXTS = frozenset({"csv", "md", "txt"})
_TEXT_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_HTML = re.compile(
    rb"^\s*(<\?xml[^>]*\?>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|meta|table|script)\b", re.I | re.S
)


def detect(path: Path, *, limits: Limits) -> str:
    """The format of `path`, one of the values of BY_SUFFIX; raises InputRefused when its content is something else.

    Reads the first and, for a zip, the last kilobytes only; a zip that would unfold to too much is refused here, before
    any library opens it.
    """
    suffix = path.suffix.lower()
    expected = BY_SUFFIX.get(suffix, "")
    size = path.stat().st_size
    if size == 0:
        raise empty()
    if size > limits.file_bytes:
        raise too_much("大小", f"{limits.file_bytes // 1024 // 1024} MB")
    with path.open("rb") as file:
        head = file.read(8192)
    found = _content(path, head, limits)
    if not expected:
        raise _unsupported(suffix)
    if found == expected or (found == "text" and (expected in _TEXTS or expected == "html")):
        return expected
    if found == "html" and expected == "md":
        return "md"
    raise InputRefused(
        f"named {suffix} but is {found}",
        hint=f"文件扩展名是 {suffix}，实际内容却是{_NAMES[found]}。请改回正确的扩展名，或另存为 {suffix} 后再试。",
    )


def _content(path: Path, head: bytes, limits: Limits) -> str:
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _container(path, limits)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise _compound(path)
    for magic, name in _MAGIC:
        if head.startswith(magic) and not _mostly_text(head):
            raise _foreign(name)
    if b"urn:schemas-microsoft-com:office" in head and head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<?xml"):
        raise _foreign("旧版 Office XML 文件")
    if _HTML.search(head.lstrip(b"\xef\xbb\xbf")) or _HTML.search(head.replace(b"\0", b"")[2:]):
        return "html"
    if not head.startswith(_TEXT_BOMS) and _looks_binary(head):
        raise _foreign("无法识别的二进制文件")
    return "text"


def _mostly_text(head: bytes) -> bool:
    """True when short magic such as "BM" or "MZ" only begins a text."""
    return head[:2] in (b"BM", b"MZ") and not _looks_binary(head)


def _looks_binary(head: bytes) -> bool:
    """True for bytes that are no text; zeros are taken for UTF-16 only when they read as text."""
    if b"\0" in head:
        return not utf16_without_mark(head)
    return sum(byte < 9 or 13 < byte < 26 for byte in head) > len(head) // 50


def _container(path: Path, limits: Limits) -> str:
    """The office format of a zip container, its bounds checked by the central directory."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError) as error:
        raise damaged("Office 文档") from error
    unpacked = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    bulky = unpacked > 20 * 1024 * 1024 and unpacked > limits.ratio * max(packed, 1)
    if len(infos) > limits.entries or unpacked > limits.unpacked_bytes or bulky:
        raise bomb()
    if any(info.flag_bits & 1 for info in infos):
        raise encrypted("zip")
    names = {info.filename.replace("\\", "/").lstrip("/") for info in infos}
    for part, found in _PARTS:
        if part in names:
            return found
    if "xl/workbook.bin" in names:
        raise _foreign("二进制工作簿（xlsb）")
    if "mimetype" in names:
        raise _foreign("OpenDocument 或 EPUB 文档")
    if "OFD.xml" in names:
        raise _foreign("OFD 版式文件")
    raise _foreign("压缩包")


def _compound(path: Path) -> InputRefused:
    """The refusal for an OLE compound file: old Office, or new Office under a password."""
    data = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in data:
        return encrypted("Office")
    for stream, name in (("WordDocument", "旧版 Word（.doc）"), ("PowerPoint Document", "旧版 PowerPoint（.ppt）")):
        if stream.encode("utf-16-le") in data:
            return _foreign(name)
    if any(stream.encode("utf-16-le") in data for stream in ("Workbook", "Book")):
        return _foreign("旧版 Excel（.xls）")
    return _foreign("旧版 Office 文件")


def _foreign(name: str) -> InputRefused:
    """The refusal for content that no reader takes."""
    if "图片" in name:
        advice = "请把图片存进 PDF（扫描件可自动识别文字）后再试。"
    elif "压缩包" in name:
        advice = "请先解压，再提供其中的文件。"
    elif "Excel" in name or "工作簿" in name:
        advice = "请用办公软件另存为 xlsx 后再试。"
    elif "PowerPoint" in name:
        advice = "请用办公软件另存为 pptx 后再试。"
    elif "Word" in name or "RTF" in name or "Office" in name or "OpenDocument" in name:
        advice = "请用办公软件另存为 docx、xlsx 或 pptx 后再试。"
    elif "OFD" in name or "MHT" in name:
        advice = "请另存为 PDF 后再试。"
    else:
        advice = f"支持的格式：{supported()}。"
    return InputRefused("content of an unsupported format", hint=f"文件内容是{name}，不能直接读取。{advice}")


def _unsupported(suffix: str) -> InputRefused:
    target = _SAVE_AS.get(suffix)
    advice = f"请另存为 {target} 后再试。" if target else f"支持的格式：{supported()}。"
    named = f"（{suffix}）" if suffix else "（没有扩展名）"
    return InputRefused(f"unsupported file type {suffix}", hint=f"不支持这种文件{named}。{advice}")


def supported() -> str:
    """The supported formats as a person names them."""
    return "PDF、DOCX、XLSX、PPTX、CSV、HTML、Markdown、TXT"
