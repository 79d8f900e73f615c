"""Golden cases as HTML: pure functions, everything escaped; maintain_golden.py shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from assist.golden.check import ROLES
from assist.golden.sheets import gold_lines
from assist.pages.maintain_gaps_html import moment, pager
from assist.pages.maintain_stage import Names
from assist.pages.sources import lines
from kb.model import Role
from kb.store import AskedQuestion, GoldenCase, GoldenState

FILES = (
    '<div class="zm-golden-files"><label class="zm-small">导入（.xlsx、.csv、.jsonl）'
    '<input type="file" id="zm-golden-file" accept=".xlsx,.csv,.jsonl"></label>'
    '<label><input type="checkbox" id="zm-golden-replace"> 编号相同的以文件为准</label>'
    '<button type="button" class="zm-small" data-export="xlsx">导出 Excel</button>'
    '<button type="button" class="zm-small" data-export="jsonl">导出 JSONL</button></div>'
    '<div id="zm-golden-told" role="status"></div>'
)
"""The way in and out for files, which `maintain_golden.js` works."""


def cases_list(
    cases: Sequence[GoldenCase], counts: Mapping[GoldenState, int], names: Names, *, page: int, pages: int, total: int
) -> str:
    """A page of the cases, each row a button that opens it."""
    if not any(counts.values()):
        return (
            '<p class="zy-empty">本库还没有金标用例。写下最不能答错的问题和必须说对的事实，发布前的应答测试会逐题核对；'
            "也可以导出一份空表，用 Excel 填好再导入。</p>"
        )
    chips = "".join(f'<span class="zm-chip">{state.label} {number}</span>' for state, number in counts.items())
    rows = "".join(_row(case, names) for case in cases)
    return (
        f'<p class="zm-counts">{chips}</p><ul class="zm-rows" aria-label="金标用例">{rows}</ul>'
        f"{pager('golden-page', page, pages, total)}"
    )


def case_head(case: GoldenCase, names: Names) -> str:
    """Where a case stands: who wrote it, who changed it last; for one not kept yet what is to be done."""
    if not case.number:
        told = (
            "出处是现在这道题的回答所引用的，请核对，再写上必须说对的事实，然后保存。"
            if case.gold
            else "请写明应含的事实、出处，或勾选“无答案”，然后保存。"
        )
        title, facts = "新的金标用例", f"<p>{told}</p>"
    else:
        title = f"{escape(case.case_id)} · {case.state.label}"
        facts = (
            f"<p>第 {case.version} 版 · 建立 {escape(names.of(case.author))} {moment(case.created_at)} · "
            f"最后改动 {escape(names.of(case.updated_by))} {moment(case.updated_at)}</p>"
        )
    back = '<button type="button" class="zm-small zm-back" data-go="golden" data-value="">← 返回金标用例</button>'
    return (
        f'<article class="zy-card" id="zm-golden-sheet" data-key="{case.number}-{case.version}">{back}'
        f'<h2 class="zy-question">{title}</h2>{facts}</article>'
    )


def changed_meanwhile(newest: GoldenCase, names: Names) -> str:
    """What somebody else saved while this one was being edited, and what to do about it."""
    parts = {
        "问题": newest.question,
        "应含事实": "\n".join(newest.facts),
        "不得出现": "\n".join(newest.forbid),
        "出处": gold_lines(newest.gold),
        "无答案": "是" if newest.unanswerable else "",
    }
    told = "".join(f"<dt>{name}</dt><dd>{lines(text)}</dd>" for name, text in parts.items() if text)
    return (
        f'<div class="zy-alert" role="alert">这个用例刚被 {escape(names.of(newest.updated_by))} 改过'
        f"（第 {newest.version} 版，{newest.state.label}），您填写的还在表单里。请对照，确定以您的为准再点“保存”。"
        f'<dl class="zm-facts" id="zm-golden-conflict">{told}</dl></div>'
    )


def answered_list(asked: Sequence[AskedQuestion]) -> str:
    """Questions that were answered lately, each a button that makes a case of it."""
    if not asked:
        return '<p class="zy-empty">最近没有答出的提问。</p>'
    rows = "".join(
        f'<li><button type="button" class="zm-row" data-go="golden-question" data-value="{one.id}">'
        f'<span class="zm-name">{escape(one.text)}</span><small>{moment(one.asked_at)}</small></button></li>'
        for one in asked
    )
    return f'<ul class="zm-rows" aria-label="最近答出的提问">{rows}</ul>'


def _row(case: GoldenCase, names: Names) -> str:
    wanted = "应拒答" if case.unanswerable else "；".join(case.facts) or f"出处 {len(case.gold)} 条"
    role = "" if case.role is Role.AGENT else f"{ROLES.get(case.role, '')}问"
    changed = f"{names.of(case.updated_by)} {moment(case.updated_at)}"
    told = " · ".join(part for part in (case.state.label, role, case.department, *case.tags[:6], changed) if part)
    return (
        f'<li><button type="button" class="zm-row" data-go="golden" data-value="{case.number}">'
        f'<span class="zm-head"><b>{escape(case.case_id)}</b>'
        f'<span class="zm-name">{escape(case.question)}</span></span>'
        f'<span class="zm-chips"><span class="zm-chip">{escape(wanted[:60])}</span></span>'
        f"<small>{escape(told)}</small></button></li>"
    )
