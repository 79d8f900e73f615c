"""Who means to leave is noticed, with the reason, and the approved wording is offered unasked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assist.leaving.detect import LeavingDetector, settings
from assist.leaving.model import LeavingReason
from assist.leaving.offer import ApprovedDrafts, Draft, LeavingAdvisor, Request
from assist.leaving.prototypes import ClauseReader, examples, examples_key, labels, stored
from evals.conduct import read_leaving
from kb.errors import Forbidden, InputRefused
from kb.knowledge import KnowledgeBase
from tests.assist.conftest import AGENT, CUSTOMER, TODAY, FixedClock
from tests.assist.talkbase import filled
from tests.evals.test_conduct import CASES
from tests.fakes import HashEmbedder


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with KnowledgeBase.open(tmp_path_factory.mktemp("leaving"), embedder=HashEmbedder(), clock=FixedClock()) as opened:
        yield filled(opened)


@pytest.fixture(scope="module")
def detector() -> LeavingDetector:
    return LeavingDetector(HashEmbedder())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("信号太差老掉线，我要销户", LeavingReason.QUALITY),
        ("套餐太老没有适合我的，不想用了", LeavingReason.STALE),
        ("投诉三次没人处理，我要转网", LeavingReason.SERVICE),
        ("原来的客户经理离职了没人对接，准备换运营商", LeavingReason.CONTACT),
        ("移动给我送宽带，我准备转过去", LeavingReason.RIVAL),
        ("老用户还不如新用户，寒心，换一家", LeavingReason.NEGLECTED),
        ("你们太贵了，用不起", LeavingReason.TURMOIL),
    ],
)
@pytest.mark.parametrize("embedder", [None, HashEmbedder()])
def test_the_seven_reasons_are_told_apart(text: str, reason: LeavingReason, embedder: HashEmbedder | None) -> None:
    found = LeavingDetector(embedder).detect(text)
    assert found.intends
    assert found.reason is reason
    assert sum(found.shares.values()) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    "text",
    [
        "畅行129每月多少钱",
        "我要退订视频会员",
        "从移动携号转到你们这边要什么",
        "手机突然停机了怎么办",
        "我不走，随口问问",
    ],
)
def test_a_question_or_a_cancelled_extra_is_no_wish_to_leave(detector: LeavingDetector, text: str) -> None:
    found = detector.detect(text)
    assert not found.intends
    assert found.reason is None
    assert found.cues == ()


def test_only_what_the_customer_said_counts_in_a_transcript(detector: LeavingDetector) -> None:
    assert not detector.detect("坐席：您是要销户还是转网？\n客户：都不是，我查一下话费。").intends
    assert detector.detect("坐席：请问有什么可以帮您？\n客户：把我的号注销掉。").wants == "销户"


def test_the_cues_stand_letter_for_letter_in_what_was_said(detector: LeavingDetector) -> None:
    text = "坐席：您好。\n客户：别家便宜一半，我要　转走。"
    for cue in detector.detect(text).cues:
        assert text[cue.start : cue.end] == cue.text


def test_no_words_show_nothing(detector: LeavingDetector) -> None:
    assert not detector.detect("……").intends


def test_the_approved_script_of_the_reason_is_offered(base: KnowledgeBase, detector: LeavingDetector) -> None:
    advisor = LeavingAdvisor(detector=detector, draft=ApprovedDrafts(base, page="/scripts/"))
    offered = advisor.offer(AGENT, ["别家便宜，我要携号转网"], as_of=TODAY)
    assert offered is not None
    assert offered.draft is not None
    assert (offered.draft.title, offered.draft.steps) == ("原因五 竞争对手优惠", ("货比三家很正常。",))
    assert "便宜没好货" in offered.draft.forbidden
    closing = advisor.offer(AGENT, ["我要销户"], as_of=TODAY)
    assert closing is not None
    assert closing.draft is not None
    assert closing.draft.title == "要求销户"


def test_a_reason_given_earlier_in_the_call_still_counts(base: KnowledgeBase, detector: LeavingDetector) -> None:
    advisor = LeavingAdvisor(detector=detector, draft=ApprovedDrafts(base))
    offered = advisor.offer(AGENT, ["移动给我送宽带", "算了，我要转网"], as_of=TODAY)
    assert offered is not None
    assert offered.leaving.reason is LeavingReason.RIVAL


def test_whoever_composes_fuller_drafts_takes_the_place_of_the_scripts(detector: LeavingDetector) -> None:
    asked: list[Request] = []

    def compose(request: Request) -> Draft:
        asked.append(request)
        return Draft("专为这位客户", ("您好",), "优惠清单")

    offered = LeavingAdvisor(detector=detector, draft=compose).offer(
        AGENT, ["太贵了，我的号13812345678要销户"], as_of=TODAY, channel="chat"
    )
    assert offered is not None
    assert offered.draft == Draft("专为这位客户", ("您好",), "优惠清单")
    assert (asked[0].channel, asked[0].as_of, asked[0].leaving.reason) == ("chat", TODAY, LeavingReason.TURMOIL)
    assert "13812345678" not in asked[0].text


def test_nothing_is_offered_to_who_stays_nor_to_a_customer(base: KnowledgeBase, detector: LeavingDetector) -> None:
    advisor = LeavingAdvisor(detector=detector, draft=ApprovedDrafts(base))
    assert advisor.offer(AGENT, ["副卡多少钱"], as_of=TODAY) is None
    with pytest.raises(Forbidden):
        advisor.detect(CUSTOMER, "我要销户")
    with pytest.raises(InputRefused):
        advisor.detect(AGENT, " ")


def test_every_reason_has_rules_examples_and_a_script_to_look_for() -> None:
    for reason in LeavingReason:
        assert settings().reasons[reason]
        assert settings().scripts[reason.value]
        assert sum(label == reason.value for label, _ in examples()) >= 50
    assert set(labels()) == {"leave", "none", *(reason.value for reason in LeavingReason)}


def test_no_example_is_a_case_of_the_held_half() -> None:
    held = {case.text for case in read_leaving(CASES / "leaving_held.jsonl")}
    texts = [text for _, text in examples()]
    assert len(texts) == len(set(texts))
    assert not held & set(texts)


def test_the_vectors_that_ship_belong_to_the_examples_that_ship() -> None:
    """Otherwise the first question embeds them all; `app.py calibrate` stores them anew."""
    key, vectors = stored()
    assert key.split()[-1] == examples_key()
    assert len(vectors) == len(examples())


def test_a_clause_is_most_like_the_label_it_was_learnt_with() -> None:
    reader = ClauseReader(HashEmbedder())
    scores = reader.scores(["我要销户", "太贵了", "帮我查一下话费"])
    assert [labels()[row.argmax()] for row in scores] == ["leave", "turmoil", "none"]
    assert reader.scores([]).shape == (0, len(labels()))
