"""Frozen values of the compliance check; rules and detectors make them, pages, API and commands show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

MAX_CHARS = 20_000
"""A longer text or transcript is refused: an hour of speech is shorter."""


class Speaker(StrEnum):
    """Who says a turn; a text without speakers is the agent's own draft."""

    AGENT = "agent"
    MANAGER = "manager"
    CUSTOMER = "customer"


class Category(StrEnum):
    """What sort of fault was found."""

    FORBIDDEN = "forbidden"
    PROMISE = "promise"
    PRIVACY = "privacy"
    MISSING = "missing"

    @property
    def label(self) -> str:
        """The fault in the words of the trade."""
        return {"forbidden": "禁用语", "promise": "越权承诺", "privacy": "个人信息", "missing": "缺少步骤"}[self.value]


class Dimension(StrEnum):
    """What a call is judged by, the weightiest first."""

    ACCURACY = "accuracy"
    PROCESS = "process"
    ATTITUDE = "attitude"
    COMMUNICATION = "communication"

    @property
    def label(self) -> str:
        """The dimension in the words of the trade."""
        return {
            "accuracy": "答复准确",
            "process": "流程合规",
            "attitude": "服务态度",
            "communication": "沟通技巧",
        }[self.value]


Match = Literal["exact", "variant", "homophone", "pattern", "absence"]
"""How it was recognised: letter for letter, through spacing and synonyms, by sound, by a pattern, as missing."""

MATCHES: Mapping[str, str] = {
    "exact": "原文",
    "variant": "变形",
    "homophone": "谐音",
    "pattern": "规则",
    "absence": "缺失",
}


@dataclass(frozen=True, slots=True)
class Basis:
    """Where a rule comes from and from when to when it holds; `source` is for people."""

    rule: str
    title: str
    source: str
    effective_from: date | None = None
    effective_to: date | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: characters `start` to `end` of the text (equal for what is missing), and what to say instead.

    `points` are taken from `dimension`; `red_line` makes the whole score zero; `turn` counts from 0.
    """

    category: Category
    dimension: Dimension
    points: int
    basis: Basis
    start: int
    end: int
    quote: str
    match: Match
    turn: int
    instead: str = ""
    red_line: bool = False


@dataclass(frozen=True, slots=True)
class DimensionScore:
    """What is left of one dimension: `kept` of `weight` points, and why the rest is gone."""

    dimension: Dimension
    weight: int
    kept: int
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """0 to 100, its grade, and the dimensions it is made of; a red line makes it 0 whatever they keep."""

    total: int
    grade: str
    dimensions: tuple[DimensionScore, ...]
    red_lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a transcript: characters `start` to `end` of the text hold what was said, without its label."""

    speaker: Speaker
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Script:
    """A text read as turns; `labelled` when it names its speakers."""

    text: str
    turns: tuple[Turn, ...]
    labelled: bool

    def said(self, turn: Turn) -> str:
        """What was said in a turn."""
        return self.text[turn.start : turn.end]

    def by(self, *speakers: Speaker) -> str:
        """All that these speakers said, a line a turn."""
        return "\n".join(self.said(turn) for turn in self.turns if turn.speaker in speakers)


@dataclass(frozen=True, slots=True)
class Report:
    """What was found, in the order of the text (what is missing last), and the score it makes."""

    findings: tuple[Finding, ...]
    score: Score
    as_of: date
    turns: int

    @property
    def clean(self) -> bool:
        """True when nothing was found."""
        return not self.findings
