"""Judges offers that an agent names: in force that day, within their authority, told with what must be told.

The offers are the ingested rows with their days; who is eligible needs the customer's facts, which retention has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assist.compliance.folding import Folded, fold_plain, sentences
from assist.compliance.model import Basis, Category, Finding, Script, Speaker, Turn
from assist.compliance.rules import Closing, OfferFault, OfferRules, any_of
from kb.model import Passage, Validity
from kb.rows import OfferRow
from kb.text import bigrams, content_words, figures, normalise

_LEVELS: Mapping[str, int] = {"坐席": 0, "值班经理": 1, "业务组": 2}
_SPEAKER_LEVEL = {Speaker.AGENT: 0, Speaker.MANAGER: 1}
_MANAGER = "（值班经理）"
"""A stage direction of scripts: from here on the duty manager speaks."""
_COVERED = 0.5
"""So much of a disclosure's words has to be heard, besides every figure in it."""
_STRUCTURE = re.compile(r"[（(].*?[）)]")


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer by name, with its days and what has to be told."""

    name: str
    code: str
    source: str
    content: str
    authority: str
    disclosures: tuple[str, ...]
    days: Validity
    folded: str

    @classmethod
    def of(cls, passage: Passage, row: OfferRow) -> Offer:
        """From an ingested row."""
        return cls(
            name=row.name,
            code=row.code,
            source=f"{passage.title} {row.code}".strip(),
            content=row.content,
            authority=row.authority,
            disclosures=row.disclosures,
            days=passage.validity,
            folded=fold_plain(row.name).text,
        )


class OfferBook:
    """Every offer of the base, whatever its days; thread-safe."""

    def __init__(
        self,
        offers: Sequence[Offer],
        rules: OfferRules,
        closing: Closing,
        paraphrases: Mapping[str, Sequence[str]],
    ) -> None:
        self._rules = rules
        self._closing = closing
        self._paraphrases = paraphrases
        self._offers: dict[str, list[Offer]] = {}
        for offer in offers:
            if len(offer.folded) >= 3:
                self._offers.setdefault(offer.folded, []).append(offer)
        names = sorted(self._offers, key=len, reverse=True)
        self._names = re.compile("|".join(map(re.escape, names))) if names else None

    def find(self, script: Script, as_of: date, level: int = 0) -> Iterator[Finding]:
        """Findings about offers; `level` 0 is an agent's authority, 1 a duty manager's."""
        if self._names is None:
            return
        promised: dict[str, tuple[Offer, Turn, int]] = {}
        for index, turn in enumerate(script.turns):
            if turn.speaker is Speaker.CUSTOMER:
                continue
            for offer, plain, place in self._named(script, turn, as_of):
                if self._declines(plain.text):
                    continue
                manager = _MANAGER in script.text[turn.start : plain.span(*place)[0]]
                allowed = max(level, _SPEAKER_LEVEL[turn.speaker], int(manager))
                fault = self._fault(offer, as_of, allowed, plain.text)
                if fault is not None:
                    yield self._finding(script, plain, place, offer, fault, index)
                elif offer.folded not in promised:
                    promised[offer.folded] = (offer, turn, index)
        yield from self._undisclosed(script, promised)

    def _named(self, script: Script, turn: Turn, as_of: date) -> Iterator[tuple[Offer, Folded, tuple[int, int]]]:
        """Each offer named, the one in force where several bear the name, with its sentence and place in it."""
        assert self._names is not None
        for piece in sentences(script.text, turn.start, turn.end):
            plain = fold_plain(script.text, piece.start, piece.end)
            for match in self._names.finditer(plain.text):
                bearers = self._offers[match.group()]
                offer = next((one for one in bearers if one.days.covers(as_of)), bearers[-1])
                yield offer, plain, match.span()

    def _declines(self, sentence: str) -> bool:
        return any(found.group() for pattern in self._rules.declining if (found := pattern.search(sentence)))

    def _fault(self, offer: Offer, as_of: date, level: int, sentence: str) -> OfferFault | None:
        if not any_of(self._rules.promising, sentence):
            return None
        if not offer.days.covers(as_of):
            return self._rules.inactive
        return self._rules.authority if _LEVELS.get(offer.authority, 0) > level else None

    def _undisclosed(self, script: Script, promised: Mapping[str, tuple[Offer, Turn, int]]) -> Iterator[Finding]:
        """What was not told of an offer that is being taken out."""
        if not promised or closing_turn(script, self._closing) is None:
            return
        said = script.by(Speaker.AGENT, Speaker.MANAGER)
        for offer, turn, index in promised.values():
            for disclosure in offer.disclosures:
                if not told(disclosure, said, self._paraphrases):
                    yield self._missing(offer, disclosure, turn, index)

    def _finding(
        self, script: Script, plain: Folded, place: tuple[int, int], offer: Offer, fault: OfferFault, index: int
    ) -> Finding:
        start, end = plain.span(*place)
        state = f"{in_words(offer.days)}" if fault is self._rules.inactive else f"权限：{offer.authority}"
        instead = (
            "这项活动不在有效期内，不能办理；可以介绍今天有效、您符合条件的优惠。"
            if fault is self._rules.inactive
            else "您的情况我帮您向负责同事申请一下，请您稍等。"
        )
        return Finding(
            category=Category.PROMISE,
            dimension=fault.dimension,
            points=fault.points,
            basis=_basis(offer, f"{fault.title}（{offer.name}，{state}）"),
            start=start,
            end=end,
            quote=script.text[start:end],
            match="pattern",
            turn=index,
            instead=instead,
            red_line=fault.red_line,
        )

    def _missing(self, offer: Offer, disclosure: str, turn: Turn, index: int) -> Finding:
        fault = self._rules.disclosure
        return Finding(
            category=Category.MISSING,
            dimension=fault.dimension,
            points=fault.points,
            basis=_basis(offer, f"{fault.title}（{offer.name}）：{disclosure}"),
            start=turn.end,
            end=turn.end,
            quote=disclosure,
            match="absence",
            turn=index,
            instead=disclosure,
        )


def closing_turn(script: Script, closing: Closing) -> int | None:
    """The first turn in which the agent says that something is being taken out, None when none does."""
    for index, turn in enumerate(script.turns):
        if turn.speaker is not Speaker.CUSTOMER:
            for piece in sentences(script.text, turn.start, turn.end):
                plain = fold_plain(script.text, piece.start, piece.end).text
                if any_of(closing.patterns, plain) and not any_of(closing.unless, plain):
                    return index
    return None


def told(disclosure: str, said: str, paraphrases: Mapping[str, Sequence[str]]) -> bool:
    """True when `said` tells `disclosure`: letter for letter, or with every figure and half of its words."""
    wanted, heard = normalise(disclosure), normalise(said)
    if fold_plain(wanted).text in fold_plain(heard).text:
        return True
    for word, others in paraphrases.items():
        for other in others:
            heard = heard.replace(normalise(other), word)
    if not figures(_STRUCTURE.sub("", wanted)) <= figures(heard):
        return False
    plain = fold_plain(heard).text
    words = [word for word in content_words(_STRUCTURE.sub("", wanted)) if not word.isdigit()]
    if not words:
        return True
    met = sum(fold_plain(word).text in plain or _near(word, plain) for word in words)
    return met / len(words) >= _COVERED


def _near(word: str, plain: str) -> bool:
    pairs = bigrams(word)
    return len(word) > 2 and sum(pair in plain for pair in pairs) / len(pairs) >= 0.5


def in_words(days: Validity) -> str:
    """The days of an offer for people."""
    start, end = days.effective_from, days.effective_to
    return f"{start or '不限'} 至 {end or '不限'}"


def _basis(offer: Offer, title: str) -> Basis:
    return Basis(offer.code or offer.name, title, offer.source, offer.days.effective_from, offer.days.effective_to)
