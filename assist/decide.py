"""Decides whether a passage answers a question, by weights fitted on cases and kept as data; the Assistant asks it.

A small logistic regression over the features of `evidence`: few enough to be read, fitted by `fit` (the `calibrate`
command) and never by hand. The threshold refuses TARGET_RECALL of the unanswerable cases it was fitted on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assist.evidence import FEATURES, Asked, measure_all
from assist.sense import Sense
from assist.terms import TermIndex
from kb.model import Hit

TARGET_RECALL = 0.96
_RIDGE = 1.0
_ROUNDS = 6
_SHOWN = 3


Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Decision:
    """Weights by feature name, the bias, and the probability from which a passage is taken for an answer."""

    weights: Mapping[str, float]
    bias: float
    threshold: float

    def probability(self, features: Mapping[str, float]) -> float:
        """Probability in (0, 1) that a passage with these features answers the question."""
        score = self.bias + sum(weight * features[name] for name, weight in self.weights.items())
        return float(1 / (1 + np.exp(-score)))


@dataclass(frozen=True, slots=True)
class Judged:
    """A hit with what it shows of the question, and the probability that it answers it."""

    hit: Hit
    features: Mapping[str, float]
    probability: float


@dataclass(frozen=True, slots=True)
class Example:
    """A case for fitting: features of each hit, and which of them answer the question (none: unanswerable)."""

    features: tuple[Mapping[str, float], ...]
    answers: tuple[bool, ...]


def judge(
    asked: Asked, hits: Sequence[Hit], terms: TermIndex, decision: Decision, sense: Sense | None = None
) -> tuple[Judged, ...]:
    """The hits by falling probability of answering; equal ones keep the order of the search."""
    judged = [
        Judged(hit, features, decision.probability(features))
        for hit, features in zip(hits, measure_all(asked, hits, terms, sense), strict=True)
    ]
    return tuple(sorted(judged, key=lambda one: (-one.probability, one.hit.rank)))


@cache
def shipped() -> Decision:
    """The weights that come with the project."""
    return read(resources.files("assist").joinpath("data/decision.json").read_text(encoding="utf-8"))


def read(text: str) -> Decision:
    """A decision from its JSON; ValueError when a feature is unknown."""
    data: dict[str, Any] = json.loads(text)
    unknown = set(data["weights"]) - set(FEATURES)
    if unknown:
        raise ValueError(f"unknown features: {sorted(unknown)}")
    return Decision(
        {name: float(w) for name, w in data["weights"].items()}, float(data["bias"]), float(data["threshold"])
    )


def write(decision: Decision, report: Mapping[str, object]) -> str:
    """JSON that `read` takes, with the report of the fit beside it for people."""
    weights = {name: round(weight, 4) for name, weight in decision.weights.items()}
    data = {
        "weights": weights,
        "bias": round(decision.bias, 4),
        "threshold": round(decision.threshold, 4),
        "fit": report,
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def fit(examples: Sequence[Example]) -> Decision:
    """Weights that tell the best hit of answerable cases from the best hit of unanswerable ones.

    Multiple-instance fitting: each round takes, by the weights so far, the hit that would be shown for an unanswerable
    case, and the likeliest of the right ones for an answerable case; cases whose answer was not found are left out.
    """
    decision = Decision(dict.fromkeys(FEATURES, 0.0) | {"confidence": 1.0, "coverage": 1.0}, 0.0, 0.5)
    usable = [example for example in examples if example.features and (any(example.answers) or not example.answers)]
    for _ in range(_ROUNDS):
        weights, bias = _signed_logistic(*_instances(usable, decision))
        decision = Decision(dict(zip(FEATURES, weights.tolist(), strict=True)), bias, 0.5)
    return Decision(decision.weights, decision.bias, _threshold(usable, decision))


def measure_fit(decision: Decision, examples: Sequence[Example]) -> dict[str, float]:
    """Refusal recall, over-refusal (of all answerable cases) and how many of either were seen."""
    tops = [max((decision.probability(f) for f in example.features), default=0.0) for example in examples]
    refused = [top < decision.threshold for top in tops]
    lacking = [r for r, example in zip(refused, examples, strict=True) if not example.answers]
    having = [r for r, example in zip(refused, examples, strict=True) if example.answers]
    return {
        "unanswerable": float(len(lacking)),
        "answerable": float(len(having)),
        "refusal_recall": round(sum(lacking) / len(lacking), 4) if lacking else 0.0,
        "over_refusal": round(sum(having) / len(having), 4) if having else 0.0,
    }


def _instances(examples: Sequence[Example], decision: Decision) -> tuple[Array, Array, Array]:
    """Rows, labels and importances: the likeliest right hit of a case, the likeliest three of one without an answer."""
    rows: list[list[float]] = []
    labels: list[float] = []
    importance: list[float] = []
    for example in examples:
        order = sorted(range(len(example.features)), key=lambda i: -decision.probability(example.features[i]))
        right = [i for i in order if example.answers and example.answers[i]]
        chosen = right[:1] or order[:_SHOWN]
        rows += [[example.features[i][name] for name in FEATURES] for i in chosen]
        labels += [float(bool(right))] * len(chosen)
        importance += [1 / len(chosen)] * len(chosen)
    return np.array(rows), np.array(labels), np.array(importance)


def _signed_logistic(rows: Array, labels: Array, importance: Array) -> tuple[Array, float]:
    """As `_logistic`, but a feature that would speak against its own meaning is left out: its weight is 0."""
    signs = np.array(list(FEATURES.values()), dtype=np.float64)
    kept = np.ones(rows.shape[1], dtype=bool)
    while True:
        found, bias = _logistic(rows[:, kept], labels, importance)
        weights = np.zeros(rows.shape[1])
        weights[kept] = found
        wrong = weights * signs < 0
        if not wrong.any():
            return weights, bias
        kept &= ~wrong


def _logistic(rows: Array, labels: Array, importance: Array) -> tuple[Array, float]:
    """Ridge logistic regression by Newton's method on standardised features, the two classes weighing the same."""
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    scale[scale < 1e-6] = 1.0
    design = np.hstack([(rows - mean) / scale, np.ones((len(rows), 1))])
    share = float(importance @ labels / importance.sum())
    weight = importance * np.where(labels > 0, 0.5 / max(share, 1e-6), 0.5 / max(1 - share, 1e-6))
    ridge = np.diag([*([_RIDGE] * rows.shape[1]), 1e-6])
    beta = np.zeros(design.shape[1])
    for _ in range(40):
        odds = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        gradient = design.T @ (weight * (labels - odds)) - ridge @ beta
        curvature = (design * (weight * odds * (1 - odds))[:, None]).T @ design + ridge
        step = np.linalg.solve(curvature, gradient)
        beta += step
        if float(np.abs(step).max()) < 1e-8:
            break
    weights: Array = beta[:-1] / scale
    return weights, float(beta[-1] - weights @ mean)


def _threshold(examples: Sequence[Example], decision: Decision) -> float:
    """The lowest threshold that refuses TARGET_RECALL of the unanswerable; 0.5 when there is none."""
    tops = sorted(max(decision.probability(f) for f in example.features) for example in examples if not example.answers)
    if not tops:
        return 0.5
    kept = min(len(tops) - 1, int(np.ceil(TARGET_RECALL * len(tops))) - 1)
    return min(0.99, tops[kept] + 1e-3)
