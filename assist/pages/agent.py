"""The agent's page: ask while the customer waits, see the wording to say and its proof; `mount` puts it on the site."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from importlib import resources
from typing import Any, Literal, Protocol

import gradio as gr
from fastapi import FastAPI

from assist.businesstype import labels
from assist.model import Answer, Channel, Event, Finished, Outcome, Question, Sentence, Turn, Understood
from assist.pages.render import Exchange, answer_card, history_list, problem_card, waiting_card, welcome_card
from assist.wording import say
from kb.errors import ZhiyingError
from kb.model import Principal, Role

Verdict = Literal["useful", "wrong", "outdated"]

ROLES = {
    "坐席": Role.AGENT,
    "值班经理": Role.DUTY_MANAGER,
    "知识维护": Role.MAINTAINER,
    "内训师": Role.TRAINER,
    "质检": Role.INSPECTOR,
}
CHANNELS = {"语音": Channel.VOICE, "在线": Channel.CHAT}
EXAMPLES = ("畅行129每月多少钱", "客户一直不说话怎么办", "携号转网要什么条件", "宽带坏了多久修好")
FONTS = ["system-ui", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei", "sans-serif"]


class AgentDesk(Protocol):
    """What the page needs of the assistant; every method authorises the principal first."""

    def stream(self, question: Question) -> Iterator[Event]:
        """The answer as it is proved; ends with Finished."""
        ...

    def give_feedback(self, principal: Principal, exchange: Exchange, verdict: Verdict, reason: str) -> None:
        """Keeps what the agent thought of an answer."""
        ...

    def correct_type(self, principal: Principal, exchange: Exchange, label: str) -> None:
        """Keeps the business type the agent says is right."""
        ...

    def departments(self) -> tuple[str, ...]:
        """Departments a principal can belong to, as the documents name them."""
        ...

    def today(self) -> date:
        """The day on which questions are asked."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its id in the log, and what was asked in it, oldest first."""

    id: str
    exchanges: tuple[Exchange, ...] = ()

    @classmethod
    def new(cls) -> Call:
        """A fresh call without questions."""
        return cls(id=uuid.uuid4().hex)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The call as the assistant reads history, oldest first."""
        return tuple(
            turn
            for exchange in self.exchanges
            for turn in (Turn("user", exchange.question), Turn("assistant", exchange.answer.text))
        )


def mount(app: FastAPI, desk: AgentDesk, *, path: str) -> FastAPI:
    """Puts the page at `path` of `app`, locked down: no uploads, no files, no monitoring, nothing from outside."""
    blocks = build(desk)
    blocks.queue(max_size=64, default_concurrency_limit=8, api_open=False)
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        blocks,
        path=path,
        show_error=False,
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        allowed_paths=[],
        max_file_size="1kb",
        footer_links=[],
        theme=gr.themes.Soft(font=FONTS, font_mono=["ui-monospace", "monospace"], text_size="md"),
        css=_asset("agent.css"),
        head=f"<script>{_asset('agent.js')}</script>",
    )
    return mounted


def build(desk: AgentDesk) -> gr.Blocks:
    """The page's components and events over `desk`."""
    handlers = _Handlers(desk)
    page: gr.Blocks
    with gr.Blocks(title="知应 · 坐席助手", analytics_enabled=False, fill_width=True) as page:
        call = gr.State(Call.new)
        gr.HTML('<div id="zy-head"><h1>知应</h1><small>坐席助手 · 有据才答</small></div>')
        with gr.Row(elem_id="zy-columns"):
            with gr.Column(scale=3, min_width=320):
                question = gr.Textbox(
                    placeholder="客户问什么？回车提问",
                    show_label=False,
                    autofocus=True,
                    lines=1,
                    max_lines=4,
                    elem_id="zy-question",
                    submit_btn=False,
                )
                with gr.Row(elem_id="zy-actions"):
                    ask = gr.Button("提问", variant="primary", size="md", elem_id="zy-ask", scale=3)
                    fresh = gr.Button("新来电", size="md", elem_id="zy-new", scale=1)
                answer = gr.HTML(welcome_card(EXAMPLES), elem_id="zy-answer")
                with gr.Column(visible=False) as after:
                    business = gr.Dropdown(list(labels()), label="业务类型（可更正）", elem_id="zy-type")
                    with gr.Row(elem_id="zy-feedback"):
                        useful = gr.Button("有用", size="sm", elem_id="zy-useful")
                        wrong = gr.Button("答错", size="sm", elem_id="zy-wrong")
                        outdated = gr.Button("过时", size="sm", elem_id="zy-outdated")
                    with gr.Row(visible=False, elem_id="zy-why") as why:
                        reason = gr.Textbox(
                            placeholder="哪里不对？一句话即可",
                            show_label=False,
                            max_length=500,
                            elem_id="zy-reason",
                            scale=4,
                        )
                        send = gr.Button("提交", size="md", elem_id="zy-send", scale=1)
                    thanks = gr.HTML("", elem_id="zy-thanks")
            with gr.Column(scale=2, min_width=280):
                gr.HTML('<div class="zy-card-title"><h3>本次通话</h3></div>')
                history = gr.HTML(history_list(()), elem_id="zy-history")
                with gr.Accordion("身份与日期", open=False):
                    role = gr.Dropdown(list(ROLES), value="坐席", label="身份", elem_id="zy-role")
                    department = gr.Dropdown(
                        ["", *desk.departments()],
                        value="",
                        label="部门",
                        allow_custom_value=False,
                        elem_id="zy-department",
                    )
                    channel = gr.Radio(list(CHANNELS), value="语音", label="渠道", elem_id="zy-channel")
                    as_of = gr.Textbox(
                        "", label="按哪天的规定（空着为今天）", placeholder="2026-07-01", elem_id="zy-asof"
                    )
                gr.HTML(
                    '<p id="zy-keys"><kbd>/</kbd> 输入 · <kbd>Alt+C</kbd> 复制 · <kbd>Alt+1…9</kbd> 出处 · '
                    "<kbd>Alt+U</kbd> 有用 · <kbd>Alt+N</kbd> 新来电</p>"
                )
        verdict = gr.State("wrong")
        asking: dict[str, Any] = {
            "fn": handlers.ask,
            "inputs": [question, role, department, channel, as_of, call],
            "outputs": [question, answer, history, call, after, business, why, thanks],
            "api_visibility": "private",
            "show_progress": "hidden",
        }
        question.submit(**asking)
        ask.click(**asking)
        page.load(
            handlers.pop,
            [role, department, channel, as_of, call],
            [question, answer, history, call, after, business, why, thanks],
            api_visibility="private",
            show_progress="hidden",
        )
        fresh.click(
            handlers.fresh,
            None,
            [question, answer, history, call, after, business, why, thanks],
            api_visibility="private",
            show_progress="hidden",
        )
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        useful.click(handlers.useful, [role, department, call], [why, thanks], **quiet)
        wrong.click(lambda: ("wrong", gr.update(visible=True), ""), None, [verdict, why, thanks], **quiet)
        outdated.click(lambda: ("outdated", gr.update(visible=True), ""), None, [verdict, why, thanks], **quiet)
        complaint = [verdict, reason, role, department, call]
        send.click(handlers.complain, complaint, [why, reason, thanks], **quiet)
        reason.submit(handlers.complain, complaint, [why, reason, thanks], **quiet)
        business.input(handlers.retype, [business, role, department, call], [thanks], **quiet)
    return page


class _Handlers:
    """The page's events; each turns a fault into Chinese words on the page and never into a stack trace."""

    def __init__(self, desk: AgentDesk) -> None:
        self._desk = desk

    def pop(
        self, role: str, department: str, channel: str, as_of: str, call: Call, request: gr.Request
    ) -> Iterator[tuple[Any, ...]]:
        """Opens the page; with `?q=` (screen pop) it asks that question at once."""
        question = str(request.query_params.get("q", ""))
        if question.strip():
            yield from self.ask(question, role, department, channel, as_of, call)
        else:
            # Whoever types before the page has settled must not lose a character.
            yield tuple(gr.skip() for _ in range(8))

    def ask(
        self, text: str, role: str, department: str, channel: str, as_of: str, call: Call
    ) -> Iterator[tuple[Any, ...]]:
        """Shows the answer as it is proved, then moves it into the call."""
        earlier = history_list(call.exchanges)
        hidden = (gr.update(visible=False), gr.update(), gr.update(visible=False), "")
        yield (gr.update(), waiting_card(text[:80]), earlier, call, *hidden)
        try:
            question = self._question(text, role, department, channel, as_of, call)
            for answer, done in _growing(self._desk.stream(question)):
                exchange = Exchange(text, answer)
                if not done:
                    yield (gr.update(), answer_card(exchange, streaming=True), earlier, call, *hidden)
        except ZhiyingError as error:
            yield (gr.update(), problem_card(error.hint), earlier, call, *hidden)
            return
        except Exception:
            yield (gr.update(), problem_card(say("problem.fault")), earlier, call, *hidden)
            raise
        grown = replace(call, exchanges=(*call.exchanges, exchange))
        kind = answer.business_type.label if answer.business_type else None
        shown = (gr.update(visible=True), gr.update(value=kind), gr.update(visible=False), "")
        yield ("", answer_card(exchange), earlier, grown, *shown)

    def _question(self, text: str, role: str, department: str, channel: str, as_of: str, call: Call) -> Question:
        return Question(
            text=text,
            principal=_principal(role, department),
            as_of=_day(as_of) or self._desk.today(),
            history=call.turns,
            channel=CHANNELS[channel],
            session=call.id,
        )

    def fresh(self) -> tuple[Any, ...]:
        """A new caller: nothing of the last one stays on the page."""
        return (
            "",
            welcome_card(EXAMPLES),
            history_list(()),
            Call.new(),
            gr.update(visible=False),
            gr.update(value=None),
            gr.update(visible=False),
            "",
        )

    def useful(self, role: str, department: str, call: Call) -> tuple[Any, str]:
        """One click says the answer helped."""
        return gr.update(visible=False), self._feedback(role, department, call, "useful", "")

    def complain(self, verdict: Verdict, reason: str, role: str, department: str, call: Call) -> tuple[Any, str, str]:
        """Sends what was wrong or outdated to whoever maintains the knowledge."""
        return gr.update(visible=False), "", self._feedback(role, department, call, verdict, reason)

    def _feedback(self, role: str, department: str, call: Call, verdict: Verdict, reason: str) -> str:
        if not call.exchanges:
            return ""
        try:
            self._desk.give_feedback(_principal(role, department), call.exchanges[-1], verdict, reason)
        except ZhiyingError as error:
            return problem_card(error.hint)
        return f'<p class="zy-notice">{say(f"feedback.{verdict}")}</p>'

    def retype(self, label: str, role: str, department: str, call: Call) -> str:
        """Keeps a corrected business type."""
        if not call.exchanges or label not in labels():
            return ""
        try:
            self._desk.correct_type(_principal(role, department), call.exchanges[-1], label)
        except ZhiyingError as error:
            return problem_card(error.hint)
        return f'<p class="zy-notice">{say("feedback.type")}</p>'


def _growing(events: Iterator[Event]) -> Iterator[tuple[Answer, bool]]:
    """The answer so far after each event, and whether it is whole."""
    answer = Answer(outcome=Outcome.ANSWERED, text="")
    for event in events:
        if isinstance(event, Understood):
            answer = replace(answer, understood=event.question)
        elif isinstance(event, Sentence):
            answer = replace(answer, text=answer.text + event.text)
        elif isinstance(event, Finished):
            answer = event.answer
        yield answer, isinstance(event, Finished)


def _principal(role: str, department: str) -> Principal:
    return Principal(id=f"page:{role}", role=ROLES.get(role, Role.AGENT), department=department or "")


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise ZhiyingError(f"not a date: {text!r}", hint=say("problem.date")) from error


def _asset(name: str) -> str:
    return resources.files("assist.pages").joinpath(name).read_text(encoding="utf-8")
