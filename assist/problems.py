"""Errors over HTTP as problem+json (RFC 9457) with Chinese words for people; the API installs it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from kb.errors import ZhiyingError

MEDIA_TYPE = "application/problem+json"
STATUS: Mapping[str, int] = {
    "usage": 400,
    "input_refused": 422,
    "forbidden": 403,
    "unauthorised": 401,
    "not_found": 404,
    "conflict": 409,
    "home_busy": 503,
    "home": 503,
    "model_unavailable": 503,
    "overloaded": 503,
    "rate_limited": 429,
}
"""HTTP status by error code; any other code is 500."""

TITLES: Mapping[int, str] = {
    400: "请求有误",
    401: "身份未确认",
    403: "没有权限",
    404: "没有找到",
    405: "方法不允许",
    409: "有冲突",
    413: "内容过大",
    415: "格式不支持",
    421: "地址不被接受",
    408: "等待超时",
    422: "内容不合要求",
    429: "过于频繁",
    500: "程序出错",
    503: "暂时不可用",
}

_DETAILS: Mapping[int, str] = {
    404: "没有这个地址。请对照接口说明检查路径。",
    405: "这个地址不支持该方法。请对照接口说明检查。",
    408: "等了很久没有收到完整的内容，请检查网络后重试。",
    413: "提交的内容过大，请缩短后再提交。",
}

_log = logging.getLogger("zhiying.api")


class NotFoundError(ZhiyingError):
    """What was asked for is not there, or not theirs to see: the same to the asker."""

    code = "not_found"


class UnauthorisedError(ZhiyingError):
    """Who calls could not be made out."""

    code = "unauthorised"


class RateLimitedError(ZhiyingError):
    """Somebody does something too often."""

    code = "rate_limited"


def problem(status: int, code: str, detail: str, *, errors: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """The body of a problem response."""
    body: dict[str, Any] = {
        "type": f"urn:zhiying:problem:{code}",
        "title": TITLES.get(status, "请求未完成"),
        "status": status,
        "code": code,
        "detail": detail,
    }
    return body | ({"errors": list(errors)} if errors else {})


def respond(status: int, code: str, detail: str, **extra: Any) -> JSONResponse:
    """A problem response."""
    headers = {503: {"Retry-After": "2"}, 429: {"Retry-After": "30"}}.get(status)
    return JSONResponse(problem(status, code, detail, **extra), status, media_type=MEDIA_TYPE, headers=headers)


def of(error: Exception) -> dict[str, Any]:
    """The problem of any error: its Chinese hint when it is ours, nothing of its inside when it is not."""
    if isinstance(error, ZhiyingError):
        return problem(STATUS.get(error.code, 500), error.code, error.hint)
    _log.error("unexpected error", exc_info=error)
    return problem(500, "fault", "程序出了问题，这次没有完成。请稍后再试；若仍不行，请联系系统管理员。")


def install(app: FastAPI) -> None:
    """Makes `app` answer every error as a problem."""

    @app.exception_handler(ZhiyingError)
    async def ours(_request: Request, error: ZhiyingError) -> JSONResponse:
        return respond(STATUS.get(error.code, 500), error.code, error.hint)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [{"field": _field(one), "message": _message(one)} for one in error.errors()]
        first = errors[0] if errors else {"field": "", "message": ""}
        return respond(422, "invalid", f"参数 {first['field']}：{first['message']}。", errors=errors)

    @app.exception_handler(HTTPException)
    async def http(_request: Request, error: HTTPException) -> JSONResponse:
        detail = _DETAILS.get(error.status_code, "请求未完成，请对照接口说明检查。")
        return respond(error.status_code, f"http_{error.status_code}", detail)

    @app.exception_handler(OverflowError)
    async def beyond(_request: Request, _error: OverflowError) -> JSONResponse:
        return respond(404, "not_found", "没有这个编号。")

    @app.exception_handler(Exception)
    async def fault(_request: Request, error: Exception) -> JSONResponse:
        body = of(error)
        # This answer is made outside the guard, which else puts these headers.
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
        return JSONResponse(body, body["status"], media_type=MEDIA_TYPE, headers=headers)


def _field(error: Mapping[str, Any]) -> str:
    return ".".join(str(part) for part in error.get("loc", ())[1:]) or "请求内容"


def _message(error: Mapping[str, Any]) -> str:
    kind = str(error.get("type", ""))
    context = error.get("ctx") or {}
    for prefix, words in _MESSAGES:
        if kind.startswith(prefix):
            return words.format(
                **{key: context.get(key, "") for key in ("ge", "le", "max_length", "min_length", "expected")}
            )
    return "内容不合要求"


_MESSAGES = (
    ("missing", "缺少这一项"),
    ("json_invalid", "不是合法的 JSON"),
    ("extra_forbidden", "没有这一项"),
    ("surrogate", "含有不完整的字符，请重新输入"),
    ("greater_than_equal", "不能小于 {ge}"),
    ("less_than_equal", "不能大于 {le}"),
    ("string_too_long", "最长 {max_length} 个字"),
    ("string_too_short", "至少 {min_length} 个字"),
    ("too_long", "最多 {max_length} 项"),
    ("too_short", "至少 {min_length} 项"),
    ("date", "要写成 2026-07-01 这样的日期"),
    ("int", "应当是整数"),
    ("bool", "应当是 true 或 false"),
    ("string_type", "应当是文字"),
    ("list_type", "应当是列表"),
    ("enum", "只能是 {expected} 之一"),
    ("literal_error", "只能是 {expected} 之一"),
    ("model_attributes_type", "应当是 JSON 对象"),
    ("dict_type", "应当是 JSON 对象"),
)
