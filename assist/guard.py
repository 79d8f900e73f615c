"""Stands before the site: known hosts only, no foreign origins, bounded bodies, rates and concurrency; the API's.

Host and origin are checked against DNS rebinding and cross-site requests: a page of another site in the agent's browser
can reach a loopback port, but cannot choose these two headers. Every answer leaves with the headers of `Armour`.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assist.people.rate import Rate
from assist.problems import respond

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Limits:
    """`body` in bytes, sent within `upload` seconds; `running` API requests at once, `waiting` more in line for at most
    `patience` seconds, `each` of them from one visitor; requests a minute from one visitor, one address, and all.

    `larger` allows more than `body` at single paths: files are taken in there.
    """

    body: int = 256 * 1024
    larger: Mapping[str, int] = field(default_factory=dict)
    upload: float = 20.0
    running: int = 8
    waiting: int = 64
    patience: float = 20.0
    each: int = 24
    visitor_minute: int = 1_200
    address_minute: int = 12_000
    all_minute: int = 60_000


@dataclass(frozen=True, slots=True)
class Armour:
    """Headers of every answer: `https` when people reach the site so, `frames` are origins that may embed its pages.

    `frames` of None lets any page embed, for a site on loopback whose neighbour is the agent's own console, as long as
    `closed` is not true: it becomes so when the first account is in use.
    """

    https: bool = False
    frames: tuple[str, ...] | None = None
    closed: Callable[[], bool] = field(default=lambda: False, compare=False)

    def put(self, headers: MutableHeaders, *, bounded: bool) -> None:
        """Adds to an answer what it does not say itself; `bounded` is an answer of the interface, never kept."""
        for name, value in _ARMOUR.items():
            headers.setdefault(name, value)
        if self.https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if bounded:
            headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
            headers.setdefault("Cache-Control", "no-store")
        elif self.frames is not None or self.closed():
            policy = headers.get("Content-Security-Policy", "")
            if "frame-ancestors" not in policy:
                ancestors = " ".join(("frame-ancestors 'self'", *(self.frames or ())))
                headers["Content-Security-Policy"] = f"{policy}; {ancestors}".lstrip("; ")


_ARMOUR = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


class Guard:
    """ASGI middleware; concurrency is bounded below `bounded` only, pages keep their own queue."""

    def __init__(
        self, app: ASGIApp, *, hosts: tuple[str, ...], limits: Limits, bounded: str, armour: Armour | None = None
    ) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._limits = limits
        self._bounded = bounded
        self._armour = armour or Armour()
        self._slots = asyncio.Semaphore(limits.running)
        self._inside = 0
        self._each: Counter[str] = Counter()
        self._rates = (Rate(limits.visitor_minute, 60), Rate(limits.address_minute, 60), Rate(limits.all_minute, 60))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, or answers with a problem in its place; there are no web sockets."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, bounded = Headers(scope=scope), scope["path"].startswith(self._bounded)
        limit = self._limits.larger.get(scope["path"], self._limits.body)

        async def armoured(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._armour.put(MutableHeaders(scope=message), bounded=bounded)
            await send(message)

        refusal = self._refusal(scope["method"], headers, limit)
        if refusal is None and not _LASTING.search(scope["path"]):
            refusal = self._too_often(scope, headers)
        if refusal is not None:
            await refusal(scope, receive, armoured)
        elif bounded:
            await self._in_turn(_visitor(scope, headers), scope, receive, armoured, limit)
        else:
            await self._within(scope, receive, armoured, limit)

    def _too_often(self, scope: Scope, headers: Headers) -> ASGIApp | None:
        keys = (_visitor(scope, headers), _address(scope), "")
        waits = [rate.take(key) for rate, key in zip(self._rates, keys, strict=True)]  # each of them counts
        if max(waits) > 0:
            return respond(429, "rate_limited", "请求过于频繁，请稍候再试。")
        return None

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
            return _netloc(origin) != headers.get("host", "").lower()
        return headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}

    async def _in_turn(self, visitor: str, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        if self._inside >= self._limits.running + self._limits.waiting:
            await self._busy(scope, receive, send)
            return
        if self._each[visitor] >= self._limits.each:
            await respond(429, "rate_limited", "您同时提交的请求太多，请等前面的完成。")(scope, receive, send)
            return
        self._inside += 1
        self._each[visitor] += 1
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
            self._each[visitor] -= 1
            if not self._each[visitor]:
                del self._each[visitor]

    async def _within(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        """Runs the app with a body no longer than allowed, also when no length was declared."""
        taken, whole = 0, False

        async def counted() -> Message:
            nonlocal taken, whole
            if whole:
                return await receive()  # only whether the caller has gone
            try:
                message = await asyncio.wait_for(receive(), self._limits.upload)
            except TimeoutError:
                raise HTTPException(408) from None
            taken += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if taken > limit:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)

    def _too_large(self, limit: int) -> ASGIApp:
        return respond(413, "too_large", f"提交的内容超过 {limit // 1024} KB 的上限，请缩短后再提交。")

    async def _busy(self, scope: Scope, receive: Receive, send: Send) -> None:
        await respond(503, "overloaded", "同时提问的人太多，请稍候几秒再试。")(scope, receive, send)


_LASTING = re.compile(r"/(?:static|assets)/|/heartbeat/")
"""Not counted: a page fetches dozens of its own scripts at once, and each keeps one line open."""


def _visitor(scope: Scope, headers: Headers) -> str:
    """One key for one visitor: what it says it is by cookie or token, its address when it says nothing."""
    said = headers.get("authorization") or headers.get("cookie") or ""
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest() if said else _address(scope)


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _host(header: str) -> str:
    """Host name of a Host header, without the port and without brackets."""
    try:
        return (urlsplit(f"//{header}").hostname or "").lower()
    except ValueError:
        return ""


def _netloc(origin: str) -> str:
    """Host and port of an Origin header, "" for what is none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _length(headers: Headers) -> int:
    declared = headers.get("content-length", "0")
    return int(declared) if declared.isascii() and declared.isdigit() and len(declared) < 20 else 0
