"""A question is put into one of the five business types, with or without an embedder."""

from __future__ import annotations

import pytest

from assist.businesstype import TypeClassifier, canonical, labels
from tests.fakes import HashEmbedder


@pytest.mark.parametrize(
    ("question", "label"),
    [
        ("副卡最多可以办几张", "业务咨询"),
        ("帮我查一下上个月的账单", "话费/账单查询"),
        ("我要取消这个增值业务", "业务受理"),
        ("家里宽带又断网了，光猫闪红灯", "故障申告"),
        ("我要投诉，你们师傅态度太差", "投诉与建议"),
    ],
)
@pytest.mark.parametrize("embedder", [None, HashEmbedder()])
def test_tells_the_five_types_apart(question: str, label: str, embedder: HashEmbedder | None) -> None:
    told = TypeClassifier(embedder).classify(question)
    assert told.label == label
    assert set(told.shares) == set(labels())
    assert sum(told.shares.values()) == pytest.approx(1, abs=0.01)


def test_falls_back_to_a_consultation() -> None:
    assert TypeClassifier().classify("那个").label == "业务咨询"


def test_the_type_of_the_row_found_breaks_a_tie() -> None:
    assert TypeClassifier().classify("那个", row_types=["", "投诉与建议"]).label == "投诉与建议"


def test_knows_a_label_however_it_is_punctuated() -> None:
    assert canonical("话费账单查询") == "话费/账单查询"
    assert canonical("闲聊") is None
