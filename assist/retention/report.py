"""What the outcomes say, with how sure that is: kept shares with Wilson intervals, and whether one variant is better.

Pure arithmetic over counts; `outcomes.py` fetches them, pages and API show the result.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from kb.store import OutcomeCount, Result, Tally

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Group:
    """Outcomes of one value of a dimension; `share`, `low`, `high` are of the settled ones (None: none settled)."""

    value: str
    kept: int
    lost: int
    call_back: int

    @property
    def settled(self) -> int:
        """Calls whose outcome is known."""
        return self.kept + self.lost

    @property
    def share(self) -> float | None:
        """Kept of settled, in [0, 1]."""
        return self.kept / self.settled if self.settled else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the true share lies at 95 %, by Wilson; None when nothing is settled."""
        return wilson(self.kept, self.settled) if self.settled else None


@dataclass(frozen=True, slots=True)
class Contest:
    """The variants compared: `leader` is better than every other beyond chance, "" when that cannot be said yet.

    `difference` is the interval of leader minus the runner-up in share kept; `reason` says in Chinese what is known.
    """

    leader: str
    difference: tuple[float, float] | None
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """Counts by variant, reason, segment and time slot, each group by its value.

    `contest` compares variants: those of a trial when `randomised`, else whatever agents happened to use.
    """

    styles: tuple[Group, ...]
    reasons: tuple[Group, ...]
    segments: tuple[Group, ...]
    slots: tuple[Group, ...]
    contest: Contest
    randomised: bool = False

    @property
    def total(self) -> Group:
        """All outcomes together."""
        return Group(
            "合计",
            sum(each.kept for each in self.styles),
            sum(each.lost for each in self.styles),
            sum(each.call_back for each in self.styles),
        )


def report(counts: Sequence[OutcomeCount], trial: Mapping[str, Tally] | None = None, *, minimum: int = 0) -> Report:
    """The report of `counts`; variants are compared by the outcomes of `trial` when there is one.

    Only there were they given by chance, so that nothing else differs; none leads before each has `minimum` outcomes.
    """
    styles = _groups(counts, lambda each: each.style)
    tried = [Group(style, tally.kept, tally.lost, 0) for style, tally in (trial or {}).items()]
    return Report(
        styles=styles,
        reasons=_groups(counts, lambda each: each.reason),
        segments=_groups(counts, lambda each: each.segment),
        slots=_groups(counts, lambda each: each.slot),
        contest=contest(tried or styles, minimum=minimum),
        randomised=bool(tried),
    )


def wilson(kept: int, settled: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The score interval of a proportion: E. B. Wilson (1927), JASA 22. `settled` is at least 1."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, weight = kept / settled, z * z / settled
    middle = (share + weight / 2) / (1 + weight)
    half = z * math.sqrt(share * (1 - share) / settled + weight / (4 * settled)) / (1 + weight)
    low = 0.0 if not kept else max(0.0, middle - half)
    return low, 1.0 if kept == settled else min(1.0, middle + half)


def difference(one: Group, other: Group, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The interval of `one` minus `other` in share kept: R. G. Newcombe (1998), Statistics in Medicine 17, method 10.

    Both have settled outcomes.
    """
    first, second = one.kept / one.settled, other.kept / other.settled
    low_1, high_1 = wilson(one.kept, one.settled, confidence)
    low_2, high_2 = wilson(other.kept, other.settled, confidence)
    gap = first - second
    low = gap - math.sqrt((first - low_1) ** 2 + (high_2 - second) ** 2)
    high = gap + math.sqrt((high_1 - first) ** 2 + (second - low_2) ** 2)
    return low, high


def contest(groups: Sequence[Group], *, minimum: int = 0) -> Contest:
    """Which group keeps more, if that is beyond chance; the confidence is shared among all comparisons (Bonferroni)."""
    known = sorted((each for each in groups if each.settled), key=lambda each: -(each.share or 0.0))
    if len(known) < 2:
        return Contest("", None, "只有一个版本有结果，无从比较。")
    if any(each.settled < minimum for each in groups):
        return Contest("", None, f"还有版本不到最少样本 {minimum} 通，先不下结论。")
    best, rest = known[0], known[1:]
    confidence = 1 - (1 - CONFIDENCE) / len(rest)
    gaps = [difference(best, other, confidence) for other in rest]
    if all(low > 0 for low, _ in gaps):
        low, high = gaps[0]
        return Contest(best.value, gaps[0], f"留住率比第二名高 {low:.1%} 到 {high:.1%}，已超出偶然。")
    return Contest("", gaps[0], "差别还在偶然范围内，继续试。")


def _groups(counts: Sequence[OutcomeCount], of: Callable[[OutcomeCount], str]) -> tuple[Group, ...]:
    found: dict[str, dict[Result, int]] = {}
    for each in counts:
        tally = found.setdefault(of(each), dict.fromkeys(Result, 0))
        tally[each.result] += each.number
    groups = [
        Group(value, tally[Result.KEPT], tally[Result.LOST], tally[Result.CALL_BACK]) for value, tally in found.items()
    ]
    return tuple(sorted(groups, key=lambda each: (-each.settled - each.call_back, each.value)))
