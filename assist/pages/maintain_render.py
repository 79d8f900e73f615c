"""The maintainer's ledger, drafts, gate and releases as HTML: pure functions, everything from outside escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from assist.loop.drafting import DraftSheet
from assist.loop.work import GapLine, GapSheet
from assist.pages.sources import lines
from kb.clock import ZONE
from kb.store import Draft, GapState, GateRun, Plan, Release

_CHANGES = {"worse": "变差", "different": "有变化", "better": "变好"}
_STATES = {"active": "正在应答", "superseded": "曾应答"}
_KINDS = {"ingest": "导入", "draft": "页面发布", "rollback": "回退"}


def ledger(found: Sequence[GapLine], counts: Mapping[GapState, int]) -> str:
    """The ledger as a table, after the counts of each state."""
    chips = "".join(f'<span class="zm-chip">{state.label} {counts[state]}</span>' for state in GapState)
    if not found:
        return f'<p class="zm-counts">{chips}</p><p class="zy-empty">没有这样的缺口。</p>'
    rows = "".join(_line(line) for line in found)
    head = "<tr><th>编号</th><th>问题</th><th>次数</th><th>近七天</th><th>类型</th><th>状态</th><th>负责</th></tr>"
    return f'<p class="zm-counts">{chips}</p><div class="zm-wide"><table class="zm-table">{head}{rows}</table></div>'


def gap_sheet(sheet: GapSheet) -> str:
    """One gap: wordings, nearest knowledge, alike gaps, history."""
    gap, line = sheet.line.gap, sheet.line
    near = [hit for one in sheet.questions[-1:] for hit in one.nearest]
    cause = f" · {gap.cause.label}" if gap.cause else ""
    waits = f"{len(line.traffic.waiting)} 人等待" if gap.state is not GapState.VERIFIED else "已通知"
    parts = [
        f'<h2 class="zy-question">No.{gap.id} {escape(gap.question)}</h2>',
        f"<p>{gap.state.label} · {line.details.origin.label}{cause} · {gap.count} 次 · {waits}"
        f" · {escape('、'.join(line.traffic.channels))}</p>",
        _section("问法", [escape(text) for text in sheet.wordings]),
        _section("最接近的知识", [f"《{escape(hit.title)}》 {hit.confidence:.2f}" for hit in near]),
        _section("相近的缺口", [f"No.{one.id} {escape(one.question)}（{score:.2f}）" for one, score in sheet.alike]),
        _section(
            "经过",
            [
                f"{one.at.astimezone(ZONE):%m-%d %H:%M} {escape(one.principal)} {one.state.label} {escape(one.note)}"
                for one in sheet.history
            ],
        ),
    ]
    return f'<article class="zy-card" id="zm-sheet">{"".join(parts)}</article>'


def drafts_table(found: Sequence[Draft]) -> str:
    """Drafts, the latest changed first."""
    if not found:
        return '<p class="zy-empty">还没有草稿。</p>'
    rows = "".join(
        f"<tr><td>{one.id}</td><td>{escape(one.title)}</td><td>{one.kind.label}</td><td>{one.state.label}</td>"
        f"<td>{escape(one.author)}</td><td>{escape(one.approver)}</td></tr>"
        for one in found
    )
    head = "<tr><th>编号</th><th>标题</th><th>种类</th><th>状态</th><th>起草</th><th>批准</th></tr>"
    return f'<div class="zm-wide"><table class="zm-table">{head}{rows}</table></div>'


def draft_sheet(sheet: DraftSheet) -> str:
    """What the reviewer needs beside a draft: differences, conflicts, passages nearby."""
    draft = sheet.draft
    machine = " · 模型草拟，未经人改" if draft.machine else ""
    parts = [
        f'<h2 class="zy-question">草稿 {draft.id} · {draft.kind.label} · {draft.state.label}{machine}</h2>',
        f"<p>第 {draft.revision} 稿 · 起草 {escape(draft.author)}"
        f"{' · 批准 ' + escape(draft.approver) if draft.approver else ''}</p>",
        f"<p>{escape(draft.note)}</p>" if draft.note else "",
        _section("与现行的差别", [f"<b>{escape(one.heading)}</b> {_pieces(one.pieces)}" for one in sheet.changes]),
        _section(
            "可能冲突",
            [
                f"《{escape(one.passage.title)}》{lines(one.passage.text)}（不同数字：{escape('、'.join(one.figures))}）"
                for one in sheet.conflicts
            ],
        ),
        _section("相关段落", [f"《{escape(one.title)}》{lines(one.text)}" for one in sheet.nearby]),
    ]
    return f'<article class="zy-card" id="zm-draft">{"".join(parts)}</article>'


def plans_table(plans: Sequence[Plan], releases: Sequence[Release]) -> str:
    """Plans and what went out."""
    planned = "".join(
        f"<tr><td>计划 {one.id}</td><td>{one.state.label}</td><td>{escape(one.note)} 草稿 "
        f"{'、'.join(map(str, one.draft_ids))}</td><td>{_moment(one.activate_at) or '手工'}</td>"
        f"<td>{escape(one.author)} {escape(one.problem)}</td></tr>"
        for one in plans
    )
    gone = "".join(
        f"<tr><td>发布 {one.id}</td><td>{_STATES.get(one.state.value, one.state.value)}</td>"
        f"<td>{_KINDS.get(one.kind.value, one.kind.value)} {escape(one.note)}</td><td>{_moment(one.activated_at)}</td>"
        f"<td>{escape(one.author)} {escape(one.override_reason or '')}</td></tr>"
        for one in releases
    )
    head = "<tr><th>编号</th><th>状态</th><th>内容</th><th>时间</th><th>人</th></tr>"
    return f'<div class="zm-wide"><table class="zm-table">{head}{planned}{gone}</table></div>'


def gate_report(run: GateRun) -> str:
    """What the gate found, side by side, the worse first."""
    report: Mapping[str, Any] = run.report
    verdict = "应答测试通过" if report["passed"] else f"应答测试未通过：{escape('、'.join(report['broken'][:10]))}"
    counts = report["counts"]
    numbers = f"共问 {report['asked']} 题：不变 {counts['same']}，变好 {counts['better']}，"
    numbers += f"变差 {counts['worse']}，有变化 {counts['different']}"
    rows = "".join(
        f'<tr class="zm-{line["change"]}"><td>{_CHANGES[line["change"]]}</td><td>{escape(line["question"])}</td>'
        f"<td>{lines(line['before'])}</td><td>{lines(line['after'])}</td></tr>"
        for line in report["lines"][:200]
    )
    head = "<tr><th></th><th>问题</th><th>现在的回答</th><th>发布后的回答</th></tr>"
    table = f'<div class="zm-wide"><table class="zm-table">{head}{rows}</table></div>' if rows else ""
    return (
        f'<article class="zy-card" id="zm-gate"><h2 class="zy-question">{verdict}</h2><p>{numbers}</p>{table}</article>'
    )


def _line(line: GapLine) -> str:
    gap = line.gap
    trend = "↑" if line.traffic.week > line.traffic.week_before else ""
    late = ' <b class="zm-late">超期</b>' if line.overdue else ""
    return (
        f"<tr><td>{gap.id}</td><td>{escape(gap.question)}</td><td>{gap.count}</td>"
        f"<td>{line.traffic.week}{trend}</td><td>{escape(gap.business_type)}</td>"
        f"<td>{gap.state.label}{late}</td><td>{escape(gap.owner)}</td></tr>"
    )


def _section(title: str, items: Sequence[str]) -> str:
    shown = "".join(f"<li>{item}</li>" for item in items)
    return f'<h3 class="zy-title">{title}</h3><ul class="zm-list">{shown}</ul>' if items else ""


def _pieces(pieces: Sequence[tuple[str, str]]) -> str:
    tags = {"same": "span", "old": "del", "new": "ins"}
    return "".join(f"<{tags[kind]}>{lines(text)}</{tags[kind]}>" for kind, text in pieces)


def _moment(moment: Any) -> str:
    return "" if moment is None else f"{moment.astimezone(ZONE):%Y-%m-%d %H:%M}"
