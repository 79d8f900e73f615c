"""A customer's conversation as HTML: pure functions, everything from outside escaped; the page calls them."""

from __future__ import annotations

import re
from datetime import datetime
from html import escape

from assist.model import Answer, Citation, Mode, Outcome
from assist.pages.sources import in_force, lines
from assist.public.conversation import Conversation, Said
from assist.public.desk import Welcome
from assist.wording import say

_MARK = re.compile(r"[ \t]*\[\d{1,2}\](?=[ \t]*(?:\n|$))")
_DAYS = "一二三四五六日"


def talk(conversation: Conversation, welcome: Welcome, name: str, *, waiting: str = "", notice: str = "") -> str:
    """The whole conversation, the newest last; `waiting` is what is being answered, `notice` said at the end."""
    parts = [_bubble("bot", f"<p>{lines(say('public.welcome', name=name))}</p>{_offers(welcome)}")]
    parts += [_exchange(one, last=n == len(conversation.said)) for n, one in enumerate(conversation.said, start=1)]
    if waiting:
        parts.append(_bubble("me", f"<p>{lines(waiting)}</p>"))
        parts.append(_bubble("bot", f'<p class="zc-wait" aria-busy="true">{escape(say("page.looking"))}</p>'))
    if notice:
        parts.append(f'<div class="zc-note" role="status">{lines(notice)}</div>')
    return f'<div id="zc-log" role="log" aria-live="polite" aria-label="对话">{"".join(parts)}</div>'


def called_notice(conversation: Conversation, hotline: str, *, open_now: bool, opening: datetime | None) -> str:
    """What a customer is told once a person was called."""
    if conversation.callback:
        return say("public.callback_kept", ticket=conversation.ticket)
    if open_now:
        return say("public.called_open", ticket=conversation.ticket, hotline=hotline)
    return say("public.called_closed", ticket=conversation.ticket, hotline=hotline, opening=when(opening))


def when(opening: datetime | None) -> str:
    """A moment as people say it: 11月23日（周一）08:00."""
    if opening is None:
        return "节后"
    return f"{opening.month}月{opening.day}日（周{_DAYS[opening.weekday()]}）{opening:%H:%M}"


def status(name: str, *, open_now: bool) -> str:
    """The head of the page: who speaks, and whether people are there."""
    words = "人工在线" if open_now else "非人工时段，可预约回电"
    tone = "on" if open_now else "off"
    return f'<div id="zc-head"><h1>{escape(name)}</h1><small class="zc-{tone}">智能助手 · {words}</small></div>'


def problem(message: str) -> str:
    """Why something was not done, with what to do."""
    return f'<div class="zc-alert" role="alert">{lines(message)}</div>'


def spoken(answer: Answer | None, text: str) -> str:
    """An answer as it is copied: without marks, with the label where a model wrote it."""
    plain = _MARK.sub("", text).strip()
    if answer is not None and answer.mode is Mode.GENERATED:
        return f"{plain}\n{say('public.generated_copy')}"
    return plain


def exported(conversation: Conversation, name: str) -> str:
    """The conversation as plain text for keeping, labelled as the rules on generated content ask."""
    said = [f"我：{one.text}\n{name}：{spoken(one.answer, one.reply)}" for one in conversation.said]
    return "\n\n".join([say("public.automatic"), *said])


def _exchange(one: Said, *, last: bool) -> str:
    return _bubble("me", f"<p>{lines(one.text)}</p>") + _bubble("bot", _reply(one, last=last), one.alarm)


def _reply(one: Said, *, last: bool) -> str:
    answer = one.answer
    if answer is None:
        return f"<p>{lines(one.reply)}</p>"
    chip = f'<span class="zc-ai">{escape(say("public.generated"))}</span>' if answer.mode is Mode.GENERATED else ""
    choices = _buttons(answer.choices) if last and answer.outcome is Outcome.ASKED else ""
    notices = "".join(f'<p class="zc-small">{escape(each)}</p>' for each in answer.notices)
    copy = (
        f'<button type="button" class="zc-copy" data-copy="{escape(spoken(answer, one.reply))}">复制</button>'
        if answer.outcome is Outcome.ANSWERED
        else ""
    )
    body = lines(_MARK.sub("", one.reply))
    return f"{chip}<p>{body}</p>{choices}{notices}{_sources(answer.citations)}{copy}"


def _sources(citations: tuple[Citation, ...]) -> str:
    """Sources in plain words: which rule, which clause, in force from when; no file names."""
    if not citations:
        return ""
    return f'<details class="zc-sources"><summary>依据</summary>{"".join(map(_source, citations))}</details>'


def _source(citation: Citation) -> str:
    where = " › ".join(citation.heading[-2:])
    place = f"，{escape(where)}" if where else ""
    days = in_force(citation.effective_from, citation.effective_to)
    return (
        f"<div><b>{escape(citation.title)}</b>{place}<small>（{days}）</small>"
        f"<blockquote>{lines(citation.quote)}</blockquote></div>"
    )


def _offers(welcome: Welcome) -> str:
    topics = "".join(
        f"<details><summary>{escape(topic.name)}</summary>{_buttons(topic.questions)}</details>"
        for topic in welcome.topics
    )
    frequent = f'<p class="zc-small">大家常问</p>{_buttons(welcome.frequent)}' if welcome.frequent else ""
    return frequent + (f'<p class="zc-small">按主题</p><div class="zc-topics">{topics}</div>' if topics else "")


def _buttons(texts: tuple[str, ...]) -> str:
    buttons = "".join(
        f'<button type="button" class="zc-ask" data-ask="{escape(text)}">{escape(text)}</button>' for text in texts
    )
    return f'<div class="zc-asks">{buttons}</div>' if texts else ""


def _bubble(who: str, html: str, alarm: str = "") -> str:
    tone = " zc-alarm" if alarm else ""
    label = "我说" if who == "me" else "助手说"
    return f'<div class="zc-{who}{tone}"><span class="zc-hidden">{label}：</span>{html}</div>'
