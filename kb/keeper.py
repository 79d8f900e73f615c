"""Keeps catalogue, indexes and view in step: opens, publishes, rebuilds and re-embeds for the knowledge base."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from kb import shelves
from kb.embed import Embedder
from kb.encoding import Encoders, Progress, embed_missing
from kb.errors import HomeBusy, HomeError
from kb.home import Home
from kb.indexing import Checkpoint, fill, reconcile
from kb.model import Principal
from kb.release import Built
from kb.shelves import SHELVES, Damaged, Generation, Ids, passages_of
from kb.store import Catalogue, Release
from kb.view import EMPTY_ROSTER, Current, View, is_public

_log = logging.getLogger(__name__)

_MODEL = "embedding"


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """Which embedder the indexes in use were made with, and the setting that loads it (empty: unknown)."""

    name: str
    setting: str = ""


class Keeper:
    """The one writer of a home's indexes and of the view."""

    def __init__(
        self,
        home: Home,
        catalogue: Catalogue,
        encoders: Encoders,
        *,
        setting: str,
        window: int,
        checkpoint: Checkpoint,
        progress: Progress,
    ) -> None:
        self._home = home
        self._catalogue = catalogue
        self._encoders = encoders
        self._setting = setting
        self._window = window
        self.checkpoint = checkpoint
        self._writing = threading.Lock()
        self._closing = threading.Event()
        self.current = Current(self._first_view(progress))

    @contextmanager
    def writing(self, doing: str, wait: float = 0.0) -> Iterator[None]:
        """The right to change anything; raises HomeBusy when somebody else has it for longer than `wait` seconds."""
        self.begin(doing, wait)
        try:
            yield
        finally:
            self.end()

    def begin(self, doing: str, wait: float = 0.0) -> None:
        """Takes the right to change anything, see `writing`."""
        if not self._writing.acquire(timeout=wait):
            raise HomeBusy(
                f"cannot {doing}: another release is being built",
                hint="另一项入库或索引更新正在进行，请等它完成后再试。",
            )
        try:
            self.require_open()
        except HomeError:
            self._writing.release()
            raise

    def require_open(self) -> None:
        """Raises HomeError once the base is being closed, so that long work stops at its next step."""
        if self._closing.is_set():
            raise HomeError("the knowledge base is closing", hint="知识库正在关闭，已完成的部分保留，下次接着做。")

    def end(self) -> None:
        """Gives the right back."""
        self._writing.release()

    def record(self) -> ModelRecord | None:
        """The embedder of the indexes in use; None before the first release."""
        known = self._catalogue.settings.get(_MODEL)
        return None if known is None else ModelRecord(**known)

    def encoder(self, view: View) -> Embedder | None:
        """The embedder whose vectors `view` holds; None when it cannot be loaded any more."""
        if view.generation is None:
            return None
        wanted = self._encoders.wanted()
        if wanted.name == view.generation.model:
            return wanted
        record = self.record()
        return self._encoders.for_model(view.generation.model, record.setting if record else "")

    def model_changed(self) -> bool:
        """True when the wanted embedder is not the one the indexes were made with. Loads it."""
        generation = self.current.view.generation
        return generation is not None and generation.model != self._encoders.wanted().name

    @contextmanager
    def trying(self, built: Built, progress: Progress) -> Iterator[View]:
        """The view that a release would make, beside the one that answers; afterwards nothing of it is left indexed.

        To be called while writing. What it adds is indexed like that of a release being published: no roster in use
        holds it, so no search but that of the view given finds it.
        """
        embedder = self._encoders.wanted()
        generation = self._generation_for(embedder)
        watched = self._stoppable(progress)
        self._embed(embedder, built.added, watched)
        roster = self._catalogue.releases.roster(built.release.id)
        terms = self._catalogue.documents.terms(built.release.id)
        new = np.setdiff1d(roster.ids, self.current.view.roster.ids, assume_unique=True)
        try:
            self._fill(generation, new, is_public(roster, new), "index", watched)
            generation.commit()
            yield View(built.release, roster, terms, generation)
        finally:
            self._drop_or_leave(generation, new)

    def publish(
        self, built: Built, principal: Principal, progress: Progress, override_reason: str | None = None
    ) -> Release:
        """Embeds and indexes what a release adds, unseen; activates it; then takes what it dropped off the shelves."""
        embedder = self._encoders.wanted()
        generation = self._generation_for(embedder)
        watched = self._stoppable(progress)
        self._embed(embedder, built.added, watched)
        roster = self._catalogue.releases.roster(built.release.id)
        terms = self._catalogue.documents.terms(built.release.id)
        before = self.current.view.roster
        new = np.setdiff1d(roster.ids, before.ids, assume_unique=True)
        try:
            self._fill(generation, new, is_public(roster, new), "index", watched)
            generation.commit()
            self.checkpoint("before-activate")
            release = self._catalogue.releases.activate(
                built.release.id, approver=principal, override_reason=override_reason
            )
        except Exception:
            self._drop_or_leave(generation, new)
            raise
        self.checkpoint("after-activate")
        self.current.replace(View(release, roster, terms, generation))
        gone = np.setdiff1d(before.ids, roster.ids, assume_unique=True)
        if len(gone):
            self._drop_or_leave(generation, gone)
            self.checkpoint("after-drop")
            self._renew_or_leave(generation, progress)
        return release

    def reembed(self, progress: Progress) -> bool:
        """Moves to the wanted embedder while the old generation answers; False when there was nothing to do.

        To be called while writing. What was embedded before a kill or a stop is kept.
        """
        if not self.model_changed():
            self._purge()
            return False
        embedder = self._encoders.wanted()
        watched = self._stoppable(progress)
        versions = self.current.view.roster.versions
        self._embed(embedder, versions, watched)
        self._swap(ModelRecord(embedder.name, self._setting), watched)
        self._purge()
        self._encoders.forget_older()
        return True

    def rebuild(self, progress: Progress) -> None:
        """Makes both indexes anew from the catalogue while the old ones answer. To be called while writing."""
        record = self.record()
        if record is not None:
            watched = self._stoppable(progress)
            self._embed_lost(record, watched)
            self._swap(record, watched)

    def close(self) -> None:
        """Stops a running build at its next step, waits for it, and closes the indexes."""
        self._closing.set()
        with self._writing:
            view = self.current.view
            self.current.replace(replace(view, generation=None))
            if view.generation is not None:
                view.generation.close()

    def _first_view(self, progress: Progress) -> View:
        release = self._catalogue.releases.active()
        if release is None:
            return View(None, EMPTY_ROSTER, (), self._open_empty())
        view = View(
            release, self._catalogue.releases.roster(release.id), self._catalogue.documents.terms(release.id), None
        )
        try:
            generation = self._open_trusted(view)
        except Damaged as error:
            _log.warning("the indexes are rebuilt: %s", error.message)
            generation = self._rebuilt(view, self._best_record(), progress)
        shelves.sweep(self._home, generation)
        return replace(view, generation=generation)

    def _open_empty(self) -> Generation | None:
        """Before the first release: what a kill left is reused when it is sound and thrown away when it is not."""
        try:
            with _guarded():
                generation = shelves.open_current(self._home)
                if generation is not None:
                    reconcile(self._catalogue, generation, EMPTY_ROSTER)
                return generation
        except Damaged:
            return None

    def _open_trusted(self, view: View) -> Generation:
        generation: Generation | None = None
        try:
            with _guarded():
                generation = shelves.open_current(self._home)
                if generation is None:
                    raise Damaged("there is no index")
                reconcile(self._catalogue, generation, view.roster)
        except BaseException:
            if generation is not None:
                generation.close()
            raise
        record = self.record()
        if record is None or record.name != generation.model:
            self._remember(ModelRecord(generation.model))
        return generation

    def _best_record(self) -> ModelRecord:
        """The embedder whose vectors the catalogue holds, by what was remembered, else by what was ever embedded."""
        record = self.record()
        if record is not None:
            return record
        for name in self._catalogue.embeddings.models():
            return ModelRecord(name)
        wanted = self._encoders.wanted()
        return ModelRecord(wanted.name, self._setting)

    def _remember(self, record: ModelRecord) -> None:
        self._catalogue.settings.set(_MODEL, {"name": record.name, "setting": record.setting})

    def _generation_for(self, embedder: Embedder) -> Generation:
        """The generation that a release adds to, made when there is none yet."""
        generation = self.current.view.generation
        if generation is not None and generation.model == embedder.name:
            return generation
        # Only before the first release: a changed model is moved to before a release begins.
        record = ModelRecord(embedder.name, self._setting)
        generation = shelves.create(self._home, model=record.name)
        shelves.make_current(self._home, generation)
        self._remember(record)
        before = self.current.view
        self.current.replace(replace(before, generation=generation))
        if before.generation is not None:
            shelves.discard(before.generation)
        return generation

    def _swap(self, record: ModelRecord, progress: Progress) -> None:
        before = self.current.view
        generation = self._rebuilt(before, record, progress)
        self.current.replace(replace(before, generation=generation))
        if before.generation is not None:
            shelves.discard(before.generation)
        shelves.sweep(self._home, generation)

    def _rebuilt(self, view: View, record: ModelRecord, progress: Progress) -> Generation:
        """A new generation with all of `view`'s passages, made current; on failure nothing of it stays."""
        generation = shelves.create(self._home, model=record.name)
        try:
            ids = view.roster.ids
            marks = ("during-rebuild", "during-rebuild")
            self._fill(generation, ids, is_public(view.roster, ids), "rebuild", progress, marks)
            generation.commit()
            self.checkpoint("before-swap")
            shelves.make_current(self._home, generation)
        except BaseException:
            shelves.discard(generation)
            raise
        self._remember(record)
        return generation

    def _purge(self) -> None:
        """Removes the vectors of earlier models, and of a change that was taken back."""
        generation = self.current.view.generation
        if generation is not None and self._catalogue.embeddings.models().keys() - {generation.model}:
            self._catalogue.embeddings.purge(generation.model)

    def _embed_lost(self, record: ModelRecord, progress: Progress) -> None:
        """Embeds what the catalogue has lost, where there is anything; the model is not even loaded otherwise."""
        versions = self.current.view.roster.versions
        if self._catalogue.documents.count_missing(versions, record.name):
            embedder = self.encoder(self.current.view)
            if embedder is not None:
                self._embed(embedder, versions, progress)

    def _embed(self, embedder: Embedder, versions: Collection[int], progress: Progress) -> None:
        embed_missing(
            self._catalogue, embedder, versions, window=self._window, progress=progress, checkpoint=self.checkpoint
        )

    def _fill(
        self,
        generation: Generation,
        ids: Ids,
        public: np.ndarray[tuple[int], np.dtype[np.bool_]],
        step: str,
        progress: Progress,
        marks: tuple[str, str] = ("after-vectors-added", "after-lexical-added"),
    ) -> None:
        fill(
            self._catalogue,
            generation,
            ids,
            public,
            step=step,
            progress=progress,
            checkpoint=self.checkpoint,
            marks=marks,
            batch=min(self._window, 2000),
        )

    def _renew_or_leave(self, generation: Generation, progress: Progress) -> None:
        """Makes a worn generation anew; where that fails the old one goes on."""
        try:
            if generation.worn():
                self.rebuild(progress)
        except HomeError as error:
            _log.warning("worn indexes stay in use: %s", error.message)

    def _drop_or_leave(self, generation: Generation, passages: Ids) -> None:
        """Takes passages off the shelves; where that fails they stay unseen until the next start removes them."""
        try:
            self._drop(generation, passages)
        except HomeError as error:
            _log.warning("passages of no release stay indexed: %s", error.message)

    def _drop(self, generation: Generation, passages: Ids) -> None:
        for name in SHELVES:
            held = generation.shelves[name].vectors.ids()
            generation.remove(name, vectors=held[np.isin(passages_of(held), passages)], passages=passages)
        generation.commit()

    def _stoppable(self, progress: Progress) -> Callable[[str, int, int], None]:
        def tell(step: str, done: int, total: int) -> None:
            self.require_open()
            progress(step, done, total)

        return tell


@contextmanager
def _guarded() -> Iterator[None]:
    """Turns whatever the index libraries do with broken files into Damaged, panics of their Rust parts included."""
    try:
        yield
    except (Damaged, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        raise Damaged(f"the indexes do not open: {type(error).__name__}") from error
