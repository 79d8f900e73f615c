"""The draft: only what may be promised is said, all that must be told is told, every line has its proof."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assist.compliance.check import Checker
from assist.compliance.model import Category
from assist.leaving.model import LeavingReason
from assist.retention.desk import Asked
from assist.retention.model import Draft
from assist.retention.modelled import ModelRewriter
from assist.retention.reword import proved
from assist.retention.room import Retention, open_retention
from assist.retention.stacking import permits
from evals.retention.run import liar
from kb.errors import Forbidden, InputRefused
from kb.knowledge import KnowledgeBase
from kb.model import Role
from tests.retention_samples import AGENT, CUSTOMER, MANAGER, TODAY, NoonClock

LOYAL: dict[str, Any] = {
    "tenure_months": 38,
    "plan": "畅行129",
    "monthly_spend": 135,
    "tier": "银卡",
    "contract": "无",
    "region": "临江市",
    "arrears": 0,
    "broadband": "无",
    "broadband_contract": "无",
    "product": "无",
    "intent": "携号转网",
}


def draft(retention: Retention, principal: Any = AGENT, **changes: Any) -> Draft:
    asked = {key: changes.pop(key) for key in ("reason", "channel", "style", "call", "text") if key in changes}
    return retention.quiet.draft(principal, Asked(facts={**LOYAL, **changes}, **asked), TODAY)


def said(found: Draft) -> str:
    return "\n".join(line.text for part in found.parts for line in part.lines if line.say)


def fixed(found: Draft) -> list[str]:
    """The wording that must come out as it went in."""
    return [line.text for part in found.parts for line in part.lines if line.fixed]


def codes(found: Draft) -> list[str]:
    return [each.offer.code for each in found.offers]


def test_the_script_answers_first_then_finds_the_cause_then_offers_then_confirms(retention: Retention) -> None:
    found = draft(retention, reason="竞品优惠")
    assert [part.title for part in found.parts] == [
        *("先答所问", "共情", "了解原因", "先解决问题", "优惠", "异议与回答", "客户坚持离开", "确认与结束", "要记录"),
    ]
    assert "CXZG#姓名#证件号" in found.parts[0].lines[0].text
    assert "货比三家很正常" in found.parts[1].lines[0].text
    assert "原因分类、客户原话、竞品名称和条件" in found.parts[-1].lines[0].text


def test_who_insists_on_leaving_is_told_everything_and_offered_nothing_more(retention: Retention) -> None:
    found = draft(retention, intent="宽带拆机", broadband="300M", broadband_mode="单独办理", broadband_tenure_months=20)
    (release,) = [part for part in found.parts if part.key == "release"]
    told = "".join(line.text for line in release.lines)
    assert "没有归还或人为损坏按每台 120 元收取" in told
    assert "自申请之日起 15 日内要还光猫" in told
    assert "尊重您的决定" in told
    assert "停机保宽" in "".join(line.text for part in found.parts if part.key == "solution" for line in part.lines)
    assert not any(each.offer.row.name in told for each in (*found.eligible, *found.others))


def test_no_draft_breaks_the_compliance_rules(samples: KnowledgeBase, retention: Retention) -> None:
    checker = Checker(samples)
    for reason in LeavingReason:
        found = draft(retention, reason=reason.label)
        text = "\n".join(f"坐席：{line.text}" for part in found.parts for line in part.lines if line.say)
        report = checker.check(text, as_of=TODAY)
        assert [each.quote for each in report.findings if each.category is not Category.MISSING] == []


def test_an_offer_comes_with_what_it_needs_when_it_ends_and_every_disclosure_verbatim(retention: Retention) -> None:
    found = draft(retention, reason="市场传闻与价格")
    (offers,) = [part for part in found.parts if part.key == "offers"]
    texts = [line.text for line in offers.lines]
    assert "暖心续约：月费立减20元×12个月，合计240元。" in texts
    assert "办理需要：承诺在网12个月。" in texts
    assert "活动到2026-12-31截止。" in texts
    assert any(
        "承诺在网12个月；合约期内降档、销户、携转须付违约金（剩余月数×月费×30%）；次月账单起立减；到期恢复标准月费"
        in text
        for text in texts
    )
    assert all(line.fixed for line in offers.lines if "违约金" in line.text)


def test_every_offer_and_disclosure_is_cited_and_the_citation_holds_it(retention: Retention) -> None:
    found = draft(retention, reason="竞品优惠")
    quotes = {each.n: each.quote for each in found.citations}
    fixed = [line for part in found.parts for line in part.lines if line.fixed]
    assert fixed
    assert all(line.citations for line in fixed)
    for each in found.offers:
        (quote,) = [quote for quote in quotes.values() if each.offer.row.content in quote]
        assert all(disclosure in quote for disclosure in each.offer.row.disclosures)


def test_a_manager_may_promise_both_that_may_stand_together(retention: Retention) -> None:
    assert codes(draft(retention, MANAGER, reason="竞品优惠")) == ["YH-005", "YH-001"]
    found = draft(retention, AGENT, reason="竞品优惠")
    assert codes(found) == ["YH-001"]
    assert "携转挽留专享" not in said(found)


def test_two_offers_beyond_the_customers_limit_do_not_go_together(retention: Retention) -> None:
    tight = draft(retention, MANAGER, monthly_spend=None, tier="银卡")
    assert codes(tight) == ["YH-001"]  # no spend known: neither 携转挽留专享 nor a limit


def test_no_more_offers_are_introduced_than_policy_allows(retention: Retention) -> None:
    found = draft(retention, tenure_months=130, plan="畅行199", tier="金卡", region="海屿市", monthly_spend=210)
    assert len(found.eligible) == 5
    assert len(found.offers) <= 2
    (more,) = [part for part in found.parts if part.key == "more"]
    assert all(any(each.offer.row.name in line.text for line in more.lines) for each in found.more)


@pytest.mark.parametrize(
    ("reason", "policy"), [("质量不稳", "先修复，不以优惠代替"), ("套餐陈旧不合适", "不主动给优惠")]
)
def test_where_policy_wants_the_cause_solved_first_offers_wait_to_be_asked_for(
    retention: Retention, reason: str, policy: str
) -> None:
    found = draft(retention, reason=reason)
    assert found.held_back
    by_key = {part.key: part for part in found.parts}
    assert policy in by_key["offers"].lines[0].text
    assert "closing" not in by_key
    assert "暖心续约" in by_key["more"].lines[0].text
    assert "暖心续约" not in "".join(line.text for line in found.spoken)


def test_a_script_that_names_an_offer_this_customer_cannot_have_leaves_that_step_out(retention: Retention) -> None:
    assert "续约优惠" in said(draft(retention, reason="小客户被忽视"))
    newcomer = draft(retention, reason="小客户被忽视", tenure_months=5)
    assert not newcomer.eligible
    assert "续约" not in said(newcomer)


def test_the_short_version_is_whole_sentences_with_the_disclosures(retention: Retention) -> None:
    spoken = [line.text for line in draft(retention, reason="竞品优惠").spoken]
    assert spoken[0] == "货比三家很正常。"
    assert any("违约金（剩余月数×月费×30%）" in text for text in spoken)
    assert not any("……" in text for text in spoken)


def test_slots_that_are_known_are_filled_and_the_others_stay_to_be_seen(retention: Retention) -> None:
    named = draft(retention, reason="服务差处理慢", call={"客户姓": "王", "先生/女士": "女士"})
    assert "王女士，您给过我们好几次机会" in said(named)
    assert "{约定时间}" in said(named)
    assert "{客户姓}{先生/女士}" in said(draft(retention, reason="服务差处理慢"))


def test_styles_differ_in_wording_and_never_in_what_is_promised(retention: Retention) -> None:
    steady, account = (draft(retention, reason="竞品优惠", style=style) for style in ("steady", "account"))
    assert codes(steady) == codes(account)
    assert fixed(steady) == fixed(account)
    assert "全程合计240元" in said(account)
    assert "全程合计" not in said(steady)


def test_a_day_decides_what_is_in_force(retention: Retention) -> None:
    asked = Asked(facts=LOYAL, reason="竞品优惠")
    late = retention.quiet.draft(AGENT, asked, TODAY.replace(year=2027, month=1, day=1))
    assert not late.eligible
    why = {each.offer.code: each.reasons for each in late.others}
    assert why["YH-001"] == ("活动已于2026-12-31结束，不得补办",)


def test_customers_may_not_ask_and_nonsense_is_refused_in_chinese(retention: Retention) -> None:
    with pytest.raises(Forbidden):
        draft(retention, CUSTOMER)
    for fields, said_of in (
        ({"reason": "不想用了"}, "没有“不想用了”这个离网原因"),
        ({"channel": "飞鸽"}, "没有“飞鸽”这个渠道"),
        ({"style": "激进型"}, "没有“激进型”这个话术版本"),
    ):
        with pytest.raises(InputRefused) as refused:
            draft(retention, AGENT, **fields)
        assert said_of in refused.value.hint


def test_typed_facts_stand_before_pasted_ones(retention: Retention) -> None:
    asked = Asked(facts={"tenure_months": 20}, text="在网24个月，畅行129，没有合约")
    found = retention.quiet.draft(AGENT, asked, TODAY)
    assert found.request.facts.values["tenure_months"] == 20
    assert "YH-001" not in codes(found)


FACTS = st.fixed_dictionaries(
    {},
    optional={
        "tenure_months": st.integers(0, 200),
        "monthly_spend": st.integers(0, 400),
        "plan": st.sampled_from(["畅行59", "畅行99", "畅行129", "畅行199", "畅行299", "银龄卡", "乡韵卡", "青春卡"]),
        "target_plan": st.sampled_from(["畅行59", "畅行129", "畅行299"]),
        "tier": st.sampled_from(["普通", "银卡", "金卡", "钻石卡"]),
        "contract": st.sampled_from(["none", "active"]),
        "contract_remaining_months": st.integers(0, 12),
        "region": st.sampled_from(["临江市", "海屿市", "望山县"]),
        "intent": st.lists(
            st.sampled_from(["携号转网", "销户", "降档", "升档", "宽带拆机", "投诉", "复机"]), max_size=2
        ),
        "arrears": st.sampled_from([0, 30]),
        "age": st.integers(14, 80),
        "broadband": st.sampled_from(["none", "300M", "500M"]),
        "broadband_contract": st.sampled_from(["none", "active"]),
        "product": st.sampled_from(["无", "500M宽带", "300M宽带"]),
        "held": st.lists(st.sampled_from(["YH-001", "YH-010", "YH-011"]), max_size=1),
    },
)


@settings(max_examples=150, deadline=None)
@given(
    facts=FACTS,
    role=st.sampled_from(list(Role)[:5]),
    month=st.integers(10, 12),
    reason=st.sampled_from(["", "竞品优惠", "质量不稳", "小客户被忽视"]),
)
def test_whatever_the_facts_nothing_is_said_that_may_not_be_promised(
    retention: Retention, facts: dict[str, Any], role: Role, month: int, reason: str
) -> None:
    principal = type(AGENT)("坐席", role)
    found = retention.quiet.draft(principal, Asked(facts=facts, reason=reason), TODAY.replace(month=month))
    spoken = said(found) + "".join(line.text for line in found.spoken)
    allowed = {each.offer.row.name for each in found.eligible}
    for other in found.others:
        assert other.offer.row.name not in spoken or any(other.offer.row.name in name for name in allowed)
    for each in found.eligible:
        assert all(disclosure in spoken for disclosure in each.offer.row.disclosures)
        assert all(condition.holds(found.request.facts) for condition in each.offer.conditions)
        assert each.offer.validity.covers(TODAY.replace(month=month))
    assert len(found.offers) <= 2
    if len(found.offers) == 2:
        assert permits(found.offers[0].offer.stacked, found.offers[1].offer.stacked)


def test_a_model_that_lies_changes_nothing(samples: KnowledgeBase, retention: Retention) -> None:
    lied_to = open_retention(samples, NoonClock(), liar)
    honest, lied = draft(retention, reason="竞品优惠"), draft(lied_to, reason="竞品优惠")
    assert lied.parts == honest.parts
    assert not lied.reworded


def test_a_model_that_behaves_may_reword_what_is_not_fixed(samples: KnowledgeBase, retention: Retention) -> None:
    def polite(lines: Any, *, reason: str) -> list[str]:
        assert reason == "竞品优惠"
        return [line.replace("货比三家很正常", "您货比三家，很正常") for line in lines]

    found = draft(open_retention(samples, NoonClock(), polite), reason="竞品优惠")
    assert found.reworded
    assert "您货比三家，很正常" in said(found)
    assert fixed(found) == fixed(draft(retention, reason="竞品优惠"))


def test_a_model_that_fails_or_loses_lines_leaves_the_approved_wording(
    samples: KnowledgeBase, retention: Retention
) -> None:
    def broken(lines: Any, *, reason: str) -> list[str]:
        raise OSError("连接断开")

    honest = draft(retention, reason="竞品优惠").parts
    for rewriter in (broken, lambda lines, *, reason: list(lines)[1:]):
        assert draft(open_retention(samples, NoonClock(), rewriter), reason="竞品优惠").parts == honest


@pytest.mark.parametrize(
    "written",
    [
        "我帮您看看钱花在哪里，再送您一个月。",
        "我帮您看看钱花在哪里，打8折。",
        "我帮您看看钱花在哪里，不办就停机。",
        "我帮您看看钱花在哪里，还有暖心续约。",
        "{客户姓}我帮您看看钱花在哪里。",
        "<b>我帮您看看钱花在哪里。</b>",
        "",
        "欢迎参加我们的抽奖活动赢取手机。",
        "我帮您看看钱花在哪里。" * 9,
    ],
)
def test_a_new_wording_that_says_more_is_not_proved(written: str) -> None:
    assert not proved("我先帮您看看钱花在哪里。", written, {"暖心续约"})


def test_a_new_wording_that_says_the_same_is_proved() -> None:
    assert proved("我先帮您看看钱花在哪里。", "我先来帮您看看，钱都花在哪里了。", {"暖心续约"})


class Scripted:
    """A chat model made by hand: answers with what it is told to say."""

    name = "脚本"

    def __init__(self, reply: str) -> None:
        self.reply = reply
        self.asked: list[str] = []

    def stream(
        self, messages: Sequence[tuple[str, str]], *, until: float, temperature: float = 0.0, max_tokens: int = 400
    ) -> Iterator[str]:
        self.asked += [text for _, text in messages]
        yield from self.reply


def test_a_chat_model_is_shown_no_offer_and_its_numbered_lines_are_taken(samples: KnowledgeBase) -> None:
    second = "您货比三家，很正常。方便说一下对方的月费、流量、合约多长、宽带是不是另算吗？我帮您放在一起算个总账。"
    chat = Scripted(f"好的：\n2. {second}\n3. 乱说\n3. 再乱说")
    found = draft(open_retention(samples, NoonClock(), ModelRewriter(chat)), reason="竞品优惠")
    assert "您货比三家，很正常。" in said(found)
    assert "乱说" not in said(found)
    shown = "\n".join(chat.asked)
    assert "货比三家很正常" in shown
    assert "违约金" not in shown
    assert "暖心续约" not in shown
