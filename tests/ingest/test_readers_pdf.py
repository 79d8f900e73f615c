"""PDF: pages in order, paragraphs whole, tables row by row, running heads gone, scans recognised or named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingest.model import BlockKind, RawDocument
from ingest.readers import read
from ingest.readers.pdf import ocr
from kb.errors import InputRefused
from tests.ingest.make_files import draw_table, encrypted_pdf, pdf, pdf_without_meaning, scanned_page, write_lines

FULL = "用户申请停机保号的，应当持本人有效身份证件到自有营业厅办理，或者通过"
"""A line as long as the page is wide at 12 points."""


def texts(document: RawDocument, kind: BlockKind | None = None) -> list[str]:
    return [block.text for block in document.blocks if kind is None or block.kind is kind]


def test_broken_lines_become_paragraphs_and_indents_begin_new_ones(tmp_path: Path) -> None:
    def draw(canvas: Any, _: int) -> None:
        canvas.setFont("STSong-Light", 12)
        canvas.drawString(96, 760, FULL[:-2])
        canvas.drawString(72, 740, "公司客户端在线申请，受理后次日生效。")
        canvas.drawString(96, 720, FULL[:-2])
        canvas.drawString(72, 700, "热线申请。")

    document = read(pdf(tmp_path / "规则.pdf", draw))
    assert texts(document) == [FULL[:-2] + "公司客户端在线申请，受理后次日生效。", FULL[:-2] + "热线申请。"]
    assert document.pages == 1


def test_a_paragraph_goes_on_over_the_page(tmp_path: Path) -> None:
    def draw(canvas: Any, number: int) -> None:
        write_lines(canvas, [FULL, FULL] if number == 1 else ["公司客户端办理。", "受理后次日生效。"])

    document = read(pdf(tmp_path / "跨页.pdf", draw, pages=2))
    assert texts(document)[0] == FULL + FULL + "公司客户端办理。"
    assert [block.page for block in document.blocks] == [1, 2]


def test_running_heads_and_page_numbers_are_dropped(tmp_path: Path) -> None:
    def draw(canvas: Any, number: int) -> None:
        write_lines(canvas, ["澜川通信业务规范（内部）"], y=810, size=9)
        write_lines(canvas, [f"第 {number} 页 / 共 4 页"], x=260, y=30, size=9)
        topic = "宽带漫游停机过户"[2 * number - 2 : 2 * number]
        write_lines(canvas, [f"本页讲述{topic}业务的办理条件。", f"办理{topic}须本人到场。"])

    document = read(pdf(tmp_path / "规范.pdf", draw, pages=4))
    assert len(document.blocks) == 8
    assert not any("澜川通信" in text or "共 4 页" in text for text in texts(document))
    assert document.title == "澜川通信业务规范（内部）"


def test_a_drawn_table_is_read_row_by_row_with_its_header_and_caption(tmp_path: Path) -> None:
    rows = [
        ("套餐", "月费", "国内流量", "含宽带"),
        ("畅行99", "99元", "40GB", "不含"),
        ("畅行129", "129元", "60GB", "300M"),
    ]

    def draw(canvas: Any, _: int) -> None:
        write_lines(canvas, ["一、资费标准", "表1 畅行系列资费"])
        bottom = draw_table(canvas, rows, y=710, widths=(100, 80, 100, 80))
        write_lines(canvas, ["以上资费均为含税价格。"], y=bottom - 40)

    document = read(pdf(tmp_path / "资费.pdf", draw))
    assert texts(document, BlockKind.ROW) == [
        "套餐：畅行99；月费：99元；国内流量：40GB；含宽带：不含",
        "套餐：畅行129；月费：129元；国内流量：60GB；含宽带：300M",
    ]
    row = next(block for block in document.blocks if block.kind is BlockKind.ROW)
    assert (row.header, row.cells, row.caption) == (rows[0], rows[1], "表1 畅行系列资费")
    assert texts(document)[0] == "一、资费标准"
    assert texts(document)[-1] == "以上资费均为含税价格。"


def test_a_table_goes_on_over_the_page_with_its_header(tmp_path: Path) -> None:
    header = ("方向", "日包", "流量")

    def draw(canvas: Any, number: int) -> None:
        rows = [(f"{number}{letter}区", "28元", "1GB") for letter in "甲乙丙"]
        draw_table(canvas, [header, *rows] if number == 1 else rows, y=780, widths=(120, 100, 100))

    document = read(pdf(tmp_path / "漫游.pdf", draw, pages=2))
    rows = [block for block in document.blocks if block.kind is BlockKind.ROW]
    assert len(rows) == 6
    assert {block.header for block in rows} == {header}
    assert {block.table for block in rows} == {1}
    assert [block.page for block in rows] == [1, 1, 1, 2, 2, 2]


def test_a_table_without_lines_is_found_by_its_columns(tmp_path: Path) -> None:
    rows = [
        ("套餐", "月费", "流量"),
        ("畅行59", "59元", "20GB"),
        ("畅行99", "99元", "40GB"),
        ("畅行199", "199元", "100GB"),
    ]

    def draw(canvas: Any, _: int) -> None:
        write_lines(canvas, [FULL])
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                canvas.drawString(90 + column * 140, 700 - number * 22, cell)

    assert texts(read(pdf(tmp_path / "无线.pdf", draw)), BlockKind.ROW) == [
        "套餐：畅行59；月费：59元；流量：20GB",
        "套餐：畅行99；月费：99元；流量：40GB",
        "套餐：畅行199；月费：199元；流量：100GB",
    ]


def test_merged_cells_of_a_drawn_table_are_filled(tmp_path: Path) -> None:
    def draw(canvas: Any, _: int) -> None:
        canvas.setFont("STSong-Light", 10)
        for x, y, text in [
            (80, 684, "地区"), (180, 684, "业务"), (280, 684, "时限"), (80, 648, "城区"),
            (180, 660, "装机"), (280, 660, "48小时"), (180, 636, "修障"), (280, 636, "24小时"),
        ]:  # fmt: skip
            canvas.drawString(x, y, text)
        for x in (72, 172, 272, 372):
            canvas.line(x, 700, x, 628)
        for y, left in [(700, 72), (676, 72), (652, 172), (628, 72)]:
            canvas.line(left, y, 372, y)

    assert texts(read(pdf(tmp_path / "合并.pdf", draw)), BlockKind.ROW) == [
        "地区：城区；业务：装机；时限：48小时",
        "地区：城区；业务：修障；时限：24小时",
    ]


@pytest.mark.parametrize("rotate", [90, 180, 270])
def test_rotated_pages_read_in_the_right_order(tmp_path: Path, rotate: int) -> None:
    def draw(canvas: Any, _: int) -> None:
        canvas.translate(*{90: (842, 0), 180: (595, 842), 270: (0, 595)}[rotate])
        canvas.rotate(rotate)
        write_lines(canvas, ["第一行写在最上面。", "第二行在它下面。"])

    assert texts(read(pdf(tmp_path / "横向.pdf", draw, rotate=rotate))) == ["第一行写在最上面。", "第二行在它下面。"]


def test_larger_lines_are_headings_and_the_largest_is_the_title(tmp_path: Path) -> None:
    def draw(canvas: Any, _: int) -> None:
        write_lines(canvas, ["畅行系列资费"], x=200, y=780, size=24)
        write_lines(canvas, ["适用范围"], y=730, size=15)
        write_lines(canvas, [FULL, "电话办理，均适用本资费。"], y=700)

    document = read(pdf(tmp_path / "标题.pdf", draw))
    assert document.title == "畅行系列资费"
    assert texts(document, BlockKind.HEADING) == ["畅行系列资费", "适用范围"]


def test_bookmarks_give_headings_their_level(tmp_path: Path) -> None:
    def draw(canvas: Any, _: int) -> None:
        for number, (text, level) in enumerate([("第一章 总则", 0), ("第一节 范围", 1)]):
            canvas.bookmarkPage(f"k{number}")
            canvas.addOutlineEntry(text, f"k{number}", level)
        write_lines(canvas, ["第一章 总则", "第一节 范围", "本规范适用于全部业务。"])

    document = read(pdf(tmp_path / "书签.pdf", draw))
    assert [(b.text, b.level) for b in document.blocks if b.kind is BlockKind.HEADING] == [
        ("第一章 总则", 1),
        ("第一节 范围", 2),
    ]


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    def draw(canvas: Any, _: int) -> None:
        write_lines(canvas, ["左栏的文字应当先读完再读右边的一栏内"] * 11 + ["左栏到此结束。"], x=60, size=11)
        write_lines(canvas, ["右栏的文字在左栏全部读完以后才接着读"] * 11 + ["右栏到此结束。"], x=320, size=11)

    left, right = texts(read(pdf(tmp_path / "双栏.pdf", draw)))
    assert left.endswith("左栏到此结束。")
    assert "右栏" not in left
    assert right.endswith("右栏到此结束。")


def test_a_contents_page_leaves_no_lines_of_dots(tmp_path: Path) -> None:
    def draw(canvas: Any, _: int) -> None:
        write_lines(
            canvas,
            ["目录", "一、适用范围........................1", "二、资费标准........................2", "正文开始。"],
        )

    assert texts(read(pdf(tmp_path / "目录.pdf", draw))) == ["目录", "正文开始。"]


def test_a_file_that_opens_with_an_empty_password_is_read(tmp_path: Path) -> None:
    plain = pdf(tmp_path / "明.pdf", lambda canvas, _: write_lines(canvas, ["空密码也能打开。"]))
    assert texts(read(encrypted_pdf(tmp_path / "密.pdf", plain, password=""))) == ["空密码也能打开。"]


def test_a_file_under_a_password_is_refused(tmp_path: Path) -> None:
    plain = pdf(tmp_path / "明.pdf", lambda canvas, _: write_lines(canvas, ["机密。"]))
    with pytest.raises(InputRefused) as refusal:
        read(encrypted_pdf(tmp_path / "密.pdf", plain, password="secret"))
    assert "密码" in refusal.value.hint


def test_scans_without_ocr_are_refused_by_page(tmp_path: Path) -> None:
    path = pdf(tmp_path / "扫描.pdf", lambda canvas, _: scanned_page(canvas, ["HOTLINE 10070"]), pages=3)
    with pytest.raises(InputRefused) as refusal:
        read(path, ocr=False)
    assert "第 1-3 页" in refusal.value.hint


def test_pages_with_text_are_kept_when_scanned_ones_cannot_be_read(tmp_path: Path) -> None:
    def draw(canvas: Any, number: int) -> None:
        if number == 2:
            scanned_page(canvas, ["HOTLINE 10070"])
        else:
            write_lines(canvas, ["上篇讲资费。" if number == 1 else "下篇讲办理渠道。"], y=600)

    document = read(pdf(tmp_path / "混合.pdf", draw, pages=3), ocr=False)
    assert [block.page for block in document.blocks] == [1, 3]
    assert "第 2 页" in document.warnings[0]


def test_glyphs_without_meaning_count_as_no_text(tmp_path: Path) -> None:
    with pytest.raises(InputRefused) as refusal:
        read(pdf_without_meaning(tmp_path / "乱码.pdf"), ocr=False)
    assert "第 1 页" in refusal.value.hint


@pytest.mark.skipif(not ocr.is_installed(), reason="the OCR extra is not installed")
def test_scanned_pages_are_recognised_also_sideways(tmp_path: Path) -> None:
    lines = ["SERVICE HOTLINE 10070", "PLAN 199 HAS 100 GB", "ROAMING IN ZONE A 28 YUAN", "OPEN FROM 9 TO 18 DAILY"]
    size = (400.0, 300.0)

    def draw(canvas: Any, number: int) -> None:
        scanned_page(canvas, lines, turn=90 * (number - 1), size=size)

    document = read(pdf(tmp_path / "扫描.pdf", draw, pages=2, size=size))
    for number in (1, 2):
        found = "".join(block.text for block in document.blocks if block.page == number).replace(" ", "")
        assert "HOTLINE10070" in found
        assert found.index("HOTLINE10070") < found.index("PLAN199") < found.index("ROAMING")
    assert "第 1-2 页" in document.warnings[0]


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "坏.pdf"
    path.write_bytes(b"%PDF-1.7\n" + b"1 0 obj <<" * 100)
    with pytest.raises(InputRefused) as refusal:
        read(path)
    assert "损坏" in refusal.value.hint


def test_a_file_of_empty_pages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused) as refusal:
        read(pdf(tmp_path / "空.pdf", lambda canvas, _: None, pages=2))
    assert "没有可读的文字" in refusal.value.hint


def test_pages_are_told_as_they_are_done(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    path = pdf(tmp_path / "三页.pdf", lambda canvas, _: write_lines(canvas, ["内容。"], y=600), pages=3)
    read(path, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
