"""Chinese text is made comparable and cut the same way on both sides."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.text import bigrams, content_words, figures, fold, normalise, strip_asking, words


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("一百九十九那个套餐", "199那个套餐"),
        ("幺九九套餐", "199套餐"),
        ("请打幺零零八六", "请打10086"),
        ("违约金百分之五", "违约金5%"),
        ("每日千分之三", "每日3‰"),
        ("百分之零点五", "0.5%"),
        ("三万五千元", "35000元"),
        ("1.5万元", "15000元"),
        ("1,000元", "1000元"),
        ("一百二", "120"),
        ("三点五折", "3.5折"),
        ("二零二六年十月一日", "2026年10月1日"),
        ("第一百二十条", "第120条"),
        ("三年以上十年以下", "3年以上10年以下"),
        ("两个月", "2个月"),
        ("七天无理由", "7天无理由"),
    ],
)
def test_spoken_numerals_become_figures(said: str, written: str) -> None:
    assert normalise(said) == written


@pytest.mark.parametrize(
    "text", ["十分感谢", "千万别挂机", "万一停机", "统一口径", "一些客户", "一次性付清", "几十万", "五分之一"]
)
def test_words_that_only_look_like_numerals_stay(text: str) -> None:
    assert normalise(text) == text


def test_traditional_and_full_width_become_simplified_and_plain() -> None:
    assert normalise("請問５Ｇ套餐如何辦理？") == "请问5g套餐如何办理?"


def test_white_space_within_chinese_falls_away_and_between_latin_words_stays() -> None:
    assert normalise("保 险 人 和 vip customer") == "保险人和 vip customer"


@settings(deadline=None)
@given(st.text(max_size=60))
def test_normalising_any_text_never_fails_and_gives_text(text: str) -> None:
    assert isinstance(normalise(text), str)
    assert all(isinstance(word, str) and word for word in words(text) + bigrams(text))


def test_words_come_with_the_shorter_ones_inside_and_without_punctuation() -> None:
    assert words("怎么携号转网？") == ["怎么", "转网", "携号转网"]


def test_pairs_take_a_figure_as_one_character_and_do_not_cross_punctuation() -> None:
    assert bigrams("199套餐，流量") == ["199套", "套餐", "流量"]


def test_content_of_a_question_leaves_out_how_it_is_asked() -> None:
    assert content_words("嗯那个请问一百九十九的套餐流量用完了怎么办") == ["199", "套餐", "流量", "完"]


def test_a_question_of_nothing_but_asking_keeps_its_words() -> None:
    assert content_words("怎么办") != []
    assert strip_asking("怎么办") == "怎么办"


def test_figures_are_numbers_and_latin_names() -> None:
    assert figures("一百九十九元的5G套餐降百分之五") == {"199", "5g", "5%"}


def test_folding_for_comparison_drops_space_and_punctuation() -> None:
    assert fold("《携号转网》 服务，规范。") == "携号转网服务规范"
