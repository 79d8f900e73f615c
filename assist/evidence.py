"""Measures what a passage shows of a question: named things, attributes, figures, days, places; `decide` weighs it.

A near miss is a passage that speaks of the right product without the attribute asked for, or of the attribute for
another product; similarity alone cannot tell it, the question's own words can.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from assist.lexicon import Kind, kinds_asked, lexicon
from assist.sense import Sense
from assist.terms import TermIndex
from assist.variety import Variety, varieties
from kb.model import Hit, Passage
from kb.rows import NOTES, PITFALLS
from kb.text import bigrams, content_words, is_word, normalise, stop_words, strip_asking, words

FEATURES = {
    "confidence": 1,
    "closeness": 1,
    "overlap": 1,
    "variant": 1,
    "named_sibling": -1,
    "named_absent": -1,
    "figure_missing": -1,
    "place_missing": -1,
    "kind_missing": -1,
}
"""The features, each in [0, 1]; 1: speaks for an answer, -1: against."""

VETOES = ("not_a_name", "sibling_only", "variety_missing", "year_missing")
"""Contradictions, 1 each: the passage cannot answer whatever else it shows."""

_QUANTITY = re.compile(
    r"\d+(?:\.\d+)?(?=\s*(?:元|块|个|天|日|月|年|小时|分钟|岁|周岁|张|次|人|gb?|mb?|兆|%|倍|点|号|条|台|米|公里|折))"
)
_NUMBER = re.compile(r"(?<![\d.])\d+(?:\.\d+)?(?![\d.])")
_TOLD = 0.6
"""A word of a clause that only tells the story, beside one that asks, counts for so much."""
_BY_CHARACTERS = 0.5
"""The most that the characters of a supposed word count for."""
_ASIDE = 0.7
"""A word that stands only in what a script or a point notes aside says so much of what the passage is about."""
_ASIDES = re.compile(rf"\n(?:{NOTES}|{PITFALLS}):.*", re.DOTALL)
_CLAUSES = re.compile(r"[，。,;；！!？?、\s]+")
_YEAR = re.compile(r"(?<!\d)(?:(20\d{2})(?=年|版)|(20[1-3]\d)(?=-|$|[^\d元gm]))")
_CARRIED = 0.3
"""A word carried over from earlier turns counts for so much: the passage may speak of the subject without it."""
_RELATIVE = {"去年": -1, "前年": -2, "明年": 1, "后年": 2}
_HAPPENED = re.compile(r"[去前]年[底末初]?[^,。?!;]{0,6}的")
"""Says when something happened (去年的发票, 前年攒的分), not the rule of which year is asked for."""
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
    years: frozenset[int]
    year: int
    varieties: tuple[Variety, ...]
    places: tuple[str, ...]
    kinds: tuple[Kind, ...]
    pairs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Told:
    """A text and its words, and those of them that may stand for something asked."""

    text: str
    words: frozenset[str]
    telling: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage made ready for comparing; `whole` adds title, heading and questions to the `body`.

    `main` is `whole` without what is noted aside, the same object where nothing is.
    """

    hit: Hit
    body: str
    whole: str
    told: Told
    main: Told
    named: frozenset[str]


def read_question(question: str, terms: TermIndex, carried: Sequence[str] = (), *, as_of: date) -> Asked:
    """The parts of a standalone question asked as of a day (by which 去年 and 明年 are read)."""
    text = normalise(question)
    bare = strip_asking(question)
    named = tuple(dict.fromkeys((m.standard, m.category) for m in terms.mentions(text)))
    content = [word for word in content_words(question) if _asks(word)]
    quantities = frozenset(_QUANTITY.findall(text))
    named_numbers = frozenset(number for name, _ in named for number in _NUMBER.findall(name))
    said = frozenset(match[1] or match[2] for match in _YEAR.finditer(text))
    when = _HAPPENED.sub("", text)
    years = {int(year) for year in said} | {as_of.year + by for word, by in _RELATIVE.items() if word in when}
    return Asked(
        text=text,
        content=tuple(_longest(content)),
        carried=frozenset(word for part in carried for word in words(part)),
        named=named,
        not_a_name=terms.unknown_member(text),
        quantities=quantities - named_numbers - said,
        numbers=frozenset(_NUMBER.findall(text)) - quantities - named_numbers - said,
        years=frozenset(years),
        year=as_of.year,
        varieties=varieties(text, terms),
        places=tuple(dict.fromkeys(lexicon().place.findall(text))),
        kinds=kinds_asked(text),
        pairs=frozenset(bigrams(bare)),
    )


def _asks(word: str) -> bool:
    """True for a word that says what is asked, not how much or how it is asked."""
    return word not in lexicon().idle and not lexicon().counting.fullmatch(word)


def read_passage(hit: Hit, terms: TermIndex) -> Shown:
    """A hit's passage made ready for comparing."""
    passage = hit.passage
    body = normalise(passage.text)
    around = normalise("\n".join((passage.title, *passage.heading, *passage.questions, *passage.products)))
    whole = around + "\n" + body
    told = _told(whole)
    main = _ASIDES.sub("", body)
    beside = told if main == body else _told(around + "\n" + main)
    return Shown(hit, body, whole, told, beside, terms.standards(whole))


def _told(text: str) -> Told:
    found = words(text)
    return Told(text, frozenset(found), tuple(dict.fromkeys(word for word in found if _telling(word))))


@dataclass(frozen=True, slots=True)
class Words:
    """The content words of a question, n of them: vectors (n, d) or None, and how much each may count (n,)."""

    words: tuple[str, ...]
    vectors: NDArray[np.float32] | None
    light: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one passage shows: the features, and how far it meets each content word of the question, (n,) in [0, 1].

    `about` is `met`, less where a word stands only in what is noted aside: the passage may answer, but is about more.
    """

    features: Mapping[str, float]
    met: NDArray[np.float64]
    about: NDArray[np.float64]


def measure_all(
    asked: Asked, hits: Sequence[Hit], terms: TermIndex, sense: Sense | None
) -> tuple[Words, list[Evidence]]:
    """The question's words, and what every hit shows, in the order of the hits.

    Without `sense` words are met by their form only.
    """
    pool = [read_passage(hit, terms) for hit in hits]
    met, about = _meet(asked, pool, sense)
    cosines = [hit.features.get("cosine", 0.0) for hit in hits]
    close = sense.closeness(asked.text, cosines) if sense is not None else [0.0] * len(hits)
    asking = _asking(asked.text)
    light = np.array([_CARRIED if w in asked.carried else 1.0 if w in asking else _TOLD for w in asked.content])
    vectors = sense.vectors(asked.content) if sense is not None else None
    shown = [
        Evidence(_measure(asked, each, terms) | {"closeness": close[place]}, met[:, place], about[:, place])
        for place, each in enumerate(pool)
    ]
    return Words(asked.content, vectors, light), shown


def _asking(text: str) -> str:
    """The clauses of a normalised question that ask; all of them when every one does, or none."""
    clauses = [clause for clause in _CLAUSES.split(text) if clause]
    asking = [clause for clause in clauses if lexicon().asks.search(clause)]
    return " ".join(asking or clauses)


def _meet(asked: Asked, pool: Sequence[Shown], sense: Sense | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Evidence of each content word (rows) in each passage (columns), by form or by meaning; see Evidence."""
    met = _met_in([shown.told for shown in pool], asked, sense)
    about = met.copy()
    noted = [column for column, shown in enumerate(pool) if shown.main is not shown.told]
    if noted:
        main = _met_in([pool[column].main for column in noted], asked, sense)
        about[:, noted] = np.maximum(main, _ASIDE * met[:, noted])
    return met, about


def _met_in(texts: Sequence[Told], asked: Asked, sense: Sense | None) -> NDArray[np.float64]:
    met = np.zeros((len(asked.content), len(texts)))
    for row, word in enumerate(asked.content):
        for column, told in enumerate(texts):
            met[row, column] = _evidence(word, told.text, told.words)
    if sense is not None and asked.content:
        met = np.maximum(met, sense.nearness(asked.content, [told.telling for told in texts]))
    return met


def _measure(asked: Asked, shown: Shown, terms: TermIndex) -> dict[str, float]:
    return {
        "confidence": shown.hit.confidence,
        **_named(asked, shown, terms),
        "not_a_name": float(bool(asked.not_a_name) and asked.not_a_name not in shown.whole),
        "variety_missing": float(any(not one.known_to(shown.whole) for one in asked.varieties)),
        "figure_missing": _missing(asked.numbers, shown.whole),
        "year_missing": _year_missing(asked, shown),
        "place_missing": _place_missing(asked, shown),
        "kind_missing": _kind_missing(asked, shown),
        "variant": _variant(asked, shown.hit.passage),
        "overlap": _overlap(asked, shown),
    }


def _telling(word: str) -> bool:
    """True for words that may stand for something asked: no stop word, no bare figure."""
    return word not in stop_words() and not word.isdigit() and (len(word) > 1 or not word.isascii())


def _evidence(word: str, text: str, text_words: frozenset[str]) -> float:
    """How far `text` shows `word`: 1 itself, 0.9 a word alike, 0.7 most of it, 0.3 a word sharing an end, else 0.

    A word that cutting only supposed (卡能, 次装要) is also met by its characters one by one, up to 0.5.
    """
    shown = _as_word(word, text, text_words)
    if shown >= _BY_CHARACTERS or word.isascii() or is_word(word):
        return shown
    telling = [c for c in word if c not in stop_words() and c not in lexicon().idle and not c.isdigit()]
    there = sum(c in text for c in telling) / len(telling) if telling else 1.0
    return max(shown, _BY_CHARACTERS * there)


def _as_word(word: str, text: str, text_words: frozenset[str]) -> float:
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
    sibling = absent = 0.0
    members: list[bool] = []
    subjects = [named for named in asked.named if named[1] not in lexicon().not_subject]
    for name, category in subjects:
        family = terms.family(name)
        known = name in shown.named or name in shown.whole or bool(family and _covers_family(name, family, shown))
        if family:
            members.append(known)
        if known:
            continue
        others = {other for other in shown.named if terms.category(other) == category and other != name}
        if family and any(terms.family(other) == family for other in others):
            sibling += 1
        elif others and not any(word in name for word in asked.carried):
            sibling += 0.5
            absent += 0.5
        else:
            absent += 1
    count = max(len(subjects), 1)
    only = sibling >= 1 and bool(members) and not any(members)
    return {"named_sibling": sibling / count, "named_absent": absent / count, "sibling_only": float(only)}


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
    """Share of the years named that the passage neither mentions nor is in force in.

    A passage without a first day is taken to speak of the year in which it is asked, and of those that follow.
    """
    validity = shown.hit.passage.validity
    first = validity.effective_from.year if validity.effective_from else asked.year
    last = validity.effective_to.year if validity.effective_to else 9999
    missing = [year for year in asked.years if str(year) not in shown.whole and not first <= year <= last]
    return len(missing) / len(asked.years) if asked.years else 0.0


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


def _longest(found: Sequence[str]) -> list[str]:
    """`found` without words that stand inside a longer one of it."""
    return [word for word in found if not any(word != other and word in other for other in found)]


def _pairs(word: str) -> list[str]:
    return [word[i : i + 2] for i in range(len(word) - 1)]
