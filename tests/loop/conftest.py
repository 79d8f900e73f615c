"""A small base of an operator with the whole knowledge loop over it, real in every part but the embedding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assist.answer import Assistant
from assist.businesstype import TypeClassifier
from assist.desk import Desk
from assist.loop.cluster import Likeness, Settings, Weights
from assist.loop.desk import Loop
from assist.loop.ledger import LoopLedger
from assist.loop.watch import Watch
from assist.model import Answer, Question
from assist.sense import Sense
from kb.clock import today
from kb.gaps import Ledger, ThrowAwayLedger
from kb.knowledge import KnowledgeBase
from kb.model import OPERATOR, Principal, Role
from kb.store import Draft, DraftKind
from tests.assist.conftest import DOCUMENTS, LENIENT
from tests.fakes import HashEmbedder
from tests.kb.catalogues import SetClock

AGENT = Principal("坐席07", Role.AGENT, "热线一组")
WRITER = Principal("王芳", Role.MAINTAINER, "资费组")
REVIEWER = Principal("李明", Role.MAINTAINER, "资费组")
MANAGER = Principal("赵值班", Role.DUTY_MANAGER)
SETTINGS = Settings(Weights(-4.5, 5, 5, 0), ("套餐多少钱", "怎么办理停机", "宽带装机多久"))


@dataclass
class Centre:
    """A call centre in small: its base, its desk, its loop, and a clock that stands still until told."""

    kb: KnowledgeBase
    desk: Desk
    loop: Loop
    ledger: LoopLedger
    clock: SetClock

    def ask(self, text: str, principal: Principal = AGENT) -> Answer:
        return self.desk.answer(Question(text, principal, today(self.clock)))

    def gap(self, text: str, principal: Principal = AGENT) -> int:
        answer = self.ask(text, principal)
        assert answer.gap_id is not None, answer.text
        return int(answer.gap_id)

    def approved(self, gap_id: int, answer: str, **changes: Any) -> Draft:
        """A draft from a gap, written by one person and approved by another."""
        from dataclasses import replace

        draft = self.loop.drafts.begin(WRITER, gap_id, DraftKind.FAQ)
        fields = {**draft.fields, "answer": answer}
        draft = self.loop.drafts.save(WRITER, replace(draft, fields=fields, **changes))
        self.loop.drafts.submit(WRITER, draft.id)
        return self.loop.drafts.approve(REVIEWER, draft.id)


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    clock, embedder = SetClock(), HashEmbedder()
    with KnowledgeBase.open(tmp_path / "home", embedder=embedder, clock=clock) as kb:
        with kb.release(OPERATOR, note="样例") as release:
            for draft in DOCUMENTS:
                release.put(draft)
        yield make_centre(kb, clock)


def make_centre(kb: KnowledgeBase, clock: SetClock, checkpoint: Callable[[str], None] = lambda _point: None) -> Centre:
    embedder = HashEmbedder()
    ledger = LoopLedger(kb.catalogue, Likeness(embedder, SETTINGS))
    sense = Sense(embedder)

    def assistant(kept: Ledger, base: Any) -> Assistant:
        log = None if isinstance(kept, ThrowAwayLedger) else kb.catalogue.questions
        return Assistant(
            base=base, ledger=kept, log=log, classifier=TypeClassifier(), clock=clock, decision=LENIENT, sense=sense
        )

    def asker(base: Any) -> Callable[[Question], Answer]:
        return assistant(ThrowAwayLedger(), base).answer

    loop = Loop.over(kb, clock=clock, ledger=ledger, asker=asker, checkpoint=checkpoint)
    watch = Watch(ledger, question_of=kb.catalogue.questions.get, day=lambda: today(clock), threshold=0.5)
    desk = Desk(assistant=assistant(ledger, kb), base=kb, clock=clock, observer=watch)
    return Centre(kb, desk, loop, ledger, clock)
