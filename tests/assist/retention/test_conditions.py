"""The language of conditions: what it reads, what it refuses by name, and how it judges what is not known."""

from __future__ import annotations

import pytest

from assist.retention.clauses import read_wording
from assist.retention.conditions import ConditionError, contradiction, parse_rule
from assist.retention.facts import Facts, read_facts

PLANS = ("畅行59", "畅行99", "畅行129", "畅行199", "畅行299", "青春卡", "银龄卡", "乡韵卡")


def holds(rule: str, **facts: object) -> list[bool | None]:
    known = read_facts(facts)
    return [each.holds(known) for each in parse_rule(rule)]


def test_a_number_at_its_limit_meets_the_limit() -> None:
    assert holds("tenure_months>=24; monthly_spend<=100; age>60", tenure_months=24, monthly_spend=100, age=60) == [
        True,
        True,
        False,
    ]


def test_what_is_not_known_is_neither_true_nor_false() -> None:
    assert holds("tenure_months>=24; contract=none", tenure_months=30) == [True, None]


def test_one_of_several_wishes_is_enough_and_the_others_do_not_hold() -> None:
    assert holds("intent=携号转网; intent=降档; product!=亲情网", intent="携转、投诉", product="500M宽带") == [
        True,
        False,
        True,
    ]


def test_chinese_semicolons_and_full_width_signs_are_read() -> None:
    assert holds("tenure_months＞＝24；plan in 畅行59｜畅行99", tenure_months=24, plan="畅行99") == [True, True]


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ("tenure>=24", "没有“tenure”这一项"),
        ("tenure_months>=两年", "“两年”不是数字"),
        ("tenure_months=>24", "“>24”不是数字"),
        ("tier>金卡", "不能比大小"),
        ("tier=白金卡", "没有“白金卡”这一项"),
        ("plan in 畅行59||畅行99", "缺少比较的值"),
        ("在网满24个月", "写法不对"),
        ("tenure_months>=24 and age>=60", "不是数字"),
    ],
)
def test_a_rule_that_cannot_be_read_is_named(rule: str, named: str) -> None:
    with pytest.raises(ConditionError, match=named):
        parse_rule(rule)


@pytest.mark.parametrize(
    "rule",
    [
        "tenure_months>=60; tenure_months<=24",
        "tier=金卡; tier=钻石卡",
        "age>20; age<20",
        "tier in 金卡|银卡; tier!=金卡; tier!=银卡",
    ],
)
def test_demands_nobody_can_meet_are_found(rule: str) -> None:
    assert "不可能同时成立" in contradiction(parse_rule(rule))


@pytest.mark.parametrize("rule", ["age>=14; age<=25", "tier in 金卡|银卡; tier!=金卡", "intent=投诉; intent=降档"])
def test_demands_somebody_can_meet_are_left_alone(rule: str) -> None:
    assert contradiction(parse_rule(rule)) == ""


def test_a_refusal_says_what_is_demanded_and_what_is() -> None:
    (demand,) = parse_rule("tenure_months>=24")
    assert demand.refusal(Facts({"tenure_months": 23.0})) == "在网时长不少于24个月（客户：23个月）"


@pytest.mark.parametrize(
    ("wording", "demands"),
    [
        ("在网满24个月，无套餐类在途合约", ["tenure_months >= 24", "contract = none"]),
        ("近6月月均≥100元", ["monthly_spend >= 100"]),
        ("月费99元及以上套餐", ["plan in 畅行129|畅行199|畅行299|畅行99"]),
        ("在用畅行129及以上套餐", ["plan in 畅行129|畅行199|畅行299"]),
        ("在用500M宽带", ["broadband in 500M"]),
        ("单独办理300M宽带新装", ["product = 300M宽带", "broadband_mode in standalone|none", "broadband = none"]),
        ("金卡或者钻石卡客户办理升档", ["tier in 金卡|钻石卡", "intent = 升档"]),
        ("海屿市在网客户", ["region = 海屿市"]),
        ("套餐类合约剩余2个月及以内", ["contract = active", "contract_remaining_months <= 2"]),
        ("停机保号满3个月后复机", ["suspended_months >= 3", "intent = 复机"]),
    ],
)
def test_the_wordings_of_the_sheet_become_demands(wording: str, demands: list[str]) -> None:
    found = read_wording(wording, PLANS)
    shown = [
        f"{each.key} {each.op} "
        + "|".join(f"{value:g}" if isinstance(value, float) else value for value in each.values)
        for each in found.conditions
    ]
    assert (shown, found.checks) == (demands, ())


def test_a_promise_the_customer_makes_is_a_need_and_no_condition() -> None:
    found = read_wording("承诺在网12个月，新办副卡", PLANS)
    assert (found.conditions, found.needs, found.checks) == ((), ("承诺在网12个月", "新办副卡"), ())


def test_what_no_rule_can_compute_is_left_for_a_person_to_check() -> None:
    found = read_wording("重大投诉且判定为公司责任，客户心情好", PLANS)
    assert [each.key for each in found.conditions] == ["complaint_level"]
    assert found.checks == ("判定为公司责任", "客户心情好")


def test_a_plan_nobody_sells_makes_the_clause_a_check() -> None:
    assert read_wording("在用畅行888", PLANS).checks == ("在用畅行888",)
