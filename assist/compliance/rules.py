"""Reads the general rules (rules.yaml); an unknown key or a rule without a source is an error, not a silence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from assist.compliance.model import Basis, Category, Dimension


def _compiled(patterns: object) -> object:
    return tuple(re.compile(one) for one in patterns) if isinstance(patterns, list) else patterns


Patterns = Annotated[tuple[re.Pattern[str], ...], BeforeValidator(_compiled)]
"""Regular expressions over folded text (see `folding.fold_plain`)."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class _Dated(_Strict):
    id: str
    title: str
    source: str
    effective_from: date | None = Field(None, alias="from")
    effective_to: date | None = Field(None, alias="to")

    def holds(self, day: date) -> bool:
        """True when the rule is in force on `day`."""
        return (self.effective_from is None or self.effective_from <= day) and (
            self.effective_to is None or day <= self.effective_to
        )

    @property
    def basis(self) -> Basis:
        """Where the rule comes from."""
        return Basis(self.id, self.title, self.source, self.effective_from, self.effective_to)


class PhraseRule(_Dated):
    """Words or patterns never to be said; `whole` ones only as a clause; `sounds` finds short ones by ear as well."""

    category: Category
    dimension: Dimension
    points: int
    red_line: bool = False
    sounds: bool = False
    phrases: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    patterns: Patterns = ()
    unless: Patterns = ()
    instead: str = ""


class Need(_Strict):
    """Something that has to be said: any of the patterns, `times` times; dimension and points of its own if given."""

    title: str
    any: Patterns
    id: str = ""
    times: int = 1
    dimension: Dimension | None = None
    points: int | None = None


class Service(_Dated):
    """What has to be told when a service is taken out."""

    about: Patterns
    need: tuple[Need, ...]


class Step(_Dated):
    """What has to happen in a call where each speaker of `when` says something of the kind."""

    dimension: Dimension
    points: int
    when: Mapping[str, Patterns]
    need: tuple[Need, ...]
    only: Patterns = ()
    unless: Patterns = ()
    transcript: bool = False
    opening: bool = False
    turns: int = 0


class Closing(_Strict):
    """How an agent says that something is being taken out now; `unless` for conditions and questions."""

    patterns: Patterns
    unless: Patterns


class Interrupt(_Dated):
    """A customer who says a secret aloud has to be stopped."""

    dimension: Dimension
    points: int
    said: Patterns
    reply: Patterns


class Surname(_Dated):
    """A known surname has to be used."""

    dimension: Dimension
    points: int


class Persistence(_Dated):
    """No more offers after the second refusal."""

    dimension: Dimension
    points: int
    refusals: Patterns
    pitches: Patterns
    unless: Patterns


class OfferFault(_Strict):
    """What a fault about an offer costs."""

    title: str
    dimension: Dimension
    points: int
    red_line: bool = False


class OfferRules(_Strict):
    """How naming an offer is told from promising it."""

    source_label: str
    effective_from: date | None = Field(None, alias="from")
    inactive: OfferFault
    authority: OfferFault
    disclosure: OfferFault
    promising: Patterns
    declining: Patterns


class Rules(_Strict):
    """The whole file."""

    version: str
    weights: Mapping[Dimension, int]
    grades: tuple[tuple[int, str], ...]
    synonyms: Mapping[str, tuple[str, ...]]
    keywords: tuple[str, ...]
    phrases: tuple[PhraseRule, ...]
    closing: Closing
    services: tuple[Service, ...]
    steps: tuple[Step, ...]
    interrupt: Interrupt
    surname: Surname
    persistence: Persistence
    offers: OfferRules
    paraphrases: Mapping[str, tuple[str, ...]]

    @property
    def folds(self) -> dict[str, str]:
        """Each way of saying a thing, and the one word that stands for it."""
        return {other: word for word, others in self.synonyms.items() for other in others}


def read_rules(text: str) -> Rules:
    """Rules from YAML; raises ValueError for unknown keys, weights that do not sum to 100, and an id used twice."""
    data: dict[str, Any] = yaml.safe_load(text)
    rules = Rules.model_validate(data)
    if set(rules.weights) != set(Dimension) or sum(rules.weights.values()) != 100:
        raise ValueError(f"weights {dict(rules.weights)} are not four that sum to 100")
    ids = [one.id for one in (*rules.phrases, *rules.services, *rules.steps)]
    if len(ids) != len(set(ids)):
        raise ValueError("a rule id stands twice")
    return rules


@cache
def shipped() -> Rules:
    """The rules that come with the project."""
    return read_rules(resources.files("assist.compliance").joinpath("rules.yaml").read_text(encoding="utf-8"))


def any_of(patterns: tuple[re.Pattern[str], ...], text: str) -> re.Match[str] | None:
    """The first match of any of the patterns."""
    return next((found for pattern in patterns if (found := pattern.search(text))), None)
