"""An embedder that is loaded when first used, for those who may never need one; app.py gives it out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from kb.embed import Embedder, Progress


class DeferredEmbedder:
    """Stands for the embedder that `load` gives; every method, `name` and `dimension` included, loads it."""

    def __init__(self, load: Callable[[], Embedder]) -> None:
        self._load = load

    @property
    def name(self) -> str:
        """Fingerprint of the embedder."""
        return self._load().name

    @property
    def dimension(self) -> int:
        """Length of its vectors."""
        return self._load().dimension

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions, see `Embedder`."""
        return self._load().queries(texts)

    def passages(self, texts: Sequence[str], *, progress: Progress | None = None) -> NDArray[np.float32]:
        """Vectors of passages, see `Embedder`."""
        return self._load().passages(texts, progress=progress)
