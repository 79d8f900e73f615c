"""Checks made items with code of its own: keys supported, one right option, nothing twice; `app.py quiz-check` runs it.

Nothing of the generator's checks is used here: tables are parsed again, sentences are completed and looked up again.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from assist.quiz.desk import Base as QuizBase
from assist.quiz.desk import QuizDesk
from assist.quiz.model import Item, ItemKind, Order
from evals.quizcheck.chance import at_least, chi_square, lengths, places, two_sided
from evals.quizcheck.faults import Finding, asked_again, faults, twice
from evals.quizcheck.reading import Base, folded, within
from kb.model import Passage

__all__ = ["Finding", "at_least", "check", "check_made", "chi_square", "folded", "within"]

SIGNIFICANT = 0.01
"""A deviation from chance with a smaller probability than this is a finding."""


def check(items: Sequence[Item], passages: Sequence[Passage]) -> dict[str, Any]:
    """A report over items: `findings`, and figures on position and length with the probability of chance.

    `ok` is True when nothing was found. Empty items are an empty report.
    """
    base = Base(passages)
    findings = [one for item in items for one in faults(item, base)] + list(twice(items))
    findings += asked_again(items)
    stood = places([item for item in items if item.kind.one_right and len(item.options) == 4])
    judged = [item.key[0] for item in items if item.kind is ItemKind.TRUE_FALSE]
    long = lengths([item for item in items if item.kind.one_right])
    counts = Counter(one.what for one in findings)
    report: dict[str, Any] = {
        "n": len(items),
        "by_kind": dict(Counter(item.kind.value for item in items)),
        "unsupported": counts["unsupported"],
        "two_right": counts["two_right"],
        "duplicates": counts["duplicate"],
        "gives_away": counts["gives_away"],
        "position": stood,
        "judged_true": {"n": len(judged), "true": judged.count(0), "p": two_sided(judged.count(0), len(judged))},
        "length": long,
        "findings": [{"item": one.item, "what": one.what, "detail": one.detail} for one in findings],
    }
    report["ok"] = not findings and min(stood["p"], report["judged_true"]["p"], long["p"]) >= SIGNIFICANT
    return report


def check_made(desk: QuizDesk, base: QuizBase, order: Order) -> dict[str, Any]:
    """Makes items for an order, keeps none, and checks them: the report, with the seconds it took to make them."""
    started = time.perf_counter()
    made = desk.preview(order)
    seconds = round(time.perf_counter() - started, 2)
    report = check(made.items, base.passages(order.audience, as_of=order.as_of))
    speed = {"seconds_to_make": seconds, "seconds_per_100": round(100 * seconds / max(len(made.items), 1), 2)}
    return report | speed | {"possible": made.possible, "notes": list(made.notes)}
