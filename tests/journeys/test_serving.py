"""A home that is served: others go through its process, which starts, answers, takes documents in and stops cleanly."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.program import DAY, Server, run, serving, until

pytestmark = pytest.mark.model

QUESTION = {"question": "副卡每月多少钱", "as_of": DAY}


def events(lines: Any) -> list[tuple[str, Any]]:
    """Server-sent events as (name, data)."""
    texts = [line for line in lines if line]
    pairs = zip(texts[::2], texts[1::2], strict=True)
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in pairs]


def test_the_page_is_up_and_asks_nothing_of_other_machines(site: Server) -> None:
    with site.client() as client:
        page = client.get("/agent/")
        assert page.status_code == 200
        assert "知应" in page.text
        assert client.get("/api/v1/health").json()["status"] == "ok"


def test_an_answer_streams_and_ends_with_the_whole(site: Server) -> None:
    with site.client() as client, client.stream("POST", "/api/v1/ask/stream", json=QUESTION) as response:
        told = events(response.iter_lines())
    assert told[0][0] == "understood"
    assert told[-1][0] == "answer"
    assert "每张每月10元" in told[-1][1]["answer"]
    with site.client() as client:
        whole = client.post("/api/v1/ask", json=QUESTION).json()
    assert whole["answer"] == told[-1][1]["answer"]


def test_a_command_typed_elsewhere_answers_as_the_site_does(site: Server) -> None:
    with site.client() as client:
        here = client.post("/api/v1/search", json=QUESTION).json()
    there = run("search", QUESTION["question"], "--home", site.home, "--as-of", DAY, "--json").json
    assert [hit["text"] for hit in there["hits"]] == [hit["text"] for hit in here["hits"]]


def test_only_the_holder_of_the_token_gives_commands(site: Server) -> None:
    with site.client() as client:
        refused = client.post("/api/v1/commands/verify", json={})
        wrong = client.post("/api/v1/commands/verify", json={}, headers={"Authorization": "Bearer 123"})
    assert refused.status_code == 403
    assert wrong.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"


def test_a_second_site_on_the_same_home_is_told_where_the_first_is(site: Server) -> None:
    done = run("serve", "--home", site.home)
    assert done.status == 3
    assert site.address in done.err


def test_a_taken_port_is_named(site: Server, tmp_path: Path) -> None:
    port = site.address.rpartition(":")[2]
    done = run("serve", "--home", tmp_path / "另一个", "--port", port)
    assert done.status == 3
    assert f"端口 {port} 已被占用" in done.err


def test_a_home_is_filled_with_samples_before_its_page_is_up_and_lets_go_when_terminated(
    documents: Path, tmp_path: Path
) -> None:
    home = tmp_path / "家"
    with serving(home, "--samples", documents) as server:
        with server.client() as client:
            answer = client.post("/api/v1/ask", json=QUESTION).json()
        done = server.stop(signal.SIGTERM)
    assert answer["citations"][0]["source"] == "文档/资费.md"
    assert done.status == 0
    assert "首次启动" in done.err
    assert f"{server.address}/agent" in done.err
    assert not (home / "serving.json").exists()
    assert run("verify", "--home", home, "--json").json["ok"] is True


def test_what_a_killed_site_left_behind_keeps_nobody_out(home: Path) -> None:
    with serving(home) as server:
        server.stop(signal.SIGKILL)
        assert (home / "serving.json").exists()
        assert run("verify", "--home", home, "--json").json["ok"] is True
    with serving(home) as server:
        assert server.stop(signal.SIGINT).status == 0


def long_document(folder: Path, clauses: int) -> Path:
    """A document that takes some seconds to embed."""
    folder.mkdir()
    filler = "办理时须携带有效证件原件，并当场核对姓名、号码与业务内容，核对无误后签字确认，回执交客户保存。"
    lines = [f"第{number}条 智慧家庭{number}号套餐每月{number}元。{filler * 3}" for number in range(1, clauses + 1)]
    (folder / "智慧家庭.md").write_text("# 智慧家庭资费\n" + "\n".join(lines), encoding="utf-8")
    (folder / "短.md").write_text("# 短\n智慧家庭热线夜间不受理。", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def growing(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A served home that takes more documents in."""
    with serving(Path(shutil.copytree(filled, tmp_path_factory.mktemp("增") / "家"))) as server:
        yield server


def test_documents_come_in_while_the_old_ones_answer_and_all_show_at_once(growing: Server, tmp_path: Path) -> None:
    folder = long_document(tmp_path / "新品", 120)
    asked = {"question": "智慧家庭每月多少钱", "k": 50}
    told: list[dict[str, Any]] = []
    during: list[set[str]] = []
    with growing.client(operator=True) as operator, growing.client() as agent:
        agent.post("/api/v1/search", json=asked)
        with operator.stream("POST", "/api/v1/commands/ingest", json={"paths": [str(folder)]}) as response:
            for line in response.iter_lines():
                told.append(json.loads(line))
                if told[-1]["event"] == "receipt":
                    hits = agent.post("/api/v1/search", json=asked).json()["hits"]
                    during.append({hit["source"] for hit in hits})
        after = {hit["source"] for hit in agent.post("/api/v1/search", json=asked).json()["hits"]}
    assert [each["event"] for each in told if each["event"] != "beat"][-1] == "result"
    assert told[-1]["value"]["exit_status"] == 0
    assert len(during) == 2
    assert during[0] == {"文档/资费.md", "文档/挽留.md"}
    assert "新品/智慧家庭.md" in after


def test_an_ingestion_stops_when_its_caller_is_gone(growing: Server, tmp_path: Path) -> None:
    folder = long_document(tmp_path / "再加", 200)
    before = run("verify", "--home", growing.home, "--json").json["stats"]["documents"]
    with growing.client(operator=True) as operator:
        with operator.stream("POST", "/api/v1/commands/ingest", json={"paths": [str(folder)]}) as response:
            first = next(response.iter_lines())
        assert json.loads(first)["event"] in {"progress", "receipt", "beat"}
        small = tmp_path / "小"
        small.mkdir()
        (small / "一.md").write_text("# 夜间\n夜间服务时间为二十二点至次日六点。", encoding="utf-8")
        done = until(lambda: _taken(run("ingest", small, "--home", growing.home, "--json")))
        verified = run("verify", "--home", growing.home, "--json").json
    assert done["receipts"][0]["status"] == "added"
    assert verified["ok"] is True
    assert verified["stats"]["documents"] == before + 1


def _taken(done: Any) -> Any:
    assert done.status == 0 or done.json["error"]["code"] == "home_busy"
    return done.json if done.status == 0 else None
