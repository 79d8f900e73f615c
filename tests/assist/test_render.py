"""Rendering of answers: escaped, slots and steps marked, dates in words."""

from __future__ import annotations

from datetime import date

import pytest

from assist.model import Answer, Citation, Mode, Outcome, Reason
from assist.pages.render import (
    Exchange,
    answer_card,
    confidence_words,
    history_list,
    problem_card,
    waiting_card,
    welcome_card,
)
from assist.pages.sources import AROUND, in_force, sources
from assist.spoken import say
from kb.model import Kind
from kb.rows import ScriptRow, ScriptStep

HOSTILE = '<script>alert(1)</script>"onclick="x'
CITATION = Citation(
    n=1,
    source="policies/宽带.md",
    title="家庭宽带业务规则",
    heading=("第二章 收费", "第七条"),
    page=3,
    quote="移机费80元一次",
    effective_from=date(2026, 3, 1),
    effective_to=date(2026, 12, 31),
    kind=Kind.POLICY,
    passage_id=7,
    section="第六条 光猫不收押金。\n第七条 移机费80元一次，同城免费。",
    highlight=(16, 24),
)
SILENT = ScriptRow(
    scenario="无声电话",
    wording="第1步 您好。【等待5秒】\n第2步 再见。",
    steps=(ScriptStep(text="您好。", wait_seconds=5), ScriptStep(text="再见，{客户姓}{先生/女士}。")),
    slots=("客户姓", "先生/女士"),
    forbidden=("喂喂喂", "<b>说话呀</b>"),
    notes="三问三等。",
)
QUOTED = Answer(
    outcome=Outcome.ANSWERED,
    mode=Mode.QUOTED,
    text="移机费80元一次。[1]\n同一小区内40元一次。[2]",
    confidence=0.9,
    citations=(CITATION,),
)
SCRIPT = Answer(outcome=Outcome.ANSWERED, mode=Mode.APPROVED, text=SILENT.wording, confidence=0.75, row=SILENT)


def test_the_marked_passage_is_the_quoted_one() -> None:
    assert CITATION.section is not None
    start = CITATION.section.index("移机费")
    shown = sources([_with(highlight=(start, start + len(CITATION.quote)))])
    assert "<br>第七条 <mark>移机费80元一次</mark>，同城免费。" in shown


def test_a_citation_without_a_section_shows_its_quote() -> None:
    assert "<mark>移机费80元一次</mark>" in sources([_with(section=None, highlight=None)])


def test_a_source_names_document_heading_page_kind_and_dates() -> None:
    shown = sources([CITATION])
    for part in ("家庭宽带业务规则", "第二章 收费 › 第七条", "第 3 页", "政策资费", "2026-03-01 至 2026-12-31 有效"):
        assert part in shown


def test_a_long_section_is_cut_around_the_passage() -> None:
    text = "前" * (AROUND + 5) + "就是它" + "后" * (AROUND + 5)
    shown = sources([_with(section=text, highlight=(AROUND + 5, AROUND + 8))])
    assert f"……{'前' * AROUND}<mark>就是它</mark>{'后' * AROUND}……" in shown


def test_without_citations_there_is_no_list_of_sources() -> None:
    assert sources([]) == ""


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (date(2026, 7, 1), None, "2026-07-01 起有效"),
        (None, date(2026, 7, 1), "有效至 2026-07-01"),
        (date(2026, 7, 1), date(2026, 9, 30), "2026-07-01 至 2026-09-30 有效"),
        (None, None, "长期有效"),
    ],
)
def test_dates_in_force_are_said_in_words(start: date | None, end: date | None, words: str) -> None:
    assert in_force(start, end) == words


def test_everything_from_outside_is_escaped() -> None:
    hostile = _with(title=HOSTILE, source=HOSTILE, heading=(HOSTILE,), section=None, quote=HOSTILE)
    answer = Answer(
        outcome=Outcome.ANSWERED,
        mode=Mode.APPROVED,
        text=HOSTILE,
        understood=HOSTILE,
        notices=(HOSTILE,),
        choices=(HOSTILE,),
        citations=(hostile,),
        gap_id=HOSTILE,
        row=ScriptRow(scenario="", wording=HOSTILE, forbidden=(HOSTILE,), notes=HOSTILE),
    )
    exchange = Exchange(HOSTILE, answer)
    for shown in (
        answer_card(exchange),
        answer_card(exchange, streaming=True),
        history_list([exchange]),
        waiting_card(HOSTILE),
        problem_card(HOSTILE),
        welcome_card([HOSTILE]),
    ):
        assert "<script" not in shown
        assert '"onclick' not in shown
        assert "alert(1)" in shown


def test_steps_are_listed_with_their_pauses_and_unfilled_slots_marked() -> None:
    shown = answer_card(Exchange("客户不说话", SCRIPT))
    assert shown.count("<li>") == 2 + 2
    assert 'data-seconds="5"' in shown
    assert "等待 5 秒" in shown
    assert '<span class="zy-slot">{客户姓}</span><span class="zy-slot">{先生/女士}</span>' in shown


def test_a_pause_within_a_single_step_counts_down_too() -> None:
    answer = Answer(outcome=Outcome.ANSWERED, mode=Mode.APPROVED, text="请报工单号。【等待5秒】查到了。")
    assert 'data-seconds="5"' in answer_card(Exchange("催单", answer))
    assert say(answer) == "请报工单号。查到了。"


def test_forbidden_phrases_and_notes_stand_under_the_wording() -> None:
    shown = answer_card(Exchange("客户不说话", SCRIPT))
    assert "<li>喂喂喂</li><li>&lt;b&gt;说话呀&lt;/b&gt;</li>" in shown
    assert "三问三等。" in shown


def test_what_is_copied_has_no_marks_and_no_pauses() -> None:
    assert say(QUOTED) == "移机费80元一次。\n同一小区内40元一次。"
    assert say(SCRIPT) == "1. 您好。\n2. 再见，{客户姓}{先生/女士}。"


def test_a_number_in_brackets_within_a_sentence_is_copied_as_it_stands() -> None:
    answer = Answer(outcome=Outcome.ANSWERED, mode=Mode.QUOTED, text="见附件[1]所列，共三项。[1]")
    assert say(answer) == "见附件[1]所列，共三项。"


def test_a_citation_mark_opens_its_source_and_an_unknown_one_stays_text() -> None:
    shown = answer_card(Exchange("移机费", QUOTED))
    assert 'data-open="1"' in shown
    assert 'data-open="2"' not in shown
    assert "[2]" in shown


@pytest.mark.parametrize(("confidence", "words"), [(1.0, "高"), (0.85, "高"), (0.84, "中"), (0.7, "中"), (0.69, "低")])
def test_confidence_is_said_in_one_word(confidence: float, words: str) -> None:
    assert confidence_words(confidence) == words


def test_low_confidence_tells_to_check_the_source_first() -> None:
    low = Answer(outcome=Outcome.ANSWERED, mode=Mode.QUOTED, text="移机费80元一次。[1]", confidence=0.62)
    assert "请先核对出处再答复" in answer_card(Exchange("移机费", low))
    assert "请先核对出处再答复" not in answer_card(Exchange("移机费", QUOTED))


def test_how_a_follow_up_was_understood_is_shown_only_when_it_differs() -> None:
    same = Answer(outcome=Outcome.ANSWERED, text="移机费80元一次。", mode=Mode.QUOTED, understood="移机费")
    assert "理解为" not in answer_card(Exchange("移机费", same))
    assert "理解为：宽带移机费" in answer_card(
        Exchange("那移机的呢", Answer(outcome=Outcome.ANSWERED, text="80元。", understood="宽带移机费"))
    )


def test_a_refusal_shows_its_gap_and_no_confidence_and_nothing_to_copy() -> None:
    refused = Answer(outcome=Outcome.REFUSED, text="没有依据。", gap_id="12", confidence=0.3, reason=Reason.NO_EVIDENCE)
    shown = answer_card(Exchange("太空漫游", refused))
    assert "知识缺口 No.12" in shown
    assert "把握" not in shown
    assert "data-copy" not in shown


def test_history_is_newest_first_and_empty_history_says_so() -> None:
    shown = history_list([Exchange("第一问", QUOTED), Exchange("第二问", QUOTED)])
    assert shown.index("第二问") < shown.index("第一问")
    assert shown.count("再问一次") == 2
    assert "还没有更早的提问" in history_list([])


def _with(**changes: object) -> Citation:
    fields = {name: getattr(CITATION, name) for name in CITATION.__dataclass_fields__} | changes
    return Citation(**fields)
