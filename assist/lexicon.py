"""What questions ask for and what answers look like, read from evidence.yaml; `evidence` and `quote` use it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

from kb.text import normalise


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of question: how it is asked, and what its answer must show (patterns over normalised text)."""

    name: str
    asks: re.Pattern[str]
    shows: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Word lists of evidence.yaml; `alike` maps a word to all words that can stand for it."""

    kinds: tuple[Kind, ...]
    asks: re.Pattern[str]
    idle: frozenset[str]
    alike: Mapping[str, frozenset[str]]
    place: re.Pattern[str]
    place_covers: re.Pattern[str]
    kind_of_product: re.Pattern[str]
    no_modifier: frozenset[str]
    little: str
    plain: frozenset[str]
    not_a_kind: frozenset[str]
    telling_kinds: frozenset[str]
    not_subject: frozenset[str]
    counting: re.Pattern[str]


@cache
def lexicon() -> Lexicon:
    """The word lists, read once."""
    data = yaml.safe_load(resources.files("assist").joinpath("data/evidence.yaml").read_text(encoding="utf-8"))
    kinds = tuple(
        Kind(name, re.compile(kind["asks"]), re.compile(kind["shows"])) for name, kind in data["kinds"].items()
    )
    alike: dict[str, frozenset[str]] = {}
    for group in data["alike"]:
        members = frozenset(normalise(word) for word in group)
        for word in members:
            alike[word] = alike.get(word, frozenset()) | members
    places = sorted(map(normalise, data["places"]), key=len, reverse=True)
    return Lexicon(
        kinds=kinds,
        asks=re.compile(data["asks"]),
        idle=frozenset(normalise(word) for word in data["idle"]),
        alike=alike,
        place=re.compile("|".join(map(re.escape, places)) + r"|[\u4e00-\u9fff]{2}(?:市|县)|城区|农村"),
        place_covers=re.compile(data["place_covers"]),
        kind_of_product=re.compile("|".join(sorted(map(re.escape, data["kind_of_product"]), key=len, reverse=True))),
        no_modifier=frozenset(data["no_modifier"]),
        little=data["little"],
        plain=frozenset(data["plain"]),
        not_a_kind=frozenset(data["not_a_kind"]),
        telling_kinds=frozenset(data["telling_kinds"]),
        not_subject=frozenset(data["not_subject"]),
        counting=re.compile(data["counting"]),
    )


def kinds_asked(question: str) -> tuple[Kind, ...]:
    """The kinds of answer that a normalised question asks for; empty for a plain statement or a yes-no question."""
    return tuple(kind for kind in lexicon().kinds if kind.asks.search(question))
