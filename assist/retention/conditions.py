"""The small language of an offer's conditions: parsed strictly, judged with three values, told in Chinese.

A rule is clauses joined by ";", all of which must hold: `key op value`, with op one of >= <= > < = != in, and values of
`in` joined by "|". `clauses.py` reads the sheet's Chinese wording into the same conditions; `offers.py` calls both.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from assist.retention.facts import Facts, Value
from assist.retention.fields import FIELDS, Field, Shape

_CLAUSE = re.compile(r"([A-Za-z_0-9]+)\s*(>=|<=|!=|=|>|<|\bin\b)\s*(.+)")
_ORDERED = {">=": "不少于", "<=": "不超过", ">": "大于", "<": "小于"}


class ConditionError(ValueError):
    """A condition that cannot be read; the message is Chinese and names it."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One demand on one fact; `values` are numbers for a number, else wordings; `source` is what was written."""

    key: str
    op: str
    values: tuple[float | str, ...]
    source: str = ""

    def holds(self, facts: Facts) -> bool | None:
        """Whether the facts meet it; None when the fact is not known."""
        value = facts.values.get(self.key)
        return None if value is None else _meets(value, self.op, self.values)

    @property
    def demand(self) -> str:
        """What it demands, in words: "在网时长不少于24个月"."""
        field = FIELDS[self.key]
        shown = "或".join(field.shown(value) for value in self.values)
        if self.op in _ORDERED:
            return f"{field.label}{_ORDERED[self.op]}{shown}"
        return f"{field.label}{'不能是' if self.op == '!=' else '须为'}{shown}"

    def refusal(self, facts: Facts) -> str:
        """Why these facts do not meet it, with what they are."""
        field = FIELDS[self.key]
        return f"{self.demand}（客户：{field.shown(facts.values[self.key])}）"


def parse_rule(text: str) -> tuple[Condition, ...]:
    """The conditions of a rule, none for an empty one; raises ConditionError naming the clause that cannot be read."""
    clauses = [part.strip() for part in unicodedata.normalize("NFKC", text).split(";")]
    return tuple(_clause(part) for part in clauses if part)


def contradiction(conditions: Sequence[Condition]) -> str:
    """What makes it impossible for anybody to meet all `conditions`; "" when nothing plainly does."""
    for key in dict.fromkeys(each.key for each in conditions):
        mine = [each for each in conditions if each.key == key]
        if FIELDS[key].shape is Shape.NUMBER:
            empty = _empty_span(mine)
        elif FIELDS[key].shape is Shape.SEVERAL:
            empty = False
        else:
            empty = _empty_choice(mine)
        if empty:
            return "与".join(f"“{each.demand}”" for each in mine) + "不可能同时成立"
    return ""


def _clause(part: str) -> Condition:
    match = _CLAUSE.fullmatch(part)
    if match is None:
        raise ConditionError(f"条件“{part[:40]}”写法不对，应为“项目 比较 值”，如 tenure_months>=24")
    key, op, written = match.groups()
    field = FIELDS.get(key)
    if field is None:
        raise ConditionError(f"条件“{part[:40]}”里没有“{key}”这一项")
    wanted = [each.strip() for each in written.split("|")] if op == "in" else [written.strip()]
    if op in _ORDERED and field.shape is not Shape.NUMBER:
        raise ConditionError(f"条件“{part[:40]}”：{field.label}不是数字，不能比大小")
    if not all(wanted):
        raise ConditionError(f"条件“{part[:40]}”缺少比较的值")
    return Condition(key, op, tuple(_value(field, each, part) for each in wanted), part)


def _value(field: Field, written: str, part: str) -> float | str:
    if field.shape is Shape.NUMBER:
        try:
            return float(written)
        except ValueError:
            raise ConditionError(f"条件“{part[:40]}”：“{written}”不是数字") from None
    if field.shape is Shape.CHOICE and written not in field.choices:
        raise ConditionError(f"条件“{part[:40]}”：{field.label}没有“{written}”这一项")
    if re.search(r"[<>=!]", written):
        raise ConditionError(f"条件“{part[:40]}”写法不对，一个分号前只能有一个比较")
    return written


def _meets(value: Value, op: str, wanted: Sequence[float | str]) -> bool:
    if isinstance(value, frozenset):
        found = any(each in value for each in wanted)
        return not found if op == "!=" else found
    if isinstance(value, float):
        return _compares(value, op, wanted)
    return (value not in wanted) if op == "!=" else value in wanted


def _compares(value: float, op: str, wanted: Sequence[float | str]) -> bool:
    if op in {"=", "in"}:
        return value in wanted
    limit = float(wanted[0])
    return {">=": value >= limit, "<=": value <= limit, ">": value > limit, "<": value < limit, "!=": value != limit}[
        op
    ]


def _empty_span(mine: Sequence[Condition]) -> bool:
    """Whether no number meets them all: tried at every limit and beside it, where truth can change."""
    limits = sorted({float(value) for each in mine for value in each.values})
    tried = [point for limit in limits for point in (limit - 0.5, limit, limit + 0.5)]
    return not any(all(_compares(point, each.op, each.values) for each in mine) for point in tried)


def _empty_choice(mine: Sequence[Condition]) -> bool:
    allowed: set[float | str] | None = None
    for each in mine:
        if each.op != "!=":
            allowed = set(each.values) if allowed is None else allowed & set(each.values)
    if allowed is None:
        return False
    return not {value for value in allowed if all(each.op != "!=" or value not in each.values for each in mine)}
