"""What is costly is made once, when first needed, by whichever thread needs it first; app.py gives these out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from kb.embed import Embedder, Progress

_Made = TypeVar("_Made")


class Once(Generic[_Made]):
    """Calls `make` at most once; threads that ask meanwhile wait for it. After an error the next one tries again."""

    def __init__(self, make: Callable[[], _Made]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: list[_Made] = []

    def __call__(self) -> _Made:
        """What `make` gave; raises what it raises."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]


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
