"""Frozen values between the question asked and the answer given; every way in (page, API, command) speaks them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from kb.model import Kind, Principal
from kb.rows import Row

MAX_QUESTION_CHARS = 2_000
"""A longer question is refused: nobody reads it out, and its point is lost in the search."""


class Channel(StrEnum):
    """How the answer reaches the customer: said aloud, or typed."""

    VOICE = "voice"
    CHAT = "chat"


class Outcome(StrEnum):
    """What became of a question."""

    ANSWERED = "answered"
    REFUSED = "refused"
    ASKED = "asked"


class Mode(StrEnum):
    """Where an answer's wording comes from: approved beforehand, written by a model and proved, or quoted."""

    APPROVED = "approved"
    GENERATED = "generated"
    QUOTED = "quoted"


class Origin(StrEnum):
    """Where a sentence comes from: approved wording, the model (and proved), or the passage letter for letter."""

    APPROVED = "approved"
    WRITTEN = "written"
    QUOTED = "quoted"


class Reason(StrEnum):
    """Why a question was refused; only NO_EVIDENCE opens a knowledge gap."""

    NO_EVIDENCE = "no_evidence"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    NO_WORDS = "no_words"
    CONTROL_CHARACTERS = "control_characters"


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier turn of the same call."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question as asked, by whom, as of which day.

    `history` is oldest first; `scope` names sources (empty: all); `record` False leaves no trace (evaluation, health);
    `session` joins the questions of one call in the log.
    """

    text: str
    principal: Principal
    as_of: date
    history: tuple[Turn, ...] = ()
    scope: tuple[str, ...] = ()
    channel: Channel = Channel.VOICE
    session: str = ""
    record: bool = True


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a sentence comes from: `quote` stands letter for letter in the passage `passage_id`.

    `section` is the text of the parent section (None: the passage has none); `highlight` the first and last-plus-one
    character of the quote in it.
    """

    n: int
    source: str
    title: str
    heading: tuple[str, ...]
    page: int | None
    quote: str
    effective_from: date | None
    effective_to: date | None
    kind: Kind
    passage_id: int
    section: str | None = None
    highlight: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class BusinessType:
    """The business type of a question: its label and each type's share of the evidence (sums to 1)."""

    label: str
    shares: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Near:
    """Something nearly found, for the refusal and for whoever closes the gap."""

    source: str
    title: str
    heading: tuple[str, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Change:
    """A rule that changes on `day`: what holds until then and what from then on, each with its source."""

    day: date
    old: Citation
    new: Citation


@dataclass(frozen=True, slots=True)
class Sentence:
    """Event, and part of an answer: a proved piece of it, with the numbers of the citations that prove it."""

    text: str
    citations: tuple[int, ...]
    origin: Origin = Origin.QUOTED


@dataclass(frozen=True, slots=True)
class Phrase:
    """An approved opening or closing, letter for letter; `slots` are to be filled in, `code` names the script.

    Its citation is numbered after those of the answer.
    """

    text: str
    citation: Citation
    slots: tuple[str, ...] = ()
    code: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the asker gets, whatever the outcome.

    `text` is what is said to the agent, also for refused and asked; `understood` is the question after follow-up
    rewriting; `row` is the typed source row behind an approved wording (steps, slots, forbidden phrases);
    `notices` are short remarks such as a coming change of rule; `reason` is set when refused; `question_id` is the line
    in the log that feedback refers to. `sentences` are the pieces of `text`; `left_out` says why sentences of a model
    were not used (codes of wording.yaml, never their words), `degraded` why a model that is set wrote none of it.
    `opening` and `closing` are said before and after `text`, `farewell` when the call ends; they are no part of `text`.
    `channel` is the one it was made for, None where nobody said.
    """

    outcome: Outcome
    text: str
    mode: Mode | None = None
    confidence: float = 0.0
    choices: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()
    gap_id: str | None = None
    business_type: BusinessType | None = None
    understood: str = ""
    row: Row | None = None
    notices: tuple[str, ...] = ()
    near: tuple[Near, ...] = ()
    reason: Reason | None = None
    question_id: int | None = None
    sentences: tuple[Sentence, ...] = ()
    left_out: tuple[str, ...] = ()
    degraded: str = ""
    changes: tuple[Change, ...] = ()
    opening: Phrase | None = None
    closing: Phrase | None = None
    farewell: Phrase | None = None
    channel: Channel | None = None
    timings_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Understood:
    """Event: how the question was read (after follow-up rewriting)."""

    question: str


@dataclass(frozen=True, slots=True)
class Opened:
    """Event: what is said first, before the answer is known; it is not taken back. Its citation has no number yet."""

    phrase: Phrase


@dataclass(frozen=True, slots=True)
class Restarted:
    """Event: the sentences so far are taken back, the model having failed; those that follow stand in their place."""


@dataclass(frozen=True, slots=True)
class Finished:
    """Event: the whole answer; always the last one."""

    answer: Answer


Event = Understood | Opened | Sentence | Restarted | Finished
