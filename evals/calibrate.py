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
from kb.model import Hit

HELD = "_held"
"""Case files whose names end so are never fitted on."""

OWN_WEIGHT = 24.0
"""What a case of the evaluation's own half weighs beside a training case: there are ten times as many of those."""


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
    fitted_on: Sequence[Case],
    reported_on: Sequence[Case],
    examine: Callable[[Case], Examined],
    *,
    training: Sequence[Case] = (),
    model: str = "",
) -> Fitted:
    """Fits on `fitted_on` and `training`, measures on all; `examine` searches and judges a case without answering it.

    `model` is the fingerprint of the embedding model, whose word vectors the decision is fitted to.
    """
    seen = [_example(case, examine(case), weight=OWN_WEIGHT) for case in fitted_on]
    more = [_example(case, examine(case)) for case in training]
    unseen = [_example(case, examine(case)) for case in reported_on]
    decision = fitting.fit(seen, more, model=model)
    report = {
        name: {"cases": len(examples), **fitting.measure_fit(decision, examples, model=model)}
        for name, examples in (("fitted_on", seen), ("training", more), ("reported_on", unseen))
        if examples
    }
    return Fitted(decision, decide.write(decision, report), report)


def _example(case: Case, examined: Examined, *, weight: float = 1.0) -> Example:
    """A case to fit on; hits that hold its facts but are not named as answers may be either, and are left out."""
    if case.unanswerable:
        return Example.of(examined.judged, (), weight=weight)
    judged = [(one, _answers(case, one.hit)) for one in examined.judged]
    clear = [(one, right) for one, right in judged if right or not _holds_facts(case, one.hit)]
    return Example.of([one for one, _ in clear], [right for _, right in clear], weight=weight)


def _answers(case: Case, hit: Hit) -> bool:
    """True when a hit holds a gold quote, or all facts where no passage is named."""
    text = measures.fold(hit.passage.text)
    if not case.gold:
        return _holds_facts(case, hit)
    return any(
        measures.same_source(hit.passage.source, gold.source) and measures.fold(gold.quote) in text
        for gold in case.gold
    )


def _holds_facts(case: Case, hit: Hit) -> bool:
    text = measures.fold(hit.passage.text)
    return bool(case.facts) and all(measures.fold(fact) in text for fact in case.facts)
