"""Case files are read strictly."""

import json
from pathlib import Path

import pytest

from evals.cases import read_cases, taken_away
from kb.errors import UsageError


def write(folder: Path, *lines: str) -> Path:
    path = folder / "cases.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_reads_a_case_with_everything_in_it(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '{"id": "a", "question": "那199的呢", "history": [{"role": "user", "text": "129多少钱"}],'
        ' "gold": [{"source": "资费.pdf", "quote": "199元"}], "facts": ["199元"],'
        ' "as_of": "2026-11-21", "tags": ["follow"]}',
    )
    case = read_cases([path])[0]
    assert case.history[0].text == "129多少钱"
    assert case.as_of is not None
    assert case.as_of.isoformat() == "2026-11-21"
    assert case.role == "agent"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('{"id": "a", "question": "问", "golds": []}', "golds"),
        ('{"question": "问"}', "id"),
        ('{"id": "a"}', "question"),
        ('{"id": "a", "question": "问", "as_of": "明天"}', "as_of"),
        ("{", "第 1 行"),
    ],
)
def test_a_malformed_case_is_refused_naming_line_and_key(tmp_path: Path, line: str, named: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_cases([write(tmp_path, line)])
    assert named in caught.value.hint


def test_an_id_used_twice_is_refused(tmp_path: Path) -> None:
    line = '{"id": "a", "question": "问"}'
    with pytest.raises(UsageError, match="twice"):
        read_cases([write(tmp_path, line, line)])


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "旧.jsonl"
    path.write_bytes('{"id": "a", "question": "问"}'.encode("gb18030"))
    with pytest.raises(UsageError):
        read_cases([path])


def test_a_case_without_the_sources_of_its_answer_must_be_refused(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    gold = [{"source": "laws/刑法.md", "quote": "处三年以下有期徒刑"}]
    answered = {"id": "a", "question": "盗窃罪怎么判？", "gold": gold, "facts": ["三年"]}
    refused = {"id": "b", "question": "火星归谁管？", "unanswerable": True}
    file.write_text("\n".join(json.dumps(each, ensure_ascii=False) for each in (answered, refused)), encoding="utf-8")
    (gone,) = taken_away(read_cases([file]), ["data/laws/刑法.md", "data/laws/民法典.md"])
    assert gone.unanswerable
    assert not gone.gold
    assert gone.scope == ("data/laws/民法典.md",)
    assert gone.question == "盗窃罪怎么判？"
