"""A question is put into the five business types by rules, labelled examples and the rows found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assist import businesstype
from assist.businesstype import SIGNALS, TypeClassifier, Weights, canonical, labels
from evals.cases import case_files, read_cases
from tests.fakes import HashEmbedder

CASES = Path(__file__).parents[2] / "evals" / "cases"

CLEAR = [
    ("畅行129一个月含多少流量", "业务咨询"),
    ("金卡客户有哪些权益", "业务咨询"),
    ("帮我查一下上个月的账单", "话费/账单查询"),
    ("发票抬头写错了怎么改", "话费/账单查询"),
    ("欠费几天会停机", "话费/账单查询"),
    ("我要取消这个增值业务", "业务受理"),
    ("过户要带什么证件", "业务受理"),
    ("合约没到期，违约金怎么算", "业务受理"),
    ("家里宽带又断网了，光猫闪红灯", "故障申告"),
    ("报修以后多久修好", "故障申告"),
    ("我要投诉，你们师傅态度太差", "投诉与建议"),
    ("坐席最多能给多少补偿", "投诉与建议"),
]


@pytest.mark.parametrize(("question", "label"), CLEAR)
@pytest.mark.parametrize("embedder", [None, HashEmbedder()])
def test_tells_the_five_types_apart(question: str, label: str, embedder: HashEmbedder | None) -> None:
    told = TypeClassifier(embedder).classify(question)
    assert told.label == label
    assert set(told.shares) == set(labels())
    assert sum(told.shares.values()) == pytest.approx(1, abs=0.01)


def test_falls_back_to_a_consultation() -> None:
    assert TypeClassifier().classify("那个").label == "业务咨询"
    assert TypeClassifier(HashEmbedder()).classify("").label == "业务咨询"


def test_the_types_of_the_rows_found_break_a_tie_and_the_first_row_counts_most() -> None:
    assert TypeClassifier().classify("那个", row_types=["", "投诉与建议"]).label == "投诉与建议"
    assert TypeClassifier().classify("那个", row_types=["业务受理", "", "故障申告"]).label == "业务受理"


def test_a_row_of_an_unknown_type_says_nothing() -> None:
    classifier = TypeClassifier()
    assert classifier.classify("那个", row_types=["闲聊", ""]) == classifier.classify("那个")


def test_evidence_states_each_signal_for_each_type() -> None:
    evidence = TypeClassifier(HashEmbedder()).evidence("宽带断网了，多久修好", row_types=["故障申告"])
    assert evidence.shape == (len(labels()), len(SIGNALS))
    assert evidence[:, 1:].sum(axis=0) == pytest.approx([1, 1])
    assert labels()[int(evidence.sum(axis=1).argmax())] == "故障申告"


def test_the_nearest_examples_decide_where_rules_are_silent() -> None:
    weights = Weights({"rules": 0.0, "neighbours": 1.0, "rows": 0.0}, dict.fromkeys(labels(), 0.0))
    classifier = TypeClassifier(HashEmbedder(), weights=weights)
    for label in labels():
        example = next(text for owner, text in businesstype.examples() if owner == label)
        assert classifier.classify(example).label == label


def test_examples_are_many_for_each_type_and_none_stands_twice() -> None:
    texts = [text for _, text in businesstype.examples()]
    assert len(texts) == len(set(texts)) >= 250
    for label in labels():
        assert sum(owner == label for owner, _ in businesstype.examples()) >= 50


def test_no_example_is_a_case_of_the_evaluation() -> None:
    asked = {case.question for case in read_cases(case_files([CASES]))}
    assert not asked & {text for _, text in businesstype.examples()}


def test_the_vectors_that_ship_belong_to_the_examples_that_ship() -> None:
    """Otherwise the first question embeds them all; `app.py calibrate` stores them anew."""
    key, vectors = businesstype.stored_vectors()
    assert key.split()[-1] == businesstype.examples_key()
    assert len(vectors) == len(businesstype.examples())
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=0.01)


def test_fitting_learns_which_signal_to_trust_and_survives_being_stored() -> None:
    rng = np.random.default_rng(7)
    wanted = [labels()[index % len(labels())] for index in range(100)]
    evidence = [rng.random((len(labels()), len(SIGNALS))) for _ in wanted]
    for one, label in zip(evidence, wanted, strict=True):
        one[labels().index(label), 1] += 1.5
    weights = businesstype.fit(evidence, wanted)
    assert weights.signals["neighbours"] > 3 * max(weights.signals["rules"], weights.signals["rows"])
    again = businesstype.read(businesstype.write(weights, {"cases": 100}))
    assert again.signals == pytest.approx(weights.signals, abs=1e-4)
    assert again.bias == pytest.approx(weights.bias, abs=1e-4)


def test_weights_of_other_types_are_refused() -> None:
    with pytest.raises(ValueError, match="weights"):
        businesstype.read('{"signals": {"rules": 1, "neighbours": 1, "rows": 1}, "bias": {"闲聊": 0}}')


def test_knows_a_label_however_it_is_punctuated() -> None:
    assert canonical("话费账单查询") == "话费/账单查询"
    assert canonical("闲聊") is None
