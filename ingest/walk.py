"""Finds the files below the named paths, their sources and the manifest that governs each; `ingest.sync` calls it."""

from __future__ import annotations

import os
import posixpath
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ingest.manifest import NAMES
from kb.errors import UsageError

_LEVELS_ABOVE = 3
_OUR_KEYS = re.compile(r"(files|defaults|ignore)\s*:")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Characters that can turn a name round on the screen, break a line of a report, or are half of a character."""
_JOINERS = "\u200c\u200d"
_SKIPPED = {"thumbs.db", "desktop.ini", "__macosx"}


@dataclass(frozen=True, slots=True)
class Found:
    """A file to ingest: its place, its source, and the manifest that governs it, if any.

    `fault` says in Chinese why it must not even be opened, "" for an ordinary file.
    """

    path: Path
    source: str
    manifest: Path | None = None
    fault: str = ""

    @property
    def relative(self) -> str:
        """Its path below the folder of its manifest."""
        parts = self.path.relative_to(self.manifest.parent).parts if self.manifest else (self.path.name,)
        return "/".join(map(_normal, parts))

    def beside(self, path: str) -> tuple[str, ...]:
        """The sources that `path` may mean when this file or its manifest says it: beside the one or the other."""
        folder = posixpath.dirname(self.source)
        if self.source.endswith(self.relative):
            stated = posixpath.join(self.source[: -len(self.relative)], path)
        else:
            stated = path.removeprefix(self.relative[: -len(self.source)])
        return tuple(posixpath.normpath(each) for each in (stated, posixpath.join(folder, path)))


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
    A manifest up to three folders above a named path governs it as well. A file reached twice counts once. Raises
    UsageError when a path does not exist.
    """
    found: dict[str, Found] = {}
    folders: dict[str, bool] = {}
    for real in sorted({_real(path) for path in paths}, key=lambda path: (len(path.parts), path)):
        files = list(_below(real, inherit=True)) if real.is_dir() else [_single(real, known)]
        if real.is_dir():
            folders[_name(real)] = bool(files) or folders.get(_name(real), False)
        for each in files:
            found.setdefault(os.path.realpath(each.path), each)  # unlike resolve(), it ends for links in a circle
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


def _below(root: Path, *, inherit: bool = False) -> Iterable[Found]:
    """Files below `root`; links to folders are not followed, so that no walk is endless.

    With `inherit`, a manifest above `root` governs what none below does.
    """
    governed: dict[Path, Path | None] = {root.parent: _manifest_above(root) if inherit else None}
    for folder, names, files in os.walk(root):
        here = Path(folder)
        names[:] = sorted(name for name in names if not _skipped(name))
        own = next((here / name for name in NAMES if name in files), None)
        governed[here] = own or governed.get(here.parent)
        for name in sorted(files):
            if name not in NAMES and not _skipped(name):
                yield Found(here / name, _source(root, here / name), governed[here], _fault(root, here / name))


def _fault(root: Path, path: Path) -> str:
    """Why a file below `root` must not be opened: reading a pipe or a device never ends, a link may lead out."""
    if any(unicodedata.category(char) in _UNSEEN and char not in _JOINERS for char in path.name):
        return "文件名里有看不见的控制字符，或文件名的编码不对。请改名后再导入。"
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return "是一个指向不存在的地方的链接。请删去它，或放入文件本身。"
    if not real.is_relative_to(root):
        return "是一个指向文件夹之外的链接。请放入文件本身，或直接导入它所指的文件。"
    return "" if real.is_file() else "不是普通文件（是管道或设备）。请放入文件本身。"


def _single(path: Path, known: Collection[str]) -> Found:
    source = _known_source(path, known) or "/".join(part for part in (_name(path.parent), _name(path)) if part)
    own = next((path.parent / name for name in NAMES if (path.parent / name).is_file()), None)
    return Found(path, source, own or _manifest_above(path.parent), _fault(path.parent, path))


def _known_source(path: Path, known: Collection[str]) -> str:
    whole = "/" + "/".join(map(_normal, path.parts[1:]))
    return max((source for source in known if whole.endswith("/" + source)), key=len, default="")


def _manifest_above(folder: Path) -> Path | None:
    """The nearest manifest at most three folders above `folder`; a file of that name with another purpose is let be."""
    for above in list(folder.parents)[:_LEVELS_ABOVE]:
        for name in NAMES:
            if (above / name).is_file() and _is_ours(above / name):
                return above / name
    return None


def _is_ours(manifest: Path) -> bool:
    try:
        with manifest.open(encoding="utf-8", errors="replace") as file:
            return any(_OUR_KEYS.match(line) for line in islice(file, 2_000))
    except OSError:
        return False


def _source(root: Path, path: Path) -> str:
    parts = path.relative_to(root).parts
    return "/".join(part for part in (_name(root), *map(_normal, parts)) if part)


def _name(path: Path) -> str:
    return _normal(path.name)


def _normal(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _skipped(name: str) -> bool:
    return name.startswith((".", "~$")) or name.lower() in _SKIPPED
