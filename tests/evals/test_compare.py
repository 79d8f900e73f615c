"""Reports side by side: a column a model, figures rounded, what a report does not have left open."""

from __future__ import annotations

from evals.compare import table


def test_reports_stand_side_by_side_by_the_name_of_their_model() -> None:
    without = {"n": 4, "answer": {"fact_accuracy": 0.75, "asked": 0}, "versions": {"model": None}}
    written = {
        "n": 4,
        "answer": {"fact_accuracy": 0.5, "asked": 1},
        "versions": {"model": "甲"},
        "latency_ms": {"ask_p50": 1234.6},
    }
    lines = table([without, written]).split("\n")
    assert lines[0] == "| | 不用模型 | 甲 |"
    assert "| 应有事实全对 | 0.750 | 0.500 |" in lines
    assert "| 反问 | 0 | 1 |" in lines
    assert "| 提问 p50（毫秒） | – | 1235 |" in lines
