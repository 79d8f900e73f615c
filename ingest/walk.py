"""Finds the files below the named paths, their sources and the manifest that governs each; `ingest.sync` calls it."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.manifest import NAMES
from kb.errors import UsageError

_SKIPPED = {"thumbs.db", "desktop.ini", "__macosx"}


@dataclass(frozen=True, slots=True)
class Found:
    """A file to ingest: its place, its source, its manifest and the source of that manifest's folder ("" if none)."""

    path: Path
    source: str
    manifest: Path | None = None
    folder: str = ""

    @property
    def relative(self) -> str:
        """Its path below the folder of its manifest."""
        return self.source[len(self.folder) + 1 :] if self.folder else self.source


@dataclass(frozen=True, slots=True)
class Walk:
    """What the named paths hold: files by source in order, sources that two files would share, and the folders named.

    `folders` maps the source prefix of each named folder to whether it holds any file.
    """

    files: tuple[Found, ...]
    clashes: tuple[tuple[Found, Found], ...]
    folders: dict[str, bool]


def walk(paths: Sequence[Path], *, known: Collection[str] = ()) -> Walk:
    """Files below `paths`, sorted by source; hidden and temporary files and the manifests themselves are left out.

    The source of a file in a named folder keeps the folder's name: laws -> "laws/刑法/刑法.md". A file named by itself
    has the source under which it is `known` (the longest that its path ends in), else its folder's name before its own.
    A file reached twice counts once. Raises UsageError when a path does not exist.
    """
    found: dict[Path, Found] = {}
    folders: dict[str, bool] = {}
    for real in sorted({_real(path) for path in paths}, key=lambda path: (len(path.parts), path)):
        files = list(_below(real)) if real.is_dir() else [_single(real, known)]
        if real.is_dir():
            folders[_name(real)] = bool(files) or folders.get(_name(real), False)
        for each in files:
            found.setdefault(each.path.resolve(), each)
    by_source: dict[str, Found] = {}
    clashes: dict[str, tuple[Found, Found]] = {}
    for each in found.values():
        other = by_source.setdefault(each.source, each)
        if other is not each:
            clashes.setdefault(each.source, (other, each))
    files = [each for source, each in sorted(by_source.items()) if source not in clashes]
    return Walk(tuple(files), tuple(clash for _, clash in sorted(clashes.items())), folders)


def governed(manifest: Path) -> list[str]:
    """Paths, below its folder, of the files that a manifest governs: those without a nearer manifest of their own."""
    root = manifest.parent
    return [
        "/".join(map(_normal, each.path.relative_to(root).parts)) for each in _below(root) if each.manifest == manifest
    ]


def _real(path: Path) -> Path:
    try:
        real = path.expanduser().resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise UsageError(f"no such path: {path}", hint=f"找不到“{path}”。请检查路径。") from error
    return real


def _below(root: Path) -> Iterable[Found]:
    """Files below `root`; links to folders are not followed, so that no walk is endless."""
    governed: dict[Path, Path | None] = {}
    for folder, names, files in os.walk(root):
        here = Path(folder)
        names[:] = sorted(name for name in names if not _skipped(name))
        own = next((here / name for name in NAMES if name in files), None)
        governed[here] = own or (governed.get(here.parent) if here != root else None)
        manifest = governed[here]
        for name in sorted(files):
            if name not in NAMES and not _skipped(name):
                path = here / name
                yield Found(path, _source(root, path), manifest, _source(root, manifest.parent) if manifest else "")


def _single(path: Path, known: Collection[str]) -> Found:
    source = _known_source(path, known) or "/".join(part for part in (_name(path.parent), _name(path)) if part)
    manifest = _manifest_above(path, len(source.split("/")) - 1)
    folder = ""
    if manifest:
        depth = len(path.parent.parts) - len(manifest.parent.parts)
        folder = "/".join(source.split("/")[: -1 - depth])
    return Found(path, source, manifest if folder else None, folder)


def _known_source(path: Path, known: Collection[str]) -> str:
    whole = "/" + "/".join(map(_normal, path.parts[1:]))
    return max((source for source in known if whole.endswith("/" + source)), key=len, default="")


def _manifest_above(path: Path, levels: int) -> Path | None:
    for folder in list(path.parents)[:levels]:
        for name in NAMES:
            if (folder / name).is_file():
                return folder / name
    return None


def _source(root: Path, path: Path) -> str:
    parts = path.relative_to(root).parts
    return "/".join(part for part in (_name(root), *map(_normal, parts)) if part)


def _name(path: Path) -> str:
    return _normal(path.name)


def _normal(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _skipped(name: str) -> bool:
    return name.startswith((".", "~$")) or name.lower() in _SKIPPED
