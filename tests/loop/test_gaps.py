"""The ledger of gaps as maintainers work on it: joined by meaning, merged, split, assigned, answered, reminded."""

from __future__ import annotations

from datetime import date

import pytest

from assist.loop.work import OPEN
from kb.errors import Forbidden, InputRefused, UsageError
from kb.model import Principal, Role
from kb.store import Feedback, GapCause, GapOrigin, GapQuestion, GapState, Taken, Verdict
from tests.loop.conftest import AGENT, MANAGER, WRITER, Centre

OTHER = Principal("坐席09", Role.AGENT, "热线二组")
ASKED = "积分能不能转赠给家人"


def test_rephrasings_join_one_gap_and_another_matter_does_not(centre: Centre) -> None:
    gap = centre.gap(ASKED)
    assert centre.gap("积分可不可以转赠家人", OTHER) == gap
    assert centre.gap("请问积分转赠给家人可以吗") == gap
    assert centre.gap("海底光缆维修费谁出") != gap
    line = next(one for one in centre.loop.gaps.lines(WRITER) if one.gap.id == gap)
    assert (line.gap.count, line.traffic.week, line.traffic.waiting) == (3, 3, (AGENT.id, OTHER.id))


def test_names_with_other_figures_never_join(centre: Centre) -> None:
    assert centre.gap("畅行199套餐可以分期付款购机吗") != centre.gap("畅行299套餐可以分期付款购机吗")


def test_merging_moves_every_asking_and_splitting_gives_them_a_gap_of_their_own(centre: Centre) -> None:
    first, second = centre.gap(ASKED), centre.gap("海底光缆维修费谁出")
    centre.loop.gaps.merge(WRITER, [second], first)
    sheet = centre.loop.gaps.sheet(WRITER, first)
    assert (sheet.line.gap.count, set(sheet.wordings)) == (2, {ASKED, "海底光缆维修费谁出"})
    merged = centre.loop.gaps.sheet(WRITER, second)
    assert (merged.line.gap.state, merged.line.details.merged_into) == (GapState.REJECTED, first)
    new = centre.loop.gaps.split(WRITER, first, ["海底光缆维修费谁出"])
    assert centre.loop.gaps.sheet(WRITER, new).wordings == ("海底光缆维修费谁出",)
    assert centre.gap("海底光缆维修费由谁出") == new
    with pytest.raises(UsageError) as refused:
        centre.loop.gaps.split(WRITER, first, [ASKED])
    assert "至少留下一条" in refused.value.hint


def test_a_gap_gets_owner_cause_and_a_day_by_its_priority(centre: Centre) -> None:
    gap = centre.gap(ASKED)
    done = centre.loop.gaps.assign(MANAGER, gap, owner="王芳", department="资费组", cause=GapCause.OUTDATED, priority=2)
    assert (done.state, done.owner, done.due) == (GapState.ASSIGNED, "王芳", date(2026, 11, 22))
    assert done.cause is not None
    assert done.cause.label == "内容过时"
    with pytest.raises(InputRefused):
        centre.loop.gaps.assign(MANAGER, gap, owner=" ")
    with pytest.raises(Forbidden):
        centre.loop.gaps.assign(AGENT, gap, owner="王芳")


def test_an_overdue_gap_reminds_its_owner_once_a_day(centre: Centre) -> None:
    gap = centre.gap(ASKED)
    centre.loop.gaps.assign(MANAGER, gap, owner=WRITER.id, priority=2)
    assert centre.loop.gaps.remind() == 0
    centre.clock.forward(days=2)
    assert [line.overdue for line in centre.loop.gaps.lines(WRITER)] == [True]
    assert (centre.loop.gaps.remind(), centre.loop.gaps.remind()) == (1, 0)
    (notice,) = centre.loop.notices.of(WRITER)
    assert "已超期" in notice.text
    centre.clock.forward(days=1)
    assert centre.loop.gaps.remind() == 1


def test_a_wrong_answer_becomes_an_urgent_gap_with_its_question(centre: Centre) -> None:
    answer = centre.ask("移机费多少钱")
    given = Feedback(Verdict.WRONG, AGENT, reason="少说了同小区的价", question_id=answer.question_id)
    centre.desk.add_feedback(given)
    (line,) = centre.loop.gaps.lines(WRITER)
    assert (line.gap.question, line.gap.priority, line.details.origin) == ("移机费多少钱", 2, GapOrigin.WRONG)
    centre.desk.add_feedback(Feedback(Verdict.USEFUL, AGENT, question_id=answer.question_id))
    assert len(centre.loop.gaps.lines(WRITER)) == 1


def test_a_suggestion_is_answered_in_the_same_ledger(centre: Centre) -> None:
    gap = centre.loop.gaps.suggest(AGENT, "建议给银龄卡客户加一条大字版账单的说明，我的电话13800138000")
    line = centre.loop.gaps.sheet(WRITER, gap).line
    assert (line.details.origin.label, "13800138000" in line.gap.question) == ("客服之声", False)
    centre.loop.gaps.answer(WRITER, gap, "已列入十二月的改进")
    assert "已列入十二月的改进" in centre.loop.notices.of(AGENT)[0].text
    with pytest.raises(Forbidden):
        centre.loop.gaps.suggest(Principal("客户", Role.CUSTOMER), "多送流量")


def test_a_rejection_needs_a_reason_and_tells_who_waits(centre: Centre) -> None:
    gap = centre.gap(ASKED)
    with pytest.raises(InputRefused):
        centre.loop.gaps.move(WRITER, gap, GapState.REJECTED)
    centre.loop.gaps.move(WRITER, gap, GapState.REJECTED, "不属于本公司业务")
    assert "不属于本公司业务" in centre.loop.notices.of(AGENT)[0].text
    with pytest.raises(UsageError):
        centre.loop.gaps.move(WRITER, gap, GapState.VERIFIED)


def test_old_questions_are_taken_in_into_few_gaps(centre: Centre) -> None:
    taken, gaps = centre.loop.gaps.take(WRITER, [ASKED, "", "积分可以转赠家人吗", "海底光缆维修费谁出"])
    assert (taken, gaps) == (3, 2)


def test_ten_thousand_old_questions_are_taken_in_with_progress_and_none_is_lost(centre: Centre) -> None:
    matters = ["积分转赠", "流量结转", "宽带移机", "副卡停机", "发票抬头", "靓号低消", "漫游关闭", "彩铃取消"]
    asked = [f"{matter}{word}" for matter in matters for word in ("怎么办", "可以吗", "收费吗", "要多久", "在哪办")]
    told: list[tuple[int, int]] = []
    taken, _ = centre.loop.gaps.take(
        WRITER, [asked[at % len(asked)] for at in range(10_000)], lambda *step: told.append(step)
    )
    lines = centre.loop.gaps.lines(WRITER, limit=100)
    assert (taken, sum(line.gap.count for line in lines)) == (10_000, 10_000)
    assert {line.gap.id for line in lines} == {
        line.gap.id for line in lines if centre.kb.catalogue.gaps.questions(line.gap.id)
    }
    assert len(lines) <= len(asked)
    assert told[-1] == (10_000, 10_000)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_taking_the_same_old_questions_in_again_opens_no_gap(centre: Centre) -> None:
    first = centre.loop.gaps.take(WRITER, [ASKED, "海底光缆维修费谁出"])
    before = centre.loop.gaps.counts(WRITER)
    assert centre.loop.gaps.take(WRITER, [ASKED, "海底光缆维修费谁出"]) == first
    assert centre.loop.gaps.counts(WRITER) == before


def test_a_gap_that_closed_elsewhere_takes_no_more_questions(centre: Centre) -> None:
    gap = centre.gap(ASKED)
    centre.kb.catalogue.gaps.change(gap, WRITER, state=GapState.REJECTED, note="不属于本公司业务")
    assert centre.gap(ASKED) != gap


def test_what_somebody_works_on_takes_rephrasings_but_is_not_merged_by_itself(centre: Centre) -> None:
    gap, other = centre.gap(ASKED), centre.gap("海底光缆维修费谁出")
    centre.loop.gaps.merge(WRITER, [other], gap)
    assert centre.gap("请问积分转赠给家人可以吗") == gap
    assert set(centre.loop.gaps.sheet(WRITER, gap).wordings) == {
        ASKED,
        "海底光缆维修费谁出",
        "请问积分转赠给家人可以吗",
    }


def test_a_ledger_of_ten_thousand_gaps_shows_any_page_of_it_in_order(centre: Centre) -> None:
    day = date(2026, 11, 21)
    made = [Taken(-1 - at, GapQuestion(f"第{at}个问题", AGENT, "voice", day), f"键{at}") for at in range(10_000)]
    ids = centre.kb.catalogue.gap_intake.take(made, "none")
    assert len(set(ids.values())) == 10_000
    first = centre.loop.gaps.lines(WRITER, OPEN, limit=50)
    last = centre.loop.gaps.lines(WRITER, OPEN, limit=50, offset=9_950)
    newest = sorted(ids.values(), reverse=True)
    assert [line.gap.id for line in first] == newest[:50]
    assert [line.gap.id for line in last] == newest[-50:]
    assert all(line.traffic.week == 1 for line in first)
    assert centre.loop.gaps.counts(WRITER)[GapState.NEW] == 10_000
