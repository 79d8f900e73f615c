"""Commands that are forwarded to the serving process: events, errors, hanging owners, callers who leave."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assist import problems
from assist.identity import loopback_identity
from assist.operator import Emit, Event, forward, operator_router, progress, streamed
from kb.errors import HomeBusy, HomeError, InputRefused

TOKEN = "令牌不可猜"


def counting(_arguments: Mapping[str, Any]) -> Iterator[Event]:
    def body(emit: Emit) -> str:
        emit(progress(1, 2, "读取文件"))
        return "数完了"

    return streamed(body)


def refusing(_arguments: Mapping[str, Any]) -> Iterator[Event]:
    def body(_emit: Emit) -> None:
        raise InputRefused("no", hint="不收。")

    return streamed(body)


def failing(_arguments: Mapping[str, Any]) -> Iterator[Event]:
    def body(_emit: Emit) -> None:
        raise ZeroDivisionError

    return streamed(body)


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    problems.install(app)
    commands = {"count": counting, "refuse": refusing, "fail": failing}
    app.include_router(operator_router(commands, identify=loopback_identity("t0ken")))
    return TestClient(app, headers={"Authorization": "Bearer t0ken"}, client=("127.0.0.1", 1))


def lines(client: TestClient, name: str) -> list[Any]:
    import json

    return [json.loads(line) for line in client.post(f"/api/v1/commands/{name}", json={}).text.splitlines()]


def test_a_command_tells_events_and_ends_with_its_result(client: TestClient) -> None:
    assert lines(client, "count") == [progress(1, 2, "读取文件"), {"event": "result", "value": "数完了"}]


def test_a_refusal_keeps_its_words_and_exit_status(client: TestClient) -> None:
    (only,) = lines(client, "refuse")
    assert (only["event"], only["code"], only["hint"], only["exit_status"]) == ("error", "input_refused", "不收。", 1)


def test_an_unforeseen_error_ends_the_command_in_chinese(client: TestClient) -> None:
    (only,) = lines(client, "fail")
    assert (only["code"], only["exit_status"]) == ("unexpected", 3)
    assert "程序出错" in only["hint"]


def test_an_unknown_command_is_a_problem(client: TestClient) -> None:
    answer = client.post("/api/v1/commands/erase", json={})
    assert answer.status_code == 400
    assert "erase" in answer.json()["detail"]


def test_an_error_within_a_stream_comes_out_of_it() -> None:
    def body(_emit: Emit) -> None:
        raise HomeBusy("busy", hint="请稍候。")

    with pytest.raises(HomeBusy):
        list(streamed(body))


def test_a_command_stops_at_its_next_event_when_nobody_listens_any_more() -> None:
    go_on, stopped = threading.Event(), threading.Event()

    def body(emit: Emit) -> None:
        emit(progress(1, 9, "计算向量"))
        go_on.wait(10)
        try:
            emit(progress(2, 9, "计算向量"))
        except HomeError:
            stopped.set()

    telling = streamed(body)
    assert next(telling)["done"] == 1
    telling.close()  # type: ignore[attr-defined]
    go_on.set()
    assert stopped.wait(10)


@pytest.fixture
def answering() -> Iterator[Callable[[bytes], str]]:
    """Makes the address of a server that says the given bytes to whoever comes, and then keeps silent."""
    listening: list[socket.socket] = []

    def make(said: bytes) -> str:
        bound = socket.create_server(("127.0.0.1", 0))
        listening.append(bound)

        def answer() -> None:
            connection, _ = bound.accept()
            listening.append(connection)
            connection.recv(65_536)
            connection.sendall(said)

        threading.Thread(target=answer, daemon=True).start()
        return f"http://127.0.0.1:{bound.getsockname()[1]}"

    yield make
    for each in listening:
        each.close()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n"


def sent(address: str, emit: Emit = lambda _event: None) -> Any:
    return forward(address, token=TOKEN.encode().hex(), name="verify", arguments={}, emit=emit, silence=0.2)


def test_beats_are_not_passed_on(answering: Callable[[bytes], str]) -> None:
    body = b'{"event": "beat"}\n{"event": "progress", "done": 1}\n{"event": "result", "value": 7}\n'
    told: list[Event] = []
    address = answering(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert sent(address, told.append) == 7
    assert told == [{"event": "progress", "done": 1}]


@pytest.mark.parametrize(
    "said",
    [
        b"",
        HEAD + b'\r\n{"event": "progress", "done": 1}\n',
        b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
        HEAD + b"Content-Length: 18\r\n\r\n" + b'{"event": "beat"}\n',
    ],
    ids=["hangs", "hangs-midway", "refuses", "breaks-off"],
)
def test_a_site_that_cannot_be_used_is_told_in_chinese(said: bytes, answering: Callable[[bytes], str]) -> None:
    with pytest.raises(HomeError) as caught:
        sent(answering(said))
    assert "联系不上它" in caught.value.hint


def test_a_site_that_is_gone_is_told_in_chinese() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(HomeError):
        sent(f"http://127.0.0.1:{port}")
