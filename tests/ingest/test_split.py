"""Passages and sections: sizes, lead-ins, tables, and that no character is lost or said twice."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.lines import Line, lines_of
from ingest.model import Block, BlockKind, render_row
from ingest.pack import Piece, pack, sentences
from ingest.split import MAX_SECTION_CHARS, split
from ingest.structure import read_structure
from kb.model import MAX_PASSAGE_CHARS

ITEMS = [f"（{n}）第{n}种情形，客户提出书面申请并说明理由，经业务组核实属实的；" for n in "一二三四五六七八九十"]
SIGNED = "免收移机费的，应当在工单中注明依据，由值班经理签字确认，并在次月账单中体现；未注明的，由经办人补缴。"
ARTICLE = ["第十六条 有下列情形之一的，可以免收移机费：", *ITEMS, "（十一）其他应当免收的。", SIGNED * 6]


def paragraphs(*texts: str) -> list[Block]:
    return [Block(BlockKind.PARAGRAPH, text) for text in texts]


def table(*rows: tuple[str, ...], header: tuple[str, ...], number: int = 1) -> list[Block]:
    return [Block(BlockKind.ROW, render_row(header, row), header=header, cells=row, table=number) for row in rows]


def squash(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_an_article_that_fits_is_one_passage() -> None:
    _, passages = split(paragraphs("第一条 移机费八十元。", "同一小区内减半。", "第二条 免费。"))
    assert [each.text for each in passages] == ["第一条 移机费八十元。\n同一小区内减半。", "第二条 免费。"]


def test_a_long_article_is_cut_between_items_that_carry_their_introduction() -> None:
    _, passages = split(paragraphs(*ARTICLE))
    assert len(passages) > 1
    assert {each.heading for each in passages} == {("第十六条",)}
    for passage in passages[1:]:
        if "种情形" in passage.text:
            assert passage.text.startswith("第十六条 有下列情形之一的，可以免收移机费：\n（")
    assert "".join(each.text for each in passages).count("（五）第五种情形") == 1


def test_an_item_that_says_enough_carries_nothing() -> None:
    duty = "甲方应当按照约定的期限和方式足额交纳费用，逾期的按日计收违约金" + "，经催告仍不交纳的暂停服务" * 8
    long = ["约定如下：", *[f"{n}、{duty}。" for n in range(1, 8)]]
    _, passages = split(paragraphs(*long))
    assert passages[1].text.startswith("2、") or passages[1].text.startswith("3、")


def test_tiny_paragraphs_of_one_section_are_joined_and_never_across_headings() -> None:
    blocks = [Block(BlockKind.HEADING, "移机", level=1), *paragraphs("收八十元。", "可以改约。")]
    blocks += [Block(BlockKind.HEADING, "拆机", level=1), *paragraphs("免费。")]
    _, passages = split(blocks)
    assert [each.text for each in passages] == ["收八十元。\n可以改约。", "免费。"]


def test_text_without_paragraphs_is_cut_between_sentences() -> None:
    text = "经审理查明，原告于2016年3月1日向被告支付货款1,250.50元，被告未按约定交货。" * 30
    _, passages = split(paragraphs(text))
    assert all(150 <= len(each.text) <= MAX_PASSAGE_CHARS for each in passages)
    assert all(each.text.endswith("。") for each in passages)


def test_a_sentence_without_end_is_cut_and_no_number_is_parted() -> None:
    text = "电话13800138000，金额1,250.50元" * 60
    _, passages = split(paragraphs(text))
    assert "".join(each.text for each in passages) == text
    assert not any(re.match(r"\d", each.text) for each in passages[1:])


def test_a_small_table_is_one_passage_with_its_caption() -> None:
    rows = table(("畅行99", "99元"), ("畅行129", "129元"), header=("套餐", "月费"))
    _, passages = split([*paragraphs("说明。" * 250, "表1 畅行系列资费"), *rows])
    assert passages[-1].text == "表1 畅行系列资费\n套餐：畅行99；月费：99元\n套餐：畅行129；月费：129元"


def test_rows_of_a_long_table_keep_header_subject_and_caption() -> None:
    rows = [(f"畅行{n}", f"{n}元", "含国内流量、国内通话与来电显示，套外按标准资费计收，" * 4) for n in range(100, 120)]
    _, passages = split([*paragraphs("表1 畅行系列资费"), *table(*rows, header=("套餐", "月费", "说明"))])
    assert len(passages) >= 10
    for passage in passages:
        assert passage.text.startswith("表1 畅行系列资费\n套餐：畅行1")
    assert "月费：107元" in next(each.text for each in passages if "套餐：畅行107；" in each.text)


def test_two_tables_are_not_mixed() -> None:
    first = table(("移机", "80元"), header=("项目", "收费"))
    second = table(("城区", "48小时"), header=("区域", "时限"), number=2)
    _, passages = split([*first, *second])
    assert [each.text for each in passages] == ["项目：移机；收费：80元", "区域：城区；时限：48小时"]


def test_an_answer_too_long_carries_its_question() -> None:
    _, passages = split(
        paragraphs("问：怎么移机？", *["先拨打热线预约上门时间，再由装维人员核对地址和端口。" * 6 for _ in range(6)])
    )
    assert len(passages) > 1
    assert all(each.text.startswith("问：怎么移机？\n") for each in passages)
    assert {each.questions for each in passages} == {("怎么移机？",)}


def test_a_section_is_the_text_its_passages_are_read_within() -> None:
    sections, passages = split(
        paragraphs("第一章 总则", *[f"第{n}条 {'应当遵守本办法。' * 20}" for n in "一二三四五六七八九"])
    )
    assert {each.section for each in passages} == {0}
    assert sections[0].heading == ("第一章 总则",)
    assert all(each.text in sections[0].text for each in passages)


def test_a_big_chapter_becomes_several_sections_cut_between_articles() -> None:
    articles = [f"第{n}条 {'应当遵守本办法，' * 40}。" for n in range(1, 60)]
    sections, passages = split(paragraphs("第一章 总则", *articles))
    assert len(sections) > 3
    assert all(len(each.text) <= MAX_SECTION_CHARS for each in sections)
    assert all(each.text.startswith("第") for each in sections)
    assert [each.section for each in passages] == sorted(each.section or 0 for each in passages)


def test_pages_are_those_where_a_passage_begins() -> None:
    blocks = [
        Block(BlockKind.PARAGRAPH, f"第{n}条 {'内容' * 100}。", page=page)
        for n, page in (("一", 1), ("二", 2), ("三", 2))
    ]
    sections, passages = split(blocks)
    assert [each.page for each in passages] == [1, 2, 2]
    assert sections[0].page == 1


def test_sentences_put_together_are_the_text() -> None:
    text = "他说：“好。”然后走了！真的？！第二天（周一。）又来；结束"
    assert "".join(sentences(text)) == text
    assert sentences(text)[0] == "他说：“好。”"


def test_nothing_gives_nothing() -> None:
    assert split([]) == ((), ())


MARKS = ["第一条 ", "第十二条之一　", "一、", "（二）", "3. ", "1.2 ", "①", "问：", "答：", "附件1", "第二章 总则"]
SAID = ["移机", "费用80元", "1,250.50", "见下表", "下列情形：", "ABC-12", "客户应当归还光猫"]
WORDS = st.sampled_from([*"，。；：？”（） \n", *MARKS, *SAID])
TEXT = st.lists(WORDS, min_size=1, max_size=120).map("".join).filter(lambda text: bool(text.strip()))
BLOCK = st.one_of(
    st.builds(Block, st.just(BlockKind.PARAGRAPH), TEXT),
    st.builds(Block, st.just(BlockKind.LIST), TEXT, level=st.integers(1, 3)),
    st.builds(
        Block,
        st.just(BlockKind.HEADING),
        st.text("移机收费附件一二三第章条、", min_size=1, max_size=12),
        level=st.integers(0, 4),
    ),
    st.builds(Block, st.just(BlockKind.ROW), TEXT, table=st.integers(1, 2)),
)
BLOCKS = st.lists(BLOCK, max_size=25)


@settings(deadline=None)
@given(BLOCKS)
def test_passages_are_never_blank_nor_too_long_and_always_the_same(blocks: list[Block]) -> None:
    sections, passages = split(blocks)
    assert all(each.text.strip() and len(each.text) <= MAX_PASSAGE_CHARS for each in passages)
    assert all(0 < len(each.text) <= MAX_SECTION_CHARS for each in sections)
    assert [each.ordinal for each in passages] == list(range(len(passages)))
    assert split(blocks) == (sections, passages)


@settings(deadline=None)
@given(BLOCKS)
def test_every_character_is_in_a_section_or_a_heading_in_order(blocks: list[Block]) -> None:
    sections, passages = split(blocks)
    said = squash("".join(each.text for each in sections))
    groups = read_structure(blocks)
    assert said == squash("".join(line.text for group in groups for line in group.lines))
    heads = squash("".join(part for each in passages for part in each.heading))
    for line in lines_of(blocks):
        assert (
            squash(line.text) in said or squash(line.text).strip(":：") in heads or squash(line.text).endswith("目录")
        )


@settings(deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=30))
def test_pieces_put_together_are_the_lines(texts: list[str]) -> None:
    lines = [Line(text.strip()) for text in texts]
    pieces = pack(lines, whole=False)
    joined = "".join(piece.own if i == 0 else piece.joint + piece.own for i, piece in enumerate(pieces))
    assert squash(joined) == squash("".join(line.text for line in lines))
    assert all(isinstance(piece, Piece) and piece.own.strip() for piece in pieces)
