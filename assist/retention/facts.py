"""Customer facts as given, checked one by one and against each other; what cannot be true is named and set aside."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from assist.retention.fields import FIELDS, INTENTS, Field, Shape
from kb.errors import InputRefused

Value = float | str | frozenset[str]
MAX_WORD = 40
"""A wording given as a fact is at most so many characters."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with what was given: the facts it concerns, and what to do, in Chinese."""

    keys: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one customer; a key that is missing is not known, and nothing is guessed in its place.

    `confirmed` and `denied` settle conditions that only a person can check, in the words of the offer sheet; `held` are
    codes or names of offers the customer already has (None: not looked up). `problems` name what was set aside.
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    confirmed: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()
    held: frozenset[str] | None = None
    problems: tuple[Problem, ...] = ()

    def number(self, key: str) -> float | None:
        """A number, None when it is not known."""
        value = self.values.get(key)
        return value if isinstance(value, float) else None

    def several(self, key: str) -> frozenset[str]:
        """The words of a fact that may have several; none when it is not known."""
        value = self.values.get(key)
        return value if isinstance(value, frozenset) else frozenset()

    def word(self, key: str) -> str | None:
        """A choice or wording, None when it is not known."""
        value = self.values.get(key)
        return value if isinstance(value, str) else None


def read_facts(given: Mapping[str, Any], plans: Collection[str] = ()) -> Facts:
    """Facts from `given`: keys of FIELDS or their Chinese labels, and 'confirmed', 'denied', 'held' as lists.

    `plans` are the plans there are (empty: not checked). Values that cannot be, and such as contradict each other, are
    set aside and named in `problems`. Raises InputRefused for a key that is no fact: it would be lost silently.
    """
    values: dict[str, Value] = {}
    problems: list[Problem] = []
    for name, raw in given.items():
        if name in _LISTS:
            continue
        key = _key(name)
        try:
            value = _read(FIELDS[key], raw)
        except ValueError as error:
            problems.append(Problem((key,), str(error)))
            continue
        if value is None:
            continue
        if key in values and values[key] != value:
            problems.append(Problem((key,), f"“{FIELDS[key].label}”给了两个不同的值，请核对"))
            del values[key]
            continue
        values[key] = value
    _check_plans(values, problems, plans)
    _set_aside(values, problems)
    if values.get("broadband") == "none":
        values.setdefault("broadband_mode", "none")
        values.setdefault("broadband_tenure_months", 0.0)
    return Facts(
        values=values,
        confirmed=_words(given.get("confirmed")),
        denied=_words(given.get("denied")),
        held=None if given.get("held") is None else _words(given["held"]),
        problems=tuple(problems),
    )


_LISTS = ("confirmed", "denied", "held")
_LABELS = {each.label: key for key, each in FIELDS.items()}


def _key(name: str) -> str:
    key = name if name in FIELDS else _LABELS.get(name)
    if key is None:
        known = "、".join(f"{each.label}（{key}）" for key, each in FIELDS.items())
        raise InputRefused(f"no fact {name!r}", hint=f"没有“{name[:30]}”这项客户信息。可用的有：{known}。")
    return key


def _read(wanted: Field, raw: Any) -> Value | None:
    """The value in its own shape, None for an empty one; ValueError in Chinese for what cannot be."""
    if raw is None or (isinstance(raw, str) and not raw.strip()) or raw == []:
        return None
    if wanted.shape is Shape.NUMBER:
        return _number(wanted, raw)
    if wanted.shape is Shape.SEVERAL:
        return frozenset(_several(wanted, raw))
    if not isinstance(raw, str):
        raise ValueError(f"“{wanted.label}”要写成文字，收到的是 {str(raw)[:20]}")
    word = _folded(raw)
    if len(word) > MAX_WORD:
        raise ValueError(f"“{wanted.label}”太长，请控制在 {MAX_WORD} 字以内")
    if wanted.shape is Shape.CHOICE:
        for stored, names in wanted.choices.items():
            if word == stored or word in names:
                return stored
        known = "、".join(names[0] for names in wanted.choices.values())
        raise ValueError(f"“{wanted.label}”没有“{word}”这一项，只能是：{known}")
    return word


def _number(wanted: Field, raw: Any) -> float:
    text = _folded(str(raw)).removesuffix(wanted.unit).strip()
    if wanted.key == "arrears" and text in {"无", "没有", "无欠费", "否"}:
        text = "0"
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"“{wanted.label}”要写成数字，收到的是“{str(raw)[:20]}”") from None
    if isinstance(raw, bool) or not wanted.low <= value <= wanted.high:
        span = f"{wanted.low:g} 到 {wanted.high:g}{wanted.unit}"
        raise ValueError(f"“{wanted.label}”不可能是 {text[:20]}{wanted.unit}（须在 {span}之间），请核对")
    return value


def _several(wanted: Field, raw: Any) -> Iterable[str]:
    words = list(raw) if isinstance(raw, list | tuple | set | frozenset) else _split(str(raw))
    for each in words:
        word = _folded(str(each))
        if not word:
            continue
        if len(word) > MAX_WORD:
            raise ValueError(f"“{wanted.label}”太长，请控制在 {MAX_WORD} 字以内")
        if wanted.key != "intent":
            yield word
            continue
        found = [stored for stored, names in INTENTS.items() if word == stored or word in names]
        if not found:
            raise ValueError(f"“客户提出”没有“{word}”这一项，可选：{'、'.join(INTENTS)}")
        yield found[0]


def _split(text: str) -> list[str]:
    for mark in "，,；;|/":
        text = text.replace(mark, "、")
    return text.split("、")


def _words(raw: Any) -> frozenset[str]:
    words = _split(raw) if isinstance(raw, str) else list(raw or ())
    return frozenset(word for each in words if (word := _folded(str(each))))


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _check_plans(values: dict[str, Value], problems: list[Problem], plans: Collection[str]) -> None:
    """A plan nobody knows is no plan: what hangs on it must be asked again."""
    for key in ("plan", "target_plan"):
        plan = values.get(key)
        if plans and isinstance(plan, str) and plan not in plans:
            known = "、".join(sorted(plans))
            problems.append(Problem((key,), f"没有“{plan}”这个套餐，请向客户核对。现有套餐：{known}"))
            del values[key]


def _set_aside(values: dict[str, Value], problems: list[Problem]) -> None:
    """Takes out every fact that stands against another, after all were compared."""
    doubtful: set[str] = set()
    known = Facts(values)
    for keys, clashes, text in _CLASHES:
        if all(key in values for key in keys) and clashes(known):
            shown = "、".join(f"{FIELDS[key].label}“{FIELDS[key].shown(values[key])}”" for key in keys)
            problems.append(Problem(keys, f"{shown}互相矛盾：{text}，请核对后重填"))
            doubtful.update(keys)
    for key in doubtful:
        del values[key]


def _both(first: str, second: str) -> Callable[[Facts], bool]:
    return lambda facts: {first, second} <= facts.several("intent")


_CLASHES: tuple[tuple[tuple[str, ...], Callable[[Facts], bool], str], ...] = (
    (
        ("contract", "contract_remaining_months"),
        lambda facts: facts.word("contract") == "none" and (facts.number("contract_remaining_months") or 0) > 0,
        "没有合约就没有剩余月数",
    ),
    (
        ("broadband", "broadband_contract"),
        lambda facts: facts.word("broadband") == "none" and facts.word("broadband_contract") == "active",
        "没有宽带就没有宽带合约",
    ),
    (
        ("broadband", "broadband_mode"),
        lambda facts: (facts.word("broadband") == "none") != (facts.word("broadband_mode") == "none"),
        "有没有宽带说法不一",
    ),
    (
        ("broadband", "broadband_tenure_months"),
        lambda facts: facts.word("broadband") == "none" and (facts.number("broadband_tenure_months") or 0) > 0,
        "没有宽带就没有宽带在网月数",
    ),
    (
        ("age", "tenure_months"),
        lambda facts: (facts.number("tenure_months") or 0) > 12 * (facts.number("age") or 0),
        "在网时长超过了年龄",
    ),
    (
        ("age", "plan"),
        lambda facts: facts.word("plan") == "银龄卡" and (facts.number("age") or 0) < 60,
        "银龄卡限年满60周岁本人",
    ),
    (
        ("age", "plan"),
        lambda facts: facts.word("plan") == "青春卡" and not 14 <= (facts.number("age") or 0) <= 26,
        "青春卡限14-25周岁本人，用到26周岁生日当月",
    ),
    (
        ("tenure_months", "zero_usage_days"),
        lambda facts: (facts.number("zero_usage_days") or 0) > 31 * ((facts.number("tenure_months") or 0) + 1),
        "零使用天数超过了在网时长",
    ),
    (
        ("tenure_months", "suspended_months"),
        lambda facts: (facts.number("suspended_months") or 0) > (facts.number("tenure_months") or 0),
        "停机保号时长超过了在网时长",
    ),
    (("intent",), _both("升档", "降档"), "升档和降档不能同时提出"),
    (("intent",), _both("携入", "携号转网"), "转入和转出不能同时提出"),
)
"""(facts, whether they contradict, why); the ages of the special plans are those of 《校园与银龄专属套餐》."""
