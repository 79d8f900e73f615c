"""Nearness in meaning of single words, from the embedding model, so that 几岁 is met by 周岁; `evidence` asks it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from assist.lexicon import lexicon
from kb.embed import Embedder

_KEPT = 60_000
"""Word vectors kept in memory; at 384 numbers each some 90 MB, far above what one trade's words need."""


class Sense:
    """Vectors of words, computed once each and kept; thread-safe.

    Cosines of embedding models crowd in a narrow band that differs by model and by word. So nearness is what a cosine
    exceeds the word's mean cosine with unrelated words by: 0 as near as any word, 1 the same word.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: dict[str, NDArray[np.float32]] = {}
        self._lock = threading.Lock()
        self._reference: NDArray[np.float32] | None = None

    @property
    def model(self) -> str:
        """Fingerprint of the embedding model that the vectors come from."""
        return self._embedder.name

    def vectors(self, words: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of words around their common centre, (n, dimension), of a length about 1."""
        if not words:
            return np.zeros((0, self._embedder.dimension), dtype=np.float32)
        self._learn(words)
        found = np.stack([self._vectors[word] for word in words]) - self._common().mean(axis=0)
        lengths = np.linalg.norm(self._common() - self._common().mean(axis=0), axis=1)
        centred: NDArray[np.float32] = (found / lengths.mean()).astype(np.float32)
        return centred

    def nearness(self, asked: Sequence[str], shown: Sequence[Sequence[str]]) -> NDArray[np.float64]:
        """Nearness in [0, 1] of each asked text to the nearest word of each list: (len(asked), len(shown))."""
        near = np.zeros((len(asked), len(shown)))
        if not asked:
            return near
        self._learn({*asked, *(word for words in shown for word in words)})
        questions = np.stack([self._vectors[word] for word in asked])
        floor = self._floor(questions)
        for column, words in enumerate(shown):
            if words:
                cosines = (questions @ np.stack([self._vectors[word] for word in words]).T).max(axis=1)
                near[:, column] = np.clip((cosines - floor) / (1 - floor), 0, 1)
        return near

    def closeness(self, question: str, cosines: Sequence[float]) -> list[float]:
        """Cosines of a question with passages, over its mean cosine with unrelated words, as nearness is."""
        self._learn([question])
        floor = float(self._floor(self._vectors[question][None])[0])
        return [max(0.0, (cosine - floor) / (1 - floor)) for cosine in cosines]

    def _floor(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        floor: NDArray[np.float64] = np.minimum((vectors @ self._common().T).mean(axis=1), 0.99).astype(np.float64)
        return floor

    def _common(self) -> NDArray[np.float32]:
        """Vectors of common words without a bearing on one another."""
        if self._reference is None:
            self._reference = self._embedder.queries(sorted(lexicon().idle | set(lexicon().alike)))
        return self._reference

    def _learn(self, words: Iterable[str]) -> None:
        with self._lock:
            new = [word for word in dict.fromkeys(words) if word not in self._vectors]
            if len(self._vectors) + len(new) > _KEPT:
                self._vectors.clear()
                new = list(dict.fromkeys(words))
            if new:
                self._vectors.update(zip(new, self._embedder.queries(new), strict=True))
