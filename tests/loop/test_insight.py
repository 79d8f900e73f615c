"""Health, impact, digest and reports: each finding with its evidence, each change old and new, figures that add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from io import BytesIO

import pytest
from openpyxl import load_workbook

from assist.golden.judge import dependent_cases
from assist.loop.health import HealthDesk
from assist.loop.reports import cells
from assist.loop.usage import ENOUGH
from assist.loop.xlsx import workbook
from assist.quiz.depends import dependent_items
from evals.loop.measure import pairwise
from kb.errors import InputRefused
from kb.model import INTERNAL, DocumentDraft, Kind, PassageDraft
from kb.store import BankItem, Feedback, GapQuestion, GoldenCase, ItemState, NearHit, Verdict
from tests.assist.conftest import DOCUMENTS
from tests.loop.conftest import AGENT, MANAGER, WRITER, Centre

DAY = date(2026, 11, 21)


def put(centre: Centre, source: str, text: str) -> None:
    draft = DocumentDraft(source, source, Kind.LEARNING, text, passages=(PassageDraft(0, text),), audience=INTERNAL)
    with centre.kb.release(WRITER) as release:
        release.put(draft)


def test_two_documents_that_give_different_figures_for_the_same_are_shown_side_by_side(centre: Centre) -> None:
    put(centre, "样例/应知应会.xlsx", "坐席补偿单笔不超过50元，同一客户90天内1次。")
    found = [one for one in centre.loop.health.examine(WRITER) if one.kind == "contradiction"]
    assert [set(one.evidence) for one in found] == [
        {"坐席补偿单笔不超过50元，同一客户90天内1次", "坐席补偿单笔不超过20元，同一客户90天内1次"}
    ]


def test_what_agrees_or_speaks_of_another_name_is_no_contradiction(centre: Centre) -> None:
    put(centre, "样例/应知应会.xlsx", "坐席补偿单笔不超过20元，同一客户90天内1次，要先登记。")
    assert not [one for one in centre.loop.health.examine(WRITER) if one.kind == "contradiction"]


def test_what_ends_soon_and_what_is_complained_of_is_named(centre: Centre) -> None:
    centre.clock.forward(days=20)
    answer = centre.ask("移机费多少钱")
    cited = tuple(one.passage_id for one in answer.citations)
    centre.desk.add_feedback(Feedback(Verdict.OUTDATED, AGENT, question_id=answer.question_id, passage_ids=cited))
    found = {(one.kind, one.sources[0]) for one in centre.loop.health.examine(WRITER)}
    assert ("expiring", "样例/宽带规则2026.pdf") in found
    assert ("complained", "样例/宽带规则2026.pdf") in found


def test_a_policy_names_what_depends_on_it(centre: Centre) -> None:
    put(centre, "样例/内训.md", "退订流程按《畅行系列资费》第四条办理，课上逐条讲解。")
    found = centre.loop.health.impact(WRITER, "样例/畅行资费.pdf")
    assert [one.sources for one in found] == [("样例/内训.md",)]
    assert centre.loop.health.impact(WRITER, "样例/畅行资费.pdf", "第四条")
    assert not centre.loop.health.impact(WRITER, "样例/畅行资费.pdf", "第九条")


def test_cases_and_quiz_items_that_rest_on_a_policy_are_named_with_their_evidence(
    centre: Centre,
) -> None:
    source, quote = "样例/宽带规则2026.pdf", "移机费80元/次"
    case = GoldenCase("移机多少钱", case_id="a-1", gold=((source, quote),))
    centre.loop.golden.add(WRITER, case)
    proof = {"source": source, "title": "宽带规则", "heading": ["第八条 移机费"], "quote": quote}
    bank = centre.kb.catalogue.quiz
    payload = {"stem": "移机费每次多少元？", "evidence": [proof]}
    bank.add(
        [BankItem("q1", 1, ItemState.DRAFT, "single", "宽带", "", "", 1, "移机费", "made", payload)], principal=WRITER
    )
    dependants = (partial(dependent_items, bank), partial(dependent_cases, centre.kb.catalogue.golden))
    health = HealthDesk(centre.kb, centre.clock, dependants)
    found = {(one.kind, one.sources, one.evidence[1]) for one in health.impact(WRITER, source)}
    assert ("impact_quiz", ("q1",), "移机费每次多少元？") in found
    assert ("impact_case", ("a-1",), "移机多少钱") in found
    kinds = {one.kind for one in health.impact(WRITER, source, "第八条")}
    assert "impact_quiz" in kinds
    assert not [one for one in health.impact(WRITER, "样例/畅行资费.pdf") if one.kind != "impact"]


def test_what_is_most_used_never_used_and_often_found_but_rarely_enough_is_named(centre: Centre) -> None:
    for _ in range(ENOUGH):
        centre.ask("移机费多少钱")
    found = [one for one in centre.loop.health.examine(WRITER) if one.kind in {"used", "unused"}]
    used = {one.sources[0]: one.evidence[0] for one in found if one.kind == "used"}
    assert f"{ENOUGH} 次用于回答" in used["样例/宽带规则2026.pdf"]
    unused = {one.sources[0] for one in found if one.kind == "unused"}
    assert unused
    assert not unused & set(used)


def test_a_passage_that_is_near_to_refused_questions_but_answers_none_is_badly_worded(centre: Centre) -> None:
    passage = centre.loop.health.passages()[0]
    hit = NearHit(passage.id, passage.source, passage.title, 0.3)
    for at in range(3):
        line = GapQuestion(f"第{at}种问法", AGENT, "voice", DAY, nearest=(hit,))
        centre.kb.catalogue.gaps.open(line, key=str(at))
    (found,) = [one for one in centre.loop.health.examine(WRITER) if one.kind == "wording"]
    assert (found.sources, found.passages) == ((passage.source,), (passage.id,))
    assert "3 次" in found.evidence[0]


def test_the_digest_shows_old_and_new_until_it_is_confirmed(centre: Centre) -> None:
    moving = DOCUMENTS[0]
    changed = replace(
        moving, fingerprint="2", passages=(replace(moving.passages[0], text="移机费60元/次，同一小区内40元/次。"),)
    )
    with centre.kb.release(WRITER) as release:
        release.put(changed)
    digest = centre.loop.news.digest(AGENT)
    assert [(item.title, item.what) for item in digest.items] == [("家庭宽带业务规则（2026版）", "changed")]
    assert "80元" in digest.items[0].changes[0].before
    assert "60元" in digest.items[0].changes[0].after
    assert not digest.read
    centre.loop.news.confirm(AGENT)
    after = centre.loop.news.digest(AGENT)
    assert (after.items, after.read) == ((), True)
    assert set(centre.loop.news.readers(MANAGER)) == {AGENT.id}


def test_the_digest_keeps_from_an_agent_what_an_agent_may_not_see(centre: Centre) -> None:
    inspection = next(one for one in DOCUMENTS if one.source == "样例/质检标准.md")
    with centre.kb.release(WRITER) as release:
        release.put(replace(inspection, fingerprint="2", passages=(PassageDraft(0, "答复准确权重50分。", ("评分",)),)))
    assert centre.loop.news.digest(AGENT).items == ()


def test_reports_add_up_and_survive_the_way_into_a_sheet(centre: Centre) -> None:
    centre.ask("移机费多少钱")
    answer = centre.ask("移机费是多少")
    centre.desk.add_feedback(Feedback(Verdict.WRONG, AGENT, question_id=answer.question_id))
    centre.gap("积分能不能转赠给家人")
    report = centre.loop.reports.report(MANAGER, "department", DAY, DAY)
    (row,) = report.rows
    assert (row.name, row.asked, row.answered, row.refused, row.complaints) == ("热线一组", 3, 1, 1, 1)
    table = cells(report)
    table[1][0] = "=热线一组"
    sheet = load_workbook(BytesIO(workbook("报表", table))).active
    assert sheet is not None
    assert [[cell.value for cell in line] for line in sheet.rows][1][:3] == ["=热线一组", 3, 1]
    assert sheet["A2"].data_type == "s"
    with pytest.raises(InputRefused):
        centre.loop.reports.report(MANAGER, "department", DAY, DAY - timedelta(days=1))


def test_time_to_proof_is_counted_from_the_first_asking(centre: Centre) -> None:
    gap = centre.gap("积分能不能转赠给家人")
    centre.clock.forward(hours=6)
    plan = centre.loop.releases.plan(MANAGER, [centre.approved(gap, "积分可以转赠给家人，每年一次。").id])
    centre.loop.releases.activate(MANAGER, plan.id)
    total = centre.loop.reports.report(MANAGER, "day", DAY, DAY).total
    assert (total.closed, total.hours) == (1, 6.0)


def test_pairwise_figures_are_what_a_reader_can_count() -> None:
    # Pairs of the truth: ab, cd. Pairs found: ab, ac, bc. One is right.
    assert pairwise([1, 1, 1, 2], ["x", "x", "y", "y"]) == {"precision": 1 / 3, "recall": 1 / 2, "f1": 2 / 5}
