"""What came of an agent's earlier questions, on the agent's page until confirmed; agent.py places it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Protocol

import gradio as gr

from assist.pages.who import principal_of
from kb.errors import ZhiyingError
from kb.model import Principal
from kb.store import Notice


class Notices(Protocol):
    """Where the notices of a person come from."""

    def of(self, principal: Principal) -> tuple[Notice, ...]:
        """What a person has not confirmed yet."""
        ...

    def confirm(self, principal: Principal, notice_ids: list[int]) -> None:
        """Marks notices as read."""
        ...


class NoticeStrip:
    """Shows and confirms notices; `show` and `confirm` give the strip and its button."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices

    def show(self, role: str, department: str) -> tuple[str, Any]:
        """The notices of whoever is at the page."""
        try:
            found = self._notices.of(principal_of(role, department))
        except ZhiyingError:
            found = ()
        return notice_list(found), gr.update(visible=bool(found))

    def confirm(self, role: str, department: str) -> tuple[str, Any]:
        """Confirms all that is shown."""
        principal = principal_of(role, department)
        self._notices.confirm(principal, [one.id for one in self._notices.of(principal)])
        return self.show(role, department)


def notice_list(found: Sequence[Notice]) -> str:
    """Notices as a strip, newest first; "" for none."""
    items = "".join(f"<li>{escape(one.text)}</li>" for one in found)
    return f'<section class="zy-notice" role="status"><b>通知</b><ul>{items}</ul></section>' if found else ""


def strip_parts() -> list[Any]:
    """The strip and its button, empty until something is to be told."""
    strip = gr.HTML("", elem_id="zy-notices", js_on_load=None)
    return [strip, gr.Button("知道了", size="sm", visible=False, elem_id="zy-notices-read", min_width=64)]
