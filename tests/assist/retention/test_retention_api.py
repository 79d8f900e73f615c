"""Retention over real HTTP: drafts, outcomes, reports, and how wrong calls are refused."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from assist import problems
from assist.identity import loopback_identity
from assist.retention.api import retention_router
from assist.retention.room import open_retention
from kb.knowledge import KnowledgeBase
from tests.assist.test_api import Server
from tests.retention_samples import NoonClock, open_copy

MANAGER = {"X-Zhiying-Role": "duty_manager"}
CUSTOMER = {"X-Zhiying-Role": "customer"}
LOYAL = {"tenure_months": 38, "plan": "畅行129", "monthly_spend": 135, "contract": "无", "intent": "携号转网"}


@pytest.fixture(scope="module")
def site(samples: KnowledgeBase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    home = tmp_path_factory.mktemp("api") / "home"
    app = FastAPI()
    problems.install(app)
    with open_copy(samples.home.root, home) as base:
        retention = open_retention(base, NoonClock())
        app.include_router(retention_router(retention.desk, retention.outcomes, loopback_identity("口令")))
        listening = socket.create_server(("127.0.0.1", 0))
        server = Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        assert server.up.wait(60)
        with httpx.Client(
            base_url=f"http://127.0.0.1:{listening.getsockname()[1]}/api/v1/retention", timeout=60, trust_env=False
        ) as client:
            yield client
        server.should_exit = True
        thread.join(60)
        listening.close()


def detail(reply: httpx.Response, status: int) -> str:
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"].startswith("application/problem+json")
    return str(reply.json()["detail"])


def test_a_draft_lists_what_may_be_promised_and_why_the_rest_may_not(site: httpx.Client) -> None:
    body = {"facts": LOYAL, "reason": "竞品优惠", "as_of": "2026-11-21"}
    draft = site.post("/draft", json=body).json()
    assert [each["code"] for each in draft["offers"]] == ["YH-001"]
    assert draft["offers"][0]["effective_to"] == "2026-12-31"
    others = {each["code"]: each for each in draft["others"]}
    assert (others["YH-005"]["standing"], others["YH-005"]["authority"]) == ("needs_authority", "值班经理")
    assert others["YH-007"]["ask"] == [{"key": "region", "text": "客户在哪个市县（宽带按安装地址）？"}]
    assert others["YH-003"]["reasons"] == ["活动已于2026-08-31结束，不得补办"]
    cited = {each["n"] for each in draft["citations"]}
    assert all(set(line["citations"]) <= cited for part in draft["parts"] for line in part["lines"])
    managed = site.post("/draft", json=body, headers=MANAGER).json()
    assert {each["code"] for each in managed["offers"]} == {"YH-001", "YH-005"}


def test_facts_understood_are_given_back_and_faults_are_named(site: httpx.Client) -> None:
    draft = site.post("/draft", json={"text": "在网26个月，畅行159，合约还剩3个月", "facts": {"contract": "无"}}).json()
    assert draft["facts"]["tenure_months"] == 26
    assert "contract" not in draft["facts"]
    assert any("没有“畅行159”这个套餐" in each for each in draft["problems"])
    assert any("互相矛盾" in each for each in draft["problems"])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"facts": {"手机": "1"}}, "没有“手机”这项客户信息"),
        ({"reason": "烦了"}, "没有“烦了”这个离网原因"),
        ({"channel": "飞鸽"}, "没有“飞鸽”这个渠道"),
        ({"text": "在" * 4_001}, "text"),
        ({"as_of": "明天"}, "as_of"),
        ({"assignment_id": "一"}, "assignment_id"),
    ],
)
def test_a_wrong_call_is_refused_in_chinese(site: httpx.Client, body: dict[str, Any], said: str) -> None:
    assert said in detail(site.post("/draft", json=body), 422)


def test_the_loop_from_trial_to_report(site: httpx.Client) -> None:
    trial = {"name": "比一比", "styles": ["steady", "account"], "minimum": 2}
    assert "没有这项权限" in detail(site.post("/trials", json=trial), 403)
    started = site.post("/trials", json=trial, headers=MANAGER)
    assert started.status_code == 201
    for _ in range(4):
        draft = site.post("/draft", json={"facts": LOYAL, "reason": "竞品优惠"}).json()
        kept = {"result": "kept", "offer": "YH-001", "reason": "竞品优惠", "assignment_id": draft["assignment_id"]}
        recorded = site.post("/outcomes", json={**kept, "opinion": "宽带太慢", "remark": "电话13812345678"})
        assert recorded.status_code == 201
        assert recorded.json()["outcome"]["style"] == draft["style"]
        assert recorded.json()["outcome"]["remark"] == "电话138****5678"
        assert recorded.json()["opinion"]["department"] == "家庭业务部"
    assert "已经登记过了" in detail(site.post("/outcomes", json=kept), 400)
    report = site.get("/report", headers=MANAGER).json()
    assert {each["value"]: each["kept"] for each in report["styles"]} == {"steady": 2, "account": 2}
    assert report["leader"] is None
    assert "没有这项权限" in detail(site.get("/report"), 403)
    stopped = site.delete(f"/trials/{started.json()['id']}", headers=MANAGER).json()
    assert stopped["state"] == "stopped"
    (opinion, *_) = site.get("/opinions", params={"department": "家庭业务部"}, headers=MANAGER).json()["opinions"]
    answered = site.put(f"/opinions/{opinion['id']}", json={"reply": "已派单"}, headers=MANAGER).json()
    assert (answered["state"], answered["reply"]) == ("answered", "已派单")


def test_a_call_back_is_settled_over_http(site: httpx.Client) -> None:
    body = {"result": "call_back", "call_back_on": "2026-11-25"}
    number = site.post("/outcomes", json=body).json()["outcome"]["id"]
    assert number in [each["id"] for each in site.get("/outcomes/open").json()["outcomes"]]
    assert site.put(f"/outcomes/{number}", json={"result": "lost"}).json()["result"] == "lost"
    assert "要写明回电日期" in detail(site.post("/outcomes", json={"result": "call_back"}), 400)


def test_customers_are_turned_away_everywhere(site: httpx.Client) -> None:
    for method, path in (
        ("POST", "/draft"),
        ("POST", "/outcomes"),
        ("GET", "/report"),
        ("GET", "/fields"),
        ("GET", "/opinions"),
        ("GET", "/trials"),
        ("GET", "/outcomes/open"),
    ):
        body = {"result": "kept"} if path == "/outcomes" else {} if method == "POST" else None
        assert "没有这项权限" in detail(site.request(method, path, json=body, headers=CUSTOMER), 403)


def test_the_fields_tell_another_system_what_to_fill(site: httpx.Client, tmp_path: Path) -> None:
    found = site.get("/fields").json()
    assert {
        "key": "tenure_months",
        "label": "在网时长",
        "shape": "number",
        "unit": "个月",
        "range": [0, 600],
        "choices": None,
    } in found["fields"]
    assert "畅行129" in found["plans"]
    assert found["sheet_problems"] == []
