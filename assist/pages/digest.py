"""The new-policy digest (新政策速递) on the agent's page: what changed, old and new, until the reader confirms it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from html import escape
from typing import Any, Protocol

import gradio as gr

from assist.loop.diff import ClauseChange
from assist.loop.news import Digest, NewsItem
from assist.pages.render import problem_card
from assist.pages.sources import in_force, lines
from assist.pages.who import principal_of
from assist.wording import say
from kb.clock import ZONE
from kb.errors import ZhiyingError
from kb.model import Principal

TITLE = "新政策速递"
SPANS = {"上次确认以来": None, "近 7 天": 7, "近 30 天": 30}
EVERY = 60.0
"""Seconds between two looks whether something was released."""

_DOCUMENTS, _CLAUSES = 30, 12
_WHAT = {"added": "新增", "changed": "改动", "retired": "下架"}
_log = logging.getLogger(__name__)


class News(Protocol):
    """Where the digest of a person comes from."""

    def digest(self, principal: Principal, since: datetime | None = None) -> Digest:
        """What changed since a moment, or since the person confirmed."""
        ...

    def standing(self, principal: Principal) -> tuple[int | None, int | None]:
        """Up to which release a person has read, and which one answers."""
        ...

    def confirm(self, principal: Principal) -> None:
        """Confirms reading."""
        ...


class DigestFold:
    """The fold and its events; `now` is the clock's."""

    def __init__(self, news: News, now: Callable[[], datetime]) -> None:
        self._news = news
        self._now = now

    def place(self, page: gr.Blocks, role: Any, department: Any, then: Any = None) -> None:
        """Adds the fold to the page; `role` and `department` are the components that say who reads.

        `then` is the event after which the page looks for news as well.
        """
        seen = gr.State(())
        with gr.Accordion(TITLE, open=False, elem_id="zy-digest") as fold:
            span = gr.Radio(list(SPANS), value="上次确认以来", label="从什么时候起", elem_id="zy-digest-span")
            listed = gr.HTML("", elem_id="zy-digest-list", js_on_load=None)
            confirm = gr.Button("我已阅读", size="sm", visible=False, elem_id="zy-digest-read", min_width=80)
        timer = gr.Timer(EVERY)
        who, shown = [role, department, span], [listed, fold, confirm, seen]
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        page.load(self.look, [*who, seen], shown, **quiet)
        timer.tick(self.look, [*who, seen], shown, **quiet)
        if then is not None:
            then(self.look, [*who, seen], shown, **quiet)
        gr.on([span.input, role.input, department.input], self.show, who, shown, **quiet)
        confirm.click(self.confirm, who, shown, **quiet)

    def look(self, role: str, department: str, span: str, seen: Any) -> tuple[Any, ...]:
        """Shows the digest anew when something was released or read since; else nothing moves under the reader."""
        try:
            standing = self._news.standing(principal_of(role, department))
        except ZhiyingError:
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        if tuple(seen or ()) == standing:
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        return self.show(role, department, span)

    def show(self, role: str, department: str, span: str) -> tuple[Any, ...]:
        """The digest of whoever is at the page, with the number of what is unread in the title."""
        principal = principal_of(role, department)
        try:
            unread = self._news.digest(principal)
            days = SPANS.get(span)
            found = unread if days is None else self._news.digest(principal, self._now() - timedelta(days=days))
            standing = self._news.standing(principal)
        except ZhiyingError as error:
            return problem_card(error.hint), gr.update(label=TITLE), gr.update(visible=False), ()
        except Exception:
            _log.exception("the digest failed")
            return problem_card(say("problem.fault")), gr.update(label=TITLE), gr.update(visible=False), ()
        count = 0 if unread.read else len(unread.items)
        title = f"{TITLE}（{count} 条未读）" if count else TITLE
        nothing = "没有未读的变动。" if days is None else "这段时间没有变动。"
        shown = digest_list(found) or f'<p class="zy-empty">{nothing}</p>'
        return shown, gr.update(label=title), gr.update(visible=count > 0), standing

    def confirm(self, role: str, department: str, span: str) -> tuple[Any, ...]:
        """Records who has read it, and when."""
        try:
            self._news.confirm(principal_of(role, department))
        except ZhiyingError as error:
            return problem_card(error.hint), gr.skip(), gr.skip(), gr.skip()
        shown, *rest = self.show(role, department, span)
        at = f"{self._now().astimezone(ZONE):%Y-%m-%d %H:%M}"
        return f'<p class="zy-remark" role="status">已记下：您于 {at} 确认阅读。</p>{shown}', *rest


def digest_list(found: Digest) -> str:
    """What changed, a fold for each document; "" for nothing."""
    if not found.items:
        return ""
    since = f"{found.since_at.astimezone(ZONE):%Y-%m-%d %H:%M} 的发布以来" if found.since_at else ""
    until = f"最近一次发布 {found.until_at.astimezone(ZONE):%Y-%m-%d %H:%M}" if found.until_at else ""
    when = "；".join(part for part in (since, until) if part)
    items = "".join(_item(one, unfolded=at == 0) for at, one in enumerate(found.items[:_DOCUMENTS]))
    more = len(found.items) - _DOCUMENTS
    rest = f'<p class="zy-empty">另有 {more} 份文档有变动。</p>' if more > 0 else ""
    return f'<p class="zy-when">{when}</p>{items}{rest}'


def _item(item: NewsItem, *, unfolded: bool) -> str:
    shown = "".join(_change(one, item.what) for one in item.changes[:_CLAUSES])
    more = len(item.changes) - _CLAUSES
    rest = f'<p class="zy-empty">另有 {more} 条。</p>' if more > 0 else ""
    days = in_force(item.effective_from, item.effective_to)
    return (
        f'<details class="zy-past zy-news"{" open" if unfolded else ""}><summary>'
        f'<span class="zy-chip zy-news-{item.what}">{_WHAT[item.what]}</span>'
        f'<span class="zy-where"><b>{escape(item.title)}</b><small>{days}</small></span></summary>'
        f"{shown}{rest}</details>"
    )


def _change(one: ClauseChange, what: str) -> str:
    """A clause: alone when it is new or gone, else old and new side by side with what changed marked."""
    heading = f"<b>{escape(one.heading)}</b>"
    if what != "changed" or not one.before or not one.after:
        text = one.after or one.before
        gone = "" if one.after else "（已取消）"
        return f'<div class="zy-clause">{heading}{gone}<p>{lines(text)}</p></div>'
    old, new = (
        "".join(
            lines(text) if kind == "same" else f"<{tag}>{lines(text)}</{tag}>"
            for kind, text in one.pieces
            if kind in ("same", side)
        )
        for side, tag in (("old", "del"), ("new", "ins"))
    )
    return (
        f'<div class="zy-clause">{heading}<div class="zy-versions"><div class="zy-version"><small>原来</small>'
        f'<p>{old}</p></div><div class="zy-version"><small>现在</small><p>{new}</p></div></div></div>'
    )
