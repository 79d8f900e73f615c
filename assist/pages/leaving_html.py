"""The offer for a customer who means to leave, as HTML: pure, everything escaped; the agent page shows it."""

from __future__ import annotations

import re
from html import escape

from assist.leaving.model import Leaving
from assist.leaving.offer import Draft, Offered
from assist.pages.sources import in_force, lines

_SLOT = re.compile(r"\{[^{}]{1,30}\}")
_LINK = (
    '<p><a class="zy-open" href="{link}" target="_blank" rel="noopener">'
    "打开挽留页：补客户资料、看能承诺的优惠、登记结果</a></p>"
)


def leaving_card(offered: Offered) -> str:
    """That the customer means to leave and why, with the approved wording to keep them."""
    draft = "" if offered.draft is None else _draft(offered.draft)
    return f'<section class="zy-leave" role="status"><h2>{_signs(offered.leaving)}</h2>{draft}</section>'


def _signs(leaving: Leaving) -> str:
    wants = f'<span class="zy-chip">要{escape(leaving.wants)}</span>' if leaving.wants else ""
    reason = leaving.reason.label if leaving.reason else "原因未说，请先问清"
    hint = "<small>先答所问，再问原因，最后谈优惠</small>"
    return f'客户有离网倾向{wants}<span class="zy-chip">{escape(reason)}</span>{hint}'


def _draft(draft: Draft) -> str:
    said = "\n".join(draft.steps)
    copy = f'<button type="button" class="zy-copy" data-copy="{escape(said)}">复制</button>'
    steps = "".join(f"<li>{_worded(step)}</li>" for step in draft.steps)
    banned = "".join(f"<li>{escape(phrase)}</li>" for phrase in draft.forbidden)
    forbidden = f'<ul class="zy-forbidden">{banned}</ul>' if banned else ""
    link = _LINK.format(link=escape(draft.link)) if draft.link else ""
    dated = draft.effective_from or draft.effective_to
    days = f"，{in_force(draft.effective_from, draft.effective_to)}" if dated else ""
    return (
        f"<details open><summary>挽留话术：{escape(draft.title)}</summary><h3>请这样说{copy}</h3><ol>{steps}</ol>"
        f"{forbidden}{_sections(draft)}{link}<p><small>出处：{escape(draft.source)}{days}</small></p></details>"
    )


def _worded(text: str) -> str:
    """A line with its blanks marked, which the agent fills while speaking."""
    return _SLOT.sub(lambda found: f'<span class="zy-slot">{found.group()}</span>', lines(text))


def _sections(draft: Draft) -> str:
    if not draft.sections:
        return ""
    titles = "、".join(title for title, _ in draft.sections)
    shown = "".join(
        f"<h4>{escape(title)}</h4><ul>{''.join(f'<li>{_worded(line)}</li>' for line in said)}</ul>"
        for title, said in draft.sections
    )
    return f'<details class="zy-more"><summary>往下说：{escape(titles)}</summary>{shown}</details>'
