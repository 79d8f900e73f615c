"""The word lists of words.yaml, read once; the other modules of the proof use them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml


@dataclass(frozen=True, slots=True)
class Lists:
    """See words.yaml; `conditions` are pairs of what stands beside a figure and what must then be said;
    `bound` are conditions that a sentence must not add."""

    attribute_categories: frozenset[str]
    conditions: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]
    bound: re.Pattern[str]
    manner: frozenset[str]
    negation: re.Pattern[str]
    not_negation: re.Pattern[str]
    about_itself: re.Pattern[str]


@cache
def lists() -> Lists:
    """The lists."""
    data = yaml.safe_load(resources.files("assist.proof").joinpath("words.yaml").read_text(encoding="utf-8"))
    return Lists(
        attribute_categories=frozenset(data["attribute_categories"]),
        conditions=tuple((re.compile(shown), re.compile(said)) for shown, said in data["conditions"]),
        bound=re.compile(data["bound"]),
        manner=frozenset(data["manner"]),
        negation=re.compile(data["negation"]),
        not_negation=re.compile(data["not_negation"]),
        about_itself=re.compile(data["about_itself"]),
    )


def negated(text: str) -> bool:
    """True for a text with an odd number of negations (不, 未, 没 …; 不足, 不超过 and the like are none)."""
    return len(lists().negation.findall(lists().not_negation.sub("", text))) % 2 == 1
