"""Tries the language model that is set and says what works and how fast; the command `model check` prints it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from assist.chat import ChatFault, ChatModel
from assist.drafts import claims
from assist.prompts import prompt
from assist.wording import label, say

Json = dict[str, Any]
LATE_SHARE = 0.5
"""A first sentence later than this share of the deadline leaves little time for the rest."""


def checkup(model: ChatModel | None, *, url: str, deadline: float, now: Callable[[], float] = time.monotonic) -> Json:
    """One short question to the model: {"ok", "model", "url", "steps": [{"step", "ok", "detail"}], "timings_ms"}.

    Nothing of the key is ever part of it.
    """
    if model is None:
        return {"ok": False, "model": None, "url": "", "steps": [_step("set", False, say("check.unset"))]}
    report: Json = {"ok": False, "model": model.name, "url": url, "steps": [], "timings_ms": {}}
    steps: list[Json] = report["steps"]
    started, moments, text = now(), [], ""
    wording = prompt("probe")
    try:
        for piece in model.stream(wording.fill(), until=time.monotonic() + deadline, max_tokens=wording.max_tokens):
            moments.append(now())
            text += piece
    except ChatFault as fault:
        hint = say(f"check.hint.{fault.fault.value}")
        detail = f"{label('fault', fault.fault.value)}（{fault.detail}）。{hint}"
        steps.append(_step("reach", bool(moments), detail))
        return report
    took = now() - started
    said = list(claims([text]))
    cites = any(claim.citations == (1,) for claim in said)
    first = moments[0] - started
    speed = len(text) / max(took - first, 1e-3)
    report["timings_ms"] = {"first_text": round(first * 1000), "whole": round(took * 1000)}
    report["characters_per_second"] = round(speed, 1)
    steps.append(_step("reach", True, say("check.reached", ms=round(first * 1000))))
    steps.append(_step("stream", len(moments) > 1, say("check.streams" if len(moments) > 1 else "check.no_stream")))
    steps.append(_step("chinese", "周一" in text, say("check.chinese" if "周一" in text else "check.no_chinese")))
    steps.append(_step("cites", cites, say("check.cites" if cites else "check.no_cites")))
    fast = took < LATE_SHARE * deadline
    detail = say("check.fast" if fast else "check.slow", seconds=f"{took:.1f}", deadline=f"{deadline:g}")
    steps.append(_step("speed", fast, detail))
    report["ok"] = True
    return report


def _step(name: str, ok: bool, detail: str) -> Json:
    return {"step": name, "ok": ok, "detail": detail}
