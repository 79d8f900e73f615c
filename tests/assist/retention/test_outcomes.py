"""Outcomes over a real catalogue: assignments recorded, what is kept is masked, opinions find their department."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from assist.leaving.model import LeavingReason
from assist.retention.desk import Asked
from assist.retention.outcomes import Ended, OutcomeDesk, department_for, slot_of
from assist.retention.room import Retention, open_retention
from assist.retention.views import facts_json
from kb.errors import Forbidden, UsageError
from kb.knowledge import KnowledgeBase
from kb.store import OpinionState, Result, Trial
from tests.retention_samples import AGENT, CUSTOMER, MANAGER, TODAY, NoonClock, open_copy

TRIAL = Trial("稳妥与算账", "", ("steady", "account"), 0.2, 3, "经理01")
LEAVING = Asked(facts={"tenure_months": 30, "plan": "畅行129", "monthly_spend": 135}, reason="竞品优惠")


@pytest.fixture
def own(samples: KnowledgeBase, tmp_path: Path) -> Iterator[tuple[KnowledgeBase, Retention]]:
    """A base of its own, for what a test writes."""
    with open_copy(samples.home.root, tmp_path / "home") as base:
        yield base, open_retention(base, NoonClock())


def test_a_running_trial_assigns_and_the_outcome_counts_for_its_variant(own: tuple[KnowledgeBase, Retention]) -> None:
    base, retention = own
    loop = OutcomeDesk(book=base.catalogue.retention, clock=NoonClock(), chance=random.Random(3))
    trial = loop.start(MANAGER, TRIAL)
    for _ in range(6):
        draft = retention.desk.draft(AGENT, LEAVING, TODAY)
        assert draft.assignment_id is not None
        again = retention.desk.draft(AGENT, replace(LEAVING, assignment=draft.assignment_id), TODAY)
        assert (again.assignment_id, again.style) == (draft.assignment_id, draft.style)
        result = Result.KEPT if draft.style == "account" else Result.LOST
        loop.record(AGENT, Ended(result, LeavingReason.RIVAL, assignment_id=draft.assignment_id))
    ((_, tallies),) = loop.trials(MANAGER)
    assert {style: (tally.assigned, tally.kept, tally.lost) for style, tally in tallies.items()} == {
        "steady": (3, 0, 3),
        "account": (3, 3, 0),
    }
    assert loop.report(MANAGER).randomised
    assert loop.stop(MANAGER, trial.id or 0).stopped_at is not None
    assert retention.desk.draft(AGENT, LEAVING, TODAY).assignment_id is None


def test_nothing_of_a_customer_is_kept_before_an_outcome_and_then_only_masked(
    own: tuple[KnowledgeBase, Retention], tmp_path: Path
) -> None:
    base, retention = own
    secret = "13812345678"
    asked = Asked(facts={}, text=f"客户姓王，女士，手机{secret}，在网26个月，畅行129，没有合约")
    draft = retention.desk.draft(AGENT, asked, TODAY)
    stored = (tmp_path / "home" / "catalogue.db").read_bytes()
    assert "在网26个月，畅行129".encode() not in stored
    assert secret.encode() not in stored
    kept = retention.outcomes.record(
        AGENT,
        Ended(
            Result.KEPT,
            offer="YH-001",
            facts=facts_json(draft),
            remark=f"王女士同意，回电{secret}",
            opinion="新用户才有优惠，身份证11010519491231002X",
        ),
    )
    assert kept.outcome.remark == "某女士同意，回电138****5678"
    assert kept.outcome.facts["tenure_months"] == 26
    assert kept.opinion is not None
    assert (kept.opinion.department, "19491231" in kept.opinion.text) == ("市场部", False)
    stored = (tmp_path / "home" / "catalogue.db").read_bytes()
    assert secret.encode() not in stored
    assert b"11010519491231002X" not in stored
    assert base.catalogue.check() == []


def test_a_call_is_counted_once(own: tuple[KnowledgeBase, Retention]) -> None:
    _, retention = own
    retention.outcomes.start(MANAGER, TRIAL)
    draft = retention.desk.draft(AGENT, LEAVING, TODAY)
    ended = Ended(Result.KEPT, assignment_id=draft.assignment_id)
    retention.outcomes.record(AGENT, ended)
    with pytest.raises(UsageError, match="outcome"):
        retention.outcomes.record(AGENT, ended)


def test_a_call_back_is_open_until_it_is_settled(own: tuple[KnowledgeBase, Retention]) -> None:
    _, retention = own
    loop = retention.outcomes
    open_call = loop.record(AGENT, Ended(Result.CALL_BACK, call_back_on=date(2026, 11, 25))).outcome
    assert [each.id for each in loop.open_calls(AGENT)] == [open_call.id]
    settled = loop.settle(AGENT, open_call.id or 0, Result.KEPT, "YH-001")
    assert (settled.result, settled.offer, loop.open_calls(AGENT)) == (Result.KEPT, "YH-001", ())
    with pytest.raises(UsageError):
        loop.settle(AGENT, open_call.id or 0, Result.LOST)


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        (Ended(Result.CALL_BACK), "要写明回电日期"),
        (Ended(Result.CALL_BACK, call_back_on=date(2026, 11, 20)), "已经过去"),
        (Ended(Result.LOST, offer="YH-001"), "流失时不能登记办理了优惠"),
        (Ended(Result.KEPT, slot="凌晨"), "没有“凌晨”这个时段"),
        (Ended(Result.KEPT, assignment_id=999), "没有这次话术分配"),
    ],
)
def test_what_cannot_be_is_not_recorded(outcomes: OutcomeDesk, ended: Ended, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        outcomes.record(AGENT, ended)
    assert said in refused.value.hint


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"styles": ("steady",)}, "至少要两个"),
        ({"styles": ("steady", "激进型")}, "至少要两个"),
        ({"exploration": 0.0}, "探索比例"),
        ({"minimum": 0}, "最少样本"),
        ({"name": " "}, "起个名字"),
    ],
)
def test_a_trial_that_cannot_teach_is_refused(outcomes: OutcomeDesk, changes: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError) as refused:
        outcomes.start(MANAGER, replace(TRIAL, **changes))  # type: ignore[arg-type]
    assert said in refused.value.hint


def test_two_trials_of_one_reason_do_not_run_together(own: tuple[KnowledgeBase, Retention]) -> None:
    _, retention = own
    retention.outcomes.start(MANAGER, TRIAL)
    with pytest.raises(UsageError) as refused:
        retention.outcomes.start(MANAGER, TRIAL)
    assert "已有试验“稳妥与算账”" in refused.value.hint


def test_opinions_are_routed_handed_on_and_answered(own: tuple[KnowledgeBase, Retention]) -> None:
    _, retention = own
    loop = retention.outcomes
    voiced = loop.voice(AGENT, "家里信号总掉线", LeavingReason.QUALITY)
    assert voiced.department == "网络运维中心"
    assert loop.route(MANAGER, voiced.id or 0, "家庭业务部").department == "家庭业务部"
    answered = loop.answer(MANAGER, voiced.id or 0, "已派单，48小时内回电")
    assert (answered.state, answered.answered_by) == (OpinionState.ANSWERED, "经理01")
    assert loop.opinions(MANAGER, department="家庭业务部") == (answered,)
    assert loop.opinions(MANAGER, state=OpinionState.NEW) == ()


def test_who_may_do_what(outcomes: OutcomeDesk) -> None:
    for act in (
        lambda: outcomes.record(CUSTOMER, Ended(Result.KEPT)),
        lambda: outcomes.report(AGENT),
        lambda: outcomes.trials(AGENT),
        lambda: outcomes.start(AGENT, TRIAL),
        lambda: outcomes.opinions(AGENT),
    ):
        with pytest.raises(Forbidden):
            act()


def test_an_opinion_without_telling_words_goes_where_the_reason_points() -> None:
    assert department_for("不太满意", LeavingReason.QUALITY) == "网络运维中心"
    assert department_for("不太满意", None) == "客户服务部"
    assert department_for("宽带师傅没来，光猫也坏了", LeavingReason.STALE) == "家庭业务部"


def test_time_slots_are_those_of_china() -> None:
    assert [slot_of(datetime(2026, 11, 21, hour, tzinfo=UTC)) for hour in (1, 5, 11, 18)] == [
        "上午",
        "下午",
        "晚间",
        "夜间",
    ]
