"""Everything the knowledge loop offers, in one value: `app.py` makes it, API, commands and pages use it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from assist.access import Action, authorise
from assist.golden.desk import GoldenDesk
from assist.golden.judge import dependent_cases
from assist.loop.closure import Ask
from assist.loop.drafting import DraftDesk, Propose, Remark
from assist.loop.health import HealthDesk
from assist.loop.impact import Dependants
from assist.loop.ledger import LoopLedger
from assist.loop.news import NewsDesk
from assist.loop.releasing import ReleaseDesk
from assist.loop.reports import ReportDesk
from assist.loop.work import GapDesk
from kb.clock import Clock
from kb.knowledge import KnowledgeBase
from kb.model import Principal
from kb.store import Catalogue, Notice


class NoticeDesk:
    """Notices to whoever asks for them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def of(self, principal: Principal) -> tuple[Notice, ...]:
        """What a person has not confirmed yet, newest first."""
        authorise(principal, Action.READ_NEWS)
        return self._catalogue.notices.of(principal.id)

    def confirm(self, principal: Principal, notice_ids: list[int]) -> None:
        """Marks a person's own notices as read."""
        authorise(principal, Action.READ_NEWS)
        self._catalogue.notices.confirm(principal.id, notice_ids)


@dataclass(frozen=True, slots=True)
class Loop:
    """The knowledge loop of one home."""

    gaps: GapDesk
    drafts: DraftDesk
    releases: ReleaseDesk
    notices: NoticeDesk
    health: HealthDesk
    news: NewsDesk
    reports: ReportDesk
    golden: GoldenDesk

    @classmethod
    def over(
        cls,
        kb: KnowledgeBase,
        *,
        clock: Clock,
        ledger: LoopLedger,
        asker: Callable[[Any], Ask],
        propose: Propose | None = None,
        remark: Remark | None = None,
        prepare: Callable[[Sequence[str]], None] = lambda _questions: None,
        checkpoint: Callable[[str], None] = lambda _point: None,
        dependants: Sequence[Dependants] = (),
    ) -> Loop:
        """The loop over one base; `asker` makes what answers over a base without leaving a trace.

        `propose` words drafts with a language model, `remark` looks them over.
        `dependants` tell what beside golden cases rests on a document that changes.
        """
        golden = GoldenDesk(kb.catalogue, clock, asker(kb))
        cases = partial(dependent_cases, kb.catalogue.golden)
        return cls(
            gaps=GapDesk(kb.catalogue, ledger, clock),
            drafts=DraftDesk(kb, clock, propose, remark),
            releases=ReleaseDesk(
                kb,
                asker=asker,
                golden=golden,
                clock=clock,
                changed=ledger.forget,
                prepare=prepare,
                checkpoint=checkpoint,
            ),
            notices=NoticeDesk(kb.catalogue),
            health=HealthDesk(kb, clock, (*dependants, cases)),
            news=NewsDesk(kb, clock),
            reports=ReportDesk(kb.catalogue),
            golden=golden,
        )

    def tick(self) -> None:
        """What the clock brings: plans that are due, gaps whose knowledge came into force, reminders."""
        self.releases.tick()
        self.gaps.remind()
