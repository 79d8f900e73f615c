"""The ledger and one gap as HTML: pure functions, everything from outside escaped; maintain_gaps.py shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

from assist.loop.work import GapLine, GapSheet
from assist.pages.maintain_address import Address
from assist.pages.maintain_stage import Names
from assist.pages.sources import lines
from kb.clock import ZONE
from kb.model import Passage
from kb.store import Draft, GapCause, GapEvent, GapState

CHANNELS = {
    "voice": "语音",
    "chat": "在线",
    "page": "页面",
    "suggestion": "客服之声",
    "import": "导入",
    "public": "对客",
}
_ALIKE = 0.2
"""Gaps less alike than this are not worth a look before merging."""

_SHOWN = 120
"""So many characters of a passage nearby are shown."""

_URGENT = {1: "紧急", 2: "特急"}
_CHANGED = {
    "owner": "负责人",
    "department": "部门",
    "due": "期限",
    "priority": "优先级",
    "cause": "原因",
    "business_type": "业务类型",
    "merged": "并入了",
    "merged_into": "并入",
    "split": "拆出",
    "split_from": "拆自",
}


def ledger(
    found: Sequence[GapLine],
    counts: Mapping[GapState, int],
    names: Names,
    *,
    page: int,
    pages: int,
    total: int,
    address: Address | None = None,
) -> str:
    """A page of the ledger after the counts of each state, each row a link that opens the gap.

    `address` is what the ledger was narrowed by: its links hold without a script too.
    """
    here = address or Address()
    chips = "".join(f'<span class="zm-chip">{state.label} {counts[state]}</span>' for state in GapState)
    if not found:
        return f'<p class="zm-counts">{chips}</p><p class="zy-empty">没有这样的缺口。</p>'
    rows = "".join(_row(line, names, here) for line in found)
    return (
        f'<p class="zm-counts">{chips}</p><ul class="zm-rows" aria-label="缺口台账">{rows}</ul>'
        f"{pager('gaps', page, pages, total, here.turn)}"
    )


def pager(kind: str, page: int, pages: int, total: int, address: Callable[[int], str] | None = None) -> str:
    """Where one stands among the pages; those before and after as buttons, or as links where pages have addresses."""
    if pages <= 1:
        return f'<p class="zm-pager">共 {total} 条</p>'

    def turn(to: int, words: str) -> str:
        if not 0 <= to < pages:
            return f'<span class="zm-small" aria-disabled="true">{words}</span>'
        go = f'class="zm-small" data-go="{kind}" data-value="{to}"'
        return (
            f'<a href="{address(to)}" {go}>{words}</a>' if address else f'<button type="button" {go}>{words}</button>'
        )

    return (
        f'<p class="zm-pager">{turn(page - 1, "上一页")}<span>第 {page + 1} / {pages} 页，共 {total} 条</span>'
        f"{turn(page + 1, '下一页')}</p>"
    )


def gap_sheet(sheet: GapSheet, drafts: Sequence[Draft], names: Names) -> str:
    """One gap: how it is asked, by whom, what is nearest, what is alike, its drafts and its whole history."""
    line, gap = sheet.line, sheet.line.gap
    facts = {
        "状态": f"{gap.state.label}{_late(line)}",
        "来源": line.details.origin.label,
        "业务类型": escape(gap.business_type) or "未分类",
        "原因": gap.cause.label if gap.cause else "未定",
        "次数": f"{gap.count} 次，近七天 {line.traffic.week} 次，再前七天 {line.traffic.week_before} 次 {_trend(line)}",
        "首次 / 末次": f"{moment(gap.first_seen)} / {moment(gap.last_seen)}",
        "渠道": channels(line),
        "等待的人": _waiting(line, names),
        "负责": _owner(line, names) or "未指派",
        "期限": f"{gap.due or '未定'}{'（' + _URGENT[gap.priority] + '）' if gap.priority in _URGENT else ''}",
    }
    table = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts.items())
    reply = f"<p><b>已答复：</b>{lines(line.details.reply)}</p>" if line.details.reply else ""
    parts = [
        f'<h2 class="zy-question">No.{gap.id} {escape(gap.question)}</h2>',
        _to_golden(gap.id) if gap.state is GapState.VERIFIED else "",
        f'<dl class="zm-facts">{table}</dl>{reply}',
        section("问法", [escape(text) for text in sheet.wordings]),
        section("最接近的现有知识", [_near(one, score) for one, score in sheet.nearest]),
        section(
            "可能问的是同一件事", [_alike(one.id, one.question, score) for one, score in sheet.alike if score >= _ALIKE]
        ),
        section("草稿", [_draft(one, names) for one in drafts]),
        section("经过", [_event(one, names) for one in sheet.history]),
    ]
    back = '<a class="zm-small zm-back" href="./" data-go="gap" data-value="">← 返回台账</a>'
    return f'<article class="zy-card" id="zm-sheet" data-key="{gap.id}">{back}{"".join(parts)}</article>'


def _to_golden(gap_id: int) -> str:
    return (
        f'<p><button type="button" class="zm-small" data-go="golden-gap" data-value="{gap_id}">'
        "设为金标用例</button></p>"
    )


def section(title: str, items: Sequence[str]) -> str:
    """A list under its title; "" when there is nothing in it."""
    shown = "".join(f"<li>{item}</li>" for item in items)
    return f'<h3 class="zm-title">{title}</h3><ul class="zm-list">{shown}</ul>' if items else ""


def moment(at: datetime | None) -> str:
    """A moment as read on the wall; "" for none."""
    return "" if at is None else f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}"


def channels(line: GapLine) -> str:
    """The channels a gap was asked on."""
    return escape("、".join(CHANNELS.get(each, each) for each in line.traffic.channels))


def _row(line: GapLine, names: Names, here: Address) -> str:
    gap = line.gap
    urgent = f'<span class="zm-chip zm-stop">{_URGENT[gap.priority]}</span>' if gap.priority in _URGENT else ""
    facts = [
        f"{gap.count} 次，近七天 {line.traffic.week}{_trend(line)}",
        escape(gap.business_type),
        channels(line),
        f"{len(line.traffic.waiting)} 人等待" if line.traffic.waiting and not _closed(gap.state) else "",
        _owner(line, names),
        f"期限 {gap.due:%m-%d}" if gap.due else "",
        f"{gap.first_seen.astimezone(ZONE):%m-%d} 至 {gap.last_seen.astimezone(ZONE):%m-%d}",
    ]
    return (
        f'<li><a class="zm-row" href="{here.open(gap.id)}" data-go="gap" data-value="{gap.id}">'
        f'<span class="zm-head"><b>No.{gap.id}</b><span class="zm-name">{escape(gap.question)}</span></span>'
        f'<span class="zm-chips"><span class="zm-chip zm-{gap.state.value}">{gap.state.label}</span>'
        f"{_late(line)}{urgent}"
        f"</span><small>{' · '.join(one for one in facts if one)}</small></a></li>"
    )


def _closed(state: GapState) -> bool:
    return state in (GapState.VERIFIED, GapState.REJECTED)


def _trend(line: GapLine) -> str:
    week, before = line.traffic.week, line.traffic.week_before
    return "↑" if week > before else "↓" if week < before else ""


def _late(line: GapLine) -> str:
    return ' <span class="zm-chip zm-stop">超期</span>' if line.overdue else ""


def _owner(line: GapLine, names: Names) -> str:
    gap = line.gap
    if not gap.owner:
        return ""
    return escape(f"{names.of(gap.owner)}{'（' + gap.department + '）' if gap.department else ''}")


def _waiting(line: GapLine, names: Names) -> str:
    if line.gap.state is GapState.VERIFIED:
        return "已全部通知"
    found = [names.of(each) for each in line.traffic.waiting]
    return escape("、".join(found[:12]) + (f" 等 {len(found)} 人" if len(found) > 12 else "")) or "没有"


def _near(passage: Passage, score: float) -> str:
    text = passage.text if len(passage.text) <= _SHOWN else f"{passage.text[:_SHOWN]}……"
    return f"《{escape(passage.title)}》 <small>把握 {score:.0%}</small><br>{lines(text)}"


def _alike(gap_id: int, question: str, score: float) -> str:
    return (
        f'<a class="zy-link" href="{Address().open(gap_id)}" data-go="gap" data-value="{gap_id}">No.{gap_id} '
        f"{escape(question)}</a> <small>相近 {max(score, 0):.0%}</small>"
    )


def _draft(draft: Draft, names: Names) -> str:
    return (
        f'<button type="button" class="zy-link" data-go="draft" data-value="{draft.id}">草稿 {draft.id}　'
        f"{escape(draft.title)}</button> <small>{draft.kind.label} · {draft.state.label} · "
        f"{escape(names.of(draft.author))}</small>"
    )


def _event(event: GapEvent, names: Names) -> str:
    changed = "，".join(filter(None, (_change(name, pair, names) for name, pair in event.changes.items())))
    said = "　".join(escape(part) for part in (changed, event.note) if part)
    return (
        f"<small>{event.at.astimezone(ZONE):%m-%d %H:%M}</small> {escape(names.of(event.principal))} "
        f'<span class="zm-chip">{event.state.label}</span> {said}'
    )


def _change(name: str, pair: Any, names: Names) -> str:
    if name not in _CHANGED or not isinstance(pair, list) or len(pair) != 2:
        return ""
    before, after = (_value(name, each, names) for each in pair)
    return f"{_CHANGED[name]} {before} → {after}" if before else f"{_CHANGED[name]} {after}"


def _value(name: str, value: Any, names: Names) -> str:
    if value is None or value == "":
        return ""
    if name == "owner":
        return names.of(str(value))
    if name == "cause":
        return GapCause(value).label
    if name == "priority":
        return _URGENT.get(value, "一般")
    if name in ("merged", "merged_into", "split", "split_from"):
        return "、".join(f"No.{each}" for each in (value if isinstance(value, list) else [value]))
    return str(value)
