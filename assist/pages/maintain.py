"""The maintainer's workbench at /maintain: ledger, drafting and review, release, health, reports; app.py mounts it."""

from __future__ import annotations

import gradio as gr
from fastapi import FastAPI

from assist.access import Action
from assist.loop.desk import Loop
from assist.pages.door import Door
from assist.pages.maintain_drafts import DraftTab
from assist.pages.maintain_gaps import FILTERS, GapTab
from assist.pages.maintain_golden import FILTERS as GOLDEN_FILTERS
from assist.pages.maintain_golden import GoldenTab
from assist.pages.maintain_insight import InsightTab
from assist.pages.maintain_opening import HEAD, TABS, opening, reminded
from assist.pages.maintain_releases import ReleaseTab
from assist.pages.maintain_stage import ROLES, Names, Shown, Stage, number
from assist.pages.site import attach
from kb.model import Principal
from kb.store import DraftKind


def mount(app: FastAPI, loop: Loop, *, path: str, door: Door | None = None, names: Names | None = None) -> FastAPI:
    """Puts the page at `path` of `app`, locked down like the agent's; `names` says how people are called."""
    stage, called, front = Stage(), names or Names(), door or Door()
    gaps = GapTab(loop, called)
    return attach(
        app,
        build(loop, called, stage, gaps),
        path=path,
        css="agent.css maintain.css",
        script="maintain.js maintain_golden.js",
        door=door,
        action=Action.LIST_GAPS,
        paint=opening(loop, called, gaps, front, stage),
    )


def build(loop: Loop, names: Names, stage: Stage, gaps: GapTab) -> gr.Blocks:
    """The page's components and events over `loop`; its parts are on `stage` afterwards."""
    drafts, releases = DraftTab(loop, names), ReleaseTab(loop, names)
    golden = GoldenTab(loop, names)

    def open_gap(who: Principal, gap_id: int) -> Shown:
        return {**gaps.shown(who, gap_id), "tabs": gr.update(selected="gaps")}

    insight = InsightTab(loop, names, open_gap)
    page: gr.Blocks
    with gr.Blocks(title="知应 · 知识维护", analytics_enabled=False, fill_width=True) as page:
        _top(stage)
        stage.html("alert")
        _reminders(stage, loop)
        with stage.put("tabs", gr.Tabs(elem_id="zm-tabs", selected="gaps")):
            with gr.Tab(TABS["gaps"], id="gaps"):
                gaps.build(stage)
            with gr.Tab(TABS["drafts"], id="drafts") as drafts_tab:
                drafts.build(stage)
            with gr.Tab(TABS["releases"], id="releases") as releases_tab:
                releases.build(stage)
            with gr.Tab(TABS["golden"], id="golden") as golden_tab:
                golden.build(stage)
            with gr.Tab(TABS["health"], id="health"):
                insight.build_health(stage)
            with gr.Tab(TABS["reports"], id="reports"):
                insight.build_reports(stage)
        for kind in DraftKind:
            begin = stage.parts[f"begin-{kind.value}"]
            stage.on([begin.click], drafts.begin(kind), ["gap", "draft-state"], busy="正在起草……")
        stage.link("gap-tab", lambda who, gap: open_gap(who, number(gap, "缺口")), named=False)
        # Not by the tab's own event, which comes when the page is opened too: maintain.js presses it.
        stage.link(
            "ledger", lambda who, _value, *filters: gaps.refreshed(who, *filters), FILTERS, named=False, quiet=True
        )
        stage.hide_links()
        stage.on([drafts_tab.select], drafts.drafts, ["draft-state"], named=False, quiet=True)
        stage.on([golden_tab.select], golden.listed, GOLDEN_FILTERS, named=False, quiet=True)
        stage.on([releases_tab.select], releases.refreshed, named=False, quiet=True)
        stage.wire()
    return page


def _top(stage: Stage) -> None:
    with gr.Row(elem_id="zy-top"):
        gr.HTML(HEAD, js_on_load=None)
        stage.put("account", gr.HTML("", elem_id="zy-account", js_on_load=None))
    with stage.put("who", gr.Row(elem_id="zm-who", elem_classes="zm-filters")):
        stage.put("name", gr.Textbox("", label="姓名", max_lines=1, max_length=64, elem_id="zm-name", min_width=120))
        role = gr.Dropdown(list(ROLES), value="知识维护", label="身份", filterable=False, elem_id="zm-role")
        stage.put("role", role)


def _reminders(stage: Stage, loop: Loop) -> None:
    """What the person at the page is told: overdue gaps, drafts sent back, releases that did not go out."""
    with stage.put("reminders", gr.Row(elem_id="zm-reminders", visible=False)):
        stage.html("notices")
        read = gr.Button("知道了", size="sm", elem_id="zm-notices-read", scale=0, min_width=72)

    def confirm(who: Principal) -> Shown:
        loop.notices.confirm(who, [one.id for one in loop.notices.of(who)])
        return reminded(loop, who)

    stage.on([read.click], confirm, named=False)
    stage.on(
        [stage.parts["name"].submit, stage.parts["name"].blur],
        lambda who: reminded(loop, who),
        named=False,
        quiet=True,
    )
