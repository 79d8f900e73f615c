"""Which offers may be promised together, from the wording of 叠加规则; what is not written is not promised.

`offers.py` reads the wording of every row, `draft.py` chooses a set that `together` allows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CODE = r"[A-Z]{1,6}-?\d{1,6}"
_CODES = rf"{CODE}(?:[、,和及或]{CODE})*"
_NOT = re.compile(rf"(?:不与|不得与|不可与|不能与)({_CODES})(?:同时)?(?:叠加|同享|同时享受|同时办理)?")
_MAY = re.compile(rf"(?:可与|可以与|能与)({_CODES})(?:同时)?(?:叠加|同享|同时享受)")
_ANY = re.compile(r"(?:可与|可以与)(?:其他|任何|所有)优惠(?:叠加|同享)")
_NOT_KIND = re.compile(r"(?:不与|不得与)其他(.{2,8}?)(?:类优惠|类)?(?:叠加|同享)")
_ALONE = re.compile(r"(?:不与|不得与|不可与)(?:其他|任何|所有)优惠(?:叠加|同享)")
_AFTER = re.compile(rf"(?:须|需|必须)?(?:先办理|以办理|以)({_CODES})(?:为前提|之后(?:方可)?办理|后方可办理)?")
_CAPPED = re.compile(r"合计不超过挽留资源上限")
_LIMIT = re.compile(r"(?:与应退应赔不冲突|每.{1,10}限(?:购)?\d+[次个张份]|限\d+[次个张份])")


@dataclass(frozen=True, slots=True)
class Stacking:
    """What one offer says of others: codes it may or may not stand with, codes it presupposes.

    `any` permits every other; `alone` none; `kinds` are words of offers it may not stand with ("月费立减"); `capped`
    holds the sum to the customer's limit; `unread` are the parts that could not be read.
    """

    may: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    any: bool = False
    alone: bool = False
    capped: bool = False
    unread: tuple[str, ...] = ()

    @property
    def named(self) -> frozenset[str]:
        """Every code it speaks of."""
        return self.may | self.never | self.after


def read_stacking(text: str) -> Stacking:
    """What a wording says; an empty one says nothing, so nothing may be promised with it."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    may: set[str] = set()
    never: set[str] = set()
    after: set[str] = set()
    kinds: set[str] = set()
    unread: list[str] = []
    anything = alone = capped = False
    for part in re.split(r"[;。]|,(?=可与|不与|不得|每|限|合计|须|需)", plain):
        if not part or _LIMIT.fullmatch(part):
            continue
        if found := _NOT.fullmatch(part):
            never.update(re.findall(CODE, found[1]))
        elif found := _MAY.fullmatch(part):
            may.update(re.findall(CODE, found[1]))
        elif _ANY.fullmatch(part):
            anything = True
        elif _ALONE.fullmatch(part):
            alone = True
        elif found := _NOT_KIND.fullmatch(part):
            kinds.add(found[1])
        elif found := _AFTER.fullmatch(part):
            after.update(re.findall(CODE, found[1]))
        elif _CAPPED.fullmatch(part):
            capped = True
        else:
            unread.append(part)
    return Stacking(
        frozenset(may),
        frozenset(never),
        frozenset(after),
        frozenset(kinds),
        any=anything,
        alone=alone,
        capped=capped,
        unread=tuple(unread),
    )


@dataclass(frozen=True, slots=True)
class Stacked:
    """One offer as stacking sees it: `value` is its face value in yuan, None when it has none that is written."""

    code: str
    content: str
    stacking: Stacking
    value: float | None = None


def excludes(first: Stacked, second: Stacked) -> bool:
    """True when either says that they may not stand together."""
    return _excludes(first, second) or _excludes(second, first)


def permits(first: Stacked, second: Stacked) -> bool:
    """True when one says they may, and neither that they may not; silence permits nothing."""
    if excludes(first, second):
        return False
    return any(one.stacking.any or other.code in one.stacking.may for one, other in ((first, second), (second, first)))


def together(chosen: Sequence[Stacked], cap: float | None) -> bool:
    """Whether all of `chosen` may be promised to one customer, whose limit is `cap` yuan (None: not known).

    Offers whose sum is limited need a known limit and known face values.
    """
    pairs = [(first, second) for at, first in enumerate(chosen) for second in chosen[at + 1 :]]
    if not all(permits(first, second) for first, second in pairs):
        return False
    if len(chosen) < 2 or not any(each.stacking.capped for each in chosen):
        return True
    values = [each.value for each in chosen]
    return cap is not None and all(value is not None for value in values) and sum(filter(None, values)) <= cap


def cycles(after: Mapping[str, frozenset[str]]) -> list[tuple[str, ...]]:
    """Offers that presuppose each other in a circle, each circle once, beginning with its lowest code."""
    found: dict[tuple[str, ...], None] = {}
    for start in sorted(after):
        _walk(start, (start,), after, found)
    return list(found)


def _walk(
    code: str, path: tuple[str, ...], after: Mapping[str, frozenset[str]], found: dict[tuple[str, ...], None]
) -> None:
    for following in sorted(after.get(code, frozenset())):
        if following == path[0] and path[0] == min(path):
            found[path] = None
        elif following not in path and following > path[0]:
            _walk(following, (*path, following), after, found)


def _excludes(one: Stacked, other: Stacked) -> bool:
    said = one.stacking
    return said.alone or other.code in said.never or any(kind in other.content for kind in said.kinds)
