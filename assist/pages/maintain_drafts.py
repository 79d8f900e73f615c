"""Drafting and review on the maintainer's page: the form, the reviewer's sheet, two who edit one draft; maintain.py."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from assist.loop.desk import Loop
from assist.loop.documents import FIELDS, listed
from assist.pages import maintain_drafts_html as html
from assist.pages.maintain_stage import Names, Shown, Stage, day, number
from kb.errors import Conflict, InputRefused
from kb.model import Principal
from kb.store import Draft, DraftKind, DraftState

LINES = 4
"""A draft of any kind has at most so many fields."""

AUDIENCES = {"内部": "internal", "公开": "public", "仅值班经理和知识维护": "roles:duty_manager,maintainer"}
KINDS = {kind.label: kind for kind in DraftKind}
STATES = {
    "进行中": (DraftState.EDITING, DraftState.RETURNED, DraftState.REVIEW, DraftState.APPROVED),
    "全部": (),
    **{state.label: (state,) for state in DraftState},
}
_FORM = ("title", *(f"field-{at}" for at in range(LINES)), "audience", "first", "last", "supersedes")


class DraftTab:
    """Components and events of drafting; each event gives what changes on the page."""

    def __init__(self, loop: Loop, names: Names) -> None:
        self._loop = loop
        self._names = names

    def build(self, stage: Stage) -> None:
        """Puts the components on the page and wires them."""
        with gr.Row(elem_id="zm-drafts-tab", elem_classes="zm-split"):
            with gr.Column(scale=3, min_width=300, elem_classes="zm-list-side"):
                with gr.Row(elem_classes="zm-filters"):
                    choices = list(STATES)
                    state = gr.Dropdown(
                        choices, value="进行中", label="状态", filterable=False, elem_id="zm-draft-state"
                    )
                    stage.put("draft-state", state)
                stage.html("drafts")
                with gr.Accordion("新建草稿（不来自缺口，或修订现行知识）", open=False):
                    stage.put("new-title", gr.Textbox("", label="标题", max_lines=1, elem_id="zm-new-title"))
                    kind = gr.Dropdown(
                        list(KINDS), value="政策说明", label="种类", filterable=False, elem_id="zm-new-kind"
                    )
                    stage.put("new-kind", kind)
                    new = gr.Button("新建", elem_id="zm-new", min_width=64)
            with gr.Column(scale=4, min_width=300, elem_classes="zm-detail-side"):
                stage.html("draft-sheet")
                with stage.put("draft-form", gr.Column(visible=False, elem_id="zm-draft-form")):
                    self._form(stage)
                stage.html("draft-proof")
        stage.on([state.input], self.drafts, ["draft-state"], named=False)
        stage.on([new.click], self.new, ["new-kind", "new-title", "draft-state"])
        stage.link("draft", self.open, named=False)
        stage.link("restore", self.restore, named=False)

    def _form(self, stage: Stage) -> None:
        stage.put("draft", gr.State(None))
        stage.put("newest", gr.State(None))
        stage.put("title", gr.Textbox("", label="标题", max_lines=1, max_length=200, elem_id="zm-title"))
        for at in range(LINES):
            field = gr.Textbox("", label=f"栏目 {at + 1}", lines=2, max_lines=14, elem_id=f"zm-field-{at}")
            stage.put(f"field-{at}", field)
        with gr.Row():
            stage.put(
                "audience", gr.Dropdown(list(AUDIENCES), label="可见范围", filterable=False, elem_id="zm-audience")
            )
            days = {"first": ("生效日期（空着为立即）", "2026-12-01"), "last": ("失效日期（空着为长期）", "2027-12-31")}
            for name, (label, shape) in days.items():
                stage.put(name, gr.Textbox("", label=label, placeholder=shape, max_lines=1, elem_id=f"zm-{name}"))
        stage.put(
            "supersedes",
            gr.Textbox(
                "", label="取代的文档来源（一行一个，只取代一条写成 来源#第三条）", lines=1, elem_id="zm-supersedes"
            ),
        )
        with gr.Row(elem_classes="zm-line"):
            save = stage.put("save", gr.Button("保存", elem_id="zm-save", min_width=64))
            merged = gr.Button("我已对照合并，保存", elem_id="zm-merged", visible=False, min_width=120)
            stage.put("merged", merged)
            submit = gr.Button("提交审核", variant="primary", elem_id="zm-submit", min_width=80)
            stage.put("submit", submit)
            approve = gr.Button("批准", variant="primary", elem_id="zm-approve", min_width=64)
            stage.put("approve", approve)
            withdraw = stage.put("withdraw", gr.Button("撤回", elem_id="zm-withdraw", min_width=64))
        with stage.put("returning", gr.Row(elem_classes="zm-line", visible=False)):
            stage.put("reason", gr.Textbox("", label="退回原因", max_lines=1, elem_id="zm-reason"))
            back = gr.Button("退回", elem_id="zm-back", min_width=64)
        stage.on([save.click], self.save, ["draft", "draft-state", *_FORM])
        stage.on([merged.click], self.save, ["newest", "draft-state", *_FORM])
        stage.on([submit.click], self.submit, ["draft", "draft-state", *_FORM])
        stage.on([approve.click], self.approve, ["draft", "draft-state", *_FORM])
        stage.on([withdraw.click], self.withdraw, ["draft", "draft-state"])
        stage.on([back.click], self.send_back, ["draft", "draft-state", "reason"])

    def drafts(self, who: Principal, state: str) -> Shown:
        """The list of drafts in a state."""
        return {"drafts": html.drafts_list(self._loop.drafts.all(who, STATES.get(state, ())), self._names.now())}

    def begin(self, kind: DraftKind) -> Callable[..., Shown]:
        """The event that begins a draft of a kind from the gap that is open, and opens it."""

        def begin(who: Principal, gap: int | None, state: str) -> Shown:
            draft = self._loop.drafts.begin(who, number(gap, "缺口"), kind)
            said = f"已起草，草稿 {draft.id}。" + (
                draft.note or ("由 AI 起草，待人修改和审核。" if draft.machine else "")
            )
            return {**self.shown(who, draft.id, state), "alert": said, "tabs": gr.update(selected="drafts")}

        return begin

    def new(self, who: Principal, kind: str, title: str, state: str) -> Shown:
        """A draft of its own accord."""
        if not title.strip():
            raise InputRefused("no title", hint="请先写标题。")
        draft = self._loop.drafts.new(who, KINDS[kind], title)
        return {**self.shown(who, draft.id, state), "new-title": "", "alert": f"已新建，草稿 {draft.id}。"}

    def open(self, who: Principal, draft: str) -> Shown:
        """One draft to edit or review; an empty number closes it."""
        if not draft:
            return {"draft": None, "draft-sheet": "", "draft-proof": "", "draft-form": gr.update(visible=False)}
        shown = self.shown(who, number(draft, "草稿"), "")
        return {**shown, "tabs": gr.update(selected="drafts")}

    def restore(self, who: Principal, kept: str) -> Shown:
        """One draft with what was typed and not saved when it was left, as the page kept it; see `unsaved`."""
        draft_id, revision, values = unsaved(kept)
        shown = self.shown(who, draft_id, "", came="restored")
        draft: Draft = shown["draft"]
        typed = dict(zip(_FORM, values, strict=True))
        for name, value in typed.items():
            shown[name] = {**shown[name], "value": value} if isinstance(shown[name], dict) else value
        if typed["audience"] not in shown["audience"]["choices"]:
            del shown["audience"]["value"]
        shown["tabs"] = gr.update(selected="drafts")
        if revision == draft.revision:
            return shown
        hint = f"您离开后这份草稿有人改过（现为第 {draft.revision} 稿），您没有保存的修改在表单里。"
        return {**shown, **self._beside(hint, replace(draft, **_written(draft, values)), draft)}

    def save(self, who: Principal, draft: Draft | None, state: str, *typed: str) -> Shown:
        """Saves what was typed over what was read; what somebody else saved meanwhile is shown beside it."""
        wanted = _typed(_opened(draft), typed)
        try:
            saved = self._loop.drafts.save(who, wanted)
        except Conflict as conflict:
            newest = self._loop.drafts.sheet(who, wanted.id).draft
            return self._beside(conflict.hint, wanted, newest)
        return {**self.shown(who, saved.id, state, came="saved"), "alert": f"已保存为第 {saved.revision} 稿。"}

    def _beside(self, hint: str, mine: Draft, newest: Draft) -> Shown:
        return {
            "alert": html.conflict(hint, mine, newest, self._names.now()),
            "newest": newest,
            "merged": gr.update(visible=True),
            "save": gr.update(visible=False),
        }

    def submit(self, who: Principal, draft: Draft | None, state: str, *typed: str) -> Shown:
        """Hands a draft to review, with what was typed since it was opened."""
        known, came = _opened(draft), "opened"
        if _typed(known, typed) != known:
            shown, came = self.save(who, known, state, *typed), "saved"
            if shown.get("newest") is not None:
                return shown
        self._loop.drafts.submit(who, known.id)
        return {**self.shown(who, known.id, state, came=came), "alert": "已提交审核，请另一位知识维护或值班经理批准。"}

    def approve(self, who: Principal, draft: Draft | None, state: str, *typed: str) -> Shown:
        """Approves what is on the page and nothing else."""
        known = _opened(draft)
        newest = self._loop.drafts.sheet(who, known.id).draft
        if newest.revision != known.revision:
            hint = f"这份草稿刚有人改过（现为第 {newest.revision} 稿），请重新打开，看过再批准。"
            raise Conflict("another revision", hint=hint)
        if _typed(known, typed) != known:
            hint = "页面上的文字您改过还没保存。要改请先保存并请别人审核；不改请重新打开，点“放弃修改”后批准。"
            raise InputRefused("edited, not saved", hint=hint)
        self._loop.drafts.approve(who, known.id)
        said = "已批准。批准的稿子还没有生效：请到“发布”建立发布计划。"
        return {**self.shown(who, known.id, state), "alert": said}

    def withdraw(self, who: Principal, draft: Draft | None, state: str) -> Shown:
        """Takes a draft back."""
        known = _opened(draft)
        self._loop.drafts.withdraw(who, known.id)
        return {**self.shown(who, known.id, state), "alert": "已撤回。"}

    def send_back(self, who: Principal, draft: Draft | None, state: str, reason: str) -> Shown:
        """Returns a draft to its author."""
        known = _opened(draft)
        self._loop.drafts.send_back(who, known.id, reason)
        return {**self.shown(who, known.id, state), "reason": "", "alert": "已退回，起草人会看到原因。"}

    def shown(self, who: Principal, draft_id: int, state: str, came: str = "opened") -> Shown:
        """A draft with its sheet and its form; with a `state` the list as well. `came` as in html.draft_head."""
        sheet = self._loop.drafts.sheet(who, draft_id)
        draft, names = sheet.draft, self._names.now()
        labels = {value: label for label, value in AUDIENCES.items()}
        fields = list(FIELDS[draft.kind].items())
        writing = draft.state in (DraftState.EDITING, DraftState.RETURNED)
        form: Shown = {
            f"field-{at}": _field(draft, *fields[at]) if at < len(fields) else gr.update(value="", visible=False)
            for at in range(LINES)
        }
        audience = labels.get(draft.audience, draft.audience)
        choices = list(dict.fromkeys([*AUDIENCES, audience]))
        plain = {
            "title": draft.title,
            "first": str(draft.effective_from or ""),
            "last": str(draft.effective_to or ""),
            "supersedes": "\n".join(draft.supersedes),
        }
        begun = {**plain, "audience": audience, **{name: each["value"] for name, each in form.items()}}
        return {
            **(self.drafts(who, state) if state else {}),
            **form,
            "draft": draft,
            "newest": None,
            "draft-sheet": html.draft_head(sheet, names, [begun[name] for name in _FORM], came),
            "draft-proof": html.draft_sheet(sheet),
            "draft-form": gr.update(visible=True),
            **plain,
            "audience": gr.update(choices=choices, value=audience),
            "save": gr.update(visible=True, value="保存" if writing else "改稿并保存"),
            "merged": gr.update(visible=False),
            "submit": gr.update(visible=writing),
            "approve": gr.update(visible=draft.state is DraftState.REVIEW),
            "withdraw": gr.update(visible=draft.state not in (DraftState.RELEASED, DraftState.WITHDRAWN)),
            "returning": gr.update(visible=draft.state in (DraftState.REVIEW, DraftState.APPROVED)),
        }


def unsaved(kept: str) -> tuple[int, int, list[str]]:
    """What maintain.js keeps of a form: draft, revision it was begun from, and the values of `_FORM`."""
    try:
        found = json.loads(kept)
        values = [str(each) for each in found["values"]]
        numbers = int(found["draft"]), int(found["revision"])
    except (ValueError, TypeError, KeyError) as error:
        raise InputRefused("unreadable", hint="没能读出未保存的修改，请重新打开这份草稿。") from error
    if len(values) != len(_FORM):
        raise InputRefused("another form", hint="未保存的修改来自别的版本的页面，不能放回表单。")
    return *numbers, values


def _opened(draft: Draft | None) -> Draft:
    if draft is None:
        raise InputRefused("no draft", hint="请先打开一份草稿。")
    return draft


def _field(draft: Draft, key: str, label: str) -> Any:
    lists = {"similar", "triggers", "forbidden"}
    shown = f"{label}（一行一条）" if key in lists else label
    return gr.update(label=shown, value=str(draft.fields.get(key, "")), visible=True, lines=10 if key == "body" else 2)


def _typed(draft: Draft, typed: Sequence[str]) -> Draft:
    """The draft as the form has it; equal to `draft` when nothing was changed."""
    audience, first, last, supersedes = typed[1 + LINES :]
    return replace(
        draft,
        **_written(draft, typed),
        audience=AUDIENCES.get(audience, draft.audience),
        effective_from=day(first, "生效日期"),
        effective_to=day(last, "失效日期"),
        supersedes=listed(supersedes),
    )


def _written(draft: Draft, typed: Sequence[str]) -> dict[str, Any]:
    named = FIELDS[draft.kind]
    kept = {name: str(draft.fields.get(name, "")) for name in named}
    written = dict(zip(named, ((text or "") for text in typed[1 : 1 + LINES]), strict=False))
    return {"title": typed[0], "fields": draft.fields if written == kept else written}
