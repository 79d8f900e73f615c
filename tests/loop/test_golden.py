"""Golden cases belong to the base: kept, brought in and out, judged, asked by the gate; bad rows are named."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from assist.golden.commands import run
from assist.golden.judge import GOLDEN, question_of, right, spread
from assist.golden.sheets import COLUMNS
from assist.model import Answer, Mode, Outcome
from assist.pages.maintain_golden import GoldenTab
from assist.pages.maintain_releases import ReleaseTab
from assist.pages.maintain_stage import Names
from evals.golden import CASES, SAMPLES, bring_own
from kb.errors import Conflict, Forbidden, InputRefused, UsageError
from kb.model import OPERATOR, Role
from kb.store import GapState, GoldenCase, GoldenState
from tests.loop.conftest import AGENT, MANAGER, REVIEWER, WRITER, Centre

MOVING = GoldenCase("移机费多少钱", case_id="移机-1", facts=("80元",))
POLICY = "样例/宽带规则2026.pdf"
DAY = date(2026, 11, 21)


def lines(*cases: Mapping[str, Any], encoding: str = "utf-8") -> bytes:
    return "".join(json.dumps(case, ensure_ascii=False) + "\n" for case in cases).encode(encoding)


def sheet(*rows: Sequence[Any], heading: Sequence[str] = ("编号", "问题", "应含事实")) -> bytes:
    book = Workbook()
    page = book.active
    assert page is not None
    for row in (heading, *rows):
        page.append(list(row))
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def test_a_base_without_golden_cases_says_so_where_a_release_is_tested(centre: Centre) -> None:
    plan = centre.loop.releases.plan(MANAGER, (), retire=[POLICY])
    tab = ReleaseTab(centre.loop, Names())
    shown = tab.check(MANAGER, plan.id)
    assert "本库还没有金标用例" in shown["plan-head"]
    assert "金标用例 0、" in shown["gate-report"]
    centre.loop.golden.add(WRITER, MOVING)
    assert "还没有金标用例" not in tab.open(MANAGER, str(plan.id))["plan-head"]


def test_a_case_made_after_the_gate_ran_is_asked_before_the_release_goes_out(centre: Centre) -> None:
    plan = centre.loop.releases.plan(MANAGER, (), retire=[POLICY])
    assert centre.loop.releases.check(MANAGER, plan.id).report["passed"]
    centre.loop.golden.add(WRITER, MOVING)
    with pytest.raises(UsageError) as refused:
        centre.loop.releases.activate(MANAGER, plan.id)
    assert "1 道用例变错（移机-1）" in refused.value.hint


def test_a_retired_case_stops_no_release_and_the_trail_names_who_retired_it(centre: Centre) -> None:
    kept = centre.loop.golden.add(WRITER, MOVING)
    assert [each.id for each in centre.loop.golden.trials()] == ["移机-1"]
    centre.loop.golden.retire(REVIEWER, kept.number)
    assert centre.loop.golden.trials() == []
    trail = {entry.action: entry for entry in centre.kb.catalogue.audit.entries(limit=1_000)}
    assert trail["golden.add"].principal == WRITER.id
    assert (trail["golden.step"].principal, trail["golden.step"].detail["to"]) == (REVIEWER.id, "retired")
    assert centre.loop.golden.restore(WRITER, kept.number).state is GoldenState.ACTIVE


def test_the_second_of_two_who_edit_a_case_is_told_and_may_then_decide(centre: Centre) -> None:
    tab = GoldenTab(centre.loop, Names())
    kept = centre.loop.golden.add(WRITER, MOVING)
    centre.loop.golden.save(REVIEWER, replace(kept, facts=("80元一次",)))
    with pytest.raises(Conflict):
        centre.loop.golden.save(WRITER, replace(kept, facts=("40元",)))
    form = ("移机-1", "移机费多少钱", "<b>40元</b>", "", "", "", "", "", "今天", "", False, "坐席")
    late = tab.save(WRITER, kept, "在用", "", *form)
    assert "刚被 李明 改过" in late["alert"]
    assert "80元一次" in late["alert"]
    assert "golden-facts" not in late  # what was typed stays in the form
    done = tab.save(WRITER, late["golden-case"], "在用", "", *form)
    assert "第 3 版" in done["alert"]
    assert "现在的回答还不符合它" in done["alert"]
    assert centre.loop.golden.find(WRITER, "移机-1").facts == ("<b>40元</b>",)
    assert "<b>40元" not in done["golden-list"]


@pytest.mark.parametrize(
    ("case", "told"),
    [
        (GoldenCase("移机费多少钱"), "无从判断"),
        (GoldenCase("移机费多少钱", facts=("80元",), unanswerable=True), "应当拒答"),
        (GoldenCase("？！", facts=("80元",)), ""),
        (GoldenCase("移机费多少钱", gold=(("", "80元"),)), "来源不能空"),
        (GoldenCase("移机费多少钱", facts=("八十" * 400,)), "最多 600 字"),
        (GoldenCase("移机费多少钱", facts=("80元",), role=Role.ADMIN), "“谁问”须是"),
        (GoldenCase("那呢", facts=("80元",), history=(("经理", "移机"),)), "以“客户：”或“坐席：”开头"),
    ],
)
def test_a_case_that_could_judge_nothing_is_refused_with_what_to_do(
    centre: Centre, case: GoldenCase, told: str
) -> None:
    with pytest.raises(InputRefused) as refused:
        centre.loop.golden.add(WRITER, case)
    assert told in refused.value.hint


def test_personal_details_are_masked_and_the_same_question_is_not_kept_twice(centre: Centre) -> None:
    kept = centre.loop.golden.add(WRITER, GoldenCase("13800138000 移机多少钱", facts=("80元",)))
    assert "13800138000" not in kept.question
    assert kept.case_id.startswith("g-")
    with pytest.raises(UsageError) as twice:
        centre.loop.golden.add(WRITER, GoldenCase("13800138000 移机多少钱", facts=("40元",)))
    assert kept.case_id in twice.value.hint


def test_agents_neither_keep_nor_export_cases_and_inspectors_only_read(centre: Centre) -> None:
    inspector = replace(AGENT, role=Role.INSPECTOR)
    centre.loop.golden.add(WRITER, MOVING)
    assert centre.loop.golden.page(inspector)[1] == 1
    with pytest.raises(Forbidden):
        centre.loop.golden.export(AGENT, "xlsx")
    with pytest.raises(Forbidden):
        centre.loop.golden.add(inspector, MOVING)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_bad_lines_are_refused_one_by_one_and_the_good_ones_kept(centre: Centre, encoding: str) -> None:
    data = lines(
        {"id": "a-1", "question": "移机费多少钱", "facts": ["80元"]},
        {"id": "a-2", "question": "移机费多少钱", "fact": ["80元"]},
        {"id": "a-1", "question": "停机保号多少钱", "facts": ["5元"]},
        {"question": "没有编号", "facts": ["5元"]},
        {"id": "a-5", "question": "怎么退订", "unanswerable": True, "audience": "public", "as_of": "2026-11-20"},
        encoding=encoding,
    )
    taken = centre.loop.golden.take_in(WRITER, data + "{坏\n".encode(encoding))
    assert (taken.added, [row for row, _ in taken.refused]) == (2, [2, 3, 4, 6])
    reasons = dict(taken.refused)
    assert "不认识的键“fact”" in reasons[2]
    assert "与第 1 行相同" in reasons[3]
    assert "缺少“id”" in reasons[4]
    assert "不是完整的 JSON" in reasons[6]
    public = centre.loop.golden.find(WRITER, "a-5")
    assert (public.role, public.as_of, public.unanswerable) == (Role.CUSTOMER, date(2026, 11, 20), True)


def test_a_sheet_filled_in_excel_is_taken_in_and_its_bad_rows_are_named(centre: Centre) -> None:
    heading = ("编号", "问题", "应含事实", "出处", "无答案", "谁问", "哪天问", "之前的对话")
    rows = [
        ("移机-1", "移机费多少钱", "80元", "", "", "坐席", date(2026, 11, 20), ""),
        (None, None, None, None, None, None, None, None),
        (
            "移机-2",
            "那同一小区呢",
            "40元\n一次",
            f"{POLICY}｜移机费80元/次",
            "",
            "",
            "今天",
            "客户：移机多少钱\n坐席：80元",
        ),
        ("移机-3", "移机要多久", "", "", "也许", "", "", ""),
        ("移机-4", "移机要多久", "", "", "", "经理", "", ""),
        ("移机-5", "移机要多久", "三天", "", "", "", "下周三", ""),
    ]
    taken = centre.loop.golden.take_in(WRITER, sheet(*rows, heading=heading))
    assert (taken.added, [row for row, _ in taken.refused]) == (2, [5, 6, 7])
    assert all(told in why for (_, why), told in zip(taken.refused, ("“无答案”", "“谁问”", "“哪天问”"), strict=True))
    second = centre.loop.golden.find(WRITER, "移机-2")
    assert second.facts == ("40元", "一次")
    assert second.gold == ((POLICY, "移机费80元/次"),)
    assert second.history == (("user", "移机多少钱"), ("assistant", "80元"))
    assert centre.loop.golden.find(WRITER, "移机-1").as_of == date(2026, 11, 20)


def test_what_is_exported_can_be_edited_and_brought_back(centre: Centre) -> None:
    desk = centre.loop.golden
    desk.add(WRITER, replace(MOVING, gold=((POLICY, "移机费80元/次"),), tags=("资费", "移机"), as_of=DAY))
    for form in ("xlsx", "jsonl"):
        again = desk.take_in(WRITER, desk.export(WRITER, form))
        assert (again.added, again.changed, again.known, again.refused) == (0, 0, 1, ())
    book = load_workbook(BytesIO(desk.export(WRITER, "xlsx")))
    book.worksheets[0].cell(2, COLUMNS.index("应含事实") + 1, "80元一次")
    edited = BytesIO()
    book.save(edited)
    assert desk.take_in(WRITER, edited.getvalue()).changed == 1
    late = desk.take_in(REVIEWER, edited.getvalue())
    assert late.known == 1
    book.worksheets[0].cell(2, COLUMNS.index("应含事实") + 1, "40元")
    book.save(stale := BytesIO())
    assert "刚被别人改过" in desk.take_in(REVIEWER, stale.getvalue()).refused[0][1]
    assert desk.find(WRITER, "移机-1").facts == ("80元一次",)


def test_another_content_under_a_known_id_needs_to_be_meant(centre: Centre) -> None:
    desk = centre.loop.golden
    kept = desk.add(WRITER, MOVING)
    other = lines({"id": "移机-1", "question": "移机费多少钱", "facts": ["40元"]})
    assert "已有而内容不同" in desk.take_in(WRITER, other).refused[0][1]
    assert desk.take_in(WRITER, other, replace=True).changed == 1
    desk.retire(WRITER, kept.number)
    assert "已停用" in desk.take_in(WRITER, other, replace=True).refused[0][1]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "缺少表头“问题”"),
        ("编号,问题,答复\n".encode(), "不认识的表头“答复”"),
        (b"\xff\xff\xff", "编码无法识别"),
        (b"PK\x03\x04nothing", "读不了这个文件"),
        ("编号,问题\n".encode("gb18030"), "没有任何用例"),
    ],
)
def test_a_file_that_is_no_list_of_cases_is_refused(centre: Centre, data: bytes, told: str) -> None:
    with pytest.raises(InputRefused) as refused:
        centre.loop.golden.take_in(WRITER, data)
    assert told in refused.value.hint


def test_an_answer_is_right_by_facts_by_what_it_cites_or_by_refusing(centre: Centre) -> None:
    asked = question_of(MOVING, DAY)
    answer = centre.ask("移机费多少钱")
    cited = answer.citations[0]
    refused = Answer(outcome=Outcome.REFUSED, mode=None, text="没有依据。", confidence=0.1)
    cases = {
        MOVING: (True, False),
        replace(MOVING, facts=("80元", "90元")): (False, False),
        replace(MOVING, forbid=("80元",)): (False, False),
        GoldenCase("移机费多少钱", gold=((cited.source, cited.quote[:8]),)): (True, False),
        GoldenCase("移机费多少钱", gold=(("别的.pdf", cited.quote[:8]),)): (False, False),
        GoldenCase("移机费多少钱", unanswerable=True): (False, True),
    }
    for case, wanted in cases.items():
        assert (right(case, asked, answer), right(case, asked, refused)) == wanted, case
    assert answer.mode in set(Mode)


def test_three_hundred_cases_are_asked_evenly_spread() -> None:
    assert spread([1, 2]) == [1, 2]
    found = spread(list(range(693)))
    assert (len(found), found[0]) == (GOLDEN, 0)
    assert {after - before for before, after in itertools.pairwise(found)} == {2, 3}


def test_a_verified_gap_and_an_answered_question_become_cases_with_what_answers_them(centre: Centre) -> None:
    tab = GoldenTab(centre.loop, Names())
    gap = centre.gap("积分能不能转赠给家人")
    draft = centre.approved(gap, "积分可以转赠给家人，每年一次。")
    centre.loop.releases.activate(MANAGER, centre.loop.releases.plan(MANAGER, [draft.id]).id)
    assert centre.kb.catalogue.gaps.get(gap).state is GapState.VERIFIED  # type: ignore[union-attr]
    shown = tab.of_gap(WRITER, str(gap))
    assert shown["tabs"]["selected"] == "golden"
    assert draft.source in shown["golden-gold"]["value"]
    centre.ask("移机费多少钱")
    listed = tab.answered(WRITER)["golden-answered"]
    line = next(one for one in centre.loop.golden.answered(WRITER) if one.text == "移机费多少钱")
    assert f'data-value="{line.id}"' in listed
    filled = tab.of_question(WRITER, str(line.id))
    assert "移机费80元" in filled["golden-gold"]["value"]
    kept = centre.loop.golden.add(WRITER, filled["golden-case"])
    assert kept.role is Role.AGENT
    assert "移机费多少钱" not in tab.answered(WRITER)["golden-answered"]


def test_the_command_lists_adds_brings_in_and_out_and_retires(centre: Centre, tmp_path: Path) -> None:
    desk = centre.loop.golden
    made = run(desk, {"action": "add", "cells": {"问题": "移机费多少钱", "应含事实": "80元"}})
    file = tmp_path / "用例.csv"
    file.write_bytes("编号,问题,应含事实\nb-1,停机保号多少钱,5元\nb-2,,5元\n".encode("gb18030"))
    taken = run(desk, {"action": "import", "path": str(file)})
    assert (taken["added"], [one["row"] for one in taken["refused"]]) == (1, [3])
    assert run(desk, {"action": "list", "text": "移机"})["total"] == 1
    assert run(desk, {"action": "retire", "id": made["id"]})["state"] == "retired"
    out = run(desk, {"action": "export", "form": "jsonl"})
    assert [json.loads(line)["id"] for line in base64.b64decode(out["data"]).splitlines()] == ["b-1"]
    with pytest.raises(UsageError):
        run(desk, {"action": "retire", "id": "没有"})


def test_only_the_programs_own_samples_bring_its_own_cases_and_a_retired_one_stays_so(
    centre: Centre, tmp_path: Path
) -> None:
    desk = centre.loop.golden
    bring_own(desk, tmp_path)
    assert desk.page(OPERATOR)[1] == 0
    bring_own(desk, SAMPLES)
    every = sum(len(file.read_text(encoding="utf-8").splitlines()) for file in CASES.glob("*.jsonl"))
    assert desk.page(OPERATOR)[1] == every
    assert len(desk.trials()) == GOLDEN
    one = desk.page(OPERATOR)[0][0]
    desk.retire(WRITER, one.number)
    bring_own(desk, SAMPLES)
    assert desk.page(OPERATOR)[1] == every - 1
