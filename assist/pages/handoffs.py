"""The queue of customers who wait for a person, as a fold of the agent's page; agent.py puts it there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import gradio as gr

from assist.pages.door import caller
from assist.pages.render import problem_card, remark
from assist.pages.sources import lines
from assist.pages.who import ROLES
from assist.public.conversation import REASONS
from assist.public.queue import HandoffDesk
from kb.clock import ZONE
from kb.errors import ZhiyingError
from kb.model import Principal, Role
from kb.store import Handoff, HandoffKind, HandoffState

TITLE = "等待人工的客户"
EVERY = 10.0
"""Seconds between two looks at the queue."""
_URGENT = {3: "紧急", 2: "情绪危机", 1: "不满", 0: ""}


def handoff_fold(desk: HandoffDesk, role: Any, department: Any) -> None:
    """Adds the fold with its events; `role` and `department` are the page's components that say who works."""
    shown = gr.State("")
    with gr.Accordion(TITLE, open=False, elem_id="zy-handoffs") as fold:
        listed = gr.HTML("", elem_id="zy-waiting", js_on_load=None)
        chosen = gr.Dropdown([], label="选择客户", filterable=False, elem_id="zy-handoff")
        note = gr.Textbox(label="办结说明", max_length=500, lines=1, max_lines=2, elem_id="zy-handoff-note")
        with gr.Row():
            take = gr.Button("接手", size="sm", elem_id="zy-take", min_width=64)
            done = gr.Button("办结", size="sm", elem_id="zy-done", min_width=64)
        told = gr.HTML("", elem_id="zy-handoff-told", js_on_load=None)
    timer = gr.Timer(EVERY)
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

    def look(role: str, department: str, current: int | None, before: str) -> tuple[Any, ...]:
        try:
            waiting = desk.waiting(_who(role, department))
        except ZhiyingError as error:
            return remark(error.hint), gr.update(choices=[], value=None), gr.update(label=TITLE), error.hint
        listing = waiting_list(waiting, desk.name_of)
        if listing == before:
            # What the agent has unfolded to read must not fold up by itself.
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        choices = [(_name(each), each.id) for each in waiting]
        known = current if any(each.id == current for each in waiting) else None
        first = next((each.id for each in waiting), None)
        count = sum(each.state is HandoffState.WAITING for each in waiting)
        title = f"{TITLE}（{count}）" if count else TITLE
        return listing, gr.update(choices=choices, value=known or first), gr.update(label=title), listing

    def step(action: str, role: str, department: str, current: int | None, note: str) -> tuple[Any, ...]:
        if current is None:
            return remark("没有选中的客户。"), note, *look(role, department, current, "")
        principal = _who(role, department)
        try:
            if action == "take":
                desk.take(principal, current)
            else:
                desk.finish(principal, current, note)
        except ZhiyingError as error:
            return problem_card(error.hint), note, *look(role, department, current, "")
        said = "已接手，对话与摘要见上。" if action == "take" else "已办结。"
        return remark(said), "" if action == "finish" else note, *look(role, department, current, "")

    outputs = [listed, chosen, fold, shown]
    timer.tick(look, [role, department, chosen, shown], outputs, **quiet)
    for button, action in ((take, "take"), (done, "finish")):
        button.click(
            lambda *given, action=action: step(action, *given),
            [role, department, chosen, note],
            [told, note, *outputs],
            **quiet,
        )


def waiting_list(waiting: Sequence[Handoff], name_of: Callable[[str], str] = str) -> str:
    """Who waits, the most urgent first, each unfolding to summary and transcript; `name_of` names who took one."""
    if not waiting:
        return '<p class="zy-empty">现在没有客户在等人工。</p>'
    return "".join(_row(one, name_of) for one in waiting)


def _row(one: Handoff, name_of: Callable[[str], str]) -> str:
    urgent = _URGENT.get(one.urgency, "")
    chip = f'<span class="zy-chip zy-out-refused">{urgent}</span>' if urgent else ""
    state = f"　{escape(name_of(one.taken_by))} 已接手" if one.state is HandoffState.TAKEN else ""
    contact = f"<p><b>回电</b> {escape(one.contact)} {escape(one.wanted_at)}</p>" if one.contact else ""
    turns = "".join(
        f"<p><b>{'客户' if role == 'user' else '助手'}</b> {lines(text)}</p>" for role, text in one.transcript
    )
    return (
        f'<details class="zy-past"><summary>{chip}<span>{escape(_name(one))}{state}</span></summary>'
        f"<p>{lines(one.summary)}</p>{contact}<details><summary>完整对话</summary>{turns}</details></details>"
    )


def _name(one: Handoff) -> str:
    kind = "回电" if one.kind is HandoffKind.CALLBACK else "人工"
    return f"{one.ticket} {kind} · {REASONS.get(one.reason, one.reason)} · {one.at.astimezone(ZONE):%H:%M}"


def _who(role: str, department: str) -> Principal:
    return caller() or Principal(id=f"page:{role}", role=ROLES.get(role, Role.AGENT), department=department or "")
