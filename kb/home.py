"""The folder that holds all of a knowledge base: its paths, and checks that it can be used; the base opens one."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kb.errors import HomeError, ZhiyingError

_FULL = (errno.ENOSPC, errno.EDQUOT)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
_FULL_WORDS = ("disk is full", "no space left", "os error 28", "disk quota")
_READONLY_WORDS = ("readonly database", "read-only file system", "permission denied", "unable to open database")


@dataclass(frozen=True, slots=True)
class Home:
    """Paths below one home; two homes never touch each other."""

    root: Path

    @property
    def catalogue(self) -> Path:
        """The SQLite file, when no other database is configured."""
        return self.root / "catalogue.db"

    @property
    def index(self) -> Path:
        """Folder of index generations; may be deleted whenever no process has the home open."""
        return self.root / "index"

    @property
    def cache(self) -> Path:
        """Things that can be made again at a cost: unpacked weights, measured precision."""
        return self.root / "cache"

    def prepare(self) -> None:
        """Makes the folders and proves that they can be written; raises HomeError saying what to do."""
        with storage(f"prepare {self.root}"):
            for folder in (self.root, self.index):
                _make(folder)
            probe = self.root / f".writable-{os.getpid()}"
            probe.write_bytes(b"1" * 4096)
            probe.unlink(missing_ok=True)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileNotFoundError as error:
        hint = f"无法建立知识库目录“{folder}”。请检查路径，或用 --home 换一个可写的目录。"
        raise HomeError(f"cannot make {folder}", hint=hint) from error


@contextmanager
def storage(doing: str) -> Iterator[None]:
    """Turns what disks and the libraries above them raise into HomeError; `doing` is for the operator."""
    try:
        yield
    except ZhiyingError:
        raise
    except Exception as error:
        raise as_home_error(error, doing) from error


def as_home_error(error: BaseException, doing: str) -> HomeError:
    """The HomeError for whatever went wrong with files below a home; texts of documents are never repeated."""
    number = error.errno if isinstance(error, OSError) else None
    words = str(error).lower()
    if number in _FULL or any(word in words for word in _FULL_WORDS):
        return HomeError(
            f"no space left: {doing}", hint="磁盘空间已满。请清理磁盘后重试；已有内容没有丢失，旧版本照常应答。"
        )
    if number in _FORBIDDEN or any(word in words for word in _READONLY_WORDS):
        return HomeError(
            f"not writable: {doing}", hint="知识库目录无法写入。请检查目录权限，或用 --home 换一个可写的目录。"
        )
    if number in (errno.ENOTDIR, errno.EEXIST):
        return HomeError(f"not a folder: {doing}", hint="--home 指向的不是目录。请换一个目录。")
    return HomeError(
        f"{doing}: {type(error).__name__}",
        hint="知识库索引或文件出错。请重新启动，索引会自动从目录库重建；若仍失败，请联系系统管理员。",
    )


def write_atomically(path: Path, text: str) -> None:
    """Replaces a small file so that a kill leaves the old or the new content, never a part; flushed to disk."""
    draft = path.with_name(path.name + ".new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
