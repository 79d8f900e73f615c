"""The only file the public site writes: lines are added and never changed; the staff side reads them and makes its own.

One file a day below `outbox`, one JSON object a line. Texts are masked before they are written. The number a customer
wants to be called back on is the one thing that cannot be masked; it lies in a file of its own, which the staff side
removes as soon as it has read it.
"""

from __future__ import annotations

import json
import os
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from kb.clock import Clock, today
from kb.gaps import Unanswered
from kb.home import storage
from kb.mask import mask

PLACE = Path("public") / "outbox"
"""Where it lies below a home."""
LINE_BYTES = 64 * 1024
"""A longer line is no line of ours."""
KEPT_DAYS = 2
"""A file read to its end is removed when it is so old that nobody adds to it any more."""

_CONTACTS = "contacts"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the outbox and where the next one begins; `data` is None for a line that cannot be read."""

    file: str
    end: int
    id: str
    at: str
    kind: str
    data: Mapping[str, Any] | None


class Outbox:
    """Adds lines; thread-safe, and safe beside another process that adds."""

    def __init__(self, folder: Path, *, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._lock = threading.Lock()

    def add(self, kind: str, data: Mapping[str, Any], *, contact: str = "") -> str:
        """Writes one line to disk and returns its id; raises HomeError when the disk is full or not writable."""
        with storage("write the outbox"), self._lock:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            name = uuid.uuid4().hex
            if contact:
                _write_new(self._folder / _CONTACTS / name, contact)
            line = {"id": name, "at": self._clock.now().isoformat(), "kind": kind, "data": dict(data)}
            _append(self._folder / f"{today(self._clock).isoformat()}.jsonl", json.dumps(line, ensure_ascii=False))
            return name


class OutboxLedger:
    """Where the public site's assistant leaves questions it could not answer."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def record(self, asked: Unanswered) -> str | None:
        """Leaves the masked question for the staff side, which finds the gap it belongs to."""
        text = mask(asked.question.strip())
        return self._outbox.add(
            "gap",
            {
                "question": text,
                "business_type": asked.business_type,
                "channel": asked.channel,
                "as_of": asked.as_of.isoformat(),
            },
        )


def entries(folder: Path, read: Mapping[str, int]) -> Iterator[Entry]:
    """Lines beyond the bytes already `read` of each file, oldest file first; a line still being written waits."""
    for path in sorted(folder.glob("*.jsonl")):
        yield from _lines(path, int(read.get(path.name, 0)))


def contact_of(folder: Path, name: str) -> str:
    """The number left with an entry; "" when there is none."""
    path = folder / _CONTACTS / Path(name).name
    try:
        contact = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    return contact


def forget_contact(folder: Path, name: str) -> None:
    """Removes the number left with an entry, once the staff side has it."""
    with suppress(OSError):
        (folder / _CONTACTS / Path(name).name).unlink()


def redact(folder: Path, words: Sequence[str]) -> int:
    """Puts stars for every occurrence of `words` in what still lies there; how many lines changed.

    A star for a byte, written in place: the public site goes on adding behind, and what was read stays read.
    """
    changed = 0
    for path in sorted(folder.glob("*.jsonl")):
        with path.open("r+b") as file:
            at = 0
            for line in file.read().splitlines(keepends=True):
                starred = _starred(line, words)
                if starred != line:
                    os.pwrite(file.fileno(), starred, at)
                    changed += 1
                at += len(line)
            os.fsync(file.fileno())
    return changed


def _starred(line: bytes, words: Sequence[str]) -> bytes:
    """A line with stars in the texts it carries, as long as before; one that is no line of ours stays as it is."""
    try:
        whole = json.loads(line)
        told = {**whole, "data": _covered(whole["data"], sorted(words, key=len, reverse=True))}
    except (ValueError, KeyError, TypeError):
        return line
    starred = json.dumps(told, ensure_ascii=False).encode() + b"\n"
    return starred if len(starred) == len(line) else line


def _covered(value: Any, words: Sequence[str]) -> Any:
    if isinstance(value, str):
        for word in words:
            value = value.replace(word, "*" * (len(json.dumps(word, ensure_ascii=False).encode()) - 2))
        return value
    if isinstance(value, list):
        return [_covered(one, words) for one in value]
    if isinstance(value, dict):
        return {key: _covered(one, words) for key, one in value.items()}
    return value


def sweep(folder: Path, read: Mapping[str, int], day: date) -> list[str]:
    """Removes files read to their end and older than KEPT_DAYS; the names of those removed."""
    gone = []
    for path in folder.glob("*.jsonl"):
        with suppress(ValueError, OSError):
            old = date.fromisoformat(path.stem) < day - timedelta(days=KEPT_DAYS)
            if old and read.get(path.name, 0) >= path.stat().st_size:
                path.unlink()
                gone.append(path.name)
    return gone


def _lines(path: Path, start: int) -> Iterator[Entry]:
    with path.open("rb") as file:
        file.seek(start)
        at = start
        while line := file.readline():
            if not line.endswith(b"\n"):
                return
            at += len(line)
            yield _entry(path.name, at, line)


def _entry(file: str, end: int, line: bytes) -> Entry:
    try:
        if len(line) > LINE_BYTES:
            raise ValueError("too long")
        found = json.loads(line)
        return Entry(file, end, str(found["id"]), str(found["at"]), str(found["kind"]), dict(found["data"]))
    except (ValueError, KeyError, TypeError):
        return Entry(file, end, "", "", "", None)


def _append(path: Path, line: str) -> None:
    """One write at the end of the file: either the whole line is there or, after a kill, a part without its end."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        data = line.encode() + b"\n"
        # What a kill cut short is closed first, so that it spoils one line only.
        if _cut_short(path):
            data = b"\n" + data
        os.write(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _cut_short(path: Path) -> bool:
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


def _write_new(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
