"""The script library's page: find wording by situation, fill its slots, read it step by step with its waits."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import gradio as gr
from fastapi import FastAPI

from assist.access import Action
from assist.pages.door import Door
from assist.pages.render import problem_card, remark
from assist.pages.scripts_html import empty_detail, filled_card, script_list
from assist.pages.site import attach, header
from assist.pages.who import ROLES, day_of, principal_of
from assist.scripts.library import ScriptLibrary, read_context
from assist.scripts.model import Choice, Shown
from assist.wording import say
from kb.errors import ZhiyingError
from kb.model import OPERATOR, Principal

ANY = "不限"
VIEWS = ("全部", "我的收藏", "最常用")
SITUATIONS = ("客户一直不说话", "客户骂人", "客户要销户", "客户说太贵", "客户要找领导", "查询等很久")
_SEPARATOR = re.compile(r"[\n,，;；]+")
_SHOW_DETAIL = "() => { document.querySelector('#zy-detail')?.scrollIntoView({ block: 'nearest' }); }"
_log = logging.getLogger(__name__)

Updates = dict[Any, Any]


def mount(app: FastAPI, library: ScriptLibrary, *, path: str, door: Door | None = None) -> FastAPI:
    """Puts the page at `path` of `app`."""
    return attach(
        app, build(library), path=path, css="agent.css talk.css", script="talk.js", door=door, action=Action.USE_SCRIPTS
    )


def build(library: ScriptLibrary) -> gr.Blocks:
    """The page's components and events over `library`."""
    page: gr.Blocks
    with gr.Blocks(title="知应 · 话术库", analytics_enabled=False, fill_width=True) as page:
        with gr.Row(elem_id="zy-top"):
            gr.HTML(header("话术库 · 审核过的话", here="/scripts"), js_on_load=None)
        alert = gr.HTML("", elem_id="zy-alert", js_on_load=None)
        with gr.Row(elem_id="zy-columns"):
            with gr.Column(scale=2, min_width=300, elem_id="zy-main"):
                wanted = _finding(library)
                listed = gr.HTML("", elem_id="zy-list", js_on_load=None)
            with gr.Column(scale=3, min_width=300, elem_id="zy-detail"):
                detail = gr.HTML(empty_detail(SITUATIONS), elem_id="zy-script", js_on_load=None)
                slots, favour, refill, tools = _tools()
                thanks = gr.HTML("", elem_id="zy-thanks", js_on_load=None)
        # Clicks on the list arrive here: Gradio's HTML has no events of its own.
        picked = gr.Textbox("", elem_id="zy-pick", show_label=False, container=False)
        show = gr.Button("显示", elem_id="zy-show", visible="hidden")
        used = gr.Button("用过", elem_id="zy-used", visible="hidden")
        on = _Events(library, {"alert": alert, "listed": listed, "detail": detail, "favour": favour, "tools": tools})
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        situation, find, *filters = wanted
        outputs = [alert, listed, detail, favour, tools]
        who = filters[4:5]
        gr.on([find.click, situation.submit], on.find, [situation, *filters], outputs, **quiet)
        gr.on([one.change for one in filters[:3]], on.find, [situation, *filters], outputs, **quiet)
        page.load(on.open, [situation, *filters], outputs, **quiet)
        look = [picked, slots, filters[3], *who]
        show.click(on.show, look, outputs, **quiet).then(None, js=_SHOW_DETAIL, **quiet)
        gr.on([refill.click, slots.submit], on.show, look, outputs, **quiet)
        favour.click(on.favour, [picked, filters[3], *who], [alert, favour, thanks], **quiet)
        used.click(on.use, [picked, *who], thanks, **quiet)
    return page


def _finding(library: ScriptLibrary) -> list[Any]:
    """Situation, button, then the filters: view, scenario, channel, day, role."""
    today = library.today()
    with gr.Row(elem_id="zy-asking"):
        situation = gr.Textbox(
            label="情形",
            show_label=False,
            container=False,
            placeholder="遇到什么情形？如：客户一直不说话",
            lines=1,
            max_lines=2,
            max_length=2_000,
            autofocus=True,
            elem_id="zy-situation",
            scale=4,
        )
        find = gr.Button("找", variant="primary", size="md", elem_id="zy-find", scale=0, min_width=56)
    with gr.Row(elem_id="zy-filters"):
        view = gr.Radio(list(VIEWS), value=VIEWS[0], show_label=False, container=False, elem_id="zy-view")
    with gr.Accordion("场景、渠道、日期与身份", open=False, elem_id="zy-identity"):
        scenarios = [ANY, *library.scenarios(OPERATOR, today)]
        scenario = gr.Dropdown(scenarios, value=ANY, label="场景", filterable=True, elem_id="zy-scenario")
        channels = [ANY, *(one for one in library.channels(OPERATOR, today) if one and one != "全部")]
        channel = gr.Dropdown(channels, value=ANY, label="渠道", filterable=False, elem_id="zy-channel")
        as_of = gr.Textbox("", label="按哪天有效（空着为今天）", placeholder="2026-07-01", elem_id="zy-asof")
        role = gr.Dropdown(list(ROLES), value="坐席", label="身份", filterable=False, elem_id="zy-role")
    return [situation, find, view, scenario, channel, as_of, role]


def _tools() -> tuple[gr.Textbox, gr.Button, gr.Button, gr.Column]:
    with gr.Column(visible=False) as tools:
        slots = gr.Textbox(
            "",
            label="本次通话：槽位=值，用逗号或换行分开；也可以直接贴客户的话",
            placeholder="客户姓=陈，先生/女士=先生，套餐名=畅行129",
            lines=2,
            max_lines=6,
            max_length=2_000,
            elem_id="zy-slots",
        )
        with gr.Row(elem_id="zy-actions"):
            refill = gr.Button("填入", size="sm", elem_id="zy-refill")
            favour = gr.Button("收藏", size="sm", elem_id="zy-favour")
    return slots, favour, refill, tools


def read_call(text: str) -> tuple[dict[str, str], list[str]]:
    """What was typed about the call: slots given as 名称=值, and whatever else as things said in it."""
    parts = [part.strip() for part in _SEPARATOR.split(text) if part.strip()]
    given = [part for part in parts if "=" in part or "＝" in part]
    return read_context(part.replace("＝", "=") for part in given), [part for part in parts if part not in given]


def _told(event: Callable[..., Updates]) -> Callable[..., Updates]:
    """Turns a fault into Chinese words at the top of the page."""

    @wraps(event)
    def told(self: _Events, *values: Any) -> Updates:
        try:
            return {self.on["alert"]: "", **event(self, *values)}
        except ZhiyingError as error:
            return {self.on["alert"]: problem_card(error.hint)}
        except Exception:
            _log.exception("the script page failed")
            return {self.on["alert"]: problem_card(say("problem.fault"))}

    return told


class _Events:
    """One method an event; filters come as (view, scenario, channel, day, role) in the words of the page."""

    def __init__(self, library: ScriptLibrary, on: Mapping[str, Any]) -> None:
        self._library = library
        self.on = on

    def open(
        self, situation: str, view: str, scenario: str, channel: str, as_of: str, role: str, request: gr.Request
    ) -> Updates:
        """Opens the page; with `?q=` it looks for that situation at once."""
        return self.find(str(request.query_params.get("q", "")) or situation, view, scenario, channel, as_of, role)

    @_told
    def find(self, situation: str, view: str, scenario: str, channel: str, as_of: str, role: str) -> Updates:
        """Lists what fits; a situation goes before the choice of a view."""
        principal, day = principal_of(role), day_of(as_of) or self._library.today()
        choice = Choice(day, "" if scenario == ANY else scenario, "", "", "" if channel == ANY else channel)
        found = self._found(principal, situation.strip(), view, choice)
        return {self.on["listed"]: script_list(found, searched=bool(situation.strip()))}

    @_told
    def show(self, key: str, call: str, as_of: str, role: str) -> Updates:
        """Shows a script with its slots filled as far as they are known."""
        if not key:
            return {}
        principal, day = principal_of(role), day_of(as_of) or self._library.today()
        context, said = read_call(call or "")
        shown = self._library.get(principal, key, day)
        filled = self._library.fill(principal, key, day, context, said)
        return {
            self.on["detail"]: filled_card(filled, uses=shown.uses),
            self.on["favour"]: gr.update(value="取消收藏" if shown.favourite else "收藏"),
            self.on["tools"]: gr.update(visible=True),
        }

    def favour(self, key: str, as_of: str, role: str) -> tuple[Any, Any, Any]:
        """Keeps the script at hand, or no longer."""
        principal = principal_of(role)
        try:
            day = day_of(as_of) or self._library.today()
            keep = not self._library.get(principal, key, day).favourite
            self._library.favour(principal, key, keep=keep)
        except ZhiyingError as error:
            return problem_card(error.hint), gr.skip(), ""
        said = "已收藏，在“我的收藏”里。" if keep else "已取消收藏。"
        return "", gr.update(value="取消收藏" if keep else "收藏"), remark(said)

    def use(self, key: str, role: str) -> str:
        """Counts a script that was copied; a count that fails must not stop the agent."""
        try:
            self._library.use(principal_of(role), key)
        except ZhiyingError:
            return ""
        return remark("已复制，计入使用次数。")

    def _found(self, principal: Principal, situation: str, view: str, choice: Choice) -> list[Shown]:
        if situation:
            return self._library.search(principal, situation, choice)
        if view == VIEWS[1]:
            return self._library.at_hand(principal, choice.as_of)
        if view == VIEWS[2]:
            return self._library.most_used(principal, choice.as_of)
        return self._library.browse(principal, choice)
