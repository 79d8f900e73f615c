"""Facts typed and pasted: each checked, contradictions named and set aside, nothing guessed."""

from __future__ import annotations

from datetime import date

import pytest

from assist.retention.facts import read_facts
from assist.retention.pasted import MAX_PASTED, read_pasted
from kb.errors import InputRefused

PLANS = ("畅行59", "畅行99", "畅行129", "畅行199", "畅行299", "青春卡", "银龄卡", "乡韵卡")
TODAY = date(2026, 11, 21)


def pasted(text: str) -> dict[str, object]:
    return read_pasted(text, today=TODAY, plans=PLANS, regions=("海屿市", "望山县")).facts


def test_labels_units_and_ways_of_saying_are_understood() -> None:
    found = read_facts(
        {"在网时长": "26个月", "客户等级": "钻石", "套餐类合约": "没有", "客户提出": "携转，降套餐", "欠费": "无"}
    )
    assert found.values == {
        "tenure_months": 26.0,
        "tier": "钻石卡",
        "contract": "none",
        "intent": frozenset({"携号转网", "降档"}),
        "arrears": 0.0,
    }
    assert found.problems == ()


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"tenure_months": -3}, "不可能是 -3个月"),
        ({"age": 180}, "不可能是 180周岁"),
        ({"age": "nan"}, "不可能"),
        ({"tenure_months": True}, "写成数字"),
        ({"monthly_spend": "一百多"}, "要写成数字"),
        ({"tier": "白金卡"}, "没有“白金卡”这一项，只能是：普通、银卡、金卡、钻石卡"),
        ({"plan": "畅行88"}, "没有“畅行88”这个套餐"),
        ({"intent": "聊天"}, "没有“聊天”这一项"),
        ({"plan": 129}, "要写成文字"),
        ({"region": "很" * 50}, "太长"),
    ],
)
def test_what_cannot_be_is_named_and_not_known(facts: dict[str, object], said: str) -> None:
    found = read_facts(facts, PLANS)
    assert said in found.problems[0].text
    assert found.values == {}


@pytest.mark.parametrize(
    "facts",
    [
        {"contract": "无", "contract_remaining_months": 5},
        {"broadband": "无", "broadband_contract": "有"},
        {"broadband": "无", "broadband_mode": "单独办理"},
        {"age": 5, "tenure_months": 120},
        {"age": 40, "plan": "银龄卡"},
        {"age": 30, "plan": "青春卡"},
        {"tenure_months": 1, "zero_usage_days": 300},
        {"intent": "升档、降档"},
    ],
)
def test_facts_against_each_other_are_both_set_aside(facts: dict[str, object]) -> None:
    found = read_facts(facts, PLANS)
    assert "矛盾" in found.problems[0].text
    assert found.values == {}


def test_a_fact_given_twice_differently_is_set_aside() -> None:
    found = read_facts({"tenure_months": 20, "在网时长": 30})
    assert "两个不同的值" in found.problems[0].text
    assert found.values == {}


def test_a_key_that_is_no_fact_is_refused_so_that_it_is_not_lost() -> None:
    with pytest.raises(InputRefused) as refused:
        read_facts({"手机号": "13800138000"})
    assert "没有“手机号”这项客户信息" in refused.value.hint


def test_who_has_no_broadband_has_neither_its_mode_nor_its_months() -> None:
    assert read_facts({"broadband": "无"}).values["broadband_mode"] == "none"


def test_pasted_notes_give_what_they_plainly_say() -> None:
    assert pasted("王女士，在网3年2个月，畅行129，月均135元，银卡，没有合约，无欠费，家住临江市，要携号转网") == {
        "plan": "畅行129",
        "tenure_months": 38.0,
        "contract": "none",
        "region": "临江市",
        "intent": ["携号转网"],
        "monthly_spend": 135.0,
        "tier": "银卡",
        "arrears": 0.0,
    }


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("在网二十四个月", "tenure_months", 24.0),
        ("2024年11月22日入网", "tenure_months", 23.0),
        ("入网日期：2024-11-20", "tenure_months", 24.0),
        ("合约还剩2个月", "contract_remaining_months", 2.0),
        ("宽带用了14个月", "broadband_tenure_months", 14.0),
        ("要降到畅行99", "target_plan", "畅行99"),
        ("想装500M宽带", "product", ["500M宽带"]),
        ("父亲65岁", "family_age", 65.0),
        ("停机保号满3个月", "suspended_months", 3.0),
        ("欠费35元", "arrears", 35.0),
    ],
)
def test_single_facts_are_read(text: str, key: str, value: object) -> None:
    assert pasted(text)[key] == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("在网三百年，没有合约", "“在网时长”不可能是 3600"),
        ("套餐是神州行，在网3年", "没有“神州行”这个套餐"),
        ("套餐：全球通88，在网3年", "没有“全球通88”这个套餐"),
    ],
)
def test_what_notes_say_that_cannot_be_is_named(text: str, said: str) -> None:
    pasted = read_pasted(text, today=TODAY, plans=PLANS)
    (problem,) = read_facts(pasted.facts, PLANS).problems
    assert said in problem.text


@pytest.mark.parametrize("text", ["套餐是什么", "套餐是太贵了", "套餐是不合适", "套餐是畅行129", "入网2023年5月"])
def test_notes_that_name_no_plan_bring_no_unknown_one(text: str) -> None:
    assert read_facts(read_pasted(text, today=TODAY, plans=PLANS).facts, PLANS).problems == ()


def test_a_denied_wish_is_no_wish() -> None:
    assert "intent" not in pasted("没有提出携号转网")


def test_two_readings_are_named_and_none_is_chosen() -> None:
    found = read_pasted("在网24个月，又说在网20个月", today=TODAY, plans=PLANS)
    assert "tenure_months" not in found.facts
    assert "有几种说法（20个月、24个月）" in found.problems[0].text


def test_a_whole_transcript_is_refused() -> None:
    with pytest.raises(InputRefused):
        read_pasted("在" * (MAX_PASTED + 1), today=TODAY, plans=PLANS)


def test_the_surname_fills_the_script_and_is_no_fact() -> None:
    found = read_pasted("客户姓王，女士", today=TODAY, plans=PLANS)
    assert (found.call, found.facts) == ({"客户姓": "王", "先生/女士": "女士"}, {})
