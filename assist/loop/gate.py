"""The release gate (知识库应答测试): every known question, asked of the candidate beside what answers now.

Golden cases come as values with their own judge (`assist.golden`), those of other origins as they are gathered.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Literal

from assist.model import Answer, Outcome, Question
from kb.model import DocumentDraft

WORKERS = 2
"""So many questions are asked at once: answering waits for the model and the indexes, which leave Python free."""

Ask = Callable[[Question], Answer]
Judge = Callable[[Question, Answer], bool]


class Change(StrEnum):
    """How the candidate's answer compares with the one given now."""

    SAME = "same"
    BETTER = "better"
    WORSE = "worse"
    DIFFERENT = "different"

    @property
    def label(self) -> str:
        """The change's name for people."""
        return {"same": "不变", "better": "变好", "worse": "变差", "different": "有变化"}[self.value]


@dataclass(frozen=True, slots=True)
class Trialled:
    """A question the gate asks: where it comes from, and how to tell a right answer (None: nobody knows)."""

    id: str
    origin: Literal["golden", "verified", "recent"]
    question: Question
    right: Judge | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One question with both answers."""

    id: str
    origin: str
    question: str
    change: str
    before: str
    after: str
    before_right: bool | None
    after_right: bool | None


@dataclass(frozen=True, slots=True)
class Report:
    """What the gate found; `broken` are the ids of golden cases and verified gaps that were right and are not.

    `origins` says how many questions came from where.
    """

    asked: int
    origins: Mapping[str, int]
    counts: Mapping[str, int]
    broken: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def passed(self) -> bool:
        """True when nothing that was right is broken."""
        return not self.broken

    def json(self) -> dict[str, Any]:
        """The report as it is kept and shown; only lines that change."""
        return {
            "asked": self.asked,
            "origins": dict(self.origins),
            "counts": dict(self.counts),
            "broken": list(self.broken),
            "passed": self.passed,
            "lines": [asdict(line) for line in self.lines],
        }


def run(trialled: Sequence[Trialled], current: Ask, candidate: Ask) -> Report:
    """Asks everything twice. Questions without a judge are better when answered at last, worse when refused now."""
    lines, counts, broken = [], dict.fromkeys((change.value for change in Change), 0), []

    def compared(each: Trialled) -> Line:
        return _line(each, current(each.question), candidate(each.question))

    with ThreadPoolExecutor(WORKERS, thread_name_prefix="gate") as pool:
        made = list(pool.map(compared, trialled))
    for each, line in zip(trialled, made, strict=True):
        counts[line.change] += 1
        if line.change != Change.SAME:
            lines.append(line)
        if line.before_right and not line.after_right and each.origin != "recent":
            broken.append(each.id)
    order = [Change.WORSE.value, Change.DIFFERENT.value, Change.BETTER.value]
    lines.sort(key=lambda line: order.index(line.change))
    origins: Counter[str] = Counter(each.origin for each in trialled)
    return Report(len(trialled), origins, counts, tuple(broken), tuple(lines))


def digest(documents: Sequence[DocumentDraft], retire: Sequence[str], asked: str = "") -> str:
    """Names exactly what is tried, and by which golden cases (`asked`): a run of the gate counts for nothing else."""
    content = sorted((each.source, each.fingerprint) for each in documents)
    return hashlib.sha256(json.dumps([content, sorted(retire), asked], ensure_ascii=False).encode()).hexdigest()


def _line(each: Trialled, before: Answer, after: Answer) -> Line:
    right = [None if each.right is None else each.right(each.question, one) for one in (before, after)]
    return Line(
        id=each.id,
        origin=each.origin,
        question=each.question.text,
        change=_change(before, after, right).value,
        before=_shown(before),
        after=_shown(after),
        before_right=right[0],
        after_right=right[1],
    )


def _change(before: Answer, after: Answer, right: Sequence[bool | None]) -> Change:
    if right[0] is not None and right[0] != right[1]:
        return Change.BETTER if right[1] else Change.WORSE
    answered = [one.outcome is Outcome.ANSWERED for one in (before, after)]
    if right[0] is None and answered[0] != answered[1]:
        return Change.BETTER if answered[1] else Change.WORSE
    return Change.SAME if _shown(before) == _shown(after) else Change.DIFFERENT


def _shown(answer: Answer) -> str:
    return answer.text if answer.outcome is Outcome.ANSWERED else "（未答出）"
