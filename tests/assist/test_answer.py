"""Every question ends in approved wording, a quotation or an honest refusal; never in anything else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assist.answer import Assistant
from assist.model import Answer, Finished, Mode, Origin, Outcome, Reason, Sentence, Understood
from assist.pages.render import Exchange, answer_card
from assist.spoken import say
from kb.knowledge import KnowledgeBase
from kb.model import OPERATOR, PUBLIC, DocumentDraft, Kind, PassageDraft
from kb.rows import ScriptRow
from tests.assist.conftest import AGENT, CUSTOMER, MOVING, assistant_over, filled, question


def everything(answer: Answer) -> str:
    return repr(answer)


def test_says_the_approved_answer_letter_for_letter(assistant: Assistant) -> None:
    answer = assistant.answer(question("副卡一个月多少钱"))
    assert (answer.outcome, answer.mode) == (Outcome.ANSWERED, Mode.APPROVED)
    assert answer.text == "副卡10元/张/月，与主卡共享流量与通话。"
    assert answer.citations[0].source == "样例/faq.xlsx"


def test_shows_the_steps_and_forbidden_words_of_a_script(assistant: Assistant) -> None:
    answer = assistant.answer(question("客户一直不说话"))
    assert isinstance(answer.row, ScriptRow)
    assert [step.wait_seconds for step in answer.row.steps] == [5, None]
    assert answer.row.forbidden == ("喂",)
    assert "请先补全：客户姓。" in answer.notices


def test_a_rule_nearly_as_likely_to_be_meant_is_quoted_beside_the_wording(tmp_path: Path) -> None:
    with filled(tmp_path) as base:
        with base.release(OPERATOR, note="补充") as release:
            release.put(
                DocumentDraft(
                    source="样例/副卡规则.md",
                    title="副卡规则",
                    kind=Kind.POLICY,
                    fingerprint="1",
                    audience=PUBLIC,
                    passages=(PassageDraft(0, "副卡一个月多少钱，看主卡：畅行129减免5元。", ("副卡费",)),),
                )
            )
        answer = assistant_over(base).answer(question("副卡一个月多少钱"))
    assert answer.mode is Mode.APPROVED
    assert [sentence.origin for sentence in answer.sentences] == [Origin.APPROVED, Origin.QUOTED]
    assert answer.sentences[1].text == "相关规定：副卡一个月多少钱，看主卡：畅行129减免5元。[2]"
    assert answer.citations[1].source == "样例/副卡规则.md"
    assert say(answer) == "副卡10元/张/月，与主卡共享流量与通话。"
    card = answer_card(Exchange("副卡一个月多少钱", answer))
    assert "畅行129减免5元" in card.split('class="zy-beside"')[1]


def test_quotes_a_clause_with_its_place_dates_and_highlight(assistant: Assistant) -> None:
    answer = assistant.answer(question("同一小区内移机费多少"))
    (cited,) = answer.citations[:1]
    assert answer.mode is Mode.QUOTED
    assert answer.text.startswith(MOVING + "[1]")
    assert (cited.heading, cited.page) == (("第二编 资费", "第八条 移机费"), 1)
    assert (cited.effective_from, cited.effective_to) == (date(2026, 3, 1), date(2026, 12, 31))
    assert cited.section is not None
    assert cited.highlight is not None
    assert cited.section[slice(*cited.highlight)] == cited.quote


def test_says_when_the_rule_ends_soon(assistant: Assistant) -> None:
    notices = assistant.answer(question("同一小区内移机费多少")).notices
    assert "《家庭宽带业务规则（2026版）》2026年12月31日止，之后以届时的规定为准。" in notices


def test_answers_by_the_rule_of_the_day(assistant: Assistant) -> None:
    answer = assistant.answer(question("同一小区内移机费多少", as_of=date(2027, 1, 5)))
    assert "50元/次" in answer.text
    assert "80元" not in answer.text


def test_every_quotation_stands_in_its_passage(assistant: Assistant, base: KnowledgeBase) -> None:
    for text in ("同一小区内移机费多少", "199套餐国内流量多少", "副卡怎么收费", "坐席补偿单笔多少"):
        for cited in assistant.answer(question(text)).citations:
            found = base.passage(cited.passage_id, AGENT)
            assert found is not None
            assert cited.quote in found.text


def test_reads_a_follow_up_with_what_was_asked_before(assistant: Assistant) -> None:
    answer = assistant.answer(question("那199的呢", "129套餐国内流量多少"))
    assert answer.understood == "畅行199国内流量多少"
    assert "100GB" in answer.text


@pytest.mark.parametrize("text", ["苹果手机怎么越狱", "畅行399套餐国内流量多少"])
def test_refuses_what_the_base_does_not_hold_and_records_a_gap(
    assistant: Assistant, base: KnowledgeBase, text: str
) -> None:
    answer = assistant.answer(question(text))
    assert (answer.outcome, answer.mode, answer.reason) == (Outcome.REFUSED, None, Reason.NO_EVIDENCE)
    assert answer.citations == ()
    assert answer.gap_id is not None
    assert answer.gap_id in answer.text
    gap = base.catalogue.gaps.get(int(answer.gap_id))
    assert gap is not None
    assert gap.question == text


def test_hides_personal_numbers_in_gap_and_log(assistant: Assistant, base: KnowledgeBase) -> None:
    answer = assistant.answer(question("13800138000这个号苹果手机怎么越狱呀"))
    assert answer.gap_id is not None
    kept = repr((base.catalogue.gaps.questions(int(answer.gap_id)), base.catalogue.questions.recent(5)))
    assert "138****8000" in kept
    assert "13800138000" not in kept


def test_leaves_no_trace_when_asked_not_to(assistant: Assistant, base: KnowledgeBase) -> None:
    logged, gaps = base.catalogue.questions.recent(1), base.catalogue.gaps.counts()
    answer = assistant.answer(question("火星上怎么上网呢", record=False))
    assert (answer.outcome, answer.gap_id, answer.question_id) == (Outcome.REFUSED, None, None)
    assert (base.catalogue.questions.recent(1), base.catalogue.gaps.counts()) == (logged, gaps)


def test_nothing_internal_reaches_a_customer(assistant: Assistant) -> None:
    for text in (
        "坐席补偿单笔多少",
        "客户一直不说话",
        "暖心续约月费立减多少",
        "关键数字错误扣几分",
        "副卡一个月多少钱",
    ):
        said = everything(assistant.answer(question(text, principal=CUSTOMER)))
        for hidden in ("补偿管理办法", "20元", "暖心续约\\n", "质检评分", "内部资费说明", "无声电话"):
            assert hidden not in said, (text, hidden)


def test_a_refused_customer_is_told_how_to_reach_a_person(assistant: Assistant) -> None:
    answer = assistant.answer(question("坐席补偿单笔多少", principal=CUSTOMER))
    assert answer.outcome is Outcome.REFUSED
    assert "转人工" in answer.text
    assert answer.near == ()


def test_only_the_named_sources_may_answer(assistant: Assistant) -> None:
    answer = assistant.answer(question("副卡一个月多少钱", scope=("样例/宽带规则2026.pdf",)))
    assert answer.outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("text", "reason", "says"),
    [
        ("", Reason.EMPTY, "还没有输入问题"),
        (" \n\t　", Reason.EMPTY, "还没有输入问题"),
        ("\u200b\u200d", Reason.EMPTY, "还没有输入问题"),
        ("\x00\x07\x1b", Reason.CONTROL_CHARACTERS, "控制字符"),
        ("😀😀👍🏻", Reason.NO_WORDS, "没有看到文字"),
        ("？？！……", Reason.NO_WORDS, "没有看到文字"),
        ("流量" * 5_000, Reason.TOO_LONG, "10000 个字"),
    ],
)
def test_says_clearly_what_is_wrong_with_the_input(
    assistant: Assistant, base: KnowledgeBase, text: str, reason: Reason, says: str
) -> None:
    gaps = base.catalogue.gaps.counts()
    answer = assistant.answer(question(text))
    assert (answer.outcome, answer.reason, answer.gap_id) == (Outcome.REFUSED, reason, None)
    assert says in answer.text
    assert base.catalogue.gaps.counts() == gaps


def test_control_characters_among_words_do_no_harm(assistant: Assistant) -> None:
    assert assistant.answer(question("副卡\x00一个月\u200b多少钱\x1b")).mode is Mode.APPROVED


def test_streams_the_proved_sentences_and_ends_with_the_whole(assistant: Assistant) -> None:
    events = list(assistant.stream(question("同一小区内移机费多少")))
    assert isinstance(events[0], Understood)
    assert isinstance(events[-1], Finished)
    said = [event.text for event in events if isinstance(event, Sentence)]
    assert "\n".join(said) == events[-1].answer.text


def test_names_the_business_type_and_logs_the_question(assistant: Assistant, base: KnowledgeBase) -> None:
    answer = assistant.answer(question("副卡一个月多少钱"))
    assert answer.business_type is not None
    assert answer.business_type.label == "业务咨询"
    assert answer.question_id is not None
    logged = base.catalogue.questions.get(answer.question_id)
    assert logged is not None
    assert (logged.outcome, logged.mode, logged.business_type) == ("answered", "approved", "业务咨询")
