"""The new-policy digest (新政策速递): what changed since when, old and new, who has confirmed it; API and page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from assist.access import Action, authorise
from assist.loop.diff import Clause, ClauseChange, changes
from kb.clock import Clock, today
from kb.knowledge import KnowledgeBase
from kb.model import Principal
from kb.store import Release

_DOCUMENTS = 50


@dataclass(frozen=True, slots=True)
class NewsItem:
    """One document that is new, changed or gone ("added", "changed", "retired"), with its clauses old and new."""

    source: str
    title: str
    what: str
    effective_from: date | None
    effective_to: date | None
    changes: tuple[ClauseChange, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """What changed from release `since` (None: before the first) to release `until`, and when these went out."""

    since: int | None
    until: int | None
    items: tuple[NewsItem, ...]
    read: bool
    since_at: datetime | None = None
    until_at: datetime | None = None


class NewsDesk:
    """Digests by person, each in what they may see."""

    def __init__(self, base: KnowledgeBase, clock: Clock) -> None:
        self._base = base
        self._clock = clock

    def digest(self, principal: Principal, since: datetime | None = None) -> Digest:
        """What changed since a moment, or since the person confirmed; without either, by the last release."""
        authorise(principal, Action.READ_NEWS)
        active = self._base.active()
        if active is None:
            return Digest(None, None, (), True)
        last = self._base.catalogue.notices.last_read(principal.id)
        before = self._before(active, since, last)
        # The first knowledge of a home is news to nobody in particular, unless it is asked for.
        first = since is None and before is None
        items = () if first or before == active.id else self._items(principal, before, active.id)
        begun = None if before is None else self._base.catalogue.releases.get(before)
        read = last is not None and last >= active.id
        return Digest(before, active.id, items, read, begun.activated_at if begun else None, active.activated_at)

    def standing(self, principal: Principal) -> tuple[int | None, int | None]:
        """Up to which release a person has read, and which one answers: while it is the same, so is the digest."""
        authorise(principal, Action.READ_NEWS)
        active = self._base.active()
        return self._base.catalogue.notices.last_read(principal.id), active.id if active else None

    def latest(self, principal: Principal) -> Digest:
        """What the release that answers now changed, whoever has read it."""
        authorise(principal, Action.READ_NEWS)
        active = self._base.active()
        if active is None or active.base_id is None:
            return Digest(None, active.id if active else None, (), read=True)
        items = self._items(principal, active.base_id, active.id)
        return Digest(active.base_id, active.id, items, read=True, until_at=active.activated_at)

    def confirm(self, principal: Principal) -> None:
        """Confirms that a person has read everything up to the release that answers now."""
        authorise(principal, Action.READ_NEWS)
        active = self._base.active()
        if active is not None:
            self._base.catalogue.notices.read_up(principal, active.id)

    def readers(self, principal: Principal) -> dict[str, datetime]:
        """Who has confirmed reading up to the release that answers now."""
        authorise(principal, Action.READ_REPORTS)
        active = self._base.active()
        return {} if active is None else self._base.catalogue.notices.readers(active.id)

    def _before(self, active: Release, since: datetime | None, last: int | None) -> int | None:
        if since is not None:
            out = [one for one in self._base.catalogue.releases.history(500) if one.activated_at is not None]
            earlier = [one.id for one in out if one.activated_at and one.activated_at <= since]
            return max(earlier, default=min((one.id for one in out), default=None))
        return last if last is not None else active.base_id

    def _items(self, principal: Principal, before: int | None, until: int) -> tuple[NewsItem, ...]:
        catalogue = self._base.catalogue
        old = {} if before is None else catalogue.releases.versions(before)
        new = catalogue.releases.versions(until)
        titles = {one.source: one for one in catalogue.documents.summaries(until)}
        gone = {} if before is None else {one.source: one for one in catalogue.documents.summaries(before)}
        found = []
        for source in sorted({*old, *new}):
            if source in old and source in new and old[source].id == new[source].id:
                continue
            summary = titles.get(source) or gone[source]
            pair = [self._clauses(principal, refs[source].id) if source in refs else [] for refs in (old, new)]
            what = "added" if source not in old else "changed" if source in new else "retired"
            changed = changes(pair[0], pair[1])
            if changed:
                days = summary.validity
                found.append(NewsItem(source, summary.title, what, days.effective_from, days.effective_to, changed))
        return tuple(found[:_DOCUMENTS])

    def _clauses(self, principal: Principal, version_id: int) -> list[Clause]:
        """The clauses of a version that the person may see."""
        documents = self._base.catalogue.documents
        passages = documents.passages(documents.passage_ids([version_id]).tolist()).values()
        seen = [each for each in passages if each.audience.admits(principal)]
        found: dict[str, Clause] = {}
        for at, each in enumerate(seen):
            # A row of a table is known by its question, so that one row more does not make all the others new.
            name = " › ".join(part for part in (*each.heading, *each.questions[:1]) if part) or f"第 {at + 1} 段"
            while name in found:
                name = f"{name}·续"
            found[name] = Clause(name, each.text)
        return list(found.values())

    def today(self) -> date:
        """The day the digest is read on."""
        return today(self._clock)
