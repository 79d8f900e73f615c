"""Checks made items with code of its own: keys supported, one right option, nothing twice; `app.py quiz-check` runs it.

Nothing of the generator's checks is used here: tables are parsed again, sentences are completed and looked up again.
"""

from __future__ import annotations

import math
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assist.quiz.desk import Base as QuizBase
from assist.quiz.desk import QuizDesk
from assist.quiz.model import BLANK, GAP, Item, ItemKind, Order
from kb.model import Passage

SIGNIFICANT = 0.01
"""A deviation from chance with a smaller probability than this is a finding."""

ASKED_AGAIN = 0.85
"""Stems at least so alike (Dice, pairs of characters), with the same answer, ask the same."""

_LEAD = re.compile(r"^按《[^》]*》(?:“[^”]*”)?，")
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


@dataclass(frozen=True, slots=True)
class Read:
    """A passage made ready: all it says, folded, and its table rows as (first cell, column, value), folded."""

    passage: Passage
    text: str
    cells: tuple[tuple[str, str, str], ...]


class Base:
    """Everything in force, folded for looking up."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._read = {passage.id: _read(passage) for passage in passages}
        self._all = "\x00".join(each.text for each in self._read.values())
        self._cells: dict[tuple[str, str], set[str]] = {}
        for each in self._read.values():
            for name, column, value in each.cells:
                self._cells.setdefault((name, column), set()).add(value)

    def of(self, passage_id: int) -> Read | None:
        """A passage made ready, None when it is not in force."""
        return self._read.get(passage_id)

    def says(self, folded: str) -> bool:
        """True when some passage in force holds the text; a figure at its start or end must not go on there."""
        return within(folded, self._all)

    def holds(self, name: str, column: str, value: str) -> bool:
        """True when some table in force has this value in this cell."""
        return value in self._cells.get((name, column), set())


def check(items: Sequence[Item], passages: Sequence[Passage]) -> dict[str, Any]:
    """A report over items: `findings`, and figures on position and length with the probability of chance.

    `ok` is True when nothing was found. Empty items are an empty report.
    """
    base = Base(passages)
    findings = [one for item in items for one in _item(item, base)] + list(_twice(items))
    findings += _asked_again(items)
    places = _places([item for item in items if item.kind.one_right and len(item.options) == 4])
    judged = [item.key[0] for item in items if item.kind is ItemKind.TRUE_FALSE]
    lengths = _lengths([item for item in items if item.kind.one_right])
    counts = Counter(one.what for one in findings)
    report: dict[str, Any] = {
        "n": len(items),
        "by_kind": dict(Counter(item.kind.value for item in items)),
        "unsupported": counts["unsupported"],
        "two_right": counts["two_right"],
        "duplicates": counts["duplicate"],
        "gives_away": counts["gives_away"],
        "position": places,
        "judged_true": {"n": len(judged), "true": judged.count(0), "p": _two_sided(judged.count(0), len(judged))},
        "length": lengths,
        "findings": [{"item": one.item, "what": one.what, "detail": one.detail} for one in findings],
    }
    report["ok"] = not findings and min(places["p"], report["judged_true"]["p"], lengths["p"]) >= SIGNIFICANT
    return report


def check_made(desk: QuizDesk, base: QuizBase, order: Order) -> dict[str, Any]:
    """Makes items for an order, keeps none, and checks them: the report, with the seconds it took to make them."""
    started = time.perf_counter()
    made = desk.preview(order)
    seconds = round(time.perf_counter() - started, 2)
    report = check(made.items, base.visible(order.audience, order.as_of))
    return report | {"seconds_to_make": seconds, "possible": made.possible, "notes": list(made.notes)}


def chi_square(observed: Sequence[int]) -> tuple[float, float]:
    """Pearson's statistic against equal frequencies, and its probability with three degrees of freedom (four places).

    The survival function for three degrees is erfc(sqrt(x/2)) + sqrt(2x/pi) exp(-x/2).
    """
    total = sum(observed)
    if not total:
        return 0.0, 1.0
    expected = total / len(observed)
    x = sum((each - expected) ** 2 / expected for each in observed)
    return x, math.erfc(math.sqrt(x / 2)) + math.sqrt(2 * x / math.pi) * math.exp(-x / 2)


def at_least(hits: int, n: int, chance: float) -> float:
    """Probability of `hits` or more in `n` draws with `chance` each (exact binomial)."""
    return sum(math.comb(n, k) * chance**k * (1 - chance) ** (n - k) for k in range(hits, n + 1))


def folded(text: str) -> str:
    """`text` for comparing: NFKC, lower case, without blanks and punctuation, but with what belongs to figures."""
    kept = []
    plain = unicodedata.normalize("NFKC", text).lower()
    for at, character in enumerate(plain):
        inside = 0 < at < len(plain) - 1 and plain[at - 1].isdigit() and plain[at + 1].isdigit()
        if character.isalnum() or character in "%‰×÷=+≥≤#" or (character in ".-:" and inside):
            kept.append(character)
    return "".join(kept)


def within(piece: str, text: str) -> bool:
    """True when folded `piece` stands in folded `text` and no figure at its ends goes on beyond them."""
    at = text.find(piece) if piece else -1
    while at >= 0:
        end = at + len(piece)
        cut = piece[0].isdigit() and (text[at - 1 : at].isdigit() or text[at - 1 : at] == ".")
        if not cut and not (piece[-1].isdigit() and text[end : end + 1].isdigit()):
            return True
        at = text.find(piece, at + 1)
    return False


def _item(item: Item, base: Base) -> Iterator[Finding]:
    proof = item.evidence[0]
    read = base.of(proof.passage_id)
    if read is None or folded(proof.quote) not in read.text:
        yield Finding(item.id, "unsupported", f"出处不在现行知识里：{item.stem}")
        return
    test = _test(item, read, base)
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


class _Test:
    """Whether a text can be the answer to one item: `holds` by its own proof, `could_hold` by anything in force."""

    def __init__(self, item: Item, read: Read, base: Base) -> None:
        self._item, self._read, self._base = item, read, base
        self._quote = folded(item.evidence[0].quote)
        self._stem = folded(item.stem)

    def holds(self, text: str) -> bool:
        """True when the cited passage makes `text` the answer."""
        return self._by_quote(text, self._quote)

    def could_hold(self, text: str) -> bool:
        """True when the cited passage, or any other in force, makes `text` an answer."""
        if self._by_quote(text, self._quote):
            return True
        mark = next((each for each in (BLANK, GAP) if each in self._item.stem), None)
        if mark is not None:
            line = folded(self._item.stem.split("\n")[-1].replace(mark, text))
            return len(line) > 8 and self._base.says(line)
        return len(text) > 14 and self._is_claim() and self._base.says(folded(text))

    def _is_claim(self) -> bool:
        """True where options are whole statements of fact, wrong wherever they stand.

        Not so for cells of a table, wordings of a script and members of a list: they are right in another place.
        """
        if (self._read.passage.row or {}).get("type") in ("script", "offer") or "该条列出的" in self._item.stem:
            return False
        return not isinstance(self, _Cell)

    def _by_quote(self, text: str, quote: str) -> bool:
        raise NotImplementedError


class _Completed(_Test):
    """A sentence with a hole: completed, it stands in the quote."""

    def _by_quote(self, text: str, quote: str) -> bool:
        mark = BLANK if BLANK in self._item.stem else GAP
        line = self._item.stem.split("\n")[-1].replace(mark, text)
        return within(folded(line), quote) or self._cell_line(line)

    def _cell_line(self, line: str) -> bool:
        told = folded(line)
        return any(
            f"{name}的{column}为{value}" == _without_class(told, name) for name, column, value in self._read.cells
        )


class _Cell(_Test):
    """A table: the option is the cell of the row and column that the stem names, or the row that has the cell named."""

    def _by_quote(self, text: str, quote: str) -> bool:  # noqa: ARG002
        option = folded(text)
        stem = folded(_LEAD.sub("", self._item.stem))
        for name, column, value in self._read.cells:
            if column not in stem:
                continue
            if name in stem and _longest(name, self._read, stem) and option == value:
                if _longest_column(column, self._read, stem):
                    return True
            elif option == name and value in stem and name not in stem and _named(value, self._item.stem):
                return True
        return False


class _Statement(_Test):
    """Options that are statements, or a stem that is one: each stands in the quote, or is a cell of the table."""

    def _by_quote(self, text: str, quote: str) -> bool:
        if self._item.kind is ItemKind.TRUE_FALSE:
            _, _, said = self._item.stem.partition("，")
            true = self._true(said, quote)
            return true if text == "正确" else not true
        return self._true(text, quote)

    def _true(self, said: str, quote: str) -> bool:
        told = folded(said)
        if within(told, quote):
            return True
        return any(
            f"{name}的{column}为{value}" == _without_class(told, name) for name, column, value in self._read.cells
        )


class _Points(_Test):
    """A short answer: each point stands in the quote."""

    def _by_quote(self, text: str, quote: str) -> bool:
        return within(folded(text), quote)


class _Sequence(_Test):
    """Steps: they stand in the quoted passage one after another."""

    def _by_quote(self, text: str, quote: str) -> bool:
        at = 0
        for step in text.split("\x1f"):
            found = quote.find(folded(step), at)
            if found < 0:
                return False
            at = found + len(folded(step))
        return True


class _Row(_Test):
    """A typed row: the stem names it (its question, its trigger, its name), and the option stands in its quote."""

    def _by_quote(self, text: str, quote: str) -> bool:
        row = self._read.passage.row or {}
        names = [row.get(key) for key in ("question", "name", "subscenario", "scenario")]
        names += [*row.get("similar", ()), *row.get("triggers", ())]
        return any(name and folded(str(name)) in self._stem for name in names) and within(folded(text), quote)


def _test(item: Item, read: Read, base: Base) -> _Test:
    if item.kind is ItemKind.ORDER:
        return _Sequence(item, read, base)
    if item.kind is ItemKind.SHORT:
        return _Points(item, read, base)
    if item.kind in (ItemKind.TRUE_FALSE, ItemKind.MULTIPLE):
        return _Statement(item, read, base)
    if BLANK in item.stem or GAP in item.stem:
        return _Completed(item, read, base)
    if (read.passage.row or {}).get("type") in ("faq", "script", "offer"):
        return _Row(item, read, base)
    return _Cell(item, read, base)


def _read(passage: Passage) -> Read:
    row = passage.row or {}
    strings = [value for value in row.values() if isinstance(value, str)]
    strings += [
        text for value in row.values() if isinstance(value, list | tuple) for text in value if isinstance(text, str)
    ]
    cells = []
    for line in passage.text.split("\n"):
        parts = [part.split("：", 1) for part in line.split("；") if "：" in part]
        if len(parts) > 1 and line.count("；") + 1 >= len(parts):
            merged = _merged(line)
            cells += [(folded(merged[0][1]), folded(column), folded(value)) for column, value in merged[1:]]
    return Read(passage, folded("\n".join([passage.text, *strings])), tuple(cells))


def _merged(line: str) -> list[tuple[str, str]]:
    """Cells of a row: a piece without a colon belongs to the value before it."""
    cells: list[tuple[str, str]] = []
    for piece in line.split("；"):
        name, colon, value = piece.partition("：")
        if colon or not cells:
            cells.append((name, value))
        else:
            cells[-1] = (cells[-1][0], cells[-1][1] + piece)
    return cells


def _without_class(told: str, name: str) -> str:
    """A statement without 这一… between the row's name and the column, which only says what sort of row it is."""
    return re.sub(rf"^{re.escape(name)}这一(?:级别|等级|层级|区域|阶段|情形)的", f"{name}的", told)


def _longest(name: str, read: Read, stem: str) -> bool:
    """True when no other row's longer name, which holds this one, is the one in the stem."""
    return not any(name != other and name in other and other in stem for other, _, _ in read.cells)


def _longest_column(column: str, read: Read, stem: str) -> bool:
    return not any(column != other and column in other and other in stem for _, other, _ in read.cells)


def _named(value: str, stem: str) -> bool:
    """True when the stem quotes exactly this value."""
    return any(folded(quoted) == value for quoted in re.findall(r"“([^”]*)”", stem))


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


def _twice(items: Sequence[Item]) -> Iterator[Finding]:
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


def _asked_again(items: Sequence[Item]) -> Iterator[Finding]:
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
    return folded(_LEAD.sub("", re.sub(r"^.*?(?:请填空|空白处应选哪一项)[：？]", "", item.stem, flags=re.S)))


def _dice(one: str, other: str) -> float:
    first = Counter(one[at : at + 2] for at in range(len(one) - 1))
    second = Counter(other[at : at + 2] for at in range(len(other) - 1))
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if total else 1.0


def _places(items: Sequence[Item]) -> dict[str, Any]:
    observed = [sum(1 for item in items if item.key == (at,)) for at in range(4)]
    x, p = chi_square(observed)
    return {"n": len(items), "observed": observed, "chi_square": round(x, 3), "p": round(p, 4)}


def _lengths(items: Sequence[Item]) -> dict[str, Any]:
    """How often the key is strictly the longest option, and the probability of so often or oftener by chance.

    By chance it would be in the share of items whose longest option stands alone, divided among the options.
    """
    longest = alone = 0
    chance = 0.0
    for item in items:
        sizes = [len(option) for option in item.options]
        if sizes.count(max(sizes)) == 1:
            alone += 1
            chance += 1 / len(sizes)
            longest += sizes[item.key[0]] == max(sizes)
    p = at_least(longest, alone, chance / alone) if alone else 1.0
    return {
        "n": len(items),
        "one_longest": alone,
        "key_longest": longest,
        "expected": round(chance, 1),
        "p": round(p, 4),
    }


def _two_sided(hits: int, n: int) -> float:
    if not n:
        return 1.0
    return round(min(1.0, 2 * min(at_least(hits, n, 0.5), at_least(n - hits, n, 0.5))), 4)
