"""Draws the maintainer's page on the server, ledger and all, to stand before Gradio's scripts have run; maintain.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import gradio as gr
from fastapi import Request

from assist.access import Action
from assist.loop.desk import Loop
from assist.pages.account import account_menu
from assist.pages.door import Door, caller
from assist.pages.firstpaint import Paint, Painted
from assist.pages.frame import asset
from assist.pages.maintain_address import Address
from assist.pages.maintain_gaps import STATES, GapTab
from assist.pages.maintain_stage import ROLES, Names, Shown, Stage, principal_at
from assist.pages.notices import notice_list
from assist.pages.render import problem_card
from kb.errors import ZhiyingError
from kb.model import Principal

HEAD = (
    '<div id="zy-head"><h1>知应</h1><small>知识维护 · 缺口有主，发布有据</small>'
    '<nav class="zy-nav" aria-label="页面"><a href="/agent/">问答页</a></nav></div>'
)
TABS = {
    "gaps": "台账",
    "drafts": "起草审核",
    "releases": "发布",
    "golden": "金标用例",
    "health": "体检",
    "reports": "报表",
}
_READY = "#zm-ledger .zm-counts,#zm-find label,#zm-state input,#zm-press-gap"
"""What the live page has when it can take the place of what was shown first; commas separate selectors."""

_ROLE = next(iter(ROLES))


def opening(loop: Loop, names: Names, gaps: GapTab, door: Door, stage: Stage) -> Paint:
    """What draws the page for a request: who asks passes `door` as the page's events do."""
    style = "\n".join(asset(name) for name in ("agent.css", "maintain.css", "maintain_first.css"))
    look: Callable[..., Shown] = door.event(Action.LIST_GAPS, _looker(loop, names, gaps))

    def paint(request: Request) -> Painted:
        address = Address.of(request.query_params)
        try:
            shown = look(gr.Request(request=request), address)
        except gr.Error as refused:
            raise ZhiyingError(str(refused)) from refused
        properties = {stage.parts[name]._id: _properties(value) for name, value in shown.items()}
        return Painted(_markup(shown), style, properties)

    return paint


def reminded(loop: Loop, who: Principal) -> Shown:
    """What the person at the page is told: overdue gaps, drafts sent back, releases that did not go out."""
    try:
        found = loop.notices.of(who)
    except ZhiyingError:
        found = ()
    return {"notices": notice_list(found), "reminders": gr.update(visible=bool(found))}


def _looker(loop: Loop, names: Names, gaps: GapTab) -> Callable[[Address], Shown]:
    def look(address: Address) -> Shown:
        person = caller()
        who = principal_at("", _ROLE, named=False)
        try:
            shown = gaps.opening(who, address)
        except ZhiyingError as error:
            shown = {**gaps.opening(who, Address()), "alert": problem_card(error.hint)}
        return {
            **shown,
            **reminded(loop, who),
            "account": account_menu(names.of(who.id), who.role) if person else "",
            "who": gr.update(visible=person is None),
        }

    return look


def _properties(value: Any) -> Mapping[str, Any]:
    """A value or an update as Gradio's configuration has it."""
    return (
        {key: each for key, each in value.items() if key != "__type__"} if isinstance(value, dict) else {"value": value}
    )


def _markup(shown: Shown) -> str:
    notices = f'<div id="zm-reminders">{shown["notices"]}</div>' if shown["reminders"]["visible"] else ""
    account = f'<div id="zy-account">{shown["account"]}</div>'
    sheet = shown.get("gap-sheet", "")
    wait = '<p class="zf-wait" role="status">办理按钮正在载入……</p>' if sheet else ""
    alert = shown.get("alert", "")
    return (
        f'<div id="zy-first" data-ready="{escape(_READY)}"><div class="zf-top">{HEAD}{account}</div>'
        f"{_who() if shown['who']['visible'] else ''}{alert}{notices}{_tabs()}"
        f'<div class="zm-split"><div class="zm-list-side">{_filters(shown["state"], shown["find"])}'
        f'<div id="zf-ledger">{shown["ledger"]}</div></div>'
        f'<div class="zm-detail-side">{sheet}{wait}</div></div></div>'
        f"<script>{asset('firstpaint.js')}</script>"
    )


def _who() -> str:
    return (
        '<div class="zf-box"><label class="zf-field">姓名<input maxlength="64" autocomplete="off" '
        'data-then="#zm-name textarea, #zm-name input"></label>'
        f'<label class="zf-field">身份<select disabled><option>{_ROLE}</option></select></label></div>'
    )


def _tabs() -> str:
    buttons = "".join(
        f'<button type="button" data-then="#zm-tabs [role=tab][data-tab-id={key}]"'
        f"{' aria-current=true' if key == 'gaps' else ''}>{label}</button>"
        for key, label in TABS.items()
    )
    return f'<div class="zf-tabs">{buttons}</div>'


def _filters(state: str, find: str) -> str:
    options = "".join(f"<option{' selected' if each == state else ''}>{each}</option>" for each in STATES)
    return (
        '<form class="zf-filters" method="get" role="search"><div class="zf-box">'
        f'<label class="zf-field">状态<select name="state">{options}</select></label>'
        f'<label class="zf-field">查找（字或编号）<input name="find" maxlength="100" autocomplete="off" '
        f'value="{escape(find)}" data-then="#zm-find textarea, #zm-find input"></label></div>'
        "<button>查找</button></form>"
        '<button type="button" class="zf-more" data-then="#zm-more-filters > button">更多筛选<span>◀</span></button>'
    )
