"""Scripts as HTML: pure functions, everything from outside escaped; the script library's page calls them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from assist.pages.sources import in_force, lines
from assist.scripts.model import Filled, FilledStep, Piece, Shown


def empty_detail(situations: Sequence[str]) -> str:
    """What stands in the script's place before one is chosen."""
    buttons = "".join(
        f'<button type="button" class="zy-example" data-fill="{escape(one)}">{escape(one)}</button>'
        for one in situations
    )
    return (
        '<article class="zy-card zy-welcome"><p>写下遇到的情形，或从列表里选一条。话术里的空位用本次通话的情况填好，'
        f'没填上的会标出来；要等待的步骤点一下就倒计时。</p><div class="zy-examples">{buttons}</div></article>'
    )


def script_list(found: Sequence[Shown], *, searched: bool) -> str:
    """The scripts found, each a button."""
    if not found:
        hint = "没有找到合适的话术，换个说法试试，或到问答页提问。" if searched else "这里还没有话术。"
        return f'<p class="zy-empty">{hint}</p>'
    items = "".join(_item(one) for one in found)
    return f'<p class="zy-count">{len(found)} 条</p><div class="zy-list">{items}</div>'


def filled_card(filled: Filled, *, uses: int) -> str:
    """A script ready to be said: its steps with waits, open slots, what never to say, and where it stands."""
    script, row = filled.script, filled.script.row
    copy = (
        f'<button type="button" class="zy-copy" data-used data-copy="{escape(filled.text)}" '
        'aria-label="复制话术">复制</button>'
    )
    still = f'<p class="zy-open">还没填：{escape("、".join(filled.open))}</p>' if filled.open else ""
    banned = "".join(f"<li>{escape(phrase)}</li>" for phrase in row.forbidden)
    forbidden = f'<h3>不要这样说</h3><ul class="zy-forbidden">{banned}</ul>' if banned else ""
    notes = f'<p class="zy-notes"><b>注意</b> {lines(row.notes)}</p>' if row.notes else ""
    channel = f"{escape(row.channel)} · " if row.channel else ""
    used = f" · 用过 {uses} 次" if uses else ""
    return (
        f'<article class="zy-card zy-answered"><h2 class="zy-question">{escape(script.name)}</h2>'
        f'<section class="zy-say"><h3>请这样说{copy}</h3>{_wording(filled.steps)}{still}</section>'
        f'<section class="zy-guard">{forbidden}{notes}</section>'
        f'<p class="zy-meta">{channel}{escape(script.title)} {escape(row.code)} {escape(row.version)} · '
        f"{in_force(script.days.effective_from, script.days.effective_to)}{used}</p></article>"
    )


def _item(one: Shown) -> str:
    script, row = one.script, one.script.row
    star = '<span class="zy-star" title="已收藏">★</span>' if one.favourite else ""
    used = f" · 用过 {one.uses} 次" if one.uses else ""
    channel = f" · {escape(row.channel)}" if row.channel and row.channel != "全部" else ""
    steps = f" · {len(row.steps)} 步" if len(row.steps) > 1 else ""
    return (
        f'<button type="button" class="zy-script" data-pick="{escape(script.key)}">{star}<b>{escape(script.name)}</b>'
        f"<small>{escape('／'.join(row.triggers[:3]))}</small><small>{escape(row.code)}{channel}{steps}{used}</small>"
        "</button>"
    )


def _wording(steps: Sequence[FilledStep]) -> str:
    if len(steps) == 1 and steps[0].wait_seconds is None:
        return f'<div class="zy-wording">{_said(steps[0])}</div>'
    items = "".join(f"<li>{_said(step)}{_timer(step.wait_seconds)}</li>" for step in steps)
    return f'<ol class="zy-wording zy-steps">{items}</ol>'


def _said(step: FilledStep) -> str:
    return "".join(_piece(piece) for piece in step.pieces)


def _piece(piece: Piece) -> str:
    if not piece.slot:
        return lines(piece.text)
    kind = "zy-slot-filled" if piece.filled else "zy-slot"
    return f'<span class="{kind}" title="{escape(piece.slot)}">{lines(piece.text)}</span>'


def _timer(seconds: int | None) -> str:
    if not seconds:
        return ""
    return (
        f'<button type="button" class="zy-timer" data-seconds="{seconds}" title="点一下开始倒计时">'
        f"等待 {seconds} 秒</button>"
    )
