"""The proof under an answer as HTML: a citation unfolds to its section, the passage marked; render.py calls it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

from assist.model import Citation
from assist.wording import label

AROUND = 2_000
"""So many characters of the section are shown before and after the marked passage."""


def sources(citations: Sequence[Citation]) -> str:
    """The list of sources, all folded; "" without citations."""
    if not citations:
        return ""
    return f'<section class="zy-sources"><h3>出处</h3>{"".join(map(_source, citations))}</section>'


def in_force(start: date | None, end: date | None) -> str:
    """The days something is in force, in words; `end` is the last one."""
    if start and end:
        return f"{start} 至 {end} 有效"
    if start:
        return f"{start} 起有效"
    if end:
        return f"有效至 {end}"
    return "长期有效"


def lines(text: str) -> str:
    """`text` escaped, its line ends kept."""
    return escape(text).replace("\n", "<br>")


def _source(citation: Citation) -> str:
    path = escape(" › ".join(citation.heading))
    page = f"第 {citation.page} 页" if citation.page else ""
    where = " · ".join(part for part in (path, page) if part)
    place = f"<small>{where}</small>" if where else ""
    title = escape(citation.title)
    return (
        f'<details class="zy-source" data-n="{citation.n}"><summary>'
        f'<span class="zy-n">{citation.n}</span><span class="zy-where"><b>{title}</b>{place}'
        f'<small class="zy-dates"><span class="zy-kind">{escape(label("kind", citation.kind))}</span>'
        f"{in_force(citation.effective_from, citation.effective_to)}</small></span></summary>"
        f'<div class="zy-section" role="region" aria-label="{title} 原文" tabindex="0">{_highlighted(citation)}</div>'
        f'<p class="zy-file">文件：{escape(citation.source)}</p></details>'
    )


def _highlighted(citation: Citation) -> str:
    section, span = citation.section, citation.highlight
    if section is None or span is None:
        return f"<mark>{lines(citation.quote)}</mark>"
    start, end = span
    before, after = section[:start], section[end:]
    if len(before) > AROUND:
        before = "……" + before[-AROUND:]
    if len(after) > AROUND:
        after = after[:AROUND] + "……"
    return f"{lines(before)}<mark>{lines(section[start:end])}</mark>{lines(after)}"
