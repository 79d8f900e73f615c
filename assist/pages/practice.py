"""The agent's practice page: a round of items with feedback, an exam, role-play, and one's own mastery; `mount` it."""

from __future__ import annotations

from typing import Any

import gradio as gr
from fastapi import FastAPI

from assist.access import Action
from assist.pages.door import Door
from assist.pages.practice_handlers import MODES, Parts, Person, PracticeHandlers
from assist.pages.quiz_html import header
from assist.pages.site import attach
from assist.quiz.mastery import Mastery
from assist.quiz.practice import Practice


def mount(
    app: FastAPI,
    practice: Practice,
    mastery: Mastery,
    *,
    path: str,
    person: Person | None = None,
    door: Door | None = None,
) -> FastAPI:
    """Puts the page at `path`; `person` says who an event came from, the typed name does where it says nothing."""
    blocks = build(practice, mastery, path=path, person=person)
    return attach(app, blocks, path=path, css="agent.css quiz.css", script="quiz.js", door=door, action=Action.PRACTISE)


def build(practice: Practice, mastery: Mastery, *, path: str, person: Person | None = None) -> gr.Blocks:
    """The page's components and events."""
    page: gr.Blocks
    with gr.Blocks(title="知应 · 练习", analytics_enabled=False, fill_width=True) as page:
        gr.HTML(header("练习与考试", path), js_on_load=None)
        session, place = gr.State(0), gr.State(0)
        alert = gr.HTML("", elem_id="zq-alert", js_on_load=None)
        with gr.Tabs():
            with gr.Tab("练习", elem_id="zq-tab-practice"):
                identity, name, team = _identity()
                with gr.Column(elem_id="zq-setup") as setup:
                    mode, topic, stage, count, minutes, seed, start = _wish()
                question = gr.HTML("", elem_id="zq-question", js_on_load=None)
                given = gr.Radio([], label="选一个", visible=False, elem_id="zq-given")
                several = gr.CheckboxGroup([], label="可多选", visible=False, elem_id="zq-several")
                written = gr.Textbox("", label="作答", visible=False, lines=2, max_length=2000, elem_id="zq-written")
                with gr.Row():
                    send = gr.Button("提交", variant="primary", visible=False, elem_id="zq-send")
                    onward = gr.Button("下一题", visible=False, elem_id="zq-next")
                    stop = gr.Button("结束并看结果", visible=False, elem_id="zq-stop")
                feedback = gr.HTML("", elem_id="zq-feedback", js_on_load=None)
            with gr.Tab("我的掌握程度", elem_id="zq-tab-mastery"):
                refresh = gr.Button("查看", elem_id="zq-mine")
                charts = gr.HTML("", elem_id="zq-charts", js_on_load=None)
        parts = Parts(
            alert=alert, setup=setup, question=question, given=given, several=several, written=written, send=send,
            onward=onward, stop=stop, feedback=feedback, session=session, place=place, topic=topic,
            identity=identity,
        )  # fmt: skip
        on, outputs = PracticeHandlers(practice, mastery, parts, person), parts.all()
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        who = [name, team]
        page.load(on.open, who, [topic, identity, alert], **quiet)
        start.click(on.start, [*who, mode, topic, stage, count, minutes, seed], outputs, **quiet)
        answers = [*who, session, place, given, several, written]
        gr.on([send.click, written.submit], on.answer, answers, outputs, **quiet)
        onward.click(on.onward, [*who, session, place], outputs, **quiet)
        stop.click(on.finish, [*who, session], outputs, **quiet)
        refresh.click(on.mine, who, [charts, alert], **quiet)
    return page


def _identity() -> tuple[gr.Accordion, gr.Textbox, gr.Textbox]:
    with gr.Accordion("我是谁（成绩记在这个名字下）", open=True, elem_id="zq-identity") as box, gr.Row():
        name = gr.Textbox("", label="姓名或工号", max_length=64, elem_id="zq-name", scale=2, min_width=140)
        team = gr.Textbox("", label="班组", max_length=64, elem_id="zq-team", scale=2, min_width=140)
    return box, name, team


def _wish() -> tuple[Any, ...]:
    mode = gr.Radio(list(MODES), value="练习", label="方式", elem_id="zq-mode")
    with gr.Row():
        topic = gr.Dropdown(
            [("全部主题", "")], value="", label="主题", filterable=False, elem_id="zq-topic", min_width=160
        )
        stages = ["", "初见期", "认知期", "熟知期", "发展期", "稳定期", "倦怠期"]
        stage = gr.Dropdown([(one or "不限", one) for one in stages], value="", label="阶段", filterable=False,
                            elem_id="zq-stage", min_width=120)  # fmt: skip
    with gr.Row():
        count = gr.Number(10, label="题数", precision=0, minimum=1, maximum=100, elem_id="zq-count", min_width=90)
        minutes = gr.Number(0, label="限时（分钟，0 不限）", precision=0, minimum=0, maximum=600, elem_id="zq-minutes",
                            min_width=120)  # fmt: skip
        seed = gr.Number(0, label="种子（0 随机）", precision=0, minimum=0, elem_id="zq-seed", min_width=110)
    start = gr.Button("开始", variant="primary", elem_id="zq-start")
    return mode, topic, stage, count, minutes, seed, start
