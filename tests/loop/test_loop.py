"""From an unanswered question to proven knowledge: drafted, approved by another, gated, released, asked again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from assist.model import Outcome
from kb.errors import Conflict, Forbidden, HomeBusy, InputRefused, UsageError
from kb.store import DraftKind, DraftState, GapState, GoldenCase, PlanState
from tests.loop.conftest import AGENT, MANAGER, REVIEWER, WRITER, Centre, make_centre

ASKED = "积分能不能转赠给家人"
AGAIN = "积分可以转赠给家人吗"
SAID = "积分可以转赠给同一客户名下的家人，每年一次，每次不超过5000分。"


def state(centre: Centre, gap_id: int) -> GapState:
    gap = centre.kb.catalogue.gaps.get(gap_id)
    assert gap is not None
    return gap.state


def test_a_gap_is_closed_only_when_its_own_questions_are_answered_with_the_new_knowledge(centre: Centre) -> None:
    gap = centre.gap(ASKED)
    assert centre.gap(AGAIN) == gap
    draft = centre.approved(gap, SAID)
    assert state(centre, gap) is GapState.REVIEW
    assert centre.ask(ASKED).outcome is Outcome.REFUSED  # approved, but in no release yet
    plan = centre.loop.releases.plan(MANAGER, [draft.id], note="积分转赠")
    run = centre.loop.releases.check(MANAGER, plan.id)
    assert run.report["passed"]
    assert {line["question"]: line["change"] for line in run.report["lines"]}[ASKED] == "better"
    assert centre.ask(ASKED).outcome is Outcome.REFUSED  # the gate shows the candidate to nobody
    done, (proof,) = centre.loop.releases.activate(MANAGER, plan.id)
    assert (done.state, proof.holds, set(proof.answered)) == (PlanState.ACTIVE, True, {ASKED, AGAIN})
    assert state(centre, gap) is GapState.VERIFIED
    assert "5000分" in centre.ask(ASKED).text
    (notice,) = centre.loop.notices.of(AGENT)
    assert ASKED in notice.text
    centre.loop.notices.confirm(AGENT, [notice.id])
    assert centre.loop.notices.of(AGENT) == ()
    assert centre.kb.verify().ok


def test_a_gap_whose_other_wording_is_not_answered_opens_again(centre: Centre) -> None:
    gap = centre.gap(ASKED)
    other = centre.gap("海底光缆维修费谁出")
    centre.loop.gaps.merge(WRITER, [other], gap)
    draft = centre.loop.drafts.begin(WRITER, gap, DraftKind.FAQ)
    draft = centre.loop.drafts.save(
        WRITER, replace(draft, fields={"question": ASKED, "similar": "", "answer": SAID, "basis": ""})
    )
    centre.loop.drafts.submit(WRITER, draft.id)
    centre.loop.drafts.approve(REVIEWER, draft.id)
    plan = centre.loop.releases.plan(MANAGER, [draft.id])
    _, (proof,) = centre.loop.releases.activate(MANAGER, plan.id)
    assert proof.unanswered == ("海底光缆维修费谁出",)
    assert state(centre, gap) is GapState.ASSIGNED
    assert centre.loop.notices.of(AGENT) == ()


def test_nobody_approves_what_they_wrote(centre: Centre) -> None:
    draft = centre.loop.drafts.begin(WRITER, centre.gap(ASKED), DraftKind.FAQ)
    draft = centre.loop.drafts.save(WRITER, replace(draft, fields={**draft.fields, "answer": SAID}))
    centre.loop.drafts.submit(WRITER, draft.id)
    with pytest.raises(UsageError) as refused:
        centre.loop.drafts.approve(WRITER, draft.id)
    assert "起草人不能批准自己的稿子" in refused.value.hint
    with pytest.raises(Forbidden):
        centre.loop.drafts.approve(AGENT, draft.id)
    with pytest.raises(UsageError) as unapproved:
        centre.loop.releases.plan(MANAGER, [draft.id])
    assert "只有已批准的才能发布" in unapproved.value.hint


def test_the_second_of_two_who_edit_is_told_and_nothing_is_written(centre: Centre) -> None:
    draft = centre.loop.drafts.begin(WRITER, centre.gap(ASKED), DraftKind.FAQ)
    centre.loop.drafts.save(WRITER, replace(draft, fields={**draft.fields, "answer": SAID}))
    with pytest.raises(Conflict) as conflict:
        centre.loop.drafts.save(REVIEWER, replace(draft, fields={**draft.fields, "answer": "另一种说法。"}))
    assert "没有丢失" in conflict.value.hint
    assert centre.loop.drafts.sheet(WRITER, draft.id).draft.fields["answer"] == SAID


def test_an_incomplete_draft_names_what_is_missing(centre: Centre) -> None:
    draft = centre.loop.drafts.begin(WRITER, centre.gap(ASKED), DraftKind.FAQ)
    with pytest.raises(InputRefused) as refused:
        centre.loop.drafts.submit(WRITER, draft.id)
    assert refused.value.hint == "请填写“答案”。"


def test_what_breaks_a_golden_case_goes_out_with_a_named_reason_only(centre: Centre) -> None:
    centre.loop.golden.add(WRITER, GoldenCase("移机费多少钱", case_id="a-1", facts=("80元",)))
    draft = centre.approved(centre.gap(ASKED), SAID)
    plan = centre.loop.releases.plan(MANAGER, [draft.id], retire=["样例/宽带规则2026.pdf"])
    with pytest.raises(UsageError) as refused:
        centre.loop.releases.activate(MANAGER, plan.id)
    assert "应答测试未通过" in refused.value.hint
    assert "80元" in centre.ask("移机费多少钱").text
    done, _ = centre.loop.releases.activate(MANAGER, plan.id, override_reason="旧规则今日下架")
    assert (done.override_by, done.override_reason) == (MANAGER.id, "旧规则今日下架")
    active = centre.kb.active()
    assert active is not None
    assert active.override_reason == "赵值班：旧规则今日下架"


def test_a_planned_moment_lets_it_out_once_and_a_clock_set_back_changes_nothing(centre: Centre) -> None:
    gap = centre.gap(ASKED)
    draft = centre.approved(gap, SAID)
    moment = centre.clock.now() + timedelta(hours=8)
    plan = centre.loop.releases.plan(MANAGER, [draft.id], activate_at=moment)
    assert centre.loop.releases.tick() == 0
    centre.clock.forward(hours=9)
    assert centre.loop.releases.tick() == 1
    active = centre.kb.active()
    centre.clock.forward(hours=-5)
    assert centre.loop.releases.tick() == 0
    assert centre.kb.active() == active
    assert state(centre, gap) is GapState.VERIFIED
    found = centre.kb.catalogue.plans.get(plan.id)
    assert found is not None
    assert found.state is PlanState.ACTIVE


def test_knowledge_that_comes_into_force_later_is_proved_on_its_day(centre: Centre) -> None:
    gap = centre.gap(ASKED)
    draft = centre.approved(gap, SAID, effective_from=date(2026, 12, 1), effective_to=date(2026, 12, 31))
    plan = centre.loop.releases.plan(MANAGER, [draft.id])
    _, proofs = centre.loop.releases.activate(MANAGER, plan.id)
    assert proofs == []
    assert centre.ask(ASKED).outcome is Outcome.REFUSED
    centre.clock.forward(days=12)
    centre.loop.tick()
    assert state(centre, gap) is GapState.VERIFIED
    centre.clock.forward(days=31)
    assert centre.ask(ASKED).outcome is Outcome.REFUSED


def test_rolling_back_takes_the_knowledge_away_and_opens_its_gap_again(centre: Centre) -> None:
    first = centre.kb.active()
    assert first is not None
    gap = centre.gap(ASKED)
    plan = centre.loop.releases.plan(MANAGER, [centre.approved(gap, SAID).id])
    done, _ = centre.loop.releases.activate(MANAGER, plan.id)
    centre.loop.releases.roll_back(MANAGER, first.id, "口径有误")
    assert centre.ask(ASKED).outcome is Outcome.REFUSED
    assert state(centre, gap) is GapState.ASSIGNED
    assert done.release_id is not None
    centre.loop.releases.roll_back(MANAGER, done.release_id, "口径无误")
    assert "5000分" in centre.ask(ASKED).text
    assert centre.kb.verify().ok
    with pytest.raises(UsageError) as refused:
        centre.loop.releases.roll_back(MANAGER, 999, "试试")
    assert "从未生效" in refused.value.hint


def test_while_documents_are_being_ingested_nothing_is_let_out_and_the_plan_stays(centre: Centre) -> None:
    draft = centre.approved(centre.gap(ASKED), SAID)
    plan = centre.loop.releases.plan(MANAGER, [draft.id])
    with centre.kb.release(WRITER), pytest.raises(HomeBusy) as busy:
        centre.loop.releases.activate(MANAGER, plan.id)
    assert "请等它完成后再试" in busy.value.hint
    done, _ = centre.loop.releases.activate(MANAGER, plan.id)
    assert done.state is PlanState.ACTIVE


def test_a_draft_withdrawn_after_planning_stops_its_release(centre: Centre) -> None:
    draft = centre.approved(centre.gap(ASKED), SAID)
    plan = centre.loop.releases.plan(MANAGER, [draft.id], activate_at=centre.clock.now())
    centre.loop.drafts.withdraw(WRITER, draft.id)
    assert centre.loop.releases.tick() == 0
    found = centre.kb.catalogue.plans.get(plan.id)
    assert found is not None
    assert (found.state, "只有已批准的才能发布" in found.problem) == (PlanState.FAILED, True)


def test_the_difference_is_shown_clause_by_clause(centre: Centre) -> None:
    draft = centre.loop.drafts.new(
        WRITER, DraftKind.POLICY, "移机费说明", supersedes=("样例/宽带规则2026.pdf#第八条",), fields={"body": ""}
    )
    draft = centre.loop.drafts.save(
        WRITER, replace(draft, fields={"body": "第八条 移机费\n移机费60元/次，同一小区内40元/次。"})
    )
    sheet = centre.loop.drafts.sheet(REVIEWER, draft.id)
    (change,) = sheet.changes
    assert change.heading == "第八条 移机费"
    assert ("old", "8") in change.pieces
    assert ("new", "6") in change.pieces
    assert sheet.conflicts
    assert draft.state is DraftState.EDITING


def test_a_plan_whose_document_has_gone_meanwhile_is_refused_and_kept(centre: Centre) -> None:
    draft = centre.approved(centre.gap(ASKED), SAID)
    plan = centre.loop.releases.plan(MANAGER, [draft.id], retire=["样例/宽带规则2026.pdf"])
    with centre.kb.release(WRITER) as release:
        release.retire("样例/宽带规则2026.pdf")
    with pytest.raises(UsageError) as refused:
        centre.loop.releases.activate(MANAGER, plan.id)
    assert "已不在现行知识中" in refused.value.hint
    kept = centre.kb.catalogue.plans.get(plan.id)
    assert kept is not None
    assert kept.state is PlanState.PLANNED
    assert centre.ask(ASKED).outcome is Outcome.REFUSED


def test_two_releases_do_not_go_out_at_once(centre: Centre) -> None:
    plans = [
        centre.loop.releases.plan(MANAGER, [centre.approved(centre.gap(asked), said).id])
        for asked, said in ((ASKED, SAID), ("海底光缆维修费谁出", "海底光缆维修费由建设单位承担。"))
    ]
    found: list[str] = []

    def meanwhile(_point: str) -> None:
        try:
            busy.loop.releases.activate(MANAGER, plans[1].id)
        except HomeBusy as refused:
            found.append(refused.hint)

    busy = make_centre(centre.kb, centre.clock, meanwhile)
    done, _ = busy.loop.releases.activate(MANAGER, plans[0].id)
    assert done.state is PlanState.ACTIVE
    assert set(found) == {"另一次发布正在进行，请等它完成后再试。"}


def test_a_clock_set_back_before_the_moment_of_a_plan_lets_it_wait_for_its_moment(centre: Centre) -> None:
    draft = centre.approved(centre.gap(ASKED), SAID)
    plan = centre.loop.releases.plan(MANAGER, [draft.id], activate_at=centre.clock.now() + timedelta(hours=2))
    centre.clock.forward(hours=-30)
    assert centre.loop.releases.tick() == 0
    centre.clock.forward(hours=33)
    assert centre.loop.releases.tick() == 1
    found = centre.kb.catalogue.plans.get(plan.id)
    assert found is not None
    assert found.state is PlanState.ACTIVE
