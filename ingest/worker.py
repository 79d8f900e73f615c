"""Reads files in child processes with bounded memory and time, ahead of the parent that embeds; used by `ingest.sync`.

Run as `python -m ingest.worker` it is such a child: requests come as lines of JSON on standard input, answers go out as
frames (four bytes of length, then JSON). JSON, not pickle: what a damaged file made of the child cannot run code in the
parent. See docs/adr/0006.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, cast

from ingest.model import RawDocument
from ingest.readers.limits import DEFAULT, Limits
from kb.errors import InputRefused

_HEAD = 4
_LARGEST_ANSWER = 512 * 1024 * 1024
_FILES_A_CHILD = 400

FileProgress = Callable[[Path, int, int], None]
"""Called with (file, pages done, pages in all) while a PDF is read; from another thread."""


def _silent(path: Path, done: int, total: int) -> None:
    """The progress callback of a caller that does not ask for one."""


class ReaderPool:
    """Reads files in `processes` children; a child that dies, hangs or has served long is replaced. Thread-safe.

    `limits` bound each file, `ocr` allows reading scanned pages, `progress` is told of the pages of a PDF. Children
    start at once, so that they are ready when the first file comes. Use as a context manager, or call `close`.
    """

    def __init__(
        self, *, processes: int = 1, limits: Limits = DEFAULT, ocr: bool = True, progress: FileProgress = _silent
    ) -> None:
        self._seats = [_Seat(limits, ocr, progress) for _ in range(processes)]
        self._idle: queue.SimpleQueue[_Seat] = queue.SimpleQueue()
        for seat in self._seats:
            seat.start()
            self._idle.put(seat)

    def read(self, path: Path) -> RawDocument:
        """What stands in the file; raises InputRefused for a bad one, also when it kills or stalls its reader."""
        seat = self._idle.get()
        try:
            return _document(seat.ask(path), seat.timed_out)
        finally:
            self._idle.put(seat)

    def close(self) -> None:
        """Ends the children; files being read are refused."""
        for seat in self._seats:
            seat.close()

    def __enter__(self) -> ReaderPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _document(answer: dict[str, Any] | None, timed_out: bool) -> RawDocument:
    """The document in a child's answer; raises the refusal in it, or one for no answer."""
    if answer is None and timed_out:
        raise InputRefused("reading took too long", hint="读取超时，已放弃这个文件。请检查文件是否异常，或拆分后再试。")
    if answer is None:
        raise InputRefused(
            "the reader died", hint="读取时程序异常退出（文件可能已损坏，或占用内存过多）。请重新导出后再试。"
        )
    if "refused" in answer:
        raise InputRefused(str(answer["refused"]), hint=str(answer["hint"]))
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(RawDocument).validate_python(answer["document"])
    except (ValidationError, KeyError) as error:
        raise InputRefused("the reader gave no valid answer", hint="读取结果异常，已放弃这个文件。") from error


class _Seat:
    """A place for one child, which is replaced when it died or served long."""

    def __init__(self, limits: Limits, ocr: bool, progress: FileProgress) -> None:
        self.timed_out = False
        self._limits = limits
        self._ocr = ocr
        self._progress = progress
        self._child: _Child | None = None
        self._closed = False
        self._busy = threading.Lock()

    def start(self) -> None:
        """Starts the child, which makes itself ready while nobody waits for it."""
        self._child = _Child(self._limits)

    def ask(self, path: Path) -> dict[str, Any] | None:
        """The answer of the child for `path`; None when reading it killed the child or took too long (`timed_out`).

        A child that dies after having read other files gets the blame itself: the file is tried once more in a new one.
        """
        with self._busy:
            return self._twice(path)

    def _twice(self, path: Path) -> dict[str, Any] | None:
        if self._child is not None and self._child.served >= _FILES_A_CHILD:
            self._leave()
        fresh = self._child is None or not self._child.served
        answer = self._ask(path)
        if answer is None and not fresh and not self.timed_out:
            answer = self._ask(path)
        return answer

    def _ask(self, path: Path) -> dict[str, Any] | None:
        if self._closed:
            return None
        child = self._child = self._child or _Child(self._limits)
        answer: dict[str, Any] | None = None
        try:
            answer = child.ask(path, self._ocr, self._progress)
        finally:
            self.timed_out = child.timed_out
            if answer is None:
                self._leave()
        return answer

    def _leave(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.stop()

    def close(self) -> None:
        """Kills the child; a file being read ends without an answer."""
        self._closed = True
        child = self._child
        if child is not None:
            child.kill()
        with self._busy:
            self._leave()


class _Child:
    """One child process, spoken to by one thread at a time."""

    def __init__(self, limits: Limits) -> None:
        self.served = 0
        self.timed_out = False
        self._limits = limits
        root = Path(__file__).resolve().parent.parent
        environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ingest.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=root,
            env=environment,
            start_new_session=True,
        )

    def ask(self, path: Path, ocr: bool, progress: FileProgress) -> dict[str, Any] | None:
        """The child's answer; None when it died or was killed for taking too long (then `timed_out` says so)."""
        self.served += 1
        request = {"path": str(path.absolute()), "ocr": ocr, "limits": asdict(self._limits)}
        try:
            self._stdin.write(json.dumps(request).encode() + b"\n")
            self._stdin.flush()
            return self._answer(path, progress)
        except (OSError, EOFError, ValueError):
            return None

    def _answer(self, path: Path, progress: FileProgress) -> dict[str, Any]:
        end = time.monotonic() + self._limits.total_seconds
        while True:
            patience = min(end, time.monotonic() + self._limits.stall_seconds)
            length = int.from_bytes(self._take(_HEAD, patience), "big")
            if length > _LARGEST_ANSWER:
                raise ValueError("answer too long")
            frame = json.loads(self._take(length, patience))
            if "pages" not in frame:
                return cast(dict[str, Any], frame)
            progress(path, *frame["pages"])

    def _take(self, count: int, until: float) -> bytes:
        """Exactly `count` bytes from the child; raises EOFError when it dies or time is up."""
        taken = bytearray()
        descriptor = self._stdout.fileno()
        while len(taken) < count:
            ready, _, _ = select.select([descriptor], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                self.timed_out = True
                raise EOFError
            chunk = os.read(descriptor, min(count - len(taken), 1 << 20))
            if not chunk:
                raise EOFError
            taken += chunk
        return bytes(taken)

    @property
    def _stdin(self) -> BinaryIO:
        return cast(BinaryIO, self._process.stdin)

    @property
    def _stdout(self) -> BinaryIO:
        return cast(BinaryIO, self._process.stdout)

    def kill(self) -> None:
        """Kills the process; whoever waits for it gets no answer."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Kills the process and frees its pipes."""
        self.kill()
        for stream in (self._stdin, self._stdout):
            with contextlib.suppress(OSError):
                stream.close()


def _child_main() -> None:
    """The child's life: read requests until standard input ends, answer each."""
    answers = _private_output()
    requests: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    _prepare()
    while True:
        request = json.loads(requests.get())
        limits = Limits(**request["limits"])
        _bound(limits)
        _send(answers, _reply(Path(request["path"]), limits, request["ocr"], answers))


def _prepare() -> None:
    """Loads what most files need; what cannot be loaded shows when a file needs it."""
    with contextlib.suppress(Exception):
        import ingest.readers.docx
        import ingest.readers.pdf
        import ingest.readers.xlsx  # noqa: F401


def _private_output() -> BinaryIO:
    """Standard output as a stream of our own; what libraries print goes nowhere."""
    stream = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    return stream


def _listen(requests: queue.Queue[bytes]) -> NoReturn:
    """Passes lines on; when the parent is gone, ends the process at once, whatever it is reading."""
    for line in sys.stdin.buffer:
        requests.put(line)
    os._exit(0)


def _bound(limits: Limits) -> None:
    """Bounds this process: address space, processor time for the coming file, no core file, nothing written to disk."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    cores = os.cpu_count() or 1
    seconds = int(used.ru_utime + used.ru_stime + limits.total_seconds * cores) + 1
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _reply(path: Path, limits: Limits, ocr: bool, answers: BinaryIO) -> dict[str, Any]:
    """The document or the refusal as JSON values; a lack of memory ends the process."""
    from ingest.readers import read
    from ingest.readers.refusals import too_deep

    def progress(done: int, total: int) -> None:
        _send(answers, {"pages": [done, total]})

    try:
        return {"document": asdict(read(path, limits=limits, ocr=ocr, progress=progress))}
    except InputRefused as refusal:
        return {"refused": refusal.message, "hint": refusal.hint}
    except MemoryError:
        os._exit(1)
    except RecursionError:
        deep = too_deep()
        return {"refused": deep.message, "hint": deep.hint}
    except Exception as error:
        kind = type(error).__name__
        return {
            "refused": f"the reader failed: {kind}",
            "hint": f"文件无法读取（{kind}），可能已损坏。请重新导出后再试。",
        }


def _send(answers: BinaryIO, value: dict[str, Any]) -> None:
    data = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    answers.write(len(data).to_bytes(_HEAD, "big") + data)
    answers.flush()


if __name__ == "__main__":
    _child_main()
