"""The agent page's events: each asks the desk, a fault becomes Chinese words on the page; agent.py wires them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, Protocol

import gradio as gr

from assist.businesstype import labels
from assist.check import clean
from assist.leaving.offer import Offered
from assist.model import (
    Answer,
    Channel,
    Event,
    Finished,
    Opened,
    Outcome,
    Question,
    Reason,
    Restarted,
    Sentence,
    Understood,
)
from assist.pages.call import Call
from assist.pages.leaving_html import leaving_card
from assist.pages.render import (
    Exchange,
    answer_card,
    history_list,
    problem_card,
    remark,
    waiting_card,
    welcome_card,
)
from assist.pages.who import day_of, principal_of
from assist.wording import say
from kb.errors import ZhiyingError
from kb.model import Principal

Verdict = Literal["useful", "wrong", "outdated"]
Updates = dict[Any, Any]
"""What an event changes on the page: component -> new value or properties."""

CHANNELS: Mapping[str, Channel] = {"语音": Channel.VOICE, "在线": Channel.CHAT}
EXAMPLES = ("畅行129每月多少钱", "客户一直不说话怎么办", "携号转网要什么条件", "宽带坏了多久修好")

_log = logging.getLogger(__name__)


class AgentDesk(Protocol):
    """What the page needs of the assistant; every method authorises the principal first."""

    def stream(self, question: Question) -> Iterator[Event]:
        """The answer as it is proved; ends with Finished."""
        ...

    def leaving(self, question: Question) -> Offered | None:
        """What to offer a customer who means to leave."""
        ...

    def give_feedback(self, principal: Principal, exchange: Exchange, verdict: Verdict, reason: str) -> None:
        """Keeps what the agent thought of an answer."""
        ...

    def correct_type(self, principal: Principal, exchange: Exchange, label: str) -> None:
        """Keeps the business type the agent says is right."""
        ...

    def departments(self) -> tuple[str, ...]:
        """Departments a principal can belong to, as the documents name them."""
        ...

    def today(self) -> date:
        """The day on which questions are asked."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """The components that events change."""

    question: Any
    alert: Any
    leaving: Any
    answer: Any
    after: Any
    business: Any
    why: Any
    reason: Any
    thanks: Any
    history: Any
    identity: Any
    call: Any
    verdict: Any

    def all(self) -> list[Any]:
        """Every component, as outputs of an event."""
        return [getattr(self, name) for name in self.__dataclass_fields__]


class Handlers:
    """One method an event. Identity comes as (role, department, channel, day) in the words of the page."""

    def __init__(self, desk: AgentDesk, parts: Parts) -> None:
        self._desk = desk
        self._on = parts

    def pop(
        self, role: str, department: str, channel: str, as_of: str, call: Call, request: gr.Request
    ) -> Iterator[Any]:
        """Opens the page; with `?q=` (screen pop) it asks that question at once."""
        question = str(request.query_params.get("q", ""))
        if question.strip():
            yield from self.ask(question, role, department, channel, as_of, call)
        else:
            # Whoever types before the page has settled must not lose a character.
            yield gr.skip()

    def ask(self, text: str, role: str, department: str, channel: str, as_of: str, call: Call) -> Iterator[Updates]:
        """Shows the answer as it is proved, then makes it part of the call; what cannot be asked leaves the call as is.

        The input is emptied at once, so that the next question can be typed meanwhile; a refused input comes back.
        """
        call, shown = (call if call.id else Call.new()), clean(text)
        yield self._waiting(shown, call)
        try:
            question = self._question(text, role, department, channel, as_of, call)
            for answer, done in _growing(self._desk.stream(question)):
                if not done:
                    yield {self._on.answer: answer_card(Exchange(shown, answer), streaming=True)}
        except ZhiyingError as error:
            yield self._stopped(text, call, error.hint)
            return
        except Exception:
            _log.exception("an answer failed")
            yield self._stopped(text, call, say("problem.fault"))
            return
        if answer.reason not in (None, Reason.NO_EVIDENCE):
            yield self._stopped(text, call, answer.text)
            return
        yield {**self._shown(call.grown(Exchange(shown, answer))), self._on.leaving: self._leaving(question)}

    def fresh(self) -> Updates:
        """A new caller: nothing of the last one stays on the page."""
        return {self._on.question: "", self._on.alert: "", self._on.leaving: "", **self._shown(Call())}

    def _leaving(self, question: Question) -> str:
        """The offer for a customer who means to leave, "" for any other; a fault here must not cost the answer."""
        try:
            offered = self._desk.leaving(question)
        except Exception:
            _log.exception("leaving intent failed")
            return ""
        return "" if offered is None else leaving_card(offered)

    def useful(self, role: str, department: str, call: Call) -> Updates:
        """One click says the answer helped."""
        return {self._on.why: gr.update(visible=False), **self._feedback(role, department, call, "useful", "")}

    def wrong(self) -> Updates:
        """Asks what is wrong."""
        return self._asking("wrong")

    def outdated(self) -> Updates:
        """Asks what holds now."""
        return self._asking("outdated")

    def complain(self, verdict: Verdict, reason: str, role: str, department: str, call: Call) -> Updates:
        """Sends what was wrong or outdated to whoever maintains the knowledge."""
        kept = self._feedback(role, department, call, verdict, reason)
        return {self._on.why: gr.update(visible=False), self._on.reason: "", **kept}

    def retype(self, label: str, role: str, department: str, call: Call) -> Updates:
        """Keeps a corrected business type."""
        last = call.last
        if last is None or label not in labels():
            return {self._on.thanks: ""}
        return self._kept(lambda: self._desk.correct_type(principal_of(role, department), last, label), "feedback.type")

    def identify(self, role: str, channel: str, as_of: str) -> Updates:
        """Shows who asks and by which day's rules, also while the choices are folded."""
        try:
            day = day_of(as_of)
        except ZhiyingError as error:
            return {self._on.alert: problem_card(error.hint)}
        label = say("page.identity", role=role, channel=channel, day=day or "今天")
        return {self._on.alert: "", self._on.identity: gr.update(label=label)}

    def _waiting(self, text: str, call: Call) -> Updates:
        return {
            self._on.question: "",
            self._on.alert: "",
            self._on.leaving: "",
            self._on.answer: waiting_card(_short(text)),
            self._on.history: history_list(call.exchanges),
            self._on.after: gr.update(visible=False),
            self._on.thanks: "",
        }

    def _stopped(self, text: str, call: Call, hint: str) -> Updates:
        """Says why nothing was asked; the text comes back to be corrected, the answer before it stays."""
        given_back = {self._on.question: text} if text.strip() else {}
        return {**self._shown(call), **given_back, self._on.alert: problem_card(hint)}

    def _shown(self, call: Call) -> Updates:
        """The call's last answer in its place, the earlier ones below."""
        last = call.last
        kind = last.answer.business_type.label if last and last.answer.business_type else None
        return {
            self._on.answer: answer_card(last) if last else welcome_card(EXAMPLES),
            self._on.history: history_list(call.exchanges[:-1]),
            self._on.call: call,
            self._on.after: gr.update(visible=last is not None),
            self._on.business: gr.update(value=kind),
            self._on.why: gr.update(visible=False),
            self._on.reason: "",
            self._on.thanks: "",
        }

    def _question(self, text: str, role: str, department: str, channel: str, as_of: str, call: Call) -> Question:
        return Question(
            text=text,
            principal=principal_of(role, department),
            as_of=day_of(as_of) or self._desk.today(),
            history=call.turns,
            channel=CHANNELS.get(channel, Channel.VOICE),
            session=call.id,
        )

    def _asking(self, verdict: Literal["wrong", "outdated"]) -> Updates:
        hint = gr.update(placeholder=say(f"page.reason_{verdict}"))
        return {
            self._on.verdict: verdict,
            self._on.why: gr.update(visible=True),
            self._on.reason: hint,
            self._on.thanks: "",
        }

    def _feedback(self, role: str, department: str, call: Call, verdict: Verdict, reason: str) -> Updates:
        last = call.last
        if last is None:
            return {self._on.thanks: ""}
        principal = principal_of(role, department)
        return self._kept(lambda: self._desk.give_feedback(principal, last, verdict, reason), f"feedback.{verdict}")

    def _kept(self, write: Callable[[], None], confirmation: str) -> Updates:
        """Writes, then confirms; a fault is said instead."""
        try:
            write()
        except ZhiyingError as error:
            return {self._on.thanks: problem_card(error.hint)}
        except Exception:
            _log.exception("a remark could not be kept")
            return {self._on.thanks: problem_card(say("problem.not_kept"))}
        return {self._on.thanks: remark(say(confirmation))}


def _growing(events: Iterator[Event]) -> Iterator[tuple[Answer, bool]]:
    """The answer so far after each event, and whether it is whole."""
    answer = Answer(outcome=Outcome.ANSWERED, text="")
    for event in events:
        if isinstance(event, Understood):
            answer = replace(answer, understood=event.question)
        elif isinstance(event, Opened):
            answer = replace(answer, opening=event.phrase)
        elif isinstance(event, Sentence):
            answer = replace(answer, text=f"{answer.text}\n{event.text}".lstrip("\n"))
        elif isinstance(event, Restarted):
            answer = replace(answer, text="")
        elif isinstance(event, Finished):
            answer = event.answer
        yield answer, isinstance(event, Finished)


def _short(text: str) -> str:
    return text if len(text) <= 120 else text[:120] + "……"
