"""What the agent is offered, unasked, when a customer means to leave; the agent's page and the API show it.

`RetentionDraft` is the seam: whoever composes a fuller draft gives the advisor a callable in place of the approved
retention script of the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from assist.access import Action, authorise
from assist.compliance.model import Speaker
from assist.compliance.transcript import read_script
from assist.compose import read_row
from assist.leaving.detect import LeavingDetector, settings
from assist.leaving.model import Leaving
from kb.errors import InputRefused
from kb.mask import mask
from kb.model import Kind, Passage, Principal
from kb.rows import ScriptRow

REMEMBERED = 5
"""So many of the latest things said in a call are read for what is known of the customer."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Wording to keep a customer: `steps` in order, what never to say, where it stands and from when to when.

    `link` leads to the page where it is worked on further, "" for none; `sections` are a heading and its lines each,
    for what goes beyond the first words.
    """

    title: str
    steps: tuple[str, ...]
    source: str
    forbidden: tuple[str, ...] = ()
    notes: str = ""
    effective_from: date | None = None
    effective_to: date | None = None
    link: str = ""
    sections: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """For whom a draft is wanted: who asks, on what day, over "voice" or "chat".

    `text` is what the customer said in this call, the latest last, personal details hidden.
    """

    leaving: Leaving
    text: str
    principal: Principal
    as_of: date
    channel: str = "voice"


RetentionDraft = Callable[[Request], Draft | None]
"""Makes the draft; None when there is nothing approved to offer."""


@dataclass(frozen=True, slots=True)
class Offered:
    """That a customer means to leave, why, and the draft for it, if any."""

    leaving: Leaving
    draft: Draft | None


class LeavingAdvisor:
    """Looks at what customers say and offers what keeps them; thread-safe."""

    def __init__(self, *, detector: LeavingDetector, draft: RetentionDraft) -> None:
        self._detector = detector
        self._draft = draft

    def detect(self, principal: Principal, text: str) -> Leaving:
        """What a question or transcript shows; raises Forbidden, and InputRefused for text without words."""
        authorise(principal, Action.DETECT_LEAVING)
        if not any(character.isalnum() for character in text):
            raise InputRefused("the text has no words", hint="没有看到文字，请写下客户说的话，或粘贴通话转写。")
        return self._detector.detect(text)

    def offer(
        self, principal: Principal, said: Sequence[str], *, as_of: date, channel: str = "voice"
    ) -> Offered | None:
        """The offer for the latest thing said, earlier reasons counting; None when there is no wish to leave."""
        latest = self.detect(principal, said[-1])
        if not latest.intends:
            return None
        leaving = latest
        if latest.reason is None and len(said) > 1:
            whole = self._detector.detect("\n".join(f"客户：{' '.join(one.split())}" for one in said))
            leaving = whole if whole.reason is not None else latest
        request = Request(leaving, mask(_own_words(said)), principal, as_of, channel)
        return Offered(leaving, self._draft(request))


def _own_words(said: Sequence[str]) -> str:
    """The latest things the customer said; of a transcript only their turns."""
    scripts = [read_script(text) for text in said[-REMEMBERED:] if any(character.isalnum() for character in text)]
    spoken = [
        script.said(turn)
        for script in scripts
        for turn in script.turns
        if turn.speaker is Speaker.CUSTOMER or not script.labelled
    ]
    return "\n".join(" ".join(text.split()) for text in spoken)


class Base(Protocol):
    """What the approved scripts need of the knowledge base."""

    def passages(self, principal: Principal, kinds: Collection[Kind] = (), as_of: date | None = None) -> list[Passage]:
        """Passages of these kinds, in force on a day."""
        ...


class ApprovedDrafts:
    """A RetentionDraft from the approved retention scripts alone: the one whose name goes with reason or request."""

    def __init__(self, base: Base, *, page: str = "") -> None:
        self._base = base
        self._page = page

    def __call__(self, request: Request) -> Draft | None:
        """The approved script in force that day for the principal, None when the sheet has none."""
        scripts = [
            (passage, row)
            for passage in self._base.passages(request.principal, {Kind.SCRIPT}, request.as_of)
            if isinstance(row := read_row(passage), ScriptRow)
            and any(word in row.scenario for word in settings().scenario)
        ]
        for word in _words(request.leaving):
            for passage, row in scripts:
                if word in row.subscenario:
                    return self._made(passage, row)
        return None

    def _made(self, passage: Passage, row: ScriptRow) -> Draft:
        return Draft(
            title=row.subscenario or row.scenario,
            steps=tuple(step.text for step in row.steps) or (row.wording,),
            source=f"{passage.title} {row.code}".strip(),
            forbidden=row.forbidden,
            notes=row.notes,
            effective_from=passage.validity.effective_from,
            effective_to=passage.validity.effective_to,
            link=self._page,
        )


def _words(leaving: Leaving) -> list[str]:
    """Words that the name of a fitting script has, the most fitting first."""
    chosen = settings()
    by_reason = chosen.scripts.get(leaving.reason.value, ()) if leaving.reason else ()
    said = "".join(cue.text for cue in leaving.cues)
    dear = [word for word in by_reason if word in said]
    return [*dear, *by_reason, *chosen.wants.get(leaving.wants, ()), *chosen.otherwise]
