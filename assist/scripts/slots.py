"""Fills the slots of a script from what the call has shown; what is not known stays marked. The library calls it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from assist.scripts.model import Filled, FilledStep, Piece, Script

SLOT = re.compile(r"\{([^{}<>]{1,20})\}")
_PAUSE = re.compile(r"【等待\s*(\d{1,3})\s*秒】")
_STEP = re.compile(r"^第\d+步\s*", re.MULTILINE)
_COMPOUND = "欧阳|司马|上官|诸葛|司徒|东方|皇甫|尉迟|公孙|慕容|令狐|长孙|宇文"
_SURNAME = re.compile(rf"(?:我|本人|机主|免贵|客户)(?:是)?(?:姓|叫)(?!什么|啥|名|氏|不)(?P<name>{_COMPOUND}|[一-鿿])")
_ADDRESSED = re.compile(rf"(?P<name>{_COMPOUND}|[一-鿿])(?P<title>先生|女士)")
_NOT_SURNAMES = frozenset("这那位各的是叫问您你他她请某本该先为和")
_ORDER = re.compile(r"工单(?:号)?[是为:： ]*(?P<number>[A-Za-z0-9-]{4,24})")
ALIASES: Mapping[str, tuple[str, ...]] = {
    "客户姓": ("姓", "姓氏", "surname"),
    "先生/女士": ("称呼", "title"),
    "套餐名": ("套餐", "plan"),
    "产品名": ("产品", "product"),
    "工号": ("agent", "坐席工号"),
    "客户号码": ("号码", "phone"),
    "工单号": ("工单", "ticket"),
    "业务名": ("业务", "business"),
    "约定时间": ("回电时间", "callback"),
    "地址": ("address",),
    "金额": ("amount",),
    "日期": ("date",),
}
"""Other names by which the call software may send a value."""


def context_of(said: Iterable[str], products: Sequence[str] = ()) -> dict[str, str]:
    """What a call has shown: surname, title, plan or product and order number, the latest mention counting.

    `products` are the names of the knowledge base, longest first. Amounts and dates are never taken over: which one the
    script means cannot be told.
    """
    known: dict[str, str] = {}
    for text in said:
        surname = _SURNAME.search(text)
        if surname is not None:
            known["客户姓"] = surname["name"]
        addressed = _ADDRESSED.search(text)
        if addressed is not None and addressed["name"] not in _NOT_SURNAMES:
            known |= {"客户姓": addressed["name"], "先生/女士": addressed["title"]}
        named = next((product for product in products if product in text), None)
        if named is not None:
            known |= {"套餐名": named, "产品名": named}
        order = _ORDER.search(text)
        if order is not None:
            known["工单号"] = order["number"]
    return known


def fill(script: Script, context: Mapping[str, str]) -> Filled:
    """The script with every known slot filled; braces stay around what is not, and `open` lists it."""
    known = _by_slot(context)
    steps = [FilledStep(_pieces(text, known), wait) for text, wait in _steps(script)]
    unfilled = [piece.slot for step in steps for piece in step.pieces if piece.slot and not piece.filled]
    used = {piece.slot: piece.text for step in steps for piece in step.pieces if piece.slot and piece.filled}
    return Filled(script, tuple(steps), tuple(dict.fromkeys(unfilled)), used)


def _by_slot(context: Mapping[str, str]) -> dict[str, str]:
    """Values by the name a slot has, whatever name they were sent under; empty ones are not known."""
    names = {alias: slot for slot, aliases in ALIASES.items() for alias in aliases}
    return {names.get(name, name): value.strip() for name, value in context.items() if value and value.strip()}


def _steps(script: Script) -> list[tuple[str, int | None]]:
    row = script.row
    if row.steps:
        return [(step.text, step.wait_seconds) for step in row.steps]
    parts = _PAUSE.split(_STEP.sub("", row.wording))
    texts, waits = parts[::2], [int(wait) for wait in parts[1::2]]
    return [
        (text.strip(), waits[place] if place < len(waits) else None)
        for place, text in enumerate(texts)
        if text.strip() or place < len(waits)
    ]


def _pieces(text: str, known: Mapping[str, str]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    end = 0
    for match in SLOT.finditer(text):
        if match.start() > end:
            pieces.append(Piece(text[end : match.start()]))
        value = known.get(match[1])
        pieces.append(Piece(value or match.group(), match[1], value is not None))
        end = match.end()
    if end < len(text):
        pieces.append(Piece(text[end:]))
    return tuple(pieces)
