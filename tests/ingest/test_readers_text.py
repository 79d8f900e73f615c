"""Plain text, Markdown and CSV, in the encodings and habits of Chinese offices."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.model import Block, BlockKind, RawDocument
from ingest.readers import read
from kb.errors import InputRefused


def texts(document: RawDocument, kind: BlockKind | None = None) -> list[str]:
    return [block.text for block in document.blocks if kind is None or block.kind is kind]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
def test_text_is_read_in_every_common_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "停机保号.txt"
    path.write_bytes("停机保号每月五元。\n最长十二个月，到期自动复机。\n".encode(encoding))
    assert texts(read(path)) == ["停机保号每月五元。", "最长十二个月，到期自动复机。"]


def test_traditional_text_in_big5_is_told_from_gb18030(tmp_path: Path) -> None:
    path = tmp_path / "帳單.txt"
    path.write_bytes("這個月的電話費可以在網上繳納，請於到期日前處理。".encode("big5"))
    assert texts(read(path)) == ["這個月的電話費可以在網上繳納，請於到期日前處理。"]


def test_one_long_line_stays_one_paragraph(tmp_path: Path) -> None:
    path = tmp_path / "长文.txt"
    path.write_text("用户可以通过热线办理业务" * 500, encoding="utf-8")
    assert len(read(path).blocks) == 1


def test_text_takes_nothing_for_markdown(tmp_path: Path) -> None:
    path = tmp_path / "话术.txt"
    path.write_text("# 号键返回上一级\n* 号键重听\n1_2_3 按键说明", encoding="utf-8")
    assert texts(read(path)) == ["# 号键返回上一级", "* 号键重听", "1_2_3 按键说明"]


def test_a_few_damaged_bytes_are_forgiven_and_named(tmp_path: Path) -> None:
    path = tmp_path / "记录.txt"
    path.write_bytes(("宽带故障修复时限为二十四小时。\n" * 200).encode()[:-2])
    document = read(path)
    assert "已损坏" in document.warnings[0]


MARKDOWN = """---
title: 停复机与保号规则
effective_from: 2026-05-01
audience: [坐席, 培训师]
nested: {version: 2}
---

# 停复机与保号规则

<!-- 内部备注：不要外传 -->

## 一、保号费

停机保号每月收费五元，
最短一个月。
第二款另有规定的除外。

- 欠费停机
  - 单停
1. 先缴费
2. 后复机

| 项目 | 标准 |
| --- | --- |
| 保号费 | 5元/月 |
| 最长期限 | 12个月 |

```
发送 CXZG 到 10070
```
"""


def test_markdown_keeps_headings_lists_tables_and_front_matter(tmp_path: Path) -> None:
    path = tmp_path / "规则.md"
    path.write_text(MARKDOWN, encoding="utf-8")
    document = read(path)
    assert document.title == "停复机与保号规则"
    assert document.front_matter == {
        "title": "停复机与保号规则",
        "effective_from": "2026-05-01",
        "audience": ["坐席", "培训师"],
        "nested": {"version": 2},
    }
    assert [(block.text, block.level) for block in document.blocks if block.kind is BlockKind.HEADING] == [
        ("停复机与保号规则", 1),
        ("一、保号费", 2),
    ]
    assert texts(document, BlockKind.PARAGRAPH) == [
        "停机保号每月收费五元，最短一个月。",
        "第二款另有规定的除外。",
        "发送 CXZG 到 10070",
    ]
    lists = [(block.text, block.level) for block in document.blocks if block.kind is BlockKind.LIST]
    assert lists == [("欠费停机", 1), ("单停", 2), ("1. 先缴费", 1), ("2. 后复机", 1)]
    rows = [block for block in document.blocks if block.kind is BlockKind.ROW]
    assert rows[0] == Block(
        BlockKind.ROW, "项目：保号费；标准：5元/月", header=("项目", "标准"), cells=("保号费", "5元/月"), table=1
    )
    assert not any("内部备注" in text for text in texts(document))


def test_wrong_front_matter_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "坏.md"
    path.write_text("---\ntitle: 规则\naudience: [坐席\n---\n正文\n", encoding="utf-8")
    with pytest.raises(InputRefused) as refusal:
        read(path)
    assert "YAML" in refusal.value.hint
    assert "行" in refusal.value.hint


def test_front_matter_with_aliases_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "炸弹.md"
    path.write_text("---\na: &a [x, x]\nb: [*a, *a]\n---\n正文\n", encoding="utf-8")
    with pytest.raises(InputRefused):
        read(path)


def test_rules_that_only_look_like_front_matter_are_text(tmp_path: Path) -> None:
    path = tmp_path / "线.md"
    path.write_text("---\n\n正文第一段。\n\n---\n\n正文第二段。\n", encoding="utf-8")
    assert texts(read(path)) == ["正文第一段。", "正文第二段。"]


def test_html_tables_inside_markdown_are_read(tmp_path: Path) -> None:
    path = tmp_path / "表.md"
    path.write_text(
        "# 资费\n\n<table><tr><th>套餐</th><th>月费</th></tr><tr><td>畅行99</td><td>99元</td></tr></table>\n", "utf-8"
    )
    assert texts(read(path), BlockKind.ROW) == ["套餐：畅行99；月费：99元"]


@pytest.mark.parametrize(
    ("delimiter", "encoding"), [(",", "utf-8-sig"), ("\t", "gb18030"), (";", "utf-8"), ("|", "utf-16")]
)
def test_csv_finds_its_delimiter_and_encoding(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = tmp_path / "问答.csv"
    rows = [("栏目", "问题", "答案"), ("账单", "何时出账？", "每月1日出账"), ("账单", "缴费到何时？", "当月20日")]
    path.write_bytes("\r\n".join(delimiter.join(row) for row in rows).encode(encoding))
    (sheet,) = read(path).sheets
    assert (sheet.name, sheet.header, sheet.rows) == ("问答", rows[0], tuple(rows[1:]))
    assert sheet.numbers == (2, 3)


def test_csv_cells_keep_their_lines_and_blank_lines_go(tmp_path: Path) -> None:
    path = tmp_path / "话术.csv"
    path.write_text('场景,话术\n,\n静音,"您好，请问听得到吗？\n（等待5秒）\n请您稍后再拨。"\n', encoding="utf-8")
    (sheet,) = read(path).sheets
    assert sheet.rows == (("静音", "您好，请问听得到吗？\n（等待5秒）\n请您稍后再拨。"),)
    assert sheet.numbers == (3,)


def test_unquoted_commas_in_an_answer_are_put_back(tmp_path: Path) -> None:
    path = tmp_path / "问答.csv"
    path.write_text("问题,答案\n怎么查话费,发短信,或拨打热线\n怎么复机,缴清欠费\n怎么过户,双方到场\n", encoding="utf-8")
    document = read(path)
    assert document.sheets[0].rows[0] == ("怎么查话费", "发短信,或拨打热线")
    assert "第 2 行" in document.warnings[0]


def test_a_stray_quote_does_not_swallow_the_file(tmp_path: Path) -> None:
    path = tmp_path / "问答.csv"
    rows = [f"问题{number},答案{number}" for number in range(300)]
    path.write_text('问题,答案\n"没有成对的引号,答案\n' + "\n".join(rows), encoding="utf-8")
    assert len(read(path).sheets[0].rows) == 301


def test_a_title_above_the_header_is_told_from_it(tmp_path: Path) -> None:
    path = tmp_path / "优惠.csv"
    path.write_text(
        "优惠一览表,,\n更新：2026-11-01,,\n优惠名称,内容,权限\n暖心续约,立减20元,坐席\n焕新,39元,坐席\n",
        encoding="utf-8",
    )
    (sheet,) = read(path).sheets
    assert (sheet.title, sheet.notes) == ("优惠一览表", ("更新：2026-11-01",))
    assert sheet.header == ("优惠名称", "内容", "权限")
    assert len(sheet.rows) == 2
