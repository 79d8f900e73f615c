"""The compliance page: paste an answer or a transcript, see every fault in place and what to say instead."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import gradio as gr
from fastapi import FastAPI

from assist.access import Action
from assist.compliance.model import MAX_CHARS
from assist.compliance.service import ComplianceDesk
from assist.pages.compliance_html import EXAMPLES, empty_card, report_card
from assist.pages.door import Door
from assist.pages.render import problem_card
from assist.pages.site import attach, header
from assist.pages.who import ROLES, day_of, principal_of
from assist.wording import say
from kb.errors import ZhiyingError

_log = logging.getLogger(__name__)


def mount(app: FastAPI, desk: ComplianceDesk, *, path: str, door: Door | None = None) -> FastAPI:
    """Puts the page at `path` of `app`."""
    return attach(
        app,
        build(desk),
        path=path,
        css="agent.css talk.css",
        script="talk.js",
        door=door,
        action=Action.CHECK_COMPLIANCE,
    )


def build(desk: ComplianceDesk) -> gr.Blocks:
    """The page's components and events over `desk`."""
    page: gr.Blocks
    with gr.Blocks(title="知应 · 合规检查", analytics_enabled=False, fill_width=True) as page:
        with gr.Row(elem_id="zy-top"):
            gr.HTML(header("合规检查", here="/compliance"), js_on_load=None)
        with gr.Row(elem_id="zy-columns"):
            with gr.Column(scale=2, min_width=300, elem_id="zy-main"):
                text = gr.Textbox(
                    label="要检查的应答或通话转写（每行以“坐席：”“客户：”开头）",
                    placeholder="粘贴要检查的话，Ctrl+Enter 检查",
                    lines=8,
                    max_lines=18,
                    max_length=MAX_CHARS + 1_000,
                    autofocus=True,
                    elem_id="zy-text",
                    html_attributes=gr.InputHTMLAttributes(autocorrect="off", spellcheck=False),
                )
                with gr.Row(elem_id="zy-actions"):
                    run = gr.Button("检查", variant="primary", size="md", elem_id="zy-check", min_width=72)
                    clear = gr.Button("清空", size="md", elem_id="zy-clear", min_width=64, scale=0)
                with gr.Accordion("身份与日期", open=False, elem_id="zy-identity"):
                    role = gr.Dropdown(list(ROLES), value="坐席", label="身份", filterable=False, elem_id="zy-role")
                    as_of = gr.Textbox(
                        "", label="按哪天的规则（空着为今天）", placeholder="2026-07-01", elem_id="zy-asof"
                    )
                gr.HTML(EXAMPLES, js_on_load=None)
            with gr.Column(scale=3, min_width=300, elem_id="zy-result"):
                result = gr.HTML(empty_card(), elem_id="zy-report", js_on_load=None)
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        check = _check(desk)
        gr.on([run.click, text.submit], check, [text, role, as_of], result, **quiet)
        clear.click(lambda: ("", empty_card()), None, [text, result], **quiet)
    return page


def _check(desk: ComplianceDesk) -> Callable[[str, str, str], str]:
    """The event: checks, and says in Chinese what went wrong when it cannot."""

    def check(text: str, role: str, as_of: str) -> str:
        principal = principal_of(role)
        try:
            report = desk.check(principal, text, as_of=day_of(as_of), manager=True)
        except ZhiyingError as error:
            return problem_card(error.hint)
        except Exception:
            _log.exception("a check failed")
            return problem_card(say("problem.fault"))
        return report_card(text, report, weights=desk.sees_weights(principal))

    return check
