"""Layout goes, text stays: lines rejoined, running heads known, characters plain."""

from __future__ import annotations

from ingest.clean import PlacedLine, begins_item, close_up, is_page_number, join, rejoin, running_lines, tidy


def test_a_broken_chinese_line_is_joined_without_a_space() -> None:
    assert join("套外流量按每", "吉字节五元计费") == "套外流量按每吉字节五元计费"


def test_english_words_are_joined_with_a_space_and_broken_words_mended() -> None:
    assert join("Data roaming is", "charged per day") == "Data roaming is charged per day"
    assert join("inter-", "national roaming") == "international roaming"


def test_figures_cut_by_the_edge_of_a_page_grow_together() -> None:
    assert join("编号 1007", "0138") == "编号 10070138"


def test_hard_wrapped_lines_become_paragraphs_and_clauses_stay_apart() -> None:
    lines = [
        "第一条 用户申请停机保号的，应当持本人有效身份证件到自有营业厅办理，或者",
        "通过公司客户端在线申请，受理后次日零时起生效，停机期间号码为用户保留，",
        "不得转让给他人使用。",
        "第二条 停机保号期间按月收取保号费，不足一个月的按一个月计算，到期后系统",
        "自动恢复通信服务。",
        "第三条 用户提前复机的，已经收取的保号费不再退还，复机之后仍然按照原来的",
        "套餐计费。",
    ]
    paragraphs = rejoin(lines)
    assert [paragraph[:3] for paragraph in paragraphs] == ["第一条", "第二条", "第三条"]
    assert paragraphs[0].endswith(
        "或者通过公司客户端在线申请，受理后次日零时起生效，停机期间号码为用户保留，不得转让给他人使用。"
    )


def test_lines_that_are_not_wrapped_stay_as_they_are() -> None:
    lines = ["服务热线", "10070", "营业时间：9:00-18:00", "地址：临江市中心路", "周末照常营业"]
    assert rejoin(lines) == lines


def test_a_blank_line_parts_paragraphs() -> None:
    assert rejoin(["甲方申请办理", "", "乙方予以受理"]) == ["甲方申请办理", "乙方予以受理"]


def test_a_clause_number_after_an_unfinished_sentence_is_a_reference() -> None:
    assert not begins_item("第十二条的规定办理。", "用户应当依照本规范")
    assert not begins_item("（三）项所列情形除外。", "但前款第")
    assert begins_item("第十二条 用户欠费的，暂停服务。", "以公告为准。")
    assert begins_item("1.首次办理免收调测费", "（四）收费标准")


def test_page_numbers_are_known_in_many_dresses() -> None:
    for text in ("12", "- 12 -", "第 3 页", "第3页 共10页", "3 / 10", "Page 3 of 10", "~8~", "第三页", "IV"):
        assert is_page_number(text), text
    for text in ("12元", "第三条", "2026年", "共10页资料", "5GB"):
        assert not is_page_number(text), text


def test_running_heads_are_found_with_their_changing_numbers() -> None:
    pages = [
        [
            PlacedLine("澜川通信 业务规范", 40, 9, margin=True),
            PlacedLine(f"这一页说的是第{page}件事", 100, 12),
            PlacedLine("具体办法见下文。", 400, 12),
            PlacedLine(f"第 {page} 页 共 3 页", 800, 9, margin=True),
        ]
        for page in (1, 2, 3)
    ]
    assert running_lines(pages) == [{0, 3}] * 3


def test_a_title_stays_when_only_the_running_head_repeats_it() -> None:
    cover = [PlacedLine("畅行系列资费", 200, 24), PlacedLine("2026 年版", 240, 16)]
    inner = [PlacedLine("畅行系列资费", 40, 9, margin=True), PlacedLine("一、适用范围", 100, 12)]
    other = [PlacedLine("畅行系列资费", 40, 9, margin=True), PlacedLine("二、资费标准", 100, 12)]
    assert running_lines([cover, inner, other]) == [set(), {0}, {0}]


def test_spaces_of_layout_go_and_the_one_after_a_heading_number_stays() -> None:
    assert close_up("甲 方 ： 澜川通信") == "甲方：澜川通信"
    assert close_up("第一章 总 则") == "第一章 总则"
    assert close_up("第一条 目的 为统一资费标准，制定本办法。") == "第一条 目的 为统一资费标准，制定本办法。"


def test_odd_characters_become_plain() -> None:
    assert tidy("⼀、\u200b适⽤\u00a0\u3000范围\x07") == "一、适用 范围"
