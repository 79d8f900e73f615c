"""Reads what a customer says for what no machine should answer: danger, distress, anger, wanting a person, accounts.

The wording is data (alarms.yaml, accounts.yaml); importing this compiles nothing, the first use does.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

URGENT = 1
"""From this urgency on a person is called at once, without being asked for."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Why a person takes over: `urgency` 3 danger, 2 distress, 1 anger, 0 the customer's own wish; `say` in Chinese."""

    name: str
    urgency: int
    say: str


@dataclass(frozen=True, slots=True)
class AccountMatter:
    """A question about the asker's own account: `ask` is what the knowledge base may know instead ("" for nothing)."""

    name: str
    ask: str
    way: str


@dataclass(frozen=True, slots=True)
class _Rule:
    any: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]

    def fits(self, text: str) -> bool:
        return any(each.search(text) for each in self.any) and not any(each.search(text) for each in self.unless)


def alarm_of(text: str) -> Alarm | None:
    """The most urgent alarm in `text`, None for an ordinary question."""
    folded = _folded(text)
    return next((alarm for rule, alarm in _alarms() if rule.fits(folded)), None)


def account_matter_of(text: str) -> AccountMatter | None:
    """The account matter that `text` asks about, None for a question of general rules."""
    folded = _folded(text)
    return next((matter for rule, matter in _matters() if rule.fits(folded)), None)


def _folded(text: str) -> str:
    """Full-width forms folded and white space taken out, so that 我 要 投 诉 is read as it is meant."""
    return "".join(unicodedata.normalize("NFKC", text).split())


@cache
def _alarms() -> tuple[tuple[_Rule, Alarm], ...]:
    return tuple((_rule(one), Alarm(one["name"], int(one["urgency"]), one["say"].strip())) for one in _read("alarms"))


@cache
def _matters() -> tuple[tuple[_Rule, AccountMatter], ...]:
    return tuple((_rule(one), AccountMatter(one["name"], one["ask"], one["way"])) for one in _read("accounts"))


def _rule(one: dict[str, Any]) -> _Rule:
    patterns = {key: tuple(re.compile(each) for each in one.get(key) or ()) for key in ("any", "unless")}
    return _Rule(patterns["any"], patterns["unless"])


def _read(name: str) -> list[dict[str, Any]]:
    text = resources.files("assist.public").joinpath(f"data/{name}.yaml").read_text(encoding="utf-8")
    loaded: list[dict[str, Any]] = yaml.safe_load(text)
    return loaded
