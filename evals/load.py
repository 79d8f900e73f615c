"""Many customers at once on the public site over HTTP: seconds an answer takes, errors, memory; `app.py load` runs it.

A session is a person: asks, reads for some seconds, asks on. Nothing is shared between sessions but the site.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np

from evals.publicsite import PublicSite, running

READING = (3.0, 9.0)
"""Seconds a person reads before asking on."""
GROWTH = 0.05
SLOWEST = 2.0
QUESTIONS = (
    "畅行129每月多少钱",
    "畅行199有多少流量",
    "副卡怎么收费",
    "宽带移机要多少钱",
    "停机保号一个月几块",
    "携号转网要什么条件",
    "国际漫游日包多少钱",
    "合约没到期能退吗",
    "怎么开发票",
    "补卡要带什么",
    "夜间包几点到几点",
    "火星上有信号吗",
    "我的话费还有多少",
)


@dataclass
class _Tally:
    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def load(command: Sequence[str], *, sessions: int, seconds: int) -> dict[str, Any]:
    """Figures of `sessions` people over `seconds`, after a warm-up of a tenth of that; `ok` by the bounds above."""
    with running(command) as site:
        _work(site, sessions, max(10, seconds // 10))
        before, worked = site.resident(), site.cpu_seconds()
        tally = _work(site, sessions, seconds)
        after, worked = site.resident(), site.cpu_seconds() - worked
    growth = (after - before) / before if before else 0.0
    p50, p95, p99 = (float(np.percentile(tally.seconds, at)) if tally.seconds else 0.0 for at in (50, 95, 99))
    return {
        "ok": not tally.errors and p95 <= SLOWEST and growth <= GROWTH and bool(tally.seconds),
        "sessions": sessions,
        "seconds": seconds,
        "answers": len(tally.seconds),
        "errors": len(tally.errors),
        "first_errors": tally.errors[:5],
        "p50_s": round(p50, 3),
        "p95_s": round(p95, 3),
        "p99_s": round(p99, 3),
        "cpu_s_per_answer": round(worked / max(1, len(tally.seconds)), 4),
        "memory_kb": [before, after],
        "growth": round(growth, 4),
    }


def _work(site: PublicSite, sessions: int, seconds: float) -> _Tally:
    tally = _Tally()
    until = time.monotonic() + seconds
    people = [threading.Thread(target=_person, args=(site, n, until, tally)) for n in range(sessions)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    return tally


def _person(site: PublicSite, number: int, until: float, tally: _Tally) -> None:
    chance = random.Random(number)  # noqa: S311 - the same people every time
    history: list[dict[str, str]] = []
    with httpx.Client(base_url=site.address, timeout=30, trust_env=False) as client:
        _read(chance.uniform(0, READING[1]), until)
        while time.monotonic() < until:
            question = chance.choice(QUESTIONS)
            started = time.monotonic()
            try:
                answer = client.post("/api/v1/ask", json={"question": question, "history": history[-3:]})
                problem = "" if answer.status_code == httpx.codes.OK else f"{answer.status_code} {answer.text[:200]}"
            except httpx.HTTPError as error:
                answer, problem = None, f"{type(error).__name__}: {error}"
            with tally.lock:
                tally.seconds.append(time.monotonic() - started)
                tally.errors += [problem] if problem else []
            if answer is not None and not problem:
                history.append({"text": question, "reply": answer.json()["text"][:2_000]})
            _read(chance.uniform(*READING), until)


def _read(seconds: float, until: float) -> None:
    time.sleep(max(0.0, min(seconds, until - time.monotonic())))
