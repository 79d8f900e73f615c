"""Collects the documents of one release, which become visible together at its end; the base hands it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Self

from kb.encoding import Progress
from kb.errors import UsageError
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
        self._release: Release | None = None
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
        return source in self._base and self._base[source].fingerprint == fingerprint and self._kept(source)

    def put(self, draft: DocumentDraft) -> PutResult:
        """Puts a whole document in place of any version of the same source; raises UsageError outside the block."""
        self._require_open()
        if self._puts == 0:
            self._checkpoint("after-read")
        self._puts += 1
        known = self._base.get(draft.source)
        if known is not None and known.fingerprint == draft.fingerprint:
            self._restore(draft.source, known)
            return PutResult(PutStatus.UNCHANGED, len(draft.passages))
        version = self._catalogue.documents.put(draft, principal=self._principal)
        self._checkpoint("after-put")
        self._catalogue.releases.place(self._started().id, version)
        self._held[draft.source] = version
        self._checkpoint("mid-puts")
        return PutResult(PutStatus.CHANGED if known else PutStatus.ADDED, len(draft.passages))

    def retire(self, source: str) -> bool:
        """Takes a source out; False when it was not in. Its versions stay in the catalogue."""
        self._require_open()
        if source not in self._held:
            return False
        self._catalogue.releases.retire(self._started().id, source)
        del self._held[source]
        return True

    def __enter__(self) -> Self:
        self._open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open = False
        try:
            if self._release is None:
                return
            if error is not None or not self._differs():
                self._catalogue.releases.abandon(self._release.id, principal=self._principal)
                return
            self._finish(self._release)
        finally:
            self._done()

    def _finish(self, release: Release) -> None:
        before = {ref.id for ref in self._base.values()}
        added = tuple(version for version in self._held.values() if version not in before)
        try:
            self.published = self._publish(Built(release, added), self._progress)
        except Exception:
            found = self._catalogue.releases.get(release.id)
            if found is not None and found.activated_at is None:
                self._catalogue.releases.abandon(release.id, principal=self._principal)
            raise

    def _started(self) -> Release:
        if self._release is None:
            self._release = self._catalogue.releases.start(self._kind, self._principal, self._note)
        return self._release

    def _restore(self, source: str, known: VersionRef) -> None:
        """Goes back to the base's version of a source that was changed or retired earlier in this block."""
        if not self._kept(source):
            self._catalogue.releases.place(self._started().id, known.id)
            self._held[source] = known.id

    def _kept(self, source: str) -> bool:
        return self._held.get(source) == self._base[source].id

    def _differs(self) -> bool:
        return self._held != {source: ref.id for source, ref in self._base.items()}

    def _require_open(self) -> None:
        self._require_base_open()
        if not self._open:
            raise UsageError("the release is closed", hint="发布已结束，不能再放入文档。")
