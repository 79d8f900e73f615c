"""The page of what to coach, for trainers and duty managers: who, which topic, from which source, and a mark done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr
from fastapi import FastAPI

from assist.access import Action
from assist.pages.door import Door, caller
from assist.pages.quiz_html import coaching_table, done, header, whom
from assist.pages.site import attach
from assist.pages.trainer_handlers import Handlers, Person, safely
from assist.quiz.coaching import Coach
from kb.errors import InputRefused

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


def mount(app: FastAPI, coach: Coach, *, path: str, person: Person | None = None, door: Door | None = None) -> FastAPI:
    """Puts the page at `path`; `person` says who an event came from, the typed name does where it says nothing."""
    blocks = build(coach, path=path, person=person)
    return attach(app, blocks, path=path, css="agent.css quiz.css", script="quiz.js", door=door, action=Action.COACH)


def build(coach: Coach, *, path: str, person: Person | None = None) -> gr.Blocks:
    """The page's components and events."""
    page: gr.Blocks
    with gr.Blocks(title="知应 · 辅导", analytics_enabled=False, fill_width=True) as page:
        gr.HTML(header("要辅导的", path), js_on_load=None)
        alert = gr.HTML("", elem_id="zq-alert", js_on_load=None)
        name = gr.Textbox("内训师", label="我是谁", max_length=64, elem_id="zq-who")
        coached = gr.Checkbox(False, label="看已经辅导过的", elem_id="zq-coached-shown")
        entries = gr.HTML("", elem_id="zq-coaching", js_on_load=None)
        with gr.Row():
            entry = gr.Dropdown([], label="辅导完哪一条", elem_id="zq-coaching-pick", scale=3, min_width=220)
            note = gr.Textbox("", label="怎样辅导的（可不填）", max_length=500, scale=3, min_width=180)
            finish = gr.Button("记为已辅导", variant="primary", elem_id="zq-coached", min_width=110)
        on = CoachingHandlers(coach, person)
        shown = [entries, entry, alert]
        page.load(on.open, [name, coached], [name, *shown], **QUIET)
        coached.change(on.coaching, [name, coached], shown, **QUIET)
        name.submit(on.coaching, [name, coached], shown, **QUIET)
        finish.click(on.coached, [name, entry, note], shown, **QUIET)
    return page


class CoachingHandlers(Handlers):
    """One method an event."""

    def __init__(self, coach: Coach, person: Person | None = None) -> None:
        super().__init__(person)
        self._coach = coach

    def open(self, name: str, coached: bool) -> Sequence[Any]:
        """The list; with accounts nobody types who they are."""
        return safely(lambda: [gr.update(visible=caller() is None), *self._listed(name, coached=coached)], 3)

    def coaching(self, name: str, coached: bool) -> Sequence[Any]:
        """What is to be coached, or was, and the choice of which is done."""
        return safely(lambda: self._listed(name, coached=coached), 2)

    def coached(self, name: str, number: int | None, note: str) -> Sequence[Any]:
        """Marks an entry as coached."""

        def act() -> Sequence[Any]:
            if not number:
                raise InputRefused("no entry", hint="请先选辅导完的那一条。")
            kept = self._coach.done(self._who(name), int(number), note)
            table, pick = self._listed(name, coached=False)
            return [done(f"已记下：“{kept.topic}”辅导过了；之后再练仍然薄弱，会重新列出。") + table, pick]

        return safely(act, 2)

    def _listed(self, name: str, *, coached: bool) -> Sequence[Any]:
        entries, names = self._coach.list(self._who(name), done=coached), self._coach.names()
        choices = [(f"{whom(one, names)}：{one.topic}", one.id) for one in entries if one.done_at is None]
        return [coaching_table(entries, names), gr.update(choices=choices, value=None)]
