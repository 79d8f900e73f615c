"""With a model beside approved wordings: it never rewrites or contradicts one, and its own words stay short enough."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assist.answer import Assistant
from assist.framing import Framing
from assist.model import Answer, Channel, Finished, Mode, Opened, Origin, Restarted, Sentence
from assist.proof.approved import contradicts, repeats
from assist.proof.shown import read_shown
from assist.spoken import reply, say
from assist.terms import TermIndex
from kb.knowledge import KnowledgeBase
from kb.model import OPERATOR, PUBLIC, DocumentDraft, Kind, Passage, PassageDraft, Term
from kb.rows import ROW, FaqRow, ScriptRow
from tests.assist.conftest import AGENT, TODAY, filled, question
from tests.written.conftest import writing
from tests.written.model_server import Script, passages_in, serving

RULE = "宽带提速包按月办理，提速包每月20元，当月生效，次月自动续订，不想续订的在月底前退订。"
WORDING = "提速包每月20元，办理前请确认您家的光猫支持千兆，不支持的要先更换。"
ASKED = "提速包怎么办理，每月多少钱"
HELLO = "您好，这里是澜川通信，我是客服代表{工号}，请问有什么可以帮您？"
DOCUMENTS = (
    DocumentDraft(
        source="样例/提速规则.docx",
        title="宽带提速业务规则",
        kind=Kind.POLICY,
        fingerprint="1",
        audience=PUBLIC,
        passages=(PassageDraft(0, RULE, ("第三条 提速包",), questions=(ASKED,)),),
    ),
    DocumentDraft(
        source="样例/提速问答.xlsx",
        title="提速问答",
        kind=Kind.FAQ,
        fingerprint="1",
        audience=PUBLIC,
        passages=(
            PassageDraft(
                0,
                f"问：提速包要注意什么？\n答：{WORDING}",
                questions=("提速包要注意什么？",),
                row=ROW.dump_python(FaqRow(question="提速包要注意什么？", answer=WORDING), mode="json"),
            ),
        ),
    ),
    DocumentDraft(
        source="样例/开场.xlsx",
        title="规范应答话术",
        kind=Kind.SCRIPT,
        fingerprint="1",
        passages=(
            PassageDraft(
                0,
                f"场景：开场\n{HELLO}",
                ("开场",),
                row=ROW.dump_python(
                    ScriptRow(scenario="开场", wording=HELLO, slots=("工号",), part="opening", code="K1"), mode="json"
                ),
            ),
        ),
    ),
    DocumentDraft(
        source="样例/提速术语.xlsx",
        title="术语",
        kind=Kind.TERMS,
        fingerprint="1",
        terms=(Term("提速包", (), "产品"), Term("光猫", (), "产品")),
    ),
)


@pytest.fixture(scope="module")
def approving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with filled(tmp_path_factory.mktemp("approved")) as opened:
        with opened.release(OPERATOR) as release:
            for draft in DOCUMENTS:
                release.put(draft)
        yield opened


def place(user: str, words: str) -> int:
    return next(n for n, text in passages_in(user).items() if words in text)


def says(text: str) -> Script:
    """A model that cites the rule as [甲] and the approved wording as [乙]."""

    def spoken(_system: str, user: str) -> str:
        return text.replace("[甲]", f"[{place(user, '次月自动续订')}]").replace("[乙]", f"[{place(user, '支持千兆')}]")

    return Script(says=spoken)


def answered(base: KnowledgeBase, text: str, channel: Channel = Channel.CHAT) -> Answer:
    with serving(says(text)) as endpoint, writing(base, endpoint) as assistant:
        return assistant.answer(question(ASKED, channel=channel))


def test_a_sentence_in_other_words_than_the_approved_one_is_replaced_by_it(approving: KnowledgeBase) -> None:
    answer = answered(approving, "提速包每月20元，当月生效。[甲]办理提速包前请您先确认家里的光猫支持千兆。[乙]")
    approved = [one for one in answer.sentences if one.origin is Origin.APPROVED]
    assert [one.text.rstrip("[12]") for one in approved] == [WORDING]
    assert "请您先确认家里" not in answer.text
    assert "reworded" in answer.left_out
    cited = answer.citations[approved[0].citations[0] - 1]
    assert (cited.source, WORDING in cited.quote) == ("样例/提速问答.xlsx", True)


def test_the_approved_wording_itself_may_be_said(approving: KnowledgeBase) -> None:
    answer = answered(approving, f"提速包每月20元，当月生效。[甲]{WORDING}[乙]")
    assert WORDING in answer.text
    assert "reworded" not in answer.left_out


def test_a_sentence_that_rests_on_the_rule_is_not_replaced(approving: KnowledgeBase) -> None:
    answer = answered(approving, "提速包每月20元，当月生效，次月自动续订。[甲][乙]")
    assert answer.sentences[0].origin is Origin.WRITTEN
    assert answer.sentences[0].text.startswith("提速包每月20元，当月生效，次月自动续订。")
    assert answer.citations[answer.sentences[0].citations[0] - 1].source == "样例/提速规则.docx"


def test_the_approved_wording_is_said_once_however_often_it_is_rewritten(approving: KnowledgeBase) -> None:
    twice = "办理提速包前请您先确认家里的光猫支持千兆。[乙]光猫不支持千兆的，办理提速包前要先更换。[乙]"
    assert answered(approving, twice).text.count(WORDING) == 1


def approved_shown(wording: str) -> object:
    terms = TermIndex((Term("提速包", (), "产品"), Term("副卡", (), "产品")))
    passage = Passage(
        1, 1, "问答.xlsx", "问答", Kind.FAQ, wording, (), None, None, (), None, PUBLIC, DOCUMENTS[0].validity
    )
    return lambda text: contradicts(text, "提速包每月多少钱", read_shown(passage, terms), terms, None)


@pytest.mark.parametrize(
    ("said", "against"),
    [
        ("提速包每月20元。", False),
        ("提速包每月30元。", True),
        ("副卡每月30元。", False),
        ("提速包首次办理每月10元。", False),
        ("提速包可以跨月补办。", True),
        ("提速包不可以跨月补办。", False),
        ("您可以到营业厅咨询。", False),
    ],
)
def test_a_sentence_against_an_approved_wording_is_told_from_one_about_something_else(said: str, against: bool) -> None:
    told = approved_shown("提速包每月20元。提速包不可以跨月补办。")
    assert callable(told)
    assert told(said) is against


def test_a_sentence_that_only_says_the_wording_again_is_known() -> None:
    assert repeats("办理前请确认您家的光猫支持千兆。", WORDING)
    assert not repeats("次月自动续订，不想续订的在月底前退订。", WORDING)


# --- length and manner ------------------------------------------------------------------------------------------------

LONG = (
    "提速包每月20元，当月生效。[甲]提速包次月自动续订。[甲]不想续订的在月底前退订。[甲]"
    "宽带提速包按月办理。[甲]提速包当月生效。[甲]宽带提速包按月办理，当月生效。[甲]提速包按月办理。[甲]"
)


def test_aloud_a_sentence_or_two_are_said_and_in_chat_a_paragraph(approving: KnowledgeBase) -> None:
    spoken, typed = answered(approving, LONG, Channel.VOICE), answered(approving, LONG, Channel.CHAT)
    assert [one.origin for one in spoken.sentences].count(Origin.WRITTEN) == 2
    assert "too_long" in spoken.left_out
    assert 2 < len(typed.sentences) <= 6
    assert "\n" not in reply(spoken) + reply(typed)
    assert len(reply(typed)) <= 400
    assert "[" not in reply(spoken) + reply(typed)


def framed(base: KnowledgeBase, script: Script) -> Iterator[Assistant]:
    with serving(script) as endpoint, writing(base, endpoint, framing=Framing(base)) as assistant:
        yield assistant


def test_a_written_answer_begins_with_the_opening_as_it_was_approved(approving: KnowledgeBase) -> None:
    for assistant in framed(approving, says("提速包每月20元，当月生效，次月自动续订。[甲]")):
        answer = assistant.answer(question(ASKED))
        assert answer.mode is Mode.GENERATED
        assert say(answer).startswith(f"{HELLO}\n提速包每月20元")
        assert say(answer).count("客服代表") == 1
        assert HELLO not in answer.text
        assert answer.opening is not None
        assert answer.opening.citation.n == len(answer.citations) + 1


def test_the_opening_stands_when_the_model_breaks_off(approving: KnowledgeBase) -> None:
    script = says("提速包每月20元，当月生效，次月自动续订。[甲]提速包按")
    script.fault = "half"
    for assistant in framed(approving, script):
        events = list(assistant.stream(question(ASKED)))
        kinds = [type(event) for event in events]
        assert kinds.count(Opened) == 1
        assert kinds.index(Opened) < kinds.index(Sentence) < kinds.index(Restarted)
        last = events[-1]
        assert isinstance(last, Finished)
        assert (last.answer.mode, last.answer.degraded) == (Mode.QUOTED, "cut")
        assert last.answer.opening is not None


def test_the_model_is_not_shown_what_opens_or_closes_calls(approving: KnowledgeBase) -> None:
    script = says("提速包每月20元，当月生效。[甲]")
    for assistant in framed(approving, script):
        assistant.answer(question(ASKED, principal=AGENT, as_of=TODAY))
    assert "客服代表" not in "".join(asked.user for asked in script.asked)
