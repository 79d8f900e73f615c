"""The retention page's events: what they show, what they keep, and how a fault is said."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from assist.pages.retention_handlers import FORM, NOBODY, Handlers, Parts
from assist.pages.retention_render import draft_card, spoken_text
from assist.pages.retention_report import chart, report_card
from assist.retention.desk import Asked
from assist.retention.report import Group, report
from assist.retention.room import Retention
from kb.store import OutcomeCount, Result
from tests.retention_samples import AGENT, TODAY

NAMES: dict[str, Any] = {name: name for name in Parts.__dataclass_fields__}
PARTS = Parts(**{**NAMES, "form": tuple(f"form.{key}" for key in FORM)})
WHO = ("坐席", "", "10070语音", "2026-11-21")
NOTES = "客户姓王，女士，在网26个月，畅行129，月均135元，没有合约，没有宽带，无宽带合约，无欠费，家住临江市，要携号转网"


@pytest.fixture
def on(retention: Retention) -> Handlers:
    return Handlers(retention, PARTS)


def drafted(
    on: Handlers, notes: str = NOTES, state: Any = None, who: tuple[str, ...] = WHO, **facts: str
) -> dict[Any, Any]:
    form = [facts.get(key, "") for key in FORM]
    return on.draft(notes, "竞品优惠", [], "", [], state, *who, *form)


def test_pasted_notes_become_a_script_with_its_offers(on: Handlers) -> None:
    shown = drafted(on)
    assert "暖心续约：月费立减20元×12个月，合计240元。" in shown["draft"]
    assert "王女士" in shown["draft"]
    assert shown["taken"]["choices"] == [NOBODY, "YH-001 暖心续约"]
    assert shown["alert"] == ""


def test_a_field_typed_by_hand_stands_before_the_notes(on: Handlers) -> None:
    assert "暖心续约" not in drafted(on, tenure_months="20")["draft"].partition("不能当场承诺")[0]


def test_a_role_brings_its_authority(on: Handlers) -> None:
    before, _, after = drafted(on)["draft"].partition("不能当场承诺")
    assert "携转挽留专享" not in before
    assert "需要值班经理批准" in after
    managed = drafted(on, who=("值班经理", "", "10070语音", "2026-11-21"))["draft"].partition("不能当场承诺")[0]
    assert "携转挽留专享：赠100元话费" in managed


def test_what_only_a_person_can_check_can_be_ticked(on: Handlers) -> None:
    shown = drafted(on, NOTES.replace("月均135元", "月均320元，钻石卡"))
    assert shown["confirmed"]["choices"] == ["值班经理挽留未成功"]
    assert shown["confirmed"]["visible"]


def test_a_fault_is_said_in_chinese_and_the_page_stays(on: Handlers) -> None:
    shown = drafted(on, who=("坐席", "", "飞鸽", ""))
    assert "没有“飞鸽”这个渠道" in shown["alert"]
    assert set(shown) == {"alert"}
    assert "日期" in drafted(on, who=("坐席", "", "10070语音", "后天"))["alert"]


def test_the_address_can_bring_the_customer_along(on: Handlers) -> None:
    query = {"q": "没有合约", "tenure_months": "26", "plan": "畅行129", "reason": "turmoil"}
    shown = on.pop(*WHO, SimpleNamespace(query_params=query))  # type: ignore[arg-type]
    assert shown["notes"] == "没有合约"
    assert shown["form.tenure_months"] == "26"
    assert shown["reason"] == "市场传闻与价格"
    assert "暖心续约：月费立减20元" in shown["draft"]
    assert on.pop(*WHO, SimpleNamespace(query_params={})) == {"alert": ""}  # type: ignore[arg-type]


def test_a_new_customer_finds_nothing_of_the_last_one(on: Handlers) -> None:
    shown = on.fresh()
    assert shown["notes"] == ""
    assert shown["state"] is None
    assert "暖心续约" not in shown["draft"]
    assert all(shown[f"form.{key}"]["value"] is None for key in FORM)


def test_an_outcome_needs_a_draft_first(on: Handlers) -> None:
    shown = on.record(None, "留住", NOBODY, "现在", "", "", "", "坐席", "")
    assert "请先生成话术" in shown["thanks"]


def test_an_outcome_that_cannot_be_is_refused_and_the_words_stay(on: Handlers) -> None:
    state = drafted(on)["state"]
    shown = on.record(state, "约回电", NOBODY, "现在", "", "太贵了", "", "坐席", "")
    assert "要写明回电日期" in shown["thanks"]
    assert "opinion" not in shown


def test_an_agent_is_told_that_the_report_is_not_for_them(on: Handlers) -> None:
    assert "没有这项权限" in on.report("90天", "坐席", "")["told"]
    assert "还没有登记挽留结果" in on.report("90天", "值班经理", "")["report"]


def test_everything_shown_is_escaped(retention: Retention) -> None:
    asked = Asked(facts={"region": "<img src=x onerror=alert(1)>"}, call={"客户姓": "<b>王</b>"}, reason="服务差处理慢")
    shown = draft_card(retention.quiet.draft(AGENT, asked, TODAY))
    assert "<img" not in shown
    assert "<b>王" not in shown
    assert "&lt;b&gt;王" in shown


def test_the_copy_is_the_short_version_alone(retention: Retention) -> None:
    facts = {"tenure_months": 26, "plan": "畅行129", "contract": "无"}
    draft = retention.quiet.draft(AGENT, Asked(facts=facts, reason="竞品优惠"), TODAY)
    assert spoken_text(draft).split("\n")[0] == "货比三家很正常。"
    assert "违约金（剩余月数×月费×30%）" in spoken_text(draft)


def test_the_chart_puts_shares_and_intervals_where_they_belong() -> None:
    drawn = chart([Group("steady", 50, 50, 0)], lambda _style: "稳妥型")
    # From 84 to 280: half is 182; Wilson at 50 of 100 is 0.4038 to 0.5962.
    assert 'cx="182.0"' in drawn
    assert 'x1="163.2" x2="200.8"' in drawn
    assert "50% · 100通" in drawn
    assert "画不出图" in chart([Group("steady", 0, 0, 3)], str)


def test_the_report_says_when_variants_were_not_given_by_chance() -> None:
    counts = [OutcomeCount("steady", "turmoil", "丙类", "上午", Result.KEPT, 9)]
    assert "仅供参考" in report_card(report(counts))
