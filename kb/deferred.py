"""What is costly is made once, when first needed, by whichever thread needs it first; app.py gives these out."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from kb.embed import Embedder, Progress

_Made = TypeVar("_Made")
_FEW = 8
"""Calls with so many texts are questions; with more, tables."""


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


class RememberingEmbedder:
    """Stands for an embedder and remembers the latest questions: one question is looked at several times.

    Thread-safe. Calls with many texts, as of whole tables of words, are passed on and not remembered.
    """

    def __init__(self, embedder: Embedder, *, kept: int = 4096) -> None:
        self._embedder = embedder
        self._kept = kept
        self._known: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()
        self.name = embedder.name
        self.dimension = embedder.dimension

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions, see `Embedder`."""
        if not 0 < len(texts) <= _FEW:
            return self._embedder.queries(texts)
        with self._lock:
            known = {text: self._known[text] for text in texts if text in self._known}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            known.update(zip(missing, self._embedder.queries(missing), strict=True))
        with self._lock:
            for text in texts:
                self._known[text] = known[text]
                self._known.move_to_end(text)
            while len(self._known) > self._kept:
                self._known.popitem(last=False)
        return np.stack([known[text] for text in texts])

    def remember(self, texts: Sequence[str]) -> None:
        """Embeds many questions at once, which costs a fraction of one by one, before they are asked."""
        with self._lock:
            missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        vectors = self._embedder.queries(missing)
        with self._lock:
            self._known.update(zip(missing[-self._kept :], vectors[-self._kept :], strict=True))

    def passages(self, texts: Sequence[str], *, progress: Progress | None = None) -> NDArray[np.float32]:
        """Vectors of passages, see `Embedder`."""
        return self._embedder.passages(texts, progress=progress)
