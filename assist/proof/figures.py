"""Reads the figures of a text (money, data, time, shares, counts, days, hours, numbers to dial) for comparing.

Writing forms fold: 100元 = 一百元 = ￥100, 8.5折 = 85%, 1GB = 1024MB, 48小时 = 两天 unless either side says 工作日,
自然日 or 次日. `read_figures` takes text after `kb.text.normalise`; the positions are those of that text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kb.text import normalise

_N = r"\d+(?:\.\d+)?"
_UNITS: Sequence[tuple[str, str, str, Decimal]] = [
    ("share", r"%", "%", Decimal(1)),
    ("share", r"‰", "%", Decimal("0.1")),
    ("share", r"个百分点", "%点", Decimal(1)),
    ("share", r"成(?!为|功|本|员|交|人|年)", "%", Decimal(10)),
    ("money", r"(?:块钱|块|元|圆)", "元", Decimal(1)),
    ("money", r"(?:角|毛)", "元", Decimal("0.1")),
    ("money", r"分钱", "元", Decimal("0.01")),
    ("money", r"(?:美元|美金)", "美元", Decimal(1)),
    ("money", r"港(?:币|元)", "港币", Decimal(1)),
    ("speed", r"mbps", "mbps", Decimal(1)),
    ("speed", r"gbps", "mbps", Decimal(1000)),
    ("speed", r"kbps", "mbps", Decimal("0.001")),
    ("data", r"(?:个)?(?:gb|g)(?![a-z])", "mb", Decimal(1024)),
    ("data", r"(?:mb|m|兆)(?![a-z])", "mb", Decimal(1)),
    ("data", r"tb(?![a-z])", "mb", Decimal(1024 * 1024)),
    ("data", r"kb(?![a-z])", "mb", Decimal(1) / 1024),
    ("time", r"(?:个)?工作日", "工作日", Decimal(1)),
    ("time", r"(?:个)?小时", "秒", Decimal(3600)),
    ("time", r"分钟", "秒", Decimal(60)),
    ("time", r"秒", "秒", Decimal(1)),
    ("time", r"(?:个)?(?:自然日|天|日)", "秒", Decimal(86400)),
    ("time", r"(?:周(?!岁|年)|(?:个)?星期)", "秒", Decimal(7 * 86400)),
    ("time", r"个(?:自然)?月", "月", Decimal(1)),
    ("time", r"(?:个)?季度", "月", Decimal(3)),
    ("time", r"年", "月", Decimal(12)),
    ("count", r"(?:周岁|岁)", "岁", Decimal(1)),
    ("count", r"(?:个人|人|名|位(?!数))", "人", Decimal(1)),
    ("count", r"倍", "倍", Decimal(1)),
    ("count", r"(?:平方米|公里|米)", "米", Decimal(1)),
    (
        "count",
        r"(?:个)?(?:次|张|台|条|户|份|部|件|档|项|款|笔|级|套|门|种|类|路|分(?!钟)|册|页|位数|期|遍|处|线|包|卡|号(?!码|线))",
        "",
        Decimal(1),
    ),
    ("count", r"个", "个", Decimal(1)),
]
_UNIT = "|".join(f"(?P<u{place}>{pattern})" for place, (_, pattern, _, _) in enumerate(_UNITS))
_FIGURE = re.compile(rf"(?P<low>{_N})(?:\s*(?:-|~|—|至|到)\s*(?P<high>{_N}))?\s*(?:{_UNIT})")
_DISCOUNT = re.compile(rf"(?<![\d.])({_N})折")
_SIGNED = re.compile(rf"(?:¥|￥|rmb)\s*({_N})(?!\s*(?:元|块))")
_SPOKEN_MONEY = re.compile(r"(\d+)块(\d)(?![\d.]|[a-z]|个|张|年|月|天)")
_DATE = re.compile(
    r"(?P<y>\d{4})年(?P<m>\d{1,2})月(?P<d>\d{1,2})[日号]|(?P<y2>\d{4})[-/.](?P<m2>\d{1,2})[-/.](?P<d2>\d{1,2})(?!\d)"
    r"|(?P<y3>\d{4})年(?P<m3>\d{1,2})月(?!份?费)|(?P<m4>\d{1,2})月(?P<d4>\d{1,2})[日号]|(?P<y5>(?:19|20)\d{2})(?:年(?!限)|版)"
    r"|(?<![\d.个])(?P<m6>\d{1,2})月(?:份)?(?!费|租|均|结|账)"
)
_DAY = re.compile(r"(?:每月|当月|次月|本月|上月|下月|每个月)(\d{1,2})[日号]")
_CLOCK = re.compile(
    r"(?<!\d)(\d{1,2}):(\d{2})(?!\d)|(?<!\d)(\d{1,2})点(?:(\d{1,2})分)?(半)?(?!\d|心|击)|(?<!\d)(\d{1,2})时(?![间段长限效刻代候])"
)
_ORDINAL = re.compile(r"第\d+(?:条|章|编|款|项|日|天|年|月|次|期|步|周|季度|个月|档|级|类)?")
_DIAL = re.compile(
    r"(?<![\d.a-z])(?:\+?\d{2,4}[- ])?\d{3,4}-\d{3,4}(?:-\d{3,4})?(?!\d)"
    r"|(?<![\d.a-z])\d{5,}(?![\d.]*\s*[%元块gm秒天月年])"
)
_BARE = re.compile(r"(?<![\d.])\d+(?:\.\d+)?(?![\d.])")
_FREE = re.compile(
    r"免费|免收|免付|免交|免除|免(?=[^,。;减]{0,8}(?:费|违约金|押金))|分文不收|不(?:另|再|额外|会|需|用|必|收|产生|扣|要|须)*"
    r"(?:收|收取|收费|付费|缴费|扣费|花钱|要钱|加钱|额外付费|产生[^,。;]{0,4}(?:费|金)|付违约金|付[^,。;]{0,4}费)|无需(?:另|额外)?[^,。;]{0,4}费|没有[^,。;]{0,6}费(?!用情况)|不要钱"
)
_NOT_FREE = re.compile(r"不(?:是|能|予|再)免|减免|免责|避免|难免|未免|以免|免打扰|免密|免登录|免提|免税")
_PER_UNIT = r"(?:自然)?(?:月|天|日|年|次|张|gb|g|mb|m|分钟|小时|条|台|人|季度|周|个月|户|号|证件|单|笔)"
_PER_AFTER = re.compile(rf"^(?:(?:/|每|1(?!\d))(?:个)?({_PER_UNIT})(?![a-z]))")
_PER_BEFORE = re.compile(rf"(?:每|(?<![\d.])1(?!\d))(?:个)?({_PER_UNIT})")
_CLAUSE_END = re.compile(r"[,。;:\n!?]")
_PER_FOLD = {"日": "天", "g": "gb", "m": "mb", "个月": "月", "自然月": "月", "自然日": "天", "自然年": "年"}
_HALVES = (("半年", "6个月"), ("半小时", "30分钟"), ("半个小时", "30分钟"), ("半天", "12小时"), ("半个月", "0.5个月"))
_STRICT = re.compile(r"工作日|自然日|次日|第2天")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as said at characters `start` to `end`: `value` in `unit` (元, mb, 秒, 月, % …), `per` what (月, 张 …).

    Days are "2026-07-01" with "" for what is not said ("--07-01"); `text` is the writing, `strict` forbids folding.
    """

    kind: str
    value: str
    unit: str
    text: str
    start: int
    end: int
    per: frozenset[str] = frozenset()
    strict: bool = False
    written: str = ""

    @property
    def measure(self) -> tuple[str, str]:
        """What the figure can be mistaken for: others of the same kind and unit."""
        return self.kind, self.unit


def same(said: Figure, shown: Figure) -> bool:
    """True when `said` says what `shown` shows, writing forms folded; what it is per may be left unsaid."""
    if said.kind == "day" and shown.kind == "day":
        return all(not a or a == b for a, b in zip(said.value.split("/"), shown.value.split("/"), strict=True))
    if {said.kind, shown.kind} == {"day", "time"}:
        return _day_of_month(said) == _day_of_month(shown) is not None
    if said.kind in {"number", "dial"} or shown.kind in {"number", "dial"}:
        return said.value == shown.value and (said.kind in {"number", "dial"}) == (shown.kind in {"number", "dial"})
    if said.kind != shown.kind or said.kind in {"ordinal", "clock"}:
        return said.measure == shown.measure and said.value == shown.value
    if said.measure != shown.measure or Decimal(said.value) != Decimal(shown.value):
        return False
    return said.written == shown.written or not (said.strict or shown.strict)


def read_figures(text: str, names: Iterable[tuple[int, int]] = ()) -> tuple[Figure, ...]:
    """The figures of a normalised text in order; those within `names` (spans of 畅行199 …) are no figures."""
    taken = [span for span in names if not measured(text[slice(*span)])]
    found: list[Figure] = []

    def take(figure: Figure) -> None:
        if all(figure.end <= start or figure.start >= end for start, end in taken):
            taken.append((figure.start, figure.end))
            found.append(figure)
            if figure.kind in {"money", "data"} and figure.per:
                taken.append(_per(text, figure.start, figure.end)[1:])

    for figure in (*_days(text), *_clocks(text), *_money(text), *_ordinals(text)):
        take(figure)
    for match in _FIGURE.finditer(text):
        for figure in _measures(text, match):
            take(figure)
    for match in _DIAL.finditer(text):
        take(_plain("dial", match))
    for match in _FREE.finditer(text):
        if not _NOT_FREE.search(text[max(0, match.start() - 2) : match.end() + 2]):
            take(Figure("money", "0", "元", match[0], match.start(), match.end()))
    for match in _BARE.finditer(text):
        take(_plain("number", match))
    return tuple(sorted(found, key=lambda figure: figure.start))


def spell_out(text: str) -> str:
    """`text` normalised, halves as figures (半年 -> 6个月), so that all figures can be read."""
    folded = normalise(text)
    for half, whole in _HALVES:
        folded = folded.replace(half, whole)
    return folded


def measured(name: str) -> bool:
    """True for a name that is itself a figure with its unit (300m宽带, 5gb加油包)."""
    return re.match(rf"{_N}\s*(?:gb?|mb?|兆|元|天|个月)", name) is not None


def _measures(text: str, match: re.Match[str]) -> list[Figure]:
    place = next(int(name[1:]) for name, value in match.groupdict().items() if name.startswith("u") and value)
    kind, _, unit, factor = _UNITS[place]
    written = match[f"u{place}"].removeprefix("个") or match[f"u{place}"]
    per = _per(text, match.start(), match.end())[0]
    before, after = text[max(0, match.start() - 6) : match.start()], text[match.end() : match.end() + 6]
    around = _CLAUSE_END.split(before)[-1] + match[0] + _CLAUSE_END.split(after)[0]
    strict = kind == "time" and bool(_STRICT.search(around))
    ends = [("low", match.start("low"), match.end() if match["high"] is None else match.end("low"))]
    if match["high"] is not None:
        ends.append(("high", match.start("high"), match.end()))
    return [
        Figure(
            kind,
            _number(Decimal(match[name]) * factor),
            unit or written,
            text[start:end],
            start,
            end,
            per,
            strict,
            written,
        )
        for name, start, end in ends
    ]


def _money(text: str) -> list[Figure]:
    found = [
        Figure("money", _number(Decimal(f"{m[1]}.{m[2]}")), "元", m[0], *m.span(), _per(text, *m.span())[0])
        for m in _SPOKEN_MONEY.finditer(text)
    ]
    found += [
        Figure("money", _number(Decimal(m[1])), "元", m[0], *m.span(), _per(text, *m.span())[0])
        for m in _SIGNED.finditer(text)
    ]
    for match in _DISCOUNT.finditer(text):
        value = Decimal(match[1])
        share = value * 10 if value < 10 else value
        found.append(Figure("share", _number(share), "%", match[0], *match.span()))
    return found


def _days(text: str) -> list[Figure]:
    found = []
    for match in _DATE.finditer(text):
        year = match["y"] or match["y2"] or match["y3"] or match["y5"] or ""
        month = match["m"] or match["m2"] or match["m3"] or match["m4"] or match["m6"] or ""
        day = match["d"] or match["d2"] or match["d4"] or ""
        if int(month or 1) > 12 or int(day or 1) > 31:
            continue
        value = "/".join((year, month and str(int(month)), day and str(int(day))))
        found.append(Figure("day", value, "", match[0], *match.span()))
    taken = [(figure.start, figure.end) for figure in found]
    for match in _DAY.finditer(text):
        if all(match.end(1) <= start or match.start(1) >= end for start, end in taken):
            found.append(Figure("day", f"//{int(match[1])}", "", match[1] + "日", match.start(1), match.end()))
    return found


def _clocks(text: str) -> list[Figure]:
    found = []
    for match in _CLOCK.finditer(text):
        hour = int(match[1] or match[3] or match[6])
        minute = int(match[2] or match[4] or (30 if match[5] else 0))
        if hour <= 24 and minute < 60:
            found.append(Figure("clock", str(hour * 60 + minute), "", match[0], *match.span()))
    return found


def _ordinals(text: str) -> list[Figure]:
    return [Figure("ordinal", m[0][1:], "", m[0], *m.span()) for m in _ORDINAL.finditer(text)]


def _plain(kind: str, match: re.Match[str]) -> Figure:
    return Figure(kind, match[0].replace(" ", "").lstrip("+"), "", match[0], *match.span())


def _per(text: str, start: int, end: int) -> tuple[frozenset[str], int, int]:
    """What a figure is per (元/张/月, 每月199元, 10块1个月), and where the saying of it begins and ends."""
    found = set()
    at = _PER_AFTER.match(text[end:])
    while at is not None:
        found.add(at[1])
        end += at.end()
        at = _PER_AFTER.match(text[end:])
    tail = start - len(_CLAUSE_END.split(text[max(0, start - 14) : start])[-1])
    before = text[tail:start]
    for match in _PER_BEFORE.finditer(before):
        if not re.search(r"\d", before[match.end() :]):
            found.add(match[1])
            if len(before) - match.end() <= 1 or match.start() == 0:
                start = min(start, tail + match.start())
    return frozenset(_PER_FOLD.get(each, each) for each in found), start, end


def _day_of_month(figure: Figure) -> str | None:
    if figure.kind == "day":
        year, month, day = figure.value.split("/")
        return None if year or month else day
    if figure.written in {"日", "号"}:
        return _number(Decimal(figure.value) / 86400)
    return None


def _number(value: Decimal) -> str:
    return format(value.normalize(), "f")
