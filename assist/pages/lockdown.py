"""Lets through only what the pages themselves need of Gradio, and tells the browser to load nothing from elsewhere."""

from __future__ import annotations

import re
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OPEN = re.compile(
    r"/?|/config/?|/theme\.css|/(?:static|assets)/.+|"
    r"/gradio_api/(?:startup-events|app_id/?|theme\.css|queue/join/?|queue/data|heartbeat/[\w-]+|cancel|reset/?)"
)
"""Paths below the page; Gradio's uploads, files, proxy, recordings and monitoring are not among them."""

POLICY = "; ".join(
    (
        "default-src 'self' data: blob:",
        # Gradio starts from inline scripts and evaluates the templates of its HTML component.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "connect-src 'self'",
        "object-src 'none'",
        "form-action 'self'",
    )
)

_NOT_OURS = frozenset({"page", "deep_link"})
"""What Gradio reads from a page's address to show another of its pages or a stored state: there are none."""

_HASHED = re.compile(r"/assets/[^/]+-[\w-]{8,}\.(?:js|css)$")
"""Gradio's scripts and styles, whose names change with what they hold: asked for once, a page opens faster."""


class Lockdown:
    """ASGI middleware for the application that Gradio makes."""

    def __init__(self, app: ASGIApp, policy: str = POLICY) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what is open, answers 404 for the rest; every answer carries the policy."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        inner = scope["path"].removeprefix(scope.get("root_path", ""))
        scope = {**scope, "query_string": _plain(scope["query_string"])}
        app = self._app if OPEN.fullmatch(inner) else PlainTextResponse("没有这个页面。", status_code=404)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = self._policy
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
                if _HASHED.search(scope["path"]) and message["status"] == HTTPStatus.OK:
                    headers["Cache-Control"] = "public, max-age=31536000, immutable"
            await send(message)

        await app(scope, receive, guarded)


def _plain(query: bytes) -> bytes:
    """`query` without what is not for the pages to read; left as it is when there is nothing of the kind."""
    given = parse_qsl(query.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    kept = [(name, value) for name, value in given if name not in _NOT_OURS]
    return query if len(kept) == len(given) else urlencode(kept, encoding="latin-1").encode("latin-1")
