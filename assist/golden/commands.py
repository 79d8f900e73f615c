"""The command `golden`: plain JSON arguments in, JSON out, run by the process that owns the home."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from assist.golden import views
from assist.golden.desk import STATES, GoldenDesk
from assist.golden.sheets import written
from kb.errors import UsageError
from kb.model import OPERATOR

Arguments = Mapping[str, Any]
Json = dict[str, Any]


def run(desk: GoldenDesk, arguments: Arguments) -> Json:
    """The value of an action: list, import, export, add, retire or restore; raises UsageError for any other."""
    actions: Mapping[str, Callable[[GoldenDesk, Arguments], Json]] = {
        "list": _list,
        "import": _import,
        "export": _export,
        "add": _add,
        "retire": _retire,
        "restore": _restore,
    }
    name = str(arguments.get("action") or "list")
    if name not in actions:
        raise UsageError(f"no action {name!r}", hint=f"没有“{name}”这个动作，可用：{'、'.join(actions)}。")
    return actions[name](desk, arguments)


def _list(desk: GoldenDesk, arguments: Arguments) -> Json:
    state = STATES[str(arguments.get("state") or "active")]
    limit = int(arguments.get("count") or 50)
    found, total = desk.page(OPERATOR, state, text=str(arguments.get("text") or ""), limit=limit)
    counts = {each.label: number for each, number in desk.counts(OPERATOR).items()}
    return {"cases": [views.case_json(case) for case in found], "total": total, "counts": counts}


def _import(desk: GoldenDesk, arguments: Arguments) -> Json:
    path = Path(str(arguments["path"]))
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(str(error), hint=f"读不了文件 {path}，请检查文件名和权限。") from error
    return views.taken_json(desk.take_in(OPERATOR, data, replace=bool(arguments.get("replace"))))


def _export(desk: GoldenDesk, arguments: Arguments) -> Json:
    """The cases of a state as a file in base64."""
    state = STATES[str(arguments.get("state") or "active")]
    data = desk.export(OPERATOR, str(arguments.get("form") or "jsonl"), state)
    return {"total": desk.page(OPERATOR, state, limit=1)[1], "data": base64.b64encode(data).decode()}


def _add(desk: GoldenDesk, arguments: Arguments) -> Json:
    cells = {str(name): str(value) for name, value in dict(arguments.get("cells") or {}).items()}
    return views.case_json(desk.add(OPERATOR, written(cells)))


def _retire(desk: GoldenDesk, arguments: Arguments) -> Json:
    return views.case_json(desk.retire(OPERATOR, desk.find(OPERATOR, str(arguments["id"])).number))


def _restore(desk: GoldenDesk, arguments: Arguments) -> Json:
    return views.case_json(desk.restore(OPERATOR, desk.find(OPERATOR, str(arguments["id"])).number))
