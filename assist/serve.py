"""Puts the site on a port: finds a free one, says plainly when one is taken, stops cleanly; app.py calls it."""

from __future__ import annotations

import errno
import ipaddress
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

from kb.errors import HomeError, UsageError

FIRST_PORT = 7860
TRIES = 40


def bind(host: str, port: int | None, *, anywhere: bool = False) -> socket.socket:
    """A listening socket on `host`: exactly `port` when given, else the first free one from FIRST_PORT.

    Raises UsageError for an address others could reach unless `anywhere` (accounts are in use, or the site is the
    public one, which needs none), HomeError for a taken port.
    """
    if not anywhere:
        _require_loopback(host)
    wanted = [port] if port is not None else list(range(FIRST_PORT, FIRST_PORT + TRIES))
    for candidate in wanted:
        bound = _try(host, candidate)
        if bound is not None:
            return bound
    if port is not None:
        raise HomeError(
            f"port {port} is taken", hint=f"端口 {port} 已被占用：换一个端口（--port），或不指定端口自动选择。"
        )
    raise HomeError(
        f"no free port from {FIRST_PORT}",
        hint=f"端口 {FIRST_PORT} 起的 {TRIES} 个都被占用，请用 --port 指定一个空闲端口。",
    )


def address(bound: socket.socket) -> str:
    """The http address of a bound socket."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(app: FastAPI, bound: socket.socket, *, ready: Callable[[], None]) -> None:
    """Serves `app` on `bound` until interrupted or terminated; calls `ready` once requests are accepted.

    Returns after a signal as after any other end, so that the caller can put everything away.
    """
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=5,
        server_header=False,
        h11_max_incomplete_event_size=64 * 1024,
    )
    _Server(config, ready).run(sockets=[bound])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Stops at the first signal and at once at the second; the base class would raise it again afterwards."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def is_loopback(host: str) -> bool:
    """True for an address only this machine can reach."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _require_loopback(host: str) -> None:
    if not is_loopback(host):
        raise UsageError(
            f"will not listen on {host}: there are no accounts",
            hint="还没有启用账号时只允许监听本机地址（127.0.0.1）。请先在本机启动，用显示的一次性链接设置管理员密码。",
        )


def _try(host: str, port: int) -> socket.socket | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(128)
    except OSError as error:
        bound.close()
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            return None
        raise UsageError(
            f"cannot listen on {host}:{port}: {error}", hint=f"不能监听 {host}:{port}，请检查 --host 与 --port。"
        ) from error
    return bound
