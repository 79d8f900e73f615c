"""Reads the wording of 适用条件 into conditions, promises the customer must make, and checks left to a person.

Each clause must be understood whole; what is not is never dropped: it becomes a check that somebody has to make first.
`offers.py` calls it for every row of the offer sheet.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass

from assist.retention.conditions import Condition
from assist.retention.fields import FIELDS, INTENTS

SPECIAL_PLANS = ("青春卡", "银龄卡", "乡韵卡")
"""专属套餐, as 《校园与银龄专属套餐》 names them; every other plan is of a series, with its fee in its name."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What a wording says: conditions on facts, `needs` the customer must agree to, `checks` nobody can compute."""

    conditions: tuple[Condition, ...] = ()
    needs: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()


def read_wording(text: str, plans: Collection[str]) -> Wording:
    """What `text` says, clause by clause; `plans` are the plans there are, for wordings such as 畅行129及以上套餐."""
    conditions: list[Condition] = []
    needs: list[str] = []
    checks: list[str] = []
    for clause in split_clauses(text):
        found = _read(clause, plans)
        if found is not None:
            conditions += found
        elif _NEED.fullmatch(clause):
            needs.append(clause)
        else:
            checks.append(clause)
    return Wording(tuple(dict.fromkeys(conditions)), tuple(needs), tuple(checks))


def split_clauses(text: str) -> list[str]:
    """The clauses of a wording: cut at 逗号, 分号, 句号 and at 且."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    return [part for part in re.split(r"[,;。]|(?<!而)且(?!慢)", plain) if part]


def _read(clause: str, plans: Collection[str]) -> list[Condition] | None:
    for pattern, make in _PATTERNS:
        match = pattern.fullmatch(clause)
        if match is None:
            continue
        made = make(match, plans)
        if made is not None:
            return [Condition(key, op, values, clause) for key, op, values in made]
    return None


_Made = list[tuple[str, str, tuple[float | str, ...]]]
_Maker = Callable[[re.Match[str], Collection[str]], _Made | None]

_NEED = re.compile(r"(?:承诺在网\d+个月|新办\S{1,10}|改办\S{1,16}|办理\S{1,12}|.*本人实名)")
_TIERS = "普通|银卡|金卡|钻石卡"
_ALTERNATIVES = re.compile(r"或者?|、")


def _number(key: str, op: str = ">=") -> _Maker:
    return lambda match, _: [(key, op, (float(match[1]),))]


def _fixed(*made: tuple[str, str, str | float]) -> _Maker:
    return lambda _match, _plans: [(key, op, (value,)) for key, op, value in made]


def _plans_from(match: re.Match[str], plans: Collection[str]) -> _Made | None:
    """Plans of a series from one on: 畅行129及以上 are those of the series whose figure is no lower."""
    series, floor = match["series"], int(match["floor"])
    found = sorted((plan for plan in plans if _fee(plan, series) >= floor), key=lambda plan: _fee(plan, series))
    return [("plan", "in", tuple(found))] if found else None


def _ports_in(match: re.Match[str], plans: Collection[str]) -> _Made | None:
    made = _plans_from(match, plans)
    return None if made is None else [("intent", "=", ("携入",)), *made]


def _fee(plan: str, series: str) -> int:
    figure = plan.removeprefix(series)
    return int(figure) if plan.startswith(series) and figure.isdigit() else -1


def _priced_from(match: re.Match[str], plans: Collection[str]) -> _Made | None:
    floor = int(match[1])
    found = sorted(plan for plan in plans if (fee := re.fullmatch(r"\D+(\d+)", plan)) and int(fee[1]) >= floor)
    return [("plan", "in", tuple(found))] if found else None


def _any_plan(match: re.Match[str], plans: Collection[str]) -> _Made | None:
    series = match["series"]
    found = {plan for plan in plans if plan.startswith(series)}
    if match["special"]:
        found |= {plan for plan in plans if plan in SPECIAL_PLANS}
    return [("plan", "in", tuple(sorted(found)))] if found else None


def _in_use(match: re.Match[str], plans: Collection[str]) -> _Made | None:
    named = [each for each in _ALTERNATIVES.split(match[1]) if each]
    if all(each in plans for each in named):
        return [("plan", "in", tuple(named))]
    lines = [each.removesuffix("宽带") for each in named]
    if all(line in FIELDS["broadband"].choices and line != "none" for line in lines):
        return [("broadband", "in", tuple(lines))]
    return None


def _asks(intent: str) -> str | None:
    return next((stored for stored, names in INTENTS.items() if intent == stored or intent in names), None)


def _intent(match: re.Match[str], _plans: Collection[str]) -> _Made | None:
    stored = _asks(match[1])
    return [("intent", "=", (stored,))] if stored else None


def _tier(match: re.Match[str], _plans: Collection[str]) -> _Made | None:
    made: _Made = [("tier", "in", tuple(_ALTERNATIVES.split(match["tiers"])))]
    if match["intent"]:
        stored = _asks(match["intent"])
        if stored is None:
            return None
        made.append(("intent", "=", (stored,)))
    return made


def _alone(match: re.Match[str], _plans: Collection[str]) -> _Made | None:
    made: _Made = [("product", "=", (match["line"],)), ("broadband_mode", "in", ("standalone", "none"))]
    if match["who"] == "新装":
        made.append(("broadband", "=", ("none",)))
    return made


def _joins(match: re.Match[str], plans: Collection[str]) -> _Made | None:
    low, high, plan = match["low"], match["high"], match["plan"]
    if plan not in plans:
        return None
    return [
        ("age", ">=", (float(low),)),
        ("age", "<=", (float(high),)),
        ("plan", "=", (plan,)),
        ("tenure_months", "<=", (1.0,)),
    ]


def _running_out(match: re.Match[str], _plans: Collection[str]) -> _Made:
    return [("contract", "=", ("active",)), ("contract_remaining_months", "<=", (float(match[1]),))]


def _alone_since(match: re.Match[str], _plans: Collection[str]) -> _Made:
    return [("broadband_mode", "=", ("standalone",)), ("broadband_tenure_months", ">=", (float(match[1]),))]


def _region(match: re.Match[str], _plans: Collection[str]) -> _Made:
    return [("region", "=", (match[1],))]


def _back(match: re.Match[str], _plans: Collection[str]) -> _Made:
    return [("suspended_months", ">=", (float(match[1]),)), ("intent", "=", ("复机",))]


_SERIES = r"(?P<series>[一-龥]{2})(?P<floor>\d+)及以上(?:套餐)?"
_WORDINGS: tuple[tuple[str, _Maker], ...] = (
    (r"在网满(\d+)个月", _number("tenure_months")),
    (r"近6月月均(?:≥|>=|不低于|满)(\d+)元", _number("monthly_spend")),
    (r"(?:账户)?无欠费", _fixed(("arrears", "=", 0.0))),
    (r"无套餐类?(?:在途)?合约", _fixed(("contract", "=", "none"))),
    (r"无宽带类?(?:在途)?合约", _fixed(("broadband_contract", "=", "none"))),
    (r"套餐类?合约剩余(\d+)个月及以内", _running_out),
    (r"单独办理宽带在网满(\d+)个月", _alone_since),
    (r"单独办理(?P<line>\d+M宽带)(?:的)?(?P<who>新装或者老客户|新装)", _alone),
    (r"(?:客户)?提出(\S{2,6})", _intent),
    (
        rf"(?P<tiers>(?:{_TIERS})(?:(?:或者|或|、)(?:{_TIERS}))*)客户(?:(?:办理|提出)(?P<intent>\S{{2,6}}))?",
        _tier,
    ),
    (rf"(?:子女)?在用{_SERIES}", _plans_from),
    (rf"携号转入并选择{_SERIES}", _ports_in),
    (r"月费(\d+)元及以上套餐", _priced_from),
    (r"在用任一(?P<series>[一-龥]{2})套餐(?P<special>或者专属套餐)?", _any_plan),
    (r"在用([^任]\S{1,30})", _in_use),
    (r"(?:安装地址在)?(\S{1,4}[市县区])(?:在网)?(?:客户)?", _region),
    (r"已开通漫游", _fixed(("roaming", "=", "open"))),
    (r"首次开通手表副号", _fixed(("watch_number", "=", "none"))),
    (r"近12个月未用过提速包", _fixed(("speedup_used_12m", "=", 0.0))),
    (r"连续(\d+)天无通话无流量的在网客户", _number("zero_usage_days")),
    (r"(?P<low>\d+)-(?P<high>\d+)周岁新入网(?P<plan>\S{2,6})", _joins),
    (r"父母年满(\d+)周岁(?:本人实名)?", _number("family_age")),
    (r"重大投诉", _fixed(("complaint_level", "=", "重大"))),
    (r"停机保号满(\d+)个月后复机", _back),
)
"""A whole clause and what it demands, in the wordings operators use for their sheets."""
_PATTERNS = tuple((re.compile(pattern), make) for pattern, make in _WORDINGS)
