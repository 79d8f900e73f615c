"""Retention as a command: plain JSON arguments in, the draft's JSON out; app.py and the command line use it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assist.commands import asker, day
from assist.retention.desk import Asked, RetentionDesk
from assist.retention.views import draft_json
from kb.errors import UsageError

Arguments = Mapping[str, Any]
"""Optional `facts` (object), `text`, `reason`, `channel`, `style`, `role`, `as_of`."""


def retention(desk: RetentionDesk, arguments: Arguments) -> dict[str, Any]:
    """One draft; a style must be named or is the first, for nothing is assigned from the command line."""
    facts = arguments.get("facts") or {}
    if not isinstance(facts, Mapping):
        raise UsageError("facts are no object", hint='客户信息须是 JSON 对象，如 {"tenure_months": 26}。')
    asked = Asked(
        facts=facts,
        text=str(arguments.get("text") or ""),
        reason=str(arguments.get("reason") or ""),
        channel=str(arguments.get("channel") or ""),
        style=str(arguments.get("style") or ""),
    )
    return draft_json(desk.draft(asker(arguments), asked, day(arguments, desk.today())))
