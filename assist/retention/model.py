"""Frozen values of a retention draft: the request, the script by sections, its citations; pages and API show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import yaml

from assist.leaving.model import LeavingReason
from assist.model import Citation
from assist.retention.eligibility import Verdict
from assist.retention.facts import Facts
from kb.model import Principal


@dataclass(frozen=True, slots=True)
class Request:
    """What a draft is asked for. `call` fills slots of the scripts; `style` "" is the first one."""

    principal: Principal
    day: date
    facts: Facts
    channel: str
    reason: LeavingReason | None = None
    style: str = ""
    call: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the script; `say` False is for the agent's eyes only.

    `fixed` wording stands as approved, letter for letter: mandatory disclosures, contents and dates of offers. Only
    other lines may be reworded. `citations` are numbers of the draft's citations.
    """

    text: str
    say: bool = True
    fixed: bool = False
    citations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the script: its stable key, its heading, its lines in the order to be used."""

    key: str
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A whole draft.

    `offers` are those the script introduces, `more` the other eligible ones, kept for when the customer asks; both may
    be promised. `others` may not. `held_back` says that policy wants the cause solved before any offer is named.
    `spoken` is the short version; `problems` name bad facts and faults of the sheet;
    `remarks` say what the compliance check held against the wording.
    """

    request: Request
    parts: tuple[Part, ...]
    spoken: tuple[Line, ...]
    offers: tuple[Verdict, ...]
    more: tuple[Verdict, ...]
    others: tuple[Verdict, ...]
    citations: tuple[Citation, ...]
    problems: tuple[str, ...] = ()
    sheet_problems: tuple[str, ...] = ()
    held_back: bool = False
    segment: str = ""
    style: str = ""
    reworded: bool = False
    remarks: tuple[str, ...] = ()
    assignment_id: int | None = None
    timings_ms: Mapping[str, float] = field(default_factory=dict)

    @property
    def eligible(self) -> tuple[Verdict, ...]:
        """Everything that may be promised now."""
        return (*self.offers, *self.more)


@cache
def settings() -> dict[str, Any]:
    """How drafts are put together (assist/data/retention.yaml)."""
    text = resources.files("assist").joinpath("data/retention.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded
