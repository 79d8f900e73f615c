"""Search and ask as commands: plain JSON arguments in, published JSON out; command line and evaluation use it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from assist.desk import Desk
from assist.model import Channel, Question, Turn
from assist.views import Json, answer_json, search_json
from kb.errors import UsageError
from kb.model import OPERATOR, Principal, Role, SearchQuery

Arguments = Mapping[str, Any]
"""`question`; optional `role`, `as_of`, `scope`, and `k` for a search, `history`, `channel`, `record` for asking."""


def search(desk: Desk, arguments: Arguments) -> Json:
    """One search in the published JSON."""
    query = SearchQuery(
        question=arguments["question"],
        principal=asker(arguments),
        as_of=day(arguments, desk.today()),
        k=int(arguments.get("k") or 10),
        scope=tuple(arguments.get("scope") or ()),
    )
    found = desk.search(query)
    return search_json(query.question, found, lambda passage: desk.section(passage, query.principal, query.as_of))


def ask(desk: Desk, arguments: Arguments) -> Json:
    """One answer in the published JSON."""
    question = read_question(arguments, desk.today())
    return answer_json(question, desk.answer(question))


def read_question(arguments: Arguments, today: date) -> Question:
    """The question that JSON arguments describe; raises UsageError for a wrong day, role, channel or turn."""
    try:
        return Question(
            text=arguments["question"],
            principal=asker(arguments),
            as_of=day(arguments, today),
            history=tuple(_turn(turn) for turn in arguments.get("history") or ()),
            scope=tuple(arguments.get("scope") or ()),
            channel=Channel(arguments.get("channel") or "voice"),
            record=bool(arguments.get("record", True)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"not a question: {error}", hint=f"提问的参数不对：{error}。") from error


def _turn(turn: Mapping[str, Any]) -> Turn:
    if turn["role"] not in ("user", "assistant") or not isinstance(turn["text"], str):
        raise ValueError("对话里每一句的 role 须是 user 或 assistant，text 须是文字")
    return Turn(turn["role"], turn["text"])


def asker(arguments: Arguments) -> Principal:
    """Who asks from the command line: an agent unless said otherwise."""
    return Principal(id=OPERATOR.id, role=Role(arguments.get("role") or "agent"))


def day(arguments: Arguments, today: date) -> date:
    """The day on which it is asked; raises UsageError for what is no date."""
    text = arguments.get("as_of")
    if not text:
        return today
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"not a date: {text!r}", hint=f"日期 {text} 不对，要写成 2026-07-01 这样。") from error
