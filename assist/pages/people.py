"""The page of accounts and audit at /people: administrators manage people, inspectors read the trail."""

from __future__ import annotations

from typing import Any

import gradio as gr
from fastapi import FastAPI

from assist.access import Action
from assist.pages.account import ROLE_NAMES
from assist.pages.door import Door
from assist.pages.frame import asset, mount_blocks
from assist.pages.people_handlers import ACTIONS, PeopleDesk, PeopleHandlers
from kb.model import Role

PATH = "/people"
CHOICES = [(name, role.value) for role, name in ROLE_NAMES.items()]


def mount(app: FastAPI, desk: PeopleDesk, *, door: Door) -> FastAPI:
    """Puts the page at /people of `app`, every event behind `door`."""
    return mount_blocks(app, build(desk, door), path=PATH, css=asset("people.css"))


def build(desk: PeopleDesk, door: Door) -> gr.Blocks:
    """The page's components and events."""
    on = PeopleHandlers(desk)
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    page: gr.Blocks
    with gr.Blocks(title="知应 · 账号与审计", analytics_enabled=False, fill_width=True) as page:
        gr.HTML(
            '<div id="zp-head"><h1>知应</h1><small>账号与审计</small><nav aria-label="账号">'
            '<a href="/signin/password">修改密码</a><a href="/signin/tokens">接口令牌</a>'
            '<a href="/agent/">回坐席页面</a></nav></div>',
            js_on_load=None,
        )
        with gr.Column(visible=False, elem_id="zp-people") as managing:
            told = gr.HTML("", elem_id="zp-told", js_on_load=None)
            table = gr.HTML("", elem_id="zp-table", js_on_load=None)
            with gr.Accordion("新建账号", open=False):
                login = gr.Textbox(label="登录名", max_length=64, elem_id="zp-login")
                name = gr.Textbox(label="姓名", max_length=64, elem_id="zp-name")
                role = gr.Dropdown(CHOICES, value=Role.AGENT.value, label="角色", filterable=False, elem_id="zp-role")
                department = gr.Textbox(label="部门", max_length=64, elem_id="zp-department")
                add = gr.Button("新建，并取得设置密码的链接", variant="primary", elem_id="zp-add")
            with gr.Accordion("修改账号", open=False):
                chosen = gr.Dropdown([], label="账号", elem_id="zp-chosen")
                new_role = gr.Dropdown([("不变", ""), *CHOICES], value="", label="新角色", filterable=False)
                new_department = gr.Textbox(label="新部门（空着不变）", max_length=64)
                with gr.Row():
                    change = gr.Button("保存", elem_id="zp-change")
                    link = gr.Button("重置密码链接", elem_id="zp-link")
                    unlock = gr.Button("解除锁定", elem_id="zp-unlock")
                    leave = gr.Button("强制下线", elem_id="zp-leave")
                    stop = gr.Button("停用", elem_id="zp-stop")
                    start = gr.Button("启用", elem_id="zp-start")
            with gr.Accordion("应请求删除一个人的记录", open=False):
                words = gr.Textbox(label="姓名、号码、地址等，每行一项", lines=3, max_length=2_000, elem_id="zp-words")
                sure = gr.Checkbox(label="我已核实请求人的身份；删除后不能恢复", elem_id="zp-sure")
                erase = gr.Button("删除", variant="stop", elem_id="zp-erase")
        gr.HTML('<h2 class="zp-title">审计记录</h2>', js_on_load=None)
        with gr.Row(elem_id="zp-search"):
            who = gr.Dropdown([("全部人员", "")], value="", label="人员", elem_id="zp-who")
            action = gr.Dropdown([("全部动作", ""), *ACTIONS], value="", label="动作", elem_id="zp-action")
            since = gr.Textbox(label="从（如 2026-11-01）", max_length=20, elem_id="zp-since")
            until = gr.Textbox(label="到（含当天）", max_length=20, elem_id="zp-until")
            search = gr.Button("查询", variant="primary", elem_id="zp-find")
        exports = gr.HTML("", elem_id="zp-exports", js_on_load=None)
        trail = gr.HTML("", elem_id="zp-trail", js_on_load=None)

        people = [told, table, chosen, who]
        wanted = [who, action, since, until]
        manage, read = Action.MANAGE_PEOPLE, Action.READ_AUDIT
        page.load(door.event(read, on.opened), None, [managing, *people, trail, exports], **quiet)
        add.click(door.event(manage, on.add), [login, name, role, department], people, **quiet)
        change.click(door.event(manage, on.change), [chosen, new_role, new_department], people, **quiet)
        for button, event in (
            (link, on.link),
            (unlock, on.unlock),
            (leave, on.leave),
            (stop, on.stop),
            (start, on.start),
        ):
            button.click(door.event(manage, event), chosen, people, **quiet)
        erase.click(door.event(Action.ERASE_PERSON, on.erase), [words, sure], [told, words, sure], **quiet)
        search.click(door.event(read, on.search), wanted, [trail, exports], **quiet)
    return page
