"""Reads customer facts out of pasted notes: only what is plainly written, and never a guess between two readings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from assist.retention.facts import Problem
from assist.retention.fields import FIELDS
from kb.errors import InputRefused
from kb.numerals import fold_numerals

MAX_PASTED = 4_000
"""Longer notes are refused: they are a whole transcript, not the facts of one customer."""


@dataclass(frozen=True, slots=True)
class Pasted:
    """What notes say, by fact key as `read_facts` takes it; `call` has 客户姓 and 先生/女士 for the script's slots."""

    facts: dict[str, Any]
    call: dict[str, str]
    problems: tuple[Problem, ...] = ()


def read_pasted(text: str, *, today: date, plans: Collection[str], regions: Collection[str] = ()) -> Pasted:
    """Facts in `text`; one said in two ways is left out and named. Raises InputRefused for text that is too long.

    `today` turns a first day (2023年5月入网) into whole months; `plans` and `regions` are the names there are.
    """
    if len(text) > MAX_PASTED:
        raise InputRefused("the notes are too long", hint=f"粘贴的内容太长，请只留客户信息，{MAX_PASTED} 字以内。")
    plain = _plain(text)
    found: dict[str, set[Any]] = {}
    for key, value in _read(plain, today, plans, regions):
        found.setdefault(key, set()).add(value)
    facts: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, values in found.items():
        if key in {"intent", "product"}:
            facts[key] = sorted(values)
        elif len(values) == 1:
            facts[key] = values.pop()
        else:
            shown = "、".join(sorted(FIELDS[key].shown(value) for value in values))
            problems.append(Problem((key,), f"粘贴的内容里“{FIELDS[key].label}”有几种说法（{shown}），请核对后填写"))
    return Pasted(facts, _call(plain), tuple(problems))


def _plain(text: str) -> str:
    return re.sub(r"[^\S\n]+", "", fold_numerals(unicodedata.normalize("NFKC", text)))


def _read(text: str, today: date, plans: Collection[str], regions: Collection[str]) -> Iterator[tuple[str, Any]]:
    yield from _plans(text, plans)
    yield from _tenure(text, today)
    yield from _broadband(text)
    yield from _ages(text)
    yield from _places(text, regions)
    yield from _intents(text)
    for key, pattern, value in _SAID:
        for match in re.finditer(pattern, text):
            yield key, (float(match[1]) if value is None else value)


def _plans(text: str, plans: Collection[str]) -> Iterator[tuple[str, Any]]:
    names = "|".join(sorted(map(re.escape, plans), key=len, reverse=True)) or "(?!)"
    names = rf"(?:{names})(?!\d)|畅行\d+"
    wanted = rf"(?:升|降|改|换|转|变更?)(?:档|套餐)?(?:到|成|为|至)({names})"
    for match in re.finditer(wanted, text):
        yield "target_plan", match[1]
    rest = re.sub(wanted, "", text)
    for match in re.finditer(names, rest):
        yield "plan", match[0]
    for match in re.finditer(_UNKNOWN_PLAN, rest):
        if not re.search(names, match[1]) and not re.search(_NO_PLAN, match[1]):
            yield "plan", match[1]  # named as unknown when the facts are read


def _tenure(text: str, today: date) -> Iterator[tuple[str, Any]]:
    years = r"(?<!宽带)(?:在网|入网|用了?|老客户)(?:时长)?(?:已|满|了|约|:)*"
    for match in re.finditer(rf"{years}(\d{{1,3}})年(?:零?(\d+)个?月)?", text):
        yield "tenure_months", 12 * float(match[1]) + float(match[2] or 0)
    for match in re.finditer(r"(?<!宽带)(?:在网|入网)(?:时长)?(?:已|满|了|约|:)*(\d+)个?月", text):
        yield "tenure_months", float(match[1])
    moment = r"(20\d{2})[-年/.](\d{1,2})(?:[-月/.](\d{1,2})?日?)?"
    for match in (*re.finditer(moment + "入网", text), *re.finditer(r"入网(?:日期|时间):?" + moment, text)):
        year, month, day = match.groups()
        months = 12 * (today.year - int(year)) + today.month - int(month) - (today.day < int(day or 1))
        yield "tenure_months", float(months)


def _broadband(text: str) -> Iterator[tuple[str, Any]]:
    asked = r"(?:想|要|申请)(?:再)?(?:办|装|新装|安装|订)(?:理|一条|个)?(300M|500M|1000M)(?:的?宽带)?"
    for match in re.finditer(asked, text):
        yield "product", f"{match[1]}宽带"
    rest = re.sub(asked, "", text)
    if re.search(r"(?:没有|无|没装|未装)宽带(?!类|合约|在途)", rest):
        yield "broadband", "none"
    for match in re.finditer(r"(300M|500M|1000M)", rest):
        yield "broadband", match[1]
    for match in re.finditer(r"宽带(?:在网|用了)(?:已|满|了)*(\d+)个?月", rest):
        yield "broadband_tenure_months", float(match[1])
    if re.search(r"(?:宽带)?单独办理", rest):
        yield "broadband_mode", "standalone"
    if re.search(r"套餐(?:里|内)?(?:自?带|含)(?:的)?宽带|融合宽带|宽带(?:是)?套餐(?:里|内)?(?:自?带|含)", rest):
        yield "broadband_mode", "bundled"
    if re.search(r"(?:没有|无)宽带类?(?:在途)?合约|宽带(?:没有|无)(?:在途)?合约|宽带合约(?:已到期|到期了)", rest):
        yield "broadband_contract", "none"
    elif re.search(r"宽带合约(?:还)?(?:剩|在途|没到期|未到期)|(?<![没无])有宽带类?(?:在途)?合约", rest):
        yield "broadband_contract", "active"
    if re.search(r"(?<!宽带)(?:没有|无)(?:在途)?(?:套餐)?类?(?:在途)?合约", rest):
        yield "contract", "none"
    for match in re.finditer(r"(?<!宽带)合约(?:期)?(?:还|只)?(?:剩余?|余)(?:下)?(\d+)个?月", rest):
        yield "contract", "active"
        yield "contract_remaining_months", float(match[1])


def _ages(text: str) -> Iterator[tuple[str, Any]]:
    parents = r"(?:父母|父亲|母亲|爸爸?|妈妈?|老人)(?:今年|已|都|满|年满)*(\d+)周?岁"
    for match in re.finditer(parents, text):
        yield "family_age", float(match[1])
    for match in re.finditer(r"(?<!\d)(\d{1,3})周?岁", re.sub(parents, "", text)):
        yield "age", float(match[1])


def _places(text: str, regions: Collection[str]) -> Iterator[tuple[str, Any]]:
    for region in regions:
        if region in text:
            yield "region", region
    for match in re.finditer(r"(?:地区|归属地|住址|地址|家住|家在|人在)(?:在|是|为|:)*([一-龥]{2,3}[市县])", text):
        yield "region", match[1]


def _intents(text: str) -> Iterator[tuple[str, Any]]:
    for pattern, intent in _WANTED:
        for match in re.finditer(pattern, text):
            before = text[max(0, match.start() - 4) : match.start()]
            if not re.search(r"[不没未非][^,。;\n]{0,3}$", before):
                yield "intent", intent


def _call(text: str) -> dict[str, str]:
    call: dict[str, str] = {}
    named = re.search(r"(?:客户|机主)?姓:?([一-龥])(?=先生|女士|[,。;\n]|$)", text)
    named = named or re.search(r"(?:^|[,。;:\n]|客户|机主)([一-龥])(?:先生|女士)", text)
    if named:
        call["客户姓"] = named[1]
    if found := re.search(r"先生|女士", text):
        call["先生/女士"] = found[0]
    return call


_UNKNOWN_PLAN = r"(?:套餐|资费)(?:是|为|叫|名称|:)+([一-龥A-Za-z]{2,8}\d{0,4})(?=[,。;\n]|$)"
_NO_PLAN = "[的了吗呢吧啊不没太很多少旧老贵]|什么|哪|怎|合适|便宜|合约|问题|到期|自己|公司|以前|之前|融合|单独"
"""What is said of a plan without naming it."""
_WANTED = (
    (r"携号转网|携转|(?<!携号)转网|转到(?:别家|别的公司|其他运营商)", "携号转网"),
    (r"携号转入|携入", "携入"),
    (r"销户|销号|注销", "销户"),
    (r"降档|降套餐|换(?:个)?(?:小|便宜)(?:一?点)?的?套餐", "降档"),
    (r"升档|升套餐|换(?:个)?大(?:一?点)?的?套餐", "升档"),
    (r"拆机|拆宽带|宽带(?:不要了|退掉|退订)|退宽带", "宽带拆机"),
    (r"(?:要|想|来|再次)投诉", "投诉"),
    (r"(?:要|想|申请|办)复机", "复机"),
    (r"(?:要|想)停机", "停机"),
    (r"嫌贵|太贵|用不起", "嫌贵"),
)
_SAID: tuple[tuple[str, str, Any], ...] = (
    (
        "monthly_spend",
        r"(?:月均|平均每月|每月平均)(?:实付|消费|话费)?(?:约|为|大概|是|:)*(\d+(?:\.\d+)?)(?:元|块)?",
        None,
    ),
    ("tier", r"钻石卡|钻石客户", "钻石卡"),
    ("tier", r"金卡", "金卡"),
    ("tier", r"(?<!信)银卡", "银卡"),
    ("tier", r"普通客户|等级:?普通", "普通"),
    ("arrears", r"(?:无|没有|不)欠费", 0.0),
    ("arrears", r"(?<![无没不有])欠费?(?:了)?(\d+(?:\.\d+)?)元", None),
    ("complaint_level", r"重大投诉|投诉(?:级别)?:?重大", "重大"),
    ("complaint_level", r"重要投诉|投诉(?:级别)?:?重要", "重要"),
    ("complaint_level", r"一般投诉|投诉(?:级别)?:?一般", "一般"),
    ("roaming", r"(?<![没未])(?:已开通|开通了|开了)(?:国际)?漫游|漫游已开", "open"),
    ("roaming", r"(?:没|未)(?:有)?开(?:通)?(?:国际)?漫游|漫游(?:未|没)开", "closed"),
    ("suspended_months", r"保号(?:已|满|了)*(\d+)个?月", None),
    ("zero_usage_days", r"(?:连续)?(\d+)天(?:都)?(?:没有?|无)(?:通话|用|流量)", None),
    ("speedup_used_12m", r"(?:没|未)(?:有)?用过(?:千兆)?提速包", 0.0),
)
"""(fact, what is written, its value; None: the number in it)."""
