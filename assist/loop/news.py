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
    """What changed from release `since` (None: before the first) to release `until`."""

    since: int | None
    until: int | None
    items: tuple[NewsItem, ...]
    read: bool


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
        items = () if before == active.id else self._items(principal, before, active.id)
        return Digest(before, active.id, items, last is not None and last >= active.id)

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
            earlier = [
                one.id
                for one in self._base.catalogue.releases.history(500)
                if one.activated_at is not None and one.activated_at <= since
            ]
            return max(earlier, default=None)
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
        return [Clause(" › ".join(each.heading) or f"第 {at + 1} 段", each.text) for at, each in enumerate(seen)]

    def today(self) -> date:
        """The day the digest is read on."""
        return today(self._clock)
