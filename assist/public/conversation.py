"""One customer's conversation with the public site, and what a person who takes over needs; pages and API keep it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from assist.model import Answer, Outcome, Turn
from kb.mask import mask

REMEMBERED = 12
"""So many of the latest exchanges count as history and are handed over."""
MAX_EXCHANGES = 200
_SHORT = 60
_PHONE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})|(010|02\d|0[3-9]\d{2})-?(\d{7,8})")

REASONS = {
    "asked": "客户要求人工",
    "refused": "没有找到答案",
    "unhelpful": "客户说没有帮到",
    "angry": "客户不满、要投诉",
    "distress": "客户情绪危机",
    "emergency": "紧急：涉及人身或财产安全",
}
"""Why a person is called, in words for the agent."""


@dataclass(frozen=True, slots=True)
class Said:
    """One thing the customer said and what came back; `answer` is None where no answer was looked for."""

    text: str
    reply: str
    answer: Answer | None = None
    alarm: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What was said so far, oldest first; `ticket` is set once a person was called, `reason` says why."""

    id: str = ""
    said: tuple[Said, ...] = ()
    ticket: str = ""
    reason: str = ""
    callback: bool = False

    @classmethod
    def new(cls) -> Conversation:
        """A conversation with an id of its own."""
        return cls(id=uuid.uuid4().hex)

    def grown(self, one: Said) -> Conversation:
        """With one more exchange; the oldest go when there are very many."""
        return replace(self, said=(*self.said, one)[-MAX_EXCHANGES:])

    def called(self, ticket: str, reason: str, *, callback: bool) -> Conversation:
        """With a person called."""
        return replace(self, ticket=ticket, reason=reason, callback=callback)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """History as the assistant reads it."""
        pairs = [(one.text, one.reply) for one in self.said[-REMEMBERED:] if one.answer is not None]
        return tuple(turn for asked, told in pairs for turn in (Turn("user", asked), Turn("assistant", told)))


def transcript(said: Sequence[Said]) -> list[list[str]]:
    """The latest exchanges as [role, text], masked, oldest first."""
    return [
        [role, mask(text)[:2_000]]
        for one in said[-REMEMBERED:]
        for role, text in (("user", one.text), ("assistant", one.reply))
    ]


def summary(said: Sequence[Said], reason: str) -> str:
    """A few lines for whoever takes over: why, what was asked, what is still open; masked, nothing made up."""
    lines = [f"原因：{REASONS.get(reason, reason)}"]
    asked = [one for one in said if one.answer is not None]
    if asked:
        lines.append(f"共问 {len(asked)} 个问题，最近：{'；'.join(_short(one.text) for one in asked[-3:])}")
    unsolved = [one for one in asked if one.answer is not None and one.answer.outcome is not Outcome.ANSWERED]
    if unsolved:
        lines.append(f"没有答上：{'；'.join(_short(one.text) for one in unsolved[-3:])}")
    kinds = [one.answer.business_type.label for one in asked if one.answer and one.answer.business_type]
    if kinds:
        lines.append(f"业务类型：{kinds[-1]}")
    alarming = [one for one in said if one.alarm and one.alarm != "asked"]
    if alarming:
        lines.append(f"客户原话：{_short(alarming[-1].text)}")
    return mask("\n".join(lines))


def phone_of(text: str) -> str | None:
    """The mobile or landline number that `text` is, without separators; None when it is none."""
    found = _PHONE.fullmatch(re.sub(r"[\s()（）—-]", "", text.strip()))
    if not found:
        return None
    return found[1] or f"{found[2]}-{found[3]}"


def handoff_data(conversation: Conversation, reason: str, urgency: int, more: dict[str, Any]) -> dict[str, Any]:
    """A hand-off as the outbox takes it."""
    return {
        "reason": reason,
        "urgency": urgency,
        "session": conversation.id,
        "summary": summary(conversation.said, reason),
        "transcript": transcript(conversation.said),
        **more,
    }


def _short(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= _SHORT else one_line[:_SHORT] + "……"
