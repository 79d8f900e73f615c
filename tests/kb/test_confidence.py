"""Confidence is a probability that can be fitted, stored and checked."""

from __future__ import annotations

import numpy as np
import pytest

from kb.confidence import FEATURES, Calibration, Sample, auroc, confidence, default_calibration, fit, measure, quality
from kb.model import ALWAYS, PUBLIC, Kind, Passage


def passage(text: str, heading: tuple[str, ...] = ()) -> Passage:
    return Passage(
        id=1,
        version_id=1,
        source="规则.md",
        title="宽带业务规则",
        kind=Kind.POLICY,
        text=text,
        heading=heading,
        page=None,
        section_id=None,
        questions=(),
        row=None,
        audience=PUBLIC,
        validity=ALWAYS,
    )


def samples(n: int = 200) -> list[Sample]:
    random = np.random.default_rng(7)
    found = []
    for _ in range(n):
        answers = bool(random.random() < 0.4)
        features = {name: float(random.normal()) for name in FEATURES}
        features["z_dense"] += 2.0 * answers
        found.append(Sample(features, answers))
    return found


def test_words_of_the_question_in_text_or_heading_are_covered() -> None:
    seen = measure("宽带移机多少钱", passage("收费八十元。", ("移机",)), {})
    assert seen["word_coverage"] == 1.0


def test_a_figure_that_the_passage_does_not_have_is_missing() -> None:
    assert measure("199套餐有宽带吗", passage("129套餐含300M宽带。"), {})["figures_missing"] == 1.0
    assert measure("一百九十九套餐有宽带吗", passage("199套餐含500M宽带。"), {})["figures_missing"] == 0.0


def test_confidence_lies_between_nought_and_one_and_grows_with_evidence() -> None:
    text = passage("宽带移机费80元一次。")
    weak = confidence("宽带移机多少钱", text, {"z_dense": 0.0, "z_bigrams": 0.0, "lead": 3.0})
    strong = confidence("宽带移机多少钱", text, {"z_dense": 5.0, "z_bigrams": 5.0, "margin": 2.0})
    assert 0 < weak < strong < 1


def test_fitting_finds_the_feature_that_tells() -> None:
    calibration = fit(samples(), model="m")
    assert max(calibration.weights, key=lambda name: calibration.weights[name]) == "z_dense"
    assert quality(calibration, samples())["auroc"] > 0.85


def test_one_kind_of_samples_cannot_be_fitted() -> None:
    with pytest.raises(ValueError, match="one kind"):
        fit([Sample({}, True)] * 3, model="m")


def test_a_calibration_comes_back_from_its_file_as_it_was() -> None:
    calibration = fit(samples(), model="m")
    again = Calibration.parse(calibration.as_json())
    features = samples(1)[0].features
    assert again.probability(features, model="m") == pytest.approx(
        calibration.probability(features, model="m"), abs=1e-3
    )


def test_cosines_of_another_model_do_not_count() -> None:
    calibration = Calibration({"cosine": 5.0}, 0.0, {"cosine": 0.85}, {"cosine": 0.05}, model="e5")
    assert calibration.probability({"cosine": 0.3}, model="bge") == 0.5
    assert calibration.probability({"cosine": 0.95}, model="e5") > 0.99


def test_auroc_counts_pairs() -> None:
    assert auroc(np.array([0.9, 0.4, 0.5]), np.array([True, True, False])) == 0.5
    assert auroc(np.array([0.9, 0.9]), np.array([True, False])) == 0.5


def test_the_calibration_that_comes_with_the_program_says_what_it_was_fitted_on() -> None:
    assert set(default_calibration().weights) == set(FEATURES)
    assert default_calibration().fitted["reported_on_other_half"]["auroc"] > 0.7
