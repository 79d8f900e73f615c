"""The retention desk: reads sheet and playbook from the base, composes drafts; pages, API and command call it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from threading import Lock
from typing import Any, Protocol

from assist.access import Action, authorise
from assist.leaving.model import LeavingReason
from assist.retention.draft import compose
from assist.retention.facts import Facts, read_facts
from assist.retention.guarded import Faults, guarded
from assist.retention.model import Draft, Request, settings
from assist.retention.offers import Sheet, read_sheet
from assist.retention.pasted import read_pasted
from assist.retention.playbook import TELLING, Playbook, read_playbook
from assist.retention.reword import Rewriter, reworded
from kb.clock import Clock, today
from kb.errors import InputRefused
from kb.model import Kind, Passage, Principal
from kb.store import Assignment, Release

CHANNELS: Mapping[str, str] = {"voice": "10070语音", "chat": "在线客服"}
"""The channels of a question as the offer sheet names them."""


class Base(Protocol):
    """What the desk needs of the knowledge base."""

    def passages(
        self,
        principal: Principal,
        kinds: Collection[Kind] = (),
        as_of: date | None = None,
        *,
        mentioning: Collection[str] = (),
    ) -> list[Passage]:
        """Every passage of these kinds the principal may see, mentioning one of these; in force that day, or of any."""
        ...

    def active(self) -> Release | None:
        """The release that answers."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it arrives: facts by key or label, pasted notes, names of reason and channel; "" where unsaid.

    `assignment` is the one an earlier draft of the same call got, so that the call stays with its variant.
    """

    facts: Mapping[str, Any]
    text: str = ""
    reason: str = ""
    channel: str = ""
    style: str = ""
    call: Mapping[str, str] | None = None
    assignment: int | None = None


class Variants(Protocol):
    """Who says which variant of the script a call gets; `OutcomeDesk` does, and records it."""

    def assign(self, principal: Principal, reason: LeavingReason | None, segment: str) -> Assignment | None:
        """A new assignment, None when nothing is tried."""
        ...

    def assignment(self, assignment_id: int) -> Assignment:
        """One made before."""
        ...


class RetentionDesk:
    """Drafts for one base; thread-safe. Keeps nothing of a customer: facts live as long as the call."""

    def __init__(
        self,
        *,
        base: Base,
        clock: Clock,
        variants: Variants | None = None,
        rewriter: Rewriter | None = None,
        faults: Faults | None = None,
    ) -> None:
        self._base = base
        self._clock = clock
        self._variants = variants
        self._rewriter = rewriter
        self._faults = faults
        self._lock = Lock()
        self._read: dict[tuple[Any, ...], Any] = {}

    def draft(self, principal: Principal, asked: Asked, day: date | None = None) -> Draft:
        """The draft of a request on `day` (default today); raises Forbidden, InputRefused for what cannot be asked."""
        authorise(principal, Action.DRAFT_RETENTION)
        request = self._request(principal, asked, day or self.today())
        sheet, book = self.sheet(principal), self._playbook(principal, request.day)
        assignment = self._assignment(request, asked, book)
        if assignment is not None:
            request = replace(request, style=assignment.style)
        approved = replace(compose(sheet, book, request), assignment_id=assignment.id if assignment else None)
        draft = approved if self._rewriter is None else reworded(approved, self._rewriter)
        return draft if self._faults is None else guarded(draft, approved, self._faults)

    def sheet(self, principal: Principal) -> Sheet:
        """The offers the principal may see, of any day, with what is wrong with the sheet."""
        authorise(principal, Action.DRAFT_RETENTION)
        key = ("sheet", self._release(), principal.role, principal.department)
        found: Sheet = self._once(key, lambda: read_sheet(self._base.passages(principal, {Kind.OFFER})))
        return found

    def today(self) -> date:
        """The day on which drafts are asked for."""
        return today(self._clock)

    def _assignment(self, request: Request, asked: Asked, book: Playbook) -> Assignment | None:
        """The variant of this call: the one it has, or a new one; none when the style was chosen by hand."""
        if self._variants is None or asked.style:
            return None
        if asked.assignment is not None:
            return self._variants.assignment(asked.assignment)
        stratum = book.stratum(request.facts)
        return self._variants.assign(request.principal, request.reason, stratum.name if stratum else "")

    def _playbook(self, principal: Principal, day: date) -> Playbook:
        key = ("book", self._release(), principal.role, principal.department, day)

        def read() -> Playbook:
            rules = self._base.passages(principal, {Kind.POLICY}, day, mentioning=TELLING)
            return read_playbook([*rules, *self._base.passages(principal, {Kind.SCRIPT}, day)])

        found: Playbook = self._once(key, read)
        return found

    def _request(self, principal: Principal, asked: Asked, day: date) -> Request:
        sheet = self.sheet(principal)
        if not sheet.offers and self._base.active() is None:
            raise InputRefused("the base is empty", hint="知识库里还没有内容，请先导入优惠清单和话术。")
        facts, call = _facts(asked, sheet, day)
        if asked.style and asked.style not in settings()["styles"]:
            known = "、".join(settings()["styles"])
            raise InputRefused(
                f"no style {asked.style!r}", hint=f"没有“{asked.style[:20]}”这个话术版本，可选：{known}。"
            )
        return Request(
            principal=principal,
            day=day,
            facts=facts,
            channel=_channel(asked.channel, sheet),
            reason=read_reason(asked.reason),
            style=asked.style,
            call={**call, **(asked.call or {})},
        )

    def _release(self) -> int | None:
        release = self._base.active()
        return None if release is None else release.id

    def _once(self, key: tuple[Any, ...], make: Any) -> Any:
        """What was read of this release, read once; a new release forgets the old ones."""
        with self._lock:
            if key in self._read:
                return self._read[key]
        made = make()
        with self._lock:
            self._read = {known: value for known, value in self._read.items() if known[1] == key[1]}
            if len(self._read) >= 64:
                self._read.clear()
            self._read[key] = made
        return made


def read_reason(text: str) -> LeavingReason | None:
    """The reason by key or Chinese name, None for an empty one; InputRefused for any other."""
    if not text.strip():
        return None
    for reason in LeavingReason:
        if text.strip() in {reason.value, reason.label}:
            return reason
    known = "、".join(reason.label for reason in LeavingReason)
    raise InputRefused(f"no reason {text!r}", hint=f"没有“{text[:20]}”这个离网原因，可选：{known}。")


def _channel(text: str, sheet: Sheet) -> str:
    name = CHANNELS.get(text.strip() or "voice", text.strip())
    known = sheet.channels
    if known and name not in known and name not in CHANNELS.values():
        raise InputRefused(f"no channel {name!r}", hint=f"没有“{name[:20]}”这个渠道，可选：{'、'.join(known)}。")
    return name


def _facts(asked: Asked, sheet: Sheet, day: date) -> tuple[Facts, dict[str, str]]:
    """Facts of notes and fields together; a field typed by hand stands before what the notes say of it."""
    given = dict(asked.facts)
    typed = read_facts(given, sheet.plans)
    if not asked.text.strip():
        return typed, {}
    regions = {
        str(value)
        for offer in sheet.offers
        for each in offer.conditions
        if each.key == "region"
        for value in each.values
    }
    pasted = read_pasted(asked.text, today=day, plans=sheet.plans, regions=regions)
    settled = typed.values.keys() | {key for problem in typed.problems for key in problem.keys}
    merged = read_facts(
        {**{key: value for key, value in pasted.facts.items() if key not in settled}, **given}, sheet.plans
    )
    doubts = tuple(problem for problem in pasted.problems if not set(problem.keys) & settled)
    return replace(merged, problems=(*merged.problems, *doubts)), pasted.call
