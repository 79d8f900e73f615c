"""Releases of approved drafts: planned, gated, activated at once or by the clock, proved, rolled back; API and page."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from assist.access import Action, authorise
from assist.golden.desk import GoldenDesk
from assist.loop import gate
from assist.loop.begun import Begun
from assist.loop.closure import Ask, Closure, Proof
from assist.loop.documents import document_of
from assist.loop.gate import Trialled
from assist.loop.gatequestions import GateQuestions
from kb.clock import Clock
from kb.errors import HomeBusy, InputRefused, UsageError, ZhiyingError
from kb.knowledge import KnowledgeBase
from kb.model import OPERATOR, DocumentDraft, Principal
from kb.store import (
    Draft,
    DraftState,
    GapState,
    GateRun,
    Plan,
    PlanState,
    Release,
    ReleaseKind,
)

_log = logging.getLogger(__name__)


class ReleaseDesk:
    """Plans and releases, authorised. `asker` makes what answers over a base without leaving a trace.

    `golden` keeps the golden cases, `prepare` is told all questions of a gate before they are asked.
    """

    def __init__(
        self,
        base: KnowledgeBase,
        *,
        asker: Callable[[Any], Ask],
        golden: GoldenDesk,
        clock: Clock,
        changed: Callable[[], None] = lambda: None,
        prepare: Callable[[Sequence[str]], None] = lambda _questions: None,
        checkpoint: Callable[[str], None] = lambda _point: None,
    ) -> None:
        self._base = base
        self._begun = Begun(base.catalogue)
        self._checkpoint = checkpoint
        self._activating = threading.Lock()
        self._prepare = prepare
        self._asker = asker
        self._questions = GateQuestions(base.catalogue, golden, clock)
        self._clock = clock
        self._changed = changed
        self.closure = Closure(base.catalogue, asker(base), clock)

    def plans(self, principal: Principal, states: Collection[PlanState] = ()) -> tuple[Plan, ...]:
        """Planned releases, newest first."""
        authorise(principal, Action.WRITE_DRAFTS)
        return self._base.catalogue.plans.list(states)

    def releases(self, principal: Principal, limit: int = 50) -> list[Release]:
        """Releases that answer or answered, newest first; the operator's ingestions among them."""
        authorise(principal, Action.WRITE_DRAFTS)
        found = self._base.catalogue.releases.history(limit * 4)
        return [release for release in found if release.activated_at is not None][:limit]

    def report(self, principal: Principal, plan_id: int) -> GateRun | None:
        """The gate's last run on a plan, None before the first."""
        authorise(principal, Action.WRITE_DRAFTS)
        found = self._require(plan_id)
        return None if found.gate_id is None else self._base.catalogue.plans.gate(found.gate_id)

    def plan(
        self,
        principal: Principal,
        draft_ids: Sequence[int],
        *,
        note: str = "",
        activate_at: datetime | None = None,
        retire: Sequence[str] = (),
    ) -> Plan:
        """Puts approved drafts, and sources to be taken away, together for release."""
        authorise(principal, Action.RELEASE)
        if not draft_ids and not retire:
            raise InputRefused("nothing to release", hint="请先选出要发布的草稿。")
        wanted = Plan(note.strip(), tuple(dict.fromkeys(draft_ids)), principal.id, tuple(retire), activate_at)
        self._drafts(wanted)
        return self._base.catalogue.plans.add(wanted)

    def check(self, principal: Principal, plan_id: int) -> GateRun:
        """Runs the gate on a plan and keeps what it found."""
        authorise(principal, Action.RELEASE)
        plan = self._require(plan_id)
        documents = [document_of(draft) for draft in self._drafts(plan)]
        active, mark = self._base.active(), self._questions.mark()
        found = self.rehearse(principal, documents, plan.retire, self._questions.every())
        made = GateRun(
            plan_id=plan_id,
            base_id=active.id if active else None,
            digest=gate.digest(documents, plan.retire, mark),
            principal=principal.id,
            report=found.json(),
        )
        return self._base.catalogue.plans.add_gate(made)

    def rehearse(
        self, principal: Principal, documents: Sequence[DocumentDraft], retire: Sequence[str], asked: Sequence[Trialled]
    ) -> gate.Report:
        """What the gate finds of a release that was not planned; nothing of it is kept."""
        authorise(principal, Action.RELEASE)
        with self._base.trial(principal, documents, retire) as trial:
            self._prepare([each.question.text for each in asked])
            return gate.run(asked, self._asker(self._base), self._asker(trial))

    def activate(self, principal: Principal, plan_id: int, *, override_reason: str = "") -> tuple[Plan, list[Proof]]:
        """Lets a plan go out, after the gate; then asks its gaps again. What broke needs a named reason to go out.

        Raises UsageError for drafts that are no longer approved or a gate that did not pass, HomeBusy while documents
        are being ingested; the plan stays and can be tried again.
        """
        authorise(principal, Action.RELEASE)
        with self._alone():
            plan = self._require(plan_id)
            if plan.state not in (PlanState.PLANNED, PlanState.FAILED):
                raise UsageError(f"plan is {plan.state}", hint=f"这次发布已是“{plan.state.label}”，不能再发布。")
            drafts = self._drafts(plan)
            documents = [document_of(draft) for draft in drafts]
            reason = self._passed(principal, plan, documents, override_reason.strip())
            self._checkpoint("after-gate")
            with self._begun.writing(plan, self._base.active()):
                active = self._publish(principal, plan, drafts, documents, reason)
                done = self._mark(principal, plan, drafts, active)
        return done, self._prove(drafts)

    def cancel(self, principal: Principal, plan_id: int) -> Plan:
        """Gives a plan up; its drafts stay approved."""
        authorise(principal, Action.RELEASE)
        return self._base.catalogue.plans.change(plan_id, principal, state=PlanState.CANCELLED)

    def schedule(self, principal: Principal, plan_id: int, moment: datetime | None) -> Plan:
        """Sets when a plan goes out by itself; None: by hand."""
        authorise(principal, Action.RELEASE)
        return self._base.catalogue.plans.change(plan_id, principal, activate_at=moment, state=PlanState.PLANNED)

    def roll_back(self, principal: Principal, release_id: int, note: str) -> Release:
        """Makes the documents of an earlier release answer again, as a release of its own; needs a reason."""
        authorise(principal, Action.RELEASE)
        if not note.strip():
            raise InputRefused("no reason", hint="回退要写明原因。")
        release = self._base.roll_back(principal, release_id, f"回退到 {release_id} 号发布：{note.strip()}")
        self._reopen_lost(release)
        self._changed()
        return release

    def tick(self) -> int:
        """Lets out what is due and asks gaps again whose knowledge came into force; how many plans went out.

        A clock that was set back lets nothing out twice and takes nothing back: what went out stays out.
        """
        with suppress(HomeBusy), self._alone():
            pass  # what was cut short earlier is finished or undone first
        went = 0
        for plan in self._base.catalogue.plans.due(self._clock.now()):
            with suppress(HomeBusy):
                went += self._let_out(plan)
        self.closure.prove_all()
        return went

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One activation at a time, after whatever an earlier one left when it was cut short."""
        if not self._activating.acquire(blocking=False):
            raise HomeBusy("another release goes out", hint="另一次发布正在进行，请等它完成后再试。")
        try:
            try:
                self._finish_cut_short()
            except ZhiyingError as error:
                _log.warning("an activation that was cut short is not finished: %s", error.message)
            yield
        finally:
            self._activating.release()

    def _finish_cut_short(self) -> Plan | None:
        plan, release = self._begun.left()
        if plan is None:
            return None
        done = None
        if release is not None and plan.state in (PlanState.PLANNED, PlanState.FAILED):
            drafts = self._drafts(plan)
            done = self._mark(replace(OPERATOR, id=plan.author), plan, drafts, release)
        self._begun.forget()
        return done

    def _publish(
        self,
        principal: Principal,
        plan: Plan,
        drafts: Sequence[Draft],
        documents: Sequence[DocumentDraft],
        reason: str,
    ) -> Release | None:
        with self._base.release(
            principal, plan.note or f"发布计划 {plan.id}", kind=ReleaseKind.DRAFT, override_reason=reason or None
        ) as release:
            self._require_held(plan, release.sources)
            for draft, document in zip(drafts, documents, strict=True):
                release.put(document, owner=draft.author)
            for source in plan.retire:
                release.retire(source)
        self._checkpoint("after-release")
        return release.published or self._base.active()

    def _let_out(self, plan: Plan) -> int:
        principal = replace(OPERATOR, id=plan.author)
        try:
            self.activate(principal, plan.id, override_reason=plan.override_reason)
        except HomeBusy:
            raise
        except ZhiyingError as error:
            _log.warning("plan %s did not go out: %s", plan.id, error.message)
            self._base.catalogue.plans.change(plan.id, principal, state=PlanState.FAILED, problem=error.hint)
            self._base.catalogue.notices.add([plan.author], f"定时发布 {plan.id} 未能生效：{error.hint}")
            return 0
        return 1

    def _passed(self, principal: Principal, plan: Plan, documents: Sequence[DocumentDraft], reason: str) -> str:
        """The override's reason, "" when none is needed; the gate is run anew where its last run is not of this."""
        active = self._base.active()
        run = None if plan.gate_id is None else self._base.catalogue.plans.gate(plan.gate_id)
        tried = gate.digest(documents, plan.retire, self._questions.mark())
        wanted = (tried, active.id if active else None)
        if run is None or (run.digest, run.base_id) != wanted:
            run = self.check(principal, plan.id)
        if run.report["passed"]:
            return ""
        if not reason:
            broken = "、".join(run.report["broken"][:5])
            raise UsageError(
                "the gate did not pass",
                hint=f"应答测试未通过，{len(run.report['broken'])} 道用例变错（{broken}）。"
                "请修改草稿；确需发布的，由负责人写明理由后放行。",
            )
        changes = {"override_by": principal.id, "override_reason": reason}
        self._base.catalogue.plans.change(plan.id, principal, **changes)
        return f"{principal.id}：{reason}"

    def _mark(self, principal: Principal, plan: Plan, drafts: Sequence[Draft], active: Release | None) -> Plan:
        catalogue = self._base.catalogue
        for draft in drafts:
            if draft.state is DraftState.APPROVED:
                catalogue.drafts.step(draft.id, DraftState.RELEASED, principal)
                self._checkpoint("after-draft-marked")
            gap = None if draft.gap_id is None else catalogue.gaps.get(draft.gap_id)
            if gap is not None and gap.state is GapState.REVIEW:
                catalogue.gaps.change(gap.id, principal, state=GapState.RELEASED, note=f"随草稿 {draft.id} 发布")
                self._checkpoint("after-gap-marked")
        release_id = active.id if active else None
        done = catalogue.plans.change(plan.id, principal, state=PlanState.ACTIVE, release_id=release_id, problem="")
        self._checkpoint("after-plan-marked")
        self._changed()
        return done

    def _prove(self, drafts: Sequence[Draft]) -> list[Proof]:
        gaps = [self._base.catalogue.gaps.get(each) for each in {draft.gap_id for draft in drafts} if each is not None]
        released = [gap for gap in gaps if gap is not None and gap.state is GapState.RELEASED]
        proofs = [self.closure.prove(gap) for gap in released]
        self._changed()
        return [proof for proof in proofs if proof is not None]

    def _reopen_lost(self, release: Release) -> None:
        """Gaps whose knowledge a roll-back took away are open again."""
        catalogue = self._base.catalogue
        held = catalogue.releases.versions(release.id)
        for draft in catalogue.drafts.list([DraftState.RELEASED], limit=1_000):
            gap = None if draft.gap_id is None else catalogue.gaps.get(draft.gap_id)
            closed = gap is not None and gap.state in (GapState.VERIFIED, GapState.RELEASED)
            if gap is not None and closed and draft.source not in held:
                catalogue.gaps.change(gap.id, OPERATOR, state=GapState.ASSIGNED, note="发布已回退，知识不再生效")

    def _drafts(self, plan: Plan) -> list[Draft]:
        """The plan's drafts, all approved; those already released by an attempt that was cut short count as well."""
        found = []
        for each in plan.draft_ids:
            draft = self._base.catalogue.drafts.get(each)
            if draft is None or draft.state not in (DraftState.APPROVED, DraftState.RELEASED):
                state = "不存在" if draft is None else f"目前是“{draft.state.label}”"
                raise UsageError(f"draft {each} is not approved", hint=f"草稿 {each} {state}，只有已批准的才能发布。")
            found.append(draft)
        return found

    def _require(self, plan_id: int) -> Plan:
        plan = self._base.catalogue.plans.get(plan_id)
        if plan is None:
            raise UsageError(f"no plan {plan_id}", hint=f"没有 {plan_id} 号发布计划，请刷新后重试。")
        return plan

    def _require_held(self, plan: Plan, sources: Collection[str]) -> None:
        """Raises UsageError where a document to be taken away is not there any more."""
        gone = [source for source in plan.retire if source not in sources]
        if gone:
            raise UsageError(
                f"not in force: {gone[0]}",
                hint=f"要下架的文档已不在现行知识中：{'、'.join(gone[:3])}。请取消这个计划，按现在的内容重新计划。",
            )
