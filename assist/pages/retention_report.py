"""The retention report as HTML: kept shares with their intervals, tables, trials, opinions; pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

from assist.retention.report import Group, Report
from assist.retention.views import reason_label, style_label
from kb.store import Opinion, OpinionState, RetentionOutcome, Tally, Trial, TrialState

_LEFT, _RIGHT, _ROW = 84, 96, 34
_WIDTH = 376


def report_card(report: Report) -> str:
    """Chart of the variants, what can be said about them, and a table for every dimension."""
    total = report.total
    if not total.settled and not total.call_back:
        return '<div class="zy-card zy-wait"><p>这段时间还没有登记挽留结果。</p></div>'
    tables = (
        ("话术版本", report.styles, style_label),
        ("离网原因", report.reasons, reason_label),
        ("客户层级", report.segments, str),
        ("时段", report.slots, str),
    )
    return (
        '<div class="zy-card zy-report">'
        f'<p class="zy-total">共 {total.settled + total.call_back} 通：留住 {total.kept}，流失 {total.lost}，'
        f"约回电 {total.call_back}</p>"
        f"<h3>各版本留住率（95% 区间）</h3>{chart(report.styles, style_label)}"
        f'<p class="zy-finding">{escape(_finding(report))}</p>'
        + "".join(_table(title, groups, label) for title, groups, label in tables)
        + "</div>"
    )


def chart(groups: Sequence[Group], label: Callable[[str], str]) -> str:
    """Kept shares as dots with their intervals as whiskers, drawn in SVG; figures stand beside them as text."""
    known = [each for each in groups if each.interval is not None and each.share is not None]
    if not known:
        return '<p class="zy-empty">还没有有结果的来电，画不出图。</p>'
    height = _ROW * len(known) + 24
    rows = "".join(_bar(each, label(each.value), _ROW * at + 18) for at, each in enumerate(known))
    axis = "".join(_tick(tick, height) for tick in (0.0, 0.5, 1.0))
    words = "；".join(f"{label(each.value)}留住率{each.share:.0%}" for each in known)
    return (
        f'<svg class="zy-chart" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(words)}">'
        f"{axis}{rows}</svg>"
    )


def _bar(group: Group, name: str, y: int) -> str:
    """One variant: its name, its interval, its share, its figures."""
    assert group.interval is not None
    assert group.share is not None
    low, high = map(_x, group.interval)
    return (
        f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end" class="zy-c-name">{escape(name)}</text>'
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}" class="zy-c-span"/>'
        f'<circle cx="{_x(group.share):.1f}" cy="{y}" r="5" class="zy-c-dot"/>'
        f'<text x="{_WIDTH - _RIGHT + 8}" y="{y + 4}" class="zy-c-figure">{group.share:.0%} · {group.settled}通</text>'
    )


def _tick(share: float, height: int) -> str:
    x = f"{_x(share):.1f}"
    return (
        f'<line x1="{x}" x2="{x}" y1="4" y2="{height - 18}" class="zy-c-grid"/>'
        f'<text x="{x}" y="{height - 4}" text-anchor="middle" class="zy-c-tick">{share:.0%}</text>'
    )


def _x(share: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * share


def trials_card(trials: Sequence[tuple[Trial, Mapping[str, Tally]]]) -> str:
    """Every trial with its counts by variant."""
    if not trials:
        return '<p class="zy-empty">还没有话术试验；没有试验时一律用第一个版本。</p>'
    return "".join(_trial(trial, tallies) for trial, tallies in trials)


def opinions_card(opinions: Sequence[Opinion]) -> str:
    """Opinions with the department that owes an answer."""
    if not opinions:
        return '<p class="zy-empty">还没有客户意见。</p>'
    items = "".join(map(_opinion, opinions))
    return f'<ul class="zy-others">{items}</ul>'


def _opinion(opinion: Opinion) -> str:
    state = "已答复" if opinion.state is OpinionState.ANSWERED else "待答复"
    reply = f"<br><i>答复：{escape(opinion.reply)}</i>" if opinion.reply else ""
    return (
        f"<li><b>No.{opinion.id} {escape(opinion.department)}</b> <small>{state} · "
        f"{escape(reason_label(opinion.reason))}</small><br>{escape(opinion.text)}{reply}</li>"
    )


def open_calls_card(calls: Sequence[RetentionOutcome]) -> str:
    """Calls somebody promised to ring back."""
    if not calls:
        return '<p class="zy-empty">没有待回电的客户。</p>'
    items = "".join(
        f"<li>No.{each.id} 约 {each.call_back_on} 回电 <small>{escape(reason_label(each.reason))}</small>"
        f"{'<br>' + escape(each.remark) if each.remark else ''}</li>"
        for each in calls
    )
    return f'<ul class="zy-others">{items}</ul>'


def _finding(report: Report) -> str:
    leader = report.contest.leader
    chance = "" if report.randomised else "（没有试验，版本不是随机分配的，仅供参考）"
    return (f"“{style_label(leader)}”更好：" if leader else "") + report.contest.reason + chance


def _table(title: str, groups: Sequence[Group], label: Callable[[str], str]) -> str:
    rows = "".join(
        f"<tr><td>{escape(label(each.value))}</td><td>{each.kept}</td><td>{each.lost}</td><td>{each.call_back}</td>"
        f"<td>{_share(each)}</td></tr>"
        for each in groups
    )
    return (
        f'<table class="zy-table"><thead><tr><th>{escape(title)}</th><th>留住</th><th>流失</th><th>回电</th>'
        f"<th>留住率</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _share(group: Group) -> str:
    if group.share is None or group.interval is None:
        return "—"
    low, high = group.interval
    return f"{group.share:.0%}<small>（{low:.0%}–{high:.0%}）</small>"


def _trial(trial: Trial, tallies: Mapping[str, Tally]) -> str:
    state = "进行中" if trial.state is TrialState.RUNNING else "已停止"
    scope = reason_label(trial.reason) if trial.reason else "全部原因"
    arms = "".join(
        f"<li>{escape(style_label(style))}：分配 {tally.assigned}，留住 {tally.kept}，流失 {tally.lost}</li>"
        for style in trial.styles
        for tally in [tallies.get(style) or Tally()]
    )
    return (
        f'<div class="zy-trial"><b>No.{trial.id} {escape(trial.name)}</b> <small>{state} · {escape(scope)} · '
        f"随机 {trial.exploration:.0%} · 每版至少 {trial.minimum} 通</small><ul>{arms}</ul></div>"
    )
