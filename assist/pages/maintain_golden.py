"""The golden cases of the base on the maintainer's page: list, form, files, one click from a question; maintain.py."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr

from assist.golden.check import ROLES
from assist.golden.sheets import TODAY, gold_lines, history_lines, written
from assist.loop.desk import Loop
from assist.pages import maintain_golden_html as html
from assist.pages.maintain_stage import Names, Shown, Stage, number
from kb.errors import Conflict, InputRefused
from kb.model import Principal
from kb.store import GoldenCase, GoldenState

PAGE = 20
STATES = {"在用": GoldenState.ACTIVE, "停用": GoldenState.RETIRED, "全部": None}
FILTERS = ("golden-state", "golden-find")
_FIELDS = {
    "golden-id": ("编号", "编号（空着自动给）", 1, ""),
    "golden-asked": ("问题", "问题", 2, "客户会怎么问，就怎么写"),
    "golden-facts": ("应含事实", "回答必须说对的（一行一个）", 2, "80元\n每个自然年一次"),
    "golden-gold": ("出处", "出处（一行一条：来源｜原文）", 2, "家庭业务规则.md｜宽带移机费80元一次"),
    "golden-forbid": ("不得出现", "不得出现的（一行一个）", 1, ""),
    "golden-history": ("之前的对话", "之前的对话（一行一句：客户：…／坐席：…）", 2, ""),
    "golden-scope": ("限定来源", "限定来源（一行一个）", 1, ""),
    "golden-department": ("部门", "部门", 1, ""),
    "golden-day": ("哪天问", "哪天问", 1, TODAY),
    "golden-tags": ("标签", "标签（空格隔开）", 1, ""),
}
"""Text fields of the form by part: heading of the sheet, label, lines, what is shown in an empty one."""
_MORE = ("golden-history", "golden-scope", "golden-department", "golden-day", "golden-tags", "golden-id")
_FORM = (*_FIELDS, "golden-none", "golden-role")


class GoldenTab:
    """Components and events of the golden cases; each event gives what changes on the page."""

    def __init__(self, loop: Loop, names: Names) -> None:
        self._loop = loop
        self._desk = loop.golden
        self._names = names

    def build(self, stage: Stage) -> None:
        """Puts the components on the page and wires them."""
        with gr.Row(elem_id="zm-golden-tab", elem_classes="zm-split"):
            with gr.Column(scale=3, min_width=300, elem_classes="zm-list-side"):
                self._list_side(stage)
            with gr.Column(scale=4, min_width=300, elem_classes="zm-detail-side"):
                stage.put("golden-case", gr.State(None))
                stage.html("golden-head")
                with stage.put("golden-work", gr.Column(visible=False, elem_id="zm-golden-work")):
                    self._form(stage)
        stage.link("golden", self.open, named=False)
        stage.link("golden-page", self.turn, FILTERS, named=False)
        stage.link("golden-gap", self.of_gap)
        stage.link("golden-question", self.of_question)

    def _list_side(self, stage: Stage) -> None:
        with gr.Row(elem_classes="zm-filters"):
            state = gr.Dropdown(list(STATES), value="在用", label="状态", filterable=False, elem_id="zm-golden-state")
            find = gr.Textbox("", label="找问题或编号", max_lines=1, max_length=100, elem_id="zm-golden-find")
            look = gr.Button("查找", elem_id="zm-golden-look", min_width=64)
            new = gr.Button("新增", variant="primary", elem_id="zm-golden-new", min_width=64)
        stage.parts |= {"golden-state": state, "golden-find": find}
        gr.HTML(html.FILES, js_on_load=None)
        stage.html("golden-list")
        with gr.Accordion("从最近答出的提问里选", open=False, elem_id="zm-golden-recent") as recent:
            stage.html("golden-answered")
        stage.on([state.input, find.submit, look.click], self.listed, FILTERS, named=False, quiet=True)
        stage.on([new.click], self.new, named=False)
        stage.on([recent.expand], self.answered, named=False, quiet=True)

    def _form(self, stage: Stage) -> None:
        for part in _FIELDS:
            if part not in _MORE:
                self._field(stage, part)
        stage.put("golden-none", gr.Checkbox(False, label="无答案：知识库里没有，应当拒答", elem_id="zm-golden-none"))
        with gr.Accordion("谁问、哪天问、之前的对话、标签", open=False):
            role = gr.Dropdown(list(ROLES.values()), value="坐席", label="谁问", filterable=False)
            role.elem_id = "zm-golden-role"
            stage.put("golden-role", role)
            for part in _MORE:
                self._field(stage, part)
        with gr.Row(elem_classes="zm-line"):
            save = gr.Button("保存", variant="primary", elem_id="zm-golden-save", min_width=64)
            retire = gr.Button("停用", elem_id="zm-golden-retire", min_width=64, visible=False)
            restore = gr.Button("恢复", elem_id="zm-golden-restore", min_width=64, visible=False)
        stage.parts |= {"golden-retire": retire, "golden-restore": restore}
        stage.on([save.click], self.save, ["golden-case", *FILTERS, *_FORM])
        stage.on([retire.click], self.retire, ["golden-case", *FILTERS])
        stage.on([restore.click], self.restore, ["golden-case", *FILTERS])

    def _field(self, stage: Stage, part: str) -> None:
        _, label, rows, hint = _FIELDS[part]
        box = gr.Textbox("", label=label, lines=rows, max_lines=8, placeholder=hint, elem_id=f"zm-{part}")
        stage.put(part, box)

    def listed(self, who: Principal, state: str, find: str) -> Shown:
        """The first page of what is looked for."""
        return self._page(who, 0, state, find)

    def turn(self, who: Principal, page: str, state: str, find: str) -> Shown:
        """Another page, counted from 0."""
        return self._page(who, number(page, "金标用例"), state, find)

    def new(self, _who: Principal) -> Shown:
        """An empty form."""
        return self._shown(GoldenCase(""))

    def open(self, who: Principal, case: str) -> Shown:
        """One case; an empty number closes it."""
        if not case:
            return {"golden-case": None, "golden-head": "", "golden-work": gr.update(visible=False)}
        found = self._desk.get(who, number(case, "金标用例"))
        if found is None:
            raise InputRefused(f"no golden case {case}", hint="没有这个金标用例，请刷新后重试。")
        return self._shown(found)

    def of_gap(self, who: Principal, gap: str) -> Shown:
        """A form filled from a gap's question."""
        return {**self._shown(self._desk.of_gap(who, number(gap, "缺口"))), "tabs": gr.update(selected="golden")}

    def of_question(self, who: Principal, question: str) -> Shown:
        """A form filled from a question that was asked."""
        return self._shown(self._desk.of_question(who, number(question, "提问")))

    def answered(self, who: Principal) -> Shown:
        """Questions that were answered lately."""
        return {"golden-answered": html.answered_list(self._desk.answered(who))}

    def save(self, who: Principal, opened: GoldenCase | None, state: str, find: str, *form: Any) -> Shown:
        """Keeps what is in the form; where somebody else was first both are seen, and nothing typed is lost."""
        given = dict(zip(_FORM, form, strict=True))
        cells = {heading: str(given[part] or "") for part, (heading, *_) in _FIELDS.items()}
        cells |= {"无答案": "是" if given["golden-none"] else "", "谁问": str(given["golden-role"] or "")}
        case = written(cells)
        if opened is None or not opened.number:
            kept = self._desk.add(who, case)
            return self._kept(who, kept, state, find, f"已新增金标用例 {kept.case_id}。")
        try:
            kept = self._desk.save(who, replace(case, number=opened.number, version=opened.version))
        except Conflict:
            newest = self._desk.get(who, opened.number)
            assert newest is not None
            return {"golden-case": newest, "alert": html.changed_meanwhile(newest, self._names.now())}
        return self._kept(who, kept, state, find, f"已保存 {kept.case_id}（第 {kept.version} 版）。")

    def retire(self, who: Principal, opened: GoldenCase | None, state: str, find: str) -> Shown:
        """The gate asks the open case no longer."""
        one = _opened(opened)
        done = self._desk.retire(who, one.number, one.version)
        told = f"{done.case_id} 已停用，应答测试不再问它。"
        return {**self._shown(done), **self.listed(who, state, find), "alert": told}

    def restore(self, who: Principal, opened: GoldenCase | None, state: str, find: str) -> Shown:
        """The gate asks the open case again."""
        one = _opened(opened)
        done = self._desk.restore(who, one.number, one.version)
        return {**self._shown(done), **self.listed(who, state, find), "alert": f"{done.case_id} 已恢复。"}

    def _kept(self, who: Principal, kept: GoldenCase, state: str, find: str, told: str) -> Shown:
        """The case as it is kept, and whether what answers now is right by it."""
        now = "现在的回答符合它。" if self._desk.holds(who, kept) else "现在的回答还不符合它，请核对用例，或先补知识。"
        return {**self._shown(kept), **self.listed(who, state, find), "alert": told + now}

    def _page(self, who: Principal, page: int, state: str, find: str) -> Shown:
        wanted, text = STATES.get(state, GoldenState.ACTIVE), (find or "").strip()
        found, total = self._desk.page(who, wanted, text=text, limit=PAGE, offset=page * PAGE)
        counts = self._desk.counts(who)
        pages = -(-total // PAGE)
        return {"golden-list": html.cases_list(found, counts, self._names.now(), page=page, pages=pages, total=total)}

    def _shown(self, case: GoldenCase) -> Shown:
        texts = {
            "golden-id": case.case_id,
            "golden-asked": case.question,
            "golden-facts": "\n".join(case.facts),
            "golden-gold": gold_lines(case.gold),
            "golden-forbid": "\n".join(case.forbid),
            "golden-history": history_lines(case.history),
            "golden-scope": "\n".join(case.scope),
            "golden-department": case.department,
            "golden-day": case.as_of.isoformat() if case.as_of else TODAY,
            "golden-tags": " ".join(case.tags),
        }
        shown: Shown = {part: gr.update(value=text) for part, text in texts.items()}
        shown["golden-id"] = gr.update(value=case.case_id, interactive=not case.number)
        return shown | {
            "golden-case": case,
            "golden-head": html.case_head(case, self._names.now()),
            "golden-work": gr.update(visible=True),
            "golden-none": case.unanswerable,
            "golden-role": gr.update(value=ROLES.get(case.role, "坐席")),
            "golden-retire": gr.update(visible=bool(case.number) and case.state is GoldenState.ACTIVE),
            "golden-restore": gr.update(visible=bool(case.number) and case.state is GoldenState.RETIRED),
        }


def _opened(case: GoldenCase | None) -> GoldenCase:
    if case is None or not case.number:
        raise InputRefused("no case open", hint="请先打开一个金标用例。")
    return case
