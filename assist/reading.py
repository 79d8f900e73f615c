"""What the command line reads and prints beyond plain values: evaluation reports, and remarks on an answer."""

from __future__ import annotations

import json
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
