"""Quizzes and practice over a real server: a trainer makes and exports, an agent practises, nobody sees the other's."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import uvicorn
from fastapi import FastAPI

from assist import problems
from assist.identity import loopback_identity
from assist.quiz.api import include_quizzes
from assist.quiz.desk import QuizDesk
from kb.model import Principal, Role
from tests.assist.quizzes import LI, TRAINER, WANG, SetClock, open_base
from tests.assist.test_api import Server


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    clock = SetClock()
    with open_base(tmp_path_factory.mktemp("quiz") / "home", clock) as base:
        app = FastAPI()
        problems.install(app)
        desk = QuizDesk(base=base, clock=clock)
        include_quizzes(app, base=base, desk=desk, clock=clock, identify=loopback_identity("口令"))
        listening = socket.create_server(("127.0.0.1", 0))
        server = Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        assert server.up.wait(20)
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join(20)
        listening.close()


def call(port: int, method: str, path: str, body: object = None, *, who: Principal = TRAINER) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {
        "X-Zhiying-User": quote(who.id),
        "X-Zhiying-Role": who.role.value,
        "X-Zhiying-Department": quote(who.department),
        "Content-Type": "application/json",
    }
    data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    connection.request(method, f"/api/v1{path}", data, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    is_json = "json" in (answer.headers.get("Content-Type") or "")
    return answer.status, json.loads(content) if is_json else content


@pytest.fixture(scope="module")
def accepted(port: int) -> list[str]:
    status, made = call(port, "POST", "/quiz/generate", {"count": 12, "seed": 2})
    assert (status, made["count"]) == (200, 12)
    for item in made["items"]:
        status, kept = call(port, "POST", f"/quiz/items/{item['id']}/decision", {"state": "accepted"})
        assert (status, kept["state"]) == (200, "accepted")
    return [item["id"] for item in made["items"]]


def test_a_trainer_makes_reviews_and_lists_items(port: int, accepted: list[str]) -> None:
    status, listed = call(port, "GET", "/quiz/items?state=accepted")
    assert status == 200
    assert {item["id"] for item in listed["items"]} >= set(accepted)
    status, one = call(port, "GET", f"/quiz/items/{accepted[0]}")
    assert [event["state"] for event in one["history"]] == ["draft", "accepted"]
    assert one["evidence"][0]["quote"]


def test_an_agent_is_kept_from_the_bank_and_from_exports(port: int, accepted: list[str]) -> None:
    for method, path, body in (
        ("POST", "/quiz/generate", {"count": 1}),
        ("GET", "/quiz/items", None),
        ("GET", "/quiz/papers", None),
        ("POST", "/quiz/import", b"x"),
        ("GET", "/practice/teams", None),
    ):
        status, told = call(port, method, path, body, who=LI)
        assert (status, told["code"]) == (403, "forbidden"), path


def test_a_customer_may_not_practise(port: int) -> None:
    assert call(port, "GET", "/practice/topics", who=Principal("客户", Role.CUSTOMER))[0] == 403


def test_a_paper_is_exported_in_every_format(port: int, accepted: list[str]) -> None:
    status, paper = call(port, "POST", "/quiz/papers", {"title": "十一月测验", "items": accepted, "minutes": 20})
    assert status == 201
    for name, start in (
        ("xlsx", b"PK"),
        ("docx", b"PK"),
        ("pdf", b"%PDF"),
        ("qti", b"PK"),
        ("anki", b"PK"),
        ("gift", b"//"),
    ):
        status, data = call(port, "GET", f"/quiz/papers/{paper['id']}/export?format={name}")
        assert (status, bytes(data[: len(start)])) == (200, start), name
    assert call(port, "GET", f"/quiz/papers/{paper['id']}/export?format=wps")[0] == 400
    assert call(port, "GET", "/quiz/papers/999/export")[0] == 404


def test_an_agent_practises_and_sees_no_key_beforehand(port: int, accepted: list[str]) -> None:
    status, session = call(port, "POST", "/practice/sessions", {"count": 2, "seed": 5}, who=LI)
    assert status == 201
    status, shown = call(port, "GET", f"/practice/sessions/{session['id']}/items/1", who=LI)
    assert set(shown) == {"place", "total", "kind", "stem", "options", "topic"}
    given = {"place": 1, "given": "正确" if shown["kind"] == "true_false" else "A" if shown["options"] else "不知道"}
    status, told = call(port, "POST", f"/practice/sessions/{session['id']}/answers", given, who=LI)
    assert status == 200
    assert told["source"].startswith("《")
    assert call(port, "POST", f"/practice/sessions/{session['id']}/answers", given, who=LI)[0] == 422
    assert call(port, "GET", f"/practice/sessions/{session['id']}/items/2", who=WANG)[0] == 404
    status, result = call(port, "POST", f"/practice/sessions/{session['id']}/finish", who=LI)
    assert result["answered"] == 1
    assert call(port, "GET", f"/practice/mastery?of={quote(LI.id)}", who=WANG)[0] == 403
    assert call(port, "GET", "/practice/mastery", who=LI)[1]["answers"] == 1


def test_a_file_that_is_no_workbook_is_refused_in_words(port: int) -> None:
    status, told = call(port, "POST", "/quiz/import", "不是表格".encode())
    assert status == 422
    assert ".xlsx" in told["detail"]


def test_a_topic_without_material_says_so(port: int) -> None:
    status, made = call(port, "POST", "/quiz/generate", {"count": 5, "topics": ["没有的主题"], "keep": False})
    assert (status, made["items"]) == (200, [])
    assert "没有符合条件的材料" in " ".join(made["notes"])
