"""The corner of a page that says who is signed in, with the ways to change the password and to leave."""

from __future__ import annotations

from html import escape

from kb.model import Role

ROLE_NAMES = {
    Role.AGENT: "坐席",
    Role.TRAINER: "内训师",
    Role.MAINTAINER: "知识维护",
    Role.INSPECTOR: "质检",
    Role.DUTY_MANAGER: "值班经理",
    Role.ADMIN: "管理员",
}


def account_menu(name: str, role: Role) -> str:
    """The menu of somebody signed in; `name` is shown escaped."""
    people = '<a href="/people/">账号与审计</a>' if role is Role.ADMIN else ""
    audit = '<a href="/people/">审计</a>' if role is Role.INSPECTOR else ""
    return (
        f'<details class="zy-account"><summary>{escape(name)} · {ROLE_NAMES.get(role, "")}</summary>'
        f'<nav aria-label="账号">{people}{audit}<a href="/signin/password">修改密码</a>'
        '<a href="/signin/tokens">接口令牌</a>'
        '<form method="post" action="/signin/out"><button>退出登录</button></form></nav></details>'
    )
