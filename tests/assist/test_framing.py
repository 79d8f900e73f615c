"""The approved opening and closing of a channel go around an answer: as they stand, once, and where demanded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from assist.answer import Assistant
from assist.businesstype import TypeClassifier
from assist.channels import serves
from assist.desk import Desk
from assist.framing import Framing, holds
from assist.model import Answer, Channel, Finished, Mode, Opened, Outcome, Question, Sentence
from assist.pages.render import Exchange, answer_card, history_list
from assist.sense import Sense
from assist.spoken import reply, say
from assist.views import answer_json, event_json
from kb.gaps import ThrowAwayLedger
from kb.knowledge import KnowledgeBase
from kb.model import INTERNAL, OPERATOR, PUBLIC, Audience, DocumentDraft, Kind, PassageDraft, Principal, Role, Validity
from kb.rows import NOT_USED, ROW, FaqRow, ScriptRow
from tests.assist.conftest import AGENT, CUSTOMER, LENIENT, MOVING, TODAY, FixedClock, filled, question
from tests.fakes import HashEmbedder

HELLO = "您好，这里是澜川通信，我是客服代表{工号}，请问有什么可以帮您？"
TYPED = "您好，我是在线客服{工号}，已经看到您的留言。"
NEW_YEAR = "新年好！澜川通信祝您万事顺意，我是{工号}，您请讲。"
BYE = "感谢您的来电，祝您生活愉快，再见。"
TYPED_BYE = "相关说明已发在上方，祝您生活愉快。"
SURVEY = "稍后请您按键评价本次服务，再见。"
VIP = "贵宾专席{工号}为您服务。"
MOVE = "同一小区内移机费多少"
BACK = "好的，我会在{约定时间}之前给您回电。"
SPEAKER = "您那边开着免提，麻烦您切换到听筒再讲，好吗？"


def script(wording: str, scene: str, *asked: str, days: Validity | None = None, **more: Any) -> PassageDraft:
    audience = more.pop("audience", None)
    slots = tuple(name for name in ("工号", "约定时间") if f"{{{name}}}" in wording)
    row = ScriptRow(scenario=scene, triggers=asked, wording=wording, slots=slots, **more)
    dumped = ROW.dump_python(row, mode="json")
    text = f"场景：{scene}\n{wording}"
    return PassageDraft(0, text, (scene,), questions=asked, row=dumped, validity=days, audience=audience)


HOLIDAY = Validity(date(2027, 1, 1), date(2027, 1, 3))
INSPECTORS = Audience(roles=frozenset({Role.INSPECTOR}))
FIRE = "请您先到安全的地方，我不挂机。"
NOBODY = "您好，澜川通信客服代表{工号}，请问有什么可以帮您？听不到声音请换一部电话。"
ROWS = (
    script(HELLO, "开场", "开头第一句怎么说", code="K1", part="opening", channel="语音"),
    script(TYPED, "在线接入", "在线会话接入", code="K2", part="opening", channel="在线"),
    script(NEW_YEAR, "元旦问候", code="K3", part="opening", channel="语音", days=HOLIDAY),
    script("喂，质检抽查。", "质检", code="K4", part="opening", channel="语音", audience=INSPECTORS),
    script(VIP, "贵宾专席", code="K5", channel="语音"),
    script(BYE, "结束", "没别的事了", code="J1", part="closing", channel="电话"),
    script(TYPED_BYE, "在线结束", code="J2", part="closing", channel="在线会话"),
    script(SURVEY, "邀请评价", code="J3", channel="语音"),
    script(BACK, "约定回电", "查到了给我回电话", code="H1", channel="全部", closes_with="J3"),
    script("贵宾厅每年可用两次。", "贵宾厅", "机场贵宾厅怎么用", code="H2", opens_with="K5"),
    script(FIRE, "紧急求助", "家里着火了", code="H3", opens_with=NOT_USED, closes_with=NOT_USED),
    script(NOBODY, "无人说话", "电话里一片安静", code="H4"),
    script(SPEAKER, "客户免提", "客户开着免提", code="H5", channel="语音"),
    script("您发的截图收到了，请遮住证件号再发。", "客户发截图", "截图发你了", code="H6", channel="在线"),
)  # fmt: skip
SHEET = DocumentDraft(
    source="样例/开场结束.xlsx",
    title="规范应答话术",
    kind=Kind.SCRIPT,
    fingerprint="1",
    audience=INTERNAL,
    passages=tuple(replace(each, ordinal=n) for n, each in enumerate(ROWS)),
)


@pytest.fixture(scope="module")
def scripted_base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with filled(tmp_path_factory.mktemp("scripted")) as opened:
        with opened.release(OPERATOR, note="开场与结束") as release:
            release.put(SHEET)
        yield opened


@pytest.fixture(scope="module")
def framed(scripted_base: KnowledgeBase) -> Assistant:
    return framing(scripted_base)


def framing(base: KnowledgeBase) -> Assistant:
    return Assistant(
        base=base,
        ledger=ThrowAwayLedger(),
        log=None,
        classifier=TypeClassifier(),
        clock=FixedClock(),
        decision=LENIENT,
        sense=Sense(HashEmbedder()),
        framing=Framing(base),
    )


def opening(answer: Answer) -> str | None:
    return None if answer.opening is None else answer.opening.text


def test_the_first_answer_of_a_call_begins_with_the_opening_of_its_channel(framed: Assistant) -> None:
    spoken, typed = framed.answer(question(MOVE)), framed.answer(question(MOVE, channel=Channel.CHAT))
    assert (opening(spoken), opening(typed)) == (HELLO, TYPED)
    assert say(spoken).startswith(f"{HELLO}\n{MOVING}")
    assert say(typed).startswith(f"{TYPED}\n{MOVING}")
    assert HELLO not in spoken.text


def test_the_opening_is_cited_letter_for_letter_after_the_answer(
    framed: Assistant, scripted_base: KnowledgeBase
) -> None:
    answer = framed.answer(question(MOVE))
    assert answer.opening is not None
    cited = answer.opening.citation
    passage = scripted_base.passage(cited.passage_id, AGENT)
    assert passage is not None
    assert cited.quote == HELLO
    assert cited.quote in passage.text
    assert cited.n == len(answer.citations) + 1
    assert answer.opening.slots == ("工号",)


def test_a_later_answer_of_the_call_has_no_opening(framed: Assistant) -> None:
    assert opening(framed.answer(question(MOVE, "你好"))) is None


def test_an_opening_is_said_on_its_own_days_alone(framed: Assistant) -> None:
    assert opening(framed.answer(question(MOVE, as_of=date(2027, 1, 2)))) == NEW_YEAR
    assert opening(framed.answer(question(MOVE, as_of=date(2027, 1, 4)))) == HELLO


def test_an_opening_is_said_only_by_those_who_may_see_it(framed: Assistant) -> None:
    inspector = Principal("质检1", Role.INSPECTOR)
    assert "喂，质检抽查。" not in repr(framed.answer(question(MOVE)))
    seen = {opening(framed.answer(question(MOVE, principal=one))) for one in (AGENT, inspector)}
    assert HELLO in seen


def test_a_customer_never_hears_an_internal_opening_or_closing(framed: Assistant) -> None:
    for channel in Channel:
        answer = framed.answer(question(MOVE, principal=CUSTOMER, channel=channel))
        assert answer.outcome is Outcome.ANSWERED
        assert (answer.opening, answer.closing, answer.farewell) == (None, None, None)


def test_a_public_opening_reaches_a_customer_unless_somebody_has_to_fill_it_in(tmp_path_factory: Any) -> None:
    open_to_all = (
        script("您好，我是智能客服。", "对客开场", code="P1", part="opening", channel="在线", audience=PUBLIC),
        script("您好，我是{工号}。", "对客开场二", code="P2", part="opening", channel="在线", audience=PUBLIC),
    )
    sheet = replace(
        SHEET, source="样例/公开话术.xlsx", passages=tuple(replace(p, ordinal=n) for n, p in enumerate(open_to_all))
    )
    with filled(tmp_path_factory.mktemp("public")) as base:
        with base.release(OPERATOR) as release:
            release.put(sheet)
        answer = framing(base).answer(question(MOVE, principal=CUSTOMER, channel=Channel.CHAT))
    assert opening(answer) == "您好，我是智能客服。"


def test_the_farewell_is_offered_for_the_end_of_the_call_and_not_said_with_the_answer(framed: Assistant) -> None:
    answer = framed.answer(question(MOVE, "你好"))
    assert answer.farewell is not None
    assert (answer.farewell.text, answer.closing) == (BYE, None)
    assert BYE not in say(answer)
    typed = framed.answer(question(MOVE, channel=Channel.CHAT)).farewell
    assert typed is not None
    assert typed.text == TYPED_BYE


def test_a_script_that_demands_a_closing_is_said_with_it(framed: Assistant) -> None:
    answer = framed.answer(question("查到了给我回电话", "你好"))
    assert answer.mode is Mode.APPROVED
    assert answer.closing is not None
    assert answer.farewell is None
    assert say(answer) == f"{BACK}\n{SURVEY}"


def test_a_closing_for_the_phone_is_not_typed(framed: Assistant) -> None:
    answer = framed.answer(question("查到了给我回电话", channel=Channel.CHAT))
    assert (opening(answer), answer.closing) == (TYPED, None)
    assert answer.farewell is not None
    assert answer.farewell.text == TYPED_BYE


def test_a_script_that_demands_its_own_opening_is_said_with_that_one(framed: Assistant) -> None:
    assert opening(framed.answer(question("机场贵宾厅怎么用"))) == VIP


def test_a_script_that_goes_without_has_neither_opening_nor_closing(framed: Assistant) -> None:
    answer = framed.answer(question("家里着火了"))
    assert answer.mode is Mode.APPROVED
    assert (answer.opening, answer.closing, answer.farewell) == (None, None, None)


@pytest.mark.parametrize("asked", ["开头第一句怎么说", "没别的事了"])
def test_what_opens_or_closes_a_call_stands_alone(framed: Assistant, asked: str) -> None:
    answer = framed.answer(question(asked))
    assert answer.mode is Mode.APPROVED
    assert (answer.opening, answer.closing, answer.farewell) == (None, None, None)


def test_a_wording_that_greets_already_is_not_greeted_again(framed: Assistant) -> None:
    answer = framed.answer(question("电话里一片安静"))
    assert answer.mode is Mode.APPROVED
    assert answer.opening is None
    assert say(answer).count("请问有什么可以帮您") == 1


def test_saying_the_same_in_other_words_is_told_from_saying_something_else() -> None:
    assert holds("您好，澜川通信，请问有什么可以帮您？", HELLO)
    assert holds(f"场景：开场\n{HELLO}", HELLO)
    assert not holds(MOVING, HELLO)
    assert not holds("您好，请问能听到我的声音吗？", HELLO)


def test_a_refusal_keeps_the_opening_and_is_never_closed(framed: Assistant) -> None:
    answer = framed.answer(question("苹果手机怎么越狱"))
    assert (answer.outcome, opening(answer), answer.closing) == (Outcome.REFUSED, HELLO, None)
    assert say(answer) == HELLO


def test_a_wrong_input_has_no_opening(framed: Assistant) -> None:
    assert framed.answer(question("？？")).opening is None


def test_without_framing_nothing_is_said_around_an_answer(assistant: Assistant) -> None:
    answer = assistant.answer(question(MOVE))
    assert (answer.opening, answer.closing, answer.farewell) == (None, None, None)


def test_the_opening_comes_first_of_the_events(framed: Assistant) -> None:
    events = list(framed.stream(question(MOVE)))
    names = [event_json(question(MOVE), event)[0] for event in events]
    assert names[:3] == ["understood", "opening", "sentence"]
    assert isinstance(events[1], Opened)
    assert event_json(question(MOVE), events[1])[1] == {"text": HELLO, "slots": ["工号"], "code": "K1"}
    last = events[-1]
    assert isinstance(last, Finished)
    said = "\n".join(event.text for event in events if isinstance(event, Sentence))
    assert said == last.answer.text


def test_a_new_release_brings_its_opening(tmp_path_factory: Any) -> None:
    with filled(tmp_path_factory.mktemp("later")) as base:
        assistant = framing(base)
        assert assistant.answer(question(MOVE)).opening is None
        with base.release(OPERATOR) as release:
            release.put(SHEET)
        assert opening(assistant.answer(question(MOVE))) == HELLO


# --- channels --------------------------------------------------------------------------------------------------------


def test_a_script_for_the_phone_is_never_used_in_chat_and_the_reverse(framed: Assistant) -> None:
    spoken, typed = question("客户开着免提"), question("客户开着免提", channel=Channel.CHAT)
    assert framed.answer(spoken).sentences[0].text == SPEAKER
    assert SPEAKER not in repr(framed.answer(typed))
    assert "截图收到了" in framed.answer(question("截图发你了", channel=Channel.CHAT)).text
    assert "截图收到了" not in repr(framed.answer(question("截图发你了")))


def test_the_refusal_says_that_there_is_wording_for_another_channel(framed: Assistant) -> None:
    answer = framed.answer(question("客户开着免提", channel=Channel.CHAT))
    assert answer.outcome is Outcome.REFUSED
    assert "“客户免提”有话术，但没有批准用于在线渠道" in answer.text


@pytest.mark.parametrize(
    ("said", "voice", "chat"),
    [
        ("", True, True),
        ("全部", True, True),
        ("语音", True, False),
        ("10070语音", True, False),
        ("电话、外呼", True, False),
        ("在线", False, True),
        ("微信/App", False, True),
        ("语音；在线", True, True),
        ("营业厅", True, True),
        ("语音、营业厅", True, False),
    ],
)
def test_the_channels_of_a_sheet_are_read_as_people_write_them(said: str, voice: bool, chat: bool) -> None:
    row = ScriptRow(scenario="开场", wording="您好。", channel=said)
    assert (serves(row, Channel.VOICE), serves(row, Channel.CHAT)) == (voice, chat)
    assert serves(FaqRow(question="问", answer="答"), Channel.CHAT)
    assert serves(None, Channel.VOICE)


# --- what is said aloud and what is typed ---------------------------------------------------------------------------


def test_aloud_one_quotation_is_said_and_in_chat_all_of_them() -> None:
    quoted = Answer(
        Outcome.ANSWERED,
        "移机费80元一次。[1]\n同一小区内40元一次。[2]",
        Mode.QUOTED,
        sentences=(Sentence("移机费80元一次。[1]", (1,)), Sentence("同一小区内40元一次。[2]", (2,))),
    )
    assert reply(replace(quoted, channel=Channel.VOICE)) == "移机费80元一次。"
    assert reply(replace(quoted, channel=Channel.CHAT)) == "移机费80元一次。\n同一小区内40元一次。"


# --- page and API ---------------------------------------------------------------------------------------------------


def card(framed: Assistant, asked: Question) -> str:
    return answer_card(Exchange(asked.text, framed.answer(asked)))


def test_the_card_shows_opening_answer_and_farewell_apart_and_copies_what_is_said(framed: Assistant) -> None:
    shown = card(framed, question(MOVE))
    assert shown.index("zy-opening") < shown.index("zy-wording") < shown.index("zy-farewell")
    assert '<span class="zy-slot">{工号}</span>' in shown
    assert f'class="zy-copy" data-copy="{HELLO}\n{MOVING}' in shown
    assert f'class="zy-copy-part" data-copy="{MOVING}' in shown
    assert f'data-copy="{BYE}"' in shown
    assert shown.count('class="zy-source"') == 3 + (shown.count('data-n="4"'))


def test_the_card_shows_the_closing_after_the_answer(framed: Assistant) -> None:
    shown = card(framed, question("查到了给我回电话", "你好"))
    assert shown.index("zy-wording") < shown.index("zy-closing")
    assert "zy-farewell" not in shown
    assert f'data-copy="{BACK}\n{SURVEY}"' in shown


def test_an_answer_without_a_frame_has_one_copy_button(framed: Assistant) -> None:
    shown = card(framed, question("家里着火了"))
    assert "zy-copy-part" not in shown
    assert "zy-frame" not in shown


def test_earlier_answers_of_the_call_offer_no_farewell(framed: Assistant) -> None:
    answer = framed.answer(question(MOVE))
    assert "zy-farewell" not in history_list([Exchange(MOVE, answer)])


def test_the_interface_gives_what_to_say_and_each_part_of_it(framed: Assistant, scripted_base: KnowledgeBase) -> None:
    desk = Desk(assistant=framed, base=scripted_base, clock=FixedClock())
    asked = question("查到了给我回电话", as_of=TODAY)
    given = answer_json(asked, desk.answer(asked))
    assert given["say"] == f"{HELLO}\n{BACK}\n{SURVEY}"
    assert (given["answer"], given["channel"]) == (BACK, "voice")
    assert (given["opening"]["code"], given["closing"]["code"], given["farewell"]) == ("K1", "J3", None)
    assert given["opening"]["citation"]["quote"] == HELLO
    assert given["closing"]["citation"]["n"] == given["opening"]["citation"]["n"] + 1
