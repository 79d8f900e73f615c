"""Opens small bases on real indexes with a hashing embedder, for the tests of the knowledge base."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.knowledge import KnowledgeBase
from kb.model import DocumentDraft, Principal, Role
from tests.fakes import HashEmbedder
from tests.kb.catalogues import SetClock

AGENT = Principal("坐席07", Role.AGENT, "热线一组")
MAINTAINER = Principal("维护03", Role.MAINTAINER, "业务组")
CUSTOMER = Principal("访客", Role.CUSTOMER)


class CountingEmbedder(HashEmbedder):
    """Remembers how many passage texts it was given."""

    def __init__(self, name: str = HashEmbedder.name) -> None:
        self.name = name
        self.embedded = 0

    def passages(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> NDArray[np.float32]:
        self.embedded += len(texts)
        vectors = super().passages(texts, progress=progress)
        return vectors if self.name == HashEmbedder.name else np.ascontiguousarray(vectors[:, ::-1])

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = super().queries(texts)
        return vectors if self.name == HashEmbedder.name else np.ascontiguousarray(vectors[:, ::-1])


def open_base(home: Path, **options: Any) -> KnowledgeBase:
    """A base in `home` with a hashing embedder and a clock that stands at 2026-11-21, 10:00 in China."""
    given: dict[str, Any] = {"embedder": HashEmbedder(), "clock": SetClock()} | options
    return KnowledgeBase.open(home, **given)


def ingest(kb: KnowledgeBase, drafts: Iterable[DocumentDraft], retire: Iterable[str] = ()) -> None:
    """Puts and retires in one release."""
    with kb.release(MAINTAINER) as release:
        for draft in drafts:
            release.put(draft)
        for source in retire:
            release.retire(source)
