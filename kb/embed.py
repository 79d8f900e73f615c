"""The embedder seam, and sentence-transformers behind it; `app.py` loads one and gives it to the knowledge base."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Progress = Callable[[int], None]


class Embedder(Protocol):
    """Turns text into vectors; thread-safe."""

    name: str
    """Stable fingerprint of model and version (not of precision): vectors of different names never mix."""
    dimension: int

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions: (n, dimension), L2-normalised, in the order given; n may be 0."""
        ...

    def passages(self, texts: Sequence[str], *, progress: Progress | None = None) -> NDArray[np.float32]:
        """Vectors of passage texts, as `queries`; `progress` is told how many more are done, batch by batch."""
        ...
