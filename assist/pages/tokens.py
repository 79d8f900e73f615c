"""The page of one's own interface tokens, a plain form like the sign-in pages; `people.site` mounts it for everybody.

A new token's secret is shown once, on the answer to the form that made it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from html import escape
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from assist.access import ALLOWED, Action
from assist.identity import COOKIE
from assist.pages.forms import alert, field, page, posted, title
from assist.people.reception import Reception
from assist.people.registry import Registry
from kb.clock import ZONE, Clock
from kb.errors import InputRefused, ZhiyingError
from kb.store import Person, Token

PATH = "/signin/tokens"
NAMES: Mapping[Action, str] = {
    Action.ASK: "提问",
    Action.SEARCH: "检索",
    Action.READ_PASSAGE: "读段落",
    Action.LIST_DOCUMENTS: "看文档清单",
    Action.GIVE_FEEDBACK: "评价",
    Action.CORRECT_TYPE: "更正业务类型",
    Action.LIST_GAPS: "看知识缺口",
    Action.LIST_FEEDBACK: "看评价",
    Action.WORK_GAPS: "处理知识缺口",
    Action.SUGGEST: "提建议",
    Action.WRITE_DRAFTS: "起草知识",
    Action.APPROVE_DRAFTS: "审批知识",
    Action.RELEASE: "发布",
    Action.KEEP_GOLDEN: "维护金标用例",
    Action.READ_NEWS: "看知识变化",
    Action.READ_REPORTS: "看报表",
    Action.INGEST: "导入文档",
    Action.MAINTAIN: "运行维护命令",
    Action.ASK_UNRECORDED: "提问而不留记录",
    Action.ACT_FOR_OTHERS: "代他人操作",
    Action.DRAFT_RETENTION: "挽留方案",
    Action.RECORD_OUTCOME: "登记挽留结果",
    Action.READ_RETENTION: "看挽留报表",
    Action.RUN_TRIALS: "管理挽留试验",
    Action.ROUTE_OPINIONS: "转办客户意见",
    Action.MAKE_QUIZ: "出题与组卷",
    Action.PRACTISE: "练习",
    Action.SEE_LEARNERS: "看学员成绩",
    Action.COACH: "辅导",
    Action.CALL_A_PERSON: "转人工",
    Action.WORK_HANDOFFS: "接待转人工的客户",
    Action.CHECK_COMPLIANCE: "合规检查",
    Action.SEE_WEIGHTS: "看合规分值",
    Action.DETECT_LEAVING: "离网倾向",
    Action.USE_SCRIPTS: "话术",
    Action.USE_AGENT_PAGE: "坐席页面",
    Action.MANAGE_PEOPLE: "管理账号",
    Action.READ_AUDIT: "看审计记录",
    Action.EXPORT_AUDIT: "导出审计记录",
    Action.PRUNE_AUDIT: "清理审计记录",
    Action.ERASE_PERSON: "删除个人记录",
}
"""What a token may be allowed to do, in words; one's own account it never may."""


def tokens_router(reception: Reception, registry: Registry, *, clock: Clock) -> APIRouter:
    """The routes of the page; whoever is not signed in is led to the sign-in page first."""
    router = APIRouter(include_in_schema=False)

    def who(request: Request) -> Person | None:
        return reception.session(request.cookies.get(COOKIE, ""))

    def shown(person: Person, told: str = "", status: int = 200) -> Response:
        return page(_body(person, registry.tokens(person.principal), clock.now(), told), status, wide=True)

    @router.get(PATH)
    def own(request: Request) -> Response:
        person = who(request)
        return RedirectResponse(f"/signin?next={quote(PATH)}", 303) if person is None else shown(person)

    @router.post(PATH)
    async def make(request: Request) -> Response:
        given = await posted(request)

        def run() -> Response:
            person = who(request)
            if person is None:
                return RedirectResponse("/signin", 303)
            try:
                secret, token = reception.new_token(person, _name(given), _scope(given), _lasts(given))
            except ZhiyingError as error:
                return shown(person, alert(error.hint), 422)
            return shown(person, _handed(secret, token))

        return await run_in_threadpool(run)

    @router.post(f"{PATH}/end")
    async def end(request: Request) -> Response:
        given = await posted(request)

        def run() -> Response:
            person = who(request)
            if person is None:
                return RedirectResponse("/signin", 303)
            number = given.get("id", [""])[0]
            try:
                if not (number.isascii() and number.isdigit() and len(number) < 12):
                    raise InputRefused("no token", hint="没有这个令牌，请刷新后重试。")
                registry.revoke_token(person.principal, int(number))
            except ZhiyingError as error:
                return shown(person, alert(error.hint), 422)
            return shown(person, '<div role="status">已作废。</div>')

        return await run_in_threadpool(run)

    return router


def _name(given: Mapping[str, list[str]]) -> str:
    name = given.get("name", [""])[0].strip()
    if not name:
        raise InputRefused("no name", hint="请给令牌起个名字，例如用它的系统。")
    return name


def _scope(given: Mapping[str, list[str]]) -> list[Action]:
    known = {action.value: action for action in NAMES}
    return [known[each] for each in given.get("scope", []) if each in known]


def _lasts(given: Mapping[str, list[str]]) -> timedelta:
    days = given.get("days", [""])[0].strip()
    if not (days.isascii() and days.isdigit() and 1 <= int(days[:6]) <= 366):
        raise InputRefused("days", hint="有效期请填 1 到 366 之间的天数。")
    return timedelta(days=int(days))


def _body(person: Person, tokens: tuple[Token, ...], now: datetime, told: str) -> str:
    choices = "".join(
        f'<label><input type="checkbox" name="scope" value="{action.value}">{name}</label>'
        for action, name in NAMES.items()
        if person.role in ALLOWED[action]
    )
    return (
        f"{title('接口令牌', '供别的系统以您的身份调用接口；只能做勾选的事，到期自动失效')}{told}"
        f"{_table(tokens, now)}"
        f'<form method="post" action="{PATH}">{field("名称", "name", "text", "off")}'
        f"{field('有效天数（1 到 366）', 'days', 'number', 'off', 'value=90 min=1 max=366')}"
        f'<label>可以做什么</label><div class="zy-scopes">{choices}</div><button>新建令牌</button></form>'
        '<a class="zy-outside" href="/agent/">回坐席页面</a>'
    )


def _table(tokens: tuple[Token, ...], now: datetime) -> str:
    rows = "".join(
        f"<tr><td>{escape(one.name)}</td><td>{_state(one, now)}</td>"
        f"<td>{'、'.join(NAMES[each] for each in NAMES if each.value in one.scope)}</td><td>{_end(one, now)}</td></tr>"
        for one in tokens
    )
    head = "<tr><th>名称</th><th>状态</th><th>可以做</th><th></th></tr>"
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>" if rows else ""


def _state(one: Token, now: datetime) -> str:
    if one.revoked_at is not None:
        return "已作废"
    return "已过期" if now >= one.expires_at else f"到 {one.expires_at.astimezone(ZONE):%Y-%m-%d}"


def _end(one: Token, now: datetime) -> str:
    if one.revoked_at is not None or now >= one.expires_at:
        return ""
    return (
        f'<form method="post" action="{PATH}/end"><input type="hidden" name="id" value="{one.id}">'
        "<button>作废</button></form>"
    )


def _handed(secret: str, token: Token) -> str:
    return (
        f'<div role="status">已新建“{escape(token.name)}”。令牌只显示这一次，请现在复制保存：'
        f"<br><code>{escape(secret)}</code></div>"
    )
