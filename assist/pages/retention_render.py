"""A retention draft as HTML: the short version, the script with what must be told, and what may not be promised.

Pure functions; every shown text is escaped. `retention_handlers.py` calls them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from assist.pages.sources import sources
from assist.retention.eligibility import Standing, Verdict
from assist.retention.model import Draft, Line, Part
from assist.retention.views import style_label

FOLDED = {"more", "objections", "release", "record"}
_SLOT = re.compile(r"\{[^{}]{1,30}\}")
_STANDINGS = (
    (Standing.NEEDS_AUTHORITY, "需要上级批准", "zy-warned"),
    (Standing.ASK, "需要先问", "zy-warned"),
    (Standing.NOT_ELIGIBLE, "不符合", "zy-barred"),
)


def draft_card(draft: Draft) -> str:
    """The whole draft, what to say first."""
    return "".join(
        (
            '<div class="zy-card zy-draft">',
            _status(draft),
            _problems(draft.problems, "客户信息有问题，相关优惠已按“未知”处理"),
            _problems(draft.remarks, "合规检查"),
            _spoken(draft),
            *(_part(part) for part in draft.parts),
            _others(draft),
            _sheet(draft.sheet_problems),
            sources(draft.citations),
            "</div>",
        )
    )


def welcome_card() -> str:
    """What stands there before the first draft."""
    return (
        '<div class="zy-card zy-wait"><p>粘贴客户资料，或逐项填写，选好离网原因，点“生成话术”。</p>'
        '<p class="zy-empty">只列今天有效、客户符合、您权限之内的优惠；不知道的先问。资料只用于本次生成。</p></div>'
    )


def spoken_text(draft: Draft) -> str:
    """The short version as it is copied."""
    return "\n".join(line.text for line in draft.spoken)


def _status(draft: Draft) -> str:
    request = draft.request
    chips = [request.reason.label if request.reason else "原因未定", request.channel, str(request.day)]
    chips.append(f"{style_label(draft.style)}{'（试验分配）' if draft.assignment_id else ''}")
    shown = "".join(f'<span class="zy-chip">{escape(chip)}</span>' for chip in chips)
    model = '<span class="zy-chip zy-out-asked">措辞经模型改写并已核对</span>' if draft.reworded else ""
    return f'<div class="zy-status">{shown}{model}</div>'


def _problems(problems: Sequence[str], heading: str) -> str:
    if not problems:
        return ""
    items = "".join(f"<li>{escape(each)}</li>" for each in problems)
    return f'<div class="zy-alert zy-problems"><b>{escape(heading)}</b><ul>{items}</ul></div>'


def _spoken(draft: Draft) -> str:
    copy = (
        f'<button type="button" class="zy-copy" data-copy="{escape(spoken_text(draft))}" '
        'title="复制短口播（Alt+C）">复制</button>'
    )
    lines = "".join(_line(line) for line in draft.spoken)
    return f'<section class="zy-say zy-spoken"><h3>短口播{copy}</h3>{lines}</section>'


def _part(part: Part) -> str:
    lines = "".join(_line(line) for line in part.lines)
    heading = escape(part.title)
    if part.key in FOLDED:
        return f'<details class="zy-part"><summary>{heading}</summary>{lines}</details>'
    return f'<section class="zy-part"><h3>{heading}</h3>{lines}</section>'


def _line(line: Line) -> str:
    text = _SLOT.sub(lambda found: f'<span class="zy-slot">{found.group()}</span>', escape(line.text))
    refs = "".join(
        f'<button type="button" class="zy-ref" data-open="{n}" aria-label="出处 {n}">{n}</button>'
        for n in line.citations
    )
    if not line.say:
        return f'<p class="zy-note">{text}{refs}</p>'
    mark = '<span class="zy-verbatim">原样说</span>' if line.fixed else ""
    return f'<p class="zy-line{" zy-fixed" if line.fixed else ""}">{mark}{text}{refs}</p>'


def _others(draft: Draft) -> str:
    blocks = []
    for standing, heading, tone in _STANDINGS:
        found = [each for each in draft.others if each.standing is standing]
        if found:
            opened = "" if standing is Standing.NOT_ELIGIBLE else " open"
            items = "".join(map(_other, found))
            blocks.append(
                f'<details class="zy-part {tone}"{opened}><summary>{heading}（{len(found)}）</summary>'
                f'<ul class="zy-others">{items}</ul></details>'
            )
    if not blocks:
        return ""
    return f'<section><h3 class="zy-title">不能当场承诺</h3>{"".join(blocks)}</section>'


def _other(verdict: Verdict) -> str:
    offer = verdict.offer
    why = _joined([*verdict.reasons, *(each.text for each in verdict.ask)])
    return f"<li><b>{escape(offer.row.name)}</b> <small>{escape(offer.code)}</small><br>{escape(why)}</li>"


def _joined(texts: Iterable[str]) -> str:
    return "；".join(text.rstrip("。；") for text in texts).replace("？；", "？")


def _sheet(problems: Sequence[str]) -> str:
    if not problems:
        return ""
    items = "".join(f"<li>{escape(each)}</li>" for each in problems)
    return (
        f'<details class="zy-part zy-barred"><summary>优惠清单的问题（{len(problems)}），请转告责任部门</summary>'
        f'<ul class="zy-others">{items}</ul></details>'
    )
