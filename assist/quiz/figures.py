"""Quantities in Chinese text: where they stand, when two are the same, and what others are near; makers use it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random

_UNITS = (
    "元/张/月|元/分钟|元/GB|元/MB|元/月|元/天|元/次|元/台|元/条|元/张|元/年|万元|元|GB|MB|Mbps|kbps|"
    "次/年|个工作日|个自然日|个自然月|个月|个季度|周岁|小时|分钟|秒|天|年(?!\\d|版)|"
    "日(?!有效期)|次(?![日月年])|张|人(?!工)|台(?![湾账])|户(?![籍口])|倍|位(?!置)|名(?![单下])|条(?![件款例])|"
    "通(?![过话知用])|遍|项(?!目)|M(?![a-zA-Z])|分(?![钟之期户级])|%|‰"
)
_QUANTITY = re.compile(
    r"(?<![\dA-Za-z.:\-#第版/×÷＝=+～~－—])(?<!畅行)(?<!月)"
    rf"(?P<number>(?!20\d\d ?年)\d+(?:\.\d+)?)[ \u00a0]?(?P<unit>{_UNITS})"
)
_DATE = re.compile(r"(?P<year>20\d\d)[ ]?年[ ]?(?P<month>\d{1,2})[ ]?月[ ]?(?P<day>\d{1,2})[ ]?日")
_SHARE = re.compile(r"(?P<of>[千百])分之(?P<number>[一二三四五六七八九])(?![十百分])")
_HOURS = re.compile(r"(?<![\d:])\d{1,2}:\d\d-\d{1,2}:\d\d(?!\d)")

_SAME: dict[str, tuple[str, int]] = {
    "天": ("小时", 24),
    "日": ("小时", 24),
    "个自然日": ("小时", 24),
    "年": ("个月", 12),
    "个自然月": ("个月", 1),
    "个季度": ("个月", 3),
    "万元": ("元", 10_000),
    "GB": ("MB", 1024),
    "周岁": ("岁", 1),
    "位": ("人", 1),
    "名": ("人", 1),
    "%": ("‰", 10),
}
_USUAL: dict[str, tuple[int, ...]] = {
    "小时": (2, 4, 6, 8, 12, 24, 36, 48, 72, 96),
    "分钟": (5, 10, 15, 20, 30, 45, 60, 90, 120),
    "个月": (1, 2, 3, 6, 9, 12, 18, 24, 36, 60),
    "个工作日": (1, 2, 3, 5, 7, 10, 15, 20),
    "天": (1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 180),
    "日": (2, 3, 5, 7, 10, 15, 20, 30, 60, 90),
    "年": (1, 2, 3, 5, 10),
    "%": (5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90),
    "秒": (2, 3, 5, 8, 10, 15, 20, 30, 60),
    "GB": (1, 2, 5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200, 300),
    "M": (100, 200, 300, 500, 800, 1000, 2000),
    "分": (50, 60, 70, 75, 80, 85, 90, 95, 100),
    "周岁": (12, 14, 16, 18, 20, 22, 25, 28, 50, 55, 60, 65, 70),
}
_DIGITS = "一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity as it stands in a text from `start` to `end`; `unit` is "日期" for a date, "时段" for hours."""

    text: str
    unit: str
    start: int
    end: int
    value: Decimal | None = None

    @property
    def compact(self) -> str:
        """The quantity without blanks."""
        return re.sub(r"\s", "", self.text)


def quantities(text: str) -> list[Quantity]:
    """The quantities of `text` in order; names that hold figures (畅行129, 10070, 2026版, 第3条) are none."""
    found = [
        *(Quantity(m[0], "日期", m.start(), m.end()) for m in _DATE.finditer(text)),
        *(Quantity(m[0], "时段", m.start(), m.end()) for m in _HOURS.finditer(text)),
        *(Quantity(m[0], m["of"] + "分之", m.start(), m.end()) for m in _SHARE.finditer(text)),
    ]
    taken = [(each.start, each.end) for each in found]
    for match in _QUANTITY.finditer(text):
        if not any(start < match.end() and match.start() < end for start, end in taken):
            unit = match["unit"]
            found.append(Quantity(match[0], unit, match.start(), match.end(), Decimal(match["number"])))
    return sorted(found, key=lambda each: each.start)


def canonical(quantity: Quantity) -> tuple[str, str]:
    """What two quantities share when they are the same amount: 24小时 and 1天, 12个月 and 1年."""
    if quantity.value is None:
        return quantity.unit, quantity.compact
    unit, times = _SAME.get(quantity.unit, (quantity.unit, 1))
    return unit, format((quantity.value * times).normalize(), "f")


def masked(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """`text` with its quantities as "#", without blanks and punctuation, and the quantities in order."""
    found = quantities(text)
    parts: list[str] = []
    at = 0
    for each in found:
        parts += [text[at : each.start], "#"]
        at = each.end
    parts.append(text[at:])
    kept = re.sub(r"[^\w#%‰×÷＝=+≥≤]", "", "".join(parts))
    return kept, tuple(canonical(each) for each in found)


def near(quantity: Quantity, random: Random, *, siblings: Sequence[Quantity] = (), wanted: int = 3) -> list[str]:
    """Up to `wanted` other amounts of the same kind and unit, near in value, siblings first; none equals it.

    How many are smaller is drawn, so that the middle is no more often right than an end.
    """
    own = canonical(quantity)
    kin = [each for each in siblings if each.unit == quantity.unit and canonical(each) != own]
    if quantity.value is None:
        pool = list(dict.fromkeys([*(each.compact for each in kin), *_variants(quantity)]))
        random.shuffle(pool)
        return pool[:wanted]
    amounts = {each.value for each in kin if each.value is not None and _likely(each.value, quantity)}
    made = set(_around(quantity))
    own_value = quantity.value
    chosen: list[Decimal] = random.sample(sorted(amounts), min(len(amounts), max(1, wanted - 1)))
    below = random.randint(0, wanted)
    for smaller in (True, False):
        side = sorted(
            (v for v in made - set(chosen) if (v < own_value) == smaller and v != own_value),
            key=lambda v: (abs(v - own_value), v),
        )[: wanted + 1]
        random.shuffle(side)
        have = sum((v < own_value) == smaller for v in chosen)
        need = (below if smaller else wanted - below) - have
        chosen += side[: max(0, need)]
    rest = [v for v in sorted(made, key=lambda v: abs(v - own_value)) if v not in chosen]
    chosen = list(dict.fromkeys([*chosen, *rest]))[:wanted]
    return [_written(v, quantity) for v in chosen]


def _close(value: Decimal, other: Decimal) -> bool:
    return value > 0 and Decimal("0.2") <= value / other <= 5 if other else False


def _likely(value: Decimal, quantity: Quantity) -> bool:
    """True for an amount as round, and about as great, as the one it is to stand for."""
    own = quantity.value
    assert own is not None
    usual = _USUAL.get(quantity.unit, ())
    if own in usual:
        return value in usual and _close(value, own)
    if own % 5 == 0 and value % 5:
        return False
    return own / 3 <= value <= own * 3 and value.as_tuple().exponent == own.as_tuple().exponent


def _around(quantity: Quantity) -> Iterator[Decimal]:
    value = quantity.value
    assert value is not None
    if value <= 0:
        return
    exponent = value.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    quantum = Decimal(1).scaleb(-places)
    usual = [Decimal(each) for each in _USUAL.get(quantity.unit, ()) if _close(Decimal(each), value)]
    if places == 0 and len(usual) >= 4 and int(value) in _USUAL.get(quantity.unit, ()):
        yield from (each for each in usual if each != value)
        return
    for step in _steps(value, places):
        for times in (-3, -2, -1, 1, 2, 3):
            other = value + step * times
            if other > 0 and not (quantity.unit == "日" and other > 28) and not (quantity.unit == "%" and other > 100):
                yield other.quantize(quantum)


def _steps(value: Decimal, places: int) -> list[Decimal]:
    if places:
        return [Decimal(5 if places > 1 and int(value.scaleb(places)) % 5 == 0 else 1).scaleb(-places)]
    whole = int(value)
    for size in (1000, 500, 100, 50, 10, 5):
        if whole % size == 0 and whole >= 2 * size:
            return [Decimal(size)]
    return [Decimal(1)]


def _written(value: Decimal, quantity: Quantity) -> str:
    return f"{format(value, 'f')}{quantity.unit}"


def _variants(quantity: Quantity) -> list[str]:
    date = _DATE.fullmatch(quantity.text)
    if date:
        return _dates(int(date["year"]), int(date["month"]), int(date["day"]))
    share = _SHARE.fullmatch(quantity.text)
    if share:
        at = _DIGITS.index(share["number"])
        others = [_DIGITS[each] for each in (at - 2, at + 2, at + 4, at - 1) if 0 <= each < 9]
        turned = "百" if share["of"] == "千" else "千"
        return [f"{share['of']}分之{each}" for each in others] + [f"{turned}分之{share['number']}"]
    return []


def _dates(year: int, month: int, day: int) -> list[str]:
    months = [each for each in (month - 2, month - 1, month + 1, month + 2) if 1 <= each <= 12]
    kept = day if day <= 28 else 30
    made = [f"{year}年{each}月{28 if each == 2 else kept}日" for each in months]
    return [*made, f"{year + 1}年{month}月{day}日" if not (month == 2 and day == 29) else f"{year + 1}年2月28日"]
