"""Generations of the two disposable indexes on disk: making, sealing, opening, filling and swapping; the base owns one.

A generation is a folder with one shelf for public and one for internal passages; `CURRENT` names the one in use. After
every batch of writes the files are sealed (their checksums are noted): a vector file changed by anything else would at
best hide passages and at worst take the process down, so it is never opened; the generation is rebuilt instead.
"""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kb.errors import HomeError
from kb.home import Home, storage, write_atomically
from kb.lexical import LexicalEntry, LexicalIndex, TantivyLexical
from kb.passages import SLOTS
from kb.vectors import LOGGED, ChromaVectors, VectorIndex

PUBLIC = "public"
INTERNAL = "internal"
SHELVES = (PUBLIC, INTERNAL)

Ids = NDArray[np.int64]

_FORMAT = 1
_POINTER = "CURRENT"
_META = "meta.json"
_SEAL = "seal.json"
_VECTORS = "vectors"
_LEXICAL = "lexical"
_GRAPH_WRITTEN = "index_metadata.pickle"
_CHANGING = (".sqlite3", ".sqlite3-journal", ".sqlite3-wal", ".sqlite3-shm", ".json", ".lock")
_CHUNK = 1 << 20
_SETTLE_AFTER = 500
_WORN_AFTER = 2000
_SETTLE = range(1 << 60, (1 << 60) + LOGGED)


class Damaged(HomeError):  # noqa: N818
    """A generation cannot be trusted or opened; it is to be rebuilt from the catalogue."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Both indexes over the passages of one side."""

    name: str
    vectors: VectorIndex
    lexical: LexicalIndex


@dataclass(frozen=True, slots=True)
class _Seal:
    """Checksums: `files` maps a path below the generation to (bytes, modified ns, CRC-32), `ids` is one number a shelf.

    `pending` counts vector changes by shelf that the vector library still keeps in its log, `removed` vectors removed
    since the generation was made.
    """

    files: Mapping[str, list[int]]
    ids: list[int]
    pending: Mapping[str, int]
    removed: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Generation:
    """One open pair of shelves; `model` names the embedder its vectors come from."""

    folder: Path
    model: str
    shelves: Mapping[str, Shelf]
    pending: dict[str, int]
    removed: dict[str, int]

    @property
    def name(self) -> str:
        """Its folder's name."""
        return self.folder.name

    def add_vectors(self, ids: Ids, vectors: NDArray[np.float32], public: NDArray[np.bool_]) -> None:
        """Adds or replaces vectors by vector id, each on its side: `public` is (n,), aligned with `ids`."""
        with storage("write the vector index"):
            for shelf, mine in ((self.shelves[PUBLIC], public), (self.shelves[INTERNAL], ~public)):
                if mine.any():
                    shelf.vectors.add(ids[mine].tolist(), vectors[mine])
                    self.pending[shelf.name] += int(mine.sum())

    def add_entries(self, entries: list[LexicalEntry], public: NDArray[np.bool_]) -> None:
        """Adds or replaces passages of the lexical indexes, each on its side; `commit` makes them found."""
        with storage("write the lexical index"):
            for shelf, side in ((self.shelves[PUBLIC], True), (self.shelves[INTERNAL], False)):
                mine = [entry for entry, is_public in zip(entries, public, strict=True) if bool(is_public) is side]
                if mine:
                    shelf.lexical.add(mine)

    def remove(self, shelf: str, *, vectors: Ids, passages: Ids) -> None:
        """Takes vector ids and passage ids off one shelf; ids that are not there are ignored."""
        with storage("remove from the indexes"):
            if vectors.size:
                self.shelves[shelf].vectors.remove(vectors.tolist())
                self.pending[shelf] += len(vectors)
                self.removed[shelf] += len(vectors)
            if passages.size:
                self.shelves[shelf].lexical.remove(passages.tolist())

    def commit(self) -> None:
        """Makes lexical changes durable and found, and seals the files and vector ids as they now are."""
        with storage("commit the indexes"):
            for shelf in self.shelves.values():
                shelf.lexical.commit()
                self._settle(shelf)
            _seal(self.folder, _digest(self.vector_ids()), self.pending, self.removed)

    def worn(self) -> bool:
        """True when a shelf has seen more vectors removed than it holds: Chroma's graph keeps a trace of each."""
        return any(
            self.removed[name] > max(_WORN_AFTER, len(shelf.vectors.ids())) for name, shelf in self.shelves.items()
        )

    def vector_ids(self) -> dict[str, Ids]:
        """All vector ids by shelf, ascending."""
        return {name: shelf.vectors.ids() for name, shelf in self.shelves.items()}

    def as_sealed(self, held: Mapping[str, Ids]) -> bool:
        """True when `held` (see `vector_ids`) are the very ids that were there when the files were last sealed."""
        return _read_seal(self.folder).ids == _digest(held)

    def _settle(self, shelf: Shelf) -> None:
        """Makes Chroma write its graph: it keeps thousands of changes in a log that every start would work through.

        There is no call for it, but removing as many ids that were never there fills the log at next to no cost.
        """
        if self.pending[shelf.name] > _SETTLE_AFTER:
            shelf.vectors.remove(_SETTLE)
            self.pending[shelf.name] = 0

    def close(self) -> None:
        """Releases all files."""
        for shelf in self.shelves.values():
            with suppress(Exception):
                shelf.lexical.close()
            with suppress(Exception):
                shelf.vectors.close()


def open_current(home: Home) -> Generation | None:
    """The generation in use, checked against its seal; None when there is none yet. Raises Damaged."""
    try:
        name = (home.index / _POINTER).read_text(encoding="utf-8").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    folder = home.index / name
    if not name or Path(name).name != name or not folder.is_dir():
        raise Damaged(f"index generation {name!r} is missing")
    model = _read_meta(folder)
    _check_seal(folder)
    return _open(folder, model)


def create(home: Home, *, model: str) -> Generation:
    """A new, empty generation beside the one in use; nobody reads it until `make_current`."""
    with storage("create an index generation"):
        taken = [int(path.name[1:]) for path in home.index.glob("g*") if path.name[1:].isdigit()]
        folder = home.index / f"g{max(taken, default=0) + 1:06d}"
        for name in SHELVES:
            (folder / name).mkdir(parents=True)
        meta = {"format": _FORMAT, "model": model}
        write_atomically(folder / _META, json.dumps(meta, ensure_ascii=False))
        return _open(folder, model)


def make_current(home: Home, generation: Generation) -> None:
    """Seals a filled generation and points to it, in one step that a kill cannot split."""
    generation.commit()
    with storage("switch the index generation"):
        write_atomically(home.index / _POINTER, generation.name + "\n")


def sweep(home: Home, keep: Generation) -> None:
    """Removes every other generation: older ones, and newer ones that a kill left unfinished."""
    for path in home.index.glob("g*"):
        if path != keep.folder:
            shutil.rmtree(path, ignore_errors=True)


def discard(generation: Generation) -> None:
    """Closes a generation and removes its folder."""
    generation.close()
    shutil.rmtree(generation.folder, ignore_errors=True)


def passages_of(vector_ids: Ids) -> Ids:
    """Passage ids of vector ids, aligned with them."""
    return vector_ids // SLOTS


def difference(have: Ids, want: Ids) -> tuple[Ids, Ids]:
    """What is (missing, superfluous), both ascending."""
    return np.setdiff1d(want, have), np.setdiff1d(have, want)


def _open(folder: Path, model: str) -> Generation:
    opened: list[Shelf] = []
    try:
        for name in SHELVES:
            vectors = ChromaVectors(folder / name / _VECTORS)
            opened.append(Shelf(name, vectors, TantivyLexical(folder / name / _LEXICAL)))
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        # The libraries are written in Rust: a panic in them is a BaseException that is not an Exception.
        for shelf in opened:
            with suppress(Exception):
                shelf.vectors.close()
        raise Damaged(f"index generation {folder.name} does not open: {type(error).__name__}") from error
    seal = _read_seal(folder)
    return Generation(folder, model, {shelf.name: shelf for shelf in opened}, dict(seal.pending), dict(seal.removed))


def _read_meta(folder: Path) -> str:
    try:
        meta = json.loads((folder / _META).read_text(encoding="utf-8"))
        if meta["format"] != _FORMAT:
            raise Damaged(f"index generation {folder.name} has format {meta['format']}")
        return str(meta["model"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Damaged(f"index generation {folder.name} has no readable description") from error


def _digest(held: Mapping[str, Ids]) -> list[int]:
    return [zlib.crc32(held[name].tobytes()) for name in SHELVES]


def _seal(folder: Path, ids: list[int], pending: Mapping[str, int], removed: Mapping[str, int]) -> None:
    known = _read_seal(folder).files
    sealed: dict[str, list[int]] = {}
    for path in _sealed_files(folder):
        with suppress(FileNotFoundError):  # a background merge may drop a lexical segment meanwhile
            name, status = str(path.relative_to(folder)), path.stat()
            stamp = [status.st_size, status.st_mtime_ns]
            same = known.get(name, [])[:2] == stamp
            sealed[name] = [*stamp, known[name][2] if same else _checksum(path)]
    write_atomically(folder / _SEAL, json.dumps({"files": sealed, "ids": ids, "pending": pending, "removed": removed}))


def _check_seal(folder: Path) -> None:
    """Vector files must be exactly the sealed ones; lexical segments may be gone since, whole, but never altered."""
    if not (folder / _SEAL).exists():
        raise Damaged(f"index generation {folder.name} was never sealed")
    sealed = _read_seal(folder).files
    present = {str(path.relative_to(folder)): path for path in _sealed_files(folder)}
    if {name for name in sealed if _is_vector_file(name)} != {name for name in present if _is_vector_file(name)}:
        raise Damaged(f"index generation {folder.name} has lost or gained vector files")
    kept = {Path(name).with_suffix("") for name in present}
    if any(Path(name).with_suffix("") in kept for name in sealed.keys() - present.keys()):
        raise Damaged(f"index generation {folder.name} has lost a part of a lexical segment")
    for name in sealed.keys() & present.keys():
        if sealed[name][2] != _checksum(present[name]):
            raise Damaged(f"index generation {folder.name} has an altered file: {name}")


def _read_seal(folder: Path) -> _Seal:
    """The seal as written; an empty one, which fits nothing, when there is none that can be read."""
    try:
        seal = json.loads((folder / _SEAL).read_text(encoding="utf-8"))
        files = {str(name): [int(each) for each in stamp] for name, stamp in seal["files"].items()}
        pending, removed = ({name: int(seal[key][name]) for name in SHELVES} for key in ("pending", "removed"))
        return _Seal(files, list(seal["ids"]), pending, removed)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return _Seal({}, [], dict.fromkeys(SHELVES, 0), dict.fromkeys(SHELVES, 0))


def _sealed_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.glob("*/*/**/*")):
        if path.name.startswith(".") or path.suffix in _CHANGING or not path.is_file():
            continue
        # Before Chroma first writes its graph, a segment's files hold nothing and are made anew at every start.
        if _is_vector_file(str(path.relative_to(folder))) and not (path.parent / _GRAPH_WRITTEN).exists():
            continue
        yield path


def _is_vector_file(name: str) -> bool:
    return Path(name).parts[1] == _VECTORS


def _checksum(path: Path) -> int:
    value = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            value = zlib.crc32(chunk, value)
    return value
