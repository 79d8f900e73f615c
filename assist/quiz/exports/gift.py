"""Moodle's GIFT text (https://docs.moodle.org/en/GIFT_format): one question after another, answers in braces."""

from __future__ import annotations

import re

from assist.quiz.exports import Sheet, source_line
from assist.quiz.model import BLANK, GAP, TRUE, Item, ItemKind

_SPECIAL = re.compile(r"([~=#:\\])")
_BRACES = str.maketrans("{}", "｛｝")
"""Slots ({客户姓}) are written with wide braces: readers of GIFT stumble over escaped ones."""


def write(sheet: Sheet) -> bytes:
    """The file, UTF-8, with the category first."""
    head = f"// {_line(sheet.title)}\n$CATEGORY: {_line(sheet.title)}\n"
    return "\n".join([head, *(question(number, item) for number, item in enumerate(sheet.items, start=1))]).encode()


def question(number: int, item: Item) -> str:
    """One question; steps to order become pairs to match with their places."""
    name = f"::{number:03d} {_escaped(item.topic or item.kind.label)}::"
    stem = _escaped(item.stem.replace(BLANK, "（　）").replace(GAP, "______"))
    feedback = f"####{_escaped(item.explanation)} 出处：{_escaped(source_line(item))}"
    return f"{name}[plain]{stem} {{\n{_answers(item)}{feedback}\n}}\n"


def _answers(item: Item) -> str:
    if item.kind is ItemKind.TRUE_FALSE:
        return "TRUE" if item.right == (TRUE,) else "FALSE"
    if item.kind is ItemKind.FILL:
        return "".join(f"={_escaped(each)}\n" for each in item.answers)
    if item.kind is ItemKind.SHORT:
        return ""
    if item.kind is ItemKind.ORDER:
        return "".join(f"={_escaped(text)} -> 第{place}步\n" for place, text in enumerate(item.right, start=1))
    if item.kind is ItemKind.MULTIPLE:
        share, loss = 100 / len(item.key), 100 / max(len(item.options) - len(item.key), 1)
        return "".join(
            f"~%{share if at in item.key else -loss:.5f}%{_escaped(option)}\n" for at, option in enumerate(item.options)
        )
    return "".join(f"{'=' if at in item.key else '~'}{_escaped(option)}\n" for at, option in enumerate(item.options))


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text.translate(_BRACES)).replace("\n", "\\n")


def _line(text: str) -> str:
    return " ".join(text.split()).replace("/", "／")
