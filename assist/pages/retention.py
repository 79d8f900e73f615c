"""The retention page: facts in, a script with what may be promised out, how the call ended, and what was learned.

`mount` puts it on the site beside the agent's page; `/retention/?q=…&reason=…&tenure_months=…` opens it with a draft.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import Any

import gradio as gr
from fastapi import FastAPI

from assist.access import Action
from assist.leaving.model import LeavingReason
from assist.pages.door import Door
from assist.pages.retention_handlers import FORM, NOBODY, RESULTS, Handlers, Parts
from assist.pages.retention_render import welcome_card
from assist.pages.site import attach, header
from assist.pages.who import ROLES
from assist.retention.fields import FIELDS, INTENTS, Shape
from assist.retention.model import settings
from assist.retention.outcomes import NIGHT
from assist.retention.pasted import MAX_PASTED
from assist.retention.room import Retention
from kb.model import OPERATOR

DAYS = ("7天", "30天", "90天", "365天")
CHANNEL = "10070语音"
FORGET_SECONDS = 3_600
"""A page left alone for so long forgets its customer."""


def mount(app: FastAPI, retention: Retention, *, path: str, door: Door | None = None) -> FastAPI:
    """Puts the page at `path` of `app`, locked down like the agent's page."""
    blocks = build(retention)
    return attach(
        app,
        blocks,
        path=path,
        css="agent.css retention.css",
        script="agent.js",
        door=door,
        action=Action.DRAFT_RETENTION,
    )


def build(retention: Retention) -> gr.Blocks:
    """The page's components and events."""
    page: gr.Blocks
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    with gr.Blocks(title="知应 · 客户挽留", analytics_enabled=False, fill_width=True) as page:
        with gr.Row(elem_id="zy-top"):
            gr.HTML(header("客户挽留 · 只承诺能承诺的", here="/retention"), js_on_load=None)
            fresh = gr.Button("新客户", size="sm", elem_id="zy-new", scale=0, min_width=72)
        with gr.Tabs(elem_id="zy-tabs"):
            with gr.Tab("话术"), gr.Row(elem_id="zy-columns"):
                with gr.Column(scale=2, min_width=300, elem_id="zy-form"):
                    asking = _asking(retention)
                with gr.Column(scale=3, min_width=300, elem_id="zy-script"):
                    draft = gr.HTML(welcome_card(), elem_id="zy-answer", js_on_load=None)
                    ending = _ending()
            with gr.Tab("复盘") as looking_back:
                learning = _learning()
        parts = Parts(
            notes=asking.notes,
            channel=asking.who[2],
            day=asking.who[3],
            reason=asking.reason,
            intents=asking.intents,
            form=asking.form,
            held=asking.held,
            confirmed=asking.confirmed,
            alert=asking.alert,
            draft=draft,
            after=ending.after,
            taken=ending.taken,
            thanks=ending.thanks,
            opinion=ending.opinion,
            remark=ending.remark,
            state=gr.State(None, time_to_live=FORGET_SECONDS),
            report=learning.report,
            trials=learning.trials,
            opinions=learning.opinions,
            calls=learning.calls,
            told=learning.told,
        )
        on = Handlers(retention, parts)
        role, department = asking.who[0], asking.who[1]
        given = [
            *(parts.notes, parts.reason, parts.intents, parts.held, parts.confirmed, parts.state),
            *asking.who,
            *parts.form,
        ]
        outputs = parts.drafting()
        page.load(on.pop, asking.who, outputs, **quiet)
        gr.on([asking.go.click, parts.confirmed.input], on.draft, given, outputs, **quiet)
        fresh.click(on.fresh, None, outputs, **quiet)
        recorded = [parts.state, ending.result, ending.taken, ending.slot, ending.call_back, ending.opinion]
        ending.keep.click(on.record, [*recorded, ending.remark, role, department], outputs, **quiet)
        looks = [learning.days, role, department]
        shown = parts.reporting()
        gr.on([looking_back.select, learning.look.click, learning.days.input], on.report, looks, shown, **quiet)
        learning.start.click(on.start, [*learning.trial, *looks], shown, **quiet)
        learning.stop.click(on.stop, [learning.number, *looks], shown, **quiet)
        learning.settle.click(on.settle, [*learning.settled, *looks], shown, **quiet)
        learning.answer.click(on.answer, [*learning.answered, *looks], shown, **quiet)
    return page


@dataclass(frozen=True, slots=True)
class _Asking:
    notes: gr.Textbox
    reason: gr.Dropdown
    intents: gr.Dropdown
    form: tuple[Any, ...]
    held: gr.Textbox
    confirmed: gr.CheckboxGroup
    go: gr.Button
    alert: gr.HTML
    who: list[Any]


@dataclass(frozen=True, slots=True)
class _Ending:
    after: gr.Column
    result: gr.Radio
    taken: gr.Dropdown
    slot: gr.Dropdown
    call_back: gr.Textbox
    opinion: gr.Textbox
    remark: gr.Textbox
    keep: gr.Button
    thanks: gr.HTML


@dataclass(frozen=True, slots=True)
class _Learning:
    days: gr.Dropdown
    look: gr.Button
    told: gr.HTML
    report: gr.HTML
    trials: gr.HTML
    trial: list[Any]
    start: gr.Button
    number: gr.Textbox
    stop: gr.Button
    calls: gr.HTML
    settled: list[Any]
    settle: gr.Button
    opinions: gr.HTML
    answered: list[Any]
    answer: gr.Button


def _asking(retention: Retention) -> _Asking:
    notes = gr.Textbox(
        label="客户资料",
        show_label=False,
        placeholder="粘贴客户资料或客户的话：在网3年2个月，畅行129，月均135元，没有合约，要携号转网……",
        lines=3,
        max_lines=8,
        max_length=MAX_PASTED,
        elem_id="zy-notes",
        html_attributes=gr.InputHTMLAttributes(autocorrect="off", spellcheck=False),
    )
    with gr.Row(elem_classes="zy-pair"):
        reason = gr.Dropdown(
            [each.label for each in LeavingReason], value=None, label="离网原因", elem_id="zy-reason-of", min_width=140
        )
        intents = gr.Dropdown(
            list(INTENTS), value=[], label="客户提出", multiselect=True, elem_id="zy-intents", min_width=140
        )
    with gr.Accordion("逐项填写（填写的为准）", open=False, elem_id="zy-facts"):
        with gr.Row(elem_classes="zy-grid"):
            form = tuple(_field(key) for key in FORM)
        held = gr.Textbox("", label="在享优惠（编号或名称，顿号隔开）", elem_id="zy-held", max_lines=1)
    who = _identity(retention)
    confirmed = gr.CheckboxGroup([], label="已核实成立的（勾选后自动更新）", visible=False, elem_id="zy-confirmed")
    go = gr.Button("生成话术", variant="primary", elem_id="zy-ask")
    alert = gr.HTML("", elem_id="zy-alert", js_on_load=None)
    return _Asking(notes, reason, intents, form, held, confirmed, go, alert, who)


def _field(key: str) -> Any:
    field = FIELDS[key]
    label = f"{field.label}（{field.unit}）" if field.unit else field.label
    if field.shape is Shape.CHOICE:
        choices = [("", "")] + [(names[0], stored) for stored, names in field.choices.items()]
        return gr.Dropdown(choices, value=None, label=label, elem_id=f"zy-f-{key}", min_width=130)
    return gr.Textbox("", label=label, max_lines=1, max_length=60, elem_id=f"zy-f-{key}", min_width=130)


def _identity(retention: Retention) -> list[Any]:
    with gr.Accordion("身份与渠道", open=False, elem_id="zy-identity"):
        role = gr.Dropdown(list(ROLES), value="坐席", label="身份（决定权限）", filterable=False, elem_id="zy-role")
        department = gr.Textbox("", label="部门", max_lines=1, max_length=64, elem_id="zy-department")
        channels = list(dict.fromkeys([CHANNEL, *retention.quiet.sheet(OPERATOR).channels]))
        channel = gr.Dropdown(channels, value=CHANNEL, label="渠道", elem_id="zy-channel", allow_custom_value=True)
        day = gr.Textbox("", label="按哪天（空着为今天）", placeholder="2026-11-21", max_lines=1, elem_id="zy-asof")
    return [role, department, channel, day]


def _ending() -> _Ending:
    with gr.Column(visible=False, elem_id="zy-after") as after:
        gr.HTML('<h2 class="zy-title">登记结果</h2>', js_on_load=None)
        result = gr.Radio(list(RESULTS), value=next(iter(RESULTS)), label="结果", elem_id="zy-result")
        with gr.Row(elem_classes="zy-pair"):
            taken = gr.Dropdown([NOBODY], value=NOBODY, label="办理的优惠", elem_id="zy-taken", min_width=140)
            slots = ["现在", *settings()["slots"], NIGHT]
            slot = gr.Dropdown(slots, value="现在", label="时段", elem_id="zy-slot", min_width=100)
        call_back = gr.Textbox("", label="回电日期（约回电时填）", placeholder="2026-11-25", max_lines=1)
        opinion = gr.Textbox("", label="客户意见（自动转责任部门）", lines=2, max_length=1_000, elem_id="zy-opinion")
        remark = gr.Textbox("", label="备注", max_lines=2, max_length=1_000, elem_id="zy-remark")
        gr.HTML('<p class="zy-empty">登记后才保存；手机号、证件号先遮盖。</p>', js_on_load=None)
        keep = gr.Button("登记结果", elem_id="zy-keep")
        thanks = gr.HTML("", elem_id="zy-thanks", js_on_load=None)
    return _Ending(after, result, taken, slot, call_back, opinion, remark, keep, thanks)


def _learning() -> _Learning:
    with gr.Row(elem_classes="zy-pair"):
        days = gr.Dropdown(list(DAYS), value="90天", label="最近", filterable=False, elem_id="zy-days", min_width=100)
        look = gr.Button("刷新", elem_id="zy-look", min_width=80)
    told = gr.HTML("", elem_id="zy-told", js_on_load=None)
    report = gr.HTML("", elem_id="zy-report", js_on_load=None)
    with gr.Accordion("话术试验", open=False, elem_id="zy-trials"):
        trials = gr.HTML("", js_on_load=None)
        name = gr.Textbox("", label="试验名称", max_lines=1, max_length=60, elem_id="zy-trial-name")
        reason = gr.Dropdown(
            [("全部原因", ""), *((each.label, each.value) for each in LeavingReason)], value="", label="原因"
        )
        known = settings()["styles"]
        styles = gr.CheckboxGroup(
            [(each["label"], style) for style, each in known.items()], value=list(known), label="比较的版本"
        )
        with gr.Row(elem_classes="zy-pair"):
            share = gr.Textbox("0.1", label="随机分配比例", max_lines=1, min_width=100)
            least = gr.Textbox("50", label="每版最少样本", max_lines=1, min_width=100)
        start = gr.Button("开始试验", size="sm", elem_id="zy-trial-start")
        with gr.Row(elem_classes="zy-pair"):
            number = gr.Textbox("", label="试验编号", max_lines=1, min_width=100)
            stop = gr.Button("停止试验", size="sm", min_width=80)
    with gr.Accordion("待回电", open=False, elem_id="zy-calls"):
        calls = gr.HTML("", js_on_load=None)
        with gr.Row(elem_classes="zy-pair"):
            call = gr.Textbox("", label="编号", max_lines=1, min_width=80)
            ended = gr.Dropdown(list(RESULTS)[:2], value=next(iter(RESULTS)), label="结果", min_width=100)
            offer = gr.Textbox("", label="优惠编号", max_lines=1, min_width=80)
        settle = gr.Button("登记回电结果", size="sm")
    with gr.Accordion("客户意见", open=False, elem_id="zy-opinions"):
        opinions = gr.HTML("", js_on_load=None)
        with gr.Row(elem_classes="zy-pair"):
            at = gr.Textbox("", label="意见编号", max_lines=1, min_width=80)
            other = gr.Textbox("", label="转给部门", max_lines=1, max_length=64, min_width=100)
        reply = gr.Textbox("", label="答复", lines=2, max_length=1_000)
        answer = gr.Button("答复或转办", size="sm")
    return _Learning(
        days=days,
        look=look,
        told=told,
        report=report,
        trials=trials,
        trial=[name, reason, styles, share, least],
        start=start,
        number=number,
        stop=stop,
        calls=calls,
        settled=[call, ended, offer],
        settle=settle,
        opinions=opinions,
        answered=[at, reply, other],
        answer=answer,
    )


def _asset(name: str) -> str:
    return resources.files("assist.pages").joinpath(name).read_text(encoding="utf-8")
