"""A model that lies about figures: none of what it says of evals/written/lies.jsonl is ever shown.

The lies are figures of another row or column of the same table, of another condition of the same clause, of another
date, and figures found nowhere. `ZHIYING_FULL=1` (make prove) tells all of them, `make test` a fixed share.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from assist.answer import Assistant
from assist.model import Answer, Mode, Origin, Outcome, Question
from evals.measures import unsupported_figures
from kb.knowledge import KnowledgeBase
from tests.assist.conftest import AGENT
from tests.written.conftest import scripted
from tests.written.model_server import Script, passages_in
from tests.written.operator_base import ROOT, operator_base

FULL = os.environ.get("ZHIYING_FULL") == "1"
SHARE = 1 if FULL else 6


@dataclass(frozen=True)
class Lie:
    """A question, what the model says, and where the truth stands."""

    id: str
    question: str
    lie: str
    kind: str
    source: str
    as_of: str


LIES = [Lie(**json.loads(line)) for line in (ROOT / "evals/written/lies.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    home: Path = tmp_path_factory.mktemp("样例库")
    with operator_base(home) as kb:
        yield kb


def ask(assistant: Assistant, lie: Lie) -> Answer:
    return assistant.answer(
        Question(lie.question, AGENT, date.fromisoformat(lie.as_of), scope=(lie.source,), record=False)
    )


def cites_every_passage(said: str, user: str) -> str:
    """The lie, citing each passage by itself and then all: one of them is where the figure stands."""
    places = passages_in(user)
    alone = "".join(f"{said.rstrip('。')}。[{n}]" for n in places)
    return alone + f"{said.rstrip('。')}。" + "".join(f"[{n}]" for n in places)


def test_no_lie_is_shown(operator: KnowledgeBase) -> None:
    told = LIES[::SHARE]
    shown: list[str] = []
    unsupported: list[str] = []
    kinds: Counter[str] = Counter()
    script = Script()
    with scripted(operator, script) as assistant:
        for lie in told:
            script.says = lambda _system, user, lie=lie: cites_every_passage(lie.lie, user)  # type: ignore[misc]
            answer = ask(assistant, lie)
            if answer.outcome is not Outcome.ANSWERED:
                continue
            kinds[lie.kind] += 1
            if any(sentence.origin is Origin.WRITTEN for sentence in answer.sentences):
                shown.append(f"{lie.id} {lie.kind}: {answer.text}")
            unsupported += unsupported_figures(answer.text, [citation.quote for citation in answer.citations])
    assert shown == []
    assert unsupported == []
    if FULL:
        assert sum(kinds.values()) >= 300
        assert kinds["row"] + kinds["column"] + kinds["condition"] + kinds["date"] >= 60


TRUTHS = (
    ("畅行199的国内流量是多少", "畅行199国内流量100GB。", "畅行系列资费-2026版.pdf"),
    ("移机费多少钱", "移机费80元/次，同一小区内40元/次。", "家庭宽带业务规则-2026版.pdf"),
    ("停机保号多少钱一个月", "停机保号5元/月，最短1个月，最长12个月。", "停复机与保号规则-2026版.pdf"),
    ("望山县宽带故障修复时限多久", "望山县故障修复时限为48小时。", "家庭宽带业务规则-2026版.pdf"),
    ("副卡怎么收费", "副卡每张每月10元，与主卡共享流量与通话。", "畅行系列资费-2026版.pdf"),
    ("A区日包多少钱", "A区日包28元/天，每日流量1GB。", "国际及港澳台漫游资费-2026版.html"),
    ("青春卡月费多少", "青春卡月费29元/月。", "校园与银龄专属套餐.md"),
    ("金卡机场贵宾厅几次", "金卡机场贵宾厅2次/年。", "积分与客户等级办法.md"),
)


@pytest.mark.parametrize(("question", "truth", "source"), TRUTHS)
def test_the_truth_is_shown(operator: KnowledgeBase, question: str, truth: str, source: str) -> None:
    def says(_system: str, user: str) -> str:
        return "".join(f"{truth}[{n}]" for n in passages_in(user))

    with scripted(operator, Script(says=says)) as assistant:
        answer = assistant.answer(Question(question, AGENT, date(2026, 11, 20), scope=(source,), record=False))
    assert answer.mode is Mode.GENERATED
    assert truth in answer.text
