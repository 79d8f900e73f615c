"""The events of the page of accounts and audit: each asks the registry or the records and shows what came of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from html import escape
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from assist.access import ALLOWED, Action
from assist.pages.account import ROLE_NAMES
from assist.pages.door import caller
from assist.people.records import Records
from assist.people.registry import Registry
from assist.wording import say
from kb.clock import ZONE
from kb.errors import InputRefused, UsageError, ZhiyingError
from kb.model import Principal, Role
from kb.store import AuditEntry, AuditQuery, Person

_log = logging.getLogger(__name__)
SHOWN = 200
"""Entries shown at once; the interface and its export give all."""
VISITOR = Principal("page:visitor", Role.INSPECTOR)
"""Who reads on loopback before there are accounts: the trail, and nothing else of this page."""

ACTIONS = (
    ("提问与所见", "question."),
    ("登录与退出", "session."),
    ("账号", "person."),
    ("一次性链接", "link."),
    ("接口令牌", "token."),
    ("文档", "document."),
    ("发布", "release."),
    ("转人工", "handoff."),
    ("知识缺口", "gap."),
    ("评价", "feedback."),
    ("导出与清理", "audit."),
    ("删除个人记录", "record."),
)
"""Kinds of entries by their names for people, and how their actions begin."""


NOBODYS = {"operator": "命令行管理员", "customer": "客户", "system:retention": "到期清理"}
"""Who stands on the trail without being anybody's account."""


@dataclass(frozen=True, slots=True)
class PeopleDesk:
    """What the page stands on."""

    registry: Registry
    records: Records


class PeopleHandlers:
    """One method an event; outputs are (message, table, choices of accounts, choices of people)."""

    def __init__(self, desk: PeopleDesk) -> None:
        self._registry = desk.registry
        self._records = desk.records

    def opened(self) -> tuple[Any, ...]:
        """Shows what the visitor may see."""
        managing = own_role() in ALLOWED[Action.MANAGE_PEOPLE]
        people = self._people("") if managing else ("", "", gr.skip(), self._whose())
        return (gr.update(visible=managing), *people, *self.search("", "", "", ""))

    def add(self, login: str, name: str, role: str, department: str) -> tuple[Any, ...]:
        """A new account, and the link to hand over."""

        def run() -> str:
            person, secret = self._registry.add(_who(), login, _role(role), name=name, department=department)
            return _handed(person, secret)

        return self._done(run)

    def change(self, key: str, role: str, department: str) -> tuple[Any, ...]:
        """Another role or department."""

        def run() -> str:
            changes: dict[str, Any] = {"role": _role(role)} if role else {}
            changes |= {"department": department.strip()} if department.strip() else {}
            if not changes:
                raise InputRefused("nothing to change", hint="请先选新角色，或填新部门。")
            return f"已修改 {escape(self._registry.change(_who(), _chosen(key), **changes).login)}。"

        return self._done(run)

    def link(self, key: str) -> tuple[Any, ...]:
        """A link to set a new password by."""
        return self._done(lambda: _handed(None, self._registry.link(_who(), _chosen(key))))

    def unlock(self, key: str) -> tuple[Any, ...]:
        """Ends a lock-out."""
        return self._done(lambda: _after(self._registry.unlock, key, "已解除锁定。"))

    def leave(self, key: str) -> tuple[Any, ...]:
        """Signs out everywhere."""
        return self._done(lambda: _after(self._registry.sign_out, key, "已强制下线。"))

    def stop(self, key: str) -> tuple[Any, ...]:
        """Puts an account off."""
        return self._active(key, active=False)

    def start(self, key: str) -> tuple[Any, ...]:
        """Lets an account in again."""
        return self._active(key, active=True)

    def erase(self, words: str, sure: bool) -> tuple[Any, ...]:
        """Takes a person's words out of all records."""
        try:
            if not sure:
                raise InputRefused("not confirmed", hint="请先核实请求人的身份并勾选确认。")
            done = self._records.erase(_who(), tuple(words.splitlines()[:50]))
        except ZhiyingError as error:
            return _problem(error.hint), gr.skip(), gr.skip()
        left = "".join(f"<li>{escape(one)}</li>" for one in done.remaining[:20])
        rest = f"<p>这些文件里仍有，请另行处理：</p><ul>{left}</ul>" if left else ""
        return _note(f"已从 {sum(done.rows.values())} 条记录中删除。{rest}"), "", False

    def search(self, who: str, action: str, since: str, until: str) -> tuple[str, str]:
        """The newest entries that fit, and the ways to take all of them away for who may."""
        try:
            end = _day(until)
            query = AuditQuery(
                who, action, "", _day(since), None if end is None else end + timedelta(days=1), limit=SHOWN
            )
            found = self._records.search(_who(), query)
            return _trail(found, self._registry.names(_who())), _exports(query)
        except ZhiyingError as error:
            return _problem(error.hint), ""

    def _active(self, key: str, *, active: bool) -> tuple[Any, ...]:
        word = "启用" if active else "停用"
        return self._done(
            lambda: f"已{word} {escape(self._registry.change(_who(), _chosen(key), active=active).login)}。"
        )

    def _done(self, run: Callable[[], str]) -> tuple[Any, ...]:
        try:
            return self._people(_note(run()))
        except ZhiyingError as error:
            return (_problem(error.hint), gr.skip(), gr.skip(), gr.skip())
        except Exception:
            _log.exception("an account could not be changed")
            return (_problem(say("problem.fault")), gr.skip(), gr.skip(), gr.skip())

    def _people(self, told: str) -> tuple[Any, ...]:
        people = self._registry.people(_who())
        choices = [(f"{one.login} {one.name}", one.key) for one in people]
        return (told, _table(people), gr.update(choices=choices), self._whose())

    def _whose(self) -> Any:
        names = self._registry.names(_who())
        return gr.update(choices=[("全部人员", ""), *((name, key) for key, name in names.items())])


def _after(step: Callable[[Principal, str], None], key: str, told: str) -> str:
    step(_who(), _chosen(key))
    return told


def own_role() -> Role:
    """The role of who sent the event."""
    return _who().role


def _who() -> Principal:
    return caller() or VISITOR


def _chosen(key: str) -> str:
    if not key:
        raise UsageError("no account chosen", hint="请先选择一个账号。")
    return key


def _role(value: str) -> Role:
    try:
        return Role(value)
    except ValueError as error:
        raise UsageError(f"no role {value!r}", hint="请选择一个角色。") from error


def _day(text: str) -> datetime | None:
    if not text.strip():
        return None
    try:
        return datetime.combine(date.fromisoformat(text.strip()), time(), ZONE)
    except ValueError as error:
        raise InputRefused("not a date", hint="日期要写成 2026-11-01 这样。") from error


def _handed(person: Person | None, secret: str) -> str:
    made = f"已新建 {escape(person.login)}。" if person else ""
    path = f"/signin/link?t={escape(secret)}"
    return f'{made}请把这个一次性链接交给本人（24 小时内有效）：<a href="{path}" rel="nofollow"><code>{path}</code></a>'


def _table(people: Sequence[Person]) -> str:
    head = "".join(f"<th>{one}</th>" for one in ("登录名", "姓名", "角色", "部门", "状态", "最近登录"))
    rows = "".join(
        f"<tr><td>{escape(one.login)}</td><td>{escape(one.name)}</td><td>{ROLE_NAMES.get(one.role, '')}</td>"
        f"<td>{escape(one.department)}</td><td>{_state(one)}</td><td>{_moment(one.signed_in_at)}</td></tr>"
        for one in people
    )
    return f'<div class="zp-scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _state(person: Person) -> str:
    if not person.active:
        return "停用"
    if person.locked_until is not None:
        return f"锁定至 {_moment(person.locked_until)}"
    return "正常" if person.password or person.subject else "未设密码"


def _trail(entries: Sequence[AuditEntry], names: dict[str, str]) -> str:
    head = "".join(f"<th>{one}</th>" for one in ("序号", "时间", "人员", "动作", "对象", "详情"))
    names = NOBODYS | names
    rows = "".join(
        f"<tr><td>{one.seq}</td><td>{_moment(one.at)}</td><td>{escape(names.get(one.principal, one.principal))}</td>"
        f"<td>{_kind(one.action)}<small>{escape(one.action)}</small></td>"
        f"<td>{escape(names.get(one.object, one.object))}</td>"
        f"<td>{escape('；'.join(f'{key} {value}' for key, value in one.detail.items()))}</td></tr>"
        for one in entries
    )
    none = "" if rows else "<p>没有符合的记录。</p>"
    return f'<div class="zp-scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{none}'


def _kind(action: str) -> str:
    return next((f"{name} " for name, start in ACTIONS if action.startswith(start)), "")


def _exports(query: AuditQuery) -> str:
    """Links that save what fits the search as a file; without an account nobody may."""
    who = caller()
    if who is None or who.role not in ALLOWED[Action.EXPORT_AUDIT]:
        return ""
    given = {"principal": query.principal, "action": query.action}
    given |= {name: day.isoformat() for name, day in (("since", query.since), ("until", query.until)) if day}
    links = "".join(
        f'<a href="/api/v1/audit/export?{escape(urlencode({"form": form, **given}))}" download>{name}</a>'
        for form, name in (("csv", "导出表格（CSV）"), ("jsonl", "导出含校验的记录（JSONL）"))
    )
    return f'<nav class="zp-exports" aria-label="导出">{links}</nav>'


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")


def _note(text: str) -> str:
    return f'<div class="zp-note" role="status">{text}</div>'


def _problem(hint: str) -> str:
    return f'<div class="zp-problem" role="alert">{escape(hint)}</div>'
