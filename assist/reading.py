"""What the command line reads and prints beyond plain values: evaluation reports, and remarks on an answer."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assist.terminal import out
from kb.errors import UsageError


def tell_more(answer: Mapping[str, Any]) -> None:
    """Remarks on an answer: notices, what a model could not do, and old and new rules side by side."""
    if answer["degraded"]:
        out(f"（未用语言模型：{answer['degraded']['label']}）")
    for notice in answer["notices"]:
        out(f"（{notice}）")
    for change in answer["changes"]:
        out(f"{change['day']} 之前：{change['old']['quote']}\n{change['day']} 起：{change['new']['quote']}")


def read_reports(paths: Sequence[Path]) -> list[Mapping[str, Any]]:
    """Evaluation reports from their files; raises UsageError for what is none."""
    found: list[Mapping[str, Any]] = []
    for path in paths:
        try:
            report = json.loads(path.read_text(encoding="utf-8"))
            found.append({**report, "versions": report["versions"]})
        except (OSError, ValueError, KeyError, TypeError) as error:
            hint = f"{path} 不是评测报告：请给出 eval --json 写下的文件。"
            raise UsageError(f"{path}: {error}", hint=hint) from error
    return found


def require_writable(report: Path | None) -> None:
    """Says before a long evaluation, not after it, that its report cannot be kept; raises UsageError."""
    if report is None:
        return
    parent = report.absolute().parent
    if report.is_dir() or not parent.is_dir() or not os.access(report if report.exists() else parent, os.W_OK):
        hint = f"报告写不到 {report}：请给出一个文件名，它所在的文件夹要存在并且可写。"
        raise UsageError(f"cannot write {report}", hint=hint)


def keep_figures(report: Mapping[str, Any], path: Path | None) -> None:
    """Writes the whole report of an evaluation where wanted, and its figures to standard output."""
    if path is not None:
        path.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    figures = {key: report[key] for key in ("n", "retrieval", "answer", "latency_ms")}
    out(json.dumps(figures, ensure_ascii=False, indent=1))
