"""Frozen values of quizzes that every part of the feature exchanges; importing this opens nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from kb.model import Principal

BLANK = "（　　）"
"""Stands in a stem where something is to be chosen."""
GAP = "________"
"""Stands in a stem where something is to be written."""
TRUE, FALSE = "正确", "错误"
LETTERS = "ABCDEFGH"


class ItemKind(StrEnum):
    """The forms an item can have."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"
    FILL = "fill"
    SHORT = "short"
    SCENARIO = "scenario"
    ORDER = "order"
    FIVE_W = "five_w"

    @property
    def label(self) -> str:
        """The form in Chinese."""
        return KIND_LABELS[self]

    @property
    def one_right(self) -> bool:
        """True when exactly one of lettered options is right."""
        return self in (ItemKind.SINGLE, ItemKind.SCENARIO, ItemKind.FIVE_W)


KIND_LABELS: Mapping[ItemKind, str] = {
    ItemKind.SINGLE: "单选题",
    ItemKind.MULTIPLE: "多选题",
    ItemKind.TRUE_FALSE: "判断题",
    ItemKind.FILL: "填空题",
    ItemKind.SHORT: "简答题",
    ItemKind.SCENARIO: "情景题",
    ItemKind.ORDER: "排序题",
    ItemKind.FIVE_W: "5W1H",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where an item's key stands: `quote` is letter for letter in the passage, or in its typed row.

    `role` is "key" (the key is read from it) or "basis" (the rule that a restatement names as its basis); `text_hash`
    is of the whole passage with its row, so that any change of it is seen.
    """

    source: str
    title: str
    heading: tuple[str, ...]
    passage_id: int
    text_hash: str
    quote: str
    role: str = "key"


@dataclass(frozen=True, slots=True)
class Item:
    """One item.

    `options` are shown in this order; `key` are the places of the right ones (ORDER: all places, in the right order;
    TRUE_FALSE: options are TRUE and FALSE; FILL and SHORT have none). `answers` are what may be written (FILL), or the
    points a good answer covers (SHORT). `fact` names what is asked, so that nothing is asked twice. `difficulty` is 1
    to 3. `aspect` is one of 谁, 何时, 何地, 何事, 为何, 如何 for FIVE_W.
    """

    kind: ItemKind
    stem: str
    options: tuple[str, ...]
    key: tuple[int, ...]
    answers: tuple[str, ...]
    explanation: str
    evidence: tuple[Evidence, ...]
    fact: str
    topic: str = ""
    stage: str = ""
    competency: str = ""
    difficulty: int = 1
    tags: tuple[str, ...] = ()
    aspect: str = ""

    @property
    def id(self) -> str:
        """Sixteen characters made of what is asked and answered: the same item has the same id everywhere."""
        parts = (self.kind, self.stem, *sorted(self.options), "=", *sorted(self.right), *self.answers)
        return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).hexdigest()

    @property
    def right(self) -> tuple[str, ...]:
        """The right options, as they read."""
        return tuple(self.options[at] for at in self.key)

    @property
    def letters(self) -> str:
        """The key as it is written on an answer sheet: "B", "ACD", "CABD", 正确, or what is to be written."""
        if self.kind is ItemKind.TRUE_FALSE:
            return self.right[0]
        if self.options:
            return "".join(LETTERS[at] for at in self.key)
        return "；".join(self.answers)


@dataclass(frozen=True, slots=True)
class Draft:
    """An item before its options have places: what the makers yield.

    `claim` is what the item holds to be true, as one sentence; two drafts with like claims ask the same.
    """

    kind: ItemKind
    stem: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]
    evidence: Evidence
    fact: str
    claim: str
    answers: tuple[str, ...] = ()
    explanation: str = ""
    difficulty: int = 1
    aspect: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted: `count` items for `audience` to answer, in force on `as_of`, by someone who may see them too.

    Empty `topics`, `sources`, `kinds` or `stage` mean all; `mix` weighs the kinds; `since_release` keeps to what that
    release did not say, of what is in force or of what `until_release` said; `exclude` are facts and item ids already
    used; the same `seed` gives the same items, but for their wording where `reword` asks a language model for it.
    """

    count: int
    principal: Principal
    audience: Principal
    as_of: date
    topics: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    stage: str = ""
    kinds: tuple[ItemKind, ...] = ()
    mix: Mapping[ItemKind, float] = field(default_factory=dict)
    difficulty: int = 0
    since_release: int | None = None
    until_release: int | None = None
    reword: bool = False
    exclude: frozenset[str] = frozenset()
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two places in force that say different things of the same; nothing is asked about it until it is settled."""

    about: str
    first: Evidence
    second: Evidence

    @property
    def text(self) -> str:
        """What maintainers are told."""
        return (
            f"“{self.about}”说法不一：《{self.first.title}》写“{self.first.quote}”，"
            f"《{self.second.title}》写“{self.second.quote}”。"
        )


@dataclass(frozen=True, slots=True)
class Generated:
    """Items made, in order; `possible` is how many there is material for; `notes` say why there are not more."""

    items: tuple[Item, ...]
    possible: int
    notes: tuple[str, ...]
    contradictions: tuple[Contradiction, ...]
    refused: Mapping[str, int]


def item_json(item: Item) -> dict[str, Any]:
    """An item as JSON; `item_from` is the way back."""
    return {
        "kind": item.kind.value,
        "stem": item.stem,
        "options": list(item.options),
        "key": list(item.key),
        "answers": list(item.answers),
        "explanation": item.explanation,
        "evidence": [
            {name: _plain(getattr(one, name)) for name in Evidence.__dataclass_fields__} for one in item.evidence
        ],
        "fact": item.fact,
        "topic": item.topic,
        "stage": item.stage,
        "competency": item.competency,
        "difficulty": item.difficulty,
        "tags": list(item.tags),
        "aspect": item.aspect,
    }


def item_from(data: Mapping[str, Any]) -> Item:
    """An item from its JSON; raises KeyError, TypeError or ValueError for what is none."""
    return Item(
        kind=ItemKind(data["kind"]),
        stem=data["stem"],
        options=tuple(data["options"]),
        key=tuple(int(at) for at in data["key"]),
        answers=tuple(data["answers"]),
        explanation=data["explanation"],
        evidence=tuple(Evidence(**{**one, "heading": tuple(one["heading"])}) for one in data["evidence"]),
        fact=data["fact"],
        topic=data["topic"],
        stage=data["stage"],
        competency=data["competency"],
        difficulty=int(data["difficulty"]),
        tags=tuple(data["tags"]),
        aspect=data["aspect"],
    )


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
