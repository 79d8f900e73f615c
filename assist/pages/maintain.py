"""The maintainer's workbench at /maintain: ledger, drafting and review, release; `mount` puts it on the site."""

from __future__ import annotations

from typing import Any

import gradio as gr
from fastapi import FastAPI

from assist.access import Action
from assist.loop.desk import Loop
from assist.loop.reports import DIMENSIONS
from assist.pages.door import Door, caller
from assist.pages.maintain_events import AUDIENCES, CAUSES, KINDS, LINES, ROLES, STATES, Events
from assist.pages.maintain_insight import Insight
from assist.pages.site import attach

_QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "minimal"}


def mount(app: FastAPI, loop: Loop, *, path: str, door: Door | None = None) -> FastAPI:
    """Puts the page at `path` of `app`, locked down like the agent's."""
    blocks = build(loop)
    return attach(app, blocks, path=path, css="agent.css maintain.css", door=door, action=Action.LIST_GAPS)


def build(loop: Loop) -> gr.Blocks:
    """The page's components and events over `loop`."""
    on = Events(loop)
    page: gr.Blocks
    with gr.Blocks(title="知应 · 知识维护", analytics_enabled=False, fill_width=True) as page:
        gr.HTML('<div id="zy-head"><h1>知应</h1><small>知识维护 · 缺口有主，发布有据</small></div>', js_on_load=None)
        with gr.Row(elem_id="zm-who") as told:
            name = gr.Textbox("", label="姓名", max_lines=1, max_length=64, elem_id="zm-name", min_width=120)
            role = gr.Dropdown(list(ROLES), value="知识维护", label="身份", filterable=False, elem_id="zm-role")
        alert = gr.HTML("", elem_id="zm-alert", js_on_load=None)
        who = [name, role]
        with gr.Tabs(elem_id="zm-tabs"):
            with gr.Tab("缺口台账", id="gaps"):
                number, kind, begin = _ledger(on, who, alert)
            with gr.Tab("起草与审核", id="drafts"):
                form = _drafting(on, who, alert)
            with gr.Tab("发布", id="releases"):
                _releasing(on, who, alert)
            with gr.Tab("体检与速递", id="health"):
                _looking(Insight(loop), who, alert)
        begin.click(on.begin, [*who, number, kind], [alert, *form], **_QUIET)
        page.load(_introduce, None, told, **_QUIET)
    return page


def _introduce() -> Any:
    """With an account nobody says who they are."""
    return gr.update(visible=caller() is None)


def _ledger(on: Events, who: list[Any], alert: Any) -> tuple[Any, Any, Any]:
    with gr.Row():
        state = gr.Dropdown(list(STATES), value="未结束", label="状态", filterable=False, elem_id="zm-state")
        look = gr.Button("刷新台账", elem_id="zm-look", min_width=80)
    table = gr.HTML("", elem_id="zm-ledger", js_on_load=None)
    with gr.Row():
        number = gr.Number(None, label="缺口编号", precision=0, elem_id="zm-number", min_width=100)
        show = gr.Button("打开", elem_id="zm-open", min_width=64)
        kind = gr.Dropdown(list(KINDS), value="常见问题", label="起草成", filterable=False, elem_id="zm-kind")
        begin = gr.Button("起草", variant="primary", elem_id="zm-begin", min_width=64)
    sheet = gr.HTML("", elem_id="zm-gap", js_on_load=None)
    with gr.Accordion("指派", open=False), gr.Row():
        owner = gr.Textbox("", label="负责人", max_lines=1, elem_id="zm-owner")
        department = gr.Textbox("", label="部门", max_lines=1, elem_id="zm-department")
        cause = gr.Dropdown(["", *CAUSES], value="", label="原因", filterable=False, elem_id="zm-cause")
        priority = gr.Dropdown([("一般", 0), ("紧急", 1), ("特急", 2)], value=0, label="优先级", filterable=False)
        assign = gr.Button("指派", elem_id="zm-assign", min_width=64)
    with gr.Accordion("意见、答复、驳回", open=False), gr.Row():
        text = gr.Textbox("", label="文字", max_length=2000, elem_id="zm-text")
        comment = gr.Button("记意见", elem_id="zm-comment", min_width=64)
        reply = gr.Button("答复提出人", elem_id="zm-reply", min_width=64)
        reject = gr.Button("驳回", elem_id="zm-reject", min_width=64)
    with gr.Accordion("合并与拆分", open=False):
        with gr.Row():
            into = gr.Number(None, label="并入编号", precision=0, elem_id="zm-into")
            merge = gr.Button("合并", elem_id="zm-merge", min_width=64)
        wordings = gr.CheckboxGroup([], label="拆出这些问法", elem_id="zm-wordings")
        split = gr.Button("拆分", elem_id="zm-split", min_width=64)
    look.click(on.ledger, [*who, state], [alert, table], **_QUIET)
    show.click(on.open_gap, [*who, number], [alert, sheet, wordings], **_QUIET)
    assign.click(on.assign, [*who, number, owner, department, cause, priority], [alert, sheet], **_QUIET)
    for button, event in ((comment, on.comment), (reply, on.reply), (reject, on.reject)):
        button.click(event, [*who, number, text], [alert, sheet], **_QUIET)
    merge.click(on.merge, [*who, number, into], [alert, sheet], **_QUIET)
    split.click(on.split, [*who, number, wordings], [alert, sheet], **_QUIET)
    return number, kind, begin


def _drafting(on: Events, who: list[Any], alert: Any) -> list[Any]:
    look = gr.Button("刷新草稿", elem_id="zm-drafts-look")
    table = gr.HTML("", elem_id="zm-drafts", js_on_load=None)
    with gr.Row():
        number = gr.Number(None, label="草稿编号", precision=0, elem_id="zm-draft-number", min_width=100)
        show = gr.Button("打开", elem_id="zm-draft-open", min_width=64)
    draft = gr.State(None)
    title = gr.Textbox("", label="标题", max_lines=1, max_length=200, elem_id="zm-title")
    fields = [gr.Textbox("", label=f"栏目 {at + 1}", lines=2, elem_id=f"zm-field-{at}") for at in range(LINES)]
    with gr.Row():
        audience = gr.Dropdown(list(AUDIENCES), value="内部", label="可见范围", filterable=False, elem_id="zm-audience")
        first = gr.Textbox("", label="生效日期（空着为立即）", placeholder="2026-12-01", elem_id="zm-first")
        last = gr.Textbox("", label="失效日期（空着为长期）", placeholder="2027-12-31", elem_id="zm-last")
    with gr.Row():
        save = gr.Button("保存", elem_id="zm-save", min_width=64)
        submit = gr.Button("提交审核", elem_id="zm-submit", min_width=64)
        approve = gr.Button("批准", variant="primary", elem_id="zm-approve", min_width=64)
    with gr.Row():
        reason = gr.Textbox("", label="退回原因", max_lines=1, elem_id="zm-reason")
        back = gr.Button("退回", elem_id="zm-back", min_width=64)
    sheet = gr.HTML("", elem_id="zm-draft-sheet", js_on_load=None)
    form = [number, sheet, draft, title, *fields, audience, first, last]
    outputs = [alert, *form]
    look.click(on.drafts, who, [alert, table], **_QUIET)
    save.click(on.save, [*who, draft, title, *fields, audience, first, last], outputs, **_QUIET)
    for button, event in ((show, on.open_draft), (submit, on.submit), (approve, on.approve)):
        button.click(event, [*who, number], outputs, **_QUIET)
    back.click(on.send_back, [*who, number, reason], outputs, **_QUIET)
    return form


def _releasing(on: Events, who: list[Any], alert: Any) -> None:
    look = gr.Button("刷新发布", elem_id="zm-plans-look")
    table = gr.HTML("", elem_id="zm-plans", js_on_load=None)
    with gr.Row():
        drafts = gr.Textbox("", label="草稿编号（可多个）", placeholder="3、4", max_lines=1, elem_id="zm-plan-drafts")
        note = gr.Textbox("", label="说明", max_lines=1, elem_id="zm-plan-note")
        moment = gr.Textbox("", label="发布时间（空着为手工）", placeholder="2026-12-01 00:00", elem_id="zm-moment")
        plan = gr.Button("建立计划", elem_id="zm-plan", min_width=80)
    with gr.Row():
        number = gr.Number(None, label="计划编号", precision=0, elem_id="zm-plan-number")
        check = gr.Button("应答测试", elem_id="zm-check", min_width=80)
        override = gr.Textbox("", label="未通过仍要放行的理由", max_lines=1, elem_id="zm-override")
        activate = gr.Button("发布", variant="primary", elem_id="zm-activate", min_width=64)
    report = gr.HTML("", elem_id="zm-report", js_on_load=None)
    with gr.Accordion("回退", open=False), gr.Row():
        release = gr.Number(None, label="回退到发布", precision=0, elem_id="zm-release")
        reason = gr.Textbox("", label="原因", max_lines=1, elem_id="zm-back-reason")
        back = gr.Button("回退", elem_id="zm-roll-back", min_width=64)
    look.click(on.plans, who, [alert, table], **_QUIET)
    plan.click(on.plan, [*who, drafts, note, moment], [alert, table], **_QUIET)
    check.click(on.check, [*who, number], [alert, report], **_QUIET)
    activate.click(on.activate, [*who, number, override], [alert, table], **_QUIET)
    back.click(on.roll_back, [*who, release, reason], [alert, table], **_QUIET)


def _looking(on: Insight, who: list[Any], alert: Any) -> None:
    with gr.Row():
        health = gr.Button("知识体检", elem_id="zm-health", min_width=80)
        source = gr.Textbox("", label="改动的文档来源", max_lines=1, elem_id="zm-source")
        clause = gr.Textbox("", label="条款（可空）", max_lines=1, elem_id="zm-clause")
        impact = gr.Button("看影响面", elem_id="zm-impact", min_width=80)
    with gr.Row():
        news = gr.Button("新政策速递", elem_id="zm-news", min_width=80)
        read = gr.Button("我已读", elem_id="zm-read", min_width=64)
    with gr.Row():
        dimension = gr.Dropdown(
            [(label, key) for key, label in DIMENSIONS.items()],
            value="business_type",
            label="报表按",
            filterable=False,
            elem_id="zm-dimension",
        )
        first = gr.Textbox("", label="起", placeholder="2026-11-01", max_lines=1, elem_id="zm-from")
        last = gr.Textbox("", label="止", placeholder="2026-11-30", max_lines=1, elem_id="zm-to")
        report = gr.Button("出报表", elem_id="zm-make-report", min_width=80)
    shown = gr.HTML("", elem_id="zm-insight", js_on_load=None)
    health.click(on.health, who, [alert, shown], **_QUIET)
    impact.click(on.impact, [*who, source, clause], [alert, shown], **_QUIET)
    news.click(on.news, who, [alert, shown], **_QUIET)
    read.click(on.read, who, [alert, shown], **_QUIET)
    report.click(on.report, [*who, dimension, first, last], [alert, shown], **_QUIET)
