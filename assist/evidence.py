"""Measures what a passage shows of a question: named things, attributes, figures, days, places; `decide` weighs it.

A near miss is a passage that speaks of the right product without the attribute asked for, or of the attribute for
another product; similarity alone cannot tell it, the question's own words can.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assist.lexicon import Kind, kinds_asked, lexicon
from assist.sense import Sense
from assist.terms import TermIndex
from kb.model import Hit, Passage
from kb.text import bigrams, content_words, normalise, stop_words, strip_asking, words

FEATURES = {
    "confidence": 1,
    "coverage": 1,
    "coverage_body": 1,
    "missing_known": -1,
    "unknown_share": -1,
    "weakest": 1,
    "named_exact": 1,
    "named_sibling": -1,
    "named_absent": -1,
    "not_a_name": -1,
    "figure_missing": -1,
    "year_missing": -1,
    "place_missing": -1,
    "kind_missing": -1,
    "variant": 1,
    "closeness": 1,
    "overlap": 1,
    "longest_run": 1,
    "is_script": -1,
}
"""The features, each in [0, 1] but confidence (a logit, clipped to [-6, 6]); 1: speaks for an answer, -1: against."""

_QUANTITY = re.compile(
    r"\d+(?:\.\d+)?(?=\s*(?:元|块|个|天|日|月|年|小时|分钟|岁|周岁|张|次|人|gb?|mb?|兆|%|倍|点|号|条|台|米|公里|折))"
)
_NUMBER = re.compile(r"(?<![\d.])\d+(?:\.\d+)?(?![\d.])")
_YEAR = re.compile(r"(?<!\d)(20\d{2})(?=年|版|年度|-|$|[^\d元gm])")
_GENERIC = re.compile(
    r"(?:全部|所有|各档|任一|任意|不论哪个|不论|每个)[^,。;]{0,6}(?:套餐|客户|用户|号码)|套餐客户|(\d{2,4})及以上"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question is made of, read once and compared with every passage.

    `content` are its words of meaning with their weights; `carried` among them came from earlier turns and may be
    missing from a passage.
    """

    text: str
    content: tuple[str, ...]
    carried: frozenset[str]
    named: tuple[tuple[str, str], ...]
    not_a_name: str
    quantities: frozenset[str]
    numbers: frozenset[str]
    years: frozenset[str]
    places: tuple[str, ...]
    kinds: tuple[Kind, ...]
    pairs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage made ready for comparing; `whole` adds title, heading and questions to the `body`."""

    hit: Hit
    body: str
    whole: str
    words: frozenset[str]
    body_words: tuple[str, ...]
    other_words: tuple[str, ...]
    named: frozenset[str]


def read_question(question: str, terms: TermIndex, carried: Sequence[str] = ()) -> Asked:
    """The parts of a standalone question."""
    text = normalise(question)
    bare = strip_asking(question)
    named = tuple(dict.fromkeys((m.standard, m.category) for m in terms.mentions(text)))
    inside = frozenset(word for name, _ in named for word in words(name))
    content = [word for word in content_words(question) if word not in lexicon().idle and word not in inside]
    quantities = frozenset(_QUANTITY.findall(text))
    named_numbers = frozenset(number for name, _ in named for number in _NUMBER.findall(name))
    years = frozenset(_YEAR.findall(text))
    return Asked(
        text=text,
        content=tuple(word for word in _longest(content) if not word.isdigit()),
        carried=frozenset(word for part in carried for word in words(part)),
        named=named,
        not_a_name=terms.unknown_member(text),
        quantities=quantities - named_numbers - years,
        numbers=frozenset(_NUMBER.findall(text)) - quantities - named_numbers - years,
        years=years,
        places=tuple(dict.fromkeys(lexicon().place.findall(text))),
        kinds=kinds_asked(text),
        pairs=frozenset(bigrams(bare)),
    )


def read_passage(hit: Hit, terms: TermIndex) -> Shown:
    """A hit's passage made ready for comparing."""
    passage = hit.passage
    body = normalise(passage.text)
    around = normalise("\n".join((passage.title, *passage.heading, *passage.questions, *passage.products)))
    whole = around + "\n" + body
    body_words = tuple(dict.fromkeys(word for word in words(body) if _telling(word)))
    other_words = tuple(dict.fromkeys(word for word in words(around) if _telling(word) and word not in body_words))
    return Shown(hit, body, whole, frozenset(words(whole)), body_words, other_words, terms.standards(whole))


def measure_all(asked: Asked, hits: Sequence[Hit], terms: TermIndex, sense: Sense | None) -> list[dict[str, float]]:
    """Features of every hit for the question, in the order of the hits; without `sense` words are met by form only."""
    pool = [read_passage(hit, terms) for hit in hits]
    words_met = _meet(asked, pool, sense)
    cosines = [hit.features.get("cosine", 0.0) for hit in hits]
    close = sense.closeness(asked.text, cosines) if sense is not None else [0.0] * len(hits)
    return [
        _measure(asked, shown, words_met, place, terms) | {"closeness": close[place]}
        for place, shown in enumerate(pool)
    ]


@dataclass(frozen=True, slots=True)
class _Met:
    """Evidence of each content word (rows) in each passage (columns), whole and body alone, and the words' weights."""

    whole: NDArray[np.float64]
    body: NDArray[np.float64]
    weights: NDArray[np.float64]


def _meet(asked: Asked, pool: Sequence[Shown], sense: Sense | None) -> _Met:
    size = (len(asked.content), len(pool))
    whole, body = np.zeros(size), np.zeros(size)
    for row, word in enumerate(asked.content):
        for column, shown in enumerate(pool):
            whole[row, column] = _evidence(word, shown.whole, shown.words)
            body[row, column] = _evidence(word, shown.body, shown.words)
    if sense is not None and asked.content:
        near = sense.nearness(asked.content, [shown.body_words for shown in pool])
        around = sense.nearness(asked.content, [shown.other_words for shown in pool])
        body = np.maximum(body, near)
        whole = np.maximum(whole, np.maximum(near, around))
    have = (whole > 0.9).sum(axis=1)
    weights = np.log((len(pool) + 2) / (have + 0.5)) + 0.3
    light = np.array([word in asked.carried for word in asked.content], dtype=bool)
    return _Met(whole, body, weights * np.where(light, 0.3, 1.0))


def _measure(asked: Asked, shown: Shown, met: _Met, place: int, terms: TermIndex) -> dict[str, float]:
    total = float(met.weights.sum())
    here, body = met.whole[:, place], met.body[:, place]
    best = met.whole.max(axis=1, initial=0.0)
    return {
        "confidence": max(-6.0, min(6.0, _logit(shown.hit.confidence))),
        "coverage": float(met.weights @ here) / total if total else 1.0,
        "coverage_body": float(met.weights @ body) / total if total else 1.0,
        "missing_known": float((met.weights * np.clip(best - here, 0, 1)).max(initial=0.0)) / max(total, 1e-9),
        "unknown_share": float(met.weights @ (1 - best)) / total if total else 0.0,
        "weakest": float(here[met.weights > 0.5].min(initial=1.0)),
        **_named(asked, shown, terms),
        "not_a_name": float(bool(asked.not_a_name) and asked.not_a_name not in shown.whole),
        "figure_missing": _missing(asked.numbers, shown.whole),
        "year_missing": _year_missing(asked, shown),
        "place_missing": _place_missing(asked, shown),
        "kind_missing": _kind_missing(asked, shown),
        "variant": _variant(asked, shown.hit.passage),
        "overlap": _overlap(asked, shown),
        "longest_run": _longest_run(strip_asking(asked.text), shown.whole),
        "is_script": float((shown.hit.passage.row or {}).get("type") == "script"),
    }


def _telling(word: str) -> bool:
    """True for words that may stand for something asked: no stop word, no bare figure."""
    return word not in stop_words() and not word.isdigit() and (len(word) > 1 or not word.isascii())


def _evidence(word: str, text: str, text_words: frozenset[str]) -> float:
    """How far `text` shows `word`: 1 itself, 0.9 a word alike, 0.5 a word sharing a character of it, else 0."""
    if word in text:
        return 1.0
    if any(other in text for other in lexicon().alike.get(word, ())):
        return 0.9
    if len(word) >= 3 and sum(pair in text for pair in _pairs(word)) * 2 >= len(word) - 1:
        return 0.7
    if len(word) >= 2 and any(
        len(other) >= 2 and (other[0] == word[0] or other[-1] == word[-1]) for other in text_words
    ):
        return 0.3
    return 0.0


def _named(asked: Asked, shown: Shown, terms: TermIndex) -> dict[str, float]:
    """Whether the things named stand in the passage, or only another of their kind does."""
    exact = sibling = absent = 0.0
    for name, category in asked.named:
        if name in shown.named or name in shown.whole:
            exact += 1
            continue
        family = terms.family(name)
        others = {other for other in shown.named if terms.category(other) == category and other != name}
        if family and _covers_family(name, family, shown):
            exact += 0.7
        elif family and any(terms.family(other) == family for other in others):
            sibling += 1
        elif others and not any(word in name for word in asked.carried):
            sibling += 0.5
            absent += 0.5
        else:
            absent += 1
    count = max(len(asked.named), 1)
    return {"named_exact": exact / count, "named_sibling": sibling / count, "named_absent": absent / count}


def _covers_family(name: str, family: str, shown: Shown) -> bool:
    """True when the passage speaks of the whole family, or of a range that holds the member (129及以上)."""
    number = int(_NUMBER.findall(name)[0])
    for match in _GENERIC.finditer(shown.body):
        if match[1] is None or int(match[1]) <= number:
            return True
    return family in shown.whole and not re.search(re.escape(family) + r"\d", shown.body)


def _missing(numbers: frozenset[str], text: str) -> float:
    if not numbers:
        return 0.0
    there = set(_NUMBER.findall(text))
    return sum(1 for number in numbers if number not in there) / len(numbers)


def _year_missing(asked: Asked, shown: Shown) -> float:
    """Share of the years named that the passage neither mentions nor is in force in."""
    if not asked.years:
        return 0.0
    validity = shown.hit.passage.validity
    first = validity.effective_from.year if validity.effective_from else 0
    last = validity.effective_to.year if validity.effective_to else 9999
    missing = [year for year in asked.years if year not in shown.whole and not first <= int(year) <= last]
    return len(missing) / len(asked.years)


def _place_missing(asked: Asked, shown: Shown) -> float:
    if not asked.places:
        return 0.0
    missing = [place for place in asked.places if place not in shown.whole]
    if missing and lexicon().place_covers.search(shown.body):
        return 0.3 * len(missing) / len(asked.places)
    return len(missing) / len(asked.places)


def _kind_missing(asked: Asked, shown: Shown) -> float:
    """Share of the kinds of answer asked for that the passage's own text shows nothing of."""
    if not asked.kinds:
        return 0.0
    return sum(1 for kind in asked.kinds if not kind.shows.search(shown.body)) / len(asked.kinds)


def _variant(asked: Asked, passage: Passage) -> float:
    """Likeness (Dice over character pairs) to the nearest question the passage is known to answer."""
    best = 0.0
    for question in passage.questions:
        pairs = frozenset(bigrams(strip_asking(question)))
        total = len(pairs) + len(asked.pairs)
        best = max(best, 2 * len(pairs & asked.pairs) / total if total else 0.0)
    return best


def _overlap(asked: Asked, shown: Shown) -> float:
    """Share of the question's character pairs that stand in the passage."""
    return sum(1 for pair in asked.pairs if pair in shown.whole) / len(asked.pairs) if asked.pairs else 0.0


def _longest_run(question: str, text: str) -> float:
    """Longest piece of the question that stands in the text, as a share of the question; 0 for an empty question."""
    best = start = 0
    for end in range(1, len(question) + 1):
        while start < end and question[start:end] not in text:
            start += 1
        best = max(best, end - start)
    return best / len(question) if question else 0.0


def _longest(found: Sequence[str]) -> list[str]:
    """`found` without words that stand inside a longer one of it."""
    return [word for word in found if not any(word != other and word in other for other in found)]


def _pairs(word: str) -> list[str]:
    return [word[i : i + 2] for i in range(len(word) - 1)]


def _logit(probability: float) -> float:
    bounded = max(1e-4, min(1 - 1e-4, probability))
    return math.log(bounded / (1 - bounded))
