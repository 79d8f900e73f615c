"""Measures the compliance check and leaving intent on their case files; the `eval-compliance` command prints it.

Case files are JSON Lines: evals/compliance/check_*.jsonl and leaving_*.jsonl, each with a half for development and a
held half.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from assist.compliance.model import Category, Finding, Report
from assist.leaving.model import Leaving, LeavingReason
from kb.errors import UsageError

Json = dict[str, Any]
Check = Callable[[str, date], Report]
Detect = Callable[[str], Leaving]
_Case = TypeVar("_Case")


@dataclass(frozen=True, slots=True)
class Expected:
    """A fault a case has: the words at fault (masked for personal numbers), or the rule of what is missing."""

    category: Category
    quote: str = ""
    rule: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class CheckCase:
    """A text, the day it is said on, and every fault in it; none for a clean one."""

    id: str
    text: str
    as_of: date
    expect: tuple[Expected, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeavingCase:
    """An utterance or transcript, whether it shows a wish to leave, and the reason it gives ("" for none)."""

    id: str
    text: str
    leaving: bool
    reason: str
    tags: tuple[str, ...]


def read_checks(path: Path) -> list[CheckCase]:
    """The cases of a compliance file; raises UsageError for a line that is none."""
    return _read(path, _check_case)


def read_leaving(path: Path) -> list[LeavingCase]:
    """The cases of a leaving-intent file; raises UsageError for a line that is none."""
    return _read(path, _leaving_case)


def measure_checks(cases: Sequence[CheckCase], check: Check) -> Json:
    """Recall over expected faults, precision over findings, clean texts left alone, and every miss by case."""
    met = wanted = right = given = clean = quiet = sort = 0
    wrong: list[Json] = []
    for case in cases:
        findings = check(case.text, case.as_of).findings
        missed = [one for one in case.expect if not any(_meets(found, one, case.text) for found in findings)]
        extra = [found for found in findings if not any(_meets(found, one, case.text) for one in case.expect)]
        wanted, met = wanted + len(case.expect), met + len(case.expect) - len(missed)
        given, right = given + len(findings), right + len(findings) - len(extra)
        sort += sum(
            any(_meets(found, one, case.text) and found.category is one.category for found in findings)
            for one in case.expect
        )
        clean, quiet = clean + (not case.expect), quiet + (not case.expect and not findings)
        if missed or extra:
            wrong.append(_miss(case, missed, extra))
    return {
        "cases": len(cases),
        "clean_cases": clean,
        "expected": wanted,
        "found": given,
        "recall": _share(met, wanted),
        "precision": _share(right, given),
        "f1": _f1(_share(met, wanted), _share(right, given)),
        "category_accuracy": _share(sort, wanted),
        "clean_left_alone": _share(quiet, clean),
        "wrong": wrong,
    }


def measure_leaving(cases: Sequence[LeavingCase], detect: Detect) -> Json:
    """F1 of the intent, and how often the reason is right among the leaving cases that give one."""
    hits = misses = alarms = named = right = 0
    wrong: list[Json] = []
    for case in cases:
        found = detect(case.text)
        hits += case.leaving and found.intends
        misses += case.leaving and not found.intends
        alarms += not case.leaving and found.intends
        reason = found.reason.value if found.reason else ""
        good = case.leaving == found.intends
        if case.leaving and case.reason:
            named, right = named + 1, right + (reason == case.reason)
            good = good and reason == case.reason
        if not good:
            got = {"leaving": found.intends, "reason": reason, "probability": round(found.probability, 3)}
            wrong.append({"id": case.id, "text": case.text, "leaving": case.leaving, "reason": case.reason, "got": got})
    recall, precision = _share(hits, hits + misses), _share(hits, hits + alarms)
    return {
        "cases": len(cases),
        "leaving": hits + misses,
        "recall": recall,
        "precision": precision,
        "f1": _f1(recall, precision),
        "reasons": named,
        "reason_accuracy": _share(right, named),
        "wrong": wrong,
    }


def measure(folder: Path, check: Check, detect: Detect) -> Json:
    """Both measures on both halves of the files in `folder`."""
    return {
        "compliance": {half: measure_checks(read_checks(folder / f"check_{half}.jsonl"), check) for half in HALVES},
        "leaving": {half: measure_leaving(read_leaving(folder / f"leaving_{half}.jsonl"), detect) for half in HALVES},
    }


def breaches(report: Mapping[str, Mapping[str, Json]], floors: Path | None = None) -> list[str]:
    """A Chinese line for every floor of conduct_floors.json that the report stays below; none when all are met."""
    path = floors or Path(__file__).with_name("conduct_floors.json")
    wanted: Mapping[str, Mapping[str, Mapping[str, float]]] = json.loads(path.read_text(encoding="utf-8"))
    return [
        f"{part} {half} {figure}：{report[part][half][figure]}，下限 {least}"
        for part, halves in wanted.items()
        for half, figures in halves.items()
        for figure, least in figures.items()
        if report[part][half][figure] < least
    ]


HALVES = ("dev", "held")


def _meets(found: Finding, wanted: Expected, text: str) -> bool:
    """True when the finding is the fault meant: the same missing thing, or words that overlap."""
    if wanted.category is Category.MISSING:
        same = found.basis.rule == wanted.rule
        return found.category is Category.MISSING and same and wanted.about in (*_about(found), "")
    if found.category is Category.MISSING:
        return False
    start = text.find(wanted.quote)
    if start < 0:
        return found.quote == wanted.quote
    return found.start < start + len(wanted.quote) and start < found.end


def _about(found: Finding) -> tuple[str, str]:
    return found.quote, found.instead


def _miss(case: CheckCase, missed: Sequence[Expected], extra: Sequence[Finding]) -> Json:
    return {
        "id": case.id,
        "text": case.text,
        "missed": [one.quote or f"{one.rule} {one.about}".strip() for one in missed],
        "extra": [{"rule": one.basis.rule, "quote": one.quote, "match": one.match} for one in extra],
    }


def _check_case(data: Mapping[str, Any]) -> CheckCase:
    _only(data, {"id", "text", "as_of", "expect", "tags"})
    return CheckCase(
        id=str(data["id"]),
        text=str(data["text"]),
        as_of=date.fromisoformat(data["as_of"]),
        expect=tuple(_expected(one) for one in data["expect"]),
        tags=tuple(data.get("tags", ())),
    )


def _expected(data: Mapping[str, Any]) -> Expected:
    _only(data, {"category", "quote", "rule", "about"})
    return Expected(Category(data["category"]), data.get("quote", ""), data.get("rule", ""), data.get("about", ""))


def _leaving_case(data: Mapping[str, Any]) -> LeavingCase:
    _only(data, {"id", "text", "leaving", "reason", "tags"})
    reason = LeavingReason(data["reason"]).value if data.get("reason") else ""
    return LeavingCase(str(data["id"]), str(data["text"]), bool(data["leaving"]), reason, tuple(data.get("tags", ())))


def _only(data: Mapping[str, Any], known: set[str]) -> None:
    if unknown := set(data) - known:
        raise ValueError(f"unknown keys {sorted(unknown)}")


def _read(path: Path, make: Callable[[Mapping[str, Any]], _Case]) -> list[_Case]:
    cases: list[_Case] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UsageError(f"{path}: {error}", hint=f"读不到用例文件 {path}，请检查路径。") from error
    for number, line in enumerate(lines, start=1):
        try:
            cases.append(make(json.loads(line)))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            hint = f"用例文件 {path} 第 {number} 行不对：{error}。"
            raise UsageError(f"{path}:{number}: {error}", hint=hint) from error
    return cases


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0


def _f1(recall: float, precision: float) -> float:
    return round(2 * recall * precision / (recall + precision), 4) if recall + precision else 0.0
