"""Times the gate over 300 cases and a ledger of 10,000 gaps in a throw-away home; `app.py loop-bench` prints it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from assist.loop.desk import Loop
from assist.loop.gate import Trialled
from assist.loop.work import OPEN
from kb.gaps import gap_key
from kb.knowledge import KnowledgeBase
from kb.model import OPERATOR, DocumentDraft, Kind, PassageDraft
from kb.store import GapQuestion, GapState, Taken

CASES = 300
GAPS = 10_000
PAGE = 50

_DRAFT = DocumentDraft(
    "草稿/应答测试.md",
    "积分转赠",
    Kind.FAQ,
    "1",
    passages=(
        PassageDraft(
            0,
            "问：积分能不能转赠给家人\n答：可以转赠给同一客户名下的家人，每年一次。",
            questions=("积分能不能转赠给家人",),
        ),
    ),
)


def gate_bench(loop: Loop, golden: Sequence[Trialled]) -> dict[str, Any]:
    """Seconds by the clock and of the processor that CASES cases take, asked of a candidate beside what answers now.

    Where there are fewer cases the first ones are asked again in other words.
    """
    again = (replace(each, question=replace(each.question, text=f"请问{each.question.text}")) for each in golden)
    trialled = list(itertools.islice(itertools.chain(golden, again), CASES))
    loop.releases.rehearse(OPERATOR, [_DRAFT], (), trialled[:1])  # a served site has its models loaded
    started, worked = time.perf_counter(), time.process_time()
    report = loop.releases.rehearse(OPERATOR, [_DRAFT], (), trialled)
    return {
        "cases": report.asked,
        "changed": report.asked - report.counts["same"],
        "seconds": round(time.perf_counter() - started, 2),
        "processor_seconds": round(time.process_time() - worked, 2),
    }


def ledger_bench(loop: Loop, kb: KnowledgeBase, day: date) -> dict[str, Any]:
    """Seconds that what the ledger page shows takes with GAPS gaps of three askings each: lines, counts, one sheet."""
    made = []
    for number in range(GAPS):
        text = f"第{number}个客户问的业务怎么办理"
        question = GapQuestion(text, OPERATOR, "voice", day)
        made += [Taken(-1 - number, question, gap_key(text))] * 3
    kb.catalogue.gap_intake.take(made, "none")
    found: dict[str, Any] = {"gaps": GAPS}
    started = time.perf_counter()
    lines = loop.gaps.lines(OPERATOR, OPEN, limit=PAGE)
    counts = loop.gaps.counts(OPERATOR)
    found["page_seconds"] = round(time.perf_counter() - started, 3)
    started = time.perf_counter()
    last = loop.gaps.lines(OPERATOR, OPEN, limit=PAGE, offset=GAPS - PAGE)
    found["last_page_seconds"] = round(time.perf_counter() - started, 3)
    assert len(lines) == len(last) == PAGE
    assert counts[GapState.NEW] >= GAPS
    return found
