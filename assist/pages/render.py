"""Answers as HTML for the pages: pure functions, everything that comes from outside escaped; the pages call them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from assist.model import Answer, Citation, Mode, Outcome
from assist.wording import label
from kb.rows import ScriptRow


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question of this call and what was answered."""

    question: str
    answer: Answer


def answer_card(exchange: Exchange, *, streaming: bool = False) -> str:
    """The whole answer: how it is founded, the wording to say, steps, warnings, notices and the sources."""
    answer = exchange.answer
    parts = [
        f'<h2 class="zy-question">{escape(exchange.question)}</h2>',
        _status_line(answer, streaming=streaming),
        _understood(exchange),
        _wording(answer),
        _forbidden(answer),
        _choices(answer),
        _notices(answer),
        _sources(answer.citations, opened=False),
    ]
    return f'<article class="zy-card zy-{answer.outcome}" aria-live="polite">{"".join(parts)}</article>'


def waiting_card(question: str) -> str:
    """What stands on the page between a question and its answer."""
    return f'<article class="zy-card zy-wait" aria-busy="true"><p>正在查“{escape(question)}”…</p></article>'


def problem_card(message: str) -> str:
    """A refusal to work on the input, or a fault, with what to do."""
    return f'<article class="zy-card zy-problem" role="alert"><p>{_lines(message)}</p></article>'


def welcome_card(examples: Sequence[str]) -> str:
    """What a fresh call shows: how to ask, with examples that can be clicked."""
    buttons = "".join(
        f'<button type="button" class="zy-example" data-ask="{escape(text)}">{escape(text)}</button>'
        for text in examples
    )
    return (
        '<article class="zy-card zy-welcome"><p>把客户的话直接打进来，回车就查。每个回答都带出处和生效日期；'
        "没有依据的不会乱答，会自动登记给业务组。</p>"
        f'<div class="zy-examples">{buttons}</div></article>'
    )


def history_list(exchanges: Sequence[Exchange]) -> str:
    """The earlier questions of this call, newest first, each unfolding to its answer."""
    if not exchanges:
        return '<p class="zy-empty">本次通话还没有更早的提问。</p>'
    return "".join(_past(exchange) for exchange in reversed(exchanges))


def _past(exchange: Exchange) -> str:
    answer = exchange.answer
    chip = _chip(answer)
    text = f'<div class="zy-past-text">{_lines(answer.text)}</div>'
    again = f'<button type="button" class="zy-link" data-ask="{escape(exchange.question)}">再问一次</button>'
    return (
        f'<details class="zy-past"><summary>{chip}<span>{escape(exchange.question)}</span></summary>'
        f"{text}{_sources(answer.citations, opened=False)}{again}</details>"
    )


def _status_line(answer: Answer, *, streaming: bool) -> str:
    confidence = ""
    if answer.outcome is Outcome.ANSWERED and not streaming:
        percent = round(answer.confidence * 100)
        confidence = (
            f'<span class="zy-confidence" title="把握：按历史用例校准的可信程度">把握 <b>{percent}%</b>'
            f'<i class="zy-bar"><i style="width:{percent}%"></i></i></span>'
        )
    return f'<header class="zy-status">{_chip(answer)}{confidence}</header>'


def _chip(answer: Answer) -> str:
    if answer.mode is not None:
        return f'<span class="zy-chip zy-mode-{answer.mode}">{escape(label("mode", answer.mode))}</span>'
    return f'<span class="zy-chip zy-out-{answer.outcome}">{escape(label("outcome", answer.outcome))}</span>'


def _understood(exchange: Exchange) -> str:
    understood = exchange.answer.understood
    if not understood or understood == exchange.question:
        return ""
    return f'<p class="zy-understood">理解为：{escape(understood)}</p>'


def _wording(answer: Answer) -> str:
    if answer.outcome is not Outcome.ANSWERED:
        return f'<div class="zy-say zy-quiet">{_lines(answer.text)}</div>'
    heading = "请这样说" if answer.mode is Mode.APPROVED else "依据原文"
    copy = '<button type="button" class="zy-copy" data-copy="zy-wording" title="Alt+C">复制</button>'
    return (
        f'<section class="zy-say"><h3>{heading}{copy}</h3>'
        f'<div id="zy-wording" class="zy-wording">{_steps(answer) or _slots(_lines(answer.text))}</div></section>'
    )


def _slots(html: str) -> str:
    """Unfilled slots such as {客户姓} stand out, so that nobody reads a brace aloud."""
    return html.replace("{", '<span class="zy-slot">{').replace("}", "}</span>")


def _steps(answer: Answer) -> str:
    """A script of several steps as a list with its pauses; "" for any other answer."""
    row = answer.row
    if not isinstance(row, ScriptRow) or len(row.steps) < 2:
        return ""
    items = "".join(
        f"<li>{_slots(_lines(step.text))}"
        + (f'<span class="zy-wait-step">等待 {step.wait_seconds} 秒</span>' if step.wait_seconds else "")
        + "</li>"
        for step in row.steps
    )
    return f'<ol class="zy-steps">{items}</ol>'


def _forbidden(answer: Answer) -> str:
    row = answer.row
    if not isinstance(row, ScriptRow) or not (row.forbidden or row.notes):
        return ""
    phrases = "".join(f"<li>{escape(phrase)}</li>" for phrase in row.forbidden)
    banned = f'<h3>不要这样说</h3><ul class="zy-forbidden">{phrases}</ul>' if phrases else ""
    notes = f'<p class="zy-notes">注意：{_lines(row.notes)}</p>' if row.notes else ""
    return f'<section class="zy-guard">{banned}{notes}</section>'


def _choices(answer: Answer) -> str:
    if not answer.choices:
        return ""
    buttons = "".join(
        f'<button type="button" class="zy-example" data-ask="{escape(choice)}">{escape(choice)}</button>'
        for choice in answer.choices
    )
    return f'<div class="zy-examples">{buttons}</div>'


def _notices(answer: Answer) -> str:
    return "".join(f'<p class="zy-notice">{escape(notice)}</p>' for notice in answer.notices)


def _sources(citations: Sequence[Citation], *, opened: bool) -> str:
    if not citations:
        return ""
    items = "".join(_source(citation, opened=opened) for citation in citations)
    return f'<section class="zy-sources"><h3>出处</h3>{items}</section>'


def _source(citation: Citation, *, opened: bool) -> str:
    path = " › ".join(citation.heading)
    page = f" · 第 {citation.page} 页" if citation.page else ""
    state = " open" if opened else ""
    kind = escape(label("kind", citation.kind))
    return (
        f'<details class="zy-source" data-n="{citation.n}"{state}><summary>'
        f'<span class="zy-n">{citation.n}</span><span class="zy-where"><b>{escape(citation.title)}</b>'
        f'<small>{escape(path)}{page}</small><small class="zy-dates"><span class="zy-kind">{kind}</span>'
        f"{escape(in_force(citation.effective_from, citation.effective_to))}</small></span></summary>"
        f'<div class="zy-section">{_highlighted(citation)}</div>'
        f'<p class="zy-file">{escape(citation.source)}</p></details>'
    )


def _highlighted(citation: Citation) -> str:
    section, span = citation.section, citation.highlight
    if section is None or span is None:
        return f"<mark>{_lines(citation.quote)}</mark>"
    start, end = span
    return f"{_lines(section[:start])}<mark>{_lines(section[start:end])}</mark>{_lines(section[end:])}"


def in_force(start: date | None, end: date | None) -> str:
    """The days something is in force, in words."""
    if start and end:
        return f"{start} 至 {end} 有效"
    if start:
        return f"{start} 起有效"
    if end:
        return f"有效至 {end}"
    return "长期有效"


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")
