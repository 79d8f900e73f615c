"""Embeddings in the catalogue: exact, once per model and text, and gone when their model is."""

from __future__ import annotations

import numpy as np
import pytest

from kb.errors import UsageError
from kb.store import Catalogue

VECTORS = np.asarray([[0.25, -1.5, 3.0], [1e-7, 2.0, -0.1]], dtype=np.float32)


def test_vectors_come_back_bit_for_bit(catalogue: Catalogue) -> None:
    catalogue.embeddings.put("甲", ["a", "b"], VECTORS)
    found = catalogue.embeddings.get("甲", ["b", "a", "没有"])
    assert set(found) == {"a", "b"}
    np.testing.assert_array_equal(found["a"], VECTORS[0])
    np.testing.assert_array_equal(found["b"], VECTORS[1])
    assert found["a"].dtype == np.float32


def test_what_is_there_already_stays_as_it_is(catalogue: Catalogue) -> None:
    catalogue.embeddings.put("甲", ["a"], VECTORS[:1])
    catalogue.embeddings.put("甲", ["a", "b"], VECTORS[::-1])
    np.testing.assert_array_equal(catalogue.embeddings.get("甲", ["a"])["a"], VECTORS[0])
    assert catalogue.embeddings.count("甲") == 2


def test_two_models_keep_their_own_vectors_until_one_is_purged(catalogue: Catalogue) -> None:
    catalogue.embeddings.put("甲", ["a", "b"], VECTORS)
    catalogue.embeddings.put("乙", ["a"], np.ones((1, 5), dtype=np.float32))
    assert catalogue.embeddings.models() == {"甲": 3, "乙": 5}
    assert catalogue.embeddings.purge("乙") == 2
    assert catalogue.embeddings.get("甲", ["a", "b"]) == {}
    assert catalogue.embeddings.models() == {"乙": 5}
    assert len(catalogue.embeddings.get("乙", ["a"])) == 1


def test_a_model_that_changes_its_dimension_is_refused(catalogue: Catalogue) -> None:
    catalogue.embeddings.put("甲", ["a"], VECTORS[:1])
    with pytest.raises(UsageError) as refused:
        catalogue.embeddings.put("甲", ["c"], np.ones((1, 4), dtype=np.float32))
    assert "维度" in refused.value.hint


@pytest.mark.parametrize("vectors", [VECTORS, VECTORS[0]])
def test_vectors_that_do_not_fit_their_texts_are_refused(
    catalogue: Catalogue, vectors: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
) -> None:
    with pytest.raises(UsageError):
        catalogue.embeddings.put("甲", ["a"], vectors)


def test_nothing_is_a_fine_number_of_vectors(catalogue: Catalogue) -> None:
    catalogue.embeddings.put("甲", [], np.empty((0, 3), dtype=np.float32))
    assert catalogue.embeddings.models() == {}
