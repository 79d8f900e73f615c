"""Fits the weights of the business types on one part of the cases and reports on the other, for `app.py calibrate`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from assist import businesstype
from assist.answer import Examined, row_types
from assist.businesstype import TypeClassifier
from evals import measures
from evals.cases import Case
from evals.run import TYPE_TAG


@dataclass(frozen=True, slots=True)
class FittedTypes:
    """What fitting gives: the weights as data, and the macro-F1 on the cases fitted on and on those held out."""

    data: str
    report: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Labelled:
    examined: Examined
    label: str


def fit_types(
    fitted_on: Sequence[Case],
    reported_on: Sequence[Case],
    examine: Callable[[Case], Examined],
    classifier: TypeClassifier,
) -> FittedTypes:
    """Fits on the cases of `fitted_on` that state a type; `classifier` gathers the evidence."""
    seen, unseen = _labelled(fitted_on, examine), _labelled(reported_on, examine)
    evidence = [
        classifier.evidence(one.examined.standalone.text, row_types=row_types(one.examined.judged)) for one in seen
    ]
    weights = businesstype.fit(evidence, [one.label for one in seen])
    fitted = classifier.weighted(weights)
    report = {"fitted_on": _measure(fitted, seen), "reported_on": _measure(fitted, unseen)}
    return FittedTypes(businesstype.write(weights, report), report)


def _labelled(cases: Sequence[Case], examine: Callable[[Case], Examined]) -> list[_Labelled]:
    return [
        _Labelled(examine(case), tag.removeprefix(TYPE_TAG))
        for case in cases
        for tag in case.tags
        if tag.startswith(TYPE_TAG)
    ]


def _measure(classifier: TypeClassifier, labelled: Sequence[_Labelled]) -> dict[str, Any]:
    told = [
        classifier.classify(one.examined.standalone.text, row_types=row_types(one.examined.judged)).label
        for one in labelled
    ]
    f1 = measures.macro_f1([(one.label, said) for one, said in zip(labelled, told, strict=True)])
    return {"cases": len(labelled), "macro_f1": None if f1 is None else round(f1, 4)}
