"""The approved opening and closing that go with an answer, by channel, day and who asks; the Assistant adds them.

A sheet of scripts demands them: a row whose 环节 is 开场 opens every call of its channel, one whose 环节 is 结束 ends
it, and a row may name another opening or closing for itself, or none. They are said letter for letter, once.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from assist.channels import serves
from assist.compose import approved_wording, cite, read_row
from assist.model import Answer, Channel, Outcome, Phrase, Question
from kb.model import Kind, Passage, Principal, Role
from kb.rows import NOT_USED, ScriptRow
from kb.store import Release
from kb.text import bigrams, fold

_SLOT = re.compile(r"[{｛][^{}｛｝]{1,30}[}｝]")
SAME = 0.55
"""Wording that has this share of the character pairs of an opening or closing says it already."""
MAX_KEPT = 64

Found = tuple[Passage, ScriptRow]


class Base(Protocol):
    """What framing needs of the knowledge base."""

    def passages(self, principal: Principal, kinds: Collection[Kind] = (), as_of: date | None = None) -> list[Passage]:
        """Passages with typed rows that the principal may see, in force that day."""
        ...

    def active(self) -> Release | None:
        """The release that answers."""
        ...


@dataclass(frozen=True, slots=True)
class Frame:
    """What is said around an answer: `opening` before it, `closing` after it, `farewell` once the call ends."""

    channel: Channel
    opening: Phrase | None = None
    closing: Phrase | None = None
    farewell: Phrase | None = None

    def around(self, answer: Answer) -> Answer:
        """The answer with its frame, cited after its own citations; only what was answered is closed."""
        told = self.closing if answer.outcome is Outcome.ANSWERED else None
        n = len(answer.citations)
        phrases: list[Phrase | None] = []
        for phrase in (self.opening, told, self.farewell):
            n += phrase is not None
            phrases.append(phrase and replace(phrase, citation=replace(phrase.citation, n=n)))
        opening, closing, farewell = phrases
        return replace(answer, channel=self.channel, opening=opening, closing=closing, farewell=farewell)


@dataclass(frozen=True, slots=True)
class _Book:
    """The scripts that somebody may say on a day: those that open or close calls, and all by their code."""

    parts: tuple[Found, ...]
    by_code: dict[str, list[Found]]


class Framing:
    """Finds the frame of an answer; thread-safe. The scripts of a day are read once a release and kind of asker."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._books: dict[tuple[object, ...], _Book] = {}
        self._lock = threading.Lock()

    def frame(self, question: Question, answering: Passage | None) -> Frame:
        """What goes around the answer from `answering`, the likeliest passage (None: nothing answers).

        The opening goes with the first answer of a call alone. A script that opens or closes calls itself stands alone.
        """
        book = self._book(question)
        row = None if answering is None else read_row(answering)
        script = row if isinstance(row, ScriptRow) else ScriptRow(scenario="", wording="")
        if script.part:
            return Frame(question.channel)
        said = "" if answering is None else answering.text
        first = None if question.history else self._opening(book, script, answering, question)
        closing = _named(book, script.closes_with, answering, question)
        farewell = None if closing or script.closes_with == NOT_USED else _usual(book, "closing", question)
        return Frame(
            question.channel,
            None if first and holds(said, first.text) else first,
            None if closing and holds(said, closing.text) else closing,
            None if farewell and holds(said, farewell.text) else farewell,
        )

    def _opening(self, book: _Book, script: ScriptRow, answering: Passage | None, question: Question) -> Phrase | None:
        if script.opens_with == NOT_USED:
            return None
        return _named(book, script.opens_with, answering, question) or _usual(book, "opening", question)

    def _book(self, question: Question) -> _Book:
        release, asker = self._base.active(), question.principal
        key = (release.id if release else 0, question.as_of, asker.role, asker.department)
        with self._lock:
            found = self._books.get(key)
        if found is None:
            found = _read(self._base.passages(asker, {Kind.SCRIPT}, question.as_of))
            with self._lock:
                if len(self._books) >= MAX_KEPT:
                    self._books.clear()
                self._books[key] = found
        return found


def holds(text: str, phrase: str) -> bool:
    """True when a text says a phrase already, in other words too (您好，澜川通信，请问有什么可以帮您)."""
    if fold(phrase) in fold(text):
        return True
    pairs = set(bigrams(_SLOT.sub("，", phrase)))
    return bool(pairs) and len(pairs & set(bigrams(text))) >= SAME * len(pairs)


def _read(passages: Sequence[Passage]) -> _Book:
    """The scripts whose wording stands whole in one passage and poses as no instruction."""
    parts: list[Found] = []
    by_code: dict[str, list[Found]] = {}
    for passage in passages:
        row = read_row(passage)
        if not isinstance(row, ScriptRow) or not approved_wording(passage, row):
            continue
        if row.part:
            parts.append((passage, row))
        if row.code:
            by_code.setdefault(row.code, []).append((passage, row))
    return _Book(tuple(parts), by_code)


def _usual(book: _Book, part: str, question: Question) -> Phrase | None:
    """The opening or closing of the channel: one made for it before one for all, then the one that came last."""
    fitting = [found for found in book.parts if found[1].part == part and _may(found, question)]
    if not fitting:
        return None
    return _phrase(*max(fitting, key=lambda found: (*_precedence(found, question.channel), -found[0].id)))


def _named(book: _Book, code: str, answering: Passage | None, question: Question) -> Phrase | None:
    """The script that a row demands by its code, of the same sheet if there is one there."""
    fitting = [found for found in book.by_code.get(code, ()) if _may(found, question)]
    own = [found for found in fitting if answering is not None and found[0].source == answering.source]
    return _phrase(*(own or fitting)[0]) if fitting else None


def _may(found: Found, question: Question) -> bool:
    """A script for this channel; to a customer nobody fills in slots."""
    row = found[1]
    return serves(row, question.channel) and not (row.slots and question.principal.role is Role.CUSTOMER)


def _precedence(found: Found, channel: Channel) -> tuple[bool, date]:
    passage, row = found
    other = Channel.CHAT if channel is Channel.VOICE else Channel.VOICE
    return not serves(row, other), passage.validity.effective_from or date.min


def _phrase(passage: Passage, row: ScriptRow) -> Phrase:
    wording = approved_wording(passage, row)
    return Phrase(wording, cite(0, passage, wording, lambda _passage: None), row.slots, row.code)
