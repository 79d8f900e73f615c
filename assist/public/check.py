"""Verifies all a home holds and mends what can be made again from the catalogue; the `check` command."""

from __future__ import annotations

from typing import Any

from assist.public.site import FOLDER, publish_now
from kb.encoding import Progress
from kb.knowledge import KnowledgeBase
from kb.published import COPIES, current_name, examine


def check_home(kb: KnowledgeBase, *, setting: str, repair: bool, progress: Progress) -> dict[str, Any]:
    """What was looked at, what is wrong and what was mended; `ok` is False when something is wrong still.

    The catalogue and the audit chain cannot be made again: damage there is told, with what to do, and left as it is.
    """
    lost = [f"目录库或审计链：{problem}" for problem in kb.catalogue.check()]
    mended: list[str] = []
    wrong = _indexes(kb)
    if wrong and repair:
        kb.rebuild(progress, wait=60)
        mended, wrong = mended + wrong, _indexes(kb)
    stale = _copy(kb)
    if stale and repair:
        publish_now(kb, setting=setting, clock=kb.clock)
        mended, stale = mended + stale, _copy(kb)
    left = [*lost, *wrong, *stale]
    advice = "请停止使用并保留原文件，用最近的备份恢复（restore）。" if lost else ""
    return {"ok": not left, "wrong": left, "mended": mended, "advice": advice, "release": _release(kb)}


def _indexes(kb: KnowledgeBase) -> list[str]:
    found = kb.verify()
    return [] if found.ok else ["索引与目录库不一致"]


def _copy(kb: KnowledgeBase) -> list[str]:
    """What is wrong with the published copy; a home that never published has none to be wrong."""
    root = kb.home.root / FOLDER
    name = current_name(root)
    if not name:
        return [] if kb.active() is None else ["还没有对客副本"]
    return [f"对客副本：{problem}" for problem in examine(root / COPIES / name)]


def _release(kb: KnowledgeBase) -> int | None:
    active = kb.active()
    return None if active is None else active.id
