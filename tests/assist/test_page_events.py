"""The agent page's events over a desk made by hand: what they show while waiting, when answered, and at a fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from assist.leaving.model import Leaving, LeavingReason
from assist.leaving.offer import Draft, Offered
from assist.model import Answer, BusinessType, Event, Finished, Mode, Outcome, Question, Reason, Sentence, Understood
from assist.pages.call import Call
from assist.pages.handlers import Handlers, Parts, Verdict
from assist.pages.render import Exchange
from kb.errors import HomeError, ModelUnavailable
from kb.model import Principal, Role

PARTS = Parts(**{name: name for name in Parts.__dataclass_fields__})
TODAY = date(2026, 11, 21)
WHO = ("坐席", "", "语音", "")
ANSWER = Answer(
    outcome=Outcome.ANSWERED,
    mode=Mode.QUOTED,
    text="移机费80元一次。",
    confidence=0.9,
    business_type=BusinessType("业务咨询"),
    question_id=1,
)


@dataclass
class HandMadeDesk:
    """Answers what it is told to, or raises it."""

    says: Answer | Exception = ANSWER
    asked: list[Question] = field(default_factory=list)
    kept: list[tuple[Principal, str, str]] = field(default_factory=list)
    broken: Exception | None = None
    offers: Offered | Exception | None = None

    def stream(self, question: Question) -> Iterator[Event]:
        self.asked.append(question)
        if isinstance(self.says, Exception):
            raise self.says
        yield Understood(question.text)
        yield Sentence(self.says.text, ())
        yield Finished(self.says)

    def leaving(self, question: Question) -> Offered | None:
        if isinstance(self.offers, Exception):
            raise self.offers
        return self.offers

    def give_feedback(self, principal: Principal, exchange: Exchange, verdict: Verdict, reason: str) -> None:
        if self.broken:
            raise self.broken
        self.kept.append((principal, verdict, reason))

    def correct_type(self, principal: Principal, exchange: Exchange, label: str) -> None:
        if self.broken:
            raise self.broken
        self.kept.append((principal, "type", label))

    def departments(self) -> tuple[str, ...]:
        return ("市场部",)

    def today(self) -> date:
        return TODAY


def ask(desk: HandMadeDesk, text: str, call: Call | None = None, who: tuple[str, str, str, str] = WHO) -> list[Any]:
    return list(Handlers(desk, PARTS).ask(text, *who, call or Call()))


def asked_once() -> Call:
    call: Call = ask(HandMadeDesk(), "移机费")[-1]["call"]
    return call


def test_the_wait_is_visible_before_the_desk_is_asked() -> None:
    desk = HandMadeDesk()
    first = next(Handlers(desk, PARTS).ask("移机费", *WHO, Call()))
    assert "正在查" in first["answer"]
    assert "先载入模型" in first["answer"]
    assert first["question"] == ""
    assert desk.asked == []


def test_an_answer_becomes_part_of_the_call() -> None:
    desk = HandMadeDesk()
    last = ask(desk, " 移机费\n多少 ")[-1]
    assert "移机费80元一次" in last["answer"]
    assert [exchange.question for exchange in last["call"].exchanges] == ["移机费 多少"]
    assert last["business"]["value"] == "业务咨询"
    assert desk.asked[0].as_of == TODAY
    assert desk.asked[0].session == last["call"].id != ""


def test_the_next_question_carries_the_call_as_history() -> None:
    desk = HandMadeDesk()
    last = ask(desk, "那城区呢", asked_once())[-1]
    assert [turn.text for turn in desk.asked[0].history] == ["移机费", "移机费80元一次。"]
    assert "移机费" in last["history"]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (HomeError("disk full", hint="磁盘已满，请清理后再试。"), "磁盘已满，请清理后再试。"),
        (ModelUnavailable("no weights", hint="模型载入失败，请重新安装。"), "模型载入失败，请重新安装。"),
        (RuntimeError("secret detail"), "程序出了问题"),
    ],
)
def test_a_fault_is_said_in_chinese_and_costs_neither_the_question_nor_the_last_answer(
    fault: Exception, said: str
) -> None:
    call = asked_once()
    last = ask(HandMadeDesk(says=fault), "那城区呢", call)[-1]
    assert said in last["alert"]
    assert "secret" not in last["alert"]
    assert last["question"] == "那城区呢"
    assert last["call"].exchanges == call.exchanges
    assert "移机费80元一次" in last["answer"]


def test_what_is_no_question_leaves_the_call_as_it_was() -> None:
    refused = Answer(Outcome.REFUSED, "没有看到文字。", reason=Reason.NO_WORDS)
    last = ask(HandMadeDesk(says=refused), "😀", asked_once())[-1]
    assert "没有看到文字。" in last["alert"]
    assert len(last["call"].exchanges) == 1


@pytest.mark.parametrize("text", ["2026-03-01", "2026/3/1", "2026年3月1日", " 2026.03.01 "])
def test_a_day_can_be_written_in_several_ways(text: str) -> None:
    desk = HandMadeDesk()
    ask(desk, "移机费", who=("坐席", "", "语音", text))
    assert desk.asked[0].as_of == date(2026, 3, 1)


@pytest.mark.parametrize("text", ["明天", "2026-02-30", "20260301", "2026-3"])
def test_a_wrong_day_asks_nothing(text: str) -> None:
    desk = HandMadeDesk()
    last = ask(desk, "移机费", who=("坐席", "", "语音", text))[-1]
    assert "2026-07-01 这样的格式" in last["alert"]
    assert desk.asked == []


def test_no_role_of_the_page_is_the_customer_or_the_operator() -> None:
    for role in ("客户", "admin", "customer", ""):
        desk = HandMadeDesk()
        ask(desk, "移机费", who=(role, "市场部", "语音", ""))
        assert desk.asked[0].principal.role is Role.AGENT


def test_feedback_that_cannot_be_kept_says_so() -> None:
    call = asked_once()
    full = HandMadeDesk(broken=HomeError("disk full", hint="磁盘已满。"))
    assert "磁盘已满" in Handlers(full, PARTS).useful("坐席", "", call)["thanks"]
    odd = HandMadeDesk(broken=RuntimeError("secret"))
    assert "没有记下" in Handlers(odd, PARTS).complain("wrong", "金额", "坐席", "", call)["thanks"]


def test_there_is_nothing_to_judge_before_the_first_answer() -> None:
    desk = HandMadeDesk()
    Handlers(desk, PARTS).useful("坐席", "", Call())
    Handlers(desk, PARTS).retype("业务咨询", "坐席", "", Call())
    assert desk.kept == []


def test_only_the_five_business_types_are_kept() -> None:
    desk = HandMadeDesk()
    Handlers(desk, PARTS).retype("随便", "坐席", "", asked_once())
    Handlers(desk, PARTS).retype("故障申告", "坐席", "市场部", asked_once())
    assert [(principal.department, label) for principal, _, label in desk.kept] == [("市场部", "故障申告")]


def test_a_new_caller_gets_a_new_call() -> None:
    fresh = Handlers(HandMadeDesk(), PARTS).fresh()
    assert fresh["call"] == Call()
    assert "zy-welcome" in fresh["answer"]


LEAVING = Leaving(intends=True, probability=0.9, reason=LeavingReason.RIVAL, wants="携号转网")


def test_a_customer_who_means_to_leave_brings_the_retention_wording_unasked() -> None:
    draft = Draft("原因五 <竞争>", ("货比三家很正常。",), "规范应答文本 HS-084", forbidden=("便宜没好货",))
    shown = ask(HandMadeDesk(offers=Offered(LEAVING, draft)), "别家便宜，我要转走")[-1]["leaving"]
    for words in ("离网倾向", "携号转网", "竞品优惠", "货比三家很正常。", "便宜没好货", "HS-084", "&lt;竞争&gt;"):
        assert words in shown


def test_the_offer_goes_with_the_next_question_and_with_a_new_call() -> None:
    desk = HandMadeDesk()
    assert ask(desk, "移机费")[-1]["leaving"] == ""
    assert next(Handlers(desk, PARTS).ask("移机费", *WHO, Call()))["leaving"] == ""
    assert Handlers(desk, PARTS).fresh()["leaving"] == ""


def test_a_fault_of_the_detection_does_not_cost_the_answer() -> None:
    last = ask(HandMadeDesk(offers=RuntimeError("x")), "我要销户")[-1]
    assert last["leaving"] == ""
    assert "移机费80元一次" in last["answer"]
