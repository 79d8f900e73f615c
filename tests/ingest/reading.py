"""Reads several files through a pool at a time, as ingestion does."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ingest.model import RawDocument
from ingest.worker import ReaderPool
from kb.errors import InputRefused


def read_all(pool: ReaderPool, paths: Sequence[Path]) -> list[RawDocument | InputRefused]:
    """What became of every file, in the order of `paths`."""

    def outcome(path: Path) -> RawDocument | InputRefused:
        try:
            return pool.read(path)
        except InputRefused as refusal:
            return refusal

    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(outcome, paths))
