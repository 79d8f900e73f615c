"""A cross-encoder by setting: a tiny one, made here with random weights, scores; what is none is refused in Chinese."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.errors import ModelUnavailable
from kb.rerank import load_reranker
from tests.kb.cross_encoders import make_cross_encoder

pytestmark = pytest.mark.model


def test_pairs_are_scored_each_for_itself_whatever_stands_beside_it(tmp_path: Path) -> None:
    reranker = load_reranker(str(make_cross_encoder(tmp_path / "重排")))
    together = reranker.scores("副卡多少钱", ["副卡每月10元", "宽带免安装费", "副卡" * 400])
    alone = reranker.scores("副卡多少钱", ["宽带免安装费"])
    assert together.shape == (3,)
    assert together[1] == pytest.approx(alone[0], abs=1e-4)
    assert len(set(together.round(6).tolist())) == 3


def test_no_passages_have_no_scores(tmp_path: Path) -> None:
    assert load_reranker(str(make_cross_encoder(tmp_path / "重排"))).scores("副卡", []).shape == (0,)


def test_a_folder_that_holds_no_model_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        load_reranker(str(tmp_path / "没有"))
    assert "清空这项设置" in caught.value.hint


def test_a_classifier_of_several_labels_is_no_reranker(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        load_reranker(str(make_cross_encoder(tmp_path / "分类", labels=3)))
    assert "一个输出" in caught.value.hint
