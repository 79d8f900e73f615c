"""The customer page's events: each asks the public desk, a fault becomes Chinese words; customer.py wires them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from assist.check import clean
from assist.pages.customer_render import called_notice, exported, problem, talk
from assist.public.conversation import Conversation
from assist.public.desk import PublicDesk
from assist.wording import say
from kb.errors import ZhiyingError

Updates = dict[Any, Any]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """The components that events change."""

    question: Any
    alert: Any
    log: Any
    helped: Any
    callback: Any
    phone: Any
    keep: Any
    talk: Any

    def all(self) -> list[Any]:
        """Every component, as outputs of an event."""
        return [getattr(self, name) for name in self.__dataclass_fields__]


class Handlers:
    """One method an event; the conversation travels with the page, the site keeps none."""

    def __init__(self, desk: PublicDesk, parts: Parts) -> None:
        self._desk = desk
        self._on = parts

    def start(self) -> Updates:
        """A fresh page."""
        return self._shown(Conversation())

    def ask(self, text: str, conversation: Conversation) -> Iterator[Updates]:
        """Shows the question at once, then what came back; a refused input comes back to be corrected."""
        shown = clean(text)
        if shown:
            yield {self._on.question: "", self._on.alert: "", self._on.log: self._log(conversation, waiting=shown)}
        try:
            reply = self._desk.reply(conversation, text)
        except ZhiyingError as error:
            yield self._stopped(text, conversation, error.hint)
            return
        except Exception:
            _log.exception("a customer's question failed")
            yield self._stopped(text, conversation, say("problem.fault"))
            return
        notice = self._called(reply.conversation) if reply.alarm is not None else ""
        judged = reply.answer is not None and reply.alarm is None
        yield self._shown(reply.conversation, notice=notice, judged=judged)

    def helped(self, conversation: Conversation) -> Updates:
        """Keeps that the answer helped."""
        return self._kept(conversation, lambda: self._desk.helped(conversation, True), say("public.thanks"))

    def unhelped(self, conversation: Conversation) -> Updates:
        """Keeps that it did not, and says that a person is one step away."""
        return self._kept(conversation, lambda: self._desk.helped(conversation, False), say("public.sorry"))

    def person(self, conversation: Conversation) -> Updates:
        """Calls a person; outside the hours of service a number to call back can be left."""
        try:
            called = self._desk.call_person(conversation, "asked")
        except ZhiyingError as error:
            return self._stopped("", conversation, error.hint)
        return self._shown(called, notice=self._called(called))

    def call_back(self, phone: str, wanted_at: str, conversation: Conversation) -> Updates:
        """Keeps a number to call back."""
        try:
            called = self._desk.call_back(conversation, phone, wanted_at)
        except ZhiyingError as error:
            return {self._on.alert: problem(error.hint)}
        return {**self._shown(called, notice=self._called(called)), self._on.phone: ""}

    def _kept(self, conversation: Conversation, write: Callable[[], None], thanks: str) -> Updates:
        try:
            write()
        except ZhiyingError as error:
            return {self._on.alert: problem(error.hint)}
        return self._shown(conversation, notice=thanks)

    def _stopped(self, text: str, conversation: Conversation, hint: str) -> Updates:
        return {self._on.question: text, self._on.alert: problem(hint), self._on.log: self._log(conversation)}

    def _shown(self, conversation: Conversation, *, notice: str = "", judged: bool = False) -> Updates:
        return {
            self._on.question: "",
            self._on.alert: "",
            self._on.log: self._log(conversation, notice=notice),
            self._on.helped: gr.update(visible=judged),
            self._on.callback: gr.update(visible=bool(conversation.ticket) and not conversation.callback),
            self._on.keep: keep_button(exported(conversation, self._desk.service.name) if conversation.said else ""),
            self._on.talk: conversation,
        }

    def _log(self, conversation: Conversation, *, waiting: str = "", notice: str = "") -> str:
        return talk(conversation, self._desk.welcome(), self._desk.service.name, waiting=waiting, notice=notice)

    def _called(self, conversation: Conversation) -> str:
        return called_notice(
            conversation,
            self._desk.service.hotline,
            open_now=self._desk.open_now(),
            opening=self._desk.next_opening(),
        )


def keep_button(text: str) -> str:
    """The button that copies the whole conversation; "" before there is one."""
    return f'<button type="button" class="zc-copy" data-copy="{escape(text)}">复制全部对话</button>' if text else ""
