"""What the public site reads: an immutable copy of public knowledge, found by a pointer and swapped whole.

`kb.publish` writes it on the staff side. A copy is opened without any way of writing it, and its dates are checked on
the way out as in the staff's own base: always by today, whatever day a question names.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from kb.clock import Clock, today
from kb.embed import Embedder
from kb.errors import HomeError
from kb.flat import FlatVectors
from kb.lexical import TantivyLexical
from kb.model import Passage, Principal, Role, SearchQuery, SearchResult
from kb.search import Searcher
from kb.shelves import PUBLIC, Generation, Shelf
from kb.store import Catalogue, Release, Section
from kb.view import View, gate

VISITOR = Principal(id="customer", role=Role.CUSTOMER)
"""Whoever stands in front of the public site."""

FORMAT = 1
POINTER = "CURRENT"
COPIES = "copies"
MANIFEST = "manifest.json"
CATALOGUE = "catalogue.db"
VECTORS = "vectors"
LEXICAL = "lexical"

_Opened = TypeVar("_Opened")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a copy says of itself: `files` maps each path below the copy to its SHA-256 in hexadecimal digits.

    `model` is the embedder's name, `setting` what loads it, `day` the first day on which the copy held.
    """

    name: str
    day: date
    model: str
    setting: str
    documents: int
    passages: int
    files: dict[str, str]

    def json(self) -> str:
        """As written beside the copy."""
        body = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return json.dumps(body | {"day": self.day.isoformat(), "format": FORMAT}, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """The manifest of the copy in `folder`; raises HomeError for one unreadable or of another format."""
        try:
            body: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            if body.pop("format") != FORMAT:
                raise ValueError("another format")
            return cls(**{**body, "day": date.fromisoformat(body["day"])})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _damaged(f"copy {folder.name} has no readable manifest") from error


class PublishedBase:
    """One open copy; it answers as the knowledge base does, for customers and for today only. Thread-safe."""

    def __init__(self, folder: Path, *, load: Callable[[str], Embedder], clock: Clock) -> None:
        """Opens the copy; `load` gives the embedder of a setting. Raises HomeError for a damaged copy."""
        self.manifest = Manifest.read(folder)
        self.catalogue = Catalogue.open_sealed(folder / CATALOGUE, clock=clock)
        self._clock = clock
        release = self.catalogue.releases.active()
        if release is None:
            raise _damaged(f"copy {folder.name} holds no release")
        shelf = Shelf(PUBLIC, FlatVectors(folder / VECTORS), TantivyLexical(folder / LEXICAL))
        self._view = View(
            release,
            self.catalogue.releases.roster(release.id),
            self.catalogue.documents.terms(release.id),
            Generation(folder, self.manifest.model, {PUBLIC: shelf}, {}, {}),
        )
        self._searcher = Searcher(self.catalogue, _Fitting(load, self.manifest), None)

    def search(self, query: SearchQuery) -> SearchResult:
        """The best passages in force today, whatever `query` says of days and principals."""
        return self._searcher.search(self._view, replace(query, principal=VISITOR, as_of=today(self._clock)))

    def section(self, section_id: int, principal: Principal, as_of: date | None = None) -> Section | None:  # noqa: ARG002
        """A parent section, None unless all of it is in force today."""
        return self._searcher.section(self._view, section_id, VISITOR, today(self._clock))

    def active(self) -> Release | None:
        """The one release of the copy."""
        return self._view.release

    def entries(self) -> list[Passage]:
        """Every passage in force today, by id."""
        ids = self._view.roster.ids
        shown = ids[gate(self._view.roster, VISITOR, today(self._clock))(ids)]
        return list(self.catalogue.documents.passages(np.sort(shown).tolist()).values())

    def close(self) -> None:
        """Releases all files."""
        self.catalogue.close()
        if self._view.generation is not None:
            self._view.generation.close()


class Copies(Generic[_Opened]):
    """The copy in use, opened once by `make` and changed when the pointer does; every answer borrows one copy."""

    def __init__(self, root: Path, make: Callable[[Path], _Opened], close: Callable[[_Opened], None]) -> None:
        self._root = root
        self._make = make
        self._close = close
        self._lock = threading.Lock()
        self._name = ""
        self._held: _Opened | None = None
        self._readers: dict[int, int] = {}
        self._left: dict[int, _Opened] = {}

    @contextmanager
    def borrow(self) -> Iterator[_Opened | None]:
        """The copy that the pointer names, open until the end of the block; None while nothing was ever published."""
        with self._lock:
            self._follow()
            held = self._held
            if held is not None:
                self._readers[id(held)] = self._readers.get(id(held), 0) + 1
        try:
            yield held
        finally:
            if held is not None:
                with self._lock:
                    self._leave(held)

    def close(self) -> None:
        """Closes the copy in use."""
        with self._lock:
            if self._held is not None:
                self._close(self._held)
                self._held, self._name = None, ""

    def _follow(self) -> None:
        """Opens what the pointer names; where that fails, the copy before goes on."""
        name = current_name(self._root)
        if not name or name == self._name:
            return
        try:
            opened = self._make(self._root / COPIES / name)
        except HomeError:
            if self._held is None:
                raise
            return
        before, self._held, self._name = self._held, opened, name
        if before is not None:
            if self._readers.get(id(before)):
                self._left[id(before)] = before
            else:
                self._close(before)

    def _leave(self, held: _Opened) -> None:
        self._readers[id(held)] -= 1
        if not self._readers[id(held)]:
            del self._readers[id(held)]
            if self._left.pop(id(held), None) is not None:
                self._close(held)


class _Fitting:
    """The embedder of a copy's own model, loaded at the first question; None when it cannot be had."""

    def __init__(self, load: Callable[[str], Embedder], manifest: Manifest) -> None:
        self._load = load
        self._manifest = manifest

    def encoder(self, view: View) -> Embedder | None:  # noqa: ARG002
        found = self._load(self._manifest.setting)
        return found if found.name == self._manifest.model else None


def current_name(root: Path) -> str:
    """The name of the copy in use; "" before the first, and for a pointer that names no plain folder."""
    try:
        name = (root / POINTER).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return name if name and Path(name).name == name else ""


def examine(folder: Path) -> list[str]:
    """What is wrong with the copy in `folder`, file by file; nothing when it is as it was built."""
    try:
        files = Manifest.read(folder).files
    except HomeError as error:
        return [error.message]
    problems = []
    for name, expected in files.items():
        path = folder / name
        if not path.is_file():
            problems.append(f"copy {folder.name} has lost {name}")
        elif digest(path) != expected:
            problems.append(f"copy {folder.name} has an altered file: {name}")
    return problems


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _damaged(what: str) -> HomeError:
    return HomeError(what, hint="对客发布的副本不完整，请在内部端执行 check 修复或重新发布。")
