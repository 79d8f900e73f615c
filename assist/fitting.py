"""Fits the decision on cases: weights, importance of words and threshold; the `calibrate` command calls it.

Multiple-instance logistic regression: of a case without an answer the hits most likely to be shown count, of a case
with one the likeliest right hit. Every weight keeps the sign its feature declares. Plain numpy, no chance involved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assist.decide import PRIOR, SIGNS, WORD_FEATURES, Array, Decision, Importance, Judged, matter, weigh
from assist.evidence import FEATURES, VETOES, Evidence, Words

TARGET_RECALL = 0.9
"""The threshold refuses this share of the unanswerable cases it is chosen on, each by a fit that has not seen it."""

_ROUNDS = 3
_STEPS = 150
_RATE = 0.05
_RIDGE = 0.0005
_DECAY = 0.001
_SHOWN = 3
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Example:
    """A case: what each hit showed, which of them answer the question (empty: it has no answer), and its weight."""

    words: Words | None
    evidence: tuple[Evidence, ...]
    answers: tuple[bool, ...]
    weight: float = 1.0

    @classmethod
    def of(cls, judged: Sequence[Judged], answers: Sequence[bool], *, weight: float = 1.0) -> Example:
        """From the hits as judged; `answers` goes with them, or is empty for an unanswerable case."""
        words = judged[0].words if judged else None
        return cls(words, tuple(one.evidence for one in judged), tuple(answers), weight)


@dataclass(slots=True)
class _Parameters:
    weights: Array
    bias: float
    direction: Array
    word_bias: float


@dataclass(frozen=True, slots=True)
class _Rows:
    """The b hits that count, their words padded to m.

    Vectors (v + 1, d) of the v distinct words and nothing in the last row, the place of each word among them (b, m),
    how much words may count and how far they are met (b, m), plain features (b, f), labels and weights (b,).
    The weights of each label add up to 1.
    """

    vectors: Array
    words: NDArray[np.int64]
    light: Array
    met: Array
    features: Array
    labels: Array
    weights: Array


def fit(examples: Sequence[Example], training: Sequence[Example] = (), *, model: str = "") -> Decision:
    """The decision that tells cases with an answer from those without, for words of embedding model `model`.

    It is fitted on `examples` and `training`; the threshold is chosen on `examples` alone, by probabilities that each
    got from a fit without it.
    """
    decision = _fit([*examples, *training], model)
    unseen = [0.0] * len(examples)
    for fold in range(_FOLDS):
        rest = _fit([*(one for place, one in enumerate(examples) if place % _FOLDS != fold), *training], model)
        for place in range(fold, len(examples), _FOLDS):
            unseen[place] = top(rest, examples[place], model)
    lacking = sorted(score for score, example in zip(unseen, examples, strict=True) if not example.answers)
    return Decision(decision.weights, decision.bias, _threshold(lacking), decision.importance)


def top(decision: Decision, example: Example, model: str = "") -> float:
    """The highest probability among the hits of a case, 0 without hits."""
    if example.words is None:
        return 0.0
    weights = decision.matter(example.words, model)
    return max(decision.probability(dict(one.features) | weigh(weights, one.met)) for one in example.evidence)


def measure_fit(decision: Decision, examples: Sequence[Example], *, model: str = "") -> dict[str, float]:
    """Refusal recall, over-refusal (of all answerable cases) and how many of either were seen."""
    refused = [top(decision, example, model) < decision.threshold for example in examples]
    lacking = [r for r, example in zip(refused, examples, strict=True) if not example.answers]
    having = [r for r, example in zip(refused, examples, strict=True) if example.answers]
    return {
        "unanswerable": float(len(lacking)),
        "answerable": float(len(having)),
        "refusal_recall": round(sum(lacking) / len(lacking), 4) if lacking else 0.0,
        "over_refusal": round(sum(having) / len(having), 4) if having else 0.0,
    }


def _threshold(lacking: Sequence[float]) -> float:
    """Halfway between the last of the rising scores that is refused and the next one."""
    if not lacking:
        return 0.5
    kept = min(len(lacking) - 1, int(np.ceil(TARGET_RECALL * len(lacking))) - 1)
    following = lacking[kept + 1] if kept + 1 < len(lacking) else lacking[kept] + 2e-3
    return min(0.99, (lacking[kept] + following) / 2)


def _fit(examples: Sequence[Example], model: str) -> Decision:
    usable = [one for one in examples if one.words is not None and (any(one.answers) or not one.answers)]
    vocabulary = _vocabulary(usable)
    start = np.array([3.0 if name == "covered" else -1.0 if name == "lacking" else 0.0 for name in _NAMES])
    found = _Parameters(start, 0.0, np.zeros(vocabulary.vectors.shape[1]), 0.0)
    for _ in range(_ROUNDS):
        _descend(found, _rows(usable, vocabulary, _decision(found, model), model))
    return _decision(found, model)


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """The v distinct words of all questions by their places, and their vectors (v + 1, d), the last row zeros."""

    places: Mapping[str, int]
    vectors: Array


def _vocabulary(examples: Sequence[Example]) -> _Vocabulary:
    known: dict[str, NDArray[np.float32] | None] = {}
    for one in examples:
        assert one.words is not None
        vectors = one.words.vectors if one.words.vectors is not None else [None] * len(one.words.words)
        known.update(zip(one.words.words, vectors, strict=True))
    dimension = next((len(vector) for vector in known.values() if vector is not None), 0)
    rows = np.zeros((len(known) + 1, dimension))
    for row, vector in zip(rows, known.values(), strict=False):
        row[:] = 0.0 if vector is None else vector
    return _Vocabulary({word: place for place, word in enumerate(known)}, rows)


_NAMES = (*WORD_FEATURES, *FEATURES)
_SIGNS = np.array([SIGNS[name] for name in _NAMES], dtype=np.float64)


def _decision(found: _Parameters, model: str) -> Decision:
    importance = Importance(model, found.word_bias, tuple(found.direction.tolist())) if len(found.direction) else None
    return Decision(dict(zip(_NAMES, found.weights.tolist(), strict=True)), found.bias, 0.5, importance)


def _rows(examples: Sequence[Example], vocabulary: _Vocabulary, decision: Decision, model: str) -> _Rows:
    """The hits that count by the decision so far."""
    chosen = [(one, place, share) for one in examples for place, share in _chosen(one, decision, model)]
    size = (len(chosen), max((len(one.evidence[place].met) for one, place, _ in chosen), default=0) or 1)
    words = np.full(size, len(vocabulary.places), np.int64)
    light, met = np.zeros(size), np.zeros(size)
    for row, (one, place, _) in enumerate(chosen):
        assert one.words is not None
        count = len(one.words.words)
        words[row, :count] = [vocabulary.places[word] for word in one.words.words]
        light[row, :count], met[row, :count] = one.words.light, one.evidence[place].met
    features = np.array([[one.evidence[place].features[name] for name in FEATURES] for one, place, _ in chosen])
    labels = np.array([float(bool(one.answers)) for one, _, _ in chosen])
    weights = np.array([share for _, _, share in chosen])
    for label in (0.0, 1.0):
        weights[labels == label] /= max(weights[labels == label].sum(), 1e-9)
    return _Rows(vocabulary.vectors, words, light, met, features, labels, weights)


def _chosen(example: Example, decision: Decision, model: str) -> list[tuple[int, float]]:
    """Places of the hits that count for a case, with the share of the case's weight that each has."""
    assert example.words is not None
    weights = decision.matter(example.words, model)
    scores = {
        place: decision.probability(dict(one.features) | weigh(weights, one.met))
        for place, one in enumerate(example.evidence)
        if all(one.features[name] < 1 for name in VETOES)
    }
    order = sorted(scores, key=lambda place: -scores[place])
    taken = [place for place in order if example.answers[place]][:1] if example.answers else order[:_SHOWN]
    return [(place, example.weight / len(taken)) for place in taken]


def _descend(found: _Parameters, rows: _Rows) -> None:
    """Adam (Kingma and Ba 2015) on the weighted logistic loss, weights put back to their signs after every step."""
    size = len(_NAMES)
    first = second = np.zeros(size + len(found.direction) + 2)
    for step in range(1, _STEPS + 1):
        gradient = _gradient(found, rows)
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        change = _RATE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
        found.weights = found.weights - change[:size]
        found.weights[found.weights * _SIGNS < 0] = 0.0
        found.bias -= float(change[size])
        found.word_bias -= float(change[size + 1])
        found.direction = found.direction - change[size + 2 :]


def _gradient(found: _Parameters, rows: _Rows) -> Array:
    """Of weights, bias, word bias and direction, in this order."""
    raw = matter(rows.vectors, found.word_bias, found.direction)[rows.words]
    mass = raw * rows.light
    total = mass.sum(axis=1) + PRIOR
    covered = ((mass * rows.met).sum(axis=1) + PRIOR) / total
    lacking = (mass * (1 - rows.met)).sum(axis=1)
    values = np.column_stack((covered, lacking, rows.features))
    odds = 1 / (1 + np.exp(-np.clip(found.bias + values @ found.weights, -30, 30)))
    error = rows.weights * (odds - rows.labels)
    by_mass = found.weights[0] * (rows.met - covered[:, None]) / total[:, None] + found.weights[1] * (1 - rows.met)
    by_score = error[:, None] * by_mass * rows.light * raw * (1 - raw)
    by_word = np.bincount(rows.words.ravel(), by_score.ravel(), minlength=len(rows.vectors))
    return np.concatenate(
        (
            error @ values + 2 * _RIDGE * found.weights,
            [error.sum(), by_score.sum()],
            by_word @ rows.vectors + 2 * _DECAY * found.direction,
        )
    )
