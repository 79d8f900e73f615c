"""The interface of accounts: signing in and out, one's own password and tokens, and everybody's accounts."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from assist.access import ALLOWED, Action
from assist.body import Body
from assist.identity import COOKIE, Identify
from assist.people.reception import Reception
from assist.people.registry import Registry
from assist.permit import Permit, permitting
from assist.problems import UnauthorisedError
from kb.model import Principal, Role
from kb.store import Person, Token

Json = dict[str, Any]
LONGEST = 128


class SignInBody(Body):
    """A login name and its password."""

    login: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=LONGEST)


class LinkBody(Body):
    """The secret of a one-time link and the password to set."""

    link: str = Field(min_length=1, max_length=100)
    password: str = Field(min_length=1, max_length=LONGEST)


class PasswordBody(Body):
    """One's old password and the new one."""

    old: str = Field(min_length=1, max_length=LONGEST)
    new: str = Field(min_length=1, max_length=LONGEST)


class PersonBody(Body):
    """A new account."""

    login: str = Field(min_length=1, max_length=64)
    role: Role
    name: str = Field("", max_length=64)
    department: str = Field("", max_length=64)


class ChangeBody(Body):
    """What is to change of an account; what is left out stays."""

    name: str | None = Field(None, max_length=64)
    role: Role | None = None
    department: str | None = Field(None, max_length=64)
    active: bool | None = None


class TokenBody(Body):
    """A token wanted: its name, what it may do, and how long."""

    name: str = Field(min_length=1, max_length=64)
    scope: list[Action] = Field(min_length=1, max_length=40)
    days: int = Field(90, ge=1, le=366)


def people_router(reception: Reception, registry: Registry, *, identify: Identify, secure: bool) -> APIRouter:
    """Routes below /api/v1; `secure` cookies travel over https only."""
    router = APIRouter()
    permit = permitting(identify)
    _doors(router, reception, secure=secure)
    _own(router, reception, registry, permit, secure=secure)
    _tokens(router, reception, registry, permit)
    _accounts(router, registry, permit)
    return router


def set_session(response: Response, secret: str, reception: Reception, *, secure: bool) -> None:
    """Hands a browser its session: out of reach of scripts, never sent along by other sites' forms."""
    age = int(reception.house.session.total_seconds())
    response.set_cookie(COOKIE, secret, max_age=age, httponly=True, samesite="lax", secure=secure, path="/")


def caller_address(request: Request) -> str:
    """Where a request comes from, for counting attempts; behind a proxy that is the proxy."""
    return request.client.host if request.client else ""


def _doors(router: APIRouter, reception: Reception, *, secure: bool) -> None:
    @router.post("/session", summary="登录", status_code=201)
    def sign_in(body: SignInBody, request: Request, response: Response) -> Json:
        secret, person = reception.sign_in(body.login, body.password, caller_address(request))
        set_session(response, secret, reception, secure=secure)
        return person_json(person)

    @router.post("/session/link", summary="用一次性链接设置密码并登录", status_code=201)
    def redeem(body: LinkBody, request: Request, response: Response) -> Json:
        secret, person = reception.redeem(body.link, body.password, caller_address(request))
        set_session(response, secret, reception, secure=secure)
        return person_json(person)

    @router.delete("/session", summary="退出登录", status_code=204)
    def sign_out(request: Request) -> Response:
        reception.sign_out(request.cookies.get(COOKIE, ""))
        response = Response(status_code=204)
        response.delete_cookie(COOKIE, path="/")
        return response


def _own(router: APIRouter, reception: Reception, registry: Registry, permit: Permit, *, secure: bool) -> None:
    @router.get("/session", summary="我是谁，可以做什么")
    def who(caller: Annotated[Principal, permit(Action.OWN_ACCOUNT)]) -> Json:
        person = registry.own(caller)
        may = sorted(action.value for action, roles in ALLOWED.items() if caller.role in roles)
        known = person_json(person) if person else {"key": caller.id, "role": caller.role.value}
        return known | {"department": caller.department, "may": may}

    @router.put("/session/password", summary="修改自己的密码", status_code=204)
    def change(body: PasswordBody, caller: Annotated[Principal, permit(Action.OWN_ACCOUNT)]) -> Response:
        secret = reception.change_password(_account(registry, caller), body.old, body.new)
        response = Response(status_code=204)
        set_session(response, secret, reception, secure=secure)
        return response


def _tokens(router: APIRouter, reception: Reception, registry: Registry, permit: Permit) -> None:
    @router.get("/tokens", summary="我的接口令牌")
    def tokens(caller: Annotated[Principal, permit(Action.OWN_ACCOUNT)]) -> Json:
        return {"tokens": [token_json(one) for one in registry.tokens(caller)]}

    @router.post("/tokens", summary="新建接口令牌（只显示这一次）", status_code=201)
    def new_token(body: TokenBody, caller: Annotated[Principal, permit(Action.OWN_ACCOUNT)]) -> Json:
        person = _account(registry, caller)
        secret, token = reception.new_token(person, body.name, body.scope, timedelta(days=body.days))
        return token_json(token) | {"token": secret}

    @router.delete("/tokens/{token_id}", summary="作废接口令牌", status_code=204)
    def revoke(token_id: int, caller: Annotated[Principal, permit(Action.OWN_ACCOUNT)]) -> Response:
        registry.revoke_token(caller, token_id)
        return Response(status_code=204)


def _accounts(router: APIRouter, registry: Registry, permit: Permit) -> None:
    @router.get("/people", summary="全部账号")
    def people(caller: Annotated[Principal, permit(Action.MANAGE_PEOPLE)]) -> Json:
        return {"people": [person_json(one) for one in registry.people(caller)]}

    @router.post("/people", summary="新建账号，得到设置密码的一次性链接", status_code=201)
    def add(body: PersonBody, caller: Annotated[Principal, permit(Action.MANAGE_PEOPLE)]) -> Json:
        person, link = registry.add(caller, body.login, body.role, name=body.name, department=body.department)
        return person_json(person) | {"link": link}

    @router.patch("/people/{key}", summary="修改账号：姓名、角色、部门、启用停用")
    def change(key: str, body: ChangeBody, caller: Annotated[Principal, permit(Action.MANAGE_PEOPLE)]) -> Json:
        wanted = {name: value for name, value in body.model_dump().items() if value is not None}
        return person_json(registry.change(caller, key, **wanted))

    @router.post("/people/{key}/link", summary="重置密码的一次性链接", status_code=201)
    def link(key: str, caller: Annotated[Principal, permit(Action.MANAGE_PEOPLE)]) -> Json:
        return {"link": registry.link(caller, key)}

    @router.post("/people/{key}/unlock", summary="解除锁定", status_code=204)
    def unlock(key: str, caller: Annotated[Principal, permit(Action.MANAGE_PEOPLE)]) -> Response:
        registry.unlock(caller, key)
        return Response(status_code=204)

    @router.delete("/people/{key}/sessions", summary="强制下线", status_code=204)
    def sign_out(key: str, caller: Annotated[Principal, permit(Action.MANAGE_PEOPLE)]) -> Response:
        registry.sign_out(caller, key)
        return Response(status_code=204)


def person_json(person: Person) -> Json:
    """An account as the interface shows it: nothing of its password."""
    return {
        "key": person.key,
        "login": person.login,
        "name": person.name,
        "role": person.role.value,
        "department": person.department,
        "active": person.active,
        "has_password": bool(person.password),
        "outside_account": person.subject is not None,
        "locked_until": _moment(person.locked_until),
        "signed_in_at": _moment(person.signed_in_at),
    }


def token_json(token: Token) -> Json:
    """A token as the interface shows it: nothing of its secret."""
    return {
        "id": token.id,
        "name": token.name,
        "scope": sorted(token.scope),
        "created_at": _moment(token.created_at),
        "expires_at": _moment(token.expires_at),
        "used_at": _moment(token.used_at),
        "revoked_at": _moment(token.revoked_at),
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _account(registry: Registry, caller: Principal) -> Person:
    person = registry.own(caller)
    if person is None:
        raise UnauthorisedError("no account", hint="当前没有登录账号，请先登录。")
    return person
