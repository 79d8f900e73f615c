"""Who is calling: the operator by token, people by session or token, by headers while there are no accounts."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import unquote

from fastapi import Request

from assist.access import TOKEN_PREFIX
from assist.problems import UnauthorisedError
from kb.errors import UsageError
from kb.model import OPERATOR, Principal, Role

if TYPE_CHECKING:
    from assist.people.reception import Reception

Identify = Callable[[Request], Principal]

COOKIE = "zhiying_session"

USER, ROLE, DEPARTMENT = "X-Zhiying-User", "X-Zhiying-Role", "X-Zhiying-Department"
"""Headers, percent-encoded UTF-8."""


def loopback_identity(token: str) -> Identify:
    """The identity check of a site on loopback without accounts.

    `Authorization: Bearer <token>` is the operator. Otherwise the three headers name the principal, an agent when they
    say nothing; the operator's role cannot be taken by header. Callers from other machines are turned away.
    """

    def identify(request: Request) -> Principal:
        bearer = request.headers.get("Authorization")
        if bearer is not None and _is_local(request):
            return _operator(bearer, token)
        if not _is_local(request):
            raise UnauthorisedError("not a loopback caller", hint="没有账号时只接受本机访问。")
        return _named(request)

    return identify


def account_identity(token: str, reception: Reception) -> Identify:
    """The identity check of a site whose people have accounts; as `loopback_identity` until the first one is in use.

    A session's cookie or a person's token says who calls; the operator's token counts on this machine only, and the
    three headers say nothing any more. Raises UnauthorisedError for everybody else.
    """
    loopback = loopback_identity(token)

    def identify(request: Request) -> Principal:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and given.strip().startswith(TOKEN_PREFIX):
            return reception.bearer(given.strip())
        if scheme:
            return loopback(request)
        person = reception.session(request.cookies.get(COOKIE, ""))
        if person is not None:
            return person.principal
        if reception.in_use():
            raise UnauthorisedError("not signed in", hint="请先登录；如已登录，会话可能已过期，请重新登录。")
        return loopback(request)

    return identify


def _operator(bearer: str, token: str) -> Principal:
    scheme, _, given = bearer.partition(" ")
    if scheme.lower() != "bearer" or not token or not hmac.compare_digest(given.strip().encode(), token.encode()):
        raise UnauthorisedError("wrong operator token", hint="操作员令牌不对，请从正在服务的知识库目录读取。")
    return OPERATOR


def _named(request: Request) -> Principal:
    user, role, department = (_decoded(request, name) for name in (USER, ROLE, DEPARTMENT))
    try:
        known = Role(role or Role.AGENT)
    except ValueError as error:
        raise UsageError(f"unknown role {role!r}", hint=f"没有“{role[:20]}”这个身份。") from error
    if known is Role.ADMIN:
        raise UnauthorisedError(
            "the operator's role needs its token", hint="管理员身份须凭操作员令牌，不能用请求头声明。"
        )
    return Principal(user or known.value, known, department)


def _decoded(request: Request, name: str) -> str:
    try:
        text = unquote(request.headers.get(name, ""), encoding="utf-8", errors="strict").strip()
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{name} is not percent-encoded UTF-8", hint=f"请求头 {name} 须为百分号编码的 UTF-8。"
        ) from error
    if len(text) > 64 or not text.isprintable():
        raise UsageError(f"{name} is too long or not printable", hint=f"请求头 {name} 过长或含有不可见字符。")
    return text


def _is_local(request: Request) -> bool:
    host = request.client.host if request.client else ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
