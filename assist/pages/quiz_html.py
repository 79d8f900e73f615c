"""Quizzes as HTML: items, feedback, results, charts and tables; all shown text is escaped. Both quiz pages call it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape

from assist.quiz.exports import FORMATS
from assist.quiz.mastery import WEAK, Level, Profile, TeamView
from assist.quiz.model import LETTERS, Generated, Item, item_from
from assist.quiz.practice import Feedback, Result, Shown
from kb.clock import ZONE
from kb.store import BankItem, Coaching, ItemFigures, Paper

FAIR = 0.85
PAGES = (("/agent", "问答"), ("/practice", "练习"), ("/trainer", "内训师"), ("/coaching", "辅导"))


def header(title: str, here: str) -> str:
    """The name of the page, and links to the others."""
    links = "".join(
        f'<a href="{path}/"{" aria-current=page" if path == here else ""}>{escape(name)}</a>' for path, name in PAGES
    )
    return f'<div id="zq-head"><h1>知应</h1><small>{escape(title)}</small><nav aria-label="页面">{links}</nav></div>'


def alert(text: str) -> str:
    """What went wrong, and what to do."""
    return f'<div class="zq-alert" role="alert">{escape(text)}</div>' if text else ""


def done(text: str) -> str:
    """What was done."""
    return f'<div class="zq-ok" role="status">{escape(text)}</div>'


def item_card(item: Item, row: BankItem | None = None, figures: ItemFigures | None = None) -> str:
    """An item with its key and its source, as a trainer reads it."""
    chips = [f'<span class="zq-chip">{escape(item.kind.label)}</span>']
    if row is not None:
        chips.append(f'<span class="zq-chip zq-chip-{row.state.value}">{row.state.label}</span>')
    facts = [item.topic, item.stage, item.competency, f"难度 {item.difficulty}", *item.tags]
    if row is not None:
        facts.append(f"版本 {row.version}")
    if figures is not None:
        rate = "" if figures.mean is None else f"，平均得分 {figures.mean:.0%}"
        facts.append(f"组卷 {figures.papers} 次，作答 {figures.answers} 次{rate}")
    meta = "".join(chips) + "".join(f"<span>{escape(fact)}</span>" for fact in facts if fact)
    answer = f"<p>答案：<b>{escape(item.letters)}</b></p>" if not item.options or item.kind.value == "order" else ""
    reason = f'<p class="zq-note">{escape(row.reason)}</p>' if row is not None and row.reason else ""
    return (
        f'<article class="zq-card zq-plain"><div class="zq-meta">{meta}</div>'
        f'<p class="zq-stem">{escape(item.stem)}</p>{_options(item)}{answer}{reason}{_proofs(item)}</article>'
    )


def generated_cards(generated: Generated, kept: bool) -> str:
    """What generation made, its notes first."""
    what = "已放进题库，待审" if kept else "预览，没有放进题库"
    head = done(f"出了 {len(generated.items)} 题（{what}）。") if generated.items else ""
    notes = "".join(f'<p class="zq-note">{escape(note)}</p>' for note in generated.notes)
    notes += "".join(f'<p class="zq-note">矛盾：{escape(each.text)}</p>' for each in generated.contradictions)
    return head + notes + "".join(map(item_card, generated.items))


def bank_table(rows: Sequence[BankItem]) -> str:
    """Items of the bank, one a line."""
    if not rows:
        return '<p class="zq-note">没有符合条件的题。</p>'
    lines = "".join(
        f'<tr><td>{row.id[:6]}</td><td><span class="zq-chip zq-chip-{row.state.value}">{row.state.label}</span></td>'
        f"<td>{escape(item_from(row.payload).kind.label)}</td><td>{escape(row.topic)}</td>"
        f"<td>{escape(str(row.payload['stem'])[:80])}</td><td>{escape(row.reason[:60])}</td></tr>"
        for row in rows
    )
    head = "".join(f"<th>{name}</th>" for name in ("题号", "状态", "题型", "主题", "题干", "说明"))
    return f'<div class="zq-scroll"><table class="zq-table"><tr>{head}</tr>{lines}</table></div>'


def paper_table(papers: Sequence[Paper]) -> str:
    """Papers with buttons to export them."""
    if not papers:
        return '<p class="zq-note">还没有试卷。</p>'
    rows = []
    for paper in papers:
        buttons = "".join(
            f'<button type="button" class="zq-export" data-paper="{paper.id}" data-format="{name}" '
            f'data-name="{escape(paper.title + one.suffix)}">{escape(one.label)}</button>'
            for name, one in FORMATS.items()
        )
        time = f"{paper.minutes} 分钟" if paper.minutes else "不限时"
        named = (str(paper.id), escape(paper.title), str(len(paper.items)), time)
        rows.append((*named, _when(paper.created_at), buttons))
    return _stacked(("编号", "名称", "题数", "时间", "组卷于", "导出"), rows)


def question_card(shown: Shown, until: float | None = None) -> str:
    """An item as it is put to somebody; `until` is the moment (seconds) when time is up."""
    share = round(100 * (shown.place - 1) / max(shown.total, 1))
    clock = f'<span class="zq-clock" data-until="{until:.0f}"></span>' if until is not None else ""
    progress = (
        f'<div class="zq-progress"><span>第 {shown.place} / {shown.total} 题</span>'
        f'<span class="zq-track"><i style="width:{share}%"></i></span>{clock}</div>'
    )
    kind = shown.kind.label if shown.kind else "角色扮演"
    meta = f'<div class="zq-meta"><span class="zq-chip">{kind}</span><span>{escape(shown.topic)}</span></div>'
    stem = f"客户说：“{shown.stem}”\n您会怎么回答？" if shown.kind is None else shown.stem
    options = "".join(f"<li><b>{LETTERS[at]}</b>{escape(one)}</li>" for at, one in enumerate(shown.options))
    listed = f'<ul class="zq-options">{options}</ul>' if shown.kind and shown.kind.value == "order" else ""
    return f'{progress}<article class="zq-card">{meta}<p class="zq-stem">{escape(stem)}</p>{listed}</article>'


def feedback_card(feedback: Feedback, *, exam: bool) -> str:
    """What an answer got; in an exam only that it was kept."""
    if exam:
        return done("已记录。交卷后看结果和解析。")
    verdict = "答对了" if feedback.right else f"得分 {feedback.score:.0%}" if feedback.score else "答错了"
    state = "zq-right" if feedback.right else "zq-wrong"
    key = f"<p>正确答案：<b>{escape(feedback.letters)}</b></p>" if feedback.letters and not feedback.right else ""
    missed = "".join(f"<li><b>·</b>{escape(point)}</li>" for point in feedback.missed)
    lettered = bool(feedback.letters) and set(feedback.letters) <= set(LETTERS)
    explained = lettered and all(each in feedback.explanation for each in feedback.missed)
    told = feedback.right or explained or "；".join(feedback.missed) == feedback.letters
    lacking = "" if told or not missed else f'<p>应当包括：</p><ul class="zq-options">{missed}</ul>'
    findings = "".join(f'<p class="zq-note">{escape(found)}</p>' for found in feedback.findings)
    again = f"下次复习：{_when(feedback.due)}" if feedback.due else ""
    return (
        f'<article class="zq-card {state}" role="status"><h3>{verdict}</h3>{key}{lacking}{findings}'
        f"<p>{_lines(feedback.explanation)}</p>"
        f'<div class="zq-source">出处：{escape(feedback.source)}　{again}</div></article>'
    )


def result_card(result: Result) -> str:
    """How a session went, line by line."""
    passed = "zq-right" if result.score >= FAIR else "zq-wrong"
    head = (
        f'<article class="zq-card {passed}" role="status">'
        f"<h3>得分 {result.score:.0%}</h3>"
        f"<p>共 {len(result.session.items)} 题，作答 {result.answered} 题。</p></article>"
    )
    lines = ""
    for shown, given, feedback in result.lines:
        state = "zq-right" if feedback.right else "zq-wrong"
        options = "".join(f"<li><b>{LETTERS[at]}</b>{escape(one)}</li>" for at, one in enumerate(shown.options))
        lines += (
            f'<article class="zq-card {state}"><p class="zq-stem">{shown.place}. {escape(shown.stem)}</p>'
            f'<ul class="zq-options">{options}</ul><p>您的作答：{escape(given) or "未作答"}　正确答案：'
            f"<b>{escape(feedback.letters)}</b></p>"
            f'<div class="zq-source">出处：{escape(feedback.source)}</div></article>'
        )
    return head + lines


def profile_charts(profile: Profile) -> str:
    """One person's mastery in three charts."""
    if not profile.answers:
        return '<p class="zq-note">还没有练习记录。</p>'
    charts = (("主题", profile.topics), ("阶段", profile.stages), ("能力", profile.competencies))
    return "".join(chart(f"按{name}的掌握程度", levels) for name, levels in charts if levels)


def team_charts(view: TeamView) -> str:
    """A team's mastery, without names."""
    if not view.topics:
        return f'<p class="zq-note">“{escape(view.team)}”只有 {view.people} 人练习过，满 3 人才显示班组情况。</p>'
    coach = "、".join(level.name for level in view.coach[:8])
    advice = f'<p class="zq-note">建议先辅导：{escape(coach)}</p>' if coach else done("没有低于 70% 的主题。")
    charts = (("主题", view.topics), ("阶段", view.stages), ("能力", view.competencies))
    body = "".join(chart(f"{view.team} · 按{name}（{view.people} 人）", levels) for name, levels in charts if levels)
    return advice + body


def whom(one: Coaching, names: Mapping[str, str]) -> str:
    """Who is to be coached: a person by name, or a team."""
    return names.get(one.person, one.person) or f"{one.team}全班"


def coaching_table(entries: Sequence[Coaching], names: Mapping[str, str]) -> str:
    """What is to be coached, the weakest first."""
    if not entries:
        return '<p class="zq-note">没有要辅导的：练习结束后，掌握不到 70% 的主题会列在这里。</p>'
    rows = [
        (
            escape(whom(one, names)), escape(one.topic), f"{one.mean:.0%}（{one.answers} 次）",
            "<br>".join(map(escape, one.sources)), _when(one.opened_at), _coached(one, names),
        )
        for one in entries
    ]  # fmt: skip
    return _stacked(("谁", "主题", "掌握", "出处", "列出", "辅导"), rows)


def _coached(one: Coaching, names: Mapping[str, str]) -> str:
    if one.done_at is None:
        return "待辅导"
    return escape(f"{_when(one.done_at)} {names.get(one.done_by, one.done_by)} {one.note}".rstrip())


def chart(title: str, levels: Sequence[Level]) -> str:
    """A bar chart, the weakest first; the tick on a bar is what the scheduler expects to be remembered now."""
    bars = ""
    for level in levels:
        state = " zq-weak" if level.mastery < WEAK else " zq-fair" if level.mastery < FAIR else ""
        kept = "" if level.remembered is None else f"，现在约记得 {level.remembered:.0%}"
        label = f"{level.name}：掌握 {level.mastery:.0%}，{level.answers} 次作答{kept}"
        bars += (
            f'<div class="zq-bar{state}" role="img" aria-label="{escape(label)}" title="{escape(label)}">'
            f'<span class="zq-name">{escape(level.name)}</span>'
            f'<span class="zq-track"><i style="width:{level.mastery * 100:.0f}%"></i></span>'
            f'<span class="zq-value"><b>{level.mastery:.0%}</b> / {level.answers} 次</span></div>'
        )
    axis = '<div class="zq-axis"><span>0</span><span>50%</span><span>100%</span></div>'
    return f'<section class="zq-chart"><h3>{escape(title)}<small>弱项在前</small></h3>{bars}{axis}</section>'


def _stacked(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells (HTML) that stands as one block a row where the page is narrow."""
    head = "".join(f"<th>{name}</th>" for name in names)
    lines = "".join(
        "<tr>"
        + "".join(f'<td data-label="{n}"><span>{cell}</span></td>' for n, cell in zip(names, row, strict=True))
        + "</tr>"
        for row in rows
    )
    return f'<div class="zq-scroll"><table class="zq-table zq-stack"><tr>{head}</tr>{lines}</table></div>'


def _options(item: Item) -> str:
    lines = "".join(
        f'<li class="{"zq-key" if at in item.key and item.kind.value != "order" else ""}"><b>{LETTERS[at]}</b>'
        f"{escape(option)}</li>"
        for at, option in enumerate(item.options)
    )
    return f'<ul class="zq-options">{lines}</ul>' if lines else ""


def _proofs(item: Item) -> str:
    if not item.evidence:
        return '<div class="zq-source">缺出处：补上依据才能采用。</div>'
    proofs = "<br>".join(
        f"{'出处' if one.role == 'key' else '依据'}：《{escape(one.title)}》{escape(' › '.join(one.heading))} "
        f"<q>{escape(one.quote[:160])}</q>"
        for one in item.evidence
    )
    return f'<div class="zq-source">{proofs}</div>'


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _when(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
