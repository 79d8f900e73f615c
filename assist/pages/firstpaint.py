"""Puts what a page shows first into the HTML that Gradio sends for it, so that it stands before any script; frame.py.

Gradio's page is empty until its scripts have run. What is put in twofold: markup that the browser draws at once and
that gives way to the live page, and the same values in the configuration that the live page is made from, so that it
need not ask for them again.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kb.errors import ZhiyingError

CONFIG = "window.gradio_config = "
"""What stands before the configuration in Gradio's page; JSON follows, in which <, >, & and ' are escaped."""

LIVE = "<gradio-app"
"""Where the live page begins."""

STARTS = re.compile(r'<script type="module" crossorigin src="([^"<>]+)"></script>')
"""The script that makes the live page; firstpaint.js starts it once what is shown first has been drawn."""

_ESCAPED = {ord(each): f"\\u{ord(each):04x}" for each in "<>&'"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Painted:
    """What is shown first: `markup` before the live page, `style` for it, and properties by component id."""

    markup: str
    style: str
    properties: Mapping[int, Mapping[str, Any]]


Paint = Callable[[Request], Painted]
"""What somebody who asks for a page sees of it first; a ZhiyingError for who may not see it."""


class FirstPaint:
    """ASGI middleware for the application that Gradio makes; only its page is touched, and only when it is whole."""

    def __init__(self, app: ASGIApp, paint: Paint) -> None:
        self._app = app
        self._paint = paint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on; the page leaves with what is shown first, without it when that fails."""
        inner = scope["path"].removeprefix(scope.get("root_path", "")) if scope["type"] == "http" else ""
        if scope["type"] != "http" or scope["method"] != "GET" or inner not in ("", "/"):
            await self._app(scope, receive, send)
            return
        held: list[Message] = []
        body = bytearray()

        async def hold(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                held.append(message)
            elif message["type"] == "http.response.body" and held:
                body.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    await self._finish(held[0], bytes(body), Request(scope), send)
            else:
                await send(message)

        await self._app(scope, receive, hold)

    async def _finish(self, start: Message, body: bytes, request: Request, send: Send) -> None:
        page = await run_in_threadpool(self._painted, body, request)
        headers = MutableHeaders(scope=start)
        headers["Content-Length"] = str(len(page))
        headers["Cache-Control"] = "no-store"
        await send(start)
        await send({"type": "http.response.body", "body": page})

    def _painted(self, body: bytes, request: Request) -> bytes:
        try:
            return fill(body.decode("utf-8"), self._paint(request)).encode("utf-8")
        except ZhiyingError:
            return body  # the page says by itself what is wrong
        except Exception:
            _log.exception("the page is sent without what it shows first")
            return body


def fill(page: str, painted: Painted) -> str:
    """Gradio's page with what is shown first; ValueError when it is not the page that is known here."""
    begin = page.index(CONFIG) + len(CONFIG)
    config, end = json.JSONDecoder().raw_decode(page, begin)
    for component in config["components"]:
        component["props"].update(painted.properties.get(component["id"], {}))
    told = json.dumps(config, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPED)
    head, live = page.index("</head>", end), page.index(LIVE, end)
    waiting = STARTS.sub(r'<link rel="modulepreload" crossorigin href="\1" data-starts>', page[end:head], count=1)
    return f"{page[:begin]}{told}{waiting}<style>{painted.style}</style>{page[head:live]}{painted.markup}{page[live:]}"


def _is_page(start: Message) -> bool:
    headers = MutableHeaders(scope=start)
    whole = start["status"] == HTTPStatus.OK and "Content-Encoding" not in headers
    return whole and headers.get("Content-Type", "").startswith("text/html")
