"""Planning, gate, release and roll-back on the maintainer's page; maintain.py places it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import gradio as gr

from assist.loop.closure import Proof
from assist.loop.desk import Loop
from assist.loop.documents import listed
from assist.pages import maintain_releases_html as html
from assist.pages.maintain_stage import Names, Shown, Stage, number
from kb.clock import ZONE
from kb.errors import InputRefused
from kb.model import Principal
from kb.store import DraftState, GoldenState, Plan, PlanState


class ReleaseTab:
    """Components and events of releasing; each event gives what changes on the page."""

    def __init__(self, loop: Loop, names: Names) -> None:
        self._loop = loop
        self._names = names

    def build(self, stage: Stage) -> None:
        """Puts the components on the page and wires them."""
        with gr.Row(elem_id="zm-releases-tab", elem_classes="zm-split"):
            with gr.Column(scale=3, min_width=300, elem_classes="zm-list-side"):
                self._planning(stage)
                stage.html("plans")
                with gr.Accordion("历次发布与回退", open=False):
                    back = gr.Textbox("", label="回退原因（先写，再点要退到的那次发布）", max_lines=1)
                    back.elem_id = "zm-back-reason"
                    stage.put("back-reason", back)
                    stage.html("releases")
            with gr.Column(scale=4, min_width=300, elem_classes="zm-detail-side"):
                stage.put("plan", gr.State(None))
                stage.html("plan-head")
                with stage.put("plan-work", gr.Column(visible=False, elem_id="zm-plan-work")):
                    self._work(stage)
                stage.html("gate-report")
        stage.link("plan", self.open, named=False)
        stage.link("rollback", self.roll_back, ["back-reason"], busy="正在回退……")

    def _planning(self, stage: Stage) -> None:
        with gr.Accordion("建立发布计划", open=True):
            stage.put("ready", gr.CheckboxGroup([], label="已批准、可以发布的草稿", elem_id="zm-ready"))
            stage.put("plan-note", gr.Textbox("", label="说明", max_lines=1, elem_id="zm-plan-note"))
            stage.put(
                "moment", gr.Textbox("", label="定时发布（空着为手工）", placeholder="2026-12-01 00:00", max_lines=1)
            )
            stage.parts["moment"].elem_id = "zm-moment"
            with gr.Accordion("同时下架文档", open=False):
                stage.put("retire", gr.Textbox("", label="要下架的文档来源，一行一个", lines=2, elem_id="zm-retire"))
            plan = gr.Button("建立计划", variant="primary", elem_id="zm-plan", min_width=80)
        stage.on([plan.click], self.plan, ["ready", "plan-note", "moment", "retire"])

    def _work(self, stage: Stage) -> None:
        with gr.Row(elem_classes="zm-line"):
            check = gr.Button("应答测试", elem_id="zm-check", min_width=80)
            activate = gr.Button("发布", variant="primary", elem_id="zm-activate", min_width=64)
            cancel = gr.Button("取消计划", elem_id="zm-cancel", min_width=80)
        override = gr.Textbox("", label="未通过仍要放行的理由（会署您的名）", max_lines=2, visible=False)
        override.elem_id = "zm-override"
        stage.put("override", override)
        with gr.Accordion("改发布时间", open=False):
            again = gr.Textbox(
                "", label="改到（空着为手工）", placeholder="2026-12-01 00:00", max_lines=1, elem_id="zm-again"
            )
            stage.put("again", again)
            move = gr.Button("改时间", elem_id="zm-schedule", min_width=80)
        testing = "正在做应答测试：把金标用例、已验证的缺口和最近的提问各问两遍，约需一分钟……"
        stage.on([check.click], self.check, ["plan"], busy=testing)
        releasing = "正在发布：核对应答测试、启用新知识、用原话复问……"
        stage.on([activate.click], self.activate, ["plan", "override"], busy=releasing)
        stage.on([cancel.click], self.cancel, ["plan"])
        stage.on([move.click], self.schedule, ["plan", "again"])

    def refreshed(self, who: Principal) -> Shown:
        """Plans, releases, and the drafts that can go out."""
        names = self._names.now()
        plans = self._loop.releases.plans(who)
        going = {each for plan in plans if plan.state is PlanState.PLANNED for each in plan.draft_ids}
        ready = [draft for draft in self._loop.drafts.all(who, [DraftState.APPROVED]) if draft.id not in going]
        return {
            "plans": html.plans_list(plans, names),
            "releases": html.releases_list(self._loop.releases.releases(who), names),
            "ready": gr.update(
                choices=[(f"{draft.id}　{draft.title}", str(draft.id)) for draft in ready],
                label="已批准、可以发布的草稿" if ready else "还没有已批准、可以发布的草稿",
            ),
        }

    def plan(self, who: Principal, ready: Sequence[str], note: str, moment: str, retire: str) -> Shown:
        """Plans a release of the drafts that are ticked."""
        ids = [int(each) for each in ready]
        made = self._loop.releases.plan(who, ids, note=note, activate_at=_moment(moment), retire=listed(retire))
        cleared: Shown = {"ready": gr.update(value=[]), "plan-note": "", "moment": "", "retire": ""}
        shown = {**cleared, **self._shown(who, made.id)}
        shown["ready"] = gr.update(choices=shown["ready"]["choices"], value=[])
        return {**shown, "alert": f"发布计划 {made.id} 已建立，请做应答测试。"}

    def open(self, who: Principal, plan: str) -> Shown:
        """One plan; an empty number closes it."""
        if not plan:
            return {"plan": None, "plan-head": "", "gate-report": "", "plan-work": gr.update(visible=False)}
        return self._shown(who, number(plan, "发布计划"))

    def check(self, who: Principal, plan: int) -> Shown:
        """Runs the gate."""
        run = self._loop.releases.check(who, number(plan, "发布计划"))
        said = "应答测试通过，可以发布。" if run.report["passed"] else "应答测试未通过，结果在下面。"
        return {**self._shown(who, plan), "alert": said}

    def activate(self, who: Principal, plan: int, reason: str) -> Shown:
        """Lets a plan out and says what asking again showed."""
        done, proofs = self._loop.releases.activate(who, number(plan, "发布计划"), override_reason=reason or "")
        said = "，".join([f"已发布（发布 {done.release_id}）", *map(_proved, proofs)])
        return {**self._shown(who, plan), "override": "", "alert": f"{said}。"}

    def cancel(self, who: Principal, plan: int) -> Shown:
        """Gives a plan up."""
        self._loop.releases.cancel(who, number(plan, "发布计划"))
        return {**self._shown(who, plan), "alert": "计划已取消，其中的草稿仍是已批准。"}

    def schedule(self, who: Principal, plan: int, moment: str) -> Shown:
        """Sets when a plan goes out by itself."""
        self._loop.releases.schedule(who, number(plan, "发布计划"), _moment(moment))
        return {**self._shown(who, plan), "again": "", "alert": "发布时间已改。"}

    def roll_back(self, who: Principal, release: str, reason: str) -> Shown:
        """Rolls back to a release."""
        made = self._loop.releases.roll_back(who, number(release, "发布"), reason or "")
        return {**self.refreshed(who), "back-reason": "", "alert": f"已回退（成为发布 {made.id}）。"}

    def _shown(self, who: Principal, plan_id: int) -> Shown:
        plan = self._plan(who, plan_id)
        run = self._loop.releases.report(who, plan_id)
        drafts = [draft for draft in self._loop.drafts.all(who) if draft.id in plan.draft_ids]
        waiting = plan.state in (PlanState.PLANNED, PlanState.FAILED)
        broken = waiting and run is not None and not run.report["passed"]
        return {
            **self.refreshed(who),
            "plan": plan_id,
            "plan-head": html.plan_head(plan, drafts, self._names.now()) + self._without_golden(who),
            "gate-report": "" if run is None else html.gate_report(run, self._names.now()),
            "plan-work": gr.update(visible=waiting),
            "override": gr.update(visible=broken),
        }

    def _without_golden(self, who: Principal) -> str:
        """What is said where the base has no golden cases: nobody takes a gate for more than it is."""
        return "" if self._loop.golden.counts(who)[GoldenState.ACTIVE] else html.NO_GOLDEN

    def _plan(self, who: Principal, plan_id: int) -> Plan:
        found = next((one for one in self._loop.releases.plans(who) if one.id == plan_id), None)
        if found is None:
            raise InputRefused(f"no plan {plan_id}", hint=f"没有 {plan_id} 号发布计划，请刷新后重试。")
        return found


def _proved(proof: Proof) -> str:
    if proof.holds:
        return f"缺口 {proof.gap_id} 已验证"
    return f"缺口 {proof.gap_id} 重新打开，未答出：{'；'.join(proof.unanswered[:3])}"


def _moment(text: str) -> datetime | None:
    shapes: tuple[Any, ...] = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y年%m月%d日 %H:%M")
    wanted = (text or "").strip()
    if not wanted:
        return None
    for shape in shapes:
        try:
            return datetime.strptime(wanted, shape).replace(tzinfo=ZONE)
        except ValueError:
            continue
    hint = f"发布时间要写成 2026-12-01 00:00 这样（现在是“{wanted[:20]}”），空着就是手工发布。"
    raise InputRefused(f"not a moment: {wanted[:40]!r}", hint=hint)
