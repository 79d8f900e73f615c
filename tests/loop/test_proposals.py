"""Drafts worded by a language model: marked, masked, warned of, and made by rule when the model fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from assist.chat import LangChainChat
from assist.compliance.check import Checker
from assist.compliance.guard import DraftGuard
from assist.loop.drafting import DraftDesk
from assist.loop.propose import ModelDrafts, read
from assist.loop.remarks import draft_remarks
from kb.errors import InputRefused
from kb.gaps import Unanswered
from kb.store import DraftKind, GapOrigin
from tests.loop.conftest import AGENT, WRITER, Centre
from tests.written.model_server import Script, serving

ASKED = "同城换个小区宽带跟着搬收多少"
REPLY = """【相似问题】
1. 搬家宽带要交多少钱
- 宽带搬到别的小区收费吗
【答案】
移机费80元一次，同一小区内移机40元一次。跨城移机〔待补：能不能办、收多少〕。移机后赠送500元话费。
【依据】
家庭宽带业务规则（2026版）第八条
【别的】
不要这一栏"""


@contextmanager
def drafting(centre: Centre, script: Script) -> Iterator[DraftDesk]:
    """The drafts of a centre with a scripted model beside it."""
    with serving(script) as endpoint:
        chat = LangChainChat(endpoint)
        try:
            yield DraftDesk(
                centre.kb,
                centre.clock,
                ModelDrafts(chat, deadline=20.0),
                draft_remarks(centre.kb, DraftGuard(Checker(centre.kb))),
            )
        finally:
            chat.close()


def gap_on(centre: Centre, text: str) -> int:
    asked = Unanswered(text, AGENT, "voice", centre.loop.news.today())
    return centre.ledger.add(asked, GapOrigin.REFUSAL)


def test_a_draft_worded_by_a_model_is_marked_until_a_person_saves_it(centre: Centre) -> None:
    gap = gap_on(centre, ASKED)
    with drafting(centre, Script(says=lambda _system, _user: REPLY)) as drafts:
        draft = drafts.begin(WRITER, gap, DraftKind.FAQ)
        assert draft.machine
        assert draft.fields["question"] == ASKED
        assert draft.fields["similar"].splitlines() == ["搬家宽带要交多少钱", "宽带搬到别的小区收费吗"]
        assert draft.fields["basis"] == "家庭宽带业务规则（2026版）第八条"
        assert "AI 起草" in centre.kb.catalogue.gaps.history(gap)[-1].note
        saved = drafts.save(WRITER, replace(draft, title="移机费"))
        assert not saved.machine


def test_what_no_passage_bears_out_stands_beside_the_draft_as_a_warning(centre: Centre) -> None:
    with drafting(centre, Script(says=lambda _system, _user: REPLY)) as drafts:
        draft = drafts.begin(WRITER, gap_on(centre, ASKED), DraftKind.FAQ)
        warnings = drafts.sheet(WRITER, draft.id).warnings
        assert warnings[0].startswith("还有 1 处没有填写：〔待补：能不能办、收多少〕")
        assert any("赠送500元话费" in one and one.startswith("出处：") for one in warnings)
        assert not any("移机费80元一次" in one for one in warnings)
        with pytest.raises(InputRefused) as refused:
            drafts.submit(WRITER, draft.id)
        assert "请补上再提交审核" in refused.value.hint


def test_only_masked_text_goes_to_the_model(centre: Centre) -> None:
    script = Script(says=lambda _system, _user: REPLY)
    with drafting(centre, script) as drafts:
        drafts.begin(
            WRITER, gap_on(centre, "我是13800138000的机主，身份证11010519491231002X，宽带搬家收多少"), DraftKind.FAQ
        )
    (asked,) = script.asked
    assert "宽带搬家收多少" in asked.user
    assert "13800138000" not in asked.user
    assert "11010519491231002X" not in asked.user


@pytest.mark.parametrize(("fault", "why"), [("server_error", "服务出错"), ("empty", "没有写出内容")])
def test_a_model_that_fails_leaves_the_draft_by_rule_with_the_reason(centre: Centre, fault: str, why: str) -> None:
    with drafting(centre, Script(fault=fault)) as drafts:
        draft = drafts.begin(WRITER, gap_on(centre, ASKED), DraftKind.FAQ)
    assert not draft.machine
    assert draft.fields == {"question": ASKED, "similar": "", "answer": "", "basis": ""}
    assert draft.note.startswith("AI 起草没有成功")
    assert why in draft.note


def test_a_reply_without_the_fields_is_no_draft(centre: Centre) -> None:
    with drafting(centre, Script(says=lambda _system, _user: "好的，移机费80元。")) as drafts:
        draft = drafts.begin(WRITER, gap_on(centre, ASKED), DraftKind.SCRIPT)
    assert not draft.machine
    assert draft.fields["wording"] == ""
    assert "看不懂" in draft.note


def test_a_basis_that_was_never_shown_is_not_taken_over(centre: Centre) -> None:
    said = "【答案】\n移机费80元一次。\n【依据】\n《集团内部通知第九号》"
    with drafting(centre, Script(says=lambda _system, _user: said)) as drafts:
        draft = drafts.begin(WRITER, gap_on(centre, ASKED), DraftKind.FAQ)
    assert draft.fields["basis"] == ""


def test_thinking_aloud_and_other_tags_are_no_fields() -> None:
    reply = "<think>【正文】乱写</think>\n【正文】第一条 移机费80元一次。\n第二条 〔待补：跨城〕\n【落款】某人"
    fields = read(DraftKind.POLICY, reply)
    assert fields["body"].startswith("第一条 移机费80元一次。\n第二条 〔待补：跨城〕")


def test_a_conflict_is_about_the_same_thing(centre: Centre) -> None:
    desk = DraftDesk(centre.kb, centre.clock)
    fields = {"question": "宽带移机费多少钱", "similar": "", "answer": "宽带移机费60元一次。", "basis": ""}
    draft = desk.new(WRITER, DraftKind.FAQ, "移机费", fields=fields)
    (first, *_) = desk.sheet(WRITER, draft.id).conflicts
    assert "80元" in first.theirs
    assert "60元" in first.mine
    agreeing = replace(draft, fields={**fields, "answer": "宽带移机费80元一次。"})
    desk.save(WRITER, agreeing)
    assert desk.sheet(WRITER, draft.id).conflicts == ()
