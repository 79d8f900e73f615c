"""What every dense index must do: the exact one of the tests and Chroma."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kb.errors import HomeError
from kb.vectors import ChromaVectors, VectorIndex
from tests.fakes import ExactVectors

Make = Callable[[], VectorIndex]


@pytest.fixture(params=["exact", "chroma"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VectorIndex]:
    made: VectorIndex = ExactVectors() if request.param == "exact" else ChromaVectors(tmp_path / "vectors")
    yield made
    made.close()


def vectors(n: int, seed: int = 1) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).normal(size=(n, 16)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def test_an_empty_index_finds_nothing(index: VectorIndex) -> None:
    ids, cosines = index.query(vectors(1)[0], 5)
    assert len(ids) == len(cosines) == 0
    assert len(index.ids()) == 0


def test_the_nearest_comes_first_with_its_cosine(index: VectorIndex) -> None:
    rows = vectors(300)
    index.add(range(64, 64 + 300), rows)
    ids, cosines = index.query(rows[7], 5)
    assert ids[0] == 71
    assert cosines[0] == pytest.approx(1, abs=1e-4)
    assert (np.diff(cosines) <= 1e-6).all()


def test_nearly_all_of_the_true_neighbours_are_found(index: VectorIndex) -> None:
    rows = vectors(2000)
    index.add(range(2000), rows)
    found = [
        len(set(index.query(q, 50)[0].tolist()) & set(np.argsort(-(rows @ q))[:50].tolist())) for q in vectors(20, 2)
    ]
    assert np.mean(found) / 50 > 0.98


def test_asking_for_more_than_there_is_gives_all(index: VectorIndex) -> None:
    index.add([1, 2, 3], vectors(3))
    assert sorted(index.query(vectors(1)[0], 100)[0].tolist()) == [1, 2, 3]


def test_adding_again_replaces(index: VectorIndex) -> None:
    rows = vectors(2)
    index.add([5], rows[:1])
    index.add([5], rows[1:])
    assert index.ids().tolist() == [5]
    assert index.query(rows[1], 1)[1][0] == pytest.approx(1, abs=1e-4)


def test_removing_what_is_and_what_is_not_there(index: VectorIndex) -> None:
    index.add([1, 2], vectors(2))
    index.remove([2, 99])
    assert index.ids().tolist() == [1]


def test_chroma_keeps_everything_when_opened_again(tmp_path: Path) -> None:
    first = ChromaVectors(tmp_path / "v")
    first.add([3, 1], vectors(2))
    first.close()
    again = ChromaVectors(tmp_path / "v")
    assert again.ids().tolist() == [1, 3]
    assert again.query(vectors(2)[0], 1)[0].tolist() == [3]
    again.close()


def test_chroma_tells_of_a_folder_it_cannot_use(tmp_path: Path) -> None:
    (tmp_path / "v").write_text("not a folder")
    with pytest.raises(HomeError) as told:
        ChromaVectors(tmp_path / "v")
    assert "重建" in told.value.hint
