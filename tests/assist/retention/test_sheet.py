"""The offer sheet: rows that cannot be offered are blocked by name, and nothing is promised together unless written."""

from __future__ import annotations

from datetime import date

import pytest

from assist.retention.authority import Level
from assist.retention.eligibility import Standing, judge
from assist.retention.facts import read_facts
from assist.retention.offers import Sheet, face_value
from assist.retention.stacking import Stacked, cycles, permits, read_stacking, together
from kb.model import Validity
from tests.retention_samples import TODAY, offer, sheet

FACTS = read_facts({"tenure_months": 30})


def standing(of: Sheet, code: str) -> tuple[Standing, tuple[str, ...]]:
    found = judge(of, FACTS, level=Level.AGENT, channel="10070语音", day=TODAY)
    (verdict,) = [each for each in found if each.offer.code == code]
    return verdict.standing, verdict.reasons


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"rule": "tenure>=24"}, "没有“tenure”这一项"),
        ({"rule": "tenure_months>=24; tenure_months<=12"}, "条件自相矛盾"),
        ({"rule": "tenure_months<=12"}, "条件自相矛盾"),
        ({"authority": "主管"}, "“主管”不是已知的权限级别"),
        ({"authority": ""}, "没有写权限级别"),
        ({"rule": "", "conditions": ""}, "没有写适用条件"),
        ({"disclosures": ()}, "没有写必告知事项"),
    ],
)
def test_a_row_that_cannot_be_judged_is_offered_to_nobody(fields: dict[str, object], said: str) -> None:
    faulty = sheet(offer("YH-001", **fields))
    found, reasons = standing(faulty, "YH-001")
    assert found is Standing.NOT_ELIGIBLE
    assert said in reasons[0]
    assert any("YH-001" in problem and said in problem for problem in faulty.problems)


@pytest.mark.parametrize(
    ("validity", "said"),
    [
        (Validity(date(2026, 10, 1), None), "没有写失效日期"),
        (Validity(None, date(2026, 12, 31)), "没有写生效日期"),
    ],
)
def test_a_row_without_a_date_is_offered_to_nobody(validity: Validity, said: str) -> None:
    assert said in standing(sheet(offer("YH-001"), validity=validity), "YH-001")[1][0]


def test_two_rows_that_overlap_are_both_held_back() -> None:
    overlapping = sheet(
        offer("YH-001", name="暖心续约"), offer("YH-002", name="暖心续约", content="月费立减30元×12个月")
    )
    for code in ("YH-001", "YH-002"):
        assert "日期重叠" in standing(overlapping, code)[1][0]


def test_one_number_for_two_offers_holds_both_back() -> None:
    twice = sheet(offer("YH-001", name="甲"), offer("YH-001", name="乙"))
    assert all("出现两次" in each.blocked for each in twice.offers)


def test_offers_that_presuppose_each_other_are_named_as_a_circle() -> None:
    circular = sheet(offer("YH-001", stacking="须先办理YH-002"), offer("YH-002", stacking="须先办理YH-001"))
    assert "前提条件循环（YH-001→YH-002→YH-001）" in standing(circular, "YH-001")[1][0]
    assert cycles({"A": frozenset("B"), "B": frozenset("C"), "C": frozenset("A"), "D": frozenset("A")}) == [
        ("A", "B", "C")
    ]


def test_columns_that_differ_are_told_and_the_stricter_decides() -> None:
    differing = sheet(offer("YH-001", rule="tenure_months>=36"))
    assert standing(differing, "YH-001")[0] is Standing.NOT_ELIGIBLE
    assert "按较严的算" in differing.problems[0]


def test_stacking_that_disagrees_or_cannot_be_read_is_told() -> None:
    told = sheet(
        offer("YH-001", stacking="可与YH-002叠加；看心情"), offer("YH-002", stacking="不与YH-001、YH-009叠加")
    ).problems
    assert "YH-001叠加规则“看心情”看不懂，按不可叠加处理" in told
    assert "YH-001说可与YH-002叠加，YH-002说不可，按不可叠加处理" in told
    assert "YH-002叠加规则提到的YH-009不在清单里，请核对编号" in told


def test_an_offer_that_presupposes_another_asks_for_it_first() -> None:
    after = sheet(offer("YH-001", stacking="须先办理YH-002"), offer("YH-002"))
    assert standing(after, "YH-001")[0] is Standing.ASK


def stacked(code: str, wording: str, value: float | None = None) -> Stacked:
    return Stacked(code, "", read_stacking(wording), value)


def test_silence_permits_nothing_and_one_word_is_enough() -> None:
    silent, other = stacked("YH-001", ""), stacked("YH-002", "")
    assert not permits(silent, other)
    assert permits(stacked("YH-001", "可与YH-002叠加"), other)
    assert permits(stacked("YH-003", "可与其他优惠叠加，每客户限1次"), other)
    assert not permits(stacked("YH-003", "可与其他优惠叠加"), stacked("YH-004", "不与YH-003叠加"))


def test_a_kind_of_offer_can_be_excluded() -> None:
    monthly = Stacked("YH-001", "月费立减20元×12个月", read_stacking("可与YH-032叠加"))
    assert not permits(monthly, stacked("YH-032", "不与其他月费立减叠加"))


def test_a_capped_sum_needs_a_known_cap_and_known_values() -> None:
    pair = [stacked("YH-001", "可与YH-005叠加", 240), stacked("YH-005", "合计不超过挽留资源上限", 100)]
    assert together(pair, 340)
    assert not together(pair, 339)
    assert not together(pair, None)
    assert not together([stacked("YH-001", "可与YH-005叠加"), pair[1]], 340)


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ("月费立减20元×12个月，合计240元", 240),
        ("赠100元话费，分10个月返还，每月10元", 100),
        ("月费立减10元×12个月", 120),
        ("每月赠10GB国内流量×6个月", None),
        ("500M宽带首年39元/月，合约12个月", None),
    ],
)
def test_the_face_value_is_what_the_wording_adds_up_to(content: str, value: float | None) -> None:
    assert face_value(content) == value
