"""The ledger of gaps on the maintainer's page: filters, pages, one gap with everything that can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from assist.businesstype import labels
from assist.loop.desk import Loop
from assist.loop.work import OPEN, Wanted
from assist.pages import maintain_gaps_html as html
from assist.pages.maintain_address import FIRST_STATE, Address
from assist.pages.maintain_stage import Names, Shown, Stage, day, number
from kb.model import Principal
from kb.store import GapCause, GapState

PAGE = 20
"""Gaps on one page of the ledger."""

STATES = {FIRST_STATE: OPEN, "全部": tuple(GapState), **{state.label: (state,) for state in GapState}}
CAUSES = {cause.label: cause for cause in GapCause}
PRIORITIES = {"一般": 0, "紧急": 1, "特急": 2}
FILTERS = ("state", "owner-filter", "department-filter", "type-filter", "late", "find")
"""The parts that narrow the ledger."""


class GapTab:
    """Components and events of the ledger; each event gives what changes on the page."""

    def __init__(self, loop: Loop, names: Names) -> None:
        self._loop = loop
        self._names = names

    def build(self, stage: Stage) -> None:
        """Puts the components on the page and wires them."""
        with gr.Row(elem_id="zm-gaps-tab", elem_classes="zm-split"):
            with gr.Column(scale=3, min_width=300, elem_classes="zm-list-side"):
                self._filters(stage)
                stage.html("ledger")
            with gr.Column(scale=4, min_width=300, elem_classes="zm-detail-side"):
                stage.put("gap", gr.State(None))
                stage.html("gap-sheet")
                with stage.put("gap-work", gr.Column(visible=False, elem_id="zm-gap-work")):
                    self._work(stage)
        stage.link("gap", self.open, named=False)
        stage.link("gaps", self.turn, FILTERS, named=False)

    def _filters(self, stage: Stage) -> None:
        with gr.Row(elem_classes="zm-filters"):
            _choice(stage, "state", "状态", list(STATES), FIRST_STATE)
            find = stage.put("find", gr.Textbox("", label="查找（字或编号）", max_lines=1, elem_id="zm-find"))
            look = gr.Button("查找", elem_id="zm-look", scale=0, min_width=64)
        with gr.Accordion("更多筛选", open=False, elem_id="zm-more-filters") as more:
            with gr.Row(elem_classes="zm-filters"):
                _choice(stage, "owner-filter", "负责人", [("不限", "")], "")
                _choice(stage, "department-filter", "部门", [("不限", "")], "")
                _choice(stage, "type-filter", "业务类型", [("不限", ""), *((one, one) for one in labels())], "")
            late = stage.put("late", gr.Checkbox(False, label="只看超期", elem_id="zm-late", min_width=90))
        changed = [stage.parts[name].input for name in FILTERS[:4]]
        stage.on([*changed, late.input, find.submit, look.click], self.ledger, FILTERS, named=False)
        stage.on([more.expand], self.choices, named=False, quiet=True)

    def _work(self, stage: Stage) -> None:
        with gr.Row(elem_classes="zm-line"):
            begin = gr.Button("起草常见问题", variant="primary", elem_id="zm-begin", min_width=120)
            script = gr.Button("起草话术", elem_id="zm-begin-script", min_width=90)
            policy = gr.Button("起草政策说明", elem_id="zm-begin-policy", min_width=110)
        stage.parts |= {"begin-faq": begin, "begin-script": script, "begin-policy": policy}
        with gr.Accordion("指派、原因、期限", open=True):
            with gr.Row():
                owner = gr.Dropdown([], label="负责人", allow_custom_value=True, elem_id="zm-owner")
                department = gr.Dropdown([], label="部门", allow_custom_value=True, elem_id="zm-department")
            with gr.Row():
                cause = gr.Dropdown(["", *CAUSES], value="", label="原因", filterable=False, elem_id="zm-cause")
                urgent = gr.Dropdown(list(PRIORITIES), value="一般", label="优先级", filterable=False)
                due = gr.Textbox("", label="期限（空着按优先级）", placeholder="2026-12-01", elem_id="zm-due")
            assign = gr.Button("指派", elem_id="zm-assign", min_width=64)
        stage.parts |= {"owner": owner, "department": department, "cause": cause, "urgent": urgent, "due": due}
        with gr.Accordion("意见、答复、驳回", open=False):
            stage.put("gap-text", gr.Textbox("", label="文字", lines=2, max_length=2000, elem_id="zm-text"))
            with gr.Row(elem_classes="zm-line"):
                comment = gr.Button("记意见", elem_id="zm-comment", min_width=64)
                reply = gr.Button("答复提出人", elem_id="zm-reply", min_width=64)
                reject = gr.Button("驳回", elem_id="zm-reject", min_width=64)
        with gr.Accordion("合并与拆分", open=False):
            into = stage.put("into", gr.Textbox("", label="并入哪一条（编号）", max_lines=1, elem_id="zm-into"))
            merge = gr.Button("合并", elem_id="zm-merge", min_width=64)
            stage.put("wordings", gr.CheckboxGroup([], label="拆出这些问法，另立一条", elem_id="zm-wordings"))
            split = gr.Button("拆分", elem_id="zm-split", min_width=64)
        stage.on([assign.click], self.assign, ["gap", "owner", "department", "cause", "urgent", "due", *FILTERS])
        for button, event in ((comment, self.comment), (reply, self.reply), (reject, self.reject)):
            stage.on([button.click], event, ["gap", "gap-text", *FILTERS])
        stage.on([merge.click, into.submit], self.merge, ["gap", "into", *FILTERS])
        stage.on([split.click], self.split, ["gap", "wordings", *FILTERS])

    def ledger(self, who: Principal, *filters: Any) -> Shown:
        """The first page of what the filters leave."""
        return self._listed(who, 0, filters)

    def turn(self, who: Principal, page: str, *filters: Any) -> Shown:
        """Another page, counted from 0."""
        return self._listed(who, number(page, "缺口"), filters)

    def opening(self, who: Principal, address: Address) -> Shown:
        """What stands there when the page is opened at an address: a page of the ledger, and the gap it names.

        The gap comes without what it is compared with, which the page asks for when it is live.
        """
        asked = replace(address, state=address.state if address.state in STATES else FIRST_STATE)
        shown = self._listed(who, asked.page, (asked.state, "", "", "", False, asked.find))
        shown |= {"state": asked.state, "find": asked.find}
        if not asked.gap:
            return shown
        sheet = self._loop.gaps.sheet(who, int(asked.gap), compare=False)
        drafts = self._loop.drafts.all(who, gap_id=int(asked.gap))
        return {**shown, "gap-sheet": html.gap_sheet(sheet, drafts, self._names.now())}

    def refreshed(self, who: Principal, *filters: Any) -> Shown:
        """The ledger with the choices of its filters as they are now."""
        return {**self.choices(who), **self._listed(who, 0, filters)}

    def choices(self, who: Principal) -> Shown:
        """Who and which departments can be chosen, to narrow the ledger and to give a gap to."""
        owners, departments = self._loop.gaps.named(who)
        named = [(self._names.of(each), each) for each in owners]
        known = [(name, name) for name in self._names.known().values()] or named
        return {
            "owner-filter": gr.update(choices=[("不限", ""), *named]),
            "department-filter": gr.update(choices=[("不限", ""), *((each, each) for each in departments)]),
            "owner": gr.update(choices=[name for name, _ in known]),
            "department": gr.update(choices=list(departments)),
        }

    def open(self, who: Principal, gap: str) -> Shown:
        """One gap; an empty number closes it."""
        if not gap:
            return {"gap": None, "gap-sheet": "", "gap-work": gr.update(visible=False)}
        return self.shown(who, number(gap, "缺口"))

    def shown(self, who: Principal, gap_id: int) -> Shown:
        """One gap with its sheet and its forms filled."""
        sheet = self._loop.gaps.sheet(who, gap_id)
        gap = sheet.line.gap
        drafts = self._loop.drafts.all(who, gap_id=gap_id)
        urgent = {value: label for label, value in PRIORITIES.items()}[gap.priority]
        choices = self.choices(who)
        return {
            **choices,
            "gap": gap_id,
            "gap-sheet": html.gap_sheet(sheet, drafts, self._names.now()),
            "gap-work": gr.update(visible=True),
            "owner": {**choices["owner"], "value": self._names.of(gap.owner) if gap.owner else ""},
            "department": {**choices["department"], "value": gap.department},
            "cause": gr.update(value=gap.cause.label if gap.cause else ""),
            "urgent": gr.update(value=urgent),
            "due": str(gap.due or ""),
            "wordings": gr.update(choices=list(sheet.wordings), value=[]),
        }

    def assign(
        self, who: Principal, gap: int, owner: str, department: str, cause: str, urgent: str, due: str, *filters: Any
    ) -> Shown:
        """Gives a gap to somebody."""
        self._loop.gaps.assign(
            who,
            number(gap, "缺口"),
            owner=self._names.id_of(owner or ""),
            department=department or "",
            cause=CAUSES.get(cause),
            priority=PRIORITIES.get(urgent),
            due=day(due, "期限"),
        )
        return {**self._after(who, gap, filters), "alert": f"已指派 No.{gap}。"}

    def comment(self, who: Principal, gap: int, text: str, *filters: Any) -> Shown:
        """Adds a remark."""
        return self._done(who, gap, filters, lambda each: self._loop.gaps.comment(who, each, text), "意见已记下。")

    def reply(self, who: Principal, gap: int, text: str, *filters: Any) -> Shown:
        """Answers whoever waits."""
        done = "已答复，等待的人会看到通知。"
        return self._done(who, gap, filters, lambda each: self._loop.gaps.answer(who, each, text), done)

    def reject(self, who: Principal, gap: int, text: str, *filters: Any) -> Shown:
        """Rejects a gap with its reason."""

        def rejected(each: int) -> None:
            self._loop.gaps.move(who, each, GapState.REJECTED, text)

        return self._done(who, gap, filters, rejected, "已驳回，提问的坐席会看到原因。")

    def merge(self, who: Principal, gap: int, into: str, *filters: Any) -> Shown:
        """Puts this gap into another, which is open afterwards."""
        target = number(into, "要并入的缺口")
        self._loop.gaps.merge(who, [number(gap, "缺口")], target)
        return {**self._after(who, target, filters), "into": "", "alert": f"No.{gap} 已并入 No.{target}。"}

    def split(self, who: Principal, gap: int, wordings: Sequence[str], *filters: Any) -> Shown:
        """Puts some wordings into a gap of their own."""
        new = self._loop.gaps.split(who, number(gap, "缺口"), list(wordings))
        return {**self._after(who, gap, filters), "alert": f"已拆出 No.{new}。"}

    def _done(self, who: Principal, gap: int, filters: Sequence[Any], work: Callable[[int], None], said: str) -> Shown:
        work(number(gap, "缺口"))
        return {**self._after(who, gap, filters), "gap-text": "", "alert": said}

    def _after(self, who: Principal, gap_id: int, filters: Sequence[Any]) -> Shown:
        return {**self.refreshed(who, *filters), **self.shown(who, gap_id)}

    def _listed(self, who: Principal, page: int, filters: Sequence[Any]) -> Shown:
        state, owner, department, kind, late, find = filters
        text = (find or "").strip()
        if text.removeprefix("No.").isdigit() and page == 0:
            return {"alert": "", **self._one(who, number(text, "缺口"))}
        wanted = Wanted(
            states=STATES.get(state, OPEN),
            owner=owner or "",
            department=department or "",
            business_type=kind or "",
            text=text[:100],
            overdue=bool(late),
        )
        found, total = self._loop.gaps.page(who, wanted, limit=PAGE, offset=page * PAGE)
        counts = self._loop.gaps.counts(who)
        shown = html.ledger(
            found,
            counts,
            self._names.now(),
            page=page,
            pages=-(-total // PAGE),
            total=total,
            address=Address(find=text, state=state or FIRST_STATE, page=page),
        )
        return {"ledger": shown}

    def _one(self, who: Principal, gap_id: int) -> Shown:
        shown = self.shown(who, gap_id)
        line = self._loop.gaps.sheet(who, gap_id).line
        counts = self._loop.gaps.counts(who)
        return {**shown, "ledger": html.ledger([line], counts, self._names.now(), page=0, pages=1, total=1)}


def _choice(stage: Stage, name: str, label: str, choices: Sequence[Any], value: str) -> None:
    stage.put(name, gr.Dropdown(list(choices), value=value, label=label, filterable=False, elem_id=f"zm-{name}"))
