"""How likely a passage found answers the question, in [0, 1]: a small logistic regression over what is seen of a hit.

Scores order one list and cosines crowd in a narrow band: neither says anything by itself. `kb.search` gives every hit
its confidence; `app.py calibrate` fits it again on cases. Weights are data (kb/data/confidence.json).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.model import Passage
from kb.text import bigrams, content_words, figures, strip_asking, words

FEATURES = (
    "cosine",
    "z_dense",
    "z_bigrams",
    "z_questions",
    "variant",
    "lead",
    "margin",
    "word_coverage",
    "pair_coverage",
    "figures_missing",
)
"""What is weighed: cosine, z-scores, lead and margin are as `kb.retrieve` gives them, the rest is in [0, 1]."""

_EARLY = 5.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights on standardised features; `means` and `scales` are of the samples fitted on, `fitted` says how it went.

    `model` names the embedder whose cosines it knows; for others the cosine is left at its mean.
    """

    weights: Mapping[str, float]
    bias: float
    means: Mapping[str, float]
    scales: Mapping[str, float]
    model: str = ""
    fitted: Mapping[str, Any] = field(default_factory=dict)

    def probability(self, features: Mapping[str, float], *, model: str = "") -> float:
        """Probability in (0, 1) that a hit with these features answers."""
        total = self.bias
        for name, weight in self.weights.items():
            if name == "cosine" and model != self.model:
                continue
            total += weight * (features.get(name, 0.0) - self.means[name]) / self.scales[name]
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))

    def as_json(self) -> str:
        """The calibration as the text of its data file."""
        parts = {
            "weights": _rounded(self.weights),
            "bias": round(self.bias, 4),
            "means": _rounded(self.means),
            "scales": _rounded(self.scales),
            "model": self.model,
            "fitted": self.fitted,
        }
        return json.dumps(parts, ensure_ascii=False, indent=1)

    @classmethod
    def parse(cls, text: str) -> Calibration:
        """Inverse of `as_json`; raises ValueError or KeyError for anything else."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True)
class Sample:
    """One hit of one case: its features and whether it holds the answer."""

    features: Mapping[str, float]
    answers: bool


def measure(question: str, passage: Passage, seen: Mapping[str, float]) -> dict[str, float]:
    """The features of one hit: `seen` is what `kb.retrieve` says of it; the rest is read from its words."""
    asked = _asked(question)
    shown = "\n".join((passage.title, *passage.heading, passage.text, *passage.questions))
    shown_words, shown_pairs = set(words(shown)), set(bigrams(shown))
    return {
        "cosine": seen.get("cosine", 0.0),
        "z_dense": seen.get("z_dense", 0.0),
        "z_bigrams": seen.get("z_bigrams", 0.0),
        "z_questions": seen.get("z_questions", 0.0),
        "variant": 1.0 if seen.get("slot", 0.0) > 0 else 0.0,
        "lead": min(seen.get("lead", 0.0), _EARLY),
        "margin": min(seen.get("margin", 0.0), _EARLY),
        "word_coverage": _share(asked.words, shown_words),
        "pair_coverage": _share(asked.pairs, shown_pairs),
        "figures_missing": 1 - _share(asked.figures, shown_words | figures(shown)),
    }


def confidence(
    question: str,
    passage: Passage,
    seen: Mapping[str, float],
    *,
    model: str = "",
    calibration: Calibration | None = None,
) -> float:
    """Probability in (0, 1) that `passage` answers `question`; `model` is the embedder's name."""
    return (calibration or default_calibration()).probability(measure(question, passage, seen), model=model)


def fit(samples: Sequence[Sample], *, model: str, fitted: Mapping[str, Any] | None = None) -> Calibration:
    """Weights by ridge logistic regression (Newton's method); raises ValueError when all samples are of one kind."""
    answers = np.array([sample.answers for sample in samples], np.float64)
    if not 0 < answers.sum() < len(answers):
        raise ValueError("samples of one kind only: nothing to fit")
    rows = np.array([[sample.features.get(name, 0.0) for name in FEATURES] for sample in samples], np.float64)
    means, scales = rows.mean(axis=0), rows.std(axis=0)
    scales[scales < 1e-6] = 1.0
    weights, bias = _newton((rows - means) / scales, answers)
    return Calibration(
        weights=dict(zip(FEATURES, weights.tolist(), strict=True)),
        bias=bias,
        means=dict(zip(FEATURES, means.tolist(), strict=True)),
        scales=dict(zip(FEATURES, scales.tolist(), strict=True)),
        model=model,
        fitted=fitted or {"samples": len(samples)},
    )


def quality(calibration: Calibration, samples: Sequence[Sample]) -> dict[str, float]:
    """How good the probabilities are on `samples`: Brier score, expected calibration error (10 bins), AUROC."""
    given = np.array([calibration.probability(s.features, model=calibration.model) for s in samples])
    answers = np.array([s.answers for s in samples], np.float64)
    bins = np.minimum((given * 10).astype(int), 9)
    gaps = [
        abs(given[bins == b].mean() - answers[bins == b].mean()) * (bins == b).mean()
        for b in range(10)
        if (bins == b).any()
    ]
    return {
        "samples": len(samples),
        "brier": round(float(((given - answers) ** 2).mean()), 4),
        "ece": round(float(sum(gaps)), 4),
        "auroc": round(auroc(given, answers > 0), 4),
    }


def auroc(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    """Chance that a positive scores above a negative, ties half (Mann-Whitney); 0.5 when one kind is missing."""
    above, below = scores[positive], scores[~positive]
    if not len(above) or not len(below):
        return 0.5
    order = np.sort(below)
    wins = np.searchsorted(order, above, "left") + np.searchsorted(order, above, "right")
    return float(wins.sum() / (2 * len(above) * len(below)))


@cache
def default_calibration() -> Calibration:
    """The calibration that comes with the program."""
    return Calibration.parse(resources.files("kb").joinpath("data/confidence.json").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class _Asked:
    words: frozenset[str]
    pairs: frozenset[str]
    figures: frozenset[str]


@lru_cache(maxsize=64)
def _asked(question: str) -> _Asked:
    return _Asked(frozenset(content_words(question)), frozenset(bigrams(strip_asking(question))), figures(question))


def _share(asked: frozenset[str], shown: set[str] | frozenset[str]) -> float:
    return len(asked & shown) / len(asked) if asked else 1.0


def _newton(rows: NDArray[np.float64], answers: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    matrix = np.hstack([rows, np.ones((len(rows), 1))])
    penalty = np.eye(matrix.shape[1])
    penalty[-1, -1] = 0
    weights = np.zeros(matrix.shape[1])
    for _ in range(50):
        given = 1 / (1 + np.exp(-np.clip(matrix @ weights, -30, 30)))
        slope = matrix.T @ (given - answers) + penalty @ weights
        curve = matrix.T @ (matrix * (given * (1 - given))[:, None]) + penalty
        step = np.linalg.solve(curve, slope)
        weights = weights - step
        if float(np.abs(step).max()) < 1e-8:
            break
    return weights[:-1], float(weights[-1])


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}
