"""The measures of compliance and leaving intent, by arithmetic a reader can do, and the floors under both."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from assist.compliance.model import Basis, Category, Dimension, Finding, Report, Score
from assist.leaving.model import Leaving, LeavingReason
from evals.conduct import breaches, measure_checks, measure_leaving, read_checks, read_leaving
from kb.errors import UsageError

CASES = Path(__file__).parents[2] / "evals" / "compliance"
HALVES = ("dev", "held")


def test_there_are_as_many_cases_as_wanted_and_no_text_stands_twice() -> None:
    checks = [case for half in HALVES for case in read_checks(CASES / f"check_{half}.jsonl")]
    assert sum(bool(case.expect) for case in checks) >= 250
    assert sum(not case.expect for case in checks) >= 80
    leaving = [case for half in HALVES for case in read_leaving(CASES / f"leaving_{half}.jsonl")]
    assert sum(case.leaving for case in leaving) >= 200
    assert sum(not case.leaving for case in leaving) >= 150
    for texts in ([case.text for case in checks], [case.text for case in leaving]):
        assert len(texts) == len(set(texts))
    assert {case.reason for case in leaving if case.reason} == {reason.value for reason in LeavingReason}


def report(*quotes: tuple[str, int]) -> Report:
    findings = tuple(
        Finding(Category.FORBIDDEN, Dimension.ATTITUDE, 5, Basis("r", "t", "s"), at, at + len(quote), quote, "exact", 0)
        for quote, at in quotes
    )
    return Report(findings, Score(100, "A", ()), date(2026, 11, 21), 1)


def test_recall_counts_expected_faults_and_precision_findings(tmp_path: Path) -> None:
    lines = [
        {"id": "1", "text": "甲乙丙", "as_of": "2026-11-21", "expect": [{"category": "forbidden", "quote": "甲"}]},
        {"id": "2", "text": "丁", "as_of": "2026-11-21", "expect": [{"category": "promise", "quote": "丁"}]},
        {"id": "3", "text": "干净", "as_of": "2026-11-21", "expect": []},
    ]
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    said = {"甲乙丙": report(("甲", 0), ("丙", 2)), "丁": report(), "干净": report()}
    figures = measure_checks(read_checks(path), lambda text, _day: said[text])
    assert (figures["recall"], figures["precision"], figures["clean_left_alone"]) == (0.5, 0.5, 1.0)
    assert [one["id"] for one in figures["wrong"]] == ["1", "2"]


def test_a_missed_intent_also_misses_its_reason(tmp_path: Path) -> None:
    lines = [
        {"id": "1", "text": "甲", "leaving": True, "reason": "rival"},
        {"id": "2", "text": "乙", "leaving": True, "reason": "quality"},
        {"id": "3", "text": "丙", "leaving": False, "reason": ""},
    ]
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    said = {
        "甲": Leaving(True, 0.9, LeavingReason.RIVAL),
        "乙": Leaving(False, 0.1),
        "丙": Leaving(True, 0.9, LeavingReason.STALE),
    }
    figures = measure_leaving(read_leaving(path), lambda text: said[text])
    assert (figures["recall"], figures["precision"], figures["f1"], figures["reason_accuracy"]) == (0.5, 0.5, 0.5, 0.5)


@pytest.mark.parametrize("line", ['{"id": "1"}', "[]", '{"id": "1", "text": "甲", "leaving": true, "reason": "bored"}'])
def test_a_line_that_is_no_case_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(line, encoding="utf-8")
    with pytest.raises(UsageError) as error:
        read_leaving(path)
    assert "第 1 行" in error.value.hint


def test_a_figure_below_its_floor_is_told(tmp_path: Path) -> None:
    floors = tmp_path / "floors.json"
    floors.write_text('{"leaving": {"held": {"f1": 0.9}}}', encoding="utf-8")
    assert breaches({"leaving": {"held": {"f1": 0.95}}}, floors) == []
    assert breaches({"leaving": {"held": {"f1": 0.85}}}, floors) == ["leaving held f1：0.85，下限 0.9"]
