"""The operator's commands on a home that is being served: router of the serving process, client of the command line.

A command is a generator of JSON events ending in {"event": "result", "value": …}; it runs in the process that owns
the home, whichever terminal it was typed in. Only the holder of the token in the home's own folder may call it.
"""

import json
import logging
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

import httpx
from fastapi import APIRouter, Body, Path
from fastapi.responses import StreamingResponse

from assist.access import Action
from assist.identity import Identify
from assist.permit import permitting
from kb.errors import Forbidden, HomeError, InputRefused, UsageError, ZhiyingError
from kb.model import Principal

Event = dict[str, Any]
Emit = Callable[[Event], None]
Command = Callable[[Mapping[str, Any]], Iterator[Event]]

PREFIX = "/api/v1/commands"
CONNECT_SECONDS = 5.0
BEAT_SECONDS = 3.0
"""A command with nothing to tell says so this often."""

SILENCE_SECONDS = 30.0
"""Silence beyond this means that the serving process hangs."""

_log = logging.getLogger(__name__)


STEPS = {
    "read": "读取文件",
    "embed": "计算向量",
    "index": "写入索引",
    "rebuild": "重建索引",
    "eval": "评测",
    "load": "模型",
}


def progress(done: int, total: int, label: str) -> Event:
    """An event for a progress bar: `done` of `total` units of what `label` (Chinese) names."""
    return {"event": "progress", "done": done, "total": total, "label": label}


def stepped(step: str, done: int, total: int) -> Event:
    """An event for a progress bar of a step, under its Chinese name."""
    return progress(done, total, STEPS.get(step, step))


def result(value: Any) -> Event:
    """The last event of a command that ran to its end."""
    return {"event": "result", "value": value}


def streamed(body: Callable[[Emit], Any]) -> Iterator[Event]:
    """What `body` emits while it runs in a thread of its own, then its value as the result; raises its error here.

    While there is nothing to tell, a beat every BEAT_SECONDS. Closed before its end, it stops `body` at its next event.
    """
    passing: queue.SimpleQueue[Event | BaseException] = queue.SimpleQueue()
    given_up = threading.Event()

    def emit(event: Event) -> None:
        if given_up.is_set():
            raise HomeError("the caller is gone", hint="发出命令的一方已断开，命令随之停止；没做完的可以重做。")
        passing.put(event)

    def run() -> None:
        try:
            passing.put(result(body(emit)))
        except BaseException as error:
            passing.put(error)

    threading.Thread(target=run, name="command", daemon=True).start()
    try:
        yield from _passed(passing)
    finally:
        given_up.set()


def _passed(passing: queue.SimpleQueue[Event | BaseException]) -> Iterator[Event]:
    event: Event = {}
    while event.get("event") != "result":
        try:
            item = passing.get(timeout=BEAT_SECONDS)
        except queue.Empty:
            item = {"event": "beat"}
        if isinstance(item, BaseException):
            raise item
        event = item
        yield event


def failure(error: ZhiyingError) -> Event:
    """The last event of a command that was refused; re-raised by `forward` as the same kind of error."""
    return {
        "event": "error",
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "exit_status": error.exit_status,
    }


def operator_router(commands: Mapping[str, Command], *, identify: Identify) -> APIRouter:
    """Routes POST {PREFIX}/{name} to `commands`, answering one JSON event a line as they happen."""
    router = APIRouter(prefix=PREFIX, include_in_schema=False)

    @router.post("/{name}")
    def run(
        name: Annotated[str, Path(max_length=40)],
        arguments: Annotated[dict[str, Any], Body()],
        _caller: Annotated[Principal, permitting(identify)(Action.MAINTAIN)],
    ) -> StreamingResponse:
        if name not in commands:
            raise UsageError(f"no operator command {name!r}", hint=f"没有名为 {name} 的操作命令。")
        return StreamingResponse(_lines(commands[name], arguments), media_type="application/x-ndjson")

    return router


def _lines(command: Command, arguments: Mapping[str, Any]) -> Iterator[bytes]:
    try:
        for event in command(arguments):
            yield _line(event)
    except ZhiyingError as error:
        yield _line(failure(error))
    except Exception as error:
        _log.exception("an operator's command failed")
        yield _line(failure(unexpected(error)))


def unexpected(error: Exception) -> HomeError:
    """What a person is told of an error nobody foresaw; its details belong in the log."""
    found = HomeError(
        f"{type(error).__name__}: {error}", hint="程序出错，已有内容没有受影响；详情见日志，请报告管理员。"
    )
    found.code = "unexpected"
    return found


def _line(event: Event) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode() + b"\n"


def forward(
    address: str,
    *,
    token: str,
    name: str,
    arguments: Mapping[str, Any],
    emit: Emit,
    silence: float = SILENCE_SECONDS,
) -> Any:
    """The value of a command run by the serving process at `address`, its events told to `emit` as they come.

    Raises what the command raised there, HomeError when the process cannot be reached, breaks off or hangs.
    """
    timeout = httpx.Timeout(silence, connect=CONNECT_SECONDS)
    headers = {"Authorization": f"Bearer {token}"}
    try:
        with (
            httpx.Client(timeout=timeout, trust_env=False) as client,
            client.stream("POST", f"{address}{PREFIX}/{name}", json=dict(arguments), headers=headers) as response,
        ):
            if response.status_code != httpx.codes.OK:
                raise _unreachable(f"the serving process answered {response.status_code}")
            return _value(response.iter_lines(), emit)
    except httpx.HTTPError as error:
        raise _unreachable(f"{type(error).__name__}: {error}") from error


def _value(lines: Iterator[str], emit: Emit) -> Any:
    for line in lines:
        event = json.loads(line)
        if event["event"] == "error":
            raise _as_error(event)
        if event["event"] == "result":
            return event["value"]
        if event["event"] != "beat":
            emit(event)
    raise _unreachable("the serving process broke off")


def _as_error(event: Event) -> ZhiyingError:
    kinds: dict[str, type[ZhiyingError]] = {kind.code: kind for kind in (UsageError, InputRefused, Forbidden)}
    error = kinds.get(event["code"], HomeError)(event["message"], hint=event["hint"])
    error.code = event["code"]
    error.exit_status = event["exit_status"]
    return error


def _unreachable(detail: str) -> HomeError:
    return HomeError(
        f"the home is being served, but its process cannot be used: {detail}",
        hint="这个知识库正由另一个进程提供服务，但联系不上它：请确认网站还在运行，或停掉它后重试。",
    )
