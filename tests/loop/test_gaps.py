"""The ledger of gaps as maintainers work on it: joined by meaning, merged, split, assigned, answered, reminded."""

from __future__ import annotations

import time
from datetime import date

import pytest

from assist.loop.work import OPEN
from kb.errors import Forbidden, InputRefused, UsageError
from kb.model import Principal, Role
from kb.store import Feedback, GapCause, GapOrigin, GapQuestion, GapState, Verdict
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


def test_old_questions_are_taken_in_by_the_thousand_into_few_gaps(centre: Centre) -> None:
    taken, gaps = centre.loop.gaps.take(WRITER, [ASKED, "", "积分可以转赠家人吗", "海底光缆维修费谁出"])
    assert (taken, gaps) == (3, 2)


def test_a_ledger_of_ten_thousand_gaps_shows_its_page_without_reading_them_all(centre: Centre) -> None:
    gaps = centre.kb.catalogue.gaps
    opened = gaps.open(GapQuestion("第0个问题", AGENT, "voice", date(2026, 11, 21)))
    with centre.kb.catalogue._database.write() as connection:
        connection.exec_driver_sql(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) "
            "INSERT INTO gaps (state, question, key, business_type, owner, department, priority, count, first_seen,"
            " last_seen) SELECT state, '第' || i || '个问题', '', '', '', '', 0, 1, first_seen, last_seen "
            f"FROM gaps, n WHERE gaps.id = {opened.id}"
        )
    started = time.perf_counter()
    page = centre.loop.gaps.lines(WRITER, OPEN, limit=50)
    took = time.perf_counter() - started
    assert len(page) == 50
    assert centre.loop.gaps.counts(WRITER)[GapState.NEW] == 10_000
    assert took < 30  # a page that read all of them would take longer than anybody waits
