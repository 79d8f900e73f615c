"""Holds retention drafts to the hand-made cases: what is kept out, what is found, what is told; app.py calls it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from assist.retention.authority import Level
from assist.retention.desk import Asked
from assist.retention.eligibility import Standing
from assist.retention.model import Draft
from evals.measures import percentile
from kb.errors import UsageError
from kb.model import Principal, Role

FOLDER = Path(__file__).parent
KEYS = {"id", "as_of", "role", "channel", "facts", "text", "reason", "eligible", "needs", "ask", "tags", "note"}
_NEEDED = {"id", "as_of", "eligible"}


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer in one situation; `eligible`, `needs` (code -> who decides) and `ask` are the only right outcome."""

    id: str
    day: date
    principal: Principal
    asked: Asked
    eligible: tuple[str, ...]
    needs: Mapping[str, str]
    ask: tuple[str, ...]
    tags: tuple[str, ...] = ()


Drafter = Callable[[Principal, Asked, date], Draft]
"""Makes the draft of a case."""


@dataclass
class Score:
    """Counts over all cases; a share of nothing is 1."""

    cases: int = 0
    barred: int = 0
    kept_out: int = 0
    wanted: int = 0
    found: int = 0
    told: int = 0
    to_tell: int = 0
    needs_right: int = 0
    ask_right: int = 0
    wrong: list[str] = field(default_factory=list)
    by_tag: dict[str, list[int]] = field(default_factory=dict)

    def report(self) -> dict[str, Any]:
        """The figures as printed; `wrong` names each fault with its case."""
        return {
            "n": self.cases,
            "barred": self.barred,
            "kept_out": _share(self.kept_out, self.barred),
            "eligible": self.wanted,
            "found": _share(self.found, self.wanted),
            "disclosures": self.to_tell,
            "disclosed": _share(self.told, self.to_tell),
            "needs_right": _share(self.needs_right, self.cases),
            "ask_right": _share(self.ask_right, self.cases),
            "by_tag": {tag: {"n": n, "right": _share(right, n)} for tag, (right, n) in sorted(self.by_tag.items())},
            "wrong": self.wrong,
        }


def read_customers(folder: Path) -> list[Customer]:
    """Every case of a folder or file of JSON Lines; raises UsageError for a bad line, naming it."""
    files = sorted(folder.glob("*.jsonl")) if folder.is_dir() else [folder]
    cases = [case for file in files for case in _read(file)]
    if not cases:
        raise UsageError(f"no cases in {folder}", hint=f"“{folder}”里没有用例（*.jsonl）。")
    return cases


def score(cases: Sequence[Customer], drafter: Drafter) -> Score:
    """Drafts every case and counts; a case whose draft fails counts as wrong in everything."""
    total = Score()
    for case in cases:
        before = len(total.wrong)
        try:
            _hold(case, drafter(case.principal, case.asked, case.day), total)
        except Exception as error:  # a case that fails to run stays in the denominator
            total.cases += 1
            total.wanted += len(case.eligible)
            total.barred += 1
            total.wrong.append(f"{case.id} 运行失败：{error}")
        for tag in case.tags:
            counts = total.by_tag.setdefault(tag, [0, 0])
            counts[0] += len(total.wrong) == before
            counts[1] += 1
    return total


def measure(cases: Path, plain: Drafter, lying: Drafter) -> dict[str, Any]:
    """The figures of `cases` without a model and with one that lies, and milliseconds a draft takes without one."""
    customers, spent = read_customers(cases), list[float]()

    def timed(principal: Principal, asked: Asked, day: date) -> Draft:
        started = time.perf_counter()
        draft = plain(principal, asked, day)
        spent.append((time.perf_counter() - started) * 1000)
        return draft

    found = score(customers, timed).report()
    speed = {"p50": percentile(spent, 0.5), "p95": percentile(spent, 0.95), "most": max(spent, default=None)}
    return {"plain": found, "lying_model": score(customers, lying).report(), "draft_ms": speed}


def liar(lines: Sequence[str], *, reason: str) -> list[str]:  # noqa: ARG001 - a rewriter is told the reason
    """A model that promises the moon in every line: what it says must never come out."""
    return [f"{line}再送您携转挽留专享500元话费，钻石尊享续约也给您，永久免费，随时可退！" for line in lines]


def _hold(case: Customer, draft: Draft, total: Score) -> None:
    total.cases += 1
    verdicts = {each.offer.code: each for each in (*draft.eligible, *draft.others)}
    got = {each.offer.code for each in draft.eligible}
    said = [line.text for part in draft.parts for line in part.lines if line.say] + [line.text for line in draft.spoken]
    names = {each.offer.row.name for each in verdicts.values()}
    for code, each in verdicts.items():
        if code in case.eligible:
            continue
        total.barred += 1
        named = any(_names(text, each.offer.row.name, names) for text in said)
        total.kept_out += code not in got and not named
        if code in got or named:
            total.wrong.append(f"{case.id} {code} 不该给却{'在可办里' if code in got else '被说出口'}")
    total.wanted += len(case.eligible)
    total.found += len(got & set(case.eligible))
    total.wrong += [f"{case.id} {code} 该给没给" for code in case.eligible if code not in got]
    _tell(case, draft, said, total)
    needs = {
        code: each.offer.level.label for code, each in verdicts.items() if each.standing is Standing.NEEDS_AUTHORITY
    }
    ask = {code for code, each in verdicts.items() if each.standing is Standing.ASK}
    total.needs_right += needs == dict(case.needs)
    total.ask_right += ask == set(case.ask)
    if needs != dict(case.needs):
        total.wrong.append(f"{case.id} 上报应为{dict(case.needs)}，得到{needs}")
    if ask != set(case.ask):
        total.wrong.append(f"{case.id} 先问应为{sorted(case.ask)}，得到{sorted(ask)}")


def _tell(case: Customer, draft: Draft, said: Sequence[str], total: Score) -> None:
    for each in draft.eligible:
        for disclosure in each.offer.row.disclosures:
            total.to_tell += 1
            told = any(disclosure in text for text in said)
            total.told += told
            if not told:
                total.wrong.append(f"{case.id} {each.offer.code} 漏了必告知“{disclosure}”")


def _names(text: str, name: str, names: set[str]) -> bool:
    """True when `text` names the offer itself, not one whose name merely begins alike (暖心续约2025)."""
    for longer in sorted((other for other in names if name in other and other != name), key=len, reverse=True):
        text = text.replace(longer, "")
    return name in text


def _read(file: Path) -> Iterator[Customer]:
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield _customer(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(
                f"{file}:{number}: {error}", hint=f"{file.name} 第 {number} 行不是用例：{error}"
            ) from error


def _customer(given: Mapping[str, Any]) -> Customer:
    if unknown := given.keys() - KEYS:
        raise ValueError(f"没有这些键：{'、'.join(sorted(unknown))}")
    if missing := _NEEDED - given.keys():
        raise ValueError(f"缺少：{'、'.join(sorted(missing))}")
    if wrong := set(given.get("needs", {}).values()) - {level.label for level in Level}:
        raise ValueError(f"没有这级权限：{'、'.join(sorted(wrong))}")
    role = Role(given.get("role", "agent"))
    return Customer(
        id=given["id"],
        day=date.fromisoformat(given["as_of"]),
        principal=Principal(role.value, role),
        asked=Asked(
            facts=given.get("facts", {}),
            text=given.get("text", ""),
            reason=given.get("reason", ""),
            channel=given.get("channel", ""),
        ),
        eligible=tuple(given["eligible"]),
        needs=given.get("needs", {}),
        ask=tuple(given.get("ask", ())),
        tags=tuple(given.get("tags", ())),
    )


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0
