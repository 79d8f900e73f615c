"""The published commands as other programs call them: one JSON object, progress apart, exit statuses 0 to 3."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.journeys.program import DAY, Server, run

pytestmark = pytest.mark.model

HIT_KEYS = {
    *("rank", "score", "confidence", "source", "title", "heading", "page", "kind", "text", "section"),
    *("effective_from", "effective_to"),
}
ANSWER_KEYS = {"question", "outcome", "mode", "answer", "choices", "confidence", "citations", "gap_id", "timings_ms"}
CITATION_KEYS = {"n", "source", "title", "heading", "page", "quote", "effective_from", "effective_to"}


def test_search_prints_one_json_object_with_the_published_keys(home: Path) -> None:
    done = run("search", "副卡一个月多少钱", "--home", home, "--json", "--k", 2, "--as-of", DAY)
    assert done.status == 0, done.err
    assert {"question", "as_of", "hits", "timings_ms"} <= set(done.json)
    assert done.json["as_of"] == DAY
    assert [hit["rank"] for hit in done.json["hits"]] == [1, 2]
    best = done.json["hits"][0]
    assert set(best) >= HIT_KEYS
    assert best["source"] == "文档/资费.md"
    assert best["heading"][0] == "第二章 副卡"
    assert "每张每月10元" in best["text"]
    assert 0 <= best["confidence"] <= 1


def test_an_evaluation_writes_its_report_and_changes_nothing_in_the_home(home: Path, tmp_path: Path) -> None:
    cases = tmp_path / "用例.jsonl"
    lines = [
        {
            "id": "1",
            "question": "副卡每月多少钱",
            "gold": [{"source": "资费.md", "quote": "每张每月10元"}],
            "as_of": DAY,
        },
        {"id": "2", "question": "国际漫游到火星怎么收费", "unanswerable": True, "as_of": DAY, "audience": "public"},
    ]
    cases.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    before = (home / "catalogue.db").read_bytes()
    done = run("eval", cases, "--home", home, "--json", tmp_path / "报告.json")
    assert done.status == 0, done.err
    report = json.loads((tmp_path / "报告.json").read_text(encoding="utf-8"))
    assert report["n"] == 2
    assert report["retrieval"]["recall@1"] == 1.0
    assert [case["id"] for case in report["cases"]] == ["1", "2"]
    assert report["answer"]["refusal_recall"] == 1.0
    assert done.json["retrieval"] == report["retrieval"]
    assert (home / "catalogue.db").read_bytes() == before


def test_ask_answers_with_its_proof(site: Server) -> None:
    done = run("ask", "畅行129套餐每月多少钱", "--home", site.home, "--json", "--as-of", DAY)
    assert done.status == 0, done.err
    assert set(done.json) >= ANSWER_KEYS
    assert done.json["outcome"] == "answered"
    assert "129元" in done.json["answer"]
    assert set(done.json["citations"][0]) >= CITATION_KEYS
    assert done.json["citations"][0]["source"] == "文档/资费.md"


def test_a_refusal_is_done_and_names_its_gap(site: Server) -> None:
    done = run("ask", "去火星的漫游怎么收费", "--home", site.home, "--json", "--as-of", DAY, "--channel", "chat")
    assert done.status == 0
    assert done.json["outcome"] == "refused"
    assert done.json["gap_id"]
    assert done.json["citations"] == []


def test_a_follow_up_is_understood_from_the_history(site: Server, tmp_path: Path) -> None:
    history = tmp_path / "对话.json"
    turns = [{"role": "user", "text": "畅行199套餐多少钱"}, {"role": "assistant", "text": "每月199元"}]
    history.write_text(json.dumps(turns, ensure_ascii=False), encoding="utf-8")
    done = run("ask", "那129的呢", "--home", site.home, "--json", "--as-of", DAY, "--history", history)
    assert "129元" in done.json["answer"]


def test_a_customer_never_gets_internal_text(site: Server) -> None:
    asked = ("挽留客户可以赠送什么", "--home", site.home, "--as-of", DAY)
    assert "视频会员" in run("ask", *asked, "--json").json["answer"]
    for command in ("ask", "search"):
        assert "视频会员" not in run(command, *asked, "--role", "customer", "--json").out


def test_only_the_sources_in_scope_answer(site: Server) -> None:
    done = run("search", "副卡多少钱", "--home", site.home, "--json", "--as-of", DAY, "--scope", "文档/挽留.md")
    assert {hit["source"] for hit in done.json["hits"]} == {"文档/挽留.md"}


def test_before_its_first_day_a_document_is_not_found(site: Server) -> None:
    done = run("search", "副卡多少钱", "--home", site.home, "--json", "--as-of", "2025-12-31")
    assert done.json["hits"] == []


def test_people_get_lines_where_programs_get_json(site: Server) -> None:
    done = run("ask", "副卡每月多少钱", "--home", site.home, "--as-of", DAY)
    assert done.out.startswith("第三条 副卡每张每月10元")
    assert "[1] 畅行套餐资费 › 第二章 副卡" in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["search", "--json"], "缺少"),
        (["search", "副卡", "--json", "--k", "0"], "1 到 100"),
        (["search", "副卡", "--json", "--role", "总裁"], "没有这个选项"),
        (["ask", "副卡", "--json", "--history", "没有.json"], "没有.json"),
        (["ingest", "没有的文件夹", "--json", "--home", "{home}"], "没有的文件夹"),
        (["search", "副卡", "--json", "--home", "{home}", "--as-of", "2026-13-01"], "2026-13-01"),
        (["eval", "用例.jsonl", "--home", "{home}", "--json", "/没有/报告.json"], "/没有/报告.json"),
    ],
)
def test_a_wrong_call_is_status_2_and_says_in_chinese_what_is_wrong(
    arguments: list[str], said: str, site: Server
) -> None:
    done = run(*(argument.format(home=site.home) for argument in arguments))
    assert done.status == 2
    assert done.json["error"]["code"] == "usage"
    assert said in done.json["error"]["message"]


def test_asking_a_home_that_is_none_is_status_3_and_makes_none(tmp_path: Path) -> None:
    done = run("ask", "副卡多少钱", "--home", tmp_path / "写错了", "--json")
    assert done.status == 3
    assert "还没有知识库" in done.json["error"]["message"]
    assert list(tmp_path.iterdir()) == []


def test_a_refused_file_is_status_1_and_its_neighbours_go_in(site: Server, tmp_path: Path) -> None:
    folder = tmp_path / "来件"
    folder.mkdir()
    (folder / "空.pdf").write_bytes(b"")
    (folder / "不动.md").write_text("# 上门安装\n宽带上门安装须提前一天预约。\n", encoding="utf-8")
    done = run("ingest", folder, "--home", site.home, "--json")
    assert done.status == 1
    receipts = {receipt["source"]: receipt for receipt in done.json["receipts"]}
    assert receipts["来件/不动.md"]["status"] == "added"
    assert receipts["来件/空.pdf"]["status"] == "refused"
    assert receipts["来件/空.pdf"]["reason"]
    again = run("ingest", folder, "--home", site.home)
    assert "未变\t来件/不动.md" in again.out.splitlines()
    gone = run("ingest", folder, "--home", site.home, "--retire-missing", "--json")
    assert gone.status == 1


def test_an_index_is_verified_and_rebuilt_without_a_model(home: Path) -> None:
    assert run("verify", "--home", home, "--json").json["ok"] is True
    done = run("rebuild", "--home", home, "--json", ZHIYING_EMBEDDING_MODEL="没有这个模型")
    assert done.status == 0, done.err
    assert done.json["ok"] is True
    assert done.json["verification"]["passages"] == 4
