"""The dense index seam, and Chroma behind it; the knowledge base keeps one a shelf, the retriever queries it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class VectorIndex(Protocol):
    """Unit vectors by integer id, nearest first; thread-safe within one process."""

    def add(self, ids: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Adds or replaces vectors: (len(ids), dimension), L2-normalised."""
        ...

    def remove(self, ids: Sequence[int]) -> None:
        """Removes vectors; ids that are not there are ignored."""
        ...

    def ids(self) -> NDArray[np.int64]:
        """All ids, ascending."""
        ...

    def query(self, vector: NDArray[np.float32], n: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Ids and cosines of at most `n` nearest vectors, best first; empty arrays from an empty index."""
        ...

    def close(self) -> None:
        """Releases files; the index cannot be used afterwards."""
        ...
