"""What is said of a document (title, kind, audience, days) and front matter that says it; manifests share it."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from ingest.fields import (
    FieldError,
    check_period,
    read_audience,
    read_date,
    read_kind,
    read_list,
    read_names,
    read_text,
)
from ingest.marks import clause_path
from kb.errors import InputRefused
from kb.model import Audience, Kind


@dataclass(frozen=True, slots=True)
class ClauseMeta:
    """What is said of one clause (第九条, or 第三章/第九条) of a document; None says nothing."""

    clause: str
    audience: Audience | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    supersedes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Meta:
    """What one place (an entry, a front matter, the defaults) says of a document; None and () say nothing."""

    title: str | None = None
    kind: Kind | None = None
    audience: Audience | None = None
    products: tuple[str, ...] = ()
    department: str | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    supersedes: tuple[str, ...] = ()
    version: str | None = None
    clauses: tuple[ClauseMeta, ...] = ()

    def over(self, weaker: Meta) -> Meta:
        """This, completed with what only `weaker` says."""
        own = {f.name: getattr(self, f.name) for f in fields(self)}
        return replace(weaker, **{name: value for name, value in own.items() if value not in (None, ())})


def front_matter_meta(values: Mapping[str, Any], *, report_unknown: bool) -> tuple[Meta, tuple[str, ...]]:
    """What a front matter or the meta tags of a page say, and Chinese warnings about what is not understood.

    Keys may be English or Chinese (生效日期, 可见范围 …). An unknown key is let be, unless it looks like a slip of the
    pen for a known one. Raises InputRefused for a known key with a wrong value.
    """
    said: dict[str, Any] = {}
    unknown = []
    for raw, value in values.items():
        key = ALIASES.get(str(raw).strip().lower(), "")
        if not key:
            close = difflib.get_close_matches(str(raw).strip().lower(), ALIASES, 1, cutoff=0.85)
            if close:
                raise InputRefused(
                    f"front matter: unknown key {raw!r}", hint=f"文件开头的信息里不认识“{raw}”，是不是“{close[0]}”？"
                )
            unknown.append(str(raw))
        elif value not in (None, "", []):
            said[key] = _value(f"文件开头的信息“{raw}”", key, value)
    _check("文件开头的信息", said)
    warnings = (
        (f"文件开头的信息里有不认识的项，已忽略：{'、'.join(unknown[:8])}",) if unknown and report_unknown else ()
    )
    return Meta(**said), warnings


def _clauses(value: Any) -> tuple[ClauseMeta, ...]:
    if not isinstance(value, list):
        raise FieldError("应当是条款的列表，每项写 clause: 第九条")
    return tuple(_clause(item) for item in value)


def _clause(value: Any) -> ClauseMeta:
    if not isinstance(value, Mapping) or not value.get("clause"):
        raise FieldError("每一项都要写 clause，例如 clause: 第九条")
    said: dict[str, Any] = {"clause": clause_path(read_text(value["clause"]))}
    for key, item in value.items():
        if key == "clause" or item in (None, ""):
            continue
        if key not in _CLAUSE_KEYS:
            raise FieldError(f"条款里不认识“{key}”，可以写 clause、{'、'.join(_CLAUSE_KEYS)}")
        said[key] = READERS[key](item)
    check_period(said.get("effective_from"), said.get("effective_to"))
    if said.get("supersedes") and not said.get("effective_from"):
        raise FieldError("条款写了 supersedes，就要写 effective_from（从哪天起取代）")
    return ClauseMeta(**said)


def _supersedes(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else read_list(str(value))
    return tuple(dict.fromkeys(clean_path(read_text(item)) for item in items if read_text(item)))


def clean_path(text: str) -> str:
    """A path with / and in one Unicode form, without ./ and empty parts; a clause after # as a path too."""
    path, mark, clause = unicodedata.normalize("NFC", text.strip()).partition("#")
    parts = path.replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", ".")) + mark + clause_path(clause)


READERS: Mapping[str, Callable[[Any], Any]] = {
    "title": read_text,
    "kind": read_kind,
    "audience": read_audience,
    "products": read_names,
    "department": read_text,
    "effective_from": read_date,
    "effective_to": read_date,
    "supersedes": _supersedes,
    "version": read_text,
    "clauses": _clauses,
}
_CLAUSE_KEYS = ("audience", "effective_from", "effective_to", "supersedes")
ALIASES = {name: name for name in READERS} | {
    "product": "products", "标题": "title", "名称": "title", "类别": "kind", "类型": "kind", "知识类型": "kind",
    "可见范围": "audience", "产品": "products", "部门": "department", "责任部门": "department",
    "生效日期": "effective_from", "失效日期": "effective_to", "取代": "supersedes",
    "版本": "version", "条款": "clauses",
    "effective-from": "effective_from", "effective-to": "effective_to",
}  # fmt: skip


def _value(where: str, key: str, value: Any) -> Any:
    try:
        return READERS[key](value)
    except FieldError as error:
        raise InputRefused(f"{key}: {error}", hint=f"{where}：{error}。") from error


def _check(where: str, said: Mapping[str, Any]) -> None:
    try:
        check_period(said.get("effective_from"), said.get("effective_to"))
        if said.get("supersedes") and not said.get("effective_from"):
            raise FieldError("写了取代（supersedes），就要写生效日期（effective_from）")
    except FieldError as error:
        raise InputRefused(f"{where}: {error}", hint=f"{where}：{error}。") from error
