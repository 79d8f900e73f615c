"""The ledger of unanswered questions: masks, joins what was asked before, opens what is new; Assistant writes it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from kb.mask import mask
from kb.model import Hit, Principal
from kb.store import Gap, GapQuestion, GapState, NearHit
from kb.text import bigrams, content_words, figures, fold, strip_asking

_OPEN = tuple(state for state in GapState if state not in {GapState.VERIFIED, GapState.REJECTED})
_NEWEST = 300
"""So many open gaps are compared by likeness; older ones are joined by equality only."""
_ALIKE = 0.85
_NEAREST = 5


class OpenGaps(Protocol):
    """The part of the catalogue's gaps that the ledger writes to."""

    def open(self, question: GapQuestion, *, key: str = "", business_type: str = "", priority: int = 0) -> Gap:
        """Opens a gap, or joins the open one with the same key."""
        ...

    def join(self, gap_id: int, question: GapQuestion) -> Gap:
        """Adds one more asking to a gap."""
        ...

    def list(self, states: Collection[GapState] = (), *, limit: int = 100) -> tuple[Gap, ...]:
        """Gaps of these states, the latest asked first."""
        ...


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that got no answer; `question` may still hold personal numbers; `nearest` is best first."""

    question: str
    principal: Principal
    channel: str
    as_of: date
    nearest: tuple[Hit, ...] = ()
    business_type: str = ""


class Ledger(Protocol):
    """Where a question without an answer goes."""

    def record(self, asked: Unanswered) -> str | None:
        """The id of the gap opened or joined; None when nothing is kept."""
        ...


class GapLedger:
    """Keeps gaps in the catalogue."""

    def __init__(self, gaps: OpenGaps) -> None:
        self._gaps = gaps

    def record(self, asked: Unanswered) -> str | None:
        """Opens a gap or joins the open one that asks the same, in the same words or nearly so."""
        text = mask(asked.question.strip())
        line = GapQuestion(text, asked.principal, asked.channel, asked.as_of, nearest=near_hits(asked.nearest))
        alike = self._alike(text)
        if alike is not None:
            return str(self._gaps.join(alike.id, line).id)
        return str(self._gaps.open(line, key=gap_key(text), business_type=asked.business_type).id)

    def _alike(self, text: str) -> Gap | None:
        key, pairs, numbers = gap_key(text), frozenset(bigrams(strip_asking(text))), figures(text)
        for gap in self._gaps.list(_OPEN, limit=_NEWEST):
            if gap_key(gap.question) == key:
                return gap
            other = frozenset(bigrams(strip_asking(gap.question)))
            if figures(gap.question) == numbers and _dice(pairs, other) >= _ALIKE:
                return gap
        return None


class ThrowAwayLedger:
    """Keeps nothing beyond itself: for evaluation, which must change nothing in the home."""

    def __init__(self) -> None:
        self.recorded: list[str] = []

    def record(self, asked: Unanswered) -> str | None:
        """Remembers the masked question until it is thrown away; there is no gap to name."""
        self.recorded.append(mask(asked.question.strip()))
        return None


def gap_key(text: str) -> str:
    """What two askings of the same question share: its words of content, in any order; all of it when they are few."""
    content = content_words(text)
    return " ".join(sorted(content)) if len(content) > 1 else fold(text)


def near_hits(hits: Sequence[Hit]) -> tuple[NearHit, ...]:
    """The best hits as a gap keeps them."""
    return tuple(
        NearHit(hit.passage.id, hit.passage.source, hit.passage.title, round(hit.confidence, 4))
        for hit in hits[:_NEAREST]
    )


def _dice(first: frozenset[str], second: frozenset[str]) -> float:
    """2|A∩B| / (|A| + |B|), 0 for two empty sets."""
    total = len(first) + len(second)
    return 2 * len(first & second) / total if total else 0.0
