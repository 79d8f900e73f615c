"""Finds personal numbers said aloud by the agent; the check runs it over every turn of theirs.

A name is none: customers are to be addressed by theirs. Nor is an address, which an agent repeats to send somebody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assist.compliance.model import Basis, Category, Dimension, Finding, Script, Turn
from kb.mask import find_personal

_KINDS: Mapping[str, str] = {
    "mobile": "手机号",
    "landline": "固定电话",
    "id_card": "身份证号",
    "bank_card": "银行卡号",
    "email": "电子邮箱",
    "plate": "车牌号",
}
BASIS = Basis("privacy.number", "念出或写出客户的个人号码", "客户信息安全与服务密码规范 第十四条")


def find_numbers(script: Script, turn: Turn, index: int) -> Iterator[Finding]:
    """A finding a number; what is given instead is its masked form, the number itself is never repeated."""
    for span in find_personal(script.said(turn)):
        kind = _KINDS.get(span.kind)
        if kind is None:
            continue
        yield Finding(
            category=Category.PRIVACY,
            dimension=Dimension.PROCESS,
            points=25,
            basis=BASIS,
            start=turn.start + span.start,
            end=turn.start + span.end,
            quote=span.masked,
            match="pattern",
            turn=index,
            instead=f"不念完整{kind}，需要核对时只说掩码：{span.masked}。",
            red_line=True,
        )
