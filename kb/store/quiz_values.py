"""Frozen values of the quiz bank and of practice that the catalogue exchanges; importing this opens nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class ItemState(StrEnum):
    """Where an item of the bank stands; only accepted ones are practised and printed."""

    DRAFT = "draft"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The state's name for people."""
        return _STATES[self]


_STATES = {
    ItemState.DRAFT: "待审",
    ItemState.ACCEPTED: "采用",
    ItemState.REJECTED: "退回",
    ItemState.WITHDRAWN: "停用",
}


@dataclass(frozen=True, slots=True)
class BankItem:
    """An item as the bank keeps it; `payload` is the item itself as JSON, `reason` why it stands where it does."""

    id: str
    version: int
    state: ItemState
    kind: str
    topic: str
    stage: str
    competency: str
    difficulty: int
    fact: str
    origin: str
    payload: Mapping[str, Any]
    tags: tuple[str, ...] = ()
    reason: str = ""
    author: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ItemEvent:
    """Something done to an item: by whom, when, what it became, in which version."""

    at: datetime
    principal: str
    version: int
    state: ItemState
    note: str
    payload: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """How an item fares: papers it stood in, answers given, and their mean score in [0, 1] (None: no answers)."""

    papers: int
    answers: int
    mean: float | None


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper put together: items with the versions they had; `minutes` 0 is without a limit."""

    title: str
    items: tuple[tuple[str, int], ...]
    seed: int = 1
    minutes: int = 0
    author: str = ""
    id: int = 0
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Learner:
    """Somebody who practises: whose results only they and their trainer see; `stage` is one of the six (初见期 …)."""

    person: str
    team: str = ""
    stage: str = ""
    trainer: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A round of practice (`mode` practice, exam or roleplay): its items in order; `seed` shuffles their options."""

    person: str
    mode: str
    items: tuple[str, ...]
    seed: int
    minutes: int = 0
    title: str = ""
    id: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer of one person to one item; `score` in [0, 1]."""

    person: str
    item_id: str
    score: float
    given: str = ""
    session_id: int | None = None
    topic: str = ""
    stage: str = ""
    competency: str = ""
    team: str = ""
    id: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """What the scheduler remembers of one person and one item; `due` is when it should come again."""

    person: str
    item_id: str
    state: Mapping[str, Any] = field(default_factory=dict)
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class AnswerTally:
    """Answers counted by some key: how many, their mean score, and how many people gave them."""

    key: str
    answers: int
    mean: float
    people: int


@dataclass(frozen=True, slots=True)
class Coaching:
    """A topic to go over again with a person, or with a whole `team` when `person` is "".

    `mean` in [0, 1] is over `answers` of `people`; `sources` say where it stands, the most often failed first. Open
    until `done_at`.
    """

    topic: str
    person: str = ""
    team: str = ""
    sources: tuple[str, ...] = ()
    mean: float = 0.0
    answers: int = 0
    people: int = 1
    id: int = 0
    opened_at: datetime | None = None
    done_at: datetime | None = None
    done_by: str = ""
    note: str = ""
