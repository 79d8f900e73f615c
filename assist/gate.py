"""Stands before the pages: who is not signed in is led to the sign-in page, who may not is told so; app.py adds it."""

from __future__ import annotations

import re
from urllib.parse import quote

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from assist.access import authorise, page_rule
from assist.identity import Identify
from assist.problems import UnauthorisedError, respond
from kb.errors import ZhiyingError

API = "/api/v1/"
OPEN = re.compile(r"/|/favicon\.ico|/signin(?:/.*)?|/\w+/(?:static|assets)/.+")
"""What everybody may fetch: where one signs in, and the program's own scripts and styles, the same for everybody."""


class Gate:
    """ASGI middleware; the interface below /api/v1 asks for itself, route by route."""

    def __init__(self, app: ASGIApp, *, identify: Identify) -> None:
        self._app = app
        self._identify = identify

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what the caller may see, answers in its place otherwise."""
        if scope["type"] == "http" and not scope["path"].startswith(API) and not OPEN.fullmatch(scope["path"]):
            app = await run_in_threadpool(self._refusal, Request(scope)) or self._app
            await app(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, request: Request) -> ASGIApp | None:
        rule = page_rule(request.url.path)
        if rule is None:
            return respond(404, "http_404", "没有这个地址。请对照接口说明检查路径。")
        try:
            authorise(self._identify(request), rule)
        except UnauthorisedError as error:
            if request.method in {"GET", "HEAD"} and "text/html" in request.headers.get("accept", ""):
                onward = request.url.path + (f"?{request.url.query}" if request.url.query else "")
                return RedirectResponse(f"/signin?next={quote(onward, safe='')}", 303)
            return respond(401, error.code, error.hint)
        except ZhiyingError as error:
            if "text/html" in request.headers.get("accept", ""):
                return PlainTextResponse(error.hint, 403)
            return respond(403, error.code, error.hint)
        return None
