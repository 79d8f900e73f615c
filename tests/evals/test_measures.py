"""Measures as visible arithmetic."""

import pytest

from evals import measures


def test_strings_are_compared_without_width_case_space_and_punctuation() -> None:
    assert measures.fold("ＡＢ　套餐，１２９ 元！") == measures.fold("ab套餐129元")


def test_two_sources_match_when_one_path_ends_with_the_other_by_whole_components() -> None:
    assert measures.same_source("laws/刑法/刑法.md", "刑法/刑法.md")
    assert not measures.same_source("laws/大刑法.md", "刑法.md")


def test_a_hit_counts_only_when_its_own_text_holds_the_quote_and_is_short() -> None:
    hits = [
        {"source": "a/资费.pdf", "text": "移机费" + "啊" * 600},
        {"source": "a/别的.pdf", "text": "移机费80元"},
        {"source": "a/资费.pdf", "text": "同城移机费：80 元/次"},
    ]
    assert measures.first_gold_rank(hits, [("资费.pdf", "移机费90元")]) is None
    assert measures.first_gold_rank(hits, [("资费.pdf", "移机费：80元")]) == 3
    assert measures.first_gold_rank(hits, [("别的.pdf", "")]) == 2


def test_recall_keeps_the_missed_cases_in_the_denominator() -> None:
    ranks = [1, 3, None, 7]
    assert measures.recall_at(ranks, 1) == 0.25
    assert measures.recall_at(ranks, 5) == 0.5
    assert measures.recall_at(ranks, 10) == 0.75
    assert measures.reciprocal_rank_at(ranks, 10) == pytest.approx((1 + 1 / 3 + 1 / 7) / 4)
    assert measures.recall_at([], 5) is None


def test_auroc_is_the_share_of_pairs_in_the_right_order_with_ties_half() -> None:
    assert measures.auroc([0.9, 0.5], [0.5, 0.1]) == pytest.approx((1 + 1 + 0.5 + 1) / 4)
    assert measures.auroc([], [0.1]) is None


def test_macro_f1_weighs_each_type_alike() -> None:
    pairs = [("故障申告", "故障申告"), ("故障申告", "业务咨询"), ("业务咨询", "业务咨询")]
    fault = 2 * 1 / (1 + 2)
    enquiry = 2 * 1 / (2 + 1)
    assert measures.macro_f1(pairs) == pytest.approx((fault + enquiry) / 2)


def test_percentile_is_the_nearest_rank() -> None:
    assert measures.percentile([1.0, 2.0, 3.0, 4.0], 0.5) == 2.0
    assert measures.percentile(list(map(float, range(1, 101))), 0.95) == 95.0


def test_a_figure_that_stands_in_no_quote_is_unsupported() -> None:
    assert measures.unsupported_figures("月费129元[1]，赠60GB。", ["畅行129 月费 129 元"]) == ["60"]
    assert measures.unsupported_figures("预存１,２００元", ["预存1200元"]) == []


def test_a_forbidden_string_is_found_however_it_is_spaced() -> None:
    assert measures.leaks(["坐席可补偿20元"], ["…坐席可补偿 20 元…"]) == ["坐席可补偿20元"]
