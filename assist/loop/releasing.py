"""Releases of approved drafts: planned, gated, activated at once or by the clock, proved, rolled back; API and page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from assist.access import Action, authorise
from assist.loop import gate
from assist.loop.closure import Ask, Closure, Proof
from assist.loop.documents import document_of
from assist.loop.gate import Trialled
from assist.model import Answer, Channel, Outcome, Question
from kb.clock import Clock, today
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

RECENT = 60
"""So many of the latest questions are asked of the candidate as well."""

_log = logging.getLogger(__name__)


class ReleaseDesk:
    """Plans and releases, authorised. `asker` makes what answers over a base without leaving a trace.

    `golden` gives the golden cases; both are put together by `app.py`.
    """

    def __init__(
        self,
        base: KnowledgeBase,
        *,
        asker: Callable[[Any], Ask],
        golden: Callable[[], Sequence[Trialled]],
        clock: Clock,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._base = base
        self._asker = asker
        self._golden = golden
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
        active = self._base.active()
        with self._base.trial(principal, documents, plan.retire) as trial:
            found = gate.run(self._trialled(), self._asker(self._base), self._asker(trial))
        made = GateRun(
            plan_id=plan_id,
            base_id=active.id if active else None,
            digest=gate.digest(documents, plan.retire),
            principal=principal.id,
            report=found.json(),
        )
        return self._base.catalogue.plans.add_gate(made)

    def activate(self, principal: Principal, plan_id: int, *, override_reason: str = "") -> tuple[Plan, list[Proof]]:
        """Lets a plan go out, after the gate; then asks its gaps again. What broke needs a named reason to go out.

        Raises UsageError for drafts that are no longer approved or a gate that did not pass, HomeBusy while documents
        are being ingested; the plan stays and can be tried again.
        """
        authorise(principal, Action.RELEASE)
        plan = self._require(plan_id)
        if plan.state not in (PlanState.PLANNED, PlanState.FAILED):
            raise UsageError(f"plan is {plan.state}", hint=f"这次发布已是“{plan.state.label}”，不能再发布。")
        drafts = self._drafts(plan)
        documents = [document_of(draft) for draft in drafts]
        reason = self._passed(principal, plan, documents, override_reason.strip())
        with self._base.release(
            principal, plan.note or f"发布计划 {plan.id}", kind=ReleaseKind.DRAFT, override_reason=reason or None
        ) as release:
            for draft, document in zip(drafts, documents, strict=True):
                release.put(document, owner=draft.author)
            for source in plan.retire:
                release.retire(source)
        active = release.published or self._base.active()
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
        went = 0
        for plan in self._base.catalogue.plans.due(self._clock.now()):
            with suppress(HomeBusy):
                went += self._let_out(plan)
        self.closure.prove_all()
        return went

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
        wanted = (gate.digest(documents, plan.retire), active.id if active else None)
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
            gap = None if draft.gap_id is None else catalogue.gaps.get(draft.gap_id)
            if gap is not None and gap.state is GapState.REVIEW:
                catalogue.gaps.change(gap.id, principal, state=GapState.RELEASED, note=f"随草稿 {draft.id} 发布")
        release_id = active.id if active else None
        done = catalogue.plans.change(plan.id, principal, state=PlanState.ACTIVE, release_id=release_id, problem="")
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

    def _trialled(self) -> list[Trialled]:
        return [*self._golden(), *self._verified(), *self._recent()]

    def _verified(self) -> list[Trialled]:
        """The questions of every verified gap, right while its own knowledge answers them."""
        catalogue = self._base.catalogue
        day = today(self._clock)
        found = []
        for gap in catalogue.gaps.list([GapState.VERIFIED], limit=1_000):
            sources = {draft.source for draft in catalogue.drafts.list([DraftState.RELEASED], gap_id=gap.id)}
            for text, one in {each.text: each for each in catalogue.gaps.questions(gap.id)}.items():
                question = Question(text, one.principal, day, channel=_channel(one.channel), record=False)
                found.append(Trialled(f"缺口{gap.id}", "verified", question, _answered_from(sources)))
        return found

    def _recent(self) -> list[Trialled]:
        day = today(self._clock)
        latest = {line.text: line for line in self._base.catalogue.questions.recent(RECENT * 3)}
        return [
            Trialled(
                f"提问{line.id}",
                "recent",
                Question(text, line.principal, day, channel=_channel(line.channel), record=False),
            )
            for text, line in list(latest.items())[:RECENT]
        ]

    def _require(self, plan_id: int) -> Plan:
        plan = self._base.catalogue.plans.get(plan_id)
        if plan is None:
            raise UsageError(f"no plan {plan_id}", hint=f"没有 {plan_id} 号发布计划，请刷新后重试。")
        return plan


def _answered_from(sources: Collection[str]) -> gate.Judge:
    def right(_question: Question, answer: Answer) -> bool:
        cited = {citation.source for citation in answer.citations}
        return answer.outcome is Outcome.ANSWERED and bool(cited & set(sources))

    return right


def _channel(name: str) -> Channel:
    return Channel(name) if name in set(Channel) else Channel.VOICE
