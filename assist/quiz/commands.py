"""The command `quiz`: plain JSON arguments in, JSON out, run by the process that owns the home; `app.py` names it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from assist.quiz import views
from assist.quiz.desk import AGENT, QuizDesk
from assist.quiz.exports import FORMATS, Sheet, export
from assist.quiz.exports.sheet import read
from assist.quiz.model import ItemKind, Order
from kb.errors import InputRefused, UsageError, ZhiyingError
from kb.model import OPERATOR
from kb.store import ItemState

Arguments = Mapping[str, Any]
Json = dict[str, Any]


def run(desk: QuizDesk, arguments: Arguments) -> Json:
    """The value of an action: make, list, accept, reject, import, check or export; raises UsageError for any other."""
    actions: Mapping[str, Callable[[QuizDesk, Arguments], Json]] = {
        "make": _make,
        "list": _list,
        "accept": _accept,
        "reject": _reject,
        "import": _import,
        "check": lambda desk, _arguments: views.checked_json(desk.check(OPERATOR)),
        "export": _export,
    }
    name = str(arguments.get("action") or "make")
    if name not in actions:
        raise UsageError(f"no action {name!r}", hint=f"没有“{name}”这个动作，可用：{'、'.join(actions)}。")
    return actions[name](desk, arguments)


def order_of(arguments: Arguments, today: date) -> Order:
    """The order that JSON arguments describe; raises UsageError for what is none."""
    try:
        return Order(
            count=int(arguments.get("count") or 20),
            principal=OPERATOR,
            audience=AGENT,
            as_of=date.fromisoformat(arguments["as_of"]) if arguments.get("as_of") else today,
            topics=tuple(arguments.get("topics") or ()),
            sources=tuple(arguments.get("sources") or ()),
            stage=str(arguments.get("stage") or ""),
            kinds=tuple(ItemKind(kind) for kind in arguments.get("kinds") or ()),
            difficulty=int(arguments.get("difficulty") or 0),
            since_release=arguments.get("since_release"),
            until_release=arguments.get("until_release"),
            reword=bool(arguments.get("reword")),
            seed=int(arguments.get("seed") or 1),
        )
    except (TypeError, ValueError) as error:
        raise UsageError(f"not an order: {error}", hint=f"出题的参数不对：{error}。") from error


def _make(desk: QuizDesk, arguments: Arguments) -> Json:
    order = order_of(arguments, desk.today())
    if arguments.get("preview"):
        return views.generated_json(desk.preview(order))
    return views.made_json(desk.make(order))


def _list(desk: QuizDesk, arguments: Arguments) -> Json:
    states = [ItemState(arguments["state"])] if arguments.get("state") else []
    rows = desk.browse(
        OPERATOR, states, topics=tuple(arguments.get("topics") or ()), limit=int(arguments.get("count") or 100)
    )
    counts = {state.value: count for state, count in desk.counts(OPERATOR).items()}
    return {"counts": counts, "items": [views.bank_json(row) for row in rows]}


def _accept(desk: QuizDesk, arguments: Arguments) -> Json:
    """Accepts the items named, or every draft; what the base does not bear out is listed with the reason."""
    ids = list(arguments.get("ids") or ())
    if not ids:
        ids = [row.id for row in desk.browse(OPERATOR, (ItemState.DRAFT,), limit=None)]
    accepted, refused = [], []
    for each in ids:
        try:
            accepted.append(desk.accept(OPERATOR, each).id)
        except ZhiyingError as error:
            refused.append({"id": each, "reason": error.hint})
    return {"accepted": accepted, "refused": refused}


def _reject(desk: QuizDesk, arguments: Arguments) -> Json:
    ids = list(arguments.get("ids") or ())
    return {"rejected": [desk.reject(OPERATOR, each, str(arguments.get("reason") or "")).id for each in ids]}


def _import(desk: QuizDesk, arguments: Arguments) -> Json:
    return views.taken_json(desk.take_in(OPERATOR, read(base64.b64decode(str(arguments["data"])))))


def _export(desk: QuizDesk, arguments: Arguments) -> Json:
    """A paper of the accepted items (of some topics), as a file in base64."""
    name = str(arguments.get("format") or "xlsx")
    if name not in FORMATS:
        raise UsageError(f"no format {name!r}", hint=f"没有“{name}”这种格式，可用：{'、'.join(FORMATS)}。")
    rows = desk.browse(
        OPERATOR,
        (ItemState.ACCEPTED,),
        topics=tuple(arguments.get("topics") or ()),
        limit=int(arguments.get("count") or 50),
    )
    if not rows:
        raise InputRefused("nothing accepted", hint="还没有采用的题目：先 quiz make 出题，再 quiz accept 采用。")
    minutes = int(arguments.get("minutes") or 0)
    paper = desk.paper(OPERATOR, str(arguments.get("title") or "试卷"), [row.id for row in rows], minutes=minutes)
    items = tuple(desk.paper_items(OPERATOR, paper))
    data = export(name, Sheet(paper.title, items, minutes, desk.today().isoformat()))
    return {
        "paper": paper.id,
        "items": len(items),
        "suffix": FORMATS[name].suffix,
        "data": base64.b64encode(data).decode(),
    }
