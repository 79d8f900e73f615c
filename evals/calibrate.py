"""Fits the decision to answer or refuse on one part of the cases and reports on the other, for `app.py calibrate`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assist import decide, fitting
from assist.answer import Examined
from assist.decide import Decision
from assist.fitting import Example
from evals import measures
from evals.cases import Case, case_files, read_cases

HELD = "_held"
"""Case files whose names end so are never fitted on."""


def split(paths: Iterable[Path]) -> tuple[list[Case], list[Case]]:
    """The cases to fit on, and those held out, of files and folders."""
    files = case_files(paths)
    held = [file for file in files if file.stem.endswith(HELD)]
    return read_cases([file for file in files if file not in held]), read_cases(held) if held else []


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a calibration gives: the decision, as data, and how it does on the cases it has not seen."""

    decision: Decision
    data: str
    report: dict[str, Any]


def calibrate(
    fitted_on: Sequence[Case], reported_on: Sequence[Case], examine: Callable[[Case], Examined], *, model: str = ""
) -> Fitted:
    """Fits on `fitted_on` and measures on both; `examine` searches and judges a case without answering it.

    `model` is the fingerprint of the embedding model, whose word vectors the decision is fitted to.
    """
    seen = [_example(case, examine(case)) for case in fitted_on]
    unseen = [_example(case, examine(case)) for case in reported_on]
    decision = fitting.fit(seen, model=model)
    report = {
        "fitted_on": {"cases": len(seen), **fitting.measure_fit(decision, seen, model=model)},
        "reported_on": {"cases": len(unseen), **fitting.measure_fit(decision, unseen, model=model)},
    }
    return Fitted(decision, decide.write(decision, report), report)


def _example(case: Case, examined: Examined) -> Example:
    if case.unanswerable:
        return Example.of(examined.judged, ())
    return Example.of(examined.judged, [_answers(case, one.hit) for one in examined.judged])


def _answers(case: Case, hit: Any) -> bool:
    """True when a hit holds a gold quote, or all facts: the same rule may stand in several documents."""
    text = measures.fold(hit.passage.text)
    if case.facts and all(measures.fold(fact) in text for fact in case.facts) and not case.gold:
        return True
    return any(
        measures.same_source(hit.passage.source, gold.source) and measures.fold(gold.quote) in text
        for gold in case.gold
    )
