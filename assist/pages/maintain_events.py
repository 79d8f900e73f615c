"""The maintainer page's events: each asks the loop, a fault becomes words on the page; maintain.py wires them."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeVar, cast

import gradio as gr

from assist.loop.desk import Loop
from assist.loop.documents import FIELDS
from assist.loop.work import OPEN
from assist.pages import maintain_render as render
from assist.pages.door import caller
from assist.pages.render import problem_card, remark
from assist.wording import say
from kb.clock import ZONE
from kb.errors import InputRefused, ZhiyingError
from kb.model import Principal, Role
from kb.store import Draft, DraftKind, GapCause, GapState

ROLES = {"知识维护": Role.MAINTAINER, "值班经理": Role.DUTY_MANAGER}
STATES = {"未结束": OPEN, **{state.label: (state,) for state in GapState}}
CAUSES = {cause.label: cause for cause in GapCause}
KINDS = {kind.label: kind for kind in DraftKind}
AUDIENCES = {"内部": "internal", "公开": "public"}
LINES = 4
"""A draft of any kind has at most so many fields."""

_log = logging.getLogger(__name__)
Shown = TypeVar("Shown")


class Events:
    """One method an event; each returns what stands on the page afterwards, the message first."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop

    def ledger(self, name: str, role: str, state: str) -> tuple[str, str]:
        """The ledger of a state."""
        return said(lambda who: ("", self._ledger(who, state)), name, role, 1)

    def open_gap(self, name: str, role: str, number: float | None) -> tuple[str, str, Any]:
        """One gap, and its wordings to choose from when splitting."""

        def opened(who: Principal) -> tuple[str, str, Any]:
            sheet = self._loop.gaps.sheet(who, _number(number))
            return "", render.gap_sheet(sheet), gr.update(choices=list(sheet.wordings), value=[])

        return said(opened, name, role, 2)

    def assign(
        self,
        name: str,
        role: str,
        number: float | None,
        owner: str,
        department: str,
        cause: str,
        priority: float,
    ) -> tuple[str, str]:
        """Gives a gap to somebody."""

        def assigned(who: Principal) -> tuple[str, str]:
            self._loop.gaps.assign(
                who,
                _number(number),
                owner=owner,
                department=department,
                cause=CAUSES.get(cause),
                priority=int(priority or 0),
            )
            return "已指派。", self._sheet(who, number)

        return said(assigned, name, role, 1)

    def comment(self, name: str, role: str, number: float | None, text: str) -> tuple[str, str]:
        """Adds a remark."""
        return self._gap(name, role, number, lambda who, gap: self._loop.gaps.comment(who, gap, text), "意见已记下。")

    def reply(self, name: str, role: str, number: float | None, text: str) -> tuple[str, str]:
        """Answers whoever waits."""
        return self._gap(name, role, number, lambda who, gap: self._loop.gaps.answer(who, gap, text), "已答复。")

    def reject(self, name: str, role: str, number: float | None, text: str) -> tuple[str, str]:
        """Rejects a gap with its reason."""
        return self._gap(
            name, role, number, lambda who, gap: self._loop.gaps.move(who, gap, GapState.REJECTED, text), "已驳回。"
        )

    def merge(self, name: str, role: str, number: float | None, into: float | None) -> tuple[str, str]:
        """Puts this gap into another."""

        def merged(who: Principal) -> tuple[str, str]:
            self._loop.gaps.merge(who, [_number(number)], _number(into))
            return "已合并。", self._sheet(who, into)

        return said(merged, name, role, 1)

    def split(self, name: str, role: str, number: float | None, wordings: Sequence[str]) -> tuple[str, str]:
        """Puts some wordings into a gap of their own."""

        def split(who: Principal) -> tuple[str, str]:
            new = self._loop.gaps.split(who, _number(number), list(wordings))
            return f"已拆成 No.{new}。", self._sheet(who, number)

        return said(split, name, role, 1)

    def begin(self, name: str, role: str, number: float | None, kind: str) -> tuple[Any, ...]:
        """Begins a draft from a gap and opens it."""

        def begun(who: Principal) -> tuple[Any, ...]:
            draft = self._loop.drafts.begin(who, _number(number), KINDS[kind])
            return (f"已起草，编号 {draft.id}，请到“起草与审核”填写。", *self._draft(who, draft.id))

        return said(begun, name, role, 11)

    def drafts(self, name: str, role: str) -> tuple[str, str]:
        """The list of drafts."""
        return said(lambda who: ("", render.drafts_table(self._loop.drafts.all(who))), name, role, 1)

    def open_draft(self, name: str, role: str, number: float | None) -> tuple[Any, ...]:
        """One draft to edit or review."""
        return said(lambda who: ("", *self._draft(who, _number(number))), name, role, 11)

    def save(self, name: str, role: str, draft: Draft | None, *typed: str) -> tuple[Any, ...]:
        """Saves what was typed over what was read; what is refused stays in the form."""

        def saved(who: Principal) -> tuple[Any, ...]:
            if draft is None:
                raise InputRefused("no draft", hint="请先打开一份草稿。")
            kept = self._loop.drafts.save(who, _typed(draft, typed))
            return (f"已保存为第 {kept.revision} 稿。", *self._draft(who, kept.id))

        return said(saved, name, role, 11)

    def submit(self, name: str, role: str, number: float | None) -> tuple[Any, ...]:
        """Hands a draft to review."""
        return self._step(name, role, number, self._loop.drafts.submit, "已提交审核。")

    def approve(self, name: str, role: str, number: float | None) -> tuple[Any, ...]:
        """Approves a draft."""
        return self._step(name, role, number, self._loop.drafts.approve, "已批准。")

    def send_back(self, name: str, role: str, number: float | None, text: str) -> tuple[Any, ...]:
        """Returns a draft."""
        return self._step(
            name, role, number, lambda who, each: self._loop.drafts.send_back(who, each, text), "已退回。"
        )

    def plans(self, name: str, role: str) -> tuple[str, str]:
        """Plans and releases."""
        return said(lambda who: ("", self._plans(who)), name, role, 1)

    def plan(self, name: str, role: str, numbers: str, note: str, moment: str) -> tuple[str, str]:
        """Plans a release of drafts."""

        def planned(who: Principal) -> tuple[str, str]:
            ids = [int(each) for each in re.findall(r"\d+", numbers)]
            made = self._loop.releases.plan(who, ids, note=note, activate_at=_moment(moment))
            return f"发布计划 {made.id} 已建立，请先做应答测试。", self._plans(who)

        return said(planned, name, role, 1)

    def check(self, name: str, role: str, number: float | None) -> tuple[str, str]:
        """Runs the gate."""

        def checked(who: Principal) -> tuple[str, str]:
            return "应答测试做完了。", render.gate_report(self._loop.releases.check(who, _number(number)))

        return said(checked, name, role, 1)

    def activate(self, name: str, role: str, number: float | None, reason: str) -> tuple[str, str]:
        """Lets a plan out and says what asking again showed."""

        def activated(who: Principal) -> tuple[str, str]:
            done, proofs = self._loop.releases.activate(who, _number(number), override_reason=reason)
            shown = [f"缺口 {one.gap_id} {'已验证' if one.holds else '重新打开'}" for one in proofs]
            return "，".join([f"已发布（发布 {done.release_id}）", *shown]) + "。", self._plans(who)

        return said(activated, name, role, 1)

    def roll_back(self, name: str, role: str, number: float | None, reason: str) -> tuple[str, str]:
        """Rolls back to a release."""

        def rolled(who: Principal) -> tuple[str, str]:
            release = self._loop.releases.roll_back(who, _number(number), reason)
            return f"已回退（发布 {release.id}）。", self._plans(who)

        return said(rolled, name, role, 1)

    def _ledger(self, who: Principal, state: str) -> str:
        return render.ledger(self._loop.gaps.lines(who, STATES.get(state, OPEN)), self._loop.gaps.counts(who))

    def _sheet(self, who: Principal, number: float | None) -> str:
        return render.gap_sheet(self._loop.gaps.sheet(who, _number(number)))

    def _plans(self, who: Principal) -> str:
        return render.plans_table(self._loop.releases.plans(who), self._loop.releases.releases(who))

    def _gap(
        self, name: str, role: str, number: float | None, work: Callable[[Principal, int], Any], done: str
    ) -> tuple[str, str]:
        def worked(who: Principal) -> tuple[str, str]:
            work(who, _number(number))
            return done, self._sheet(who, number)

        return said(worked, name, role, 1)

    def _step(
        self, name: str, role: str, number: float | None, step: Callable[[Principal, int], Draft], done: str
    ) -> tuple[Any, ...]:
        def stepped(who: Principal) -> tuple[Any, ...]:
            return (done, *self._draft(who, step(who, _number(number)).id))

        return said(stepped, name, role, 11)

    def _draft(self, who: Principal, draft_id: int) -> tuple[Any, ...]:
        """Number, sheet, the draft itself, then the form: title, the fields, audience and days."""
        sheet = self._loop.drafts.sheet(who, draft_id)
        draft = sheet.draft
        names = list(FIELDS[draft.kind].items())
        fields = [gr.update(label=label, value=str(draft.fields.get(key, "")), visible=True) for key, label in names]
        fields += [gr.update(value="", visible=False)] * (LINES - len(names))
        audience = {value: label for label, value in AUDIENCES.items()}.get(draft.audience, "内部")
        days = [str(day or "") for day in (draft.effective_from, draft.effective_to)]
        return (draft.id, render.draft_sheet(sheet), draft, draft.title, *fields, audience, *days)


def said(work: Callable[[Principal], Shown], name: str, role: str, others: int) -> Shown:
    """The message and what changes; on a fault the message alone, and everything typed stays."""
    try:
        message, *rest = cast(tuple[Any, ...], work(_principal(name, role)))
        return cast(Shown, (remark(message) if message else "", *rest))
    except ZhiyingError as error:
        return cast(Shown, (problem_card(error.hint), *[gr.skip()] * others))
    except Exception:
        _log.exception("the maintainer's page failed")
        return cast(Shown, (problem_card(say("problem.fault")), *[gr.skip()] * others))


def _principal(name: str, role: str) -> Principal:
    known = caller()
    if known is not None:
        return known
    if not name.strip():
        raise InputRefused("no name", hint="请先在页面上方填写您的姓名。")
    return Principal(name.strip()[:64], ROLES.get(role, Role.MAINTAINER))


def _number(value: float | None) -> int:
    if value is None:
        raise InputRefused("no number", hint="请填写编号。")
    return int(value)


def _typed(draft: Draft, typed: Sequence[str]) -> Draft:
    title, *fields = typed[: LINES + 1]
    audience, first, last = typed[LINES + 1 :]
    return replace(
        draft,
        title=title,
        fields=dict(zip(FIELDS[draft.kind], fields, strict=False)),
        audience=AUDIENCES.get(audience, draft.audience),
        effective_from=day_of(first),
        effective_to=day_of(last),
    )


def day_of(text: str) -> date | None:
    """The day written as 2026-07-01, None for an empty field; InputRefused for anything else."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise InputRefused(f"not a date: {text[:40]!r}", hint=say("problem.date")) from error


def _moment(text: str) -> datetime | None:
    if not text.strip():
        return None
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)
    except ValueError as error:
        hint = "发布时间要写成 2026-12-01 00:00 这样，空着就是手工发布。"
        raise InputRefused(f"not a moment: {text[:40]!r}", hint=hint) from error
