"""Frozen values of the script library; the library makes them, pages and API show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from kb.model import Passage, Validity
from kb.rows import ScriptRow


@dataclass(frozen=True, slots=True)
class Script:
    """An approved script: its row, where it stands, from when to when; `key` names it through every release."""

    key: str
    row: ScriptRow
    passage_id: int
    source: str
    title: str
    audience: str
    days: Validity

    @classmethod
    def of(cls, passage: Passage, row: ScriptRow) -> Script:
        """From a passage and its row."""
        name = row.code or "/".join(filter(None, (row.scenario, row.subscenario)))
        return cls(
            key=f"{passage.source}#{name}"[:400],
            row=row,
            passage_id=passage.id,
            source=passage.source,
            title=passage.title,
            audience=passage.audience.label,
            days=passage.validity,
        )

    @property
    def name(self) -> str:
        """What the script is for, in a few words."""
        return " · ".join(filter(None, (self.row.scenario, self.row.subscenario)))


@dataclass(frozen=True, slots=True)
class Choice:
    """What is wanted of the library; empty means any.

    `trigger` is part of a trigger phrase, `audience` a stable label; `ended` also shows what is not in force.
    """

    as_of: date
    scenario: str = ""
    trigger: str = ""
    audience: str = ""
    channel: str = ""
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of filled wording; `slot` names the slot it fills ("" for plain text), `filled` whether it is known."""

    text: str
    slot: str = ""
    filled: bool = True


@dataclass(frozen=True, slots=True)
class FilledStep:
    """One step: what to say, and how long to wait afterwards in seconds, None for no wait."""

    pieces: tuple[Piece, ...]
    wait_seconds: int | None = None

    @property
    def text(self) -> str:
        """The wording as it is said; slots without a value keep their braces."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Filled:
    """A script made ready for a call: one step for wording without steps, and the slots that are still open."""

    script: Script
    steps: tuple[FilledStep, ...]
    open: tuple[str, ...] = ()
    known: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The whole wording, a step a line."""
        return "\n".join(step.text for step in self.steps)


@dataclass(frozen=True, slots=True)
class Shown:
    """A script as listed for somebody: whether they keep it at hand, how often everybody used it, how well it fits."""

    script: Script
    favourite: bool = False
    uses: int = 0
    confidence: float | None = None
