"""Files that must not be read are refused, each with what to do in Chinese."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ingest.readers import DEFAULT, read
from ingest.readers.limits import Limits
from kb.errors import InputRefused
from tests.ingest.make_files import compound, docx, pdf, with_entities, write_lines, xlsx, zip_bomb


def hint(path: Path, limits: Limits = DEFAULT) -> str:
    with pytest.raises(InputRefused) as refusal:
        read(path, limits=limits)
    return refusal.value.hint


def a_word_document(path: Path) -> Path:
    return docx(path, lambda document: document.add_paragraph("宽带移机每次八十元。"))


@pytest.mark.parametrize("name", ["空.txt", "空.md", "空.csv", "空.pdf", "空.docx", "空.xlsx", "空.html"])
def test_an_empty_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    assert "没有可读的文字" in hint(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("空白.txt", " \n\u3000\n\t"),
        ("空白.md", "\n\n<!-- 注释 -->\n"),
        ("空白.csv", ",,\n,,\n"),
        ("空白.html", "<html><body><script>1</script> </body></html>"),
    ],
)
def test_a_blank_file(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert "没有可读的文字" in hint(tmp_path / name)


def test_blank_office_files(tmp_path: Path) -> None:
    assert "没有可读的文字" in hint(docx(tmp_path / "空白.docx", lambda document: document.add_paragraph(" ")))
    assert "没有可读的文字" in hint(xlsx(tmp_path / "空白.xlsx", lambda book: book.create_sheet("二")))


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    assert "不存在" in hint(tmp_path / "没有.txt")
    (tmp_path / "夹.txt").mkdir()
    assert "文件夹" in hint(tmp_path / "夹.txt")


def test_a_pdf_named_docx_is_named_for_what_it_is(tmp_path: Path) -> None:
    path = pdf(tmp_path / "协议.docx", lambda canvas, _: write_lines(canvas, ["内容。"]))
    assert "实际内容却是PDF" in hint(path)


def test_a_word_document_named_pdf(tmp_path: Path) -> None:
    assert "Word" in hint(a_word_document(tmp_path / "协议.docx").rename(tmp_path / "协议.pdf"))


def test_a_web_page_saved_as_a_sheet_or_text(tmp_path: Path) -> None:
    page = "<html><body><table><tr><td>一</td></tr></table></body></html>"
    for name in ("报表.xlsx", "报表.csv", "报表.txt"):
        (tmp_path / name).write_text(page, encoding="utf-8")
        assert "网页" in hint(tmp_path / name)


def test_text_named_pdf(tmp_path: Path) -> None:
    (tmp_path / "说明.pdf").write_text("这只是一段文字。", encoding="utf-8")
    assert "纯文本" in hint(tmp_path / "说明.pdf")


@pytest.mark.parametrize(
    ("name", "stream", "expected"),
    [
        ("旧.doc", "WordDocument", "docx"),
        ("旧.xls", "Workbook", "xlsx"),
        ("旧.ppt", "PowerPoint Document", "pptx"),
        ("密.docx", "EncryptedPackage", "密码"),
        ("密.xlsx", "EncryptedPackage", "密码"),
    ],
)
def test_old_and_protected_office_files(tmp_path: Path, name: str, stream: str, expected: str) -> None:
    assert expected in hint(compound(tmp_path / name, stream))


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("图.png", b"\x89PNG\r\n\x1a\n" + bytes(50), "图片"),
        ("图.pdf", b"\xff\xd8\xff\xe0" + bytes(50), "图片"),
        ("包.rar", b"Rar!\x1a\x07" + bytes(50), "解压"),
        ("程序.txt", b"\x7fELF" + bytes(range(256)) * 9, "可执行"),
        ("数据.csv", bytes(range(256)) * 20, "二进制"),
        ("文.rtf", b"{\\rtf1 abc}", "docx"),
    ],
)
def test_foreign_content(tmp_path: Path, name: str, content: bytes, expected: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert expected in hint(tmp_path / name)


@pytest.mark.parametrize("name", ["视频.mp4", "没有扩展名", "代码.py"])
def test_an_unknown_kind_of_file_is_told_what_is_supported(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("内容", encoding="utf-8")
    assert "DOCX" in hint(tmp_path / name)


def test_an_archive_named_docx(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "包.docx", "w") as archive:
        archive.writestr("a.txt", "内容")
    assert "压缩包" in hint(tmp_path / "包.docx")


def test_a_truncated_office_file(tmp_path: Path) -> None:
    whole = a_word_document(tmp_path / "全.docx").read_bytes()
    (tmp_path / "断.docx").write_bytes(whole[: len(whole) // 2])
    assert "损坏" in hint(tmp_path / "断.docx")


@pytest.mark.parametrize("part", ["word/document.xml", "xl/workbook.xml", "ppt/presentation.xml"])
def test_a_zip_bomb_is_refused_before_anything_opens_it(tmp_path: Path, part: str) -> None:
    name = {"word": "炸.docx", "xl": "炸.xlsx", "ppt": "炸.pptx"}[part.split("/")[0]]
    assert "压缩炸弹" in hint(zip_bomb(tmp_path / name, inner=part))


def test_entities_in_xml_are_refused(tmp_path: Path) -> None:
    document = a_word_document(tmp_path / "好.docx")
    assert "实体" in hint(with_entities(tmp_path / "坏.docx", document, "word/document.xml"))

    def fill(book: Any) -> None:
        book.active.append(["问题", "答案"])

    sheet = xlsx(tmp_path / "好.xlsx", fill)
    assert "实体" in hint(with_entities(tmp_path / "坏.xlsx", sheet, "xl/worksheets/sheet1.xml"))


def test_too_large_a_file_too_many_pages_and_too_many_cells(tmp_path: Path) -> None:
    (tmp_path / "大.txt").write_text("字" * 1000, encoding="utf-8")
    assert "大小超过上限" in hint(tmp_path / "大.txt", replace(DEFAULT, file_bytes=100))
    assert "万字" in hint(tmp_path / "大.txt", replace(DEFAULT, characters=100))
    path = pdf(tmp_path / "厚.pdf", lambda canvas, _: write_lines(canvas, ["内容。"]), pages=3)
    assert "页数超过上限" in hint(path, replace(DEFAULT, pages=2))
    sheet = xlsx(tmp_path / "宽.xlsx", lambda book: [book.active.append(["甲"] * 20) for _ in range(20)])
    assert "单元格过多" in hint(sheet, replace(DEFAULT, cells=100))
    (tmp_path / "长.csv").write_text("甲,乙\n" * 100, encoding="utf-8")
    assert "单元格过多" in hint(tmp_path / "长.csv", replace(DEFAULT, cells=100))


def test_noise_in_every_format_is_refused_and_nothing_else_happens(tmp_path: Path) -> None:
    noise = bytes((number * 7919 + 13) % 256 for number in range(4000))
    starts = {".pdf": b"%PDF-1.4\n", ".docx": b"PK\x03\x04", ".xlsx": b"PK\x03\x04", ".pptx": b"PK\x03\x04"}
    for suffix, start in starts.items():
        (tmp_path / f"噪声{suffix}").write_bytes(start + noise)
        assert hint(tmp_path / f"噪声{suffix}")
