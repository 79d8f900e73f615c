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

from assist.evidence import FEATURES, Asked, measure, read_passage
from assist.terms import TermIndex
from kb.model import Hit

TARGET_RECALL = 0.96
_RIDGE = 1.0
_ROUNDS = 6


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


def judge(asked: Asked, hits: Sequence[Hit], terms: TermIndex, decision: Decision) -> tuple[Judged, ...]:
    """The hits by falling probability of answering; equal ones keep the order of the search."""
    pool = [read_passage(hit, terms) for hit in hits]
    judged = []
    for shown in pool:
        features = measure(asked, shown, pool, terms)
        judged.append(Judged(shown.hit, features, decision.probability(features)))
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
        rows, labels = _instances(usable, decision)
        weights, bias = _logistic(rows, labels)
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


def _instances(examples: Sequence[Example], decision: Decision) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows: list[list[float]] = []
    labels: list[float] = []
    for example in examples:
        scores = [decision.probability(features) for features in example.features]
        right = [i for i, answers in enumerate(example.answers) if answers]
        chosen = max(right, key=lambda i: scores[i]) if right else int(np.argmax(scores))
        rows.append([example.features[chosen][name] for name in FEATURES])
        labels.append(float(bool(right)))
    return np.array(rows), np.array(labels)


def _logistic(rows: NDArray[np.float64], labels: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Ridge logistic regression by Newton's method on standardised features, the two classes weighing the same."""
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    scale[scale < 1e-6] = 1.0
    design = np.hstack([(rows - mean) / scale, np.ones((len(rows), 1))])
    share = labels.mean()
    importance = np.where(labels > 0, 0.5 / max(share, 1e-6), 0.5 / max(1 - share, 1e-6))
    ridge = np.diag([*([_RIDGE] * rows.shape[1]), 1e-6])
    beta = np.zeros(design.shape[1])
    for _ in range(40):
        odds = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        gradient = design.T @ (importance * (labels - odds)) - ridge @ beta
        curvature = (design * (importance * odds * (1 - odds))[:, None]).T @ design + ridge
        step = np.linalg.solve(curvature, gradient)
        beta += step
        if float(np.abs(step).max()) < 1e-8:
            break
    weights = beta[:-1] / scale
    return weights, float(beta[-1] - weights @ mean)


def _threshold(examples: Sequence[Example], decision: Decision) -> float:
    """The lowest threshold that refuses TARGET_RECALL of the unanswerable; 0.5 when there is none."""
    tops = sorted(max(decision.probability(f) for f in example.features) for example in examples if not example.answers)
    if not tops:
        return 0.5
    kept = min(len(tops) - 1, int(np.ceil(TARGET_RECALL * len(tops))) - 1)
    return min(0.99, tops[kept] + 1e-3)
