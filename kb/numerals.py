"""Chinese numerals to figures (一百九十九 -> 199), so that what is said and written meet; `kb.text` calls it."""

from __future__ import annotations

import re
from decimal import Decimal

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "幺": 1}
_DIGITS |= {c: i for i, c in enumerate("零壹贰叁肆伍陆柒捌玖")}
_SMALL = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
_LARGE = {"万": 10**4, "亿": 10**8}
_D = "零〇一二三四五六七八九两幺壹贰叁肆伍陆柒捌玖"
_N = _D + "十百千拾佰仟万亿"

_UNIT = (
    "(?:元|块|角|分钱|毛|美元|港币|个工作日|工作日|个自然日|个月|个季度|季度|周岁|岁|周|日|天|年|月|号|小时|个小时|分钟|秒|次(?!性)|人|名|倍|成|折|"
    "户|份|张|台|条|款|项|级|楼|层|章|节|编|类|档|期|页|米|公里|平方米|公斤|克|吨|兆|[gmk]b?|%|位数|套餐|折扣|处以|以上|以下|以内|者)"
)
_FRACTION = re.compile(rf"百分之([{_N}]+(?:点[{_D}]+)?|[\d.]+)")
_PER_MILLE = re.compile(rf"千分之([{_N}]+(?:点[{_D}]+)?|[\d.]+)")
_DECIMAL = re.compile(rf"([{_N}]+)点([{_D}]+)(?![{_N}分刻])")
_RUN = re.compile(rf"[{_N}]+")
_ORDINAL = re.compile(rf"第([{_N}]+)")
_MIXED = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)([千百万亿]+)(?![分之米克瓦兆])")
_SEPARATORS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_UNIT_AHEAD = re.compile(_UNIT)


def fold_numerals(text: str) -> str:
    """`text` with Chinese numerals as figures: 一百九十九->199, 百分之五->5%, 三万五->35000, 1.5万->15000.

    A single character (一, 十, 两 …) is folded only before a unit or after 第: 一些, 十分, 万一, 统一 stay.
    A run of three digits or more is read digit by digit (幺零零八六 -> 10086).
    """
    if not _RUN.search(text) and "," not in text:
        return text
    text = _SEPARATORS.sub("", text)
    text = _FRACTION.sub(lambda m: _plain(m[1]) + "%", text)
    text = _PER_MILLE.sub(lambda m: _plain(m[1]) + "‰", text)
    text = _ORDINAL.sub(lambda m: "第" + _plain(m[1]), text)
    text = _DECIMAL.sub(_decimal, text)
    text = _RUN.sub(_run, text)
    return _MIXED.sub(_mixed, text)


def numeral(run: str) -> int | None:
    """Value of a run of Chinese numeral characters, None when it is not one number (八九百, 十百)."""
    if all(c in _DIGITS for c in run):
        return int("".join(str(_DIGITS[c]) for c in run))
    total = section = 0
    digit: int | None = None
    unit = 0
    for index, c in enumerate(run):
        if c in _DIGITS:
            if digit not in (None, 0):
                return None
            digit = _DIGITS[c]
            continue
        if c in _SMALL:
            if digit is None and (c not in "十拾" or section % 100):
                return None
            unit = _SMALL[c]
            section += (1 if digit is None else digit) * unit
        else:
            if index == 0:
                return None
            unit = _LARGE[c]
            total = (total + section + (digit or 0)) * unit if unit > 10**4 else total + (section + (digit or 0)) * unit
            section = 0
        digit = None
    if digit is not None:
        spoken = unit >= 100 and run[-2] not in _DIGITS
        section += digit * unit // 10 if spoken else digit
    return total + section


def _plain(run: str) -> str:
    if run[0].isdigit() and run.isascii():
        return run
    whole, point, rest = run.partition("点")
    value = numeral(whole)
    if value is None:
        return run
    return f"{value}.{''.join(str(_DIGITS[c]) for c in rest)}" if point else str(value)


def _decimal(match: re.Match[str]) -> str:
    return _plain(match[0])


def _run(match: re.Match[str]) -> str:
    run = match[0]
    before = match.string[match.start() - 1] if match.start() else ""
    pure = all(c in _DIGITS for c in run)
    has_unit = _UNIT_AHEAD.match(match.string, match.end()) is not None
    if before.isdigit() or before in {"点", "几", "数"}:
        return run
    if pure and len(run) >= 3:
        return "".join(str(_DIGITS[c]) for c in run)
    if (pure or len(run) == 1) and not has_unit:
        return run
    if run in {"万", "亿", "千", "百", "千万", "百万"} or (run[0] in "千百万亿"):
        return run
    value = numeral(run)
    return run if value is None else str(value)


def _mixed(match: re.Match[str]) -> str:
    value = Decimal(match[1])
    for c in match[2]:
        value *= _SMALL.get(c) or _LARGE[c]
    return str(int(value)) if value == value.to_integral_value() else str(value.normalize())
