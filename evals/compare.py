"""Sets evaluation reports side by side as a table, a column a report; the command `compare` prints it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

ROWS = (
    ("用例", "n"),
    ("应有事实全对", "answer.fact_accuracy"),
    ("出处命中", "answer.citation_hit"),
    ("该拒的拒了", "answer.refusal_recall"),
    ("该答的误拒", "answer.over_refusal"),
    ("无依据的数字", "answer.unsupported_figures"),
    ("不该出现的内容", "answer.forbidden_leaks"),
    ("反问", "answer.asked"),
    ("归纳的回答", "answer.generated"),
    ("退回摘录的回答", "answer.degraded"),
    ("写出的句子通过核对", "answer.support_rate"),
    ("提问 p50（毫秒）", "latency_ms.ask_p50"),
    ("提问 p95（毫秒）", "latency_ms.ask_p95"),
)


def table(reports: Sequence[Mapping[str, Any]]) -> str:
    """A Markdown table of the reports, named by their model; "–" where a report has no figure."""
    heads = [str(report["versions"].get("model") or "不用模型") for report in reports]
    lines = [f"| | {' | '.join(heads)} |", "|---" * (len(reports) + 1) + "|"]
    for name, path in ROWS:
        lines.append(f"| {name} | {' | '.join(_shown(report, path) for report in reports)} |")
    return "\n".join(lines)


def _shown(report: Mapping[str, Any], path: str) -> str:
    value: Any = report
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) and value <= 1 else f"{value:.0f}"
