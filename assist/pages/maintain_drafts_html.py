"""Drafts and what their reviewer needs, as HTML: pure functions, everything escaped; maintain_drafts.py shows it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

from assist.loop.diff import ClauseChange, Piece, pieces
from assist.loop.documents import FIELDS
from assist.loop.drafting import DraftSheet
from assist.pages.maintain_gaps_html import moment, section
from assist.pages.maintain_stage import Names
from assist.pages.sources import lines
from kb.store import Draft, DraftState

_NEXT = {
    DraftState.EDITING: "写好后提交审核",
    DraftState.RETURNED: "按退回原因修改后再提交",
    DraftState.REVIEW: "等待起草人以外的人批准",
    DraftState.APPROVED: "已批准，未生效；请到“发布”建立计划",
    DraftState.RELEASED: "已随发布生效；再改会成为新一稿，改好前旧稿照常应答",
    DraftState.WITHDRAWN: "已撤回；改稿可以重新开始",
}
MACHINE = '<span class="zm-chip zm-machine">AI 起草，待审</span>'


def drafts_list(found: Sequence[Draft], names: Names) -> str:
    """Drafts, the latest changed first, each row a button that opens it."""
    if not found:
        return '<p class="zy-empty">没有这样的草稿。在“台账”打开一条缺口，点“起草”。</p>'
    rows = "".join(_row(one, names) for one in found)
    return f'<ul class="zm-rows" aria-label="草稿">{rows}</ul>'


def draft_head(sheet: DraftSheet, names: Names, form: Sequence[str] = (), came: str = "opened") -> str:
    """What stands above the form: state, who, what comes next, warnings and conflicts.

    `form` are the values it begins with, by which the page knows what is not saved; `came` is "opened", "saved" when
    what was typed has just become them, "restored" when what was not saved stands in the form instead.
    """
    draft = sheet.draft
    begun = escape(json.dumps(list(form), ensure_ascii=False))
    unsaved = (
        '<div class="zm-warn" role="status" id="zm-unsaved">表单里是您上次没有保存的修改，请保存或放弃。'
        f'<button type="button" class="zm-small" data-go="draft" data-value="{draft.id}" data-drop="{draft.id}">'
        "放弃修改</button></div>"
        if came == "restored"
        else ""
    )
    who = f"起草 {escape(names.of(draft.author))}"
    who += f" · 批准 {escape(names.of(draft.approver))}" if draft.approver else ""
    gap = (
        f' · <button type="button" class="zy-link" data-go="gap-tab" data-value="{sheet.gap.id}">'
        f"缺口 No.{sheet.gap.id}</button>"
        if sheet.gap
        else ""
    )
    note = f'<p class="zy-notice">{lines(draft.note)}</p>' if draft.note else ""
    warned = "".join(f"<li>{escape(one)}</li>" for one in sheet.warnings)
    warnings = f'<div class="zm-warn" role="note"><b>请核对</b><ul>{warned}</ul></div>' if warned else ""
    conflicts = [
        f"《{escape(one.passage.title)}》说：{lines(one.theirs)}"
        f'<small class="zm-figures">本稿说：{lines(one.mine)}（不同：{escape("、".join(one.figures))}）</small>'
        for one in sheet.conflicts
    ]
    return (
        f'<article class="zy-card" id="zm-draft" data-key="{draft.id}-{draft.revision}-{draft.state.value}"'
        f' data-came="{came}" data-form="{begun}">'
        '<button type="button" class="zm-small zm-back" data-go="draft" data-value="">← 返回草稿</button>'
        f'<h2 class="zy-question">草稿 {draft.id} · {draft.kind.label} · {draft.state.label}</h2>'
        f"<p>{MACHINE if draft.machine else ''} 第 {draft.revision} 稿 · {who}"
        f" · 改于 {moment(draft.updated_at)}{gap}</p>"
        f'<p class="zm-next">{_NEXT[draft.state]}</p>{unsaved}{note}{warnings}'
        f"{section('可能与现有知识冲突', conflicts)}</article>"
    )


def draft_sheet(sheet: DraftSheet) -> str:
    """What stands below the form: differences clause by clause, and passages nearby."""
    changed = "".join(clause(one) for one in sheet.changes)
    old = any(one.before for one in sheet.changes)
    diff = f'<h3 class="zm-title">与现行版本逐条对照</h3>{changed}' if old else ""
    fresh = "" if old or not changed else '<p class="zm-next">全是新内容，没有取代现行的条文。</p>'
    near = "".join(f"<li>《{escape(one.title)}》{lines(one.text)}</li>" for one in sheet.nearby)
    unfolded = " open" if sheet.draft.state is DraftState.EDITING else ""
    nearby = (
        f'<details class="zm-finding"{unfolded}><summary>相关的现有知识（{len(sheet.nearby)}）</summary>'
        f'<ul class="zm-list">{near}</ul></details>'
        if near
        else ""
    )
    if not diff and not nearby:
        return ""
    return f'<article class="zy-card" id="zm-draft-more">{diff}{fresh}{nearby}</article>'


def clause(change: ClauseChange) -> str:
    """One clause before and after, side by side where there is room, with what changed marked."""
    before = _marked(change.pieces, "old", "del") if change.before else '<span class="zm-none">（没有）</span>'
    after = _marked(change.pieces, "new", "ins") if change.after else '<span class="zm-none">（删去）</span>'
    return (
        f'<div class="zm-clause"><b>{escape(change.heading)}</b><div class="zy-versions">'
        f'<div class="zy-version"><small>现行</small><p>{before}</p></div>'
        f'<div class="zy-version"><small>新稿</small><p>{after}</p></div></div></div>'
    )


def conflict(hint: str, mine: Draft, newest: Draft, names: Names) -> str:
    """Two who edited one draft: what the other saved beside what was typed here, field by field."""
    labels = {"title": "标题", **FIELDS[mine.kind]}
    pairs = {name: (str(newest.fields.get(name, "")), str(mine.fields.get(name, ""))) for name in FIELDS[mine.kind]}
    pairs["title"] = (newest.title, mine.title)
    rows = "".join(
        f'<div class="zm-clause"><b>{labels[name]}</b><div class="zy-versions">'
        f'<div class="zy-version"><small>第 {newest.revision} 稿（{escape(names.of(newest.author))}）</small>'
        f"<p>{_marked(pieces(theirs, own), 'old', 'del')}</p></div>"
        f'<div class="zy-version"><small>您填写的</small><p>{_marked(pieces(theirs, own), "new", "ins")}</p></div>'
        "</div></div>"
        for name, (theirs, own) in pairs.items()
        if theirs != own
    )
    return (
        f'<div class="zy-alert" role="alert">{lines(hint)}</div><div class="zy-card" id="zm-conflict">{rows}'
        "<p>请在下面的表单里合并两边的内容，再点“我已对照合并，保存”。</p></div>"
    )


def _row(draft: Draft, names: Names) -> str:
    machine = MACHINE if draft.machine else ""
    approver = f" · 批准 {escape(names.of(draft.approver))}" if draft.approver else ""
    return (
        f'<li><button type="button" class="zm-row" data-go="draft" data-value="{draft.id}">'
        f'<span class="zm-head"><b>{draft.id}</b><span class="zm-name">{escape(draft.title)}</span></span>'
        f'<span class="zm-chips"><span class="zm-chip zm-{draft.state.value}">{draft.state.label}</span>'
        f"{machine}</span>"
        f"<small>{draft.kind.label} · 第 {draft.revision} 稿 · 起草 {escape(names.of(draft.author))}{approver}"
        f" · {moment(draft.updated_at)}</small></button></li>"
    )


def _marked(found: Sequence[Piece], kind: str, tag: str) -> str:
    """One side of a comparison: what both have, and what only this side has within `tag`."""
    return "".join(
        lines(text) if each == "same" else f"<{tag}>{lines(text)}</{tag}>"
        for each, text in found
        if each in ("same", kind)
    )
