"""Evaluation cases: JSON Lines read strictly, so that a mistyped key is an error and not a silent pass."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.measures import same_source
from kb.errors import UsageError


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GoldPassage(_Strict):
    """A passage that answers the question: its source, and a piece of its text ("" means any passage of it)."""

    source: str
    quote: str


class PastTurn(_Strict):
    """One earlier turn of the conversation."""

    role: Literal["user", "assistant"]
    text: str


class Case(_Strict):
    """One question and what is right for it; the keys are those of the published case format."""

    id: str = Field(min_length=1)
    question: str
    history: tuple[PastTurn, ...] = ()
    gold: tuple[GoldPassage, ...] = ()
    scope: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    unanswerable: bool = False
    audience: Literal["internal", "public"] = "internal"
    as_of: date | None = None
    forbid: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def role(self) -> str:
        """The principal's role in whose view the case is asked."""
        return "customer" if self.audience == "public" else "agent"


GONE = "gold-gone"
"""Tag of a case asked once more without the sources of its answer."""


def taken_away(cases: Iterable[Case], sources: Collection[str]) -> list[Case]:
    """Each case with gold once more, unanswerable now: only those of `sources` that are not its gold's may answer."""
    gone = []
    for case in cases:
        left = tuple(each for each in sources if not any(same_source(each, gold.source) for gold in case.gold))
        if case.gold and left:
            changes = {"id": f"{case.id}-gone", "gold": (), "facts": (), "unanswerable": True, "scope": left}
            gone.append(case.model_copy(update={**changes, "tags": (GONE,)}))
    return gone


def case_files(paths: Iterable[Path]) -> list[Path]:
    """The paths themselves, and of a folder its *.jsonl in order."""
    return [file for path in paths for file in (sorted(path.glob("*.jsonl")) if path.is_dir() else [path])]


def read_cases(paths: Iterable[Path]) -> list[Case]:
    """All cases of the files in order; raises UsageError naming file and line for anything malformed or repeated."""
    cases: list[Case] = []
    for path in paths:
        seen: set[str] = set()
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"cannot read {path}: {error}", hint=f"读不了用例文件 {path}：请检查路径，文件须为 UTF-8。"
            ) from error
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            case = _parse(line, path, number)
            if case.id in seen:
                raise UsageError(
                    f"{path}:{number}: id {case.id!r} appears twice",
                    hint=f"{path} 第 {number} 行：编号 {case.id} 重复。",
                )
            seen.add(case.id)
            cases.append(case)
    if not cases:
        raise UsageError("no cases", hint="用例文件里没有任何用例。")
    return cases


def _parse(line: str, path: Path, number: int) -> Case:
    try:
        return Case.model_validate(json.loads(line))
    except (json.JSONDecodeError, ValidationError) as error:
        detail = _first_fault(error)
        hint = f"{path} 第 {number} 行不是合格的用例（{detail}），请对照用例格式修改。"
        raise UsageError(f"{path}:{number}: {detail}", hint=hint) from error


def _first_fault(error: json.JSONDecodeError | ValidationError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return error.msg
    fault = error.errors()[0]
    return ".".join(str(part) for part in fault["loc"]) + " " + fault["msg"]
