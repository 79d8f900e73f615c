"""Plans, gate reports and releases as HTML: pure functions, everything escaped; maintain_releases.py shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from assist.pages.maintain_gaps_html import moment
from assist.pages.maintain_stage import Names
from assist.pages.sources import lines
from kb.store import Draft, GateRun, Plan, Release

_CHANGES = {"worse": "变差", "different": "有变化", "better": "变好"}
_ORIGINS = {"golden": "金标用例", "verified": "已验证缺口", "recent": "最近提问"}
_STATES = {"active": "正在应答", "superseded": "曾应答"}
_KINDS = {"ingest": "导入", "draft": "页面发布", "rollback": "回退"}
_SHOWN = 100
NO_GOLDEN = (
    '<p class="zy-notice" id="zm-no-golden">本库还没有金标用例，应答测试只问已验证的缺口和最近的提问，'
    "挡不住改坏老问题的发布。请到“金标用例”页签新增或导入，再做一次应答测试。</p>"
)
"""Said where the gate has no golden cases to ask."""


def plans_list(plans: Sequence[Plan], names: Names) -> str:
    """Plans, newest first, each row a button that opens it."""
    if not plans:
        return '<p class="zy-empty">还没有发布计划。</p>'
    return f'<ul class="zm-rows" aria-label="发布计划">{"".join(_row(one, names) for one in plans)}</ul>'


def releases_list(releases: Sequence[Release], names: Names) -> str:
    """What answers and what answered, newest first, each but the present one with a button to roll back to it."""
    rows = "".join(_release(one, names) for one in releases)
    return f'<ul class="zm-rows" aria-label="历次发布">{rows}</ul>'


def plan_head(plan: Plan, drafts: Sequence[Draft], names: Names) -> str:
    """One plan: what it holds, when it goes out, and what went wrong."""
    held = "".join(
        f'<li><button type="button" class="zy-link" data-go="draft" data-value="{one.id}">草稿 {one.id}　'
        f"{escape(one.title)}</button> <small>{one.kind.label} · {one.state.label} · 起草 "
        f"{escape(names.of(one.author))} · 批准 {escape(names.of(one.approver))}</small></li>"
        for one in drafts
    )
    gone = "".join(f"<li>下架 {escape(source)}</li>" for source in plan.retire)
    problem = f'<p class="zy-alert">{lines(plan.problem)}</p>' if plan.problem else ""
    override = (
        f'<p class="zy-notice">{escape(names.of(plan.override_by))} 署名放行：{lines(plan.override_reason)}</p>'
        if plan.override_reason
        else ""
    )
    when = f"定于 {moment(plan.activate_at)} 自动发布" if plan.activate_at else "手工发布"
    note = f"<p>{lines(plan.note)}</p>" if plan.note else ""
    return (
        f'<article class="zy-card" id="zm-plan-sheet" data-key="{plan.id}">'
        '<button type="button" class="zm-small zm-back" data-go="plan" data-value="">← 返回发布</button>'
        f'<h2 class="zy-question">发布计划 {plan.id} · {plan.state.label}</h2>{note}'
        f"<p>{when} · 建立 {escape(names.of(plan.author))}</p>{problem}{override}"
        f'<ul class="zm-list">{held}{gone}</ul></article>'
    )


def gate_report(run: GateRun, names: Names) -> str:
    """What the gate found, both answers side by side, the worse first."""
    report: Mapping[str, Any] = run.report
    passed, counts = report["passed"], report["counts"]
    verdict = "应答测试通过" if passed else f"应答测试未通过：{len(report['broken'])} 道用例变错"
    broken = "" if passed else f"<p>变错的：{escape('、'.join(report['broken'][:20]))}</p>"
    chips = "".join(
        f'<span class="zm-chip zm-{name}">{label} {counts[name]}</span>'
        for name, label in (("worse", "变差"), ("different", "有变化"), ("better", "变好"), ("same", "不变"))
    )
    shown = "".join(map(_compared, report["lines"][:_SHOWN]))
    more = len(report["lines"]) - _SHOWN
    rest = f'<p class="zy-empty">另有 {more} 题有变化，未全部列出。</p>' if more > 0 else ""
    return (
        f'<article class="zy-card zm-{"good" if passed else "bad"}-card" id="zm-gate">'
        f'<h2 class="zy-question">{verdict}</h2>{broken}'
        f"<p>共问 {report['asked']} 题{_asked(report)} · {moment(run.at)} · {escape(names.of(run.principal))}</p>"
        f'<p class="zm-counts">{chips}</p>{shown}{rest}</article>'
    )


def _asked(report: Mapping[str, Any]) -> str:
    """How many of the questions came from where, for a run that noted it."""
    told = [f"{label} {report['origins'].get(name, 0)}" for name, label in _ORIGINS.items() if "origins" in report]
    return f"（{'、'.join(told)}）" if told else ""


def _compared(line: Mapping[str, Any]) -> str:
    origin = _ORIGINS.get(line["origin"], "")
    return (
        f'<div class="zm-clause"><b><span class="zm-chip zm-{line["change"]}">{_CHANGES[line["change"]]}</span> '
        f"{escape(line['question'])}</b> <small>{origin} {escape(line['id'])}</small>"
        '<div class="zy-versions">'
        f"{_side('现在的回答', line['before'], line['before_right'])}"
        f"{_side('发布后的回答', line['after'], line['after_right'])}</div></div>"
    )


def _side(name: str, said: str, right: bool | None) -> str:
    judged = "" if right is None else "（对）" if right else "（错）"
    return f'<div class="zy-version"><small>{name}{judged}</small><p>{lines(said)}</p></div>'


def _row(plan: Plan, names: Names) -> str:
    when = f"定时 {moment(plan.activate_at)}" if plan.activate_at else "手工"
    title = plan.note or f"草稿 {'、'.join(map(str, plan.draft_ids))}"
    return (
        f'<li><button type="button" class="zm-row" data-go="plan" data-value="{plan.id}">'
        f'<span class="zm-head"><b>计划 {plan.id}</b><span class="zm-name">{escape(title)}</span></span>'
        f'<span class="zm-chips"><span class="zm-chip zm-{plan.state.value}">{plan.state.label}</span></span>'
        f"<small>{when} · {escape(names.of(plan.author))} · {moment(plan.created_at)}</small></button></li>"
    )


def _release(one: Release, names: Names) -> str:
    back = (
        f'<button type="button" class="zm-small" data-go="rollback" data-value="{one.id}">回退到这次</button>'
        if one.state.value != "active"
        else ""
    )
    override = f" · 放行理由：{escape(one.override_reason)}" if one.override_reason else ""
    return (
        f'<li class="zm-plain"><span class="zm-head"><b>发布 {one.id}</b><span class="zm-name">'
        f"{_KINDS.get(one.kind.value, one.kind.value)} {escape(one.note)}</span>{back}</span>"
        f"<small>{_STATES.get(one.state.value, one.state.value)} · {moment(one.activated_at)} · "
        f"{escape(names.of(one.author))}{override}</small></li>"
    )
