"""A dense index that is written once and compared exactly, for the published copy: two arrays on disk, no library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kb.errors import HomeError

_IDS = "ids.npy"
_VECTORS = "vectors.npy"


class FlatVectors:
    """Unit vectors mapped from disk for reading; a query is one product with all of them, 20,000 in some 3 ms."""

    def __init__(self, folder: Path) -> None:
        """Maps the arrays in `folder`; raises HomeError when they are not there or do not belong together."""
        try:
            self._ids: NDArray[np.int64] = np.load(folder / _IDS, mmap_mode="r", allow_pickle=False)
            self._vectors: NDArray[np.float32] = np.load(folder / _VECTORS, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError) as error:
            raise _damaged(folder) from error
        if len(self._ids) != len(self._vectors):
            raise _damaged(folder)

    @staticmethod
    def write(folder: Path, batches: Iterable[tuple[NDArray[np.int64], NDArray[np.float32]]]) -> None:
        """Writes ids (n,), ascending, and vectors (n, dimension) that come in batches; none at all is allowed."""
        folder.mkdir(parents=True)
        held = list(batches)
        ids = np.concatenate([each for each, _ in held]) if held else np.empty(0, np.int64)
        vectors = np.concatenate([each for _, each in held]) if held else np.empty((0, 1), np.float32)
        np.save(folder / _IDS, ids.astype(np.int64))
        np.save(folder / _VECTORS, vectors.astype(np.float32))

    def add(self, ids: Sequence[int], vectors: NDArray[np.float32]) -> None:  # noqa: ARG002
        """Refuses: what is published never changes."""
        raise _sealed()

    def remove(self, ids: Sequence[int]) -> None:  # noqa: ARG002
        """Refuses: what is published never changes."""
        raise _sealed()

    def ids(self) -> NDArray[np.int64]:
        """All ids, ascending."""
        return np.asarray(self._ids)

    def query(self, vector: NDArray[np.float32], n: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Ids and cosines of the `n` nearest vectors, best first."""
        if not len(self._ids) or n <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        cosines = self._vectors @ np.asarray(vector, np.float32)
        count = min(n, len(cosines))
        nearest = np.argpartition(-cosines, count - 1)[:count]
        order = nearest[np.argsort(-cosines[nearest], kind="stable")]
        return np.asarray(self._ids[order]), np.asarray(cosines[order], dtype=np.float32)

    def close(self) -> None:
        """Nothing to do: the maps go when nobody reads them any more."""


def _damaged(folder: Path) -> HomeError:
    return HomeError(
        f"no whole vectors in {folder}", hint="对客发布的副本不完整，请在内部端执行 check 修复或重新发布。"
    )


def _sealed() -> HomeError:
    return HomeError("a published copy never changes", hint="对客发布的副本不可修改，请在内部端重新发布。")
