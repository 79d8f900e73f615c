"""The script library: found by scenario and situation, slots filled from the call, kept at hand and counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assist.identity import loopback_identity
from assist.pages.scripts import read_call
from assist.pages.scripts_html import filled_card, script_list
from assist.problems import NotFoundError, install
from assist.scripts.library import ScriptLibrary, read_context
from assist.scripts.model import Choice, Script, Shown
from assist.scripts.slots import context_of, fill
from assist.talk import Talk, open_talk
from kb.errors import Forbidden, InputRefused, UsageError
from kb.knowledge import KnowledgeBase
from kb.model import Principal, Role, Validity
from kb.rows import ScriptRow
from tests.assist.conftest import AGENT, CUSTOMER, TODAY, FixedClock
from tests.assist.talkbase import CALMING, SHEET, filled
from tests.fakes import HashEmbedder

SILENT = f"{SHEET}#HS-009"
CALM = f"{SHEET}#HS-060"


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with KnowledgeBase.open(tmp_path_factory.mktemp("scripts"), embedder=HashEmbedder(), clock=FixedClock()) as base:
        yield open_talk(filled(base), HashEmbedder(), FixedClock())


@pytest.fixture(scope="module")
def library(talk: Talk) -> ScriptLibrary:
    return talk.library


def codes(found: list[object]) -> list[str]:
    return [one.script.row.code for one in found]  # type: ignore[attr-defined]


def test_scripts_are_chosen_by_scenario_trigger_channel_and_day(library: ScriptLibrary) -> None:
    assert codes([*library.browse(AGENT, Choice(TODAY))]) == ["HS-009", "HS-060", "HS-091", "HS-084"]
    assert codes([*library.browse(AGENT, Choice(TODAY, scenario="客户挽留"))]) == ["HS-091", "HS-084"]
    assert codes([*library.browse(AGENT, Choice(TODAY, trigger="别家"))]) == ["HS-084"]
    assert codes([*library.browse(AGENT, Choice(TODAY, channel="在线"))]) == ["HS-060"]
    assert codes([*library.browse(AGENT, Choice(TODAY, audience="public"))]) == []
    assert codes([*library.browse(AGENT, Choice(date(2026, 6, 30)))])[-1] == "HS-002"
    assert "HS-002" in codes([*library.browse(AGENT, Choice(TODAY, ended=True))])


def test_a_situation_finds_its_script(library: ScriptLibrary) -> None:
    found = library.search(AGENT, "客户一直不说话", Choice(TODAY))
    assert found[0].script.key == SILENT
    assert found[0].confidence is not None
    with pytest.raises(InputRefused):
        library.search(AGENT, "……", Choice(TODAY))


def test_scenarios_and_channels_are_those_of_the_scripts_in_force(library: ScriptLibrary) -> None:
    assert library.scenarios(AGENT, TODAY) == ("无声电话", "投诉安抚", "客户挽留")
    assert set(library.channels(AGENT, TODAY)) == {"语音", "全部"}


def test_slots_are_filled_from_the_call_and_the_others_stay_marked(library: ScriptLibrary) -> None:
    filled = library.fill(AGENT, CALM, TODAY, {"先生/女士": "先生"}, ["我姓欧阳，想问一下"])
    assert filled.text.startswith("欧阳先生，遇到这样的事")
    assert filled.open == ("工单号",)
    assert "{工单号}" in filled.text
    card = filled_card(filled, uses=0)
    assert 'class="zy-slot" title="工单号"' in card
    assert "还没填：工单号" in card


def test_a_script_of_steps_is_shown_with_its_waits(library: ScriptLibrary) -> None:
    filled = library.fill(AGENT, SILENT, TODAY, {})
    assert [step.wait_seconds for step in filled.steps] == [5, 5, 5, None]
    assert filled_card(filled, uses=3).count('data-seconds="5"') == 3


def test_waits_within_wording_make_steps_of_it() -> None:
    row = ScriptRow(scenario="等待", wording="第1步 请稍候。【等待5秒】\n第2步 谢谢您。")
    script = Script("k", row, 1, "s", "t", "internal", Validity())
    assert [(step.text, step.wait_seconds) for step in fill(script, {}).steps] == [("请稍候。", 5), ("谢谢您。", None)]


def test_the_call_shows_surname_title_product_and_order() -> None:
    known = context_of(["我姓陈", "陈女士您好", "畅行129怎么样", "工单号T20261121"], ["畅行129", "畅行"])
    assert known == {
        "客户姓": "陈",
        "先生/女士": "女士",
        "套餐名": "畅行129",
        "产品名": "畅行129",
        "工单号": "T20261121",
    }
    assert context_of(["这位先生", "我姓什么你知道吗"]) == {}


def test_other_names_of_slots_are_understood() -> None:
    script = Script("k", CALMING, 1, "s", "t", "internal", Validity())
    assert fill(script, {"surname": "陈", "称呼": "女士", "ticket": "T1", "地址": ""}).open == ()


def test_favourites_are_personal_and_uses_are_everybodys(library: ScriptLibrary) -> None:
    other = Principal("坐席08", Role.AGENT)
    library.favour(AGENT, CALM, keep=True)
    library.favour(AGENT, SILENT, keep=True)
    library.favour(AGENT, CALM, keep=True)
    assert set(codes([*library.at_hand(AGENT, TODAY)])) == {"HS-060", "HS-009"}
    assert library.at_hand(other, TODAY) == []
    library.favour(AGENT, SILENT, keep=False)
    assert codes([*library.at_hand(AGENT, TODAY)]) == ["HS-060"]
    for user in (AGENT, other):
        library.use(user, SILENT, "voice")
    library.use(AGENT, CALM)
    assert [(one.script.row.code, one.uses) for one in library.most_used(other, TODAY)] == [
        ("HS-009", 2),
        ("HS-060", 1),
    ]


def test_an_unknown_or_ended_script_is_not_found_and_a_customer_sees_none(library: ScriptLibrary) -> None:
    for key in ("没有#这条", f"{SHEET}#HS-002"):
        with pytest.raises(NotFoundError) as error:
            library.get(AGENT, key, TODAY)
        assert "没有这条话术" in error.value.hint
    with pytest.raises(NotFoundError):
        library.favour(AGENT, "没有#这条", keep=True)
    with pytest.raises(Forbidden):
        library.browse(CUSTOMER, Choice(TODAY))


def test_what_is_typed_about_the_call_is_slots_or_speech() -> None:
    assert read_call("客户姓=陈，套餐名＝畅行129\n我姓李") == ({"客户姓": "陈", "套餐名": "畅行129"}, ["我姓李"])
    assert read_context([]) == {}
    with pytest.raises(UsageError):
        read_context(["没有等号"])


def test_whatever_comes_from_a_sheet_is_escaped() -> None:
    row = ScriptRow(code="<b>", scenario="<i>", wording="<script>{槽<}", triggers=("<u>",), forbidden=("<s>",))
    script = Script("<k>", row, 1, "s", "<t>", "internal", Validity())
    html = filled_card(fill(script, {}), uses=0) + script_list([Shown(script)], searched=False)
    for tag in ("<script>", "<i>", "<u>", "<s>", "<t>", "<k>"):
        assert tag not in html
    assert "换个说法" in script_list([], searched=True)


@pytest.fixture(scope="module")
def client(talk: Talk) -> TestClient:
    app = FastAPI()
    install(app)
    talk.route(app, identify=loopback_identity("token"))
    return TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 5000))


def test_the_interface_checks_a_text_and_a_transcript(client: TestClient) -> None:
    found = client.post("/api/v1/compliance", json={"text": "您先冷静。"}).json()
    assert found["findings"][0]["rule"] == "HS-060"
    assert "points" not in found["findings"][0]
    turns = [{"speaker": "customer", "text": "你先冷静"}, {"speaker": "agent", "text": "我给您免掉违约金。"}]
    found = client.post("/api/v1/compliance", json={"turns": turns}, headers={"X-Zhiying-Role": "inspector"}).json()
    assert [one["category"] for one in found["findings"]] == ["promise"]
    assert sum(one["weight"] for one in found["score"]["dimensions"]) == 100


@pytest.mark.parametrize("body", [{}, {"text": " "}, {"text": "好", "turns": [{"speaker": "agent", "text": "好"}]}])
def test_the_interface_refuses_neither_and_both(client: TestClient, body: dict[str, object]) -> None:
    answer = client.post("/api/v1/compliance", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_interface_tells_leaving_intent_with_a_draft(client: TestClient) -> None:
    found = client.post("/api/v1/leaving", json={"text": "别家便宜，我要转走"}).json()
    assert (found["leaving"], found["reason"], found["draft"]["title"]) == (True, "rival", "原因五 竞争对手优惠")
    stays = client.post("/api/v1/leaving", json={"text": "副卡多少钱"}).json()
    assert (stays["leaving"], stays["reason"], stays["draft"]) == (False, None, None)
    assert (
        client.post("/api/v1/leaving", json={"text": "我要销户"}, headers={"X-Zhiying-Role": "customer"}).status_code
        == 403
    )


def test_the_interface_lists_fills_keeps_and_counts_scripts(client: TestClient) -> None:
    listed = client.get("/api/v1/scripts", params={"situation": "客户一直不说话"}).json()
    assert listed["scripts"][0]["key"] == SILENT
    done = client.post("/api/v1/scripts/fill", json={"key": CALM, "context": {"客户姓": "陈"}}).json()
    assert done["open"] == ["先生/女士", "工单号"]
    headers = {"X-Zhiying-User": "a1"}
    assert client.put("/api/v1/scripts/favourites", json={"key": SILENT}, headers=headers).status_code == 204
    assert client.get("/api/v1/scripts/favourites", headers=headers).json()["scripts"][0]["favourite"] is True
    assert client.delete("/api/v1/scripts/favourites", params={"key": SILENT}, headers=headers).status_code == 204
    assert client.post("/api/v1/scripts/used", json={"key": CALM}).status_code == 204
    assert CALM in [one["key"] for one in client.get("/api/v1/scripts/most-used").json()["scripts"]]
    assert client.post("/api/v1/scripts/fill", json={"key": "没有"}).status_code == 404


def test_the_commands_speak_the_same_json(talk: Talk) -> None:
    assert talk.check({"text": "您先冷静。"})["findings"][0]["rule"] == "HS-060"
    assert talk.leaving({"text": "我要销户"})["draft"]["title"] == "要求销户"
    shown = talk.scripts({"situation": "我要投诉", "slots": ["客户姓=陈", "称呼=先生", "工单=T1"]})
    assert shown["scripts"][0]["code"] == "HS-060"
    assert shown["filled"]["open"] == []
