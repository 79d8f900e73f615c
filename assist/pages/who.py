"""Who works at a page and on what day, in the words of the page; the pages beside the agent's use it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date

from assist.pages.door import caller
from assist.wording import say
from kb.errors import InputRefused
from kb.model import Principal, Role

ROLES: Mapping[str, Role] = {
    "坐席": Role.AGENT,
    "值班经理": Role.DUTY_MANAGER,
    "知识维护": Role.MAINTAINER,
    "内训师": Role.TRAINER,
    "质检": Role.INSPECTOR,
}
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")


def principal_of(role: str, department: str = "") -> Principal:
    """Who is signed in; without accounts whom a choice of the page stands for, whatever is unknown being an agent."""
    return caller() or Principal(id=f"page:{role}", role=ROLES.get(role, Role.AGENT), department=department or "")


def day_of(text: str) -> date | None:
    """The day meant by 2026-07-01, 2026/7/1 or 2026年7月1日; None for nothing, InputRefused for anything else."""
    if not text.strip():
        return None
    found = _DAY.fullmatch(text.strip())
    with suppress(ValueError):
        if found:
            return date(*map(int, found.groups()))
    raise InputRefused(f"not a date: {text[:40]!r}", hint=say("problem.date"))
