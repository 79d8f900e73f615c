"""One process owns a home: a lock the kernel lets go of when the process dies, and where that process serves."""

from __future__ import annotations

import fcntl
import json
import os
import weakref
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from kb.clock import ZONE, Clock, SystemClock
from kb.errors import HomeBusy, HomeError

LOCK = "lock"
SERVING = "serving.json"

_held: weakref.WeakSet[HomeLock] = weakref.WeakSet()


@dataclass(frozen=True, slots=True)
class Serving:
    """Where the owner of a home answers: `address` as URL, `token` for those who can read the home."""

    address: str
    token: str
    pid: int


class HomeLock:
    """The right to use one home. Threads of the owner share it; any other HomeLock on the home is refused."""

    def __init__(self, home: Path, *, clock: Clock | None = None) -> None:
        self.home = home
        self._clock = clock or SystemClock()
        self._descriptor: int | None = None
        self._serving = False

    def acquire(self) -> Self:
        """Takes the home, making the folder when there is none; returns at once either way.

        Raises HomeBusy naming the owner when another has it, HomeError when the folder cannot be written.
        """
        if self._descriptor is not None:
            return self
        descriptor = self._open()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            busy = _busy(self.home, descriptor)
            os.close(descriptor)
            raise busy from None
        except OSError as error:
            os.close(descriptor)
            raise _unusable(self.home, error) from error
        try:
            owner = {"pid": os.getpid(), "since": self._clock.now().isoformat()}
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(owner).encode(), 0)
        except OSError as error:
            os.close(descriptor)
            raise _unusable(self.home, error) from error
        self._descriptor = descriptor
        _held.add(self)
        (self.home / SERVING).unlink(missing_ok=True)
        return self

    def release(self) -> None:
        """Gives the home back; releasing again does nothing."""
        if self._descriptor is None:
            return
        self.withdraw()
        _held.discard(self)
        os.close(self._descriptor)
        self._descriptor = None

    def announce(self, address: str, token: str) -> None:
        """Says where this owner serves, in a file only its own user can read; raises HomeError when it does not own."""
        if self._descriptor is None:
            raise HomeError("only the owner of a home can serve it", hint="知识库尚未打开，无法对外服务。")
        written = self.home / f"{SERVING}.new"
        try:
            written.unlink(missing_ok=True)
            descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump({"address": address, "token": token, "pid": os.getpid()}, file)
            written.replace(self.home / SERVING)
        except OSError as error:
            raise _unusable(self.home, error) from error
        self._serving = True

    def withdraw(self) -> None:
        """Takes the announcement back; nothing happens when there is none."""
        if self._serving:
            self._serving = False
            (self.home / SERVING).unlink(missing_ok=True)

    def _open(self) -> int:
        try:
            self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
            return os.open(self.home / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _unusable(self.home, error) from error

    def _forget(self) -> None:
        """In a forked child: lets go of the copy, so that the home is free as soon as the real owner dies."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            self._serving = False

    def __enter__(self) -> Self:
        return self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def serving(home: Path) -> Serving | None:
    """Where the living owner of `home` serves, None when nobody does; what a dead owner left behind does not count."""
    try:
        found = json.loads((home / SERVING).read_text(encoding="utf-8"))
        announced = Serving(address=str(found["address"]), token=str(found["token"]), pid=int(found["pid"]))
        owner = int(json.loads((home / LOCK).read_text(encoding="utf-8"))["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return announced if owner == announced.pid and _alive(owner) and _is_locked(home / LOCK) else None


def _busy(home: Path, descriptor: int) -> HomeBusy:
    try:
        owner = json.loads(os.pread(descriptor, 1000, 0))
        since = datetime.fromisoformat(owner["since"]).astimezone(ZONE)
        who, told = f"process {int(owner['pid'])}", f"（进程号 {int(owner['pid'])}，{since:%Y-%m-%d %H:%M:%S} 起）"
    except (OSError, ValueError, KeyError, TypeError):
        who, told = "another process", ""
    return HomeBusy(
        f"{home} is in use by {who}",
        hint=f"知识库正被另一个程序使用{told}。请通过正在运行的服务操作，或先停止那个程序再试。",
    )


def _unusable(home: Path, error: OSError) -> HomeError:
    return HomeError(
        f"{home} cannot be used as a home: {error.strerror}",
        hint=f"知识库文件夹“{home}”无法写入，请检查路径、权限和磁盘空间，或用 --home 换一个可写的文件夹。",
    )


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _forget_all() -> None:
    for lock in list(_held):
        lock._forget()
    _held.clear()


def _is_locked(path: Path) -> bool:
    """False when nobody holds the lock: a dead owner's number may be a stranger's, as after a container restarts."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


# A lock belongs to the open file, which a forked child shares: without this a reader child would keep the home locked.
os.register_at_fork(after_in_child=_forget_all)
