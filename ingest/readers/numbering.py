"""Works out the automatic numbers of a Word document ("第三条", "（二）", "1.2"), which its text does not hold."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ingest.readers.ooxml import local, qualified

_DIGITS = "〇一二三四五六七八九"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_ROMAN = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"))
_ROMAN_SMALL = ((9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


@dataclass(frozen=True, slots=True)
class _Level:
    form: str
    pattern: str
    start: int


class Numbering:
    """Counts the numbered paragraphs of one document in order."""

    def __init__(self, part: Any) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)
        root = _root(part)
        if root is not None:
            self._load(root)

    def mark(self, paragraph: Any, of_style: tuple[str, int] | None) -> tuple[str, int] | None:
        """The number before `paragraph` ("" for a bullet) and its depth from 0; None when it is not in a list.

        Call once for every paragraph, in order: it counts.
        """
        found = _own(paragraph, of_style)
        if found is None or found[0] not in self._levels:
            return None
        identifier, depth = found
        levels = self._levels[identifier]
        if depth not in levels:
            return None
        counts = self._counts[identifier]
        counts[depth] = counts.get(depth, levels[depth].start - 1) + 1
        for deeper in [level for level in counts if level > depth]:
            del counts[deeper]
        return self._text(levels, counts, depth), depth

    def _text(self, levels: dict[int, _Level], counts: dict[int, int], depth: int) -> str:
        level = levels[depth]
        if level.form in ("bullet", "none"):
            return ""

        def number(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            other = levels.get(at, level)
            return _spell(counts.get(at, other.start), other.form)

        return re.sub(r"%(\d)", number, level.pattern).strip()

    def _load(self, root: Any) -> None:
        abstract = {
            item.get(qualified("abstractNumId"), ""): {
                int(level.get(qualified("ilvl"), "0")): _level(level)
                for level in item.iterchildren()
                if local(level) == "lvl"
            }
            for item in root.iterchildren()
            if local(item) == "abstractNum"
        }
        for item in root.iterchildren():
            if local(item) == "num":
                link = item.find(qualified("abstractNumId"))
                levels = abstract.get(link.get(qualified("val"), "") if link is not None else "", {})
                self._levels[item.get(qualified("numId"), "")] = levels


def _root(part: Any) -> Any | None:
    try:
        return part.numbering_part.element
    except (KeyError, NotImplementedError, AttributeError):
        return None


def _own(paragraph: Any, of_style: tuple[str, int] | None) -> tuple[str, int] | None:
    """(list id, depth) set on the paragraph itself or by its style."""
    properties = paragraph.find(f"{qualified('pPr')}/{qualified('numPr')}")
    if properties is None:
        return of_style
    identifier = properties.find(qualified("numId"))
    depth = properties.find(qualified("ilvl"))
    value = depth.get(qualified("val"), "0") if depth is not None else str(of_style[1] if of_style else 0)
    if identifier is None:
        return (of_style[0], int(value)) if of_style and value.isdigit() else None
    return (identifier.get(qualified("val"), ""), int(value)) if value.isdigit() else None


def _level(element: Any) -> _Level:
    def value(name: str, default: str) -> str:
        found = element.find(qualified(name))
        return str(found.get(qualified("val"), default)) if found is not None else default

    start = value("start", "1")
    return _Level(value("numFmt", "decimal"), value("lvlText", ""), int(start) if start.isdigit() else 1)


def _spell(number: int, form: str) -> str:
    """`number` in one of Word's number formats."""
    spell: Callable[[int], str] = {
        "lowerLetter": lambda n: _letter(n).lower(),
        "upperLetter": _letter,
        "lowerRoman": lambda n: _roman(n).lower(),
        "upperRoman": _roman,
        "decimalZero": lambda n: f"{n:02d}",
        "decimalEnclosedCircle": _circled,
        "decimalEnclosedCircleChinese": _circled,
        "ideographDigital": lambda n: "".join(_DIGITS[int(digit)] for digit in str(n)),
        "chineseCounting": chinese,
        "chineseCountingThousand": chinese,
        "chineseLegalSimplified": chinese,
        "taiwaneseCounting": chinese,
        "taiwaneseCountingThousand": chinese,
        "japaneseCounting": chinese,
    }.get(form, str)
    return spell(number)


def chinese(number: int) -> str:
    """`number` (0 to 9999) in Chinese numerals: 12 is "十二", 105 is "一百零五"."""
    if not 0 < number < 10_000:
        return str(number)
    text = ""
    for power, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // power % 10
        if digit:
            text += _DIGITS[digit] + unit
        elif text and number % power:
            text += "" if text.endswith("零") else "零"
    return text[1:] if text.startswith("一十") else text


def _letter(number: int) -> str:
    return chr(ord("A") + (number - 1) % 26) * ((number - 1) // 26 + 1) if 0 < number < 1000 else str(number)


def _circled(number: int) -> str:
    return _CIRCLED[number - 1] if 0 < number <= len(_CIRCLED) else f"({number})"


def _roman(number: int) -> str:
    if not 0 < number < 4000:
        return str(number)
    text = ""
    for value, letters in _ROMAN + _ROMAN_SMALL:
        text += letters * (number // value)
        number %= value
    return text
