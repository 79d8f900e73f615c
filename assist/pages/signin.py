"""The sign-in pages as plain forms that need no script: signing in, setting a password by link, changing it, leaving.

`app.py` mounts the router; the only pages open to everybody. Every answer carries a policy that allows no script.
"""

from html import escape
from urllib.parse import parse_qs, quote, urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from assist.identity import COOKIE
from assist.people.api import caller_address, set_session
from assist.people.reception import Reception
from kb.errors import ZhiyingError

PATH = "/signin"
HOME = "/agent/"
LARGEST = 8_192
"""Bytes of a form: two passwords and an address fit."""

STYLE = """
body{font:16px/1.6 system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei","WenQuanYi Micro Hei",sans-serif;
margin:0;background:#f4f6f9;color:#1c2733}
main{max-width:22rem;margin:10vh auto 2rem;padding:1.5rem;background:#fff;border:1px solid #d9e0e8;border-radius:12px}
h1{margin:0 0 .25rem;font-size:1.4rem;color:#0b5cad}p{margin:.25rem 0 1rem;color:#4a5868}
label{display:block;margin:.75rem 0 .25rem;font-size:.95rem}
input{box-sizing:border-box;width:100%;padding:.6rem .7rem;font:inherit;border:1px solid #8796a8;border-radius:8px}
button,.zy-outside{display:block;box-sizing:border-box;width:100%;margin-top:1.1rem;padding:.65rem;font:inherit;
text-align:center;color:#fff;background:#0b5cad;border:0;border-radius:8px;cursor:pointer;text-decoration:none}
.zy-outside{color:#0b5cad;background:#e8f0fa}
[role=alert]{margin:0 0 .5rem;padding:.6rem .8rem;color:#8a1f11;background:#fdecea;border-radius:8px}
input:focus-visible,button:focus-visible,a:focus-visible{outline:3px solid #f0a30a;outline-offset:1px}
@media(prefers-color-scheme:dark){body{background:#10161d;color:#e6edf5}main{background:#18212b;border-color:#2e3b49}
p{color:#a9b7c6}h1{color:#7db8f5}input{background:#10161d;color:#e6edf5}}
"""
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


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
        return _page(_sign_in_form(local(request.query_params.get("next", "")), outside))

    @router.post(PATH)
    async def sign_in(request: Request) -> Response:
        given = await _fields(request)
        onward = local(given.get("next", ""))

        def enter() -> str:
            return reception.sign_in(given.get("login", ""), given.get("password", ""), caller_address(request))[0]

        try:
            secret = await run_in_threadpool(enter)
        except ZhiyingError as error:
            return _page(_sign_in_form(onward, outside, error.hint), 401)
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
            return _page(_title("链接已失效", "一次性链接无效、已用过或已过期。请联系管理员重新发一个。"), 410)
        return _page(_link_form(secret, person.login))

    @router.post(f"{PATH}/link")
    async def redeem(request: Request) -> Response:
        given = await _fields(request)
        secret, password = given.get("t", "")[:100], given.get("password", "")
        person = await run_in_threadpool(reception.link_person, secret)
        login = person.login if person else ""
        if password != given.get("again", ""):
            return _page(_link_form(secret, login, "两次输入的密码不一样，请重新输入。"), 422)
        try:
            session, _ = await run_in_threadpool(reception.redeem, secret, password, caller_address(request))
        except ZhiyingError as error:
            return _page(_link_form(secret, login, error.hint), 422)
        return _entered(reception, session, HOME, secure=secure)


def _password(router: APIRouter, reception: Reception, *, secure: bool) -> None:
    @router.get(f"{PATH}/password")
    def form(request: Request) -> Response:
        if reception.session(request.cookies.get(COOKIE, "")) is None:
            return RedirectResponse(f"{PATH}?next={quote(PATH + '/password')}", 303)
        return _page(_password_form())

    @router.post(f"{PATH}/password")
    async def change(request: Request) -> Response:
        given = await _fields(request)
        person = await run_in_threadpool(reception.session, request.cookies.get(COOKIE, ""))
        if person is None:
            return RedirectResponse(PATH, 303)
        if given.get("password", "") != given.get("again", ""):
            return _page(_password_form("两次输入的新密码不一样，请重新输入。"), 422)
        try:
            session = await run_in_threadpool(
                reception.change_password, person, given.get("old", ""), given.get("password", "")
            )
        except ZhiyingError as error:
            return _page(_password_form(error.hint), 422)
        return _entered(reception, session, HOME, secure=secure)


def local(onward: str) -> str:
    """`onward` when it is a path of this site, else the first page: nobody is sent to another site from here."""
    parts = urlsplit(onward) if onward.isprintable() else urlsplit("//other")
    plain = onward.startswith("/") and not onward.startswith(("//", "/\\")) and "\\" not in onward
    return onward if plain and not parts.scheme and not parts.netloc and len(onward) < 2_000 else HOME


def problem_page(problem: str) -> Response:
    """Says why a sign-in came to nothing, with the way back."""
    return _page(f'{_title("没有登录", "")}{_alert(problem)}<a class="zy-outside" href="{PATH}">回到登录</a>', 401)


async def _fields(request: Request) -> dict[str, str]:
    """The fields of a posted form, the first value of each; nothing of a body that is none."""
    body = await request.body()
    if len(body) > LARGEST:
        return {}
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=10, errors="strict")
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


def _entered(reception: Reception, secret: str, onward: str, *, secure: bool) -> Response:
    response = RedirectResponse(onward, 303)
    set_session(response, secret, reception, secure=secure)
    return response


def _page(body: str, status: int = 200) -> HTMLResponse:
    head = (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>知应 · 登录</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{STYLE}</style>'
    )
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
    return HTMLResponse(f"{head}<main>{body}</main></html>", status, headers=headers)


def _title(title: str, text: str) -> str:
    return f"<h1>{escape(title)}</h1><p>{escape(text)}</p>"


def _alert(problem: str) -> str:
    return f'<div role="alert">{escape(problem)}</div>' if problem else ""


def _field(label: str, name: str, kind: str, autocomplete: str, more: str = "") -> str:
    return (
        f'<label for="{name}">{label}</label>'
        f'<input id="{name}" name="{name}" type="{kind}" autocomplete="{autocomplete}" maxlength="128" required {more}>'
    )


def _sign_in_form(onward: str, outside: str, problem: str = "") -> str:
    other = f'<a class="zy-outside" href="{PATH}/outside">用{escape(outside)}登录</a>' if outside else ""
    return (
        f"{_title('知应', '请用员工账号登录')}{_alert(problem)}"
        f'<form method="post" action="{PATH}"><input type="hidden" name="next" value="{escape(onward)}">'
        f"{_field('登录名', 'login', 'text', 'username', 'autofocus autocapitalize=off')}"
        f"{_field('密码', 'password', 'password', 'current-password')}<button>登录</button></form>{other}"
    )


def _link_form(secret: str, login: str, problem: str = "") -> str:
    return (
        f"{_title('设置密码', f'账号 {login}：至少 10 个字符，可以用一句话')}{_alert(problem)}"
        f'<form method="post" action="{PATH}/link"><input type="hidden" name="t" value="{escape(secret)}">'
        f"{_field('新密码', 'password', 'password', 'new-password', 'autofocus')}"
        f"{_field('再输一遍', 'again', 'password', 'new-password')}<button>设置并登录</button></form>"
    )


def _password_form(problem: str = "") -> str:
    return (
        f"{_title('修改密码', '修改后，其他地方的登录会退出')}{_alert(problem)}"
        f'<form method="post" action="{PATH}/password">'
        f"{_field('原密码', 'old', 'password', 'current-password', 'autofocus')}"
        f"{_field('新密码', 'password', 'password', 'new-password')}"
        f"{_field('再输一遍', 'again', 'password', 'new-password')}<button>修改密码</button></form>"
    )
