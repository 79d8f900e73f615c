"""The order of candidates is arithmetic one can do by hand."""

from __future__ import annotations

import numpy as np
import pytest

from kb.lexical import FIELDS
from kb.rank import Candidates, default_weights, features, fuse, zscores


def floats(*values: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.array(values, np.float32)


def candidates(cosine: list[float], own: list[float] | None = None, **given: list[float]) -> Candidates:
    n = len(cosine)
    fields = {name: floats(*given.get(name, [0.0] * n)) for name in FIELDS}
    lengths, citing = floats(*given.get("lengths", [120.0] * n)), floats(*given.get("citing", [0.0] * n))
    return Candidates(np.arange(n), floats(*cosine), floats(*(own or cosine)), fields, lengths, citing)


def test_scores_are_scaled_by_mean_and_deviation() -> None:
    assert zscores(floats(1, 2, 3)).tolist() == pytest.approx([-1.2247, 0, 1.2247], abs=1e-3)


def test_scores_that_are_all_alike_say_nothing() -> None:
    assert zscores(floats(2, 2, 2)).tolist() == [0, 0, 0]
    assert zscores(floats()).tolist() == []


def test_fusion_is_the_weighted_sum() -> None:
    assert fuse({"dense": floats(1, 2), "words": floats(3, 1)}, {"dense": 1.0, "words": 2.0}).tolist() == [7, 4]


def test_both_lists_agreeing_win_over_one_of_them() -> None:
    found = features(candidates([0.92, 0.91, 0.80], bigrams=[0.0, 9.0, 9.0]))
    assert int(np.argmax(fuse(found))) == 1


def test_what_the_dense_list_did_not_reach_counts_as_its_lowest() -> None:
    found = features(candidates([0.9, 0.8, float("nan")]))
    assert found["dense"][2] == found["dense"][1]


def test_of_entries_with_the_same_question_the_one_whose_text_is_nearer_wins() -> None:
    found = features(candidates([0.95, 0.95, 0.8], own=[0.82, 0.9, 0.8]))
    assert found["dense"][1] > found["dense"][0]


def test_a_document_that_others_cite_stands_higher_when_all_else_is_equal() -> None:
    scores = fuse(features(candidates([0.9, 0.9], citing=[0, 3])))
    assert scores[1] > scores[0]


def test_length_does_not_matter_where_it_is_not_given() -> None:
    found = features(candidates([0.9, 0.9], lengths=[0, 120]))
    assert found["length"][0] == found["length"][1]


def test_weights_come_as_data() -> None:
    assert default_weights()["dense"] > default_weights()["bigrams"] > 0
