"""Wording for language models, kept as YAML beside this file; `write` and `follow` fill it in.

A prompt declares its variables; one that is missing or unknown raises, so that no half-filled prompt is ever sent.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

_KEYS = {"variables", "system", "user", "temperature", "max_tokens"}


@dataclass(frozen=True, slots=True)
class Prompt:
    """A system and a user text with the names of the variables in the latter; `max_tokens` bounds the reply."""

    name: str
    system: str
    user: str
    variables: frozenset[str]
    temperature: float
    max_tokens: int

    def fill(self, **values: str) -> tuple[tuple[str, str], ...]:
        """(role, text) of both messages; raises ValueError unless exactly the declared variables are given."""
        if set(values) != self.variables:
            raise ValueError(f"prompt {self.name} declares {sorted(self.variables)}, got {sorted(values)}")
        return (("system", self.system), ("user", self.user.format(**values)))


@cache
def prompt(name: str) -> Prompt:
    """The prompt in `name`.yaml; raises ValueError when its variables are not the ones it declares."""
    data = _load(name)
    unknown = set(data) - _KEYS
    if unknown:
        raise ValueError(f"prompt {name}: unknown keys {sorted(unknown)}")
    used = {field for _, field, _, _ in string.Formatter().parse(data["user"]) if field is not None}
    declared = frozenset(data.get("variables") or ())
    if used != declared:
        raise ValueError(f"prompt {name} declares {sorted(declared)} and uses {sorted(used)}")
    return Prompt(
        name=name,
        system=data["system"].strip(),
        user=data["user"].strip(),
        variables=declared,
        temperature=float(data.get("temperature", 0)),
        max_tokens=int(data["max_tokens"]),
    )


@dataclass(frozen=True, slots=True)
class Manner:
    """How an answer is said on a channel: the instruction to the model, and the most sentences and characters."""

    instruction: str
    max_sentences: int
    max_chars: int


@cache
def manners() -> Mapping[str, Manner]:
    """The manner of each channel, by its value, read from channels.yaml."""
    return {name: Manner(**each) for name, each in _load("channels").items()}


def fenced(text: str) -> str:
    """`text` that can stand within a fence: it cannot close it, nor open another."""
    return text.replace("<", "〈").replace(">", "〉").replace("＜", "〈").replace("＞", "〉")


def _load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(
        resources.files("assist.prompts").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    )
    return loaded
