"""A follow-up is read with what was asked before; a new topic drags nothing along."""

from __future__ import annotations

import pytest

from assist.followup import rewrite
from assist.model import Turn
from assist.terms import TermIndex
from kb.model import Term

TERMS = TermIndex(
    [Term(f"畅行{fee}", (f"{fee}套餐", f"{fee}块的套餐"), "产品") for fee in (59, 99, 129, 199, 299)]
    + [
        Term("停机保号", ("报停", "保号"), "业务"),
        Term("携号转网", ("携转", "转网"), "业务"),
        Term("亲情网", (), "业务"),
        Term("移机", ("宽带搬家",), "业务"),
        Term("青春卡", ("学生卡",), "产品"),
        Term("金卡", (), "等级"),
        Term("银卡", (), "等级"),
        Term("月费", ("月租",), "费用"),
        Term("查询", ("查一下",), "动作"),
    ]
)


def read(question: str, *earlier: str) -> str:
    turns = [turn for asked in earlier for turn in (Turn("user", asked), Turn("assistant", "（答复）"))]
    return rewrite(question, turns, TERMS).text


@pytest.mark.parametrize(
    ("earlier", "question", "standalone"),
    [
        ("畅行129一个月多少流量", "那199的呢？", "畅行199一个月多少流量"),
        ("畅行一百二十九套餐月费多少", "那一百九十九呢", "畅行199套餐月费多少"),
        ("129套餐一个月流量多少", "那199的呢", "畅行199 1个月流量多少"),
        ("金卡补卡收费吗", "银卡呢", "银卡补卡收费吗"),
        ("去日本漫游一天多少钱", "那美国呢", "去美国漫游1天多少钱"),
        ("畅行系列2025版流量", "2026版呢", "畅行系列2026版流量"),
        ("宽带装机要多久", "海屿市呢", "海屿市 宽带装机要多久"),
        ("移机费多少", "同一小区内呢", "同一小区内 移机费多少"),
    ],
)
def test_another_value_takes_the_place_of_the_one_of_its_kind(earlier: str, question: str, standalone: str) -> None:
    assert read(question, earlier) == standalone


@pytest.mark.parametrize(
    ("earlier", "question", "standalone"),
    [
        ("停机保号一个月多少钱", "这个怎么退？", "停机保号怎么退"),
        ("青春卡多少钱", "这种卡有年龄限制吗", "青春卡有年龄限制吗"),
        ("亲情网怎么收费", "它最多几个人", "亲情网最多几个人"),
    ],
)
def test_a_pronoun_is_replaced_by_its_subject(earlier: str, question: str, standalone: str) -> None:
    assert read(question, earlier) == standalone


@pytest.mark.parametrize(
    ("earlier", "question", "standalone"),
    [
        ("畅行129一个月多少流量", "超出怎么收费", "畅行129 超出怎么收费"),
        ("畅行129一个月多少流量", "那月费多少", "畅行129 月费多少"),
    ],
)
def test_an_aspect_without_a_subject_gets_the_last_one(earlier: str, question: str, standalone: str) -> None:
    assert read(question, earlier) == standalone


def test_reads_a_chain_of_follow_ups() -> None:
    assert read("那月费多少", "畅行199能办几张副卡", "299呢") == "畅行299 月费多少"


@pytest.mark.parametrize(
    "question", ["那停机保号一个月多少钱", "你们营业厅星期天几点开门几点关门啊我想去一趟", "携号转网要满足什么条件"]
)
def test_a_new_topic_is_left_alone(question: str) -> None:
    assert read(question, "畅行199能办几张副卡") == question


def test_a_short_question_that_may_stand_alone_is_read_both_ways() -> None:
    both = rewrite("最长能保多久", [Turn("user", "停机保号一个月多少钱")], TERMS)
    assert (both.text, both.alternative) == ("停机保号 最长能保多久", "最长能保多久")


def test_nothing_is_carried_without_history() -> None:
    assert read("这个怎么退？") == "这个怎么退？"


def test_what_was_carried_over_is_known() -> None:
    carried = rewrite("这个怎么退？", [Turn("user", "停机保号一个月多少钱")], TERMS).carried
    assert carried == ("停机保号",)
