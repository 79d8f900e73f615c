"""Structure of Chinese documents: headings, articles, questions, contents pages."""

from __future__ import annotations

import pytest

from ingest.marks import ARABIC, ARTICLE, CHAPTER, CN_COMMA, CN_PAREN, article, mark_of
from ingest.model import Block, BlockKind
from ingest.structure import Group, GroupKind, read_structure


def paragraphs(*texts: str) -> list[Block]:
    return [Block(BlockKind.PARAGRAPH, text) for text in texts]


def heading(text: str, level: int = 1) -> Block:
    return Block(BlockKind.HEADING, text, level=level)


def paths(groups: tuple[Group, ...]) -> list[tuple[str, ...]]:
    return [group.heading for group in groups]


def test_articles_lie_under_their_chapter() -> None:
    groups = read_structure(
        paragraphs(
            "第一章 总则",
            "第一条 为了规范移机服务，制定本办法。",
            "第二章 收费",
            "第二条 移机费每次八十元。",
            "发票随后开具。",
        )
    )
    assert paths(groups) == [("第一章 总则", "第一条"), ("第二章 收费", "第二条")]
    assert [line.text for line in groups[1].lines] == ["第二条 移机费每次八十元。", "发票随后开具。"]
    assert groups[1].kind is GroupKind.ARTICLE
    assert groups[1].parent == ("第二章 收费",)


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("第九条　移机费　移机费八十元一次。", "第九条 移机费"),
        ("第九条【移机费】移机费八十元一次。", "第九条 移机费"),
        ("第九条 移机费", "第九条 移机费"),
        ("第九条 主刑的种类如下：", "第九条"),
        ("第九条移机费八十元一次。", "第九条"),
        ("第 九 條 契約的終止", "第九條 契約的終止"),
        ("第一百二十条之一 单位犯前款罪的，处罚金。", "第一百二十条之一"),
    ],
)
def test_an_article_is_called_by_its_number_and_title(line: str, path: str) -> None:
    assert read_structure(paragraphs(line, "正文在这里。"))[0].heading == (path,)


@pytest.mark.parametrize("line", ["第九条规定的情形除外。", "第九条、第十条适用于宽带。", "第九条第二款的期限为十日。"])
def test_a_reference_to_an_article_opens_none(line: str) -> None:
    assert article(line) is None


def test_reads_the_numbering_of_a_line() -> None:
    marks = {
        text: mark_of(text)
        for text in ("第三章 服务", "一、资费", "（二）移机", "3. 光猫", "第十条 退费", "1.5GB 流量", "2026年")
    }
    ranks = {text: mark.rank if mark else None for text, mark in marks.items()}
    assert ranks == {
        "第三章 服务": CHAPTER,
        "一、资费": CN_COMMA,
        "（二）移机": CN_PAREN,
        "3. 光猫": ARABIC,
        "第十条 退费": ARTICLE,
        "1.5GB 流量": None,
        "2026年": None,
    }
    mark = mark_of("第二十三条　退订")
    assert mark is not None
    assert mark.number == 23


def test_stated_headings_nest_by_their_level() -> None:
    groups = read_structure(
        [heading("宽带"), heading("移机", 2), *paragraphs("移机费八十元。"), heading("拆机", 2), *paragraphs("免费。")]
    )
    assert paths(groups) == [("宽带", "移机"), ("宽带", "拆机")]


def test_numbered_short_titles_with_text_beneath_are_headings() -> None:
    groups = read_structure(
        paragraphs(
            "一、移机",
            "同城移机收八十元。",
            "（一）时限",
            "四十八小时内完成。",
            "（二）改约",
            "可以改约一次。",
            "二、拆机",
            "光猫须归还。",
        )
    )
    assert paths(groups) == [("一、移机",), ("一、移机", "（一）时限"), ("一、移机", "（二）改约"), ("二、拆机",)]


def test_a_list_of_short_items_is_text() -> None:
    groups = read_structure(paragraphs("办理时请携带：", "（一）身份证", "（二）户口本", "（三）委托书"))
    assert paths(groups) == [()]


def test_numbered_paragraphs_that_are_sentences_are_text() -> None:
    groups = read_structure(paragraphs("一、客户可以随时退订，次月生效。", "二、退订后不再收费。"))
    assert paths(groups) == [()]


def test_a_numbered_title_before_an_article_encloses_it() -> None:
    groups = read_structure(
        paragraphs("一、移机", "第一条 移机费八十元。", "二、拆机", "（一）光猫", "第二条 光猫须归还。")
    )
    assert paths(groups) == [("一、移机", "第一条"), ("二、拆机", "（一）光猫", "第二条")]


def test_a_lone_title_between_articles_is_a_heading() -> None:
    groups = read_structure(paragraphs("总则", "第一条本合同由条款组成。", "保险责任", "第二条等待期为九十日。"))
    assert paths(groups) == [("总则", "第一条"), ("保险责任", "第二条")]


def test_an_unnumbered_heading_stays_inside_a_numbering_that_goes_on() -> None:
    looks = [Block(BlockKind.HEADING, text, level=0) for text in ("一、移机", "收费", "二、拆机")]
    groups = read_structure([looks[0], looks[1], *paragraphs("八十元。"), looks[2], *paragraphs("免费。")])
    assert paths(groups) == [("一、移机", "收费"), ("二、拆机",)]


def test_a_chapter_number_takes_its_title_from_the_next_line() -> None:
    groups = read_structure(paragraphs("第一章", "总则", "第一条 为了规范服务，制定本办法。"))
    assert paths(groups) == [("第一章 总则", "第一条")]


def test_the_contents_page_is_dropped_and_the_chapters_stay() -> None:
    groups = read_structure(
        paragraphs(
            "目 录",
            "第一章 总则 …… 1",
            "第二章 收费 …… 3",
            "第一章 总则",
            "第一条 制定本办法。",
            "第二章 收费",
            "第二条 八十元。",
        )
    )
    assert paths(groups) == [("第一章 总则", "第一条"), ("第二章 收费", "第二条")]


def test_contents_without_page_numbers_are_known_by_coming_again() -> None:
    groups = read_structure(
        paragraphs("目录", "第一章 总则", "第二章 收费", "第一章 总则", "规范服务。", "第二章 收费", "八十元。")
    )
    assert [line.text for group in groups for line in group.lines] == ["规范服务。", "八十元。"]


def test_a_heading_with_nothing_beneath_stays_as_text() -> None:
    groups = read_structure([heading("移机"), heading("拆机"), *paragraphs("免费。"), heading("附：联系电话 10070")])
    assert [(group.heading, group.lines[0].text) for group in groups] == [
        ((), "移机"),
        (("拆机",), "免费。"),
        ((), "附：联系电话 10070"),
    ]


def test_a_heading_that_states_figures_is_kept_in_the_text() -> None:
    groups = read_structure([heading("移机费80元/次"), *paragraphs("同一小区内减半。")])
    assert [line.text for line in groups[0].lines] == ["移机费80元/次", "同一小区内减半。"]


def test_a_first_line_that_repeats_the_title_is_dropped() -> None:
    groups = read_structure([heading("移机 办法"), *paragraphs("收费八十元。")], title="移机办法")
    assert paths(groups) == [()]
    assert len(groups[0].lines) == 1


def test_questions_keep_their_answers() -> None:
    groups = read_structure(
        paragraphs("问：怎么移机？", "答：拨打热线预约。", "当天回电。", "问：收费吗？", "答：八十元一次。")
    )
    assert [(group.question, len(group.lines)) for group in groups] == [("怎么移机？", 3), ("收费吗？", 2)]
    assert groups[0].kind is GroupKind.QUESTION


def test_a_question_answered_on_its_own_line_is_asked_without_the_answer() -> None:
    groups = read_structure(paragraphs("• 问：能不能办暖心续约？ 答：不能，须满24个月。", "• 问：收费吗？ 答：不收。"))
    assert [group.question for group in groups] == ["能不能办暖心续约？", "收费吗？"]


def test_rows_that_ask_and_answer_are_questions() -> None:
    rows = [("1", "怎么移机？", "拨打热线。"), ("2", "收费吗？", "八十元一次。")]
    blocks = [Block(BlockKind.ROW, "；".join(cells), cells=cells, table=1) for cells in rows]
    groups = read_structure([*paragraphs("移机"), *blocks, *paragraphs("以上自公布之日起执行。")])
    assert [group.question for group in groups] == ["", "怎么移机？", "收费吗？", ""]
    assert [line.text for line in groups[2].lines] == ["2；收费吗？；八十元一次。"]


def test_numbered_questions_end_where_their_numbering_goes_on() -> None:
    groups = read_structure(
        paragraphs("1、怎么移机？", "拨打热线。", "2、收费吗？", "八十元。", "3、以上自公布之日起执行。")
    )
    assert [group.question for group in groups] == ["怎么移机？", "收费吗？", ""]


def test_annexes_stand_beside_the_chapters() -> None:
    groups = read_structure(paragraphs("第一章 总则", "第一条 制定本办法。", "附件1 收费表", "移机八十元。"))
    assert paths(groups) == [("第一章 总则", "第一条"), ("附件1 收费表",)]


def test_a_caption_of_a_table_stands_before_its_first_row() -> None:
    row = Block(BlockKind.ROW, "套餐：畅行99；月费：99元", caption="表1 套餐", table=1)
    groups = read_structure([row, row])
    assert [line.text for line in groups[0].lines] == ["表1 套餐", row.text, row.text]
