"""A passage that is near and not the answer is told from one that is, by what the question itself says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from assist.decide import Decision, choose, judge, read, shipped, write
from assist.evidence import FEATURES, VETOES, Evidence, Words, measure_all, read_question
from assist.fitting import TARGET_RECALL, Example, fit, measure_fit
from assist.lexicon import kinds_asked
from assist.sense import Sense
from assist.terms import TermIndex
from assist.variety import varieties
from kb.model import PUBLIC, Hit, Kind, Passage, Term, Validity
from kb.text import normalise
from tests.fakes import HashEmbedder

TERMS = TermIndex(
    [Term(f"畅行{fee}", (f"{fee}套餐",), "产品") for fee in (129, 199)]
    + [Term("金卡", (), "产品"), Term("副号", (), "产品"), Term("加油包", (), "产品"), Term("停机保号", (), "业务")]
)
DAY = date(2026, 11, 21)


def found(text: str, validity: Validity | None = None) -> Hit:
    passage = Passage(
        1,
        1,
        "a.md",
        "规则",
        Kind.POLICY,
        text,
        (),
        None,
        None,
        (),
        None,
        PUBLIC,
        validity or Validity(date(2026, 5, 1)),
    )
    return Hit(1, passage, 1.0, 0.5, {"cosine": 0.9})


def features(question: str, text: str, validity: Validity | None = None) -> dict[str, float]:
    asked = read_question(question, TERMS, as_of=DAY)
    (one,) = judge(asked, [found(text, validity)], TERMS, Decision({}, 0.0, 0.5))
    return dict(one.features)


@pytest.mark.parametrize(
    ("question", "text", "veto"),
    [
        ("畅行399每月多少流量", "畅行199每月100GB", "not_a_name"),
        ("白金卡一年进几次贵宾厅", "金卡2次/年，钻石卡6次/年", "variety_missing"),
        ("10GB的加油包多少钱", "加油包：5GB 10元，20GB 30元", "variety_missing"),
        ("平板副号一个月收多少", "手表副号10元/月", "variety_missing"),
        ("2023年停机保号多少钱一个月", "停机保号5元/月", "year_missing"),
        ("有没有七十九块的畅行", "畅行59每月20GB", "not_a_name"),
        ("B区有没有月包", "B区日包45元/天", "variety_missing"),
        ("医护人员专享的那款套餐多少钱", "畅行59每月59元", "variety_missing"),
        ("“全家享”套餐多少流量", "畅行199每月100GB", "variety_missing"),
        ("只给流量不带通话的那种加油包多少钱", "加油包10元，含流量和通话", "variety_missing"),
        ("有没有半天的小加油包", "加油包一天5元", "variety_missing"),
        ("一次买一年的流量年包多少钱", "流量加油包5GB 10元", "variety_missing"),
    ],
)
def test_a_contradicted_passage_never_answers(question: str, text: str, veto: str) -> None:
    asked = read_question(question, TERMS, as_of=DAY)
    (one,) = judge(asked, [found(text)], TERMS, Decision({}, 9.0, 0.5))
    assert one.features[veto] == 1.0
    assert one.probability == 0.0


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("金卡一年进几次贵宾厅", "金卡2次/年，钻石卡6次/年"),
        ("5GB的加油包多少钱", "加油包：5GB 10元，20GB 30元"),
        ("199套餐多少流量", "畅行199每月100GB"),
        ("2026年停机保号多少钱一个月", "停机保号5元/月"),
        ("明年停机保号多少钱", "停机保号5元/月"),
        ("过完年移宽带要多少钱", "宽带移机50元/次"),
        ("重启完还不行，宽带断网怎么排查", "宽带断网先看光猫灯"),
        ("我嫌套餐太贵，违约金怎么算", "套餐合约违约金按剩余月数算"),
        ("师傅问我要五十块钱红包能要吗", "师傅不得收取任何现金"),
        ("不交手机包装盒能销户吗", "不得要求提供手机原包装"),
        ("今天降档今天就生效吗", "降档次月生效"),
        ("重阳节老人卡送多少流量", "重阳银龄礼：在用老人卡，每月赠5GB"),
        ("不带宽带的套餐有哪几档", "畅行59套餐，不含宽带"),
        ("刚办的卡就想开国际漫游，行不行", "国际漫游须入网满3个月的卡"),
        ("那个送多大的宽带呀", "畅行199含500M宽带"),
        ("59块的卡能带几张副卡", "畅行59限1张副卡"),
        ("去年的话费发票还能开么", "消费后180天内开具发票"),
        ("我手里的副卡还能用吗", "主卡停机后副卡一并停机"),
    ],
)
def test_a_passage_that_knows_the_name_is_not_contradicted(question: str, text: str) -> None:
    shown = features(question, text)
    assert [name for name in VETOES if shown[name]] == []


def test_last_year_is_read_by_the_day_asked() -> None:
    assert features("去年停机保号多少钱", "停机保号5元/月")["year_missing"] == 1.0
    assert features("去年停机保号多少钱", "停机保号10元/月", Validity(date(2024, 1, 1)))["year_missing"] == 0.0


def test_another_member_of_the_family_is_no_evidence() -> None:
    assert features("畅行129多少流量", "畅行199每月100GB")["named_sibling"] == 1.0
    assert features("畅行129要安装费吗", "畅行99及以上套餐首次安装免收")["named_sibling"] == 0.0


def test_the_kind_of_answer_asked_for_must_show() -> None:
    assert features("停机保号多少钱", "停机保号在App办理")["kind_missing"] == 1.0
    assert features("停机保号多少钱", "停机保号5元/月")["kind_missing"] == 0.0


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("青春卡能用到哪一天", ["when"]),
        ("停机保号在哪里办", ["place"]),
        ("从哪天开始降价", ["when"]),
        ("保号到期前会提醒吗", []),
        ("外呼拨过去客户没空，怎么收尾", []),
        ("讲错资费挂了电话才发现，怎么补救", []),
        ("移机怎么收", ["price"]),
        ("畅行199月租", ["price"]),
        ("开国际漫游要什么条件", ["need"]),
        ("老合约写的条件更好，按哪份来", []),
    ],
)
def test_what_a_question_only_mentions_is_not_what_it_asks(question: str, kinds: list[str]) -> None:
    assert [kind.name for kind in kinds_asked(normalise(question))] == kinds


def test_a_word_that_cutting_supposed_is_met_by_its_characters_in_part() -> None:
    def met(text: str) -> float:
        words, (one,) = measure_all(read_question("我有480分换不换得了", TERMS, as_of=DAY), [found(text)], TERMS, None)
        return float(one.met[words.words.index("分换")])

    assert met("积分可兑换话费") == 0.5
    assert met("积分两年有效") == 0.25
    assert met("副卡十元") == 0.0


def test_reads_varieties_before_kinds_of_products() -> None:
    read_off = [(one.modifier, one.kind) for one in varieties(normalise("周末流量包和2000M的宽带"), TERMS)]
    assert read_off == [("周末", "流量包"), ("2000m", "宽带")]


def test_a_word_of_the_story_counts_for_less_than_one_of_the_asking() -> None:
    asked = read_question("我怕娃儿看视频刷爆，超出的流量在哪里关", TERMS, as_of=DAY)
    words, _ = measure_all(asked, [found("在App关闭套外流量")], TERMS, None)
    counts = dict(zip(words.words, words.light.tolist(), strict=True))
    assert counts["视频"] < counts["流量"] == 1.0


def test_a_word_is_met_by_its_meaning_as_the_model_sees_it() -> None:
    near = Sense(HashEmbedder()).nearness(["流量"], [["流量", "月费"], ["营业厅"], []])
    assert near[0, 0] == pytest.approx(1)
    assert near[0, 1] < 0.5
    assert near[0, 2] == 0


BROADBAND = "宽带停机\n宽带停机每月10元，一次最长6个月。"
NUMBER = "停机保号\n停机保号每月5元，最长12个月。\n注意事项：套餐含宽带的，宽带须同时办停机。"


def test_of_two_that_answer_the_one_that_is_about_it_comes_before_one_that_only_notes_it() -> None:
    asked = read_question("宽带停机每月多少钱", TERMS, as_of=DAY)
    covering = Decision({"covered": 4.0}, -1.0, 0.5)
    judged = judge(asked, [found(NUMBER), found(BROADBAND)], TERMS, covering)
    assert [one.probability for one in judged] == pytest.approx([judged[0].probability] * 2)
    assert [one.hit.passage.text for one in choose(judged, 0.5)] == [BROADBAND, NUMBER]


def test_of_two_equally_likely_the_one_the_search_found_better_comes_first() -> None:
    asked = read_question("宽带停机每月多少钱", TERMS, as_of=DAY)
    hits = [replace(found(BROADBAND), score=score) for score in (3.0, 5.0)]
    judged = judge(asked, hits, TERMS, Decision({"covered": 4.0}, -1.0, 0.5))
    assert [one.hit.score for one in choose(judged, 0.5)] == [5.0, 3.0]


def test_what_is_not_likely_enough_is_not_chosen() -> None:
    asked = read_question("宽带停机每月多少钱", TERMS, as_of=DAY)
    assert choose(judge(asked, [found(BROADBAND)], TERMS, Decision({"covered": 4.0}, -9.0, 0.5)), 0.5) == []


def test_the_shipped_decision_survives_a_round_trip() -> None:
    decision = shipped()
    again = read(write(decision, {"cases": 1}))
    assert again.weights == pytest.approx(dict(decision.weights), abs=1e-3)
    assert again.importance is not None
    assert decision.importance is not None
    assert again.importance.model == decision.importance.model


def test_an_unknown_feature_is_refused() -> None:
    with pytest.raises(ValueError, match="moonshine"):
        read('{"weights": {"moonshine": 1}, "bias": 0, "threshold": 0.5}')


def example(strength: float, *, answerable: bool) -> Example:
    """A case whose one hit shows `strength` of everything, and whose two words stand apart by their vectors."""
    vectors = np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    shown = dict.fromkeys(FEATURES, 0.0) | dict.fromkeys(VETOES, 0.0) | {"variant": strength}
    met = np.array([1.0, strength])
    words = Words(("的", "押金"), vectors, np.ones(2))
    return Example(words, (Evidence(shown, met, met),), (True,) if answerable else ())


def test_fits_cases_that_can_be_told_apart_and_learns_which_words_matter() -> None:
    strengths = [0.6 + 0.02 * i for i in range(20)]
    cases = [example(s, answerable=True) for s in strengths] + [example(0.9 - s, answerable=False) for s in strengths]
    decision = fit(cases, model="示例")
    measured = measure_fit(decision, cases, model="示例")
    assert measured["refusal_recall"] >= TARGET_RECALL
    assert measured["over_refusal"] == 0.0
    assert decision.importance is not None
    filler, telling = decision.importance.vector
    assert telling > filler


def test_no_feature_is_given_a_weight_against_its_meaning() -> None:
    backwards = [example(0.1, answerable=True) for _ in range(10)] + [example(0.9, answerable=False) for _ in range(10)]
    decision = fit(backwards, model="示例")
    assert decision.weights["variant"] == 0.0
    assert decision.weights["covered"] >= 0.0 >= decision.weights["lacking"]
