"""Word documents, slides and workbooks: structure kept, furniture dropped."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from ingest.model import BlockKind, RawDocument
from ingest.readers import read
from tests.ingest.make_files import docx, pptx, xlsx


def kinds(document: RawDocument) -> list[tuple[str, str]]:
    return [(block.kind.value, block.text) for block in document.blocks]


def test_word_headings_paragraphs_and_tables_come_in_order(tmp_path: Path) -> None:
    def fill(document: Any) -> None:
        document.add_heading("携号转网服务规范", level=0)
        document.add_heading("第一章 总则", level=1)
        document.add_paragraph("申请转出须本人实名、无欠费。")
        document.add_paragraph("表1 转网时限")
        table = document.add_table(rows=3, cols=2)
        for row, cells in zip(
            table.rows, [("事项", "时限"), ("授权码", "60分钟"), ("余额退还", "15个工作日")], strict=True
        ):
            for cell, text in zip(row.cells, cells, strict=True):
                cell.text = text
        document.add_heading("第二章 附则", level=1)
        document.sections[0].header.paragraphs[0].text = "澜川通信内部资料"
        document.sections[0].footer.paragraphs[0].text = "第 1 页"

    document = read(docx(tmp_path / "规范.docx", fill))
    assert document.title == "携号转网服务规范"
    assert kinds(document) == [
        ("heading", "携号转网服务规范"),
        ("heading", "第一章 总则"),
        ("paragraph", "申请转出须本人实名、无欠费。"),
        ("row", "事项：授权码；时限：60分钟"),
        ("row", "事项：余额退还；时限：15个工作日"),
        ("heading", "第二章 附则"),
    ]
    assert document.blocks[3].caption == "表1 转网时限"
    assert [block.level for block in document.blocks if block.kind is BlockKind.HEADING] == [1, 1, 1]


def test_automatic_numbers_of_word_are_spelled_out(tmp_path: Path) -> None:
    def fill(document: Any) -> None:
        for text in ("先核实身份", "再受理业务"):
            document.add_paragraph(text, style="List Number")
        for text in ("不得推诿", "不得挂断"):
            document.add_paragraph(text, style="List Bullet")

    document = read(docx(tmp_path / "步骤.docx", fill))
    assert kinds(document)[:2] == [("list", "1. 先核实身份"), ("list", "2. 再受理业务")]
    assert kinds(document)[2:] == [("list", "不得推诿"), ("list", "不得挂断")]


def test_clause_numbers_made_by_word_are_spelled_out_in_chinese(tmp_path: Path) -> None:
    def fill(document: Any) -> None:
        numbering = document.part.numbering_part.element
        level = numbering.find(f"{_W}abstractNum/{_W}lvl")
        level.find(f"{_W}numFmt").set(_W + "val", "chineseCounting")
        level.find(f"{_W}lvlText").set(_W + "val", "第%1条")
        abstract = level.getparent().get(_W + "abstractNumId")
        link = next(each for each in numbering.iter(f"{_W}abstractNumId") if each.get(_W + "val") == abstract)
        number = link.getparent()
        for text in ("用户应当实名。", "用户应当按期缴费。"):
            properties = document.add_paragraph(text)._p.get_or_add_pPr().get_or_add_numPr()
            properties.get_or_add_numId().val = int(number.get(_W + "numId"))
            properties.get_or_add_ilvl().val = 0

    document = read(docx(tmp_path / "条款.docx", fill))
    assert kinds(document) == [("paragraph", "第一条 用户应当实名。"), ("paragraph", "第二条 用户应当按期缴费。")]


_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def test_hidden_words_are_left_out_and_bold_lines_are_headings(tmp_path: Path) -> None:
    def fill(document: Any) -> None:
        document.add_paragraph().add_run("三、违约责任").bold = True
        paragraph = document.add_paragraph("可以告诉客户的话。")
        paragraph.add_run("内部批注").font.hidden = True

    document = read(docx(tmp_path / "批注.docx", fill))
    assert kinds(document) == [("heading", "三、违约责任"), ("paragraph", "可以告诉客户的话。")]


def test_merged_cells_of_word_are_filled(tmp_path: Path) -> None:
    def fill(document: Any) -> None:
        table = document.add_table(rows=3, cols=3)
        cells = [("地区", "业务", "时限"), ("城区", "装机", "48小时"), ("", "修障", "24小时")]
        for row, texts in zip(table.rows, cells, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
        table.cell(1, 0).merge(table.cell(2, 0))

    document = read(docx(tmp_path / "时限.docx", fill))
    assert kinds(document) == [
        ("row", "地区：城区；业务：装机；时限：48小时"),
        ("row", "地区：城区；业务：修障；时限：24小时"),
    ]


def test_a_table_of_names_and_values_is_read_pair_by_pair(tmp_path: Path) -> None:
    def fill(document: Any) -> None:
        table = document.add_table(rows=2, cols=2)
        for row, texts in zip(table.rows, [("服务热线", "10070"), ("人工时段", "8:00-22:00")], strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text

    assert kinds(read(docx(tmp_path / "联系.docx", fill))) == [
        ("row", "服务热线：10070"),
        ("row", "人工时段：8:00-22:00"),
    ]


def test_a_form_of_names_and_values_side_by_side_is_read_pair_by_pair(tmp_path: Path) -> None:
    def fill(document: Any) -> None:
        table = document.add_table(rows=2, cols=4)
        rows = [("发布部门", "市场部", "印发日期", "2026-06-10"), ("施行日期", "2026-07-01 起", "版本", "2026版")]
        for row, texts in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text

    assert kinds(read(docx(tmp_path / "文头.docx", fill))) == [
        ("row", "发布部门：市场部；印发日期：2026-06-10"),
        ("row", "施行日期：2026-07-01 起；版本：2026版"),
    ]


def test_what_stands_on_most_slides_is_left_out(tmp_path: Path) -> None:
    def fill(deck: Any) -> None:
        for number, topic in enumerate("装移修拆停", start=1):
            slide = deck.slides.add_slide(deck.slide_layouts[5])
            slide.shapes.title.text = f"宽带{topic}机"
            slide.shapes.add_textbox(0, 2_000_000, 900_000, 300_000).text_frame.text = f"• {topic}机须本人办理"
            slide.shapes.add_textbox(0, 6_000_000, 900_000, 300_000).text_frame.text = f"内部资料 第 {number} 页"

    document = read(pptx(tmp_path / "页脚.pptx", fill))
    assert len(document.blocks) == 10
    assert ("list", "装机须本人办理") in kinds(document)


def test_slides_give_title_bullets_table_and_notes_with_their_number(tmp_path: Path) -> None:
    def fill(deck: Any) -> None:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = "夜间话务安排"
        frame = slide.placeholders[1].text_frame
        frame.text = "故障申告全天有人"
        frame.add_paragraph().text = "其他业务次日处理"
        frame.paragraphs[1].level = 1
        slide.notes_slide.notes_text_frame.text = "提醒学员：不得让客户反复拨打。"
        table_slide = deck.slides.add_slide(deck.slide_layouts[5])
        table_slide.shapes.title.text = "升级路径"
        table = table_slide.shapes.add_table(3, 2, 0, 3_000_000, 6_000_000, 1_000_000).table
        for row, texts in enumerate([("级别", "首次联系"), ("一般", "24小时"), ("重大", "4小时")]):
            for column, text in enumerate(texts):
                table.cell(row, column).text = text

    document = read(pptx(tmp_path / "培训.pptx", fill))
    assert document.title == "夜间话务安排"
    assert document.pages == 2
    assert [(block.kind.value, block.text, block.page, block.level) for block in document.blocks] == [
        ("heading", "夜间话务安排", 1, 1),
        ("list", "故障申告全天有人", 1, 1),
        ("list", "其他业务次日处理", 1, 2),
        ("note", "提醒学员：不得让客户反复拨打。", 1, 0),
        ("heading", "升级路径", 2, 1),
        ("row", "级别：一般；首次联系：24小时", 2, 0),
        ("row", "级别：重大；首次联系：4小时", 2, 0),
    ]


def test_hidden_slides_are_left_out_and_named(tmp_path: Path) -> None:
    def fill(deck: Any) -> None:
        for title in ("公开内容", "草稿"):
            deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = title
        deck.slides[1]._element.set("show", "0")

    document = read(pptx(tmp_path / "草稿.pptx", fill))
    assert kinds(document) == [("heading", "公开内容")]
    assert "第 2 张" in document.warnings[0]


def test_workbook_values_read_as_people_see_them(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        sheet = book.active
        sheet.title = "优惠"
        sheet.append(["优惠一览（2026年）"])
        sheet.merge_cells("A1:E1")
        sheet.append(["类别", "名称", "月费", "违约金\n比例", "生效日期"])
        sheet.append(["续约", "暖心续约", 20.0, 0.3, date(2026, 10, 1)])
        sheet.append([None, "宽带焕新", 39.5, 0.05, datetime(2026, 11, 1, 8, 30)])
        sheet.merge_cells("A3:A4")
        sheet["D3"].number_format = "0%"
        sheet["D4"].number_format = "0.0%"
        sheet.append([None, None, None, None, None])
        sheet.append(["其他", "亲情网", "=2+3", True, "长期"])

    (sheet,) = read(xlsx(tmp_path / "优惠.xlsx", fill)).sheets
    assert (sheet.name, sheet.title) == ("优惠", "优惠一览（2026年）")
    assert sheet.header == ("类别", "名称", "月费", "违约金比例", "生效日期")
    assert sheet.rows == (
        ("续约", "暖心续约", "20", "30%", "2026-10-01"),
        ("续约", "宽带焕新", "39.5", "5%", "2026-11-01 08:30"),
        ("其他", "亲情网", "", "是", "长期"),
    )
    assert sheet.numbers == (3, 4, 6)


def test_every_visible_sheet_is_read_and_hidden_ones_named(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        book.active.append(["问题", "答案"])
        book.active.append(["几点营业？", "九点"])
        book.create_sheet("空表")
        hidden = book.create_sheet("下拉选项")
        hidden.append(["是"])
        hidden.sheet_state = "hidden"

    document = read(xlsx(tmp_path / "问答.xlsx", fill))
    assert [sheet.name for sheet in document.sheets] == ["Sheet"]
    assert "下拉选项" in document.warnings[0]
