"""Manifests and front matter: what they say, and the plain refusals of what they may not say."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ingest.fields import FieldError, read_audience, read_date, read_kind, read_names
from ingest.manifest import Manifest, find_cycle, load_manifest
from ingest.meta import Meta, front_matter_meta
from kb.errors import InputRefused
from kb.model import INTERNAL, PUBLIC, Audience, Kind, Role

WHOLE = """
version: 1
defaults: {audience: internal, department: 市场部, kind: policy}
files:
  - path: 资费2026.pdf
    title: 畅行资费
    audience: public
    product: [畅行99, 畅行129]
    effective_from: 2026-07-01
    effective_to: 2026-12-31
    supersedes: 资费2025.pdf
    version: 2026版
    clauses:
      - {clause: 第九条, effective_from: 2026-09-01, audience: "roles:[坐席, 质检]"}
  - path: "话术/**/*.xlsx"
    kind: script
"""


def load(folder: Path, text: str) -> Manifest:
    path = folder / "manifest.yaml"
    path.write_text(text, encoding="utf-8")
    return load_manifest(path, name="资费/manifest.yaml")


def refusal(folder: Path, text: str, files: tuple[str, ...] = ()) -> str:
    with pytest.raises(InputRefused) as refused:
        load(folder, text).check(files)
    return refused.value.hint


def test_reads_everything_an_entry_may_say(tmp_path: Path) -> None:
    manifest = load(tmp_path, WHOLE)
    meta = manifest.entry_meta("资费2026.pdf")
    assert meta.title == "畅行资费"
    assert meta.audience == PUBLIC
    assert meta.products == ("畅行99", "畅行129")
    assert (meta.effective_from, meta.effective_to) == (date(2026, 7, 1), date(2026, 12, 31))
    assert meta.supersedes == ("资费2025.pdf",)
    assert meta.clauses[0].clause == "第九条"
    assert meta.clauses[0].audience == Audience(roles=frozenset({Role.AGENT, Role.INSPECTOR}))
    assert manifest.defaults == Meta(audience=INTERNAL, department="市场部", kind=Kind.POLICY)


def test_a_glob_covers_folders_below_and_an_exact_path_goes_before_it(tmp_path: Path) -> None:
    manifest = load(tmp_path, "files:\n  - {path: '**/*.md', kind: faq}\n  - {path: a/b.md, kind: learning}\n")
    manifest.check(["a/b.md", "a/c.md", "d.md"])
    assert manifest.entry_meta("a/c.md").kind is Kind.FAQ
    assert manifest.entry_meta("d.md").kind is Kind.FAQ
    assert manifest.entry_meta("a/b.md").kind is Kind.LEARNING
    assert manifest.entry_meta("a/b.txt") == Meta()


def test_what_is_said_nearer_counts() -> None:
    near, far = Meta(title="近", products=("畅行99",)), Meta(title="远", department="市场部", products=("副卡",))
    assert near.over(far) == Meta(title="近", department="市场部", products=("畅行99",))


def test_ignored_files_are_not_meant_for_the_base(tmp_path: Path) -> None:
    manifest = load(tmp_path, "ignore: [制作/**, '*.py']\n")
    assert [manifest.ignores(path) for path in ("制作/a/b.md", "x.py", "政策/x.py", "a.md")] == [
        True,
        True,
        False,
        False,
    ]
    assert "第 1 行：ignore 应当是路径的列表" in refusal(tmp_path, "ignore: 制作\n")


def test_an_empty_manifest_says_nothing(tmp_path: Path) -> None:
    assert load(tmp_path, "# 暂无\n").entry_meta("a.md") == Meta()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("files:\n  - path: a.md\n    audiance: public\n", ("第 3 行", "audiance", "是不是“audience”")),
        ("default: {}\n", ("第 1 行", "是不是“defaults”")),
        ("version: 2\n", ("第 1 行", "version 只能是 1")),
        ("files:\n  - path: a.md\n    effective_from: 2026-13-01\n", ("第 3 行", "2026-13-01")),
        ("files:\n  - path: a.md\n    effective_from: 明年\n", ("第 3 行", "明年", "2026-07-01")),
        ("files:\n  - path: a.md\n    effective_from: 2026-07-01\n    effective_to: 2026-06-30\n", ("早于生效日期",)),
        ("files:\n  - path: a.md\n    audience: 大家\n", ("第 3 行", "大家", "public")),
        ("files:\n  - path: a.md\n    audience: roles:[boss]\n", ("第 3 行", "boss", "坐席")),
        ("files:\n  - path: a.md\n    kind: 传单\n", ("第 3 行", "传单", "policy")),
        ("files:\n  - path: b.md\n", ("第 2 行", "找不到文件“b.md”", "是不是“a.md”")),
        ("files:\n  - path: a.md\n  - path: ./a.md\n", ("第 3 行", "两条说明")),
        ("files:\n  - path: '*.md'\n  - path: 'a*'\n", ("第 3 行", "两条说明")),
        ("files:\n  - path: ../a.md\n", ("第 2 行", "相对路径")),
        ("files:\n  - title: 资费\n", ("第 2 行", "缺少 path")),
        ("files:\n  path: a.md\n", ("第 1 行", "列表")),
        ("files: [a.md]\n", ("第 1 行", "键: 值")),
        ("files:\n  - path: a.md\n    title: 一\n    title: 二\n", ("第 4 行", "写了两次")),
        ("files:\n  - path: a.md\n    supersedes: b.md\n", ("effective_from",)),
        ("files:\n  - path: a.md\n    clauses: [{clause: 第九条, due: 2026-01-01}]\n", ("第 3 行", "due")),
        ("files:\n  - path: a.md\n    clauses: [{effective_from: 2026-01-01}]\n", ("clause: 第九条",)),
        ("files:\n  - path: a.md\n    title: [一, 二]\n", ("第 3 行", "一段文字")),
        ("files: [\n", ("第 2 行", "YAML")),
        ("a: &x [1]\nb: *x\n", ("第 2 行", "YAML")),
        ("[]\n", ("键: 值",)),
    ],
)
def test_refuses_a_wrong_manifest_naming_line_and_remedy(tmp_path: Path, text: str, says: tuple[str, ...]) -> None:
    hint = refusal(tmp_path, text, ("a.md",))
    assert hint.startswith("资费/manifest.yaml 第 ")
    for part in says:
        assert part in hint


def test_refuses_supersession_in_a_circle(tmp_path: Path) -> None:
    text = "files:\n" + "".join(
        f"  - {{path: {one}.md, supersedes: {other}.md, effective_from: 2026-01-01}}\n"
        for one, other in ("ab", "bc", "ca")
    )
    hint = refusal(tmp_path, text, ("a.md", "b.md", "c.md"))
    assert "绕成了圈：a.md → b.md → c.md → a.md" in hint


def test_finds_a_circle_only_where_there_is_one() -> None:
    assert find_cycle({"甲": ["乙", "丙"], "乙": ["丙"], "丙": []}) == []
    assert find_cycle({"甲": ["甲"]}) == ["甲", "甲"]
    assert find_cycle({"甲": ["乙"], "乙": ["丙"], "丙": ["乙"]}) == ["乙", "丙", "乙"]


def test_refuses_a_manifest_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "manifest.yaml"
    path.write_bytes("defaults: {department: 市场部}".encode("gb18030"))
    with pytest.raises(InputRefused) as refused:
        load_manifest(path, name="manifest.yaml")
    assert "UTF-8" in refused.value.hint


def test_front_matter_may_be_chinese_and_may_hold_more() -> None:
    meta, warnings = front_matter_meta(
        {"标题": "移机办法", "可见范围": "公开", "生效日期": "2026年3月1日", "tags": ["移机"], "title": ""},
        report_unknown=True,
    )
    assert meta == Meta(title="移机办法", audience=PUBLIC, effective_from=date(2026, 3, 1))
    assert warnings == ("文件开头的信息里有不认识的项，已忽略：tags",)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"effective_form": "2026-01-01"}, "是不是“effective_from”"),
        ({"audience": "everyone"}, "可见范围“everyone”无法识别"),
        ({"effective_from": "2026-02-01", "effective_to": "2026-01-01"}, "早于生效日期"),
        ({"supersedes": "old.md"}, "effective_from"),
    ],
)
def test_front_matter_with_a_wrong_value_is_refused(values: dict[str, str], says: str) -> None:
    with pytest.raises(InputRefused) as refused:
        front_matter_meta(values, report_unknown=True)
    assert says in refused.value.hint


@pytest.mark.parametrize(
    "text",
    ["2026-07-01", "2026/7/1", "2026年7月1日", "2026.7.1", "20260701", "２０２６－０７－０１", "2026-07-01 00:00:00"],
)
def test_reads_the_days_people_write(text: str) -> None:
    assert read_date(text) == date(2026, 7, 1)


def test_long_term_is_no_day() -> None:
    assert [read_date(text) for text in ("长期", "", None, "长期有效", "—")] == [None] * 5
    with pytest.raises(FieldError):
        read_date("2026-02-30")


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("公开", "public"),
        ("内部", "internal"),
        ("内训师、质检", "roles:inspector,trainer"),
        ("roles:[agent, 质检]", "roles:agent,inspector"),
        ({"roles": ["坐席"], "departments": ["质检部"]}, "roles:agent;departments:质检部"),
        ("部门：投诉管理室、市场部", "departments:市场部,投诉管理室"),
        ("roles:agent;departments:质检部", "roles:agent;departments:质检部"),
    ],
)
def test_reads_who_may_see_it(value: object, label: str) -> None:
    assert read_audience(value).label == label


@pytest.mark.parametrize("value", ["", "roles:[]", "坐席们", {"people": ["甲"]}, "departments:[a:b]", ["public"]])
def test_refuses_an_audience_that_says_nothing(value: object) -> None:
    with pytest.raises(FieldError):
        read_audience(value)


def test_reads_kinds_and_names() -> None:
    assert read_kind("话术") is Kind.SCRIPT
    assert read_names("畅行99、畅行129；副卡") == ("畅行99", "畅行129", "副卡")
