"""The maintainer's page and the digest over a real loop: paging, names, who confirms what, two who edit one draft."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assist.access import Action
from assist.loop.work import Wanted
from assist.pages import maintain
from assist.pages.digest import DigestFold
from assist.pages.door import Door
from assist.pages.maintain_drafts import DraftTab
from assist.pages.maintain_gaps import PAGE, GapTab
from assist.pages.maintain_insight import InsightTab
from assist.pages.maintain_releases import ReleaseTab
from assist.pages.maintain_stage import Names, Shown, principal_at
from kb.errors import Conflict, InputRefused
from kb.gaps import gap_key
from kb.model import OPERATOR, Principal
from kb.store import DraftKind, GapQuestion, GapState, Taken
from tests.assist.conftest import DOCUMENTS
from tests.assist.whole_site import in_a_loop
from tests.loop.conftest import AGENT, MANAGER, REVIEWER, WRITER, Centre

NAMES = Names()
EVERYTHING = ("未结束", "", "", "", False, "")
ASKED = "积分能不能转赠给家人"


def gaps_of(centre: Centre, number: int) -> None:
    for at in range(number):
        text = f"第{at}号设备的外壳是什么颜色"
        asked = GapQuestion(text, AGENT, "voice", centre.loop.news.today())
        centre.kb.catalogue.gaps.open(asked, key=gap_key(text), business_type="业务咨询")


def rows(shown: Shown) -> int:
    return len(re.findall(r'class="zm-row"', str(shown["ledger"])))


def test_a_long_ledger_is_shown_page_by_page(centre: Centre) -> None:
    gaps_of(centre, 45)
    tab = GapTab(centre.loop, NAMES)
    first, last = tab.ledger(WRITER, *EVERYTHING), tab.turn(WRITER, "2", *EVERYTHING)
    assert (rows(first), rows(last)) == (PAGE, 5)
    assert "第 1 / 3 页，共 45 条" in first["ledger"]
    assert "第 3 / 3 页" in last["ledger"]


def test_the_ledger_is_narrowed_by_owner_department_type_words_and_what_is_overdue(centre: Centre) -> None:
    gaps_of(centre, 3)
    late = centre.kb.catalogue.gaps.list()[0].id
    day = centre.loop.news.today()
    centre.loop.gaps.assign(WRITER, late, owner="王芳", department="资费组", due=day.replace(year=day.year - 1))
    for wanted in (
        Wanted(owner="王芳"),
        Wanted(department="资费组"),
        Wanted(overdue=True),
        Wanted(text="第2号"),
        Wanted(states=(GapState.ASSIGNED,)),
    ):
        found, total = centre.loop.gaps.page(WRITER, wanted)
        assert ([line.gap.id for line in found], total) == ([late], 1)
    assert centre.loop.gaps.page(WRITER, Wanted(business_type="故障申告"))[1] == 0
    assert centre.loop.gaps.page(WRITER, Wanted(text="100%"))[1] == 0
    shown = GapTab(centre.loop, NAMES).ledger(WRITER, "未结束", "", "", "", True, "")
    assert "超期" in shown["ledger"]


def test_a_number_in_the_search_opens_that_gap(centre: Centre) -> None:
    gaps_of(centre, 2)
    shown = GapTab(centre.loop, NAMES).ledger(WRITER, "未结束", "", "", "", False, "No.1")
    assert shown["gap"] == 1
    assert rows(shown) == 1


def test_the_page_of_ten_thousand_gaps_comes_with_one_page_of_rows(centre: Centre) -> None:
    day = centre.loop.news.today()
    made = [Taken(-1 - at, GapQuestion(f"第{at}个问题", AGENT, "voice", day), f"键{at}") for at in range(10_000)]
    centre.kb.catalogue.gap_intake.take(made, "none")

    def compose() -> FastAPI:
        return maintain.mount(FastAPI(), centre.loop, path="/maintain")

    page = TestClient(in_a_loop(compose)).get("/maintain/?ledger_page=3").text
    drawn = page[page.index('<div id="zy-first"') : page.index("<gradio-app")]
    assert len(re.findall(r'<a class="zm-row" href="\?gap=\d+', drawn)) == PAGE
    assert "第 3 / 500 页，共 10000 条" in drawn
    assert 'href="?ledger_page=4"' in drawn
    assert page.count("zm-row") < 4 * PAGE


def test_the_history_of_a_gap_says_what_was_changed_by_whom(centre: Centre) -> None:
    gaps_of(centre, 1)
    tab = GapTab(centre.loop, Names(lambda: {"p-1": "王芳", "p-2": "李明"}))
    who = replace(WRITER, id="p-1")
    tab.assign(who, 1, "李明", "资费组", "知识缺失", "紧急", "2026-12-01", *EVERYTHING)
    shown = str(tab.comment(who, 1, "先问资费组 13800138000", *EVERYTHING)["gap-sheet"])
    for words in ("负责人 李明", "部门 资费组", "原因 知识缺失", "优先级 一般 → 紧急", "期限 2026-12-01", "先问资费组"):
        assert words in shown
    assert "13800138000" not in shown
    assert centre.kb.catalogue.gaps.list()[0].owner == "p-2"
    with pytest.raises(InputRefused) as refused:
        tab.assign(who, 1, "没有这人", "", "", "一般", "", *EVERYTHING)
    assert "没有找到同事“没有这人”" in refused.value.hint


def test_reading_needs_no_name_and_writing_does() -> None:
    assert principal_at("", "知识维护", named=False).id == "page:知识维护"
    with pytest.raises(InputRefused) as refused:
        principal_at(" ", "知识维护", named=True)
    assert "填写您的姓名" in refused.value.hint
    assert principal_at("王芳", "值班经理", named=True) == Principal("王芳", MANAGER.role)


def form(shown: Shown, **changed: str) -> list[Any]:
    """What the form would send back after a draft was shown in it."""
    fields = [str(shown[f"field-{at}"].get("value") or "") for at in range(4)]
    values = {"title": shown["title"], "audience": shown["audience"]["value"], "first": shown["first"]}
    values |= {"last": shown["last"], "supersedes": shown["supersedes"]}
    values |= {f"field-{at}": text for at, text in enumerate(fields)} | changed
    order = ["title", *(f"field-{at}" for at in range(4)), "audience", "first", "last", "supersedes"]
    return [values[name] for name in order]


def test_the_second_of_two_who_edit_sees_both_and_saves_over_what_was_read(centre: Centre) -> None:
    tab = DraftTab(centre.loop, NAMES)
    gap = centre.gap(ASKED)
    first = tab.begin(DraftKind.FAQ)(WRITER, gap, "进行中")
    tab.save(WRITER, first["draft"], "进行中", *form(first, **{"field-2": "可以转赠。"}))
    late = tab.save(REVIEWER, first["draft"], "进行中", *form(first, **{"field-2": "<b>不可以</b>"}))
    assert "刚被别人改过" in late["alert"]
    assert "可以转赠。" in re.sub(r"</?(ins|del)>", "", late["alert"])
    assert "<b>不可以" not in late["alert"]
    assert "field-2" not in late  # what was typed stays in the form
    merged = tab.save(REVIEWER, late["newest"], "进行中", *form(first, **{"field-2": "可以转赠，每年一次。"}))
    assert "已保存为第 3 稿" in merged["alert"]


def test_what_was_not_saved_is_put_back_into_the_form_of_its_draft(centre: Centre) -> None:
    tab = DraftTab(centre.loop, NAMES)
    shown = tab.begin(DraftKind.FAQ)(WRITER, centre.gap(ASKED), "进行中")
    draft = shown["draft"]
    typed = form(shown, **{"field-2": "可以转赠，<b>每年</b>一次。", "first": "下周三", "audience": "公开"})
    kept = {"draft": str(draft.id), "revision": "1", "values": typed, "whose": ""}
    back = tab.restore(WRITER, json.dumps(kept))
    assert form(back) == typed
    assert back["draft"] == draft
    assert "data-drop" in back["draft-sheet"]
    assert "merged" not in back or not back["merged"]["visible"]
    assert "data-drop" not in tab.open(WRITER, str(draft.id))["draft-sheet"]
    begun = re.search(r'data-form="([^"]*)"', tab.open(WRITER, str(draft.id))["draft-sheet"])
    assert begun is not None
    assert json.loads(unescape(begun[1])) == form(shown)


def test_what_was_not_saved_stands_beside_what_somebody_saved_meanwhile(centre: Centre) -> None:
    tab = DraftTab(centre.loop, NAMES)
    shown = tab.begin(DraftKind.FAQ)(WRITER, centre.gap(ASKED), "进行中")
    saved = tab.save(REVIEWER, shown["draft"], "进行中", *form(shown, **{"field-2": "可以转赠。"}))
    assert 'data-came="saved"' in saved["draft-sheet"]
    typed = form(shown, **{"field-2": "不可以转赠。"})
    kept = {"draft": shown["draft"].id, "revision": shown["draft"].revision, "values": typed}
    back = tab.restore(WRITER, json.dumps(kept))
    assert "刚" not in back["alert"]
    assert "有人改过" in back["alert"]
    assert (back["merged"]["visible"], back["save"]["visible"]) == (True, False)
    assert form(back) == typed
    merged = tab.save(WRITER, back["newest"], "进行中", *form(back, **{"field-2": "可以转赠，每年一次。"}))
    assert "已保存为第 3 稿" in merged["alert"]


@pytest.mark.parametrize("kept", ["", "[]", "{}", "null", '{"draft": 1, "revision": 1, "values": ["只有一个"]}'])
def test_what_cannot_be_put_back_says_so(centre: Centre, kept: str) -> None:
    with pytest.raises(InputRefused) as refused:
        DraftTab(centre.loop, NAMES).restore(WRITER, kept)
    assert "未保存的修改" in refused.value.hint


def test_nobody_approves_what_is_not_on_the_page(centre: Centre) -> None:
    tab = DraftTab(centre.loop, NAMES)
    shown = tab.begin(DraftKind.FAQ)(WRITER, centre.gap(ASKED), "进行中")
    shown = tab.submit(WRITER, shown["draft"], "进行中", *form(shown, **{"field-2": "可以转赠。"}))
    with pytest.raises(InputRefused) as edited:
        tab.approve(REVIEWER, shown["draft"], "进行中", *form(shown, **{"field-2": "不能转赠。"}))
    assert "还没保存" in edited.value.hint
    newer = tab.save(WRITER, shown["draft"], "进行中", *form(shown, **{"field-2": "都可以转赠。"}))
    tab.submit(WRITER, newer["draft"], "进行中", *form(newer))
    with pytest.raises(Conflict):
        tab.approve(REVIEWER, shown["draft"], "进行中", *form(shown))
    current = tab.open(REVIEWER, str(newer["draft"].id))
    assert "已批准" in tab.approve(REVIEWER, current["draft"], "进行中", *form(current))["alert"]


def test_a_finding_becomes_work_with_one_click(centre: Centre) -> None:
    tab = InsightTab(centre.loop, NAMES, lambda _who, gap: {"gap": gap})
    found = tab.health(WRITER)["found"]
    assert found
    shown = tab.work(WRITER, "0", found)
    sheet = centre.loop.gaps.sheet(WRITER, shown["gap"])
    assert sheet.line.gap.owner == WRITER.id
    assert found[0].evidence[0] in sheet.history[-1].note
    with pytest.raises(InputRefused):
        tab.work(WRITER, "99999", found)


def test_a_wrong_moment_and_an_empty_plan_say_what_to_do(centre: Centre) -> None:
    tab = ReleaseTab(centre.loop, NAMES)
    with pytest.raises(InputRefused) as moment:
        tab.plan(MANAGER, [], "", "明天早上", "")
    assert "2026-12-01 00:00" in moment.value.hint
    with pytest.raises(InputRefused) as empty:
        tab.plan(MANAGER, [], "", "", "")
    assert "请先选出要发布的草稿" in empty.value.hint


def test_the_digest_counts_what_is_unread_until_it_is_confirmed(centre: Centre) -> None:
    fold = DigestFold(centre.loop.news, centre.clock.now)
    who = ("坐席", "", "上次确认以来")
    shown, title, confirm, _ = fold.show(*who)
    assert ("没有未读的变动" in shown, title["label"], confirm["visible"]) == (True, "新政策速递", False)
    changed = replace(
        DOCUMENTS[0],
        fingerprint="改了",
        passages=tuple(replace(each, text=each.text.replace("80元", "60元")) for each in DOCUMENTS[0].passages),
    )
    with centre.kb.release(OPERATOR, note="移机费下调") as release:
        release.put(changed)
    shown, title, confirm, seen = fold.look(*who, ())
    assert (title["label"], confirm["visible"]) == ("新政策速递（1 条未读）", True)
    assert "<del>8</del>" in shown
    assert "<ins>6</ins>" in shown
    assert set(fold.look(*who, seen)[0]) == {"__type__"}  # nothing moves under the reader
    told, title, confirm, _ = fold.confirm(*who)
    assert "确认阅读" in told
    assert (title["label"], confirm["visible"]) == ("新政策速递", False)
    assert set(centre.loop.news.readers(MANAGER)) == {"page:坐席"}
    assert "<ins>6</ins>" in fold.show("坐席", "", "近 7 天")[0]


def test_with_accounts_the_name_is_that_of_who_is_signed_in_whatever_is_typed() -> None:
    door = Door(lambda _request: WRITER, lambda: True)
    seen = door.event(Action.LIST_GAPS, lambda name, role: principal_at(name, role, named=True))
    assert seen(SimpleNamespace(request=None), "冒名", "值班经理") == WRITER
    assert seen(SimpleNamespace(request=None), "", "") == WRITER
