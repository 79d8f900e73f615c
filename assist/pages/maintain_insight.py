"""Health, impact, who has read the digest, and reports on the maintainer's page; maintain.py places it."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from html import escape

import gradio as gr

from assist.loop.desk import Loop
from assist.loop.health import KINDS, Finding
from assist.loop.reports import DIMENSIONS, Report, cells
from assist.loop.xlsx import workbook
from assist.pages.digest import digest_list
from assist.pages.maintain_gaps_html import moment
from assist.pages.maintain_stage import Names, Shown, Stage, day
from assist.pages.sources import lines
from kb.errors import InputRefused
from kb.model import Principal
from kb.store import GapCause

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CAUSES = {
    "contradiction": GapCause.CONTRADICTION,
    "duplicate": GapCause.CONTRADICTION,
    "expired": GapCause.OUTDATED,
    "expiring": GapCause.OUTDATED,
    "complained": GapCause.WORDING,
    "badly_worded": GapCause.WORDING,
}
"""The cause a gap begins with when it comes from a finding of this kind; MISSING stands for no other."""

_OPEN = 3
"""So many findings of a kind are unfolded at first."""

OpenGap = Callable[[Principal, int], Shown]


class InsightTab:
    """Components and events of looking at the whole; `open_gap` shows a gap on its tab."""

    def __init__(self, loop: Loop, names: Names, open_gap: OpenGap) -> None:
        self._loop = loop
        self._names = names
        self._open_gap = open_gap

    def build_health(self, stage: Stage) -> None:
        """Puts health, impact and digest on the page."""
        with gr.Row(elem_classes="zm-filters"):
            health = gr.Button("知识体检", variant="primary", elem_id="zm-health", min_width=90)
            news = gr.Button("新政策速递与阅读确认", elem_id="zm-news", min_width=130)
        with gr.Row(elem_classes="zm-filters"):
            stage.put("source", gr.Textbox("", label="改动的文档来源或标题", max_lines=1, elem_id="zm-source"))
            stage.put("clause", gr.Textbox("", label="条款（可空）", max_lines=1, elem_id="zm-clause"))
            impact = gr.Button("看影响面", elem_id="zm-impact", min_width=80)
        stage.html("insight")
        stage.put("found", gr.State(()))
        stage.on([health.click], self.health, named=False, busy="正在体检，约需几秒……")
        stage.on([impact.click], self.impact, ["source", "clause"], named=False)
        stage.on([news.click], self.news, named=False)
        stage.link("work", self.work, ["found"])

    def build_reports(self, stage: Stage) -> None:
        """Puts the reports on the page."""
        with gr.Row(elem_classes="zm-filters"):
            choices = [(label, key) for key, label in DIMENSIONS.items()]
            kind = gr.Dropdown(choices, value="business_type", label="按", filterable=False, elem_id="zm-dimension")
            stage.put("dimension", kind)
            stage.put("from", gr.Textbox("", label="起（空着为 30 天前）", placeholder="2026-11-01", elem_id="zm-from"))
            stage.put("to", gr.Textbox("", label="止（空着为今天）", placeholder="2026-11-30", elem_id="zm-to"))
            make = gr.Button("出报表", variant="primary", elem_id="zm-make-report", min_width=80)
        stage.html("report")
        first, last = stage.parts["from"], stage.parts["to"]
        triggers = [make.click, kind.input, first.submit, last.submit]
        stage.on(triggers, self.report, ["dimension", "from", "to"], named=False)

    def health(self, who: Principal) -> Shown:
        """What is unhealthy in the knowledge."""
        found = tuple(self._loop.health.examine(who))
        return {"insight": findings(found), "found": found}

    def impact(self, who: Principal, source: str, clause: str) -> Shown:
        """What depends on a document."""
        if not source.strip():
            raise InputRefused("no source", hint="请写明改动的是哪份文档（来源文件名或标题）。")
        found = tuple(self._loop.health.impact(who, source.strip(), clause.strip()))
        return {"insight": findings(found, none="没有发现依赖它的话术、问答、优惠或题目。"), "found": found}

    def news(self, who: Principal) -> Shown:
        """What the latest release changed, and who has confirmed reading it."""
        names = self._names.now()
        readers = "".join(
            f"<li>{escape(names.of(one))} <small>{moment(at)}</small></li>"
            for one, at in self._loop.news.readers(who).items()
        )
        read = f'<ul class="zm-list">{readers}</ul>' if readers else '<p class="zy-empty">还没有人确认。</p>'
        changed = digest_list(self._loop.news.latest(who)) or '<p class="zy-empty">最近一次发布没有改动。</p>'
        shown = f'<article class="zy-card" id="zm-readers"><h3 class="zm-title">已确认阅读</h3>{read}</article>'
        return {"insight": f'{shown}<article class="zy-card"><h3 class="zm-title">最近一次发布</h3>{changed}</article>'}

    def work(self, who: Principal, at: str, found: Sequence[Finding]) -> Shown:
        """One click from a finding to a gap that its finder owns, with the evidence."""
        if not at.isdigit() or int(at) >= len(found):
            raise InputRefused("no finding", hint="请重新体检后再点。")
        one = found[int(at)]
        kind = KINDS.get(one.kind, "受影响")
        said = "：".join([kind, one.title, *one.evidence[:1]])[:200]
        gap = self._loop.gaps.suggest(who, said)
        note = f"证据：{'；'.join(one.evidence)}（{'、'.join(one.sources)}）"[:2_000]
        cause = CAUSES.get(one.kind)
        self._loop.gaps.assign(who, gap, owner=who.id, department=who.department, cause=cause, note=note)
        return {**self._open_gap(who, gap), "alert": f"已建成缺口 No.{gap}，由您负责，证据在“经过”里。"}

    def report(self, who: Principal, dimension: str, first: str, last: str) -> Shown:
        """A report over days; the last thirty when none are given."""
        until = day(last, "止") or self._loop.news.today()
        since = day(first, "起") or until - timedelta(days=29)
        return {"report": report(self._loop.reports.report(who, dimension, since, until))}


def findings(found: Sequence[Finding], *, none: str = "没有发现问题。") -> str:
    """Findings by kind, each with its evidence and a button that makes work of it."""
    if not found:
        return f'<p class="zy-empty">{none}</p>'
    kinds: dict[str, list[int]] = defaultdict(list)
    for at, one in enumerate(found):
        kinds[one.kind].append(at)
    parts = []
    for kind, places in kinds.items():
        items = "".join(_finding(at, found[at], unfolded=n < _OPEN) for n, at in enumerate(places))
        parts.append(f'<h3 class="zm-title">{KINDS.get(kind, "受影响")}（{len(places)}）</h3>{items}')
    return f'<article class="zy-card" id="zm-findings">{"".join(parts)}</article>'


def _finding(at: int, one: Finding, *, unfolded: bool) -> str:
    evidence = "".join(f"<li>{lines(text[:400])}</li>" for text in one.evidence)
    return (
        f'<details class="zm-finding"{" open" if unfolded else ""}><summary>{escape(one.title)}</summary>'
        f'<ul class="zm-list">{evidence}</ul><p><small>{escape("、".join(one.sources))}</small> '
        f'<button type="button" class="zm-small" data-go="work" data-value="{at}">派给我处理</button></p></details>'
    )


def report(found: Report) -> str:
    """The report as bars and a table, with its sheet to be saved."""
    header, *rows = cells(found)
    if not found.rows:
        return f'<p class="zy-empty">{found.first} 至 {found.last} 没有提问。</p>'
    most = max((row.asked for row in found.rows), default=0) or 1
    bars = "".join(_bar(row.name, row.asked, row.answered, row.refused, most) for row in found.rows)
    table = "".join(f"<tr>{''.join(f'<td>{escape(_cell(cell))}</td>' for cell in row)}</tr>" for row in rows)
    head = "".join(f"<th>{cell}</th>" for cell in header)
    kept = base64.b64encode(workbook(f"{found.first} 至 {found.last}", cells(found))).decode()
    name = f"报表-{found.first}-{found.last}.xlsx"
    return (
        f'<article class="zy-card" id="zm-table"><p>{found.first} 至 {found.last}</p>'
        '<p class="zm-legend"><i class="zm-good"></i>首次答出<i class="zm-refused"></i>拒答'
        '<i class="zm-rest"></i>其他</p>'
        f'<div class="zm-bars">{bars}</div>'
        f'<div class="zm-wide" tabindex="0"><table class="zm-table"><tr>{head}</tr>{table}</table></div>'
        f'<p><a class="zm-save" download="{name}" href="data:{XLSX};base64,{kept}">存为 XLSX</a></p></article>'
    )


def _bar(name: str, asked: int, answered: int, refused: int, most: int) -> str:
    parts = (("good", answered), ("refused", refused), ("rest", max(0, asked - answered - refused)))
    drawn = "".join(f'<i class="zm-{kind}" style="width:{100 * part / most:.1f}%"></i>' for kind, part in parts if part)
    said = f"{name}：提问 {asked}，首次答出 {answered}，拒答 {refused}"
    return (
        f'<div class="zm-bar" role="img" aria-label="{escape(said)}"><span>{escape(name)}</span>'
        f'<span class="zm-track">{drawn}</span><b>{asked}</b></div>'
    )


def _cell(value: object) -> str:
    return "—" if value is None else str(value)
