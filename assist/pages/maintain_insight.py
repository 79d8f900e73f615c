"""Health, impact, digest and reports on the maintainer's page: events and their HTML; maintain.py wires them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import timedelta
from html import escape

from assist.loop.desk import Loop
from assist.loop.health import KINDS, Finding
from assist.loop.news import Digest
from assist.loop.reports import Report, cells
from assist.loop.xlsx import workbook
from assist.pages.maintain_events import day_of, said
from assist.pages.sources import lines
from kb.model import Principal

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WHAT = {"added": "新增", "changed": "改动", "retired": "下架"}


class Insight:
    """One method an event; each gives the message and what is shown."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop

    def health(self, name: str, role: str) -> tuple[str, str]:
        """What is unhealthy in the knowledge."""
        return said(lambda who: ("", findings(self._loop.health.examine(who))), name, role, 1)

    def impact(self, name: str, role: str, source: str, clause: str) -> tuple[str, str]:
        """What depends on a document."""
        return said(
            lambda who: ("", findings(self._loop.health.impact(who, source.strip(), clause.strip()))), name, role, 1
        )

    def news(self, name: str, role: str) -> tuple[str, str]:
        """What changed since the person last confirmed."""
        return said(lambda who: ("", digest(self._loop.news.digest(who))), name, role, 1)

    def read(self, name: str, role: str) -> tuple[str, str]:
        """Confirms reading."""

        def confirmed(who: Principal) -> tuple[str, str]:
            self._loop.news.confirm(who)
            return "已确认阅读。", digest(self._loop.news.digest(who))

        return said(confirmed, name, role, 1)

    def report(self, name: str, role: str, dimension: str, first: str, last: str) -> tuple[str, str]:
        """A report over days; the last thirty when none are given."""

        def made(who: Principal) -> tuple[str, str]:
            until = day_of(last) or self._loop.news.today()
            since = day_of(first) or until - timedelta(days=29)
            return "", report(self._loop.reports.report(who, dimension, since, until))

        return said(made, name, role, 1)


def findings(found: Sequence[Finding]) -> str:
    """Findings, each with its evidence."""
    if not found:
        return '<p class="zy-empty">没有发现问题。</p>'
    items = "".join(
        f"<li><b>{KINDS.get(one.kind, '受影响')}</b> {escape(one.title)}（{escape('、'.join(one.sources))}）"
        f"<ul>{''.join(f'<li>{lines(text)}</li>' for text in one.evidence)}</ul></li>"
        for one in found
    )
    return f'<article class="zy-card"><ul class="zm-list">{items}</ul></article>'


def digest(found: Digest) -> str:
    """What changed, old and new."""
    if not found.items:
        return '<p class="zy-empty">没有未读的变动。</p>'
    items = "".join(
        f"<li><b>{_WHAT[item.what]}</b> 《{escape(item.title)}》"
        + "".join(
            f"<p>{escape(one.heading)}</p><p><del>{lines(one.before)}</del></p><p><ins>{lines(one.after)}</ins></p>"
            for one in item.changes[:20]
        )
        + "</li>"
        for item in found.items
    )
    return f'<article class="zy-card"><ul class="zm-list">{items}</ul></article>'


def report(found: Report) -> str:
    """The report as bars and a table, with its sheet to be saved."""
    header, *rows = cells(found)
    most = max((row.asked for row in found.rows), default=0) or 1
    bars = "".join(
        f'<div class="zm-bar"><span>{escape(row.name)}</span>'
        f'<i style="width:{100 * row.answered / most:.1f}%" class="zm-good"></i>'
        f'<i style="width:{100 * (row.asked - row.answered) / most:.1f}%" class="zm-rest"></i><b>{row.asked}</b></div>'
        for row in found.rows
    )
    table = "".join(f"<tr>{''.join(f'<td>{escape(_cell(cell))}</td>' for cell in row)}</tr>" for row in rows)
    head = "".join(f"<th>{cell}</th>" for cell in header)
    kept = base64.b64encode(workbook(f"{found.first} 至 {found.last}", cells(found))).decode()
    name = f"报表-{found.first}-{found.last}.xlsx"
    return (
        f'<article class="zy-card" id="zm-table"><p>{found.first} 至 {found.last}，绿色为首次答出。</p>{bars}'
        f'<div class="zm-wide"><table class="zm-table"><tr>{head}</tr>{table}</table></div>'
        f'<p><a download="{name}" href="data:{_XLSX};base64,{kept}">存为 XLSX</a></p></article>'
    )


def _cell(value: object) -> str:
    return "" if value is None else str(value)
