"""Small stand-ins made by hand, for tests that need no real model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from kb.text import bigrams


class HashEmbedder:
    """Deterministic embedder over character pairs: texts that share pairs are near, in any order, at once."""

    name = "hash-64@1"
    dimension = 64

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._embed(texts)

    def passages(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> NDArray[np.float32]:
        vectors = self._embed(texts)
        if progress is not None and len(texts):
            progress(len(texts))
        return vectors

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            row[0] = 0.1
            for pair in bigrams(text):
                digest = hashlib.blake2b(pair.encode(), digest_size=8).digest()
                for byte in digest[:4]:
                    row[byte % self.dimension] += 1.0 if digest[5] % 2 else -1.0
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return (vectors / np.where(norms > 0, norms, 1)).astype(np.float32)


class ExactVectors:
    """A dense index that compares with every vector: the measure the real one is held against."""

    def __init__(self) -> None:
        self._rows: dict[int, NDArray[np.float32]] = {}

    def add(self, ids: Sequence[int], vectors: NDArray[np.float32]) -> None:
        self._rows.update(zip((int(i) for i in ids), vectors, strict=True))

    def remove(self, ids: Sequence[int]) -> None:
        for each in ids:
            self._rows.pop(int(each), None)

    def ids(self) -> NDArray[np.int64]:
        return np.array(sorted(self._rows), dtype=np.int64)

    def query(self, vector: NDArray[np.float32], n: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        ids = self.ids()
        if not len(ids) or n <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        cosines = np.stack([self._rows[int(i)] for i in ids]) @ vector
        order = np.argsort(-cosines, kind="stable")[:n]
        return ids[order], cosines[order].astype(np.float32)

    def close(self) -> None:
        self._rows = {}
