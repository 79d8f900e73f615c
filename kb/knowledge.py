"""The knowledge base: documents go in by releases, passages come out by questions; `app.py` opens the one of a home."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from kb.clock import Clock, today
from kb.embed import Embedder
from kb.encoding import WINDOW, Encoders, Progress
from kb.errors import HomeError, UsageError
from kb.home import Home
from kb.indexing import Verification, verify
from kb.keeper import Keeper
from kb.lock import HomeLock
from kb.model import DocumentDraft, Kind, Passage, Principal, SearchQuery, SearchResult
from kb.release import Built, ReleaseBuilder
from kb.retrieve import Reranker
from kb.search import Searcher
from kb.store import Catalogue, DocumentSummary, Release, ReleaseKind, Section, sqlite_url
from kb.trial import Trial
from kb.view import View


@dataclass(frozen=True, slots=True)
class Stats:
    """What a base holds: counts of the active release, and what its indexes were made with."""

    release_id: int | None
    documents: int
    passages: int
    vectors: int
    generation: str | None
    model: str | None


class KnowledgeBase:
    """One home, owned by one process; every method may be called from any thread, also while a release is built."""

    def __init__(
        self, home: Home, lock: HomeLock, catalogue: Catalogue, keeper: Keeper, clock: Clock, reranker: Reranker | None
    ) -> None:
        self.home = home
        self.lock = lock
        self.catalogue = catalogue
        self.clock = clock
        self._keeper = keeper
        self._reranker = reranker
        self._searcher = Searcher(catalogue, keeper, reranker)
        self._counted: tuple[View | None, int] = (None, 0)
        self._closed = False

    @classmethod
    def open(
        cls,
        home: Path,
        *,
        embedder: Embedder | Callable[[], Embedder],
        clock: Clock,
        progress: Progress | None = None,
        checkpoint: Callable[[str], None] | None = None,
        database_url: str | None = None,
        model: str = "",
        load: Callable[[str], Embedder] | None = None,
        reranker: Reranker | None = None,
        window: int = WINDOW,
    ) -> KnowledgeBase:
        """Opens a home, making it when absent; indexes that are missing, damaged or different are made good first.

        `embedder` may be a callable that loads it when first needed; `model` is the setting it stands for, `load` gives
        the embedder of another setting, for the time between a change of model and the end of `reembed`. `progress` is
        told of a rebuild; `reranker` orders the best hits anew. Raises HomeBusy when another process owns the home,
        HomeError when it cannot be used, ModelUnavailable.
        """
        place = Home(Path(home))
        place.prepare()
        lock = HomeLock(place.root, clock=clock).acquire()
        catalogue: Catalogue | None = None
        try:
            catalogue = Catalogue.open(database_url or sqlite_url(place.catalogue), clock=clock)
            encoders = Encoders(embedder, load)
            keeper = Keeper(
                place,
                catalogue,
                encoders,
                setting=model,
                window=window,
                checkpoint=checkpoint or _ignore,
                progress=progress or _silent,
            )
        except BaseException:
            if catalogue is not None:
                catalogue.close()
            lock.release()
            raise
        return cls(place, lock, catalogue, keeper, clock, reranker)

    def release(
        self,
        principal: Principal,
        note: str = "",
        *,
        progress: Progress | None = None,
        kind: ReleaseKind = ReleaseKind.INGEST,
        override_reason: str | None = None,
        wait: float = 0.0,
    ) -> ReleaseBuilder:
        """Begins a release, to be used as `with kb.release(...) as release:`; nothing of it is seen before its end.

        One at a time: raises HomeBusy when another is being built for longer than `wait` seconds. A pending change of
        the embedding model is finished first.
        """
        told = progress or _silent
        self._keeper.begin("make a release", wait)
        try:
            self._keeper.reembed(told)
            return ReleaseBuilder(
                self.catalogue,
                principal,
                note,
                kind=kind,
                progress=told,
                checkpoint=self._keeper.checkpoint,
                publish=lambda built, tell: self._keeper.publish(built, principal, tell, override_reason),
                require_open=self._keeper.require_open,
                done=self._keeper.end,
            )
        except BaseException:
            self._keeper.end()
            raise

    @contextmanager
    def trial(
        self, principal: Principal, drafts: Sequence[DocumentDraft], retire: Collection[str] = (), *, wait: float = 0.0
    ) -> Iterator[Trial]:
        """What would answer after a release of `drafts` without the sources `retire`, beside what answers now.

        Nothing of it is seen by anybody else, and nothing stays. Raises HomeBusy while a release is being built.
        """
        with self._keeper.writing("try a release", wait):
            release = self.catalogue.releases.start(ReleaseKind.TRIAL, principal)
            try:
                added = tuple(self.catalogue.documents.put(each, principal=principal) for each in drafts)
                self.catalogue.releases.place_all(release.id, added)
                for source in retire:
                    self.catalogue.releases.retire(release.id, source)
                with self._keeper.trying(Built(release, added), _silent) as view:
                    yield Trial(self.catalogue, view, Searcher(self.catalogue, self._keeper, self._reranker))
            finally:
                self.catalogue.releases.abandon(release.id, principal=principal)

    def roll_back(
        self,
        principal: Principal,
        release_id: int,
        note: str = "",
        *,
        progress: Progress | None = None,
        wait: float = 0.0,
    ) -> Release:
        """Activates a new release of exactly the documents of an earlier one, which stays as it was.

        Raises UsageError for a release that never answered or whose documents are gone, HomeBusy during another.
        """
        told = progress or _silent
        with self._keeper.writing("roll back", wait):
            self._keeper.reembed(told)
            found = self.catalogue.releases.get(release_id)
            held = self.catalogue.releases.versions(release_id)
            if found is None or found.activated_at is None or not held:
                raise UsageError(
                    f"release {release_id} never answered",
                    hint=f"{release_id} 号发布从未生效，或其中的文档已不存在，不能回退到它。请另选一个生效过的发布。",
                )
            release = self.catalogue.releases.start(ReleaseKind.ROLLBACK, principal, note, copy_of=release_id)
            now = {ref.id for ref in self.catalogue.releases.versions(release.base_id or 0).values()}
            added = tuple(ref.id for ref in held.values() if ref.id not in now)
            try:
                return self._keeper.publish(Built(release, added), principal, told)
            except Exception:
                with suppress(HomeError, UsageError):
                    self.catalogue.releases.abandon(release.id, principal=principal)
                raise

    def search(self, query: SearchQuery) -> SearchResult:
        """The best visible passages in force on the day, at most `query.k`; raises InputRefused, UsageError.

        A customer's question opens only the public shelf. `timings_ms` has encode, dense, lexical, rank, fetch, total.
        """
        with self._keeper.current.borrow() as view:
            return self._searcher.search(view, query)

    def passage(self, passage_id: int, principal: Principal, as_of: date | None = None) -> Passage | None:
        """A passage with its days resolved; None when it is unknown, not theirs to see or not in force that day."""
        with self._keeper.current.borrow() as view:
            return self._searcher.shown(view, [passage_id], principal, as_of or today(self.clock)).get(passage_id)

    def passages(
        self,
        principal: Principal,
        kinds: Collection[Kind] = (),
        as_of: date | None = None,
        *,
        mentioning: Collection[str] = (),
    ) -> list[Passage]:
        """Every passage of these kinds (of all, when none are given) that `principal` may see, by id, days resolved.

        Only those in force on `as_of`; without a day whatever their days, for whoever must tell what has ended from
        what never was. With `mentioning` only those whose text holds one of its strings: of a large base the rest is
        not read.
        """
        with self._keeper.current.borrow() as view:
            ids = view.roster.ids
            if mentioning:
                ids = np.intersect1d(ids, self.catalogue.documents.mentioning(mentioning), assume_unique=True)
            return list(self._searcher.shown(view, ids.tolist(), principal, as_of, kinds).values())

    def section(self, section_id: int, principal: Principal, as_of: date | None = None) -> Section | None:
        """A parent section; None unless everything in it may be seen by `principal` and is in force that day."""
        with self._keeper.current.borrow() as view:
            return self._searcher.section(view, section_id, principal, as_of or today(self.clock))

    def documents(self, principal: Principal) -> list[DocumentSummary]:
        """The documents of the active release that `principal` may see something of, by source, whatever their dates.

        `passages` counts what they may see, and sources they may not see are not named.
        """
        with self._keeper.current.borrow() as view:
            if view.release is None:
                return []
            roster = view.roster
            admitted = np.array([each.admits(principal) for each in roster.audiences] or [True], dtype=np.bool_)
            seen = np.bincount(roster.source[admitted[roster.audience]], minlength=len(roster.sources))
            counts = dict(zip(roster.sources, seen.tolist(), strict=True))
            summaries = self.catalogue.documents.summaries(view.release.id)
        shown = [
            each for each in summaries if counts[each.source] or (not each.passages and each.audience.admits(principal))
        ]
        names = {each.source for each in shown}
        return [_narrowed(each, counts[each.source], names) for each in shown]

    @contextmanager
    def view(self) -> Iterator[View]:
        """What answers now, its indexes open and complete until the end of the block; for measuring and looking on."""
        with self._keeper.current.borrow() as view:
            yield view

    def active(self) -> Release | None:
        """The release that answers, None before the first."""
        return self._keeper.current.view.release

    def verify(self, *, sample: int | None = None) -> Verification:
        """Compares catalogue and indexes id by id and looks for every passage, or `sample` of them; minutes if big."""
        with self._keeper.current.borrow() as view:
            if view.generation is None:
                return Verification(None, 0, 0)
            return verify(self.catalogue, view.generation, view.roster, sample=sample)

    def stats(self) -> Stats:
        """Counts of what answers now; counted once a release, so that it may be asked at any time."""
        with self._keeper.current.borrow() as view:
            generation = view.generation
            counted, vectors = self._counted
            if counted is not view:
                vectors = 0 if generation is None else sum(len(s.vectors.ids()) for s in generation.shelves.values())
                self._counted = (view, vectors)
            return Stats(
                release_id=view.release.id if view.release else None,
                documents=len(view.roster.sources),
                passages=len(view.roster),
                vectors=vectors,
                generation=generation.name if generation else None,
                model=generation.model if generation else None,
            )

    def model_changed(self) -> bool:
        """True when the embedder given is not the one of the indexes, so that `reembed` is due. Loads it."""
        return self._keeper.model_changed()

    def reembed(self, progress: Progress | None = None, *, wait: float = 0.0) -> bool:
        """Moves to the embedder given while the old indexes answer; False when there was nothing to do.

        May take hours; what it has done before it is stopped is kept. Raises HomeBusy while a release is built.
        """
        with self._keeper.writing("change the embedding model", wait):
            return self._keeper.reembed(progress or _silent)

    def rebuild(self, progress: Progress | None = None, *, wait: float = 0.0) -> None:
        """Makes both indexes anew from the catalogue while the old ones answer. Raises HomeBusy during a release."""
        with self._keeper.writing("rebuild the indexes", wait):
            self._keeper.rebuild(progress or _silent)

    def close(self) -> None:
        """Stops what is being built at its next step, and gives the home back; closing again does nothing."""
        if not self._closed:
            self._closed = True
            self._keeper.close()
            self.catalogue.close()
            self.lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _narrowed(summary: DocumentSummary, passages: int, names: set[str]) -> DocumentSummary:
    return replace(
        summary,
        passages=passages,
        supersedes=tuple(each for each in summary.supersedes if each.partition("#")[0] in names),
        superseded_by=tuple(each for each in summary.superseded_by if each in names),
    )


def _silent(_step: str, _done: int, _total: int) -> None:
    """Tells nobody."""


def _ignore(_point: str) -> None:
    """Passes every checkpoint."""
