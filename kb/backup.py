"""One consistent archive of a home while it is running, the way back, and a check that mends what can be made again.

The catalogue is the truth: the archive holds a snapshot of it and every other file of the home, never an index or a
published copy, which are built from the catalogue after a restore. Every file's SHA-256 is in the archive's manifest.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from kb.clock import Clock
from kb.errors import HomeError, UsageError
from kb.home import storage
from kb.lock import LOCK, SERVING
from kb.store import Catalogue

FORMAT = 1
MANIFEST = "manifest.json"
CATALOGUE = "catalogue.db"
DERIVED = frozenset({"index", "cache", "public/copies"})
"""Folders below a home that are made from the rest."""
TRANSIENT = frozenset({LOCK, SERVING, f"{SERVING}.new", "public/CURRENT", CATALOGUE})
_NOT_OURS = ("-journal", "-wal", "-shm", ".new", ".tmp")


@dataclass(frozen=True, slots=True)
class Archived:
    """What a backup or a restore did."""

    archive: str
    files: int
    bytes: int


def backup(catalogue: Catalogue, home: Path, archive: Path, *, clock: Clock) -> Archived:
    """Writes `archive` (.tar.gz) from a running home; nobody waits for it longer than for a reader.

    The catalogue comes first, as of one moment; the outbox only grows, so what it holds beyond is drained after a
    restore. The archive gets its name when it is whole. Raises UsageError for a name within the home or already taken.
    """
    target = archive.absolute()
    if target.is_relative_to(home.absolute()):
        raise UsageError("the archive lies within the home", hint="备份文件不能放在知识库目录里面，请换一个位置。")
    if target.exists():
        raise UsageError(f"{target} exists", hint=f"“{target.name}”已经存在，请换一个文件名，以免覆盖旧的备份。")
    if not target.parent.is_dir():
        raise UsageError(f"no folder {target.parent}", hint=f"文件夹“{target.parent}”不存在，请先建立它。")
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    with storage(f"write {target}"), tempfile.TemporaryDirectory(prefix=".zhiying-", dir=target.parent) as folder:
        try:
            snapshot = Path(folder) / CATALOGUE
            catalogue.copy_to(snapshot)
            done = _write(draft, home, snapshot, clock)
            draft.rename(target)
        finally:
            draft.unlink(missing_ok=True)
    return Archived(str(target), *done)


def restore(archive: Path, home: Path) -> Archived:
    """Makes the absent or empty folder `home` what `archive` holds; the indexes are built at its first opening.

    Every name and checksum is proved in a folder beside before anything is put in place. Raises UsageError for a home
    that holds something, HomeError for an archive that is damaged or none of ours.
    """
    target = home.absolute()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target} is not empty", hint=f"“{home}”不是空目录。请恢复到一个新的目录，确认无误后再替换。")
    if not archive.is_file():
        raise UsageError(f"no archive {archive}", hint=f"找不到备份文件“{archive}”。")
    with storage(f"restore {target}"):
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".zhiying-", dir=target.parent) as folder:
            draft = Path(folder) / "home"
            draft.mkdir(mode=0o700)
            done = _read(archive, draft)
            if target.exists():
                target.rmdir()
            draft.rename(target)
    return Archived(str(archive), *done)


def _write(draft: Path, home: Path, snapshot: Path, clock: Clock) -> tuple[int, int]:
    written: dict[str, dict[str, Any]] = {}
    with tarfile.open(draft, "x:gz", compresslevel=4) as tar:
        for name, path in [(CATALOGUE, snapshot), *_files(home)]:
            try:
                data = path.read_bytes() if name != CATALOGUE else None
            except FileNotFoundError:
                continue  # drained and removed meanwhile
            digest = hashlib.sha256(data).hexdigest() if data is not None else _digest(path)
            size = len(data) if data is not None else path.stat().st_size
            info = tarfile.TarInfo(name)
            info.size, info.mode, info.mtime = size, 0o600, int(clock.now().timestamp())
            if data is not None:
                tar.addfile(info, io.BytesIO(data))
            else:
                with path.open("rb") as file:
                    tar.addfile(info, file)
            written[name] = {"bytes": size, "sha256": digest}
        manifest = {"format": FORMAT, "made_at": clock.now().isoformat(), "files": written}
        body = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size, info.mode = len(body), 0o600
        tar.addfile(info, io.BytesIO(body))
    descriptor = os.open(draft, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    draft.chmod(0o600)
    return len(written), draft.stat().st_size


def _files(home: Path) -> Iterator[tuple[str, Path]]:
    """Everything of a home that is neither derived nor of this moment, by its name within the home."""
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home).as_posix()
        derived = any(name == each or name.startswith(f"{each}/") for each in DERIVED)
        if derived or name in TRANSIENT or name.endswith(_NOT_OURS) or name.startswith(".writable-"):
            continue
        if path.is_file() and not path.is_symlink():
            yield name, path


def _read(archive: Path, folder: Path) -> tuple[int, int]:
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                _extract(tar, member, folder)
    except (tarfile.TarError, EOFError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise _damaged(archive, "it cannot be read to its end") from error
    files = _manifest(archive, folder)
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    if present != set(files):
        raise _damaged(archive, "its files are not those of its manifest")
    for name, told in files.items():
        if _digest(folder / name) != told.get("sha256"):
            raise _damaged(archive, f"{name} is altered")
    if CATALOGUE not in files:
        raise _damaged(archive, "it holds no catalogue")
    return len(files), sum(int(told["bytes"]) for told in files.values())


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Writes one plain file below `folder`; links, devices and names that lead out are refused."""
    name = PurePosixPath(member.name)
    if not member.isfile() or name.is_absolute() or ".." in name.parts or not name.parts or "\\" in member.name:
        raise _damaged(Path(str(tar.name)), "it holds something that is no plain file")
    source = tar.extractfile(member)
    assert source is not None
    path = folder.joinpath(*name.parts)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        shutil.copyfileobj(source, file)
        file.flush()
        os.fsync(file.fileno())


def _manifest(archive: Path, folder: Path) -> dict[str, dict[str, Any]]:
    path = folder / MANIFEST
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        if body["format"] != FORMAT:
            raise ValueError("another format")
        files: dict[str, dict[str, Any]] = dict(body["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(archive, "it has no readable manifest") from error
    path.unlink()
    return files


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _damaged(archive: Path, what: str) -> HomeError:
    return HomeError(f"{archive.name}: {what}", hint="备份文件不完整或被改动过，没有恢复任何内容；请换一份备份再试。")
