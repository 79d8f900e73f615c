"""The customers' page: ask, see why, say whether it helped, reach a person; `serve_customers` runs the public site."""

from __future__ import annotations

import socket
import threading
from typing import Any

import gradio as gr
from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from starlette.middleware import Middleware

from assist.pages.agent import ICON, MAX_TYPED
from assist.pages.customer_handlers import Handlers, Parts
from assist.pages.customer_render import status, talk
from assist.pages.frame import asset, put
from assist.pages.lockdown import POLICY, Lockdown
from assist.public.api import PAGE, content_policy, create_public_api
from assist.public.conversation import Conversation
from assist.public.desk import PublicDesk
from assist.serve import address, serve
from assist.terminal import say as tell
from kb.errors import ZhiyingError


def serve_customers(desk: PublicDesk, bound: socket.socket, *, version: str) -> None:
    """Serves the public site on `bound` until stopped, and says where."""
    app = mount_customers(create_public_api(desk, version=version), desk)

    def ready() -> None:
        at = address(bound)
        line = f'<script src="{at}/embed.js" defer></script>'
        tell(f"对客站点已启动：\n  客户页面  {at}{PAGE}\n  嵌入一行  {line}")
        threading.Thread(target=_warm_up, args=(desk,), name="warm-up", daemon=True).start()

    serve(app, bound, ready=ready)


def mount_customers(app: FastAPI, desk: PublicDesk) -> FastAPI:
    """Puts the page on `app`, locked down, to be framed by the allowed sites only."""
    blocks = build(desk)
    blocks.queue(max_size=128, default_concurrency_limit=16, api_open=False)
    layers = [Middleware(Lockdown, policy=content_policy(desk, POLICY))]
    mounted = put(app, blocks, path=PAGE, layers=layers, css=asset("customer.css"), script=asset("customer.js"))

    @mounted.get("/", include_in_schema=False)
    def start(request: Request) -> Response:
        return RedirectResponse(f"{PAGE}/?{request.url.query}".rstrip("?"))

    @mounted.get("/favicon.ico", include_in_schema=False)
    def icon() -> Response:
        return Response(ICON, media_type="image/svg+xml", headers={"Cache-Control": "max-age=86400"})

    return mounted


def build(desk: PublicDesk) -> gr.Blocks:
    """The page's components and events over `desk`."""
    page: gr.Blocks
    name = desk.service.name
    with gr.Blocks(title=f"{name} · 在线客服", analytics_enabled=False, fill_width=True) as page:
        state = gr.State(Conversation())
        with gr.Row(elem_id="zc-top"):
            gr.HTML(lambda: status(name, open_now=desk.open_now()), js_on_load=None)
            person = gr.Button("转人工", size="sm", elem_id="zc-person", scale=0, min_width=72)
        log = gr.HTML(lambda: talk(Conversation(), desk.welcome(), name), elem_id="zc-talk", js_on_load=None)
        with gr.Row(visible=False, elem_id="zc-helped") as helped:
            gr.HTML("<span>有没有帮到您？</span>", js_on_load=None)
            useful = gr.Button("有帮助", size="sm", elem_id="zc-yes", min_width=64)
            useless = gr.Button("没帮到", size="sm", elem_id="zc-no", min_width=64)
        with gr.Column(visible=False, elem_id="zc-callback") as callback:
            gr.HTML("<b>预约回电</b>", js_on_load=None)
            phone = gr.Textbox(label="电话号码", max_length=40, elem_id="zc-phone", lines=1, max_lines=1)
            wanted = gr.Textbox(
                label="方便的时间（可不填）",
                max_length=100,
                elem_id="zc-when",
                lines=1,
                max_lines=1,
                placeholder="例如 明天上午",
            )
            send = gr.Button("请给我回电", size="md", elem_id="zc-send")
        alert = gr.HTML("", elem_id="zc-alert", js_on_load=None)
        with gr.Row(elem_id="zc-asking"):
            question = gr.Textbox(
                label="您的问题",
                show_label=False,
                container=False,
                placeholder="请输入您的问题",
                lines=1,
                max_lines=4,
                max_length=MAX_TYPED,
                elem_id="zc-question",
                scale=4,
            )
            ask = gr.Button("发送", variant="primary", size="md", elem_id="zc-ask", scale=0, min_width=72)
        keep = gr.HTML("", elem_id="zc-keep", js_on_load=None)
        parts = Parts(question, alert, log, helped, callback, phone, keep, state)
        on, outputs = Handlers(desk, parts), parts.all()
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        gr.on([question.submit, ask.click], on.ask, [question, state], outputs, trigger_mode="once", **quiet)
        useful.click(on.helped, [state], outputs, **quiet)
        useless.click(on.unhelped, [state], outputs, **quiet)
        person.click(on.person, [state], outputs, trigger_mode="once", **quiet)
        gr.on([send.click, phone.submit], on.call_back, [phone, wanted, state], outputs, trigger_mode="once", **quiet)
    return page


def _warm_up(desk: PublicDesk) -> None:
    """Loads the model before the first customer needs it; whatever fails shows at the first question."""
    try:
        desk.warm_up()
    except ZhiyingError as error:
        tell(error.hint)
