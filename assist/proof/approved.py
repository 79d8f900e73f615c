"""Whether a written sentence says otherwise than an approved wording, or only says it again; `write` asks."""

from __future__ import annotations

from assist.proof.figures import same, spell_out
from assist.proof.fits import Said, read_said, same_per
from assist.proof.lists import lists
from assist.proof.names import names
from assist.proof.shown import Fact, Shown, telling
from assist.proof.support import Support, support
from assist.sense import Sense
from assist.terms import TermIndex
from kb.text import bigrams

SAME_MATTER = 0.8
"""A statement that has this share of a clause's words speaks of the same matter; a finer case is another matter."""
AGAIN = 0.6
"""A sentence that has this share of its character pairs from a wording says it again."""


def contradicts(text: str, question: str, shown: Shown, terms: TermIndex, sense: Sense | None) -> bool:
    """True when a sentence gives another figure, or denies what is affirmed, of the matter the wording speaks of."""
    said_whole = spell_out(text)
    asked = names(terms, spell_out(question))
    for said in read_said(said_whole, terms):
        spoken = names(terms, said.clause) or names(terms, said.before) or asked
        alike = [fact for fact in shown.facts if _of_the_same(said, fact, shown, _products(spoken, terms), terms)]
        if alike and not any(same(said.figure, fact.figure) and same_per(said, fact) for fact in alike):
            return True
    return support(said_whole, [shown], terms, sense) is Support.CONTRADICTED


def repeats(text: str, wording: str) -> bool:
    """True when a sentence has nothing much that the wording does not say."""
    pairs = set(bigrams(text))
    return bool(pairs) and len(pairs & set(bigrams(wording))) >= AGAIN * len(pairs)


def _of_the_same(said: Said, fact: Fact, shown: Shown, spoken: frozenset[str], terms: TermIndex) -> bool:
    """Whether a figure of the wording answers what a figure of the sentence does: its kind, its product, its matter."""
    if said.figure.measure != fact.figure.measure or said.figure.kind == "ordinal" or said.former != fact.former:
        return False
    held = _products(fact.names, terms) or _products(shown.around_names, terms)
    if spoken != held and not (spoken & held):
        return False
    wanted = telling(said.clause)
    there = telling(f"{shown.around} {shown.units[fact.unit].text}")
    return bool(wanted) and len(wanted & there) >= SAME_MATTER * len(wanted)


def _products(found: frozenset[str], terms: TermIndex) -> frozenset[str]:
    return frozenset(name for name in found if terms.category(name) not in lists().attribute_categories)
