"""The checks every draft passes before it may become an item, and every edited item passes again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from assist.quiz.figures import canonical, quantities
from assist.quiz.model import BLANK, FALSE, GAP, TRUE, Draft, ItemKind
from assist.quiz.passages import content
from kb.model import Passage
from kb.text import fold

_TELLING = 10
"""Smaller numbers stand in many stems by chance and give nothing away."""
MAX_OPTIONS = 6
MAX_OPTION_CHARS, MAX_STEM_CHARS = 200, 500


def fault(draft: Draft, passage: Passage) -> str:
    """Why a draft may not be asked, in Chinese; "" when nothing is wrong with it."""
    return shape_fault(draft.kind, draft.stem, draft.right, draft.wrong, draft.answers) or _proof_fault(draft, passage)


def shape_fault(kind: ItemKind, stem: str, right: Sequence[str], wrong: Sequence[str], answers: Sequence[str]) -> str:
    """What is wrong with the form of an item, whatever it says; "" for nothing."""
    options = [*right, *wrong]
    if not stem.strip() or len(stem) > MAX_STEM_CHARS:
        return f"题干为空或超过 {MAX_STEM_CHARS} 字"
    if any(not one.strip() or len(one) > MAX_OPTION_CHARS for one in options):
        return f"有空选项或超过 {MAX_OPTION_CHARS} 字的选项"
    if len(options) > MAX_OPTIONS:
        return f"选项超过 {MAX_OPTIONS} 个"
    if len({fold(one) or one for one in options}) < len(options):
        return "有两个相同的选项"
    counted = _count_fault(kind, right, wrong, answers)
    if counted:
        return counted
    return _giveaway(kind, stem, right, wrong, answers)


def supported(text: str, quote: str) -> bool:
    """True when `text` stands in `quote`, blanks and punctuation aside, or all of its pieces do in any order."""
    whole = _folded(quote)
    if fold(text) in whole:
        return True
    pieces = [fold(each) for each in re.split(r"[的为是“”；，。、：\s]+", text) if fold(each)]
    return bool(pieces) and all(each in whole for each in pieces)


@lru_cache(maxsize=4_096)
def _folded(text: str) -> str:
    return fold(text)


def _count_fault(kind: ItemKind, right: Sequence[str], wrong: Sequence[str], answers: Sequence[str]) -> str:
    if kind.one_right and (len(right) != 1 or len(wrong) < 2):
        return "须有且只有一个正确选项，另有两个以上错误选项"
    if kind is ItemKind.MULTIPLE and (len(right) < 2 or not wrong):
        return "多选题须有两个以上正确选项，并至少有一个错误选项"
    if kind is ItemKind.TRUE_FALSE and sorted((*right, *wrong)) != sorted((TRUE, FALSE)):
        return "判断题的选项须是正确和错误"
    if kind is ItemKind.ORDER and (len(right) < 3 or wrong):
        return "排序题须有三个以上步骤"
    if kind in (ItemKind.FILL, ItemKind.SHORT) and not any(each.strip() for each in answers):
        return "缺少答案"
    return ""


def _giveaway(kind: ItemKind, stem: str, right: Sequence[str], wrong: Sequence[str], answers: Sequence[str]) -> str:
    asked = fold(stem.replace(BLANK, "").replace(GAP, ""))
    if kind.one_right and fold(right[0]) in asked:
        return "题干里出现了答案"
    figures = [each for each in (*right, *answers) if kind.one_right or kind is ItemKind.FILL]
    if any(_number_in(each, stem) for each in figures):
        return "题干里出现了答案里的数"
    if kind is ItemKind.FILL and any(_stands_in(each, asked) for each in answers):
        return "题干里出现了答案"
    if kind.one_right and not _one_form(right[0], wrong):
        return "选项的形式不一致，容易看出答案"
    return ""


def _number_in(answer: str, stem: str) -> bool:
    """True when the answer is a lone amount and its number stands in the stem, be it in a name (畅行129) or a unit."""
    told = quantities(answer)
    if len(told) != 1 or told[0].compact != answer or told[0].value is None or told[0].value < _TELLING:
        return False
    return re.search(rf"(?<![\d.]){told[0].value}(?![\d.])", stem) is not None


def _stands_in(answer: str, asked: str) -> bool:
    folded = fold(answer)
    return re.search(rf"(?<![\d.]){re.escape(folded)}", asked) is not None


def _one_form(key: str, wrong: Sequence[str]) -> bool:
    """False when the key alone has a figure, or alone has none."""
    has = bool(quantities(key))
    rest = [bool(quantities(each)) for each in wrong]
    return has in rest or len(key) > 12


def _proof_fault(draft: Draft, passage: Passage) -> str:
    quote = draft.evidence.quote
    if quote not in content(passage) and quote not in _row_texts(passage):
        return "出处里没有引文"
    if draft.kind is ItemKind.TRUE_FALSE:
        return "" if _judged(draft, quote) else "判断题的陈述与出处不符"
    for text in (*draft.right, *draft.answers):
        if not supported(text, quote if draft.kind is not ItemKind.ORDER else content(passage)):
            return "出处里找不到答案"
    if draft.kind.one_right or draft.kind is ItemKind.MULTIPLE:
        return _doubt(draft)
    return ""


def _doubt(draft: Draft) -> str:
    """A wrong option that the same place also says, or that is the same amount as the right one."""
    amounts = {canonical(each) for one in draft.right for each in quantities(one)}
    for one in draft.wrong:
        told = quantities(one)
        if len(told) == 1 and told[0].compact == one and canonical(told[0]) in amounts:
            return "有两个选项是同一个数"
        if len(one) > 12 and fold(one) in fold(draft.evidence.quote):
            return "错误选项也在出处里"
    return ""


def _judged(draft: Draft, quote: str) -> bool:
    """A true statement has only figures of its source; a false one differs from it."""
    statement = draft.stem
    claimed = {canonical(each) for each in quantities(statement)}
    there = {canonical(each) for each in quantities(quote)}
    if draft.right == (TRUE,):
        return claimed <= there | {canonical(each) for each in quantities(draft.evidence.title)} or not claimed
    return fold(quote) not in fold(statement)


def _row_texts(passage: Passage) -> tuple[str, ...]:
    return tuple(str(value) for value in (passage.row or {}).values() if isinstance(value, str))
