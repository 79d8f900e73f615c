"""An agent is offered the composed draft unasked, with what the customer said carried along to the retention page."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

from assist.leaving.api import offered_json
from assist.leaving.detect import LeavingDetector
from assist.leaving.model import LeavingReason
from assist.leaving.offer import LeavingAdvisor, Offered
from assist.pages.leaving_html import leaving_card
from assist.pages.retention_handlers import Handlers
from assist.retention.room import Retention, open_retention
from kb.knowledge import KnowledgeBase
from kb.model import Principal, Role
from tests.assist.retention.test_retention_page import PARTS, WHO
from tests.fakes import HashEmbedder
from tests.retention_samples import AGENT, TODAY, NoonClock

RIVAL = "联通便宜一半，我在网38个月了，畅行129，没有合约，我要携号转网"


@pytest.fixture(scope="module")
def advisor(retention: Retention) -> LeavingAdvisor:
    return LeavingAdvisor(detector=LeavingDetector(), draft=retention.offered)


def offered(advisor: LeavingAdvisor, *said: str, who: Principal = AGENT, channel: str = "voice") -> Offered:
    found = advisor.offer(who, said, as_of=TODAY, channel=channel)
    assert found is not None
    assert found.draft is not None
    return found


def test_the_first_words_answer_then_say_sorry_and_ask(advisor: LeavingAdvisor) -> None:
    draft = offered(advisor, RIVAL).draft
    assert draft is not None
    assert draft.title == "竞品优惠"
    assert "CXZG#姓名#证件号" in draft.steps[0]
    assert draft.steps[1] == "货比三家很正常。"
    assert "便宜没好货" in draft.forbidden


def test_what_the_customer_let_drop_decides_what_is_offered(advisor: LeavingAdvisor) -> None:
    known, unknown = offered(advisor, RIVAL).draft, offered(advisor, "联通便宜一半，我要携号转网").draft
    assert known is not None
    assert unknown is not None
    assert any("暖心续约，月费立减20元" in step for step in known.steps)
    assert any("违约金（剩余月数×月费×30%）" in step for step in known.steps)
    assert not any(
        "暖心续约" in text for text in (*unknown.steps, *(line for _, each in unknown.sections for line in each))
    )


def test_what_was_said_earlier_in_the_call_still_counts(advisor: LeavingAdvisor) -> None:
    draft = offered(advisor, "我在网38个月了，畅行129，没有合约", "联通便宜一半，我要转网").draft
    assert draft is not None
    assert any("暖心续约" in step for step in draft.steps)


def test_only_the_customers_turns_of_a_transcript_are_read(advisor: LeavingAdvisor) -> None:
    text = "坐席：您是在网38个月，畅行129，没有合约，对吗？\n客户：联通便宜一半，我要转网。"
    draft = offered(advisor, text).draft
    assert draft is not None
    assert not any("暖心续约" in step for step in draft.steps)


def test_the_link_carries_words_reason_channel_and_day_and_no_number(advisor: LeavingAdvisor) -> None:
    draft = offered(advisor, f"我的号13812345678，{RIVAL}", channel="chat").draft
    assert draft is not None
    where = urlsplit(draft.link)
    given = {name: values[0] for name, values in parse_qs(where.query).items()}
    assert where.path == "/retention/"
    assert given == {
        "q": f"我的号138****5678，{RIVAL}",
        "reason": "rival",
        "channel": "chat",
        "as_of": "2026-11-21",
    }


def test_the_retention_page_opens_with_what_the_link_brings(retention: Retention, advisor: LeavingAdvisor) -> None:
    draft = offered(advisor, RIVAL, channel="chat").draft
    assert draft is not None
    query = {name: values[0] for name, values in parse_qs(urlsplit(draft.link).query).items()}
    shown = Handlers(retention, PARTS).pop(*WHO, SimpleNamespace(query_params=query))  # type: ignore[arg-type]
    assert (shown["notes"], shown["reason"]) == (RIVAL, "竞品优惠")
    assert (shown["channel"], shown["day"]) == ("在线客服", "2026-11-21")
    assert shown["state"].request.reason is LeavingReason.RIVAL
    assert "暖心续约：月费立减20元" in shown["draft"]


def test_a_reason_alone_opens_the_page_with_a_draft(retention: Retention) -> None:
    query = {"reason": "neglected", "intent": "携号转网、降档、胡说"}
    shown = Handlers(retention, PARTS).pop(*WHO, SimpleNamespace(query_params=query))  # type: ignore[arg-type]
    assert shown["reason"] == "小客户被忽视"
    assert "没有“胡说”这一项" in shown["draft"]
    assert shown["intents"] == ["携号转网", "降档"]


def test_no_trial_counts_a_draft_that_nobody_asked_for(samples: KnowledgeBase) -> None:
    room = open_retention(samples, NoonClock())
    before = [tallies for _, tallies in room.outcomes.trials(Principal("经理01", Role.DUTY_MANAGER))]
    offered(LeavingAdvisor(detector=LeavingDetector(), draft=room.offered), RIVAL)
    assert [tallies for _, tallies in room.outcomes.trials(Principal("经理01", Role.DUTY_MANAGER))] == before


def test_the_card_shows_the_draft_folded_and_escaped(advisor: LeavingAdvisor) -> None:
    found = offered(advisor, RIVAL + "<img src=x onerror=alert(1)>")
    card = leaving_card(found)
    assert "挽留话术：竞品优惠" in card
    assert "往下说：了解原因" in card
    assert 'href="/retention/?q=' in card
    assert "<img" not in card
    assert offered_json(found)["draft"]["sections"][0]["title"] == "了解原因"


def test_a_day_without_offers_still_has_the_approved_words(retention: Retention) -> None:
    advisor = LeavingAdvisor(detector=LeavingDetector(), draft=retention.offered)
    late = advisor.offer(AGENT, [RIVAL], as_of=date(2027, 6, 1))
    assert late is not None
    assert late.draft is not None
    assert not any("暖心续约" in step for step in late.draft.steps)


def test_an_empty_base_offers_nothing_and_still_tells_the_intent(tmp_path_factory: pytest.TempPathFactory) -> None:
    with KnowledgeBase.open(tmp_path_factory.mktemp("bare"), embedder=HashEmbedder(), clock=NoonClock()) as bare:
        advisor = LeavingAdvisor(detector=LeavingDetector(), draft=open_retention(bare, NoonClock()).offered)
        found = advisor.offer(AGENT, [RIVAL], as_of=TODAY)
    assert found is not None
    assert found.leaving.intends
    assert found.draft is None
