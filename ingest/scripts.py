"""What the cells of a script row mean: steps and waits, slots, its part of a call, what must go with it; for `rows`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from kb.rows import NOT_USED, ScriptRow, ScriptStep

_ORDINAL = r"[一二三四五六七八九十\d]+"
_STEP = re.compile(rf"^\s*(?:第\s*{_ORDINAL}\s*步|步骤\s*{_ORDINAL})\s*[：:、.．]?\s*", re.MULTILINE)
_WAIT = re.compile(r"[【\[（(]\s*(?:等待|等候|停顿)\s*(\d+)\s*秒\s*[】\]）)]")
_SLOT = re.compile(r"[{｛]([^{}｛｝]{1,30})[}｝]")
_OPENING = {"开场", "开场白", "开场语", "开头", "opening"}
_CLOSING = {"结束", "结束语", "收尾", "结尾", "closing"}
_PLAIN = {"", "应答", "正文", "答复", "通话中", "无", "-"}
_NONE = {"不用", "不用开场", "不用结束语", "不需要", "无需", "免", "无", "否", "-", "none"}


def script_slots(wording: str) -> tuple[str, ...]:
    """The names within braces, each once, in order."""
    return tuple(dict.fromkeys(_SLOT.findall(wording)))


def part_of(cell: str) -> Literal["", "opening", "closing"]:
    """What a cell of 环节 says: opening for 开场, closing for 结束, "" for anything else."""
    said = _folded(cell)
    return "opening" if said in _OPENING else "closing" if said in _CLOSING else ""


def unknown_part(place: str, cell: str) -> list[str]:
    """A warning for a cell of 环节 that says nothing known; the row is an ordinary script then."""
    if part_of(cell) or _folded(cell) in _PLAIN:
        return []
    return [f"{place}的环节“{cell[:20]}”没有识别，按普通话术收录；可以写 开场、结束，或留空"]


def demanded(cell: str) -> str:
    """The code of the script that must go with a row, NOT_USED when the cell says that none does, "" when empty."""
    said = cell.strip()
    return NOT_USED if _folded(said) in _NONE else said


@dataclass
class Demands:
    """Collects which scripts the rows of a file demand and which it has."""

    _codes: set[str] = field(default_factory=set)
    _wanted: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, place: str, row: ScriptRow) -> None:
        """Takes in a row; `place` names it for people."""
        self._codes.add(row.code)
        for column, code in (("必用开场", row.opens_with), ("必用结束语", row.closes_with)):
            if code and code != NOT_USED:
                self._wanted.append((place, column, code))

    def unmet(self) -> list[str]:
        """A warning for every demanded script that is not in the file."""
        return [
            f"{place}的{column}“{code[:30]}”不是本文件里的话术编号，请核对；写 不用 表示不需要"
            for place, column, code in self._wanted
            if code not in self._codes
        ]


def script_steps(wording: str) -> tuple[ScriptStep, ...]:
    """The steps of a wording with what to wait after each; () for a wording without 第N步 or 【等待N秒】."""
    marks = list(_STEP.finditer(wording))
    if marks:
        ends = [mark.start() for mark in marks[1:]] + [len(wording)]
        said = [wording[mark.end() : end] for mark, end in zip(marks, ends, strict=True)]
        if before := wording[: marks[0].start()].strip():
            said.insert(0, before)
    elif _WAIT.search(wording):
        said = [wording]
    else:
        return ()
    return tuple(step for part in said for step in _waits(part))


def _waits(said: str) -> Iterable[ScriptStep]:
    at = 0
    for wait in _WAIT.finditer(said):
        text = said[at : wait.start()].strip()
        if text:
            yield ScriptStep(text=text, wait_seconds=int(wait[1]))
        at = wait.end()
    if rest := said[at:].strip():
        yield ScriptStep(text=rest)


def _folded(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).strip().lower()
