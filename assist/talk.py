"""Puts together what guards and serves the spoken word: compliance, leaving intent, scripts; `app.py` opens it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from assist.commands import asker, day
from assist.compliance.api import compliance_router
from assist.compliance.check import Checker
from assist.compliance.guard import DraftGuard
from assist.compliance.model import Category
from assist.compliance.service import ComplianceDesk
from assist.compliance.views import report_json
from assist.identity import Identify
from assist.leaving.api import leaving_router, offered_json
from assist.leaving.detect import LeavingDetector
from assist.leaving.offer import ApprovedDrafts, LeavingAdvisor, Offered, RetentionDraft
from assist.quiz.roleplay import Judged
from assist.scripts.api import scripts_router
from assist.scripts.library import ScriptLibrary, read_context
from assist.scripts.model import Choice
from assist.scripts.views import filled_json, shown_json
from kb.clock import Clock
from kb.embed import Embedder
from kb.knowledge import KnowledgeBase

if TYPE_CHECKING:
    from assist.pages.door import Door

Arguments = Mapping[str, Any]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Talk:
    """The services, the detector and the guard that share one base."""

    checker: Checker
    compliance: ComplianceDesk
    detector: LeavingDetector
    advisor: LeavingAdvisor
    library: ScriptLibrary
    guard: DraftGuard
    clock: Clock

    def check(self, arguments: Arguments) -> Json:
        """The `compliance` command: `text`; optional `role`, `as_of`."""
        caller = asker(arguments)
        report = self.compliance.check(caller, arguments["text"], as_of=self._day(arguments), manager=True)
        return report_json(report, weights=self.compliance.sees_weights(caller))

    def leaving(self, arguments: Arguments) -> Json:
        """The `leaving` command: `text`; optional `role`, `as_of`."""
        caller, text = asker(arguments), arguments["text"]
        offered = self.advisor.offer(caller, [text], as_of=self._day(arguments))
        return offered_json(offered or Offered(self.advisor.detect(caller, text), None))

    def scripts(self, arguments: Arguments) -> Json:
        """The `scripts` command, all optional: `situation`, `scenario`, `channel`, `slots`, `role`, `as_of`."""
        caller, as_of = asker(arguments), self._day(arguments)
        choice = Choice(as_of, arguments.get("scenario") or "", "", "", arguments.get("channel") or "")
        situation = arguments.get("situation") or ""
        found = self.library.search(caller, situation, choice) if situation else self.library.browse(caller, choice)
        context = read_context(arguments.get("slots") or ())
        first = [filled_json(self.library.fill(caller, one.script.key, as_of, context)) for one in found[:1]]
        return {"scripts": [shown_json(one) for one in found], "filled": first[0] if first else None}

    def judge(self, said: str) -> Judged:
        """What compliance says of a wording practised today: the share of points kept, and what was found in it.

        Steps that are missing do not count: one wording is practised, not a whole call.
        """
        report = self.checker.check(said, as_of=self.compliance.today())
        found = [one for one in report.findings if one.category is not Category.MISSING]
        kept = 0 if report.score.red_lines else max(0, 100 - sum(one.points for one in found))
        return Judged(kept / 100, tuple(f"{one.category.label}：{one.quote}" for one in found))

    def serve(self, app: FastAPI, *, identify: Identify, door: Door | None = None) -> None:
        """Adds the routes and the pages to a site."""
        from assist.pages.compliance import mount as mount_compliance
        from assist.pages.scripts import mount as mount_scripts

        self.route(app, identify=identify)
        mount_compliance(app, self.compliance, path="/compliance", door=door)
        mount_scripts(app, self.library, path="/scripts", door=door)

    def route(self, app: FastAPI, *, identify: Identify) -> None:
        """Adds the routes alone."""
        app.include_router(compliance_router(self.compliance, identify=identify))
        app.include_router(leaving_router(self.advisor, identify=identify, clock=self.clock))
        app.include_router(scripts_router(self.library, identify=identify))

    def _day(self, arguments: Arguments) -> date:
        return day(arguments, self.compliance.today())


def open_talk(
    kb: KnowledgeBase,
    embedder: Embedder,
    clock: Clock,
    *,
    checker: Checker | None = None,
    draft: RetentionDraft | None = None,
) -> Talk:
    """Everything over one base; `draft` composes retention drafts, the approved scripts do when none is given."""
    checker, detector = checker or Checker(kb), LeavingDetector(embedder)
    return Talk(
        checker=checker,
        compliance=ComplianceDesk(checker=checker, clock=clock),
        detector=detector,
        advisor=LeavingAdvisor(detector=detector, draft=draft or ApprovedDrafts(kb, page="/scripts/")),
        library=ScriptLibrary(base=kb, clock=clock),
        guard=DraftGuard(checker),
        clock=clock,
    )
