"""Decides whether a passage answers a question, by weights fitted on cases and kept as data; the Assistant asks it.

A logistic regression over a few features of `evidence`. Two more weigh the question's words by how much each matters:
"covered" is the share of what matters that the passage meets, "lacking" how much of it is missing. How much a word
matters is read off its vector, so that it holds for words never seen in a case. `fitting` makes the numbers.
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

from assist.evidence import FEATURES, VETOES, Asked, Evidence, Words, measure_all
from assist.sense import Sense
from assist.terms import TermIndex
from kb.model import Hit

WORD_FEATURES = {"covered": 1, "lacking": -1}
SIGNS = FEATURES | WORD_FEATURES
"""Every feature with the direction in which it may count."""

PRIOR = 0.1
"""Weight of a word met that every question is given, so that one without words is covered."""

_SEARCHED = 0.1
"""What a point of the search's score counts beside log-odds: chosen on the fitted half and the training cases."""
_UNSURE = 1e-6

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Importance:
    """How much a word matters: the sigmoid of `bias` + `vector` · word, for vectors of `model` only."""

    model: str
    bias: float
    vector: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """Weights by feature name, the bias, the probability from which a passage counts as an answer, and importance."""

    weights: Mapping[str, float]
    bias: float
    threshold: float
    importance: Importance | None = None

    def probability(self, features: Mapping[str, float]) -> float:
        """Probability that a passage with these features answers the question; 0 for a contradicted one."""
        if any(features[name] >= 1 for name in VETOES):
            return 0.0
        score = self.bias + sum(weight * features[name] for name, weight in self.weights.items())
        return float(1 / (1 + np.exp(-score)))

    def matter(self, words: Words, model: str) -> Array:
        """How much each word matters, (n,) in (0, 1]; the same for all where nothing is known of this model's words."""
        if self.importance is None or words.vectors is None or self.importance.model != model:
            return words.light
        return words.light * matter(words.vectors, self.importance.bias, np.array(self.importance.vector))


@dataclass(frozen=True, slots=True)
class Judged:
    """A hit with all its features and the probability that it answers; `words` and `evidence` are for fitting.

    `about` is the probability by what the passage is about (see Evidence): of several that answer it tells which.
    """

    hit: Hit
    features: Mapping[str, float]
    probability: float
    about: float
    words: Words
    evidence: Evidence


def judge(
    asked: Asked, hits: Sequence[Hit], terms: TermIndex, decision: Decision, sense: Sense | None = None
) -> tuple[Judged, ...]:
    """The hits by falling probability of answering; equal ones keep the order of the search."""
    words, shown = measure_all(asked, hits, terms, sense)
    weights = decision.matter(words, sense.model if sense is not None else "")
    judged = []
    for hit, evidence in zip(hits, shown, strict=True):
        features = dict(evidence.features) | weigh(weights, evidence.met)
        about = decision.probability(dict(evidence.features) | weigh(weights, evidence.about))
        judged.append(Judged(hit, features, decision.probability(features), about, words, evidence))
    return tuple(sorted(judged, key=lambda one: (-one.probability, one.hit.rank)))


def choose(judged: Sequence[Judged], threshold: float) -> list[Judged]:
    """The hits likely enough to answer, the one to answer with first.

    Whether there is an answer the probability tells; which of several is meant, the log-odds by what each is about and
    a little the search's own score.
    """

    def fit(one: Judged) -> float:
        about = min(max(one.about, _UNSURE), 1 - _UNSURE)
        return float(np.log(about / (1 - about))) + _SEARCHED * one.hit.score

    good = [one for one in judged if one.probability >= threshold]
    return sorted(good, key=lambda one: (-fit(one), one.hit.rank))


def matter(vectors: NDArray[np.floating[Any]], bias: float, direction: Array) -> Array:
    """The sigmoid of bias + vectors (…, d) · direction (d,): (…) in (0, 1)."""
    odds: Array = 1 / (1 + np.exp(-(bias + vectors @ direction)))
    return odds


def weigh(weights: Array, met: Array) -> dict[str, float]:
    """The two word features from how much each word matters and how far it is met; nothing asked is nothing lacking."""
    total = float(weights.sum())
    return {
        "covered": (float(weights @ met) + PRIOR) / (total + PRIOR),
        "lacking": float(weights @ (1 - met)),
    }


@cache
def shipped() -> Decision:
    """The weights that come with the project."""
    return read(resources.files("assist").joinpath("data/decision.json").read_text(encoding="utf-8"))


def read(text: str) -> Decision:
    """A decision from its JSON; ValueError when a feature is unknown."""
    data: dict[str, Any] = json.loads(text)
    unknown = set(data["weights"]) - set(SIGNS)
    if unknown:
        raise ValueError(f"unknown features: {sorted(unknown)}")
    importance = data.get("importance")
    return Decision(
        {name: float(weight) for name, weight in data["weights"].items()},
        float(data["bias"]),
        float(data["threshold"]),
        importance and Importance(importance["model"], float(importance["bias"]), tuple(importance["vector"])),
    )


def write(decision: Decision, report: Mapping[str, object]) -> str:
    """JSON that `read` takes, with the report of the fit beside it for people."""
    data: dict[str, object] = {
        "weights": {name: round(weight, 4) for name, weight in decision.weights.items()},
        "bias": round(decision.bias, 4),
        "threshold": round(decision.threshold, 4),
        "fit": report,
    }
    text = json.dumps(data, ensure_ascii=False, indent=2)
    if decision.importance is None:
        return text + "\n"
    vector = [round(number, 3) for number in decision.importance.vector]
    importance = {"model": decision.importance.model, "bias": round(decision.importance.bias, 4), "vector": vector}
    return f'{text[:-2]},\n  "importance": {json.dumps(importance, ensure_ascii=False)}\n}}\n'
