"""Asks back when what is known differs by product, region or customer and the question does not say; no model needed.

The Assistant calls `unsaid` before a quotation is given, and `resumed` when the answer to such a question comes in.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from assist.decide import Judged
from assist.evidence import Asked
from assist.injection import cleaned
from assist.lexicon import lexicon
from assist.model import Turn
from assist.proof.figures import read_figures, spell_out
from assist.proof.names import names
from assist.proof.shown import Row, read_shown, telling
from assist.quote import pieces
from assist.terms import TermIndex
from assist.wording import say
from kb.model import Passage
from kb.text import bigrams

AS_LIKELY = 0.9
"""Passages this share of the best one's probability are alternatives to it."""
ROWS = 0.5
"""Rows that answer this share of what the best sentence does are what is asked about."""
SAME_SHAPE = 0.75
"""Questions that share so many pairs of characters (Dice), their places left out, ask the same of different places."""
_LONGEST_REPLY = 24


@dataclass(frozen=True, slots=True)
class AskedBack:
    """A short question to the customer, and what may be answered."""

    text: str
    choices: tuple[str, ...]


def unsaid(asked: Asked, good: Sequence[Judged], terms: TermIndex) -> AskedBack | None:
    """What has to be known first, None when the question says enough or all alternatives agree."""
    if _data().all.search(asked.text):
        return None
    return _rows_differ(asked, cleaned(good[0].hit.passage), terms) or _siblings_differ(asked, good, terms)


def resumed(question: str, history: Sequence[Turn]) -> tuple[str, str] | None:
    """The earlier question and the choice made now, when `question` answers what was asked back last."""
    if len(history) < 2 or history[-1].role != "assistant" or history[-2].role != "user":
        return None
    offered = _offered(history[-1].text)
    reply = spell_out(question).strip(" ,。!?~")
    if not offered or not reply or len(reply) > _LONGEST_REPLY:
        return None
    chosen = [choice for choice in offered if _answers(reply, choice)]
    return (history[-2].text, chosen[0]) if len(chosen) == 1 else None


# --- rows of one table ----------------------------------------------------------------------------------------------


def _rows_differ(asked: Asked, passage: Passage, terms: TermIndex) -> AskedBack | None:
    if not passage.text or asked.places:
        return None
    found = pieces(passage, asked, terms)
    best = max(found, key=lambda piece: piece.score, default=None)
    shown = read_shown(passage, terms)
    if best is None or max((piece.score for piece in found if piece.row), default=0.0) < ROWS * best.score:
        return None
    for table in dict.fromkeys(row.table for row in shown.rows):
        rows = [row for row in shown.rows if row.table == table]
        dimension = _dimension(rows[0].cells[0][0])
        if len(rows) < 2 or dimension is None or _says_any(asked, rows, terms):
            continue
        columns = _columns_asked(asked, rows[0])
        if any(len({dict(row.cells).get(column) for row in rows}) > 1 for column in columns):
            return _asking(dimension, [_raw(passage, row.cells[0][1]) for row in rows])
    return None


def _says_any(asked: Asked, rows: Sequence[Row], terms: TermIndex) -> bool:
    """True when the question names a row, something in one row, a number of one, or another member of its family."""
    text = spell_out(asked.text)
    keys = {key for row in rows for key in row.keys}
    named = names(terms, text)
    families = {terms.family(key) for key in keys} - {""}
    if any(terms.family(name) in families for name in named):
        return True
    tokens = Counter(token for row in rows for token in row.tokens)
    bare = {key.removesuffix("市").removesuffix("县") for key in keys} | {
        token for token, n in tokens.items() if n == 1
    }
    if any(len(key) > 1 and key in text for key in keys | bare):
        return True
    numbers = {number for number in asked.numbers | asked.quantities if number != "1"}
    shown = {number for row in rows for _, value in row.cells for number in re.findall(r"\d+(?:\.\d+)?", value)}
    return bool(numbers & shown)


def _columns_asked(asked: Asked, row: Row) -> list[str]:
    """Columns, beside the key, whose name has the most words of the question; none when none has any."""
    words = telling(asked.text) | set(asked.content)
    scores = {
        column: sum(len(word) for word in telling(column) if word in words or word in asked.text)
        for column, _ in row.cells[1:]
    }
    best = max(scores.values(), default=0)
    return [column for column, score in scores.items() if score == best] if best else []


def _dimension(column: str) -> str | None:
    return next((name for name, columns in _data().dimensions.items() if column in columns), None)


# --- passages of one kind of product each ---------------------------------------------------------------------------


def _siblings_differ(asked: Asked, good: Sequence[Judged], terms: TermIndex) -> AskedBack | None:
    """The best passage is of one product of a family, or of some places, and others as likely are of others."""
    likely = [one.hit.passage for one in good if one.probability >= AS_LIKELY * good[0].probability]
    return _members_differ(asked, likely, terms) or _places_differ(asked, likely)


def _members_differ(asked: Asked, likely: Sequence[Passage], terms: TermIndex) -> AskedBack | None:
    subject = _only_member(likely[0], terms)
    if subject is None or any(terms.family(name) for name, _ in asked.named) or asked.varieties or asked.numbers:
        return None
    members: dict[str, str] = {}
    for passage in likely:
        shown = read_shown(cleaned(passage), terms)
        of_it = {_only_member(passage, terms)} | {key for row in shown.rows for key in row.keys} | shown.names
        for name in sorted(name for name in of_it if name and terms.family(name) == terms.family(subject)):
            members.setdefault(name, _raw(passage, name))
    ordered = sorted(members, key=lambda name: int(re.findall(r"\d+", name)[0]))
    return _asking(next(iter(_data().dimensions)), [members[name] for name in ordered])


def _places_differ(asked: Asked, likely: Sequence[Passage]) -> AskedBack | None:
    if asked.places or not likely[0].questions:
        return None
    shape, places = _shape(likely[0].questions[0])
    choices = [places]
    for passage in likely[1:]:
        if passage.questions:
            other, there = _shape(passage.questions[0])
            if there and _dice(shape, other) >= SAME_SHAPE:
                choices.append(there)
    return _asking("地区", choices) if places and len(set(choices)) > 1 else None


def _shape(question: str) -> tuple[str, str]:
    """A question without its places, and the places as a choice."""
    text = spell_out(question)
    return lexicon().place.sub("", text), "／".join(dict.fromkeys(lexicon().place.findall(text)))


def _dice(left: str, right: str) -> float:
    a, b = set(bigrams(left)), set(bigrams(right))
    return 2 * len(a & b) / (len(a) + len(b)) if a or b else 0.0


def _only_member(passage: Passage, terms: TermIndex) -> str | None:
    """The one product of a family that a passage is about by its question or heading; None for none or several."""
    said = spell_out(" ".join((*passage.questions[:1], *passage.heading)))
    found = {name for name in names(terms, said) if terms.family(name)}
    return next(iter(found)) if len(found) == 1 else None


# --- wording --------------------------------------------------------------------------------------------------------


def _asking(dimension: str, choices: Sequence[str]) -> AskedBack | None:
    distinct = tuple(dict.fromkeys(choice for choice in choices if choice))
    if not 2 <= len(distinct) <= _data().max_choices:
        return None
    return AskedBack(say("ask.which", dimension=dimension, choices="、".join(distinct)), distinct)


def _offered(text: str) -> list[str]:
    before, after = say("ask.which", dimension="\0", choices="\1").split("\1")
    head = before.split("\0")
    if not text.startswith(head[0]) or head[1] not in text:
        return []
    body = text.split(head[1], 1)[1]
    listed = body[: body.rfind(after)] if after in body else body
    return [part for part in re.split(r"、(?![^（(]*[）)])", listed) if part]


def _answers(reply: str, choice: str) -> bool:
    whole = spell_out(choice)
    parts = [whole, *(part for part in re.split(r"[()、,/]", whole) if len(part) > 1)]
    figures = [figure.value for figure in read_figures(whole)]
    return any(
        part in reply or (len(reply) > 1 and reply in part) or part.removesuffix("市").removesuffix("县") in reply
        for part in parts
    ) or any(re.search(rf"(?<!\d){re.escape(figure)}(?!\d)", reply) for figure in figures)


def _raw(passage: Passage, wanted: str) -> str:
    """The writing in the passage of what was read normalised; itself when it cannot be told."""
    for part in re.split(r"[：:；;\n，。、（(）) ]", passage.text) + re.split(r"[：:；;\n]", passage.text):
        if spell_out(part).strip() == wanted:
            return part.strip()
    found = re.search(re.escape(wanted).replace(r"\ ", r"\s*"), passage.text, re.IGNORECASE)
    return found[0] if found else wanted


@dataclass(frozen=True, slots=True)
class _Data:
    dimensions: Mapping[str, frozenset[str]]
    all: re.Pattern[str]
    max_choices: int


@cache
def _data() -> _Data:
    text = resources.files("assist").joinpath("data/askback.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    dimensions = {name: frozenset(spell_out(one) for one in columns) for name, columns in data["dimensions"].items()}
    return _Data(dimensions, re.compile(data["all"]), int(data["max_choices"]))
