"""Where a draft and the knowledge in force say different figures of the same thing; drafting shows it to the reviewer.

More is shown than `facts.contradictions` would call one: a person who writes or reviews looks at each pair.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assist.proof.figures import Figure, read_figures, same, spell_out
from kb.model import Passage
from kb.text import content_words

ALIKE = 0.5
"""So much of the words of the shorter statement must be in the other one."""

ANCHORS = 2
"""At least so many words must be shared."""

_SENTENCE = re.compile(r"[。；;！!？?\n]")
_LEAD = re.compile(r"^\s*(?:[问答]\s*[:：]|第\s*[\d一二三四五六七八九十]+\s*[步条])")
_COUNTED = frozenset({"ordinal", "number", "dial"})


@dataclass(frozen=True, slots=True)
class Conflict:
    """A statement in force beside one of the draft that is about the same and gives other `figures`."""

    passage: Passage
    theirs: str
    mine: str
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Statement:
    text: str
    words: frozenset[str]
    figures: tuple[Figure, ...]


def conflicts(text: str, subject: str, nearby: Sequence[Passage]) -> tuple[Conflict, ...]:
    """For each passage nearby the statement most like one of `text` with other figures; `subject` is what it is on."""
    mine = _statements(text, subject)
    found = []
    for passage in nearby:
        asked = " ".join((*passage.heading[-1:], *passage.questions[:1]))
        pairs = [
            (score, other, own, figures)
            for other in _statements(passage.text, asked)
            for own in mine
            if (score := _alike(own, other)) >= ALIKE and (figures := _different(own, other))
        ]
        if pairs:
            _, other, own, figures = max(pairs, key=lambda pair: pair[0])
            found.append(Conflict(passage, other.text, own.text, figures))
    return tuple(found)


def _statements(text: str, subject: str) -> list[_Statement]:
    about = _words(subject)
    found = []
    for sentence in (each.strip() for each in _SENTENCE.split(text)):
        figures = tuple(each for each in read_figures(spell_out(sentence)) if each.kind not in _COUNTED)
        if figures:
            found.append(_Statement(sentence, about | _words(sentence), figures))
    return found


def _words(text: str) -> frozenset[str]:
    said = _LEAD.sub("", text)
    return frozenset(word for word in content_words(said) if not re.search(r"\d", word))


def _alike(one: _Statement, other: _Statement) -> float:
    shared = len(one.words & other.words)
    return shared / min(len(one.words), len(other.words)) if shared >= ANCHORS else 0.0


def _different(own: _Statement, other: _Statement) -> tuple[str, ...]:
    """The figures of the other that the draft has not, in a measure of which both say equally many, or none alike."""
    for measure in {each.measure for each in own.figures}:
        ours = [each for each in own.figures if each.measure == measure]
        theirs = [each for each in other.figures if each.measure == measure]
        new = [each for each in theirs if not any(same(one, each) or same(each, one) for one in ours)]
        if new and (len(new) == len(theirs) or len(ours) == len(theirs)):
            return tuple(dict.fromkeys(each.text for each in new))
    return ()
