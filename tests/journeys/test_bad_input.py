"""Bad questions, homes, disks and indexes: each a clear message in Chinese that says what to do, nothing lost."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.program import DAY, ROOT, Server, run

pytestmark = pytest.mark.model


@pytest.mark.parametrize(
    "question",
    ["", " \t\u3000\n", "？！。", "😀😀😀", "\x00\x07\x1b", "\u200b\u2066\u202e"],
    ids=["empty", "blank", "marks", "emoji", "control", "invisible"],
)
def test_a_question_without_words_is_asked_for_again_and_opens_no_gap(question: str, site: Server) -> None:
    with site.client() as client:
        answer = client.post("/api/v1/ask", json={"question": question}).json()
        found = client.post("/api/v1/search", json={"question": question})
    assert (answer["outcome"], answer["citations"], answer["gap_id"]) == ("refused", [], None)
    assert "请" in answer["answer"]
    assert answer["reason"] != "no_evidence"
    assert found.status_code == 422
    assert found.headers["content-type"] == "application/problem+json"
    assert "请" in found.json()["detail"]


def test_a_question_of_ten_thousand_characters_is_refused_with_the_limit(site: Server) -> None:
    with site.client() as client:
        answer = client.post("/api/v1/ask", json={"question": "副卡多少钱" * 2_000}).json()
        found = client.post("/api/v1/search", json={"question": "副卡多少钱" * 2_000})
    assert (answer["outcome"], answer["gap_id"]) == ("refused", None)
    assert "2000" in answer["answer"].replace(",", "")
    assert found.status_code == 422


def test_the_command_line_refuses_to_search_for_nothing_with_status_1(site: Server) -> None:
    done = run("search", " ", "--home", site.home, "--json")
    assert done.status == 1
    assert done.json["error"]["code"] == "input_refused"


def test_a_question_with_marks_of_every_kind_is_still_answered(site: Server) -> None:
    with site.client() as client:
        answer = client.post("/api/v1/ask", json={"question": "😀副卡\x07每月\u200b多少钱？？", "as_of": DAY}).json()
    assert "每张每月10元" in answer["answer"]


def test_a_home_that_is_a_file_is_refused(documents: Path, tmp_path: Path) -> None:
    (tmp_path / "家").write_text("不是文件夹", encoding="utf-8")
    done = run("ingest", documents, "--home", tmp_path / "家", "--json")
    assert done.status == 3
    assert "不是目录" in done.json["error"]["message"]


def test_a_home_where_nothing_can_be_written_is_refused(documents: Path) -> None:
    done = run("ingest", documents, "--home", "/proc/家", "--json")
    assert done.status == 3
    assert "--home" in done.json["error"]["message"]


def test_a_damaged_catalogue_is_named_and_left_as_it_is(home: Path) -> None:
    damaged = b"\x5a" * 8_192
    (home / "catalogue.db").write_bytes(damaged)
    done = run("search", "副卡", "--home", home, "--json")
    assert done.status == 3
    assert "已损坏" in done.json["error"]["message"]
    assert (home / "catalogue.db").read_bytes() == damaged


@pytest.mark.parametrize("damage", ["missing", "garbled"])
def test_a_damaged_index_is_made_anew_from_the_catalogue(damage: str, home: Path) -> None:
    if damage == "missing":
        shutil.rmtree(home / "index")
    else:
        for path in (home / "index").rglob("*"):
            if path.is_file() and path.stat().st_size:
                path.write_bytes(b"\xff" * 64)
    done = run("verify", "--home", home, "--json")
    assert done.status == 0, done.err
    assert done.json["ok"] is True
    assert done.json["verification"]["probed"] == 4
    assert "重建索引" in done.err


def test_a_full_disk_stops_an_ingestion_and_loses_nothing(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "大"
    folder.mkdir()
    line = "第{}条 本条规定第{}号业务的办理条件、收费标准与退订方式，自公布之日起执行，由业务部门负责解释。\n"
    text = "# 大文件\n" + "".join(line.format(number, number) for number in range(3_000))
    (folder / "大文件.md").write_text(text, encoding="utf-8")
    limit = (home / "catalogue.db").stat().st_size + 100_000

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [sys.executable, str(ROOT / "app.py"), "ingest", str(folder), "--home", str(home)]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, preexec_fn=bound, check=False
    )
    assert done.returncode == 3, done.stderr
    assert "磁盘" in done.stderr
    verified = run("verify", "--home", home, "--json").json
    assert verified["ok"] is True
    assert verified["stats"]["documents"] == 2


def test_wrong_settings_are_status_2_and_named(home: Path) -> None:
    (home / "settings.toml").write_text('embeding_model = "x"', encoding="utf-8")
    done = run("search", "副卡", "--home", home, "--json")
    assert done.status == 2
    assert "embeding_model" in done.json["error"]["message"]


def test_a_database_server_that_is_not_there_is_status_3(home: Path) -> None:
    pytest.importorskip("psycopg")
    url = "postgresql+psycopg://u:geheim@127.0.0.1:1/x"
    done = run("search", "副卡", "--home", home, "--json", ZHIYING_DATABASE_URL=url)
    assert done.status == 3
    assert "数据库服务器" in done.json["error"]["message"]
    assert "geheim" not in done.out + done.err
