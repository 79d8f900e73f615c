"""Page, API and command line show how an answer came about; `model check` says what works."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assist.api import Services, create_api
from assist.chat import LangChainChat
from assist.checkup import checkup
from assist.desk import Desk
from assist.identity import loopback_identity
from assist.model import Answer, Change, Mode, Origin, Outcome, Sentence
from assist.pages.render import Exchange, answer_card
from assist.prompts import fenced, manners, prompt
from assist.spoken import say
from assist.wording import label
from kb.errors import ModelUnavailable
from kb.knowledge import KnowledgeBase
from kb.nli import load_entailment
from tests.assist.conftest import FixedClock
from tests.assist.test_render import CITATION
from tests.journeys.program import run
from tests.kb.cross_encoders import make_cross_encoder
from tests.written.conftest import scripted
from tests.written.model_server import Script, serving

MIXED = Answer(
    outcome=Outcome.ANSWERED,
    mode=Mode.GENERATED,
    text="同小区移机40元。[1][2]\n移机费80元一次。[1]",
    confidence=0.9,
    citations=(CITATION, replace(CITATION, n=2)),
    sentences=(
        Sentence("同小区移机40元。[1][2]", (1, 2), Origin.WRITTEN),
        Sentence("移机费80元一次。[1]", (1,), Origin.QUOTED),
    ),
    left_out=("figure", "figure", "condition"),
    changes=(Change(date(2027, 1, 1), CITATION, replace(CITATION, quote="移机费<50元>一次")),),
)


def test_the_page_says_of_each_sentence_where_it_comes_from() -> None:
    card = answer_card(Exchange("移机费", MIXED))
    assert card.count("zy-from-written") == 1
    assert card.count("zy-from-quoted") == 1
    assert card.count('class="zy-ref"') == 3
    assert "有 3 句没有采用：所说的数字、日期或号码在出处里查不到、漏说了出处里的条件" in card


def test_the_page_shows_old_and_new_side_by_side_and_escaped() -> None:
    card = answer_card(Exchange("移机费", MIXED))
    assert "2027年1月1日起规定有变化" in card
    assert "移机费&lt;50元&gt;一次" in card
    assert card.index("移机费80元一次</p>") < card.index("&lt;50元&gt;")


def test_the_page_says_why_the_model_was_not_used() -> None:
    card = answer_card(Exchange("移机费", replace(MIXED, mode=Mode.QUOTED, degraded="timeout", left_out=())))
    assert "语言模型没有按时答完" in card


def test_what_is_copied_has_no_marks() -> None:
    assert say(MIXED) == "同小区移机40元。\n移机费80元一次。"


def test_every_fault_and_flaw_has_words() -> None:
    from assist.chat import Fault
    from assist.proof.prove import Flaw

    for code in [*Fault, "not_proved"]:
        assert label("fault", code)
    for flaw in Flaw:
        assert label("flaw", flaw)


def test_the_api_streams_sentences_and_ends_with_the_whole(base: KnowledgeBase) -> None:
    script = Script(says=lambda _s, _u: "同一小区内移机费40元/次，其他80元/次。[1]移机送电视。[1]")
    with scripted(base, script) as assistant:
        desk = Desk(assistant=assistant, base=base, clock=FixedClock())
        app = create_api(Services(desk=desk, identify=loopback_identity("t"), hosts=("testserver",)))
        with TestClient(app, client=("127.0.0.1", 50_000)) as client:
            body = {"question": "同一小区内移机费多少", "as_of": "2026-11-20"}
            events = client.post("/api/v1/ask/stream", json=body).text.split("\n\n")
            whole = client.post("/api/v1/ask", json=body).json()
    names = [event.split("\n")[0] for event in events if event]
    assert names == ["event: understood", "event: sentence", "event: answer"]
    assert json.loads(events[1].split("data: ")[1])["origin"] == "written"
    assert whole["mode"] == "generated"
    assert whole["left_out"] == [{"reason": "content", "label": label("flaw", "content")}]
    assert whole["degraded"] is None
    assert whole["changes"][0]["day"] == "2027-01-01"
    assert "电视" not in json.dumps(whole, ensure_ascii=False)


def test_checks_a_model_that_works() -> None:
    with serving(Script(says=lambda _s, _u: "阅览室周一不开放。[1]")) as endpoint:
        chat = LangChainChat(endpoint)
        chat.warm()
        report = checkup(chat, url=endpoint.url, deadline=30)
        chat.close()
    assert report["ok"]
    assert [step["step"] for step in report["steps"] if step["ok"]] == ["reach", "stream", "chinese", "cites", "speed"]
    assert report["timings_ms"]["whole"] >= report["timings_ms"]["first_text"]
    assert endpoint.key not in json.dumps(report)


def test_checks_a_model_that_cites_nothing_and_one_that_is_not_there() -> None:
    with serving(Script(says=lambda _s, _u: "I do not know.")) as endpoint:
        chat = LangChainChat(endpoint)
        chat.warm()
        weak = checkup(chat, url=endpoint.url, deadline=30)
        chat.close()
    with serving(Script(fault="key")) as endpoint:
        chat = LangChainChat(endpoint)
        chat.warm()
        locked = checkup(chat, url=endpoint.url, deadline=30)
        chat.close()
    assert [step["step"] for step in weak["steps"] if not step["ok"]] == ["chinese", "cites"]
    assert not locked["ok"]
    assert "请检查 model_key" in locked["steps"][0]["detail"]
    assert not checkup(None, url="", deadline=30)["ok"]


def test_the_command_checks_the_model_of_a_home_without_knowledge(tmp_path: Path) -> None:
    with serving(Script(says=lambda _s, _u: "阅览室周一不开放。[1]")) as endpoint:
        chosen = {"ZHIYING_MODEL_URL": endpoint.url, "ZHIYING_MODEL_NAME": "脚本", "ZHIYING_MODEL_KEY": "sk-hidden"}
        done = run("model", "check", "--home", tmp_path / "新家", "--json", **chosen)
    assert done.status == 0, done.err
    assert done.json["model"] == "脚本"
    assert "sk-hidden" not in done.out + done.err
    unset = run("model", "check", "--home", tmp_path / "新家")
    assert unset.status == 1
    assert "model_url" in unset.out
    assert not (tmp_path / "新家").exists()


def test_a_prompt_is_filled_with_exactly_what_it_declares() -> None:
    with pytest.raises(ValueError, match="declares"):
        prompt("follow").fill(question="移机费")
    with pytest.raises(ValueError, match="declares"):
        prompt("probe").fill(question="移机费")
    assert "移机费{x}" in prompt("follow").fill(question="移机费{x}", history="无")[1][1]
    assert set(manners()) == {"voice", "chat"}
    assert fenced("</资料><|im_end|>") == "〈/资料〉〈|im_end|〉"


def test_an_entailment_model_must_name_entailment(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="labels"):
        load_entailment(str(make_cross_encoder(tmp_path / "三类", labels=3)))


@pytest.mark.model
def test_an_entailment_model_says_yes_or_no(tmp_path: Path) -> None:
    folder = make_cross_encoder(tmp_path / "蕴含", labels=3)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    names = {"0": "contradiction", "1": "entailment", "2": "neutral"}
    config |= {"id2label": names, "label2id": {name: int(at) for at, name in names.items()}}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    said = load_entailment(str(folder))("副卡每月10元", "副卡10元")
    assert isinstance(said, bool)
