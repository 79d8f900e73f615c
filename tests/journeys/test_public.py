"""The public site as a process of its own: what it opens, what it answers, and what reaches the staff side from it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from evals.canaries import foreign_files
from evals.publicsite import PublicSite, running
from tests.journeys.program import ROOT, Server, run, serving, until

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def published(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = Path(shutil.copytree(filled, tmp_path_factory.mktemp("对客") / "家"))
    (home / "public").mkdir(exist_ok=True)
    (home / "public" / "settings.toml").write_text('origins = ["https://www.example.cn"]', encoding="utf-8")
    done = run("publish", "--home", home, "--json")
    assert done.json["published"] is True
    return home


@pytest.fixture(scope="module")
def site(published: Path) -> Iterator[PublicSite]:
    command = [sys.executable, str(ROOT / "app.py"), "serve", "--public", "--attached", "--home", str(published)]
    with running(command) as started:
        yield started


@pytest.fixture(scope="module")
def staff(published: Path) -> Iterator[Server]:
    """The staff site of the same home."""
    with serving(published) as server:
        yield server


def asked(site: PublicSite, question: str) -> httpx.Response:
    with httpx.Client(base_url=site.address, timeout=120, trust_env=False) as client:
        return client.post("/api/v1/ask", json={"question": question})


def test_it_answers_from_public_knowledge_and_knows_nothing_internal(site: PublicSite) -> None:
    public, internal = asked(site, "副卡每张每月多少钱").json(), asked(site, "坐席可以赠送几个月视频会员").json()
    assert "每月10元" in public["text"]
    assert public["sources"][0]["title"] == "畅行套餐资费"
    assert internal["outcome"] == "refused"
    assert "视频会员" not in internal["text"]


def test_it_has_no_file_of_the_home_open_but_the_copy_and_the_outbox(site: PublicSite, published: Path) -> None:
    asked(site, "副卡每张每月多少钱")
    assert foreign_files(site.pid, published, published / "public") == []


@pytest.mark.parametrize(
    "path", ["/api/v1/documents", "/api/v1/gaps", "/agent/", "/api/v1/search?q=副卡", "/api/v1/handoffs"]
)
def test_it_has_no_way_to_what_staff_see(site: PublicSite, path: str) -> None:
    with httpx.Client(base_url=site.address, timeout=60, trust_env=False) as client:
        assert client.get(path).status_code in {404, 405}


def test_only_the_sites_that_are_named_may_frame_the_page(site: PublicSite) -> None:
    with httpx.Client(base_url=site.address, timeout=60, trust_env=False) as client:
        policy = client.get("/help/").headers["content-security-policy"]
        script = client.get("/embed.js")
    assert policy.endswith("frame-ancestors 'self' https://www.example.cn")
    assert script.headers["content-type"].startswith("text/javascript")
    assert "/help/?embed=1" in script.text


def test_nobody_may_ask_for_another_day_or_role(site: PublicSite) -> None:
    with httpx.Client(base_url=site.address, timeout=60, trust_env=False) as client:
        for more in ({"as_of": "2020-01-01"}, {"role": "admin"}, {"scope": ["挽留.md"]}):
            assert client.post("/api/v1/ask", json={"question": "副卡", **more}).status_code == 422


def test_what_customers_leave_reaches_the_queue_of_a_running_staff_site(site: PublicSite, staff: Server) -> None:
    ticket = asked(site, "我要投诉你们").json()["ticket"]
    with staff.client() as agent:

        def waiting() -> list[dict[str, Any]]:
            found = agent.get("/api/v1/handoffs").json()["handoffs"]
            return [one for one in found if one["ticket"] == ticket]

        one = until(waiting)[0]
        assert (one["reason"], one["urgency"]) == ("angry", 1)
        assert agent.post(f"/api/v1/handoffs/{one['id']}/take").json()["state"] == "taken"
        assert agent.get("/api/v1/handoffs", headers={"X-Zhiying-Role": "trainer"}).status_code == 403


def test_a_running_home_is_backed_up_restored_and_checked(published: Path, staff: Server, tmp_path: Path) -> None:
    question = "副卡每张每月多少钱"
    with staff.client() as agent:
        before = agent.post("/api/v1/ask", json={"question": question, "record": True}).json()["answer"]
        assert run("backup", tmp_path / "一.tar.gz", "--home", published, "--json").status == 0
    restored = run("restore", tmp_path / "一.tar.gz", "--home", tmp_path / "新家", "--json").json
    assert restored["check"]["ok"] is True
    assert run("ask", question, "--home", tmp_path / "新家", "--json").json["answer"] == before
    copy = next((tmp_path / "新家" / "public" / "copies").iterdir()) / "vectors" / "ids.npy"
    copy.chmod(0o644)
    copy.write_bytes(b"broken")
    assert run("check", "--no-repair", "--home", tmp_path / "新家", "--json").status == 1
    mended = run("check", "--home", tmp_path / "新家", "--json").json
    assert mended["ok"] is True
    assert mended["mended"]
