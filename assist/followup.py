"""Makes a follow-up question stand on its own from the call's earlier turns, by rules; the Assistant calls it first.

Three cases: another value for something said before (那199的呢？), a pronoun (这个怎么退？), and an aspect without its
subject (多久生效？). A question with a subject of its own is left alone, so that a change of topic drags nothing along.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

import yaml

from assist.lexicon import lexicon
from assist.model import Turn
from assist.terms import Mention, TermIndex
from kb.text import content_words, normalise, strip_asking

_MAX_TURNS = 8
_MAX_ELLIPSIS = 12
_MAX_SHORT = 7
_MAX_WEAK = 16
_END = re.compile(r"[\s,。.?!;:、~…]+$|^[\s,。.?!;:、~…]+")
_DAY = re.compile(r"(?:\d{4}年)?\d{1,2}月(?:\d{1,2}[日号])?|\d{4}年(?:版)?|\d{4}版")
_PLACE = re.compile(r"[\u4e00-\u9fff]{2,3}(?:市|县|区|省)|农村|城区|城市|乡下")
_FIGURE = re.compile(r"(?<![第\d.])\d+(?:\.\d+)?(?:gb?|mb?|兆|元|块|张|个月|天|年|岁|分钟)?")


@dataclass(frozen=True, slots=True)
class Standalone:
    """A question that can be searched on its own; `carried` are the words taken over from earlier turns.

    `alternative` is the question read the other way, when it may as well stand alone: the better answered one counts.
    """

    text: str
    carried: tuple[str, ...] = ()
    alternative: str | None = None


@dataclass(frozen=True, slots=True)
class _Words:
    pronoun: re.Pattern[str]
    weak_pronoun: re.Pattern[str]
    lead: re.Pattern[str]
    tail: re.Pattern[str]
    particle: re.Pattern[str]
    aspect: frozenset[str]
    aspect_pattern: re.Pattern[str]
    aspect_category: frozenset[str]


def rewrite(question: str, history: Sequence[Turn], terms: TermIndex) -> Standalone:
    """`question` made to stand alone; itself, untouched, when it already does or when nothing was asked before."""
    asked = [turn.text for turn in history if turn.role == "user" and turn.text.strip()][-_MAX_TURNS:]
    if not asked:
        return Standalone(question)
    earlier = asked[0]
    for text in asked[1:]:
        earlier = _join(text, earlier, terms).text
    return _join(question, earlier, terms)


def _join(question: str, earlier: str, terms: TermIndex) -> Standalone:
    """`question` read after the standalone question `earlier`."""
    text = _trim(normalise(question))
    before = _trim(normalise(earlier))
    core = _core(text)
    if _is_ellipsis(text, core, terms):
        return _with_new_value(core, before, terms, announced=core != text)
    if _words().pronoun.search(text):
        return _with_subject(text, before, terms)
    if _is_aspect_only(core, terms):
        return _with_topic(text, before, terms)
    if len(core) <= _MAX_WEAK and not _subjects(core, terms):
        return replace(_with_topic(text, before, terms), alternative=question)
    return Standalone(question)


def _is_ellipsis(text: str, core: str, terms: TermIndex) -> bool:
    """True for a bare value: short, no predicate of its own, and announced by 那 … 呢 or by being a name alone."""
    if not core or len(core) > _MAX_ELLIPSIS:
        return False
    rest = _without(core, terms.mentions(core))
    rest = _FIGURE.sub("", _PLACE.sub("", lexicon().place.sub("", _DAY.sub("", rest))))
    rest = _words().particle.sub("", rest)
    if not rest:
        return bool(_subjects(core, terms)) or any(pattern.search(core) for pattern in _value_patterns())
    announced = text.endswith("呢") and (bool(_words().lead.match(text)) or len(core) <= _MAX_SHORT)
    return announced and len(rest) <= _MAX_SHORT and not _words().aspect_pattern.search(rest)


def _is_aspect_only(core: str, terms: TermIndex) -> bool:
    """True when everything the question says is an aspect of something unsaid (多久生效, 要收费吗)."""
    if _subjects(core, terms) or _PLACE.search(core):
        return False
    return all(word in _words().aspect or _words().aspect_pattern.fullmatch(word) for word in content_words(core))


def _with_new_value(core: str, before: str, terms: TermIndex, *, announced: bool) -> Standalone:
    """`before` with the part of the same kind replaced by `core`; added in front when there is no such part.

    A name said alone (not `announced` by 那 … 呢) that is of no kind said before begins a topic of its own.
    """
    value = _words().particle.sub("", core) if not terms.mentions(core) else core
    span = _same_kind(core, before, terms)
    if span is None and not announced:
        return Standalone(core)
    if span is None:
        return Standalone(f"{value} {before}", carried=tuple(content_words(before)))
    kept = before[: span[0]] + " " + before[span[1] :]
    new = _standard_or(core, terms)
    return Standalone(_put(new, before, span), carried=tuple(content_words(kept)))


def _put(new: str, text: str, span: tuple[int, int]) -> str:
    """`text` with `new` in the place of `span`, no figure running into another (畅行199 1个月)."""
    left, right = text[: span[0]], text[span[1] :]
    return f"{left}{' ' * _run_on(left, new)}{new}{' ' * _run_on(new, right)}{right}"


def _run_on(left: str, right: str) -> bool:
    return left[-1:].isdigit() and right[:1].isdigit()


def _with_subject(text: str, before: str, terms: TermIndex) -> Standalone:
    """`text` with its first pronoun replaced by what `before` was about."""
    subject = _subject(before, terms)
    said = _words().pronoun.search(text)
    replaced = _put(subject, text, said.span()) if said else text
    return Standalone(_words().lead.sub("", replaced, count=1), carried=(subject,))


def _with_topic(text: str, before: str, terms: TermIndex) -> Standalone:
    subject = _subject(before, terms)
    return Standalone(f"{subject} {_words().lead.sub('', text, count=1)}", carried=(subject,))


def _subject(before: str, terms: TermIndex) -> str:
    """What a question is about: its names when it has any, else its words without the asking."""
    topic = strip_asking(before).strip()
    named = _subjects(before, terms)
    if not named:
        return topic
    end = named[0].end
    for mention in named[1:]:
        if mention.start - end > 1:
            break
        end = mention.end
    return before[named[0].start : end]


def _subjects(text: str, terms: TermIndex) -> list[Mention]:
    """Names in `text` that are not themselves mere aspects (流量, 月费, 办理 …)."""
    return [
        mention
        for mention in terms.mentions(text)
        if mention.category not in _words().aspect_category and mention.standard not in _words().aspect
    ]


def _same_kind(core: str, before: str, terms: TermIndex) -> tuple[int, int] | None:
    """Where in `before` stands a value of the kind of `core`: name of one category, day, place or figure."""
    named = terms.mentions(core)
    if named:
        wanted = named[0]
        others = [m for m in terms.mentions(before) if m.category == wanted.category and m.standard != wanted.standard]
        family = [
            m for m in others if terms.family(m.standard) and terms.family(m.standard) == terms.family(wanted.standard)
        ]
        chosen = (family or others)[:1]
        return (chosen[0].start, chosen[0].end) if chosen else None
    for pattern in _value_patterns():
        if pattern.search(core):
            match = pattern.search(before)
            return match.span() if match else None
    return None


def _value_patterns() -> tuple[re.Pattern[str], ...]:
    return (_DAY, lexicon().place, _PLACE, _FIGURE)


def _standard_or(core: str, terms: TermIndex) -> str:
    named = terms.mentions(core)
    return named[0].standard if named else _words().particle.sub("", core)


def _core(text: str) -> str:
    """`text` without what only announces a follow-up, front and back."""
    core = text
    while (match := _words().lead.match(core)) and match.end() < len(core):
        core = _trim(core[match.end() :])
    while (match := _words().tail.search(core)) and match.start() > 0:
        core = _trim(core[: match.start()])
    return core


def _without(text: str, mentions: Sequence[Mention]) -> str:
    for mention in reversed(mentions):
        text = text[: mention.start] + text[mention.end :]
    return text


def _trim(text: str) -> str:
    return _END.sub("", _END.sub("", text))


@cache
def _words() -> _Words:
    loaded = yaml.safe_load(resources.files("assist").joinpath("data/followup.yaml").read_text(encoding="utf-8"))
    data = {name: [normalise(word) for word in words] for name, words in loaded.items()}
    aspects = _any(data["aspect"])
    return _Words(
        pronoun=re.compile(_any(data["pronoun"])),
        weak_pronoun=re.compile(_any(data["weak_pronoun"])),
        lead=re.compile(f"(?:{_any(data['lead'])})[,、 ]*"),
        tail=re.compile(f"(?:{_any(data['tail'])})$"),
        particle=re.compile(_any(data["slot_particle"])),
        aspect=frozenset(data["aspect"]),
        aspect_pattern=re.compile(aspects),
        aspect_category=frozenset(loaded["aspect_category"]),
    )


def _any(words: Sequence[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
