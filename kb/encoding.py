"""Which embedder is used for what, and the embedding of what is missing, window by window; the keeper uses it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from kb.embed import Embedder
from kb.errors import ModelUnavailable
from kb.lexical import LexicalIndex
from kb.store import Catalogue
from kb.vectors import VectorIndex

Progress = Callable[[str, int, int], None]
"""Told (step, done, total): step is "embed", "index" or "rebuild"; total is 0 when unknown."""

WINDOW = 4096
"""Texts embedded between two commits: what a kill can cost at most."""


class Encoders:
    """The embedder that is wanted, loaded when first needed, and the one an older generation was made with."""

    def __init__(
        self, embedder: Embedder | Callable[[], Embedder], load: Callable[[str], Embedder] | None = None
    ) -> None:
        self._make = embedder if callable(embedder) else None
        self._wanted = None if callable(embedder) else embedder
        self._load = load
        self._older: dict[str, Embedder | None] = {}
        self._lock = threading.Lock()

    @property
    def loaded(self) -> bool:
        """True when the wanted embedder is in memory."""
        return self._wanted is not None

    def wanted(self) -> Embedder:
        """The embedder of this process; raises ModelUnavailable when it cannot be loaded."""
        with self._lock:
            if self._wanted is None:
                assert self._make is not None
                self._wanted = self._make()
            return self._wanted

    def for_model(self, name: str, setting: str) -> Embedder | None:
        """The embedder called `name`, loaded by its `setting` where it is not the wanted one; None when it is gone."""
        wanted = self.wanted()
        if wanted.name == name:
            return wanted
        with self._lock:
            if name not in self._older:
                self._older[name] = self._load_older(name, setting)
            return self._older[name]

    def forget_older(self) -> None:
        """Lets go of embedders that no generation needs any more."""
        with self._lock:
            self._older.clear()

    def _load_older(self, name: str, setting: str) -> Embedder | None:
        if self._load is None or not setting:
            return None
        try:
            older = self._load(setting)
        except ModelUnavailable:
            return None
        return older if older.name == name else None


def embed_missing(
    catalogue: Catalogue,
    embedder: Embedder,
    versions: Collection[int],
    *,
    window: int,
    progress: Progress,
    checkpoint: Callable[[str], None],
) -> int:
    """Embeds every text of `versions` that has no vector yet, committing window by window; how many there were."""
    total = catalogue.documents.count_missing(versions, embedder.name)
    missing = catalogue.documents.missing_embeddings(versions, embedder.name)
    done = 0
    while batch := list(islice(missing, window)):
        counted = _Counter(progress, done, total)
        vectors = embedder.passages([text for _, text in batch], progress=counted)
        catalogue.embeddings.put(embedder.name, [key for key, _ in batch], vectors)
        done += len(batch)
        progress("embed", done, total)
        checkpoint("after-embed-window")
    return done


class _NoEmbedder:
    """Stands in for an embedder that is gone: every text has the same vector."""

    name = "none"
    dimension = 1

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.ones((len(texts), 1), dtype=np.float32)

    def passages(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> NDArray[np.float32]:  # noqa: ARG002
        raise ModelUnavailable("there is no embedder", hint="向量模型不可用，暂时只能按字词检索。")


class _NoVectors:
    """A dense index that finds nothing."""

    def add(self, ids: Sequence[int], vectors: NDArray[np.float32]) -> None:
        raise NotImplementedError

    def remove(self, ids: Sequence[int]) -> None:
        raise NotImplementedError

    def ids(self) -> NDArray[np.int64]:
        return np.empty(0, dtype=np.int64)

    def query(self, vector: NDArray[np.float32], n: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:  # noqa: ARG002
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)

    def close(self) -> None:
        """Has nothing open."""


NO_EMBEDDER: Embedder = _NoEmbedder()
"""For the time in which the embedder of an index cannot be loaded."""


@dataclass(frozen=True, slots=True)
class WordsOnly:
    """A shelf without its dense index."""

    vectors: VectorIndex
    lexical: LexicalIndex


def words_only(lexical: LexicalIndex) -> WordsOnly:
    """The shelf of `lexical` as it is asked while there is no embedder."""
    return WordsOnly(_NoVectors(), lexical)


class _Counter:
    """Adds what one window has done to what came before it."""

    def __init__(self, progress: Progress, done: int, total: int) -> None:
        self._progress, self._done, self._total = progress, done, total

    def __call__(self, more: int) -> None:
        self._done += more
        self._progress("embed", self._done, self._total)
