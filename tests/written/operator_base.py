"""The sample documents in a knowledge base under the fake embedding: everything real but the sense of words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.sync import sync
from ingest.worker import ReaderPool
from kb.knowledge import KnowledgeBase
from tests.assist.conftest import FixedClock
from tests.fakes import HashEmbedder

ROOT = Path(__file__).parents[2]


@contextmanager
def operator_base(home: Path, *folders: Path) -> Iterator[KnowledgeBase]:
    """A base over the samples and further folders."""
    with KnowledgeBase.open(home, embedder=HashEmbedder(), clock=FixedClock()) as kb, ReaderPool() as pool:
        receipts = list(sync([ROOT / "samples", *folders], kb=kb, pool=pool))
        assert receipts
        yield kb
