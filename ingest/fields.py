"""Reads what people write as metadata: dates, audiences, kinds, lists; manifest, front matter and columns share it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from kb.model import INTERNAL, PUBLIC, Audience, Kind, Role

_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s*[T ]?\s*00:00(?::00)?(?:\.0+)?)?")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_OPEN_ENDED = {"", "长期", "长期有效", "永久", "永久有效", "不限", "无", "-", "—", "/", "none", "null"}
_LIST = re.compile(r"[；;\n]+")
_NAMES = re.compile(r"[，,、;；\n]+")

KINDS = {
    "policy": Kind.POLICY, "政策": Kind.POLICY, "业务政策": Kind.POLICY, "资费": Kind.POLICY, "制度": Kind.POLICY,
    "script": Kind.SCRIPT, "话术": Kind.SCRIPT, "规范应答": Kind.SCRIPT, "规范应答文本": Kind.SCRIPT,
    "learning": Kind.LEARNING, "应知应会": Kind.LEARNING, "学习": Kind.LEARNING,
    "faq": Kind.FAQ, "常见问题": Kind.FAQ, "问答": Kind.FAQ,
    "offer": Kind.OFFER, "优惠": Kind.OFFER, "活动": Kind.OFFER,
    "terms": Kind.TERMS, "术语": Kind.TERMS, "同义词": Kind.TERMS, "术语表": Kind.TERMS,
}  # fmt: skip
_ROLES = {
    "坐席": Role.AGENT, "座席": Role.AGENT, "客服代表": Role.AGENT, "内训师": Role.TRAINER, "培训师": Role.TRAINER,
    "知识维护": Role.MAINTAINER, "业务组": Role.MAINTAINER, "质检": Role.INSPECTOR, "值班经理": Role.DUTY_MANAGER,
    "管理员": Role.ADMIN, "客户": Role.CUSTOMER,
}  # fmt: skip
_PUBLIC = {"public", "公开", "对外", "全部公开", "客户可见"}
_INTERNAL = {"internal", "内部", "对内", "仅内部", "内部可见"}


class FieldError(ValueError):
    """A value that cannot be read; its text is a Chinese sentence saying what is expected."""


def read_date(value: Any) -> date | None:
    """A day from 2026-07-01, 2026/7/1, 2026年7月1日, 20260701 or a date; None when it is empty or says 长期.

    Raises FieldError for anything else, so also for 2026-02-30.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = unicodedata.normalize("NFKC", str(value if value is not None else "")).strip()
    if text.lower() in _OPEN_ENDED:
        return None
    match = _DATE.fullmatch(text) or _COMPACT_DATE.fullmatch(text)
    if match:
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            pass
    raise FieldError(f"日期“{text[:20]}”无法识别，请写成 2026-07-01 的样子")


def read_audience(value: Any) -> Audience:
    """Who may see it: public, 内部, 内训师、质检, "roles:[agent, 质检];departments:[质检部]" or a mapping of these.

    Raises FieldError when it names none of these, an unknown role, or is empty.
    """
    parts = _audience_parts(value)
    if parts in ({"public": ()}, {"internal": ()}):
        return PUBLIC if "public" in parts else INTERNAL
    if not parts or not set(parts) <= {"roles", "departments"}:
        raise FieldError(
            f"可见范围“{_short(value)}”无法识别，请写 public（公开）、internal（内部）、"
            "roles:[坐席, 质检] 或 departments:[部门名]"
        )
    roles = frozenset(_role(name) for name in parts.get("roles", ()))
    departments = frozenset(parts.get("departments", ()))
    if not roles and not departments:
        raise FieldError(f"可见范围“{_short(value)}”没有写出角色或部门")
    if any(c in name for name in departments for c in ":;,"):
        raise FieldError("部门名里不能有冒号、分号和逗号")
    return Audience(roles=roles, departments=departments)


def read_kind(value: Any) -> Kind:
    """The kind named by `value` (policy, 话术 …); FieldError otherwise."""
    kind = KINDS.get(str(value).strip().lower())
    if kind is None:
        raise FieldError(f"类别“{_short(value)}”无法识别，可以写 {'、'.join(Kind)}")
    return kind


def read_names(value: Any) -> tuple[str, ...]:
    """Names from a list or from a text with ，、； between them; blanks and repeats left out."""
    items = value if isinstance(value, list | tuple) else _NAMES.split(str(value if value is not None else ""))
    if any(isinstance(item, dict | list) for item in items):
        raise FieldError("这里应当是一个名称或名称列表")
    return tuple(dict.fromkeys(text for item in items if (text := str(item).strip())))


def read_list(value: str) -> tuple[str, ...]:
    """Phrases from a text with ； or line breaks between them; commas within a phrase stay."""
    return tuple(dict.fromkeys(text for item in _LIST.split(value) if (text := item.strip())))


def read_text(value: Any) -> str:
    """A single value as text; FieldError for a list or mapping."""
    if isinstance(value, dict | list):
        raise FieldError("这里应当是一段文字")
    return str(value if value is not None else "").strip()


def check_period(first: date | None, last: date | None) -> None:
    """Raises FieldError when something would end before it begins."""
    if first and last and last < first:
        raise FieldError(f"失效日期 {last} 早于生效日期 {first}，请改正其中一个")


def _audience_parts(value: Any) -> dict[str, tuple[str, ...]]:
    if isinstance(value, Mapping):
        return {_AUDIENCE_KEYS.get(str(key).strip().lower(), ""): read_names(item) for key, item in value.items()}
    text = unicodedata.normalize("NFKC", str(value if value is not None else "")).strip()
    if text.lower() in _PUBLIC:
        return {"public": ()}
    if text.lower() in _INTERNAL:
        return {"internal": ()}
    bare = read_names(text)
    if bare and all(name in _ROLES for name in bare):
        return {"roles": bare}
    parts: dict[str, tuple[str, ...]] = {}
    for part in re.split(r"[;|]", text):
        name, colon, names = part.partition(":")
        key = _AUDIENCE_KEYS.get(name.strip().lower(), "")
        parts[key if colon else ""] = read_names(names.strip().strip("[]()"))
    return parts


_AUDIENCE_KEYS = {
    "roles": "roles", "role": "roles", "角色": "roles",
    "departments": "departments", "department": "departments", "部门": "departments",
}  # fmt: skip


def _role(name: str) -> Role:
    try:
        return _ROLES.get(name) or Role(name.lower())
    except ValueError:
        known = "、".join(
            f"{role}（{chinese}）"
            for chinese, role in _ROLES.items()
            if chinese not in {"座席", "客服代表", "培训师", "业务组"}
        )
        raise FieldError(f"没有“{name[:20]}”这个角色，可以写 {known}") from None


def _short(value: Any) -> str:
    return str(value)[:30]
