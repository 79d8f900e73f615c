"""Tells which of the five business types a question belongs to: rules, nearest labelled examples and the rows found.

The assistant classifies with it; `app.py calibrate` makes its weights by `fit` from labelled questions.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from assist.model import BusinessType
from kb.embed import Embedder
from kb.text import fold, normalise

SIGNALS = ("rules", "neighbours", "rows")
"""What speaks for a type: rules it meets, its share of the nearest examples, its share of the rows found."""

_RULES_AT_MOST = 4.0
_PENALTY = 0.02
_STEPS = 3000

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Rules:
    neighbours: int
    temperature: float
    patterns: Mapping[str, tuple[tuple[float, re.Pattern[str]], ...]]
    examples: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Weights:
    """What each signal counts, the same for every type, and what each type starts from."""

    signals: Mapping[str, float]
    bias: Mapping[str, float]


def labels() -> tuple[str, ...]:
    """The five types, in the order they are shown."""
    return tuple(_rules().patterns)


def examples() -> tuple[tuple[str, str], ...]:
    """The labelled examples: type and question."""
    return _rules().examples


def canonical(label: str) -> str | None:
    """The type meant by `label` however it is punctuated (话费账单查询 is 话费/账单查询); None for none of the five."""
    return next((known for known in labels() if fold(known) == fold(label)), None)


class TypeClassifier:
    """Classifies questions; without an embedder by rules and rows alone.

    The vectors of the examples come with the program for the model it ships; another model embeds them at the first
    question.
    """

    def __init__(self, embedder: Embedder | None = None, *, weights: Weights | None = None) -> None:
        self._embedder = embedder
        self._weights = weights or shipped()
        self._examples: NDArray[np.float32] | None = None

    def weighted(self, weights: Weights) -> TypeClassifier:
        """The same signals with other weights."""
        return TypeClassifier(self._embedder, weights=weights)

    def classify(self, question: str, *, row_types: Sequence[str] = ()) -> BusinessType:
        """The type of `question`, what a follow-up leaves out filled in.

        `row_types` are the types that the maintainers gave the rows found, best first, "" for passages without one.
        """
        evidence = self.evidence(question, row_types=row_types)
        scores = dict(zip(labels(), _scores(evidence[None], self._weights)[0].tolist(), strict=True))
        return BusinessType(max(scores, key=lambda label: scores[label]), _softmax(scores))

    def evidence(self, question: str, *, row_types: Sequence[str] = ()) -> Floats:
        """What speaks for each type, shape (types, signals): rules 0..4, shares of neighbours and of rows 0..1."""
        text = normalise(question)
        rules = [min(_rule_score(label, text), _RULES_AT_MOST) for label in labels()]
        return np.stack([np.array(rules), self._neighbour_shares(question), _row_shares(row_types)], axis=1)

    def _neighbour_shares(self, question: str) -> Floats:
        """Share of each type among the nearest examples, nearer ones counting more; zeros without an embedder."""
        shares = np.zeros(len(labels()))
        if self._embedder is None or not question.strip():
            return shares
        if self._examples is None:
            self._examples = example_vectors(self._embedder)
        rules, owners = _rules(), _owners()
        cosines = self._examples @ self._embedder.queries([normalise(question)])[0]
        nearest = np.argsort(-cosines)[: rules.neighbours]
        closeness = np.exp((cosines[nearest] - cosines[nearest[0]]) / rules.temperature)
        np.add.at(shares, owners[nearest], closeness / closeness.sum())
        return shares


def example_vectors(embedder: Embedder) -> NDArray[np.float32]:
    """The vectors of the examples, shape (examples, dimension): the shipped ones when they are of this model."""
    key, vectors = stored_vectors()
    if key == vectors_key(embedder):
        return vectors
    return embedder.queries([normalise(text) for _, text in _rules().examples])


def vectors_key(embedder: Embedder) -> str:
    """Names a model together with the examples it embedded."""
    return f"{embedder.name} {examples_key()}"


def examples_key() -> str:
    """Changes with the examples."""
    texts = "\n".join(text for _, text in _rules().examples)
    return hashlib.sha256(texts.encode()).hexdigest()[:16]


def pack_vectors(embedder: Embedder) -> str:
    """JSON of the vectors of the examples, a byte a component, kept beside the rules as businesstype_vectors.json."""
    vectors = embedder.queries([normalise(text) for _, text in _rules().examples])
    step = float(np.abs(vectors).max()) / 127
    packed = base64.b64encode(np.round(vectors / step).astype(np.int8).tobytes()).decode()
    return json.dumps({"key": vectors_key(embedder), "step": step, "count": len(vectors), "vectors": packed}) + "\n"


def fit(evidence: Sequence[Floats], types: Sequence[str]) -> Weights:
    """Multinomial logistic regression over the evidence of labelled questions, each type counting alike."""
    names = labels()
    stacked, truth = np.stack(evidence), np.array([names.index(one) for one in types])
    counts = np.bincount(truth, minlength=len(names)).clip(1)
    share = (len(truth) / len(names) / counts)[truth] / len(truth)
    wanted = np.eye(len(names))[truth]
    signals, bias = np.ones(len(SIGNALS)), np.zeros(len(names))
    for _ in range(_STEPS):
        error = (_probabilities(stacked @ signals + bias) - wanted) * share[:, None]
        signals -= 0.3 * (np.einsum("nt,nts->s", error, stacked) + _PENALTY * signals / len(SIGNALS))
        bias -= 0.3 * (error.sum(axis=0) + _PENALTY * bias)
    return Weights(dict(zip(SIGNALS, signals.tolist(), strict=True)), dict(zip(names, bias.tolist(), strict=True)))


@cache
def shipped() -> Weights:
    """The weights that come with the project."""
    return read(_data().joinpath("businesstype_weights.json").read_text(encoding="utf-8"))


def read(text: str) -> Weights:
    """Weights from their JSON; ValueError when a signal or a type is unknown or missing."""
    data: dict[str, Any] = json.loads(text)
    if set(data["signals"]) != set(SIGNALS) or set(data["bias"]) != set(labels()):
        raise ValueError(f"weights for {sorted(data['signals'])} and {sorted(data['bias'])}")
    return Weights(
        {name: float(data["signals"][name]) for name in SIGNALS},
        {name: float(data["bias"][name]) for name in labels()},
    )


def write(weights: Weights, report: Mapping[str, object]) -> str:
    """JSON that `read` takes, with the report of the fit beside it for people."""
    data = {
        "signals": {name: round(weight, 4) for name, weight in weights.signals.items()},
        "bias": {name: round(weight, 4) for name, weight in weights.bias.items()},
        "fit": report,
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _scores(evidence: Floats, weights: Weights) -> Floats:
    """Scores of (questions, types, signals), shape (questions, types)."""
    signals = np.array([weights.signals[name] for name in SIGNALS])
    scores: Floats = evidence @ signals + np.array([weights.bias[name] for name in labels()])
    return scores


def _probabilities(scores: Floats) -> Floats:
    values = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = values / values.sum(axis=1, keepdims=True)
    return shares


def _row_shares(row_types: Sequence[str]) -> Floats:
    """Share of each type among the rows found, the first counting 1, the second 1/2, the third 1/3 and so on."""
    shares = np.zeros(len(labels()))
    for rank, given in enumerate(row_types):
        known = canonical(given) if given else None
        if known is not None:
            shares[labels().index(known)] += 1 / (rank + 1)
    total = shares.sum()
    return shares / total if total else shares


def _rule_score(label: str, question: str) -> float:
    return sum(weight for weight, pattern in _rules().patterns[label] if pattern.search(question))


def _softmax(scores: Mapping[str, float]) -> dict[str, float]:
    values = _probabilities(np.array([list(scores.values())]))[0]
    return dict(zip(scores, values.round(4).tolist(), strict=True))


@cache
def _rules() -> _Rules:
    data: dict[str, Any] = yaml.safe_load(_data().joinpath("businesstype.yaml").read_text(encoding="utf-8"))
    return _Rules(
        neighbours=int(data["neighbours"]),
        temperature=float(data["temperature"]),
        patterns={label: _compile(entry["rules"]) for label, entry in data["types"].items()},
        examples=tuple((label, text) for label, texts in data["examples"].items() for text in texts),
    )


@cache
def _owners() -> NDArray[np.int64]:
    """The type of each example, as its place among the labels."""
    return np.array([labels().index(label) for label, _ in _rules().examples], dtype=np.int64)


@cache
def stored_vectors() -> tuple[str, NDArray[np.float32]]:
    """The key (see `vectors_key`) of the vectors that come with the program, and the vectors themselves."""
    data = json.loads(_data().joinpath("businesstype_vectors.json").read_text(encoding="utf-8"))
    packed = np.frombuffer(base64.b64decode(data["vectors"]), dtype=np.int8).reshape(data["count"], -1)
    return data["key"], packed.astype(np.float32) * np.float32(data["step"])


def _data() -> Traversable:
    return resources.files("assist").joinpath("data")


def _compile(rules: Sequence[tuple[float, str]]) -> tuple[tuple[float, re.Pattern[str]], ...]:
    return tuple((float(weight), re.compile(pattern)) for weight, pattern in rules)
