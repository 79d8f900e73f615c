"""The practice page's events: each asks the service, a fault becomes Chinese words; practice.py wires them."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from assist.pages.door import caller
from assist.pages.quiz_html import alert, done, feedback_card, profile_charts, question_card, result_card
from assist.quiz.mastery import Mastery
from assist.quiz.model import LETTERS, ItemKind
from assist.quiz.practice import Practice, Shown, Wish
from assist.wording import say
from kb.errors import InputRefused, ZhiyingError
from kb.model import Principal, Role

Updates = dict[Any, Any]
Person = Callable[[], Principal | None]
"""Who sent the event being handled, where sessions of accounts say it; None where they do not."""

MODES: Mapping[str, str] = {"练习": "practice", "考试": "exam", "角色扮演": "roleplay"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """The components that events change."""

    alert: Any
    setup: Any
    question: Any
    given: Any
    several: Any
    written: Any
    send: Any
    onward: Any
    stop: Any
    feedback: Any
    session: Any
    place: Any
    topic: Any
    identity: Any

    def all(self) -> list[Any]:
        """Every component, as outputs of an event."""
        return [getattr(self, name) for name in self.__dataclass_fields__]


class PracticeHandlers:
    """One method an event."""

    def __init__(self, practice: Practice, mastery: Mastery, parts: Parts, person: Person | None = None) -> None:
        self._practice = practice
        self._mastery = mastery
        self._on = parts
        self._person = person or (lambda: None)

    def open(self, name: str, team: str) -> Updates:
        """Fills the topics there are items of; with accounts nobody types who they are."""

        def act() -> Updates:
            topics = self._practice.topics(self._who(name or "访客", team))
            choices = [("全部主题", ""), *((f"{topic}（{count}）", topic) for topic, count in sorted(topics.items()))]
            return {self._on.topic: gr.update(choices=choices), self._on.identity: gr.update(visible=caller() is None)}

        return self._safely(act)

    def start(
        self, name: str, team: str, mode: str, topic: str, stage: str, count: float, minutes: float, seed: float
    ) -> Updates:
        """Opens a round and shows its first item."""

        def act() -> Updates:
            wish = Wish(
                MODES.get(mode, "practice"), int(count or 10), (topic,) if topic else (), stage or "",
                int(minutes or 0), int(seed or 0),
            )  # fmt: skip
            who = self._who(name, team)
            session = self._practice.start(who, wish)
            return {self._on.session: session.id, self._on.feedback: "", **self._showing(who, session.id, 1)}

        return self._safely(act)

    def answer(
        self, name: str, team: str, session: int, place: int, given: str | None, several: Sequence[str], written: str
    ) -> Updates:
        """Marks the answer and shows what it got."""

        def act() -> Updates:
            who = self._who(name, team)
            shown = self._practice.show(who, session, place)
            text = _text(shown, given, several, written)
            got = self._practice.answer(who, session, place, text)
            exam = shown.kind is not None and not got.letters
            last = place >= shown.total
            return {
                self._on.alert: "",
                self._on.feedback: feedback_card(got, exam=exam),
                self._on.send: gr.update(visible=False),
                self._on.onward: gr.update(visible=not last),
                self._on.stop: gr.update(visible=True, value="交卷" if exam else "结束并看结果"),
            }

        return self._safely(act)

    def onward(self, name: str, team: str, session: int, place: int) -> Updates:
        """The next item."""
        return self._safely(lambda: {self._on.feedback: "", **self._showing(self._who(name, team), session, place + 1)})

    def finish(self, name: str, team: str, session: int) -> Updates:
        """Closes the round and shows how it went."""

        def act() -> Updates:
            result = self._practice.finish(self._who(name, team), session)
            return {
                self._on.alert: "",
                self._on.setup: gr.update(visible=True),
                self._on.question: "",
                self._on.feedback: result_card(result),
                **{part: gr.update(visible=False) for part in self._asking()},
                self._on.onward: gr.update(visible=False),
                self._on.stop: gr.update(visible=False),
            }

        return self._safely(act)

    def mine(self, name: str, team: str) -> tuple[str, str]:
        """One's own mastery."""
        try:
            who = self._who(name, team)
            due = self._practice.due(who)
            return done(f"到期待复习 {due} 题。") + profile_charts(self._mastery.profile(who, who.id)), ""
        except ZhiyingError as error:
            return "", alert(error.hint)

    def _showing(self, who: Principal, session: int, place: int) -> Updates:
        shown = self._practice.show(who, session, place)
        left = self._practice.left(who, session)
        until = None if left is None else self._practice.now().timestamp() + left.total_seconds()
        lettered = [f"{LETTERS[at]}. {option}" for at, option in enumerate(shown.options)]
        one = shown.kind is not None and (shown.kind.one_right or shown.kind is ItemKind.TRUE_FALSE)
        many = shown.kind is ItemKind.MULTIPLE
        hint = "按先后写字母，如 CAB" if shown.kind is ItemKind.ORDER else "作答"
        return {
            self._on.alert: "",
            self._on.setup: gr.update(visible=False),
            self._on.place: place,
            self._on.question: question_card(shown, until),
            self._on.given: gr.update(visible=one, choices=lettered if one else [], value=None),
            self._on.several: gr.update(visible=many, choices=lettered if many else [], value=[]),
            self._on.written: gr.update(visible=not one and not many, value="", label=hint),
            self._on.send: gr.update(visible=True),
            self._on.onward: gr.update(visible=False),
            self._on.stop: gr.update(visible=True, value="结束并看结果"),
        }

    def _asking(self) -> tuple[Any, ...]:
        return self._on.given, self._on.several, self._on.written, self._on.send

    def _who(self, name: str, team: str) -> Principal:
        known = self._person() or caller()
        if known is not None:
            return known
        if not name.strip():
            raise InputRefused("no name", hint="请先填写姓名或工号，成绩才记得到您名下。")
        return Principal(name.strip()[:64], Role.AGENT, team.strip()[:64])

    def _safely(self, act: Callable[[], Updates]) -> Updates:
        try:
            return act()
        except ZhiyingError as error:
            return {self._on.alert: alert(error.hint)}
        except Exception:
            _log.exception("an event of the practice page failed")
            return {self._on.alert: alert(say("problem.fault"))}


def _text(shown: Shown, given: str | None, several: Sequence[str], written: str) -> str:
    """The answer as the service reads it: letters for choices, the words otherwise."""
    if shown.kind is ItemKind.MULTIPLE:
        return "".join(sorted(one[0] for one in several or ()))
    if shown.kind is ItemKind.TRUE_FALSE or (shown.kind is not None and shown.kind.one_right):
        return re.split(r"\.", given or "")[0]
    return written or ""
