"""Stands before the site: known hosts only, no foreign origins, bounded bodies and bounded concurrency; the API's.

Host and origin are checked against DNS rebinding and cross-site requests: a page of another site in the agent's browser
can reach a loopback port, but cannot choose these two headers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assist.problems import respond

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Limits:
    """`body` in bytes; `running` API requests at once, `waiting` more in line for at most `patience` seconds.

    `larger` allows more than `body` at single paths: files are taken in there.
    """

    body: int = 256 * 1024
    larger: Mapping[str, int] = field(default_factory=dict)
    running: int = 8
    waiting: int = 64
    patience: float = 20.0


class Guard:
    """ASGI middleware; concurrency is bounded below `bounded` only, pages keep their own queue."""

    def __init__(self, app: ASGIApp, *, hosts: tuple[str, ...], limits: Limits, bounded: str) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._limits = limits
        self._bounded = bounded
        self._slots = asyncio.Semaphore(limits.running)
        self._inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, or answers with a problem in its place."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit = self._limits.larger.get(scope["path"], self._limits.body)
        refusal = self._refusal(scope["method"], headers, limit)
        if refusal is not None:
            await refusal(scope, receive, send)
        elif scope["path"].startswith(self._bounded):
            await self._in_turn(scope, receive, send, limit)
        else:
            await self._within(scope, receive, send, limit)

    def _refusal(self, method: str, headers: Headers, limit: int) -> ASGIApp | None:
        if _host(headers.get("host", "")) not in self._hosts:
            return respond(421, "host", "只接受从本机地址访问，请用启动时显示的网址。")
        if method not in _SAFE and self._foreign(headers):
            return respond(403, "origin", "这个请求来自别的网站，已拒绝。")
        if _length(headers) > limit:
            return self._too_large(limit)
        return None

    def _foreign(self, headers: Headers) -> bool:
        """True when a browser says that another site makes this request."""
        origin = headers.get("origin")
        if origin is not None:
            return urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
        return headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}

    async def _in_turn(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        if self._inside >= self._limits.running + self._limits.waiting:
            await self._busy(scope, receive, send)
            return
        self._inside += 1
        try:
            try:
                await asyncio.wait_for(self._slots.acquire(), self._limits.patience)
            except TimeoutError:
                await self._busy(scope, receive, send)
                return
            try:
                await self._within(scope, receive, send, limit)
            finally:
                self._slots.release()
        finally:
            self._inside -= 1

    async def _within(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        """Runs the app with a body no longer than allowed, also when no length was declared."""
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)

    def _too_large(self, limit: int) -> ASGIApp:
        return respond(413, "too_large", f"提交的内容超过 {limit // 1024} KB 的上限，请缩短后再提交。")

    async def _busy(self, scope: Scope, receive: Receive, send: Send) -> None:
        await respond(503, "overloaded", "同时提问的人太多，请稍候几秒再试。")(scope, receive, send)


def _host(header: str) -> str:
    """Host name of a Host header, without the port and without brackets."""
    try:
        return (urlsplit(f"//{header}").hostname or "").lower()
    except ValueError:
        return ""


def _length(headers: Headers) -> int:
    declared = headers.get("content-length", "0")
    return int(declared) if declared.isdigit() else 0
