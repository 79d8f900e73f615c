"""Tells which of the five business types a question belongs to, by rules and by the nearest labelled examples."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from assist.model import BusinessType
from kb.embed import Embedder
from kb.text import fold, normalise


@dataclass(frozen=True, slots=True)
class _Rules:
    vector_weight: float
    neighbours: int
    row_weight: float
    default: str
    default_weight: float
    patterns: Mapping[str, tuple[tuple[float, re.Pattern[str]], ...]]
    examples: tuple[tuple[str, str], ...]


def labels() -> tuple[str, ...]:
    """The five types, in the order they are shown."""
    return tuple(_rules().patterns)


def canonical(label: str) -> str | None:
    """The type meant by `label` however it is punctuated (话费账单查询 is 话费/账单查询); None for none of the five."""
    return next((known for known in labels() if fold(known) == fold(label)), None)


class TypeClassifier:
    """Classifies questions; without an embedder by rules alone.

    The examples are embedded once, at the first question.
    """

    def __init__(self, embedder: Embedder | None = None) -> None:
        self._embedder = embedder
        self._examples: NDArray[np.float32] | None = None

    def classify(self, question: str, *, row_type: str = "") -> BusinessType:
        """The type of `question`; `row_type` is the type that the maintainers gave the row which answers it."""
        rules = _rules()
        scores = {label: _rule_score(label, normalise(question)) for label in rules.patterns}
        scores[rules.default] += rules.default_weight
        for label, share in self._neighbour_shares(question).items():
            scores[label] += rules.vector_weight * share
        given = canonical(row_type)
        if given is not None:
            scores[given] += rules.row_weight
        best = max(scores, key=lambda label: scores[label])
        return BusinessType(best, _softmax(scores))

    def _neighbour_shares(self, question: str) -> dict[str, float]:
        """Share of each type among the nearest examples, nearer ones counting more; empty without an embedder."""
        if self._embedder is None or not question.strip():
            return {}
        rules = _rules()
        if self._examples is None:
            self._examples = self._embedder.queries([text for _, text in rules.examples])
        cosines = self._examples @ self._embedder.queries([question])[0]
        nearest = np.argsort(-cosines)[: rules.neighbours + 1]
        floor = cosines[nearest[-1]]
        weights = dict.fromkeys(rules.patterns, 0.0)
        for index in nearest[:-1]:
            weights[rules.examples[index][0]] += float(cosines[index] - floor) + 1e-6
        total = sum(weights.values())
        return {label: weight / total for label, weight in weights.items()}


def _rule_score(label: str, question: str) -> float:
    return sum(weight for weight, pattern in _rules().patterns[label] if pattern.search(question))


def _softmax(scores: Mapping[str, float]) -> dict[str, float]:
    values = np.exp(np.array(list(scores.values())) - max(scores.values()))
    return dict(zip(scores, (values / values.sum()).round(4).tolist(), strict=True))


@cache
def _rules() -> _Rules:
    text = resources.files("assist").joinpath("data/businesstype.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return _Rules(
        vector_weight=float(data["vector_weight"]),
        neighbours=int(data["neighbours"]),
        row_weight=float(data["row_weight"]),
        default=data["default"],
        default_weight=float(data["default_weight"]),
        patterns={label: _compile(entry["rules"]) for label, entry in data["types"].items()},
        examples=tuple((label, text) for label, texts in data["examples"].items() for text in texts),
    )


def _compile(rules: Sequence[tuple[float, str]]) -> tuple[tuple[float, re.Pattern[str]], ...]:
    return tuple((float(weight), re.compile(pattern)) for weight, pattern in rules)
