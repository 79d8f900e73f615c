"""Collects the documents of one release, which become visible together at its end; the base hands it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Self

from kb.encoding import Progress
from kb.errors import HomeError, UsageError
from kb.model import DocumentDraft, Principal
from kb.store import Catalogue, Release, ReleaseKind, VersionRef


class PutStatus(StrEnum):
    """What putting a document did."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class PutResult:
    """What putting one document did; `passages` is how many it has now."""

    status: PutStatus
    passages: int


@dataclass(frozen=True, slots=True)
class Built:
    """A release ready to be published: the versions it adds to, and the ones it leaves out of, its base."""

    release: Release
    added: tuple[int, ...]


Publish = Callable[[Built, Progress], Release]


class ReleaseBuilder:
    """Collects documents within `with kb.release(...) as release:`; everything becomes visible together at its end.

    Any exception inside the block abandons the release: nothing of it is ever seen. What was put before a kill is found
    again by the next run and neither read, embedded nor written twice.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        principal: Principal,
        note: str,
        *,
        kind: ReleaseKind,
        progress: Progress,
        checkpoint: Callable[[str], None],
        publish: Publish,
        require_open: Callable[[], None],
        done: Callable[[], None],
    ) -> None:
        self._catalogue = catalogue
        self._principal = principal
        self._note = note
        self._kind = kind
        self._progress = progress
        self._checkpoint = checkpoint
        self._publish = publish
        self._require_base_open = require_open
        self._done = done
        self._open = False
        self._puts = 0
        self.published: Release | None = None
        """The release once it answers; None when nothing changed."""
        active = catalogue.releases.active()
        self._base: Mapping[str, VersionRef] = catalogue.releases.versions(active.id) if active else {}
        self._held: dict[str, int] = {source: ref.id for source, ref in self._base.items()}

    @property
    def sources(self) -> frozenset[str]:
        """The sources this release holds so far, those of its base included."""
        return frozenset(self._held)

    def unchanged(self, source: str, fingerprint: str) -> bool:
        """True when the base holds this very version, so that the file need not even be read."""
        known = self._base.get(source)
        return known is not None and known.fingerprint == fingerprint and self._held.get(source) == known.id

    def put(self, draft: DocumentDraft, *, owner: str = "") -> PutResult:
        """Puts a whole document in place of any version of the same source; raises UsageError outside the block.

        `owner` answers for it from now on.
        """
        self._require_open()
        if self._puts == 0:
            self._checkpoint("after-read")
        self._puts += 1
        known = self._base.get(draft.source)
        if known is not None and known.fingerprint == draft.fingerprint:
            self._held[draft.source] = known.id
            return PutResult(PutStatus.UNCHANGED, len(draft.passages))
        self._held[draft.source] = self._catalogue.documents.put(draft, principal=self._principal, owner=owner)
        self._checkpoint("after-put")
        return PutResult(PutStatus.CHANGED if known else PutStatus.ADDED, len(draft.passages))

    def retire(self, source: str) -> bool:
        """Takes a source out; False when it was not in. Its versions stay in the catalogue."""
        self._require_open()
        return self._held.pop(source, None) is not None

    def __enter__(self) -> Self:
        self._open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open = False
        try:
            if error is None and self._held != {source: ref.id for source, ref in self._base.items()}:
                self._finish()
        finally:
            self._done()

    def _finish(self) -> None:
        before = {ref.id for ref in self._base.values()}
        added = tuple(version for version in self._held.values() if version not in before)
        release = self._catalogue.releases.start(self._kind, self._principal, self._note)
        try:
            self._catalogue.releases.place_all(release.id, added)
            for source in self._base.keys() - self._held.keys():
                self._catalogue.releases.retire(release.id, source)
            self._checkpoint("after-place")
            self.published = self._publish(Built(release, added), self._progress)
        except Exception:
            self._abandon(release)
            raise

    def _abandon(self, release: Release) -> None:
        """Closes a release that failed; where even that fails, the next one to start does it."""
        with suppress(HomeError):
            found = self._catalogue.releases.get(release.id)
            if found is not None and found.activated_at is None:
                self._catalogue.releases.abandon(release.id, principal=self._principal)

    def _require_open(self) -> None:
        self._require_base_open()
        if not self._open:
            raise UsageError("the release is closed", hint="发布已结束，不能再放入文档。")
