"""The sign-in pages as plain forms that need no script: signing in, setting a password by link, changing it, leaving.

`app.py` mounts the router; the only pages open to everybody. Every answer carries a policy that allows no script.
"""

from html import escape
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from assist.identity import COOKIE
from assist.pages.forms import alert, field, fields, page, title
from assist.people.api import caller_address, set_session
from assist.people.reception import Reception
from kb.errors import ZhiyingError

PATH = "/signin"
HOME = "/agent/"


def signin_router(reception: Reception, *, secure: bool, outside: str = "") -> APIRouter:
    """The routes below /signin; `outside` names the provider one may sign in with, "" for none."""
    router = APIRouter(include_in_schema=False)
    _signing_in(router, reception, secure=secure, outside=outside)
    _by_link(router, reception, secure=secure)
    _password(router, reception, secure=secure)
    return router


def _signing_in(router: APIRouter, reception: Reception, *, secure: bool, outside: str) -> None:
    @router.get(PATH)
    def form(request: Request) -> Response:
        return page(_sign_in_form(local(request.query_params.get("next", "")), outside))

    @router.post(PATH)
    async def sign_in(request: Request) -> Response:
        given = await fields(request)
        onward = local(given.get("next", ""))

        def enter() -> str:
            return reception.sign_in(given.get("login", ""), given.get("password", ""), caller_address(request))[0]

        try:
            secret = await run_in_threadpool(enter)
        except ZhiyingError as error:
            return page(_sign_in_form(onward, outside, error.hint), 401)
        return _entered(reception, secret, onward, secure=secure)

    @router.post(f"{PATH}/out")
    def sign_out(request: Request) -> Response:
        reception.sign_out(request.cookies.get(COOKIE, ""))
        response = RedirectResponse(PATH, 303)
        response.delete_cookie(COOKIE, path="/")
        return response


def _by_link(router: APIRouter, reception: Reception, *, secure: bool) -> None:
    @router.get(f"{PATH}/link")
    def form(request: Request) -> Response:
        secret = request.query_params.get("t", "")[:100]
        person = reception.link_person(secret)
        if person is None:
            return page(title("链接已失效", "一次性链接无效、已用过或已过期。请联系管理员重新发一个。"), 410)
        return page(_link_form(secret, person.login))

    @router.post(f"{PATH}/link")
    async def redeem(request: Request) -> Response:
        given = await fields(request)
        secret, password = given.get("t", "")[:100], given.get("password", "")
        person = await run_in_threadpool(reception.link_person, secret)
        login = person.login if person else ""
        if password != given.get("again", ""):
            return page(_link_form(secret, login, "两次输入的密码不一样，请重新输入。"), 422)
        try:
            session, _ = await run_in_threadpool(reception.redeem, secret, password, caller_address(request))
        except ZhiyingError as error:
            return page(_link_form(secret, login, error.hint), 422)
        return _entered(reception, session, HOME, secure=secure)


def _password(router: APIRouter, reception: Reception, *, secure: bool) -> None:
    @router.get(f"{PATH}/password")
    def form(request: Request) -> Response:
        if reception.session(request.cookies.get(COOKIE, "")) is None:
            return RedirectResponse(f"{PATH}?next={quote(PATH + '/password')}", 303)
        return page(_password_form())

    @router.post(f"{PATH}/password")
    async def change(request: Request) -> Response:
        given = await fields(request)
        person = await run_in_threadpool(reception.session, request.cookies.get(COOKIE, ""))
        if person is None:
            return RedirectResponse(PATH, 303)
        if given.get("password", "") != given.get("again", ""):
            return page(_password_form("两次输入的新密码不一样，请重新输入。"), 422)
        try:
            session = await run_in_threadpool(
                reception.change_password, person, given.get("old", ""), given.get("password", "")
            )
        except ZhiyingError as error:
            return page(_password_form(error.hint), 422)
        return _entered(reception, session, HOME, secure=secure)


def local(onward: str) -> str:
    """`onward` when it is a path of this site, else the first page: nobody is sent to another site from here."""
    parts = urlsplit(onward) if onward.isprintable() else urlsplit("//other")
    plain = onward.startswith("/") and not onward.startswith(("//", "/\\")) and "\\" not in onward
    return onward if plain and not parts.scheme and not parts.netloc and len(onward) < 2_000 else HOME


def problem_page(problem: str) -> Response:
    """Says why a sign-in came to nothing, with the way back."""
    return page(f'{title("没有登录", "")}{alert(problem)}<a class="zy-outside" href="{PATH}">回到登录</a>', 401)


def _entered(reception: Reception, secret: str, onward: str, *, secure: bool) -> Response:
    response = RedirectResponse(onward, 303)
    set_session(response, secret, reception, secure=secure)
    return response


def _sign_in_form(onward: str, outside: str, problem: str = "") -> str:
    other = f'<a class="zy-outside" href="{PATH}/outside">用{escape(outside)}登录</a>' if outside else ""
    return (
        f"{title('知应', '请用员工账号登录')}{alert(problem)}"
        f'<form method="post" action="{PATH}"><input type="hidden" name="next" value="{escape(onward)}">'
        f"{field('登录名', 'login', 'text', 'username', 'autofocus autocapitalize=off')}"
        f"{field('密码', 'password', 'password', 'current-password')}<button>登录</button></form>{other}"
    )


def _link_form(secret: str, login: str, problem: str = "") -> str:
    return (
        f"{title('设置密码', f'账号 {login}：至少 10 个字符，可以用一句话')}{alert(problem)}"
        f'<form method="post" action="{PATH}/link"><input type="hidden" name="t" value="{escape(secret)}">'
        f"{field('新密码', 'password', 'password', 'new-password', 'autofocus')}"
        f"{field('再输一遍', 'again', 'password', 'new-password')}<button>设置并登录</button></form>"
    )


def _password_form(problem: str = "") -> str:
    return (
        f"{title('修改密码', '修改后，其他地方的登录会退出')}{alert(problem)}"
        f'<form method="post" action="{PATH}/password">'
        f"{field('原密码', 'old', 'password', 'current-password', 'autofocus')}"
        f"{field('新密码', 'password', 'password', 'new-password')}"
        f"{field('再输一遍', 'again', 'password', 'new-password')}<button>修改密码</button></form>"
    )
