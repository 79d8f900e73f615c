"""Learns from labelled clauses how like a clause is to leaving, to each reason, to neither; detection asks it.

Kernel ridge regression on one-hot labels, over meaning (the embedding) and wording (characters, pairs and words) at
once; solved in one step when first needed, so it goes with whatever model is set.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import yaml
from numpy.typing import NDArray

from kb.embed import Embedder
from kb.text import bigrams, normalise, words

WORDING = 0.6
"""What wording counts beside meaning; this and the ridge by cross-validation over the examples alone."""
RIDGE = 0.3

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Model:
    centre: Floats
    meaning: Floats
    vocabulary: dict[str, int]
    rarity: Floats
    wording: Floats


class ClauseReader:
    """Scores clauses by label; thread-safe, the embedder is asked first when a clause is."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._lock = threading.Lock()
        self._model: _Model | None = None

    def scores(self, clauses: Sequence[str]) -> Floats:
        """How much each clause is like each of `labels()`: (clauses, labels), about 0 to 1; no row need sum to 1."""
        if not clauses:
            return np.zeros((0, len(labels())))
        model = self._learnt()
        texts = [normalise(clause) for clause in clauses]
        meaning = _unit(self._embedder.queries(texts).astype(np.float64) - model.centre)
        found: Floats = (1 - WORDING) * meaning @ model.meaning + WORDING * _wording(texts, model) @ model.wording
        return found

    def _learnt(self) -> _Model:
        with self._lock:
            if self._model is None:
                self._model = _fit(example_vectors(self._embedder).astype(np.float64))
            return self._model


def _fit(vectors: Floats) -> _Model:
    """Dual ridge regression, every label counting alike: A = (K + λD⁻¹)⁻¹Y, folded back into weights."""
    texts = [normalise(text) for _, text in examples()]
    owner = np.array([labels().index(label) for label, _ in examples()])
    share = 1.0 / np.bincount(owner, minlength=len(labels()))[owner]
    counts = Counter(token for text in texts for token in _tokens(text))
    vocabulary = {token: place for place, token in enumerate(sorted(counts))}
    rarity = np.array([math.log(1 + len(texts) / counts[token]) for token in vocabulary])
    centre = vectors.mean(axis=0)
    bare = _Model(centre, np.zeros(0), vocabulary, rarity, np.zeros(0))
    meaning, wording = _unit(vectors - centre), _wording(texts, bare)
    kernel = (1 - WORDING) * meaning @ meaning.T + WORDING * wording @ wording.T
    dual = np.linalg.solve(kernel + RIDGE * np.diag(share.mean() / share), np.eye(len(labels()))[owner])
    return _Model(centre, meaning.T @ dual, vocabulary, rarity, wording.T @ dual)


def _wording(texts: Sequence[str], model: _Model) -> Floats:
    """Rarity-weighted characters, pairs and words of each text, of length 1: (texts, vocabulary)."""
    rows = np.zeros((len(texts), len(model.vocabulary)))
    for row, text in zip(rows, texts, strict=True):
        for token in _tokens(text):
            place = model.vocabulary.get(token)
            if place is not None:
                row[place] = model.rarity[place]
    return _unit(rows)


def _tokens(text: str) -> set[str]:
    return {*text, *bigrams(text), *(f"={word}" for word in words(text))}


def _unit(rows: Floats) -> Floats:
    lengths: Floats = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.maximum(lengths, 1e-9)


@cache
def examples() -> tuple[tuple[str, str], ...]:
    """The labelled clauses: "leave", one of the seven reasons, or "none", and what a customer says."""
    text = resources.files("assist.leaving").joinpath("examples.yaml").read_text(encoding="utf-8")
    data: dict[str, list[str]] = yaml.safe_load(text)
    return tuple((label, str(clause)) for label, clauses in data.items() for clause in clauses)


@cache
def labels() -> tuple[str, ...]:
    """The labels in the order of the examples."""
    return tuple(dict.fromkeys(label for label, _ in examples()))


def example_vectors(embedder: Embedder) -> NDArray[np.float32]:
    """The vectors of the examples, (examples, dimension): the shipped ones when of this model, else made now."""
    key, vectors = stored()
    return vectors if key == vectors_key(embedder) else embedder.queries([normalise(text) for _, text in examples()])


def vectors_key(embedder: Embedder) -> str:
    """Names a model together with the examples it embedded."""
    return f"{embedder.name} {examples_key()}"


def examples_key() -> str:
    """Changes with the examples."""
    return hashlib.sha256("\n".join(text for _, text in examples()).encode()).hexdigest()[:16]


def pack(embedder: Embedder) -> str:
    """JSON of the vectors of the examples, a byte a component, kept beside them as vectors.json."""
    vectors = embedder.queries([normalise(text) for _, text in examples()])
    step = float(np.abs(vectors).max()) / 127
    packed = base64.b64encode(np.round(vectors / step).astype(np.int8).tobytes()).decode()
    return json.dumps({"key": vectors_key(embedder), "step": step, "count": len(vectors), "vectors": packed}) + "\n"


@cache
def stored() -> tuple[str, NDArray[np.float32]]:
    """The key of the vectors that come with the program, and the vectors themselves."""
    text = resources.files("assist.leaving").joinpath("vectors.json").read_text(encoding="utf-8")
    data = json.loads(text)
    packed = np.frombuffer(base64.b64decode(data["vectors"]), dtype=np.int8).reshape(data["count"], -1)
    return data["key"], packed.astype(np.float32) * np.float32(data["step"])
