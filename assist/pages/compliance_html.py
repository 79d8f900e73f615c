"""Compliance reports as HTML: pure functions, everything from outside escaped; the compliance page calls them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from assist.compliance.model import MATCHES, Category, DimensionScore, Finding, Report, Score
from assist.pages.sources import in_force, lines

_EXAMPLES = (
    "这事没办法，您先冷静一下。",
    "您放心，今天保证给您修好，违约金我帮您免掉。",
    "坐席：您好，请讲。\n客户：我要投诉，乱扣我钱！\n坐席：肯定是您自己点的，才几块钱。",
)
EXAMPLES = '<div class="zy-examples">{}</div>'.format(
    "".join(
        f'<button type="button" class="zy-example" data-fill="{escape(text)}">{escape(text.splitlines()[-1])}</button>'
        for text in _EXAMPLES
    )
)
"""Texts that can be tried with one click."""


def empty_card() -> str:
    """What stands in the report's place before the first check."""
    return (
        '<article class="zy-card zy-welcome"><p>检查一段应答或一通转写：禁用语（含间隔、谐音、同义的变形）、'
        "缺少的步骤与必告知、越权承诺、念出的个人信息。每条都给出依据和可以改说的话，"
        "并按准确、流程、态度、沟通四维评分。内容不留存。</p></article>"
    )


def report_card(text: str, report: Report, *, weights: bool) -> str:
    """The score, the text with every fault marked, and the findings; points only with `weights`."""
    tone = "zy-answered" if report.clean else "zy-refused"
    return (
        f'<article class="zy-card {tone}" role="region" aria-label="检查结果" aria-live="polite">'
        f"{_score(report, weights=weights)}{_marked(text, report.findings)}"
        f"{_findings(report.findings, weights=weights)}"
        "</article>"
    )


def _score(report: Report, *, weights: bool) -> str:
    score = report.score
    red = "".join(f'<p class="zy-red">红线：{escape(title)}，当通零分</p>' for title in score.red_lines)
    found = "没有发现问题" if report.clean else f"发现 {len(report.findings)} 处"
    bars = "".join(_bar(one, weights=weights) for one in score.dimensions)
    return (
        f'<div class="zy-score"><b class="zy-total zy-grade-{escape(score.grade)}">{score.total}</b>'
        f"<span>{escape(score.grade)} 级 · {found} · 按 {report.as_of} 的规则</span></div>{red}"
        f'<dl class="zy-bars">{bars}</dl>{_why(score, weights=weights)}'
    )


def _bar(one: DimensionScore, *, weights: bool) -> str:
    percent = round(100 * one.kept / one.weight)
    value = f"{one.kept}/{one.weight}" if weights else f"{percent}%"
    return (
        f"<div><dt>{escape(one.dimension.label)}</dt><dd>"
        f'<span class="zy-bar" aria-hidden="true"><i style="width:{percent}%"></i></span>{value}</dd></div>'
    )


def _why(score: Score, *, weights: bool) -> str:
    reasons: list[str] = []
    for one in score.dimensions:
        said = [reason if weights else reason.rpartition("（")[0] for reason in one.reasons]
        reasons += [f"{one.dimension.label}：{'；'.join(said)}"] if said else []
    return "".join(f'<p class="zy-why">{escape(reason)}</p>' for reason in reasons)


def _marked(text: str, findings: Sequence[Finding]) -> str:
    """The text with faults marked; personal numbers are shown masked."""
    placed = [one for one in findings if one.end > one.start]
    if not placed:
        return f'<div class="zy-said">{lines(text)}</div>'
    parts: list[str] = []
    end = 0
    for one in placed:
        parts.append(lines(text[end : one.start]))
        number = findings.index(one) + 1
        masked = one.category is Category.PRIVACY and "*" in one.quote
        said = one.quote if masked else text[one.start : one.end]
        parts.append(f'<mark class="zy-fault zy-fault-{one.category}">{lines(said)}<sup>{number}</sup></mark>')
        end = one.end
    parts.append(lines(text[end:]))
    return f'<div class="zy-said">{"".join(parts)}</div>'


def _findings(findings: Sequence[Finding], *, weights: bool) -> str:
    items = "".join(_finding(n, one, weights=weights) for n, one in enumerate(findings, start=1))
    return f'<ol class="zy-findings">{items}</ol>' if items else ""


def _finding(n: int, one: Finding, *, weights: bool) -> str:
    chip = f'<span class="zy-chip zy-kind-{one.category}">{escape(one.category.label)}</span>'
    red = '<span class="zy-chip zy-kind-red">红线</span>' if one.red_line else ""
    how = "" if one.match in ("exact", "pattern", "absence") else f'<span class="zy-chip">{MATCHES[one.match]}</span>'
    cost = f"<small>扣 {one.points} 分</small>" if weights else ""
    days = in_force(one.basis.effective_from, one.basis.effective_to)
    return (
        f'<li value="{n}"><p class="zy-line">{chip}{red}{how}<b>{escape(one.quote)}</b>{cost}</p>'
        f'<p class="zy-basis">{escape(one.basis.title)}<br><small>依据：{escape(one.basis.source)}，{days}</small></p>'
        f"{_instead(one)}</li>"
    )


def _instead(one: Finding) -> str:
    if not one.instead or one.instead == one.quote:
        return ""
    heading = "要补上" if one.category is Category.MISSING else "可以这样说"
    return (
        f'<div class="zy-instead"><h3>{heading}<button type="button" class="zy-copy" data-copy="{escape(one.instead)}">'
        f"复制</button></h3>{lines(one.instead)}</div>"
    )
