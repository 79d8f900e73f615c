"""Finds forbidden phrases letter for letter, through spacing and synonyms, and by sound; the check runs it.

Phrases come from the general rules and from the rows of the approved scripts, each with the wording to say instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from assist.compliance.folding import Folded, Piece, canonical, clauses, fold_phrase, fold_plain, sentences
from assist.compliance.model import Basis, Category, Dimension, Finding, Match, Script, Turn
from assist.compliance.rules import Patterns, PhraseRule, any_of
from assist.compliance.sound import find as find_by_sound
from assist.compliance.sound import hear, syllables

ANYWHERE = 4
"""Phrases of so many characters count wherever they stand; shorter ones only as a clause of their own."""
HEARD = 4
"""Phrases of so many syllables are also found by sound, insults from three on."""

_BEFORE = (
    "(?:你|我|这|那|它|这个|那个|这事|这里|现在|就|都|也|都是|也是|可|是|反正|那就|那你|你就|你先|先|一直|还|又|好|行|哎|唉"
    "|不是)*"
)
_AFTER = "(?:了|的|吧|啊|呀|呢|吗|嘛|哦|就行|就好|就是了|算了|行了)*"
_QUOTING = re.compile(
    "(不得|不要|不能|不许|不准|禁止|严禁|避免|不应|不|勿|别)(再|对客户|跟客户|向客户|使用|用|出现)?(说|讲|使用|用)[^“”]{0,4}“|禁用语"
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase with its rule; one of its `topic` words, when given, has to be somewhere in the text as well.

    `approved` are folded sentences of approved wording that contain it: where one of them is said, nothing is wrong.
    """

    text: str
    basis: Basis
    category: Category
    dimension: Dimension
    points: int
    red_line: bool = False
    instead: str = ""
    whole: bool = False
    sounds: bool = False
    unless: Patterns = ()
    topic: tuple[str, ...] = ()
    approved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Prepared:
    phrase: Phrase
    folded: str
    heard: tuple[str, ...]
    whole: re.Pattern[str] | None


class PhraseBook:
    """Phrases made ready once; `find` is thread-safe."""

    def __init__(self, phrases: Iterable[Phrase], synonyms: Mapping[str, str]) -> None:
        self._synonyms = synonyms
        self._prepared = tuple(self._prepare(phrase) for phrase in phrases)

    def find(self, script: Script, turn: Turn, index: int) -> Iterator[Finding]:
        """Findings in one turn."""
        everything = fold_plain(script.text).text
        for piece in sentences(script.text, turn.start, turn.end):
            plain = fold_plain(script.text, piece.start, piece.end)
            if not plain.text or quotes_a_ban(script.text[piece.start : piece.end]):
                continue
            yield from self._in_sentence(script, plain, everything, index)
        for piece in clauses(script.text, turn.start, turn.end):
            yield from self._in_clause(script, piece, everything, index)

    def _in_sentence(self, script: Script, plain: Folded, everything: str, index: int) -> Iterator[Finding]:
        folded = fold_phrase(plain, self._synonyms)
        for one in self._anywhere:
            at = folded.text.find(one.folded)
            if at >= 0 and self._stands(one, plain.text, everything):
                yield _finding(script, folded, at, at + len(one.folded), one.phrase, index)
        heard = hear(plain)
        present = frozenset().union(*heard.readings) if heard.readings else frozenset()
        for one in self._audible:
            if present.issuperset(one.heard) and self._stands(one, plain.text, everything):
                place = find_by_sound(heard, one.heard)
                if place is not None:
                    yield _finding(script, plain, *place, one.phrase, index, by_sound=True)

    def _in_clause(self, script: Script, piece: Piece, everything: str, index: int) -> Iterator[Finding]:
        plain = fold_plain(script.text, piece.start, piece.end)
        for one in self._whole:
            found = one.whole.fullmatch(plain.text) if one.whole else None
            if found and self._stands(one, plain.text, everything):
                yield _finding(script, plain, found.start("said"), found.end("said"), one.phrase, index)

    def _stands(self, one: _Prepared, sentence: str, everything: str) -> bool:
        topic = one.phrase.topic
        if any_of(one.phrase.unless, sentence) or any(said in everything for said in one.phrase.approved):
            return False
        return not topic or any(word in everything for word in topic)

    def _prepare(self, phrase: Phrase) -> _Prepared:
        plain, folded = fold_plain(phrase.text).text, canonical(phrase.text, self._synonyms)
        short = phrase.whole or len(folded) < ANYWHERE
        heard = syllables(plain) if len(plain) >= (3 if phrase.sounds else HEARD) else ()
        if phrase.sounds and not phrase.whole:
            short = False
        said = re.compile(f"{_BEFORE}(?P<said>{re.escape(plain)}){_AFTER}") if short else None
        return _Prepared(phrase, folded, () if short else heard, said)

    @cached_property
    def _anywhere(self) -> tuple[_Prepared, ...]:
        return tuple(one for one in self._prepared if one.whole is None)

    @cached_property
    def _whole(self) -> tuple[_Prepared, ...]:
        return tuple(one for one in self._prepared if one.whole is not None)

    @cached_property
    def _audible(self) -> tuple[_Prepared, ...]:
        return tuple(one for one in self._prepared if one.heard)


def general_phrases(rules: Sequence[PhraseRule]) -> Iterator[Phrase]:
    """The phrases that the general rules list."""
    for rule in rules:
        for text, whole in (*((one, False) for one in rule.phrases), *((one, True) for one in rule.whole)):
            yield Phrase(
                text=text,
                basis=rule.basis,
                category=rule.category,
                dimension=rule.dimension,
                points=rule.points,
                red_line=rule.red_line,
                instead=rule.instead,
                whole=whole,
                sounds=rule.sounds,
                unless=rule.unless,
            )


class PatternBook:
    """The patterns of the general rules, run over what was said, respelt by sound, and with synonyms."""

    def __init__(self, rules: Sequence[PhraseRule], keywords: Sequence[str], synonyms: Mapping[str, str]) -> None:
        self._rules = [rule for rule in rules if rule.patterns]
        self._keywords = [(word, syllables(word)) for word in keywords]
        self._synonyms = synonyms

    def find(self, script: Script, turn: Turn, index: int) -> Iterator[Finding]:
        """Findings in one turn; the same words may come more than once."""
        for piece in sentences(script.text, turn.start, turn.end):
            whole = fold_plain(script.text, piece.start, piece.end)
            if not whole.text or quotes_a_ban(script.text[piece.start : piece.end]):
                continue
            respelt = self._respelt(whole)
            parts = [
                fold_plain(script.text, one.start, one.end) for one in clauses(script.text, piece.start, piece.end)
            ]
            forms = _distinct([respelt, *parts, *(fold_phrase(one, self._synonyms) for one in (respelt, *parts))])
            for rule in self._rules:
                if not any_of(rule.unless, respelt.text):
                    for form in forms:
                        yield from _matches(rule, form, script, index)

    def _respelt(self, folded: Folded) -> Folded:
        """`folded` with words that only sound like a keyword spelt as the keyword."""
        for word, heard in self._keywords:
            place = None if word in folded.text else find_by_sound(hear(folded), heard)
            if place is not None:
                first, last = place
                origin = (folded.span(first, last),) * len(word)
                text = folded.text[:first] + word + folded.text[last:]
                folded = Folded(text, folded.origin[:first] + origin + folded.origin[last:])
        return folded


def quotes_a_ban(sentence: str) -> bool:
    """True for a sentence that only says what must not be said, the words themselves in quotation marks."""
    return _QUOTING.search(sentence) is not None


def _matches(rule: PhraseRule, form: Folded, script: Script, index: int) -> Iterator[Finding]:
    for pattern in rule.patterns:
        for found in pattern.finditer(form.text):
            if not found.group():
                continue
            start, end = form.span(found.start(), found.end())
            yield Finding(
                category=rule.category,
                dimension=rule.dimension,
                points=rule.points,
                basis=rule.basis,
                start=start,
                end=end,
                quote=script.text[start:end],
                match="pattern",
                turn=index,
                instead=rule.instead,
                red_line=rule.red_line,
            )


def _distinct(forms: Iterable[Folded]) -> list[Folded]:
    return list({(form.text, form.origin[:1]): form for form in forms if form.text}.values())


def _finding(
    script: Script, folded: Folded, first: int, last: int, phrase: Phrase, index: int, *, by_sound: bool = False
) -> Finding:
    start, end = folded.span(first, last)
    quote = script.text[start:end]
    match: Match = "exact" if quote == phrase.text else "homophone" if by_sound else "variant"
    return Finding(
        category=phrase.category,
        dimension=phrase.dimension,
        points=phrase.points,
        basis=phrase.basis,
        start=start,
        end=end,
        quote=quote,
        match=match,
        turn=index,
        instead=phrase.instead,
        red_line=phrase.red_line,
    )
