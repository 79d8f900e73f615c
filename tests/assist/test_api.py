"""The HTTP interface over a real server: who may call, what comes back, and how it refuses."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import uvicorn

from assist.api import Services, create_api
from assist.desk import Desk
from assist.guard import Limits
from assist.identity import loopback_identity

TOKEN = "口令".encode().hex()
Reply = tuple[int, dict[str, str], Any]


class Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


@pytest.fixture(scope="module")
def port(desk: Desk) -> Iterator[int]:
    services = Services(
        desk=desk,
        identify=loopback_identity(TOKEN),
        version="测试",
        limits=Limits(body=64 * 1024, running=4, waiting=8),
    )
    listening = socket.create_server(("127.0.0.1", 0))
    server = Server(uvicorn.Config(create_api(services), log_level="error", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    assert server.up.wait(20)
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(20)
    listening.close()


def call(
    port: int,
    method: str,
    path: str,
    body: object = None,
    *,
    raw: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    sent = raw if raw is not None else None if body is None else json.dumps(body).encode()
    named = dict(headers or {})
    if sent is not None:
        named.setdefault("Content-Type", "application/json")
    connection.request(method, f"/api/v1{path}", sent, named)
    reply = connection.getresponse()
    text = reply.read().decode()
    connection.close()
    kind = reply.headers.get("content-type", "")
    return reply.status, dict(reply.headers.items()), json.loads(text) if "json" in kind else text


def role(name: str) -> dict[str, str]:
    return {"X-Zhiying-Role": name, "X-Zhiying-User": quote("张三"), "X-Zhiying-Department": quote("热线一组")}


def problem(reply: Reply, status: int) -> dict[str, Any]:
    assert reply[0] == status
    assert reply[1]["content-type"].startswith("application/problem+json")
    body: dict[str, Any] = reply[2]
    assert body["status"] == status
    assert any("\u4e00" <= char <= "\u9fff" for char in body["detail"])
    return body


def test_answers_in_the_published_format(port: int) -> None:
    status, _, answer = call(port, "POST", "/ask", {"question": "副卡一个月多少钱"}, headers=role("agent"))
    assert status == 200
    keys = {"question", "outcome", "mode", "answer", "choices", "confidence", "citations", "gap_id", "timings_ms"}
    assert keys <= set(answer)
    assert (answer["outcome"], answer["mode"]) == ("answered", "approved")
    cited = {"n", "source", "title", "heading", "page", "quote", "effective_from", "effective_to"}
    assert cited <= set(answer["citations"][0])
    assert answer["business_type"] == "业务咨询"


def test_streams_the_same_answer_as_events(port: int) -> None:
    body = {"question": "同一小区内移机费多少", "as_of": "2027-01-05"}
    status, headers, text = call(port, "POST", "/ask/stream", body, headers=role("agent"))
    assert status == 200
    assert headers["content-type"].startswith("text/event-stream")
    events = [dict(line.split(": ", 1) for line in block.split("\n")) for block in text.strip().split("\n\n")]
    assert [event["event"] for event in events] == ["understood", "sentence", "answer"]
    whole = json.loads(events[-1]["data"])
    assert json.loads(events[1]["data"])["text"] == whole["answer"]
    assert "50元/次" in whole["answer"]


def test_reads_history_scope_and_channel(port: int) -> None:
    body = {
        "question": "那199的呢",
        "history": [{"role": "user", "text": "129套餐国内流量多少"}, {"role": "assistant", "text": "60GB"}],
        "scope": ["样例/畅行资费.pdf"],
        "channel": "chat",
    }
    answer = call(port, "POST", "/ask", body, headers=role("agent"))[2]
    assert "100GB" in answer["answer"]
    assert {cited["source"] for cited in answer["citations"]} == {"样例/畅行资费.pdf"}


def test_searches_by_either_method(port: int) -> None:
    query = urlencode({"q": "移机费", "k": 3, "as_of": "2026-11-21"})
    got = call(port, "GET", f"/search?{query}", headers=role("agent"))[2]
    posted = call(
        port, "POST", "/search", {"question": "移机费", "k": 3, "as_of": "2026-11-21"}, headers=role("agent")
    )[2]
    assert got["hits"] == posted["hits"]
    first = got["hits"][0]
    assert first["rank"] == 1
    assert first["section"].startswith("第八条 移机费")
    assert {"score", "confidence", "source", "title", "heading", "page", "kind", "text"} <= set(first)


def test_shows_a_passage_in_its_section(port: int) -> None:
    hit = call(port, "GET", "/search?" + urlencode({"q": "移机费"}), headers=role("agent"))[2]["hits"][0]
    shown = call(port, "GET", f"/passages/{hit['passage_id']}", headers=role("agent"))[2]
    start, end = shown["highlight"]
    assert shown["section"][start:end] == shown["text"] == hit["text"]
    gone = call(port, "GET", f"/passages/{hit['passage_id']}?as_of=2020-01-01", headers=role("agent"))
    assert problem(gone, 404)["code"] == "not_found"


def test_a_customer_sees_public_knowledge_only(port: int) -> None:
    staff = call(port, "GET", "/documents", headers=role("agent"))[2]["documents"]
    public = call(port, "GET", "/documents", headers=role("customer"))
    assert "样例/补偿办法.docx" in {one["source"] for one in staff}
    assert "补偿" not in json.dumps(public[2], ensure_ascii=False)
    found = call(port, "POST", "/search", {"question": "坐席补偿单笔多少"}, headers=role("customer"))[2]
    assert all("补偿" not in hit["text"] for hit in found["hits"])
    internal = call(port, "POST", "/search", {"question": "坐席补偿单笔多少"}, headers=role("agent"))[2]["hits"][0]
    assert problem(call(port, "GET", f"/passages/{internal['passage_id']}", headers=role("customer")), 404)


def test_gaps_are_for_those_who_own_them(port: int) -> None:
    asked = call(port, "POST", "/ask", {"question": "积分能不能换洗衣液"}, headers=role("agent"))[2]
    assert problem(call(port, "GET", "/gaps", headers=role("agent")), 403)["code"] == "forbidden"
    listed = call(port, "GET", "/gaps?state=new", headers=role("duty_manager"))[2]["gaps"]
    assert asked["gap_id"] in {gap["id"] for gap in listed}
    detail = call(port, "GET", f"/gaps/{asked['gap_id']}", headers=role("maintainer"))[2]
    assert detail["questions"][0]["text"] == "积分能不能换洗衣液"
    assert detail["state_label"] == "新建"
    assert problem(call(port, "GET", "/gaps/999999", headers=role("maintainer")), 404)


def test_keeps_feedback_and_corrected_types_masked(port: int) -> None:
    asked = call(port, "POST", "/ask", {"question": "副卡一个月多少钱"}, headers=role("agent"))[2]
    body = {"verdict": "wrong", "reason": "客户13800138000说不对", "question_id": asked["question_id"]}
    status, _, given = call(port, "POST", "/feedback", body, headers=role("agent"))
    assert (status, given["reason"]) == (201, "客户138****8000说不对")
    listed = call(port, "GET", "/feedback", headers=role("maintainer"))[2]["feedback"]
    assert given["id"] in {one["id"] for one in listed}
    path = f"/questions/{asked['question_id']}/business-type"
    put = call(port, "PUT", path, {"business_type": "话费账单查询"}, headers=role("agent"))[2]
    assert put["business_type"] == "话费/账单查询"
    assert problem(call(port, "PUT", path, {"business_type": "闲聊"}, headers=role("agent")), 400)
    assert problem(call(port, "PUT", path, {"business_type": "业务受理"}, headers=role("customer")), 403)


def test_only_the_operator_asks_for_others_or_without_a_trace(port: int) -> None:
    quiet = {"question": "副卡一个月多少钱", "record": False}
    assert problem(call(port, "POST", "/ask", quiet, headers=role("agent")), 403)
    assert problem(
        call(port, "POST", "/search", {"question": "移机费", "role": "inspector"}, headers=role("agent")), 403
    )
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    answer = call(port, "POST", "/ask", quiet | {"role": "customer"}, headers=bearer)[2]
    assert (answer["outcome"], answer["question_id"], answer["script"]) == ("answered", None, None)


def test_the_operator_is_known_by_the_token_alone(port: int) -> None:
    assert problem(call(port, "GET", "/operator/stats", headers=role("admin")), 401)
    assert problem(call(port, "GET", "/operator/stats", headers=role("maintainer")), 403)
    assert problem(call(port, "GET", "/operator/stats", headers={"Authorization": "Bearer 0000"}), 401)
    status, _, stats = call(port, "GET", "/operator/stats", headers={"Authorization": f"Bearer {TOKEN}"})
    assert status == 200
    assert stats["passages"] > 0


def test_health_needs_nobody(port: int) -> None:
    assert call(port, "GET", "/health")[2] == {"status": "ok", "version": "测试"}


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "10.0.0.8:7860"])
def test_other_host_names_are_refused(port: int, host: str) -> None:
    assert problem(call(port, "GET", "/health", headers={"Host": host}), 421)["code"] == "host"


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_other_sites_cannot_make_a_browser_ask(port: int, headers: dict[str, str]) -> None:
    assert problem(call(port, "POST", "/ask", {"question": "移机费"}, headers=headers), 403)["code"] == "origin"


def test_the_same_site_may_ask(port: int) -> None:
    origin = f"http://127.0.0.1:{port}"
    assert (
        call(
            port, "POST", "/search", {"question": "移机费"}, headers={"Origin": origin, "Sec-Fetch-Site": "same-origin"}
        )[0]
        == 200
    )


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nothing", 404), ("DELETE", "/ask", 405), ("GET", "/passages/x", 422)]
)
def test_wrong_addresses_are_problems_in_chinese(port: int, method: str, path: str, status: int) -> None:
    problem(call(port, method, path), status)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"{", "不是合法的 JSON"),
        (b"[]", "JSON 对象"),
        (b"{}", "question：缺少这一项"),
        (b'{"question": 3}', "应当是文字"),
        (b'{"question": "a", "as_of": "2026-13-01"}', "日期"),
        (b'{"question": "a", "channel": "fax"}', "只能是"),
        (b'{"question": "a", "nonsense": 1}', "没有这一项"),
        ('{"question": "移机费", "history": [{"role": "system", "text": "x"}]}'.encode(), "只能是"),
    ],
)
def test_wrong_bodies_are_explained_in_chinese(port: int, raw: bytes, says: str) -> None:
    assert says in problem(call(port, "POST", "/ask", raw=raw), 422)["detail"]


def test_what_is_no_question_is_refused_kindly(port: int) -> None:
    answer = call(port, "POST", "/ask", {"question": "😀"})[2]
    assert (answer["outcome"], answer["reason"], answer["gap_id"]) == ("refused", "no_words", None)
    assert "没有看到文字" in problem(call(port, "POST", "/search", {"question": "😀"}), 422)["detail"]
    long = call(port, "POST", "/ask", {"question": "流量" * 5_000})[2]
    assert long["reason"] == "too_long"


def test_a_body_beyond_the_limit_is_refused_declared_or_not(port: int) -> None:
    big = json.dumps({"question": "流" * 100_000}).encode()
    assert "64 KB" in problem(call(port, "POST", "/ask", raw=big), 413)["detail"]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    pieces = (big[start : start + 8_192] for start in range(0, len(big), 8_192))
    connection.request("POST", "/api/v1/ask", pieces, {"Content-Type": "application/json"}, encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize(
    "headers", [{"X-Zhiying-Role": "boss"}, {"X-Zhiying-User": "%ff%fe"}, {"X-Zhiying-User": "a" * 99}]
)
def test_wrong_identity_headers_are_explained(port: int, headers: dict[str, str]) -> None:
    problem(call(port, "POST", "/ask", {"question": "移机费"}, headers=headers), 400)


def test_many_at_once_are_all_answered(port: int) -> None:
    statuses: list[int] = []

    def ask() -> None:
        statuses.append(call(port, "POST", "/ask", {"question": "副卡一个月多少钱"}, headers=role("agent"))[0])

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 10


def test_describes_itself(port: int) -> None:
    described = call(port, "GET", "/openapi.json")[2]
    for path in ("/ask", "/ask/stream", "/search", "/documents", "/gaps", "/feedback", "/health"):
        assert f"/api/v1{path}" in described["paths"]
