"""Answers as HTML for the pages: pure functions, everything that comes from outside escaped; the pages call them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from assist.model import Answer, Mode, Origin, Outcome
from assist.pages.framing import copy_buttons, farewell, framed, phrases
from assist.pages.proof import badge, changes, origins, remarks
from assist.pages.sources import lines, sources
from assist.spoken import wording_of
from assist.wording import label, say
from kb.rows import ScriptRow

SURE, LIKELY = 0.85, 0.7
"""From so much confidence on it is called high, and middling; below it is called low."""

_MARK = re.compile(r"[ \t]*\[(\d{1,2})\](?=(?:[ \t]*\[\d{1,2}\])*[ \t]*(?:\n|$))")
_SLOT = re.compile(r"\{[^{}<>]{1,20}\}")
_PAUSE = re.compile(r"【等待\s*(\d{1,3})\s*秒】")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question of this call and what was answered."""

    question: str
    answer: Answer


def answer_card(exchange: Exchange, *, streaming: bool = False) -> str:
    """The whole answer: how it is founded, the wording to say, steps, warnings, notices and the sources."""
    answer = exchange.answer
    busy = ' aria-busy="true"' if streaming else ""
    return (
        f'<article class="zy-card zy-{answer.outcome}"{busy}><h2 class="zy-question">{escape(exchange.question)}</h2>'
        f"{_status_line(answer, streaming=streaming)}{_understood(exchange)}{_body(answer, farewell(answer))}</article>"
    )


def waiting_card(question: str) -> str:
    """What stands on the page between a question and its answer; it explains itself when the wait grows long."""
    return (
        '<article class="zy-card zy-wait" aria-busy="true">'
        f'<h2 class="zy-question">{escape(question)}</h2><p class="zy-looking">{say("page.looking")}</p>'
        f'<p class="zy-later zy-slow">{say("page.slow")}</p><p class="zy-later zy-stuck">{say("page.stuck")}</p>'
        "</article>"
    )


def problem_card(message: str) -> str:
    """Why an input was not worked on, or a fault, with what to do; read out at once."""
    return f'<div class="zy-alert" role="alert">{lines(message)}</div>'


def remark(message: str) -> str:
    """A short confirmation, read out politely."""
    return f'<p class="zy-remark" role="status">{lines(message)}</p>'


def welcome_card(examples: Sequence[str]) -> str:
    """What a fresh call shows: how to ask, with examples that can be clicked."""
    return f'<article class="zy-card zy-welcome"><p>{say("page.welcome")}</p>{_asks(examples)}</article>'


def history_list(exchanges: Sequence[Exchange]) -> str:
    """The earlier questions of this call, newest first, each unfolding to its answer in place."""
    if not exchanges:
        return f'<p class="zy-empty">{say("page.no_history")}</p>'
    return "".join(_past(exchange) for exchange in reversed(exchanges))


def confidence_words(confidence: float) -> str:
    """Confidence as an agent reads it: 高, 中 or 低."""
    if confidence >= SURE:
        return "高"
    return "中" if confidence >= LIKELY else "低"


def _past(exchange: Exchange) -> str:
    again = (
        f'<button type="button" class="zy-link" data-ask="{escape(exchange.question)}">再问一次</button>'
        if exchange.question
        else ""
    )
    return (
        f'<details class="zy-past"><summary>{_chip(exchange.answer)}<span>{escape(exchange.question)}</span></summary>'
        f"{_understood(exchange)}{_body(exchange.answer)}{again}</details>"
    )


def _body(answer: Answer, last: str = "") -> str:
    parts = (
        _wording(answer),
        remarks(answer),
        _guard(answer),
        _asks(answer.choices),
        _notices(answer),
        last,
        changes(answer),
        sources((*answer.citations, *(phrase.citation for phrase in phrases(answer, whole=bool(last))))),
    )
    return "".join(parts)


def _status_line(answer: Answer, *, streaming: bool) -> str:
    state = '<span class="zy-chip">正在核对</span>' if streaming else _chip(answer)
    gap = f'<span class="zy-gap">知识缺口 No.{escape(answer.gap_id)}</span>' if answer.gap_id else ""
    shown = answer.outcome is Outcome.ANSWERED and not streaming
    return f'<div class="zy-status">{state}{gap}{_confidence(answer.confidence) if shown else ""}</div>'


def _confidence(confidence: float) -> str:
    percent = round(confidence * 100)
    words = confidence_words(confidence)
    tone = {"高": "high", "中": "middle", "低": "low"}[words]
    hint = "" if words != "低" else f'<small class="zy-check">{say("page.unsure")}</small>'
    return (
        f'<span class="zy-confidence zy-{tone}" title="{say("page.confidence")}">把握 <b>{words}</b> {percent}%'
        f'<span class="zy-bar" aria-hidden="true"><i style="width:{percent}%"></i></span>{hint}</span>'
    )


def _chip(answer: Answer) -> str:
    if answer.mode is not None:
        return f'<span class="zy-chip zy-mode-{answer.mode}">{escape(label("mode", answer.mode))}</span>'
    return f'<span class="zy-chip zy-out-{answer.outcome}">{escape(label("outcome", answer.outcome))}</span>'


def _understood(exchange: Exchange) -> str:
    understood = exchange.answer.understood
    if not understood or understood == exchange.question.strip():
        return ""
    return f'<p class="zy-understood">理解为：{escape(understood)}</p>'


def _wording(answer: Answer) -> str:
    if answer.outcome is not Outcome.ANSWERED:
        return f'<div class="zy-say zy-quiet">{framed(answer, lines(answer.text))}</div>'
    heading = {Mode.APPROVED: "请这样说", Mode.GENERATED: say("page.written")}.get(
        answer.mode or Mode.QUOTED, "依据原文"
    )
    wording = _steps(answer) or _sentences(answer)
    said = f"<h3>{heading}{copy_buttons(answer)}</h3>{framed(answer, wording)}"
    return f'<section class="zy-say">{said}</section>{_beside(answer)}'


def _beside(answer: Answer) -> str:
    """What else an approved answer quotes beside the wording to say; "" for any other answer."""
    if answer.mode is not Mode.APPROVED:
        return ""
    texts = [one.text for one in answer.sentences if one.origin is Origin.QUOTED and one.citations != (1,)]
    said = "".join(f"<p>{_said(text, len(answer.citations))}</p>" for text in texts)
    return f'<section class="zy-beside">{said}</section>' if said else ""


def _sentences(answer: Answer) -> str:
    """The wording; where written and quoted sentences stand together, each says which it is."""
    if answer.mode is Mode.APPROVED or not origins(answer):
        return f'<div class="zy-wording">{_said(wording_of(answer), len(answer.citations))}</div>'
    said = (
        f"<p>{_said(sentence.text, len(answer.citations))}{badge(sentence.origin)}</p>" for sentence in answer.sentences
    )
    return f'<div class="zy-wording">{"".join(said)}</div>'


def _said(text: str, citations: int = 0) -> str:
    """Wording with slots and pauses marked, and each citation mark a button that opens its source."""
    html = _SLOT.sub(lambda found: f'<span class="zy-slot">{found.group()}</span>', lines(_MARK.sub(r"⟦\1⟧", text)))
    html = _PAUSE.sub(lambda found: _timer(int(found.group(1))), html)
    html = re.sub(r"((?:⟦\d{1,2}⟧)+)<br>", r'\1<span class="zy-break"></span>', html)
    return re.sub(r"⟦(\d{1,2})⟧", lambda found: _reference(int(found.group(1)), citations), html)


def _reference(n: int, citations: int) -> str:
    if not 1 <= n <= citations:
        return f"[{n}]"
    return f'<button type="button" class="zy-ref" data-open="{n}" aria-label="出处 {n}">{n}</button>'


def _steps(answer: Answer) -> str:
    """A script of several steps as a list with its pauses; "" for any other answer."""
    row = answer.row
    if not isinstance(row, ScriptRow) or len(row.steps) < 2:
        return ""
    items = "".join(
        f"<li>{_said(step.text)}{_timer(step.wait_seconds) if step.wait_seconds else ''}</li>" for step in row.steps
    )
    return f'<ol class="zy-wording zy-steps">{items}</ol>'


def _timer(seconds: int) -> str:
    return (
        f'<button type="button" class="zy-timer" data-seconds="{seconds}" title="点一下开始倒计时">'
        f"等待 {seconds} 秒</button>"
    )


def _guard(answer: Answer) -> str:
    """What never to say, and what to mind."""
    row = answer.row
    if not isinstance(row, ScriptRow):
        return ""
    phrases = "".join(f"<li>{escape(phrase)}</li>" for phrase in row.forbidden)
    banned = f'<h3>不要这样说</h3><ul class="zy-forbidden">{phrases}</ul>' if phrases else ""
    notes = f'<p class="zy-notes"><b>注意</b> {lines(row.notes)}</p>' if row.notes else ""
    return f'<section class="zy-guard">{banned}{notes}</section>' if banned or notes else ""


def _asks(questions: Sequence[str]) -> str:
    if not questions:
        return ""
    buttons = "".join(
        f'<button type="button" class="zy-example" data-ask="{escape(text)}">{escape(text)}</button>'
        for text in questions
    )
    return f'<div class="zy-examples">{buttons}</div>'


def _notices(answer: Answer) -> str:
    return "".join(f'<p class="zy-notice">{escape(notice)}</p>' for notice in answer.notices)
