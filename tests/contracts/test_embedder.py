"""What every embedder must do: the one of the tests and sentence-transformers."""

from __future__ import annotations

import numpy as np
import pytest

from kb import bundled
from kb.embed import Embedder, load_embedder
from tests.fakes import HashEmbedder
from tests.kb.packed import write_packed

pytestmark = pytest.mark.filterwarnings("default")  # the libraries' own deprecations are not ours to fail on


@pytest.fixture(params=["hash", "sentence-transformers"], scope="module")
def embedder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    if request.param == "hash":
        return HashEmbedder()
    place = tmp_path_factory.mktemp("tiny")
    sha256 = write_packed(place / "weights.bin")
    folder = bundled.unpack(place, dtype="float32", packed=place / "weights.bin", sha256=sha256)
    return load_embedder(str(folder), cache=place, precision="float32")


@pytest.mark.parametrize("method", ["queries", "passages"])
def test_rows_are_unit_vectors_in_the_order_given(embedder: Embedder, method: str) -> None:
    rows = getattr(embedder, method)(["套餐流量", "宽带"])
    assert rows.shape == (2, embedder.dimension)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_the_same_text_has_the_same_vector(embedder: Embedder) -> None:
    rows = embedder.passages(["套餐", "宽带", "套餐"])
    assert rows[0] @ rows[2] == pytest.approx(1, abs=1e-5)


def test_no_text_gives_no_row(embedder: Embedder) -> None:
    assert embedder.queries([]).shape == (0, embedder.dimension)


def test_progress_adds_up_to_the_number_of_texts(embedder: Embedder) -> None:
    told: list[int] = []
    embedder.passages(["套餐"] * 9, progress=told.append)
    assert sum(told) == 9


def test_the_name_says_which_vectors_they_are(embedder: Embedder) -> None:
    assert embedder.name
