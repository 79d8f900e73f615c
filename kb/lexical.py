"""The lexical index seam (BM25 by field), and tantivy behind it; the base keeps one a shelf for the retriever."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class LexicalEntry:
    """One passage as it is indexed; `heading` from the outside in, texts as the catalogue has them (not normalised)."""

    id: int
    source: str
    title: str
    heading: tuple[str, ...]
    text: str
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """What to look for: `words` and `bigrams` of the question (`kb.text`); `expansions` are further words by weight."""

    words: tuple[str, ...]
    bigrams: tuple[str, ...] = ()
    expansions: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LexicalHits:
    """BM25 scores of one list of passages: `ids` (n,) and per field an (n,) array, 0 where the field does not match."""

    ids: NDArray[np.int64]
    scores: Mapping[str, NDArray[np.float32]]


class LexicalIndex(Protocol):
    """Passages by their words; thread-safe within one process."""

    def add(self, entries: Sequence[LexicalEntry]) -> None:
        """Adds or replaces passages; they are found after `commit`."""
        ...

    def remove(self, ids: Sequence[int]) -> None:
        """Removes passages at the next `commit`; ids that are not there are ignored."""
        ...

    def ids(self) -> NDArray[np.int64]:
        """All committed ids, ascending."""
        ...

    def search(self, query: LexicalQuery, n: int, sources: Collection[str] = ()) -> LexicalHits:
        """The best `n` passages of each field, merged; only those of `sources` when any are given."""
        ...

    def commit(self) -> None:
        """Makes additions and removals since the last commit durable and visible."""
        ...

    def close(self) -> None:
        """Releases files and the writer's lock; uncommitted changes are lost."""
        ...
