"""What the loop's commands print for people: lines from their JSON; the command line calls it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def ledger(value: Mapping[str, Any]) -> list[str]:
    """The ledger, a line a gap, after the counts of each state."""
    counts = "　".join(f"{state} {number}" for state, number in value["counts"].items() if number)
    return [counts or "没有知识缺口", *(_gap(gap) for gap in value["gaps"])]


def sheet(value: Mapping[str, Any]) -> list[str]:
    """One gap with its wordings and history."""
    wordings = [f"  问法　{text}" for text in value["wordings"]]
    history = [
        f"  {one['at'][:16]}　{one['principal']}　{one['state_label']}　{one['note']}" for one in value["history"]
    ]
    return [_gap(value), *wordings, *history]


def releases(value: Mapping[str, Any]) -> list[str]:
    """What a release command did, or the releases and plans there are."""
    if "proofs" in value:
        proofs = [f"  缺口 {one['gap_id']}　{'已验证' if one['verified'] else '重新打开'}" for one in value["proofs"]]
        return [f"计划 {value['id']}　{value['state_label']}　发布 {value['release_id']}", *proofs]
    if "releases" not in value:
        return [f"发布 {value['id']} 已生效　{value['note']}"]
    lines = [
        f"发布 {one['id']}　{one['state']}　{one['activated_at'][:16]}　{one['author']}　{one['note']}"
        for one in value["releases"]
    ]
    plans = [
        f"计划 {one['id']}　{one['state_label']}　草稿 {one['draft_ids']}　{one['note']}" for one in value["plans"]
    ]
    return [*lines, *plans]


def health(value: Mapping[str, Any]) -> list[str]:
    """Findings, each with its evidence below it."""
    lines = []
    for one in value["findings"]:
        lines.append(f"{one['kind_label']}　{one['title']}　（{'、'.join(one['sources'])}）")
        lines += [f"  {text}" for text in one["evidence"]]
    return lines or ["没有发现问题"]


def _gap(gap: Mapping[str, Any]) -> str:
    late = "　超期" if gap["overdue"] else ""
    owner = f"　{gap['owner']}" if gap["owner"] else ""
    return f"No.{gap['id']}　{gap['state_label']}　{gap['count']} 次{owner}{late}　{gap['question']}"
