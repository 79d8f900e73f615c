"""Finds what is wrong with items: unsupported keys, two right options, repetitions, hints; the report counts it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assist.quiz.model import BLANK, GAP, Item, ItemKind
from evals.quizcheck.claims import LEAD, claim_of
from evals.quizcheck.reading import Base, folded

ASKED_AGAIN = 0.85
"""Stems at least so alike (Dice, pairs of characters), with the same answer, ask the same."""

_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)(小时|天|日|个月|年|元|万元|GB|MB|分钟|%|‰)?")
_IN_BASE: Mapping[str, tuple[str, float]] = {
    "天": ("小时", 24),
    "日": ("小时", 24),
    "年": ("个月", 12),
    "万元": ("元", 10_000),
    "GB": ("MB", 1024),
    "%": ("‰", 10),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with one item: `what` is unsupported, two_right, duplicate or gives_away."""

    item: str
    what: str
    detail: str


def faults(item: Item, base: Base) -> Iterator[Finding]:
    """What is wrong with one item by itself."""
    proof = item.evidence[0]
    read = base.of(proof.passage_id)
    if read is None or folded(proof.quote) not in read.text:
        yield Finding(item.id, "unsupported", f"出处不在现行知识里：{item.stem}")
        return
    test = claim_of(item, read, base)
    wrong_keys = [text for text in _keys(item) if not test.holds(text)]
    for text in wrong_keys:
        yield Finding(item.id, "unsupported", f"{item.stem} → {text}")
    if item.kind is ItemKind.ORDER:
        return
    for at, text in enumerate(item.options):
        if at not in item.key and test.could_hold(text):
            yield Finding(item.id, "two_right", f"{item.stem} → {text}")
    yield from _equal(item)
    yield from _given(item)


def _keys(item: Item) -> tuple[str, ...]:
    if item.kind is ItemKind.ORDER:
        return ("\x1f".join(item.right),)
    return (*item.right, *item.answers)


def _equal(item: Item) -> Iterator[Finding]:
    """Options that are the same amount in other words."""
    if not item.kind.one_right:
        return
    amounts = Counter(_amount(option) for option in item.options)
    for amount, count in amounts.items():
        if amount and count > 1:
            yield Finding(item.id, "two_right", f"{item.stem} → 两个选项都是 {amount}")


def _amount(option: str) -> tuple[float, str] | None:
    match = _AMOUNT.fullmatch(unicodedata.normalize("NFKC", option).replace(" ", ""))
    if not match:
        return None
    unit, times = _IN_BASE.get(match[2] or "", (match[2] or "", 1))
    return round(float(match[1]) * times, 6), unit


def _given(item: Item) -> Iterator[Finding]:
    stem = folded(item.stem.replace(BLANK, "").replace(GAP, ""))
    answers = item.right if item.kind.one_right else item.answers if item.kind is ItemKind.FILL else ()
    for text in answers:
        if re.search(rf"(?<![\d.]){re.escape(folded(text))}", stem):
            yield Finding(item.id, "gives_away", f"{item.stem} → {text}")


def twice(items: Sequence[Item]) -> Iterator[Finding]:
    """The same stem with the same options, the same stem with the same key, or the same sentence asked in two ways."""
    seen: dict[tuple[str, ...], str] = {}
    for item in items:
        stem = folded(item.stem)
        facts = (
            (stem, *sorted(map(folded, item.options))),
            ("key", stem, *sorted(map(folded, (*item.right, *item.answers)))),
        )
        for fact in facts:
            if fact in seen and seen[fact] != item.id:
                yield Finding(item.id, "duplicate", f"与 {seen[fact]} 相同：{item.stem}")
                break
        else:
            if item.id in seen.values():
                yield Finding(item.id, "duplicate", f"同一题出现两次：{item.stem}")
        for fact in facts:
            seen.setdefault(fact, item.id)


def asked_again(items: Sequence[Item]) -> Iterator[Finding]:
    """Items with the same answer whose stems, where they come from left out, are nearly the same."""
    by_answer: dict[tuple[str, ...], list[Item]] = {}
    for item in items:
        if item.kind is not ItemKind.TRUE_FALSE:
            by_answer.setdefault(tuple(sorted(map(folded, (*item.right, *item.answers)))), []).append(item)
    for alike in by_answer.values():
        for at, item in enumerate(alike):
            for other in alike[:at]:
                if _dice(_bare(item), _bare(other)) >= ASKED_AGAIN:
                    yield Finding(item.id, "duplicate", f"与 {other.id} 近似：{item.stem}")


def _bare(item: Item) -> str:
    return folded(LEAD.sub("", re.sub(r"^.*?(?:请填空|空白处应选哪一项)[：？]", "", item.stem, flags=re.S)))


def _dice(one: str, other: str) -> float:
    first = Counter(one[at : at + 2] for at in range(len(one) - 1))
    second = Counter(other[at : at + 2] for at in range(len(other) - 1))
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if total else 1.0
