"""The offer sheet as rules: every ingested row read whole or blocked by name; `eligibility.py` judges what it gives.

A row that cannot be read, that contradicts another or itself, or that lacks what must be told is never offered, and the
sheet's owner is told why in Chinese.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assist.retention.authority import Level, read_level
from assist.retention.clauses import read_wording
from assist.retention.conditions import Condition, ConditionError, contradiction, parse_rule
from assist.retention.stacking import Stacked, cycles, read_stacking
from kb.model import Passage, Validity
from kb.rows import ROW, OfferRow

EVERYWHERE = "全渠道"


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer ready to be judged.

    `needs` is what the customer must agree to, `checks` what a person must find out; `blocked` says why it cannot be
    offered to anybody ("": it can).
    """

    row: OfferRow
    passage: Passage
    conditions: tuple[Condition, ...]
    needs: tuple[str, ...]
    checks: tuple[str, ...]
    level: Level
    stacked: Stacked
    blocked: str = ""

    @property
    def code(self) -> str:
        """Its number on the sheet."""
        return self.row.code

    @property
    def validity(self) -> Validity:
        """The days on which it may be promised."""
        return self.passage.validity


@dataclass(frozen=True, slots=True)
class Sheet:
    """All offers by code, and what is wrong with the sheet: one Chinese sentence each."""

    offers: tuple[Offer, ...]
    problems: tuple[str, ...]
    plans: frozenset[str]
    channels: tuple[str, ...]


def read_sheet(passages: Sequence[Passage]) -> Sheet:
    """Offers of the passages that hold one (others are passed over), with every fault of the sheet named."""
    rows = _rows(passages)
    plans = _plans([row for row, _ in rows])
    offers = [_offer(row, passage, plans) for row, passage in rows]
    offers = _block(offers, _twice(offers))
    offers = _block(offers, _circular(offers))
    problems = [f"{each.code or each.row.name}“{each.row.name}”：{each.blocked}" for each in offers if each.blocked]
    channels = dict.fromkeys(name for row, _ in rows for name in row.channels if name != EVERYWHERE)
    return Sheet(
        offers=tuple(sorted(offers, key=lambda each: each.code)),
        problems=(*problems, *_doubts(offers)),
        plans=frozenset(plans),
        channels=tuple(channels),
    )


def face_value(content: str) -> float | None:
    """Yuan an offer gives away over its whole term; None when the wording names no sum.

    合计N元 counts before 赠N元话费, that before N元×M个月.
    """
    if found := re.search(r"合计(\d+(?:\.\d+)?)元", content):
        return float(found[1])
    if found := re.search(r"赠(\d+(?:\.\d+)?)元话费", content):
        return float(found[1])
    if found := re.search(r"减(\d+(?:\.\d+)?)元×(\d+)个月", content):
        return float(found[1]) * int(found[2])
    return None


def _rows(passages: Sequence[Passage]) -> list[tuple[OfferRow, Passage]]:
    """Each row once, with the first passage that holds it: a long one stands in several."""
    seen: set[tuple[str, str]] = set()
    rows: list[tuple[OfferRow, Passage]] = []
    for passage in passages:
        row = None if passage.row is None else ROW.validate_python(passage.row)
        if not isinstance(row, OfferRow):
            continue
        key = (passage.source, row.model_dump_json())
        if key not in seen:
            seen.add(key)
            rows.append((row, passage))
    return rows


def _plans(rows: Sequence[OfferRow]) -> set[str]:
    """The plans there are: all that any rule names, whether its offer is in force or not."""
    plans: set[str] = set()
    for row in rows:
        try:
            conditions = parse_rule(row.rule)
        except ConditionError:
            continue
        plans.update(str(value) for each in conditions if each.key in {"plan", "target_plan"} for value in each.values)
    return plans


def _offer(row: OfferRow, passage: Passage, plans: set[str]) -> Offer:
    wording = read_wording(row.conditions, plans)
    blocked = ""
    try:
        rule = parse_rule(row.rule)
    except ConditionError as error:
        rule, blocked = (), f"{error}，改好之前不得承诺"
    conditions = tuple(dict.fromkeys([*rule, *_news(rule, wording.conditions), *_for_plans(row, rule, plans)]))
    level = read_level(row.authority)
    blocked = blocked or _fault(row, passage, conditions, wording.checks, level)
    return Offer(
        row=row,
        passage=passage,
        conditions=conditions,
        needs=wording.needs,
        checks=wording.checks,
        level=level or Level.BUSINESS_GROUP,
        stacked=Stacked(row.code, row.content, read_stacking(row.stacking), face_value(row.content)),
        blocked=blocked,
    )


def _news(rule: Sequence[Condition], worded: Sequence[Condition]) -> list[Condition]:
    """What the wording demands beyond the rule; the same demand in both columns counts once."""
    known = {(each.key, each.op, frozenset(each.values)) for each in rule}
    known |= {(each.key, "in", frozenset(each.values)) for each in rule if each.op == "="}
    known |= {(each.key, "=", frozenset(each.values)) for each in rule if each.op == "in" and len(each.values) == 1}
    return [each for each in worded if (each.key, each.op, frozenset(each.values)) not in known]


def _for_plans(row: OfferRow, rule: Sequence[Condition], plans: set[str]) -> list[Condition]:
    """The column 产品 as a demand, where it lists nothing but plans: the plan in use, or the one changed to.

    An upgrade's products are the plans one may change to; when the rule names the plan in use, that is left out.
    """
    if not row.products or not set(row.products) <= plans:
        return []
    upgrade = any(each.key == "intent" and "升档" in each.values for each in rule)
    if not upgrade:
        return [] if any(each.key == "plan" for each in rule) else [Condition("plan", "in", row.products, "产品")]
    used = {value for each in rule if each.key == "plan" for value in each.values}
    targets = tuple(plan for plan in row.products if plan not in used)
    return [Condition("target_plan", "in", targets, "产品")] if targets else []


def _fault(
    row: OfferRow, passage: Passage, conditions: Sequence[Condition], checks: Sequence[str], level: Level | None
) -> str:
    """Why a row that could be read cannot be offered all the same; "" when it can."""
    if not row.code:
        return "没有优惠编号，无法登记，请补上"
    if level is None:
        named = f"“{row.authority[:20]}”不是已知的权限级别" if row.authority else "没有写权限级别"
        return f"{named}（坐席、值班经理、业务组），不得承诺"
    if not conditions and not checks:
        return "没有写适用条件，无法判断谁能办，不得承诺"
    if passage.validity.effective_to is None:
        return "没有写失效日期，说不清什么时候截止，不得承诺"
    if passage.validity.effective_from is None:
        return "没有写生效日期，说不清什么时候开始，不得承诺"
    if not row.disclosures:
        return "没有写必告知事项，不得承诺"
    if clash := contradiction(conditions):
        return f"条件自相矛盾：{clash}"
    return ""


def _twice(offers: Sequence[Offer]) -> dict[int, str]:
    """Rows that differ under one number, or offer the same by name on the same days: neither counts."""
    found: dict[int, str] = {}
    for at, one in enumerate(offers):
        for other in offers[at + 1 :]:
            reason = ""
            if one.code and one.code == other.code:
                reason = f"编号“{one.code}”出现两次且内容不同，不知以哪条为准"
            elif one.row.name == other.row.name and _overlap(one.validity, other.validity):
                reason = f"{one.code}与{other.code}同名“{one.row.name}”、日期重叠，不知以哪条为准"
            if reason:
                found[id(one)] = found[id(other)] = reason
    return found


def _circular(offers: Sequence[Offer]) -> dict[int, str]:
    after = {each.code: each.stacked.stacking.after for each in offers if each.stacked.stacking.after}
    found: dict[int, str] = {}
    for circle in cycles(after):
        chain = "→".join((*circle, circle[0]))
        for each in offers:
            if each.code in circle:
                found[id(each)] = f"前提条件循环（{chain}），谁都无法先办"
    return found


def _block(offers: Sequence[Offer], reasons: dict[int, str]) -> list[Offer]:
    return [
        replace(each, blocked=each.blocked or reasons[id(each)]) if id(each) in reasons else each for each in offers
    ]


def _overlap(one: Validity, other: Validity) -> bool:
    starts = [each.effective_from for each in (one, other) if each.effective_from]
    ends = [each.effective_to for each in (one, other) if each.effective_to]
    return not starts or not ends or max(starts) <= min(ends)


def _doubts(offers: Sequence[Offer]) -> list[str]:
    """What is odd but blocks nobody: it is read in the stricter way."""
    by_code = {each.code: each for each in offers}
    doubts: list[str] = []
    for each in offers:
        said = each.stacked.stacking
        doubts += [f"{each.code}叠加规则“{part}”看不懂，按不可叠加处理" for part in said.unread]
        if lost := sorted(said.named - by_code.keys()):
            doubts.append(f"{each.code}叠加规则提到的{'、'.join(lost)}不在清单里，请核对编号")
        for other in sorted(said.may & by_code.keys()):
            if each.code in by_code[other].stacked.stacking.never:
                doubts.append(f"{each.code}说可与{other}叠加，{other}说不可，按不可叠加处理")
        if both := sorted(said.may & said.never):
            doubts.append(f"{each.code}对{'、'.join(both)}既说可叠加又说不可，按不可叠加处理")
        doubts += _differing(each)
    return doubts


def _differing(offer: Offer) -> list[str]:
    """Number limits of the two columns that differ: both are demanded, so the stricter one decides."""
    limits: dict[tuple[str, str], set[float | str]] = {}
    for each in offer.conditions:
        if each.op in {">=", "<=", ">", "<"}:
            limits.setdefault((each.key, each.op), set()).update(each.values)
    keys = [key for (key, _), values in limits.items() if len(values) > 1]
    return [f"{offer.code}的条件表达式与适用条件对“{key}”要求不同，按较严的算" for key in keys]
