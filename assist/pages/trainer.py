"""The trainer's page: make items, review the bank, print papers, look after learners; `mount` puts it on the site."""

from __future__ import annotations

from typing import Any

import gradio as gr
from fastapi import FastAPI

from assist.access import Action
from assist.pages.door import Door
from assist.pages.quiz_html import header
from assist.pages.site import attach
from assist.pages.trainer_handlers import BankHandlers, MakeHandlers, Person
from assist.pages.trainer_team import TeamHandlers
from assist.quiz.desk import QuizDesk
from assist.quiz.mastery import Mastery
from assist.quiz.model import KIND_LABELS
from kb.store import ItemState

STAGES = ("初见期", "认知期", "熟知期", "发展期", "稳定期", "倦怠期")
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


def mount(
    app: FastAPI,
    desk: QuizDesk,
    mastery: Mastery,
    *,
    path: str,
    person: Person | None = None,
    door: Door | None = None,
) -> FastAPI:
    """Puts the page at `path`; `person` says who an event came from, the typed name does where it says nothing."""
    blocks = build(desk, mastery, path=path, person=person)
    return attach(
        app, blocks, path=path, css="agent.css quiz.css", script="quiz.js", door=door, action=Action.MAKE_QUIZ
    )


def build(desk: QuizDesk, mastery: Mastery, *, path: str, person: Person | None = None) -> gr.Blocks:
    """The page's components and events."""
    page: gr.Blocks
    with gr.Blocks(title="知应 · 内训师", analytics_enabled=False, fill_width=True) as page:
        gr.HTML(header("出题、题库与辅导", path), js_on_load=None)
        alert = gr.HTML("", elem_id="zq-alert", js_on_load=None)
        name = gr.Textbox("内训师", label="我是谁", max_length=64, elem_id="zq-who")
        with gr.Tabs():
            with gr.Tab("出题"):
                _making(page, MakeHandlers(desk, person), name, alert, rewords=desk.rewords)
            with gr.Tab("题库"):
                _bank(page, BankHandlers(desk, person), name, alert)
            with gr.Tab("试卷"):
                _papers(page, BankHandlers(desk, person), name, alert)
            with gr.Tab("学员与班组"):
                _team(TeamHandlers(mastery, person), name, alert)
    return page


def _making(page: gr.Blocks, on: MakeHandlers, name: gr.Textbox, alert: gr.HTML, *, rewords: bool) -> None:
    with gr.Row():
        topics = gr.Dropdown(
            [], label="主题（空为全部）", multiselect=True, elem_id="zq-topics", scale=3, min_width=220
        )
        kinds = gr.Dropdown(
            [(label, kind.value) for kind, label in KIND_LABELS.items()],
            label="题型（空为按比例）", multiselect=True, elem_id="zq-kinds", scale=3, min_width=220,
        )  # fmt: skip
    with gr.Row():
        stage = _choice([("不限", ""), *((one, one) for one in STAGES)], "", "阶段", "zq-stage")
        difficulty = _choice([("不限", 0), ("1 易", 1), ("2 中", 2), ("3 难", 3)], 0, "难度", "zq-difficulty")
        count = gr.Number(20, label="题数", precision=0, minimum=1, maximum=500, elem_id="zq-count", min_width=90)
        seed = gr.Number(1, label="种子", precision=0, minimum=1, elem_id="zq-seed", min_width=80)
    with gr.Row():
        since = _choice([("不比较", 0)], 0, "只出变化：从哪次发布起", "zq-since", wide=True)
        until = _choice([("今天有效的内容", 0)], 0, "到哪次发布", "zq-until", wide=True)
    reword = gr.Checkbox(rewords, label="请语言模型把题干改得更自然（改完逐题核对，对不上的用原题干）", visible=rewords,
                         elem_id="zq-reword")  # fmt: skip
    with gr.Row():
        look = gr.Button("预览", elem_id="zq-preview")
        make = gr.Button("出题入库", variant="primary", elem_id="zq-make")
    made = gr.HTML("", elem_id="zq-made", js_on_load=None)
    page.load(on.open, [name], [name, topics, since, until, alert], **QUIET)
    wanted = [name, topics, kinds, stage, difficulty, count, seed, since, until, reword]
    look.click(on.preview, wanted, [made, alert], **QUIET)
    make.click(on.make, wanted, [made, alert], **QUIET)


def _bank(page: gr.Blocks, on: BankHandlers, name: gr.Textbox, alert: gr.HTML) -> None:
    states = [("全部", ""), *((state.label, state.value) for state in ItemState)]
    with gr.Row():
        state = _choice(states, ItemState.DRAFT.value, "状态", "zq-state")
        topic = gr.Textbox("", label="主题（空为全部）", max_length=60, elem_id="zq-bank-topic", min_width=140)
        show = gr.Button("列出", elem_id="zq-list", min_width=80)
        check = gr.Button("核对出处", elem_id="zq-check", min_width=80)
        every = gr.Button("所列待审全部采用", elem_id="zq-accept-all", min_width=120)
    gr.HTML(
        '<label class="zq-import">导入已有题库（.xlsx，表头：题型、题干、选项A…F、答案、解析、主题、阶段、难度）'
        '<input type="file" id="zq-file" accept=".xlsx"><b>选择文件</b></label><div id="zq-files" role="status"></div>',
        js_on_load=None,
    )
    table = gr.HTML("", elem_id="zq-bank", js_on_load=None)
    pick = gr.Dropdown([], label="审哪一题", elem_id="zq-pick")
    card = gr.HTML("", elem_id="zq-item", js_on_load=None)
    with gr.Accordion("修改", open=False, elem_id="zq-edit"):
        stem = gr.Textbox("", label="题干", lines=3, max_length=500, elem_id="zq-edit-stem")
        options = gr.Textbox("", label="选项：一行一个，正确的前面加 *；排序题按正确顺序写", lines=4, max_length=1500,
                             elem_id="zq-edit-options")  # fmt: skip
        answers = gr.Textbox(
            "", label="填空、简答的答案：一行一个", lines=2, max_length=1500, elem_id="zq-edit-answers"
        )
        tags = gr.Textbox("", label="标签：用空格隔开", max_length=200, elem_id="zq-edit-tags")
        save = gr.Button("保存为新版本", elem_id="zq-save")
    reason = gr.Textbox("", label="退回原因", max_length=200, elem_id="zq-reason")
    with gr.Row():
        accept = gr.Button("采用", variant="primary", elem_id="zq-accept")
        reject = gr.Button("退回", elem_id="zq-reject")
    listing, detail = [table, pick, alert], [card, stem, options, answers, tags, alert]
    narrowed = [name, state, topic]
    show.click(on.rows, narrowed, listing, **QUIET)
    page.load(on.rows, narrowed, listing, **QUIET)
    check.click(on.check, narrowed, listing, **QUIET)
    every.click(on.accept_all, narrowed, listing, **QUIET)
    pick.change(on.one, [name, pick], detail, **QUIET)
    save.click(on.save, [name, pick, stem, options, answers, tags], detail, **QUIET)
    accept.click(on.accept, [name, pick], detail, **QUIET)
    reject.click(on.reject, [name, pick, reason], detail, **QUIET)


def _papers(page: gr.Blocks, on: BankHandlers, name: gr.Textbox, alert: gr.HTML) -> None:
    with gr.Row():
        title = gr.Textbox("月度测验", label="试卷名称", max_length=80, elem_id="zq-title", min_width=180)
        topic = gr.Textbox("", label="主题（空为全部）", max_length=60, elem_id="zq-paper-topic", min_width=140)
        count = gr.Number(20, label="题数", precision=0, minimum=1, maximum=200, elem_id="zq-paper-count", min_width=90)
        minutes = gr.Number(30, label="限时（分钟）", precision=0, minimum=0, maximum=600, min_width=100)
        put = gr.Button("组卷", variant="primary", elem_id="zq-paper", min_width=80)
    table = gr.HTML("", elem_id="zq-papers", js_on_load=None)
    page.load(on.papers, [name], [table, alert], **QUIET)
    put.click(on.paper, [name, title, topic, count, minutes], [table, alert], **QUIET)


def _team(on: TeamHandlers, name: gr.Textbox, alert: gr.HTML) -> None:
    with gr.Row():
        person = gr.Textbox("", label="学员姓名或工号", max_length=64, elem_id="zq-person", min_width=140)
        group = gr.Textbox("", label="班组", max_length=64, elem_id="zq-group", min_width=120)
        stage = _choice([(one, one) for one in STAGES], STAGES[0], "阶段", "zq-person-stage")
    with gr.Row():
        enrol = gr.Button("登记为我的学员", elem_id="zq-enrol")
        look = gr.Button("看学员掌握程度", variant="primary", elem_id="zq-look")
        team = gr.Button("看班组", elem_id="zq-look-team")
        hard = gr.Button("多人答错的报给知识维护", elem_id="zq-hard")
    charts = gr.HTML("", elem_id="zq-charts", js_on_load=None)
    enrol.click(on.enrol, [name, person, group, stage], [charts, alert], **QUIET)
    look.click(on.profile, [name, person], [charts, alert], **QUIET)
    team.click(on.team, [name, group], [charts, alert], **QUIET)
    hard.click(on.hard, [name], [charts, alert], **QUIET)


def _choice(choices: list[tuple[str, Any]], value: Any, label: str, elem_id: str, *, wide: bool = False) -> gr.Dropdown:
    width = 220 if wide else 110
    return gr.Dropdown(choices, value=value, label=label, filterable=False, elem_id=elem_id, min_width=width)
