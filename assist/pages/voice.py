"""The agents' own voice (客服之声) on the agent page: a suggestion or a missing point, unasked; agent.py."""

from __future__ import annotations

import logging
from typing import Any, Protocol

import gradio as gr

from assist.pages.render import problem_card, remark
from assist.pages.who import principal_of
from assist.wording import say
from kb.errors import ZhiyingError
from kb.model import Principal

_log = logging.getLogger(__name__)


class Suggestions(Protocol):
    """Where suggestions go."""

    def suggest(self, principal: Principal, text: str, business_type: str = "") -> int:
        """Takes a suggestion and returns the number it is followed up under."""
        ...


def voice_fold(suggestions: Suggestions, role: Any, department: Any) -> None:
    """Adds the fold with its event; `role` and `department` are the page's components that say who writes."""

    def send(text: str, role: str, department: str) -> tuple[str, Any]:
        try:
            gap = suggestions.suggest(principal_of(role, department), text)
        except ZhiyingError as error:
            return problem_card(error.hint), gr.skip()
        except Exception:
            _log.exception("a suggestion could not be kept")
            return problem_card(say("problem.not_kept")), gr.skip()
        return remark(f"已登记为 No.{gap}，有答复会在“通知”里告诉您。"), ""

    with gr.Accordion("客服之声：提建议、报缺失", open=False, elem_id="zy-voice"):
        text = gr.Textbox(
            label="哪条知识缺了、不好用、该怎么改", lines=2, max_lines=6, max_length=2000, elem_id="zy-voice-text"
        )
        press = gr.Button("提交", size="sm", elem_id="zy-voice-send", min_width=64)
        told = gr.HTML("", elem_id="zy-voice-told", js_on_load=None)
    press.click(send, [text, role, department], [told, text], api_visibility="private", show_progress="hidden")
