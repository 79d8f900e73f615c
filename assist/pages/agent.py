"""The agent's page: ask while the customer waits, see the wording to say and its proof; `mount` puts it on the site."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr
from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from assist.access import Action
from assist.businesstype import labels
from assist.pages.account import account_menu
from assist.pages.call import Call
from assist.pages.digest import DigestFold
from assist.pages.door import Door, caller
from assist.pages.handlers import CHANNELS, EXAMPLES, AgentDesk, Handlers, Parts
from assist.pages.handoffs import handoff_fold
from assist.pages.notices import NoticeStrip, strip_parts
from assist.pages.render import history_list, welcome_card
from assist.pages.site import attach, header
from assist.pages.voice import Suggestions, voice_fold
from assist.pages.who import ROLES
from assist.public.queue import HandoffDesk
from assist.wording import say
from kb.model import Principal

Whose = Callable[[Principal], str]
"""The name to show for who is signed in."""

MAX_TYPED = 20_000
"""The input takes no more characters than this; what is longer than a question may be is refused with a message."""
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b5cad"/>'
    '<path d="M8 9h16v11H15l-5 5v-5H8z" fill="#fff"/></svg>'
)
KEYS = (
    ("/", "输入框"),
    ("Enter", "提问"),
    ("Shift+Enter", "换行"),
    ("Alt+C", "复制"),
    ("Alt+B", "复制结束语"),
    ("Alt+S", "逐条看出处"),
    ("Alt+U", "有用"),
    ("Alt+W", "答错"),
    ("Alt+O", "过时"),
    ("Alt+T", "业务类型"),
    ("Alt+H", "本次通话"),
    ("Alt+N", "新来电"),
)


def mount(
    app: FastAPI,
    desk: AgentDesk,
    *,
    path: str,
    door: Door | None = None,
    whose: Whose | None = None,
    notices: NoticeStrip | None = None,
    digest: DigestFold | None = None,
    voice: Suggestions | None = None,
    handoffs: HandoffDesk | None = None,
) -> FastAPI:
    """Puts the page at `path` of `app`, locked down; its events pass `door`, and `whose` names who is signed in."""
    door = door or Door()
    blocks = build(desk, door, whose, notices, digest, voice, handoffs)
    mounted = attach(
        app, blocks, path=path, css="agent.css", script="agent.js", door=door, action=Action.USE_AGENT_PAGE
    )
    _at_the_root(mounted, path)
    return mounted


def build(
    desk: AgentDesk,
    door: Door,
    whose: Whose | None = None,
    notices: NoticeStrip | None = None,
    digest: DigestFold | None = None,
    voice: Suggestions | None = None,
    handoffs: HandoffDesk | None = None,
) -> gr.Blocks:
    """The page's components and events over `desk`, each event behind `door`.

    `notices` tells what came of earlier questions, `digest` what changed in the knowledge; `voice` takes
    suggestions; with `handoffs` it shows who asked for a person.
    """
    page: gr.Blocks
    with gr.Blocks(title="知应 · 坐席助手", analytics_enabled=False, fill_width=True) as page:
        call, verdict = gr.State(Call()), gr.State("wrong")
        with gr.Row(elem_id="zy-top"):
            gr.HTML(header("坐席助手 · 有据才答", here="/agent"), js_on_load=None)
            account = gr.HTML("", elem_id="zy-account", js_on_load=None)
            fresh = gr.Button("新来电", size="sm", elem_id="zy-new", scale=0, min_width=72)
        with gr.Row(elem_id="zy-columns"):
            with gr.Column(scale=3, min_width=300, elem_id="zy-main"):
                question, ask, alert, leaving, answer = _asking()
                with gr.Column(visible=False, elem_id="zy-after") as after:
                    business, useful, wrong, outdated = _judging()
                    with gr.Row(visible=False, elem_id="zy-why") as why:
                        reason = _line("说明", "zy-reason", max_length=500, scale=4)
                        send = gr.Button("提交", size="sm", elem_id="zy-send", scale=1, min_width=64)
                    thanks = gr.HTML("", elem_id="zy-thanks", js_on_load=None)
            with gr.Column(scale=2, min_width=280, elem_id="zy-side"):
                strip = strip_parts() if notices is not None else []
                news = gr.Column(elem_id="zy-news", visible=digest is not None)
                gr.HTML('<h2 class="zy-title" id="zy-history-title">本次通话</h2>', js_on_load=None)
                history = gr.HTML(history_list(()), elem_id="zy-history", js_on_load=None)
                identity, who = _identity(desk.departments())
                if voice is not None:
                    voice_fold(voice, who[0], who[1])
                if handoffs is not None:
                    handoff_fold(handoffs, who[0], who[1])
                gr.HTML(_keys(), js_on_load=None)
        parts = Parts(
            question=question,
            alert=alert,
            leaving=leaving,
            answer=answer,
            after=after,
            business=business,
            why=why,
            reason=reason,
            thanks=thanks,
            history=history,
            identity=identity,
            call=call,
            verdict=verdict,
        )
        role, department, channel, as_of = who
        on, outputs = Handlers(desk, parts), parts.all()
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        ask_event = door.event(Action.ASK, on.ask)
        asked = gr.on(
            [question.submit, ask.click],
            ask_event,
            [question, *who, call],
            outputs,
            trigger_mode="always_last",
            **quiet,
        )
        popped = page.load(door.event(Action.ASK, on.pop), [*who, call], outputs, **quiet)
        # An answer still on its way belongs to the caller who has gone.
        fresh.click(door.event(Action.USE_AGENT_PAGE, on.fresh), None, outputs, cancels=[asked, popped], **quiet)
        if notices is not None:
            for event in (page.load, asked.then):
                event(notices.show, [role, department], strip, **quiet)
            strip[1].click(notices.confirm, [role, department], strip, **quiet)
        if digest is not None:
            with news:
                digest.place(page, role, department, asked.then)
        judged, judge = [role, department, call], Action.GIVE_FEEDBACK
        useful.click(door.event(judge, on.useful), judged, outputs, **quiet)
        for button, opens in ((wrong, on.wrong), (outdated, on.outdated)):
            button.click(door.event(judge, opens), None, outputs, **quiet).then(None, js=_FOCUS_REASON, **quiet)
        complained = door.event(judge, on.complain)
        gr.on([send.click, reason.submit], complained, [verdict, reason, *judged], outputs, **quiet)
        business.input(door.event(Action.CORRECT_TYPE, on.retype), [business, *judged], outputs, **quiet)
        changes, told = [role.input, channel.input, as_of.submit, as_of.blur], [alert, identity]
        gr.on(changes, door.event(Action.USE_AGENT_PAGE, on.identify), [role, channel, as_of], told, **quiet)
        if whose is not None:
            known = door.event(Action.USE_AGENT_PAGE, _introducing(whose))
            page.load(known, None, [account, role, department, identity], **quiet)
    return page


def _introducing(whose: Whose) -> Callable[[], Any]:
    """The event that says whose session this is; with an account there is no role to choose."""

    def introduce() -> Any:
        person = caller()
        if person is None:
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        hidden = gr.update(visible=False)
        role = {value: name for name, value in ROLES.items()}.get(person.role, "坐席")
        label = say("page.identity", role=role, channel="语音", day="今天")
        return (
            account_menu(whose(person), person.role),
            gr.update(value=role, visible=False),
            hidden,
            gr.update(label=label),
        )

    return introduce


def _at_the_root(app: FastAPI, path: str) -> None:
    """The bare address leads to the page, and browsers find the icon they ask for unbidden."""

    @app.get("/", include_in_schema=False)
    def start(request: Request) -> Response:
        return RedirectResponse(f"{path}/?{request.url.query}".rstrip("?"))

    @app.get("/favicon.ico", include_in_schema=False)
    def icon() -> Response:
        return Response(ICON, media_type="image/svg+xml", headers={"Cache-Control": "max-age=86400"})


_FOCUS_REASON = "() => { document.querySelector('#zy-reason textarea, #zy-reason input')?.focus(); }"


def _asking() -> tuple[gr.Textbox, gr.Button, gr.HTML, gr.HTML, gr.HTML]:
    with gr.Row(elem_id="zy-asking"):
        question = gr.Textbox(
            label="客户的问题",
            show_label=False,
            container=False,
            placeholder="客户问什么？回车提问",
            autofocus=True,
            lines=1,
            max_lines=4,
            max_length=MAX_TYPED,
            elem_id="zy-question",
            scale=4,
            html_attributes=gr.InputHTMLAttributes(autocorrect="off", spellcheck=False),
        )
        ask = gr.Button("提问", variant="primary", size="md", elem_id="zy-ask", scale=0, min_width=72)
    alert = gr.HTML("", elem_id="zy-alert", js_on_load=None)
    leaving = gr.HTML("", elem_id="zy-leaving", js_on_load=None)
    answer = gr.HTML(welcome_card(EXAMPLES), elem_id="zy-answer", js_on_load=None)
    return question, ask, alert, leaving, answer


def _judging() -> tuple[gr.Dropdown, gr.Button, gr.Button, gr.Button]:
    with gr.Row(elem_id="zy-feedback"):
        business = gr.Dropdown(
            list(labels()),
            label="业务类型（可更正）",
            show_label=False,
            container=False,
            filterable=False,
            elem_id="zy-type",
            scale=0,
            min_width=150,
        )
        useful = gr.Button("有用", size="sm", elem_id="zy-useful", min_width=52)
        wrong = gr.Button("答错", size="sm", elem_id="zy-wrong", min_width=52)
        outdated = gr.Button("过时", size="sm", elem_id="zy-outdated", min_width=52)
    return business, useful, wrong, outdated


def _identity(departments: tuple[str, ...]) -> tuple[gr.Accordion, list[Any]]:
    label = say("page.identity", role="坐席", channel="语音", day="今天")
    with gr.Accordion(label, open=False, elem_id="zy-identity") as identity:
        role = gr.Dropdown(list(ROLES), value="坐席", label="身份", filterable=False, elem_id="zy-role")
        choices = [("不限", ""), *((name, name) for name in departments)]
        department = gr.Dropdown(choices, value="", label="部门", filterable=False, elem_id="zy-department")
        channel = gr.Radio(list(CHANNELS), value="语音", label="渠道", elem_id="zy-channel")
        as_of = gr.Textbox("", label="按哪天的规定（空着为今天）", placeholder="2026-07-01", elem_id="zy-asof")
    return identity, [role, department, channel, as_of]


def _line(label: str, elem_id: str, **more: Any) -> gr.Textbox:
    return gr.Textbox(label=label, show_label=False, container=False, lines=1, max_lines=1, elem_id=elem_id, **more)


def _keys() -> str:
    keys = "".join(f"<span><kbd>{key}</kbd> {what}</span>" for key, what in KEYS)
    return f'<details id="zy-keys"><summary>快捷键</summary><p>{keys}</p></details>'
