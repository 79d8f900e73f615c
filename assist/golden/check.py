"""What a golden case must be before it is kept: cleaned, masked, bounded, judgeable; the desk calls it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from assist.check import clean, problem_of
from assist.model import MAX_QUESTION_CHARS
from kb.errors import InputRefused
from kb.mask import mask
from kb.model import Role
from kb.store import GoldenCase

ROLES = {
    Role.AGENT: "坐席",
    Role.CUSTOMER: "客户",
    Role.TRAINER: "内训师",
    Role.MAINTAINER: "知识维护",
    Role.INSPECTOR: "质检",
    Role.DUTY_MANAGER: "值班经理",
}
"""In whose view a case can be asked, and how that is written."""

SPEAKERS = {"user": "客户", "assistant": "坐席"}
_MOST = {"facts": 20, "forbid": 50, "scope": 50, "tags": 30}
_LABELS = {"facts": "应含事实", "forbid": "不得出现", "scope": "限定来源", "tags": "标签"}
MAX_PIECE = 600
MAX_GOLD = 30
MAX_TURNS = 40
MAX_ID = 100


def checked(case: GoldenCase) -> GoldenCase:
    """`case` as it is kept: invisible characters gone, personal details in question and history masked.

    Raises InputRefused with what to do for a question nobody could ask, for text beyond bounds, and for a case by
    which no answer could be judged.
    """
    problem = problem_of(case.question)
    if problem is not None:
        raise InputRefused(f"no question: {problem[0]}", hint=problem[1])
    found = replace(
        case,
        case_id=_id(case.case_id),
        question=mask(clean(case.question)),
        history=_history(case.history),
        department=_short(case.department, "部门", 64),
        gold=_gold(case.gold),
        facts=_pieces("facts", case.facts),
        forbid=_pieces("forbid", case.forbid),
        scope=_pieces("scope", case.scope),
        tags=_pieces("tags", case.tags),
    )
    if found.role not in ROLES:
        raise InputRefused(f"role {found.role}", hint=f"“谁问”须是：{'、'.join(ROLES.values())}。")
    if found.unanswerable and (found.facts or found.gold):
        raise InputRefused(
            "unanswerable with an answer", hint="“无答案”的用例应当拒答，不能再写应含事实或出处；请去掉其中之一。"
        )
    if not (found.unanswerable or found.facts or found.gold):
        raise InputRefused(
            "nothing to judge by", hint="请写明应含的事实、出处，或勾选“无答案”，否则无从判断回答是对是错。"
        )
    return found


def _id(text: str) -> str:
    return _short(text, "编号", MAX_ID)


def _short(text: str, label: str, most: int) -> str:
    found = clean(text)
    if len(found) > most:
        raise InputRefused(f"too long: {label}", hint=f"“{label}”最多 {most} 字，现在是 {len(found)} 字。")
    return found


def _pieces(name: str, given: Iterable[str]) -> tuple[str, ...]:
    label = _LABELS[name]
    found = tuple(dict.fromkeys(each for each in (_short(text, label, MAX_PIECE) for text in given) if each))
    if len(found) > _MOST[name]:
        raise InputRefused(f"too many {name}", hint=f"“{label}”最多 {_MOST[name]} 条，现在是 {len(found)} 条。")
    return found


def _gold(given: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    found = []
    for source, quote in given:
        name = _short(source, "出处的来源", 400)
        if not name:
            raise InputRefused("gold without a source", hint="“出处”每行写“来源｜原文”，来源不能空。")
        found.append((name, _short(quote, "出处的原文", MAX_PIECE)))
    if len(found) > MAX_GOLD:
        raise InputRefused("too much gold", hint=f"“出处”最多 {MAX_GOLD} 条，现在是 {len(found)} 条。")
    return tuple(dict.fromkeys(found))


def _history(given: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    found = []
    for role, text in given:
        if role not in SPEAKERS:
            raise InputRefused(f"speaker {role[:20]!r}", hint="“之前的对话”每行以“客户：”或“坐席：”开头。")
        said = mask(clean(text))
        if len(said) > MAX_QUESTION_CHARS:
            raise InputRefused("turn too long", hint=f"“之前的对话”里一句最多 {MAX_QUESTION_CHARS} 字。")
        if said:
            found.append((role, said))
    if len(found) > MAX_TURNS:
        raise InputRefused("too many turns", hint=f"“之前的对话”最多 {MAX_TURNS} 句。")
    return tuple(found)
