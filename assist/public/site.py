"""Puts the public site together: its desk over the copy and the outbox, its process, and the staff side's publisher.

app.py calls it. The process of the public site opens the folder `public` of a home and nothing else of it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assist.answer import Assistant
from assist.businesstype import TypeClassifier
from assist.compliance.check import Checker
from assist.compliance.guard import DraftGuard
from assist.public.desk import OpenCopy, PublicDesk
from assist.public.drain import Drain
from assist.public.outbox import Outbox, OutboxLedger
from assist.public.publisher import Publisher
from assist.public.service import read_service
from assist.sense import Sense
from assist.write import Writer
from kb.clock import Clock, today
from kb.deferred import DeferredEmbedder, Once
from kb.embed import Embedder
from kb.knowledge import KnowledgeBase
from kb.model import Passage
from kb.publish import publish
from kb.published import POINTER, Copies, PublishedBase
from kb.store import Release

FOLDER = "public"
OUTBOX = "outbox"
Load = Callable[[str], Embedder]


def public_root(home: Path) -> Path:
    """The public folder of a home; `home` itself when it is one, as where it was copied to another machine."""
    return home if (home / POINTER).is_file() else home / FOLDER


class _NoSheets:
    """Instead of a base for the compliance check: the sheets with scripts and offers stay on the staff side."""

    def passages(self, *_principal_kinds_day: object) -> list[Passage]:
        """Nothing."""
        return []

    def active(self) -> Release | None:
        """None."""
        return None


@contextmanager
def open_public(
    root: Path, *, load: Load, clock: Clock, writes: Callable[[Sense], Writer | None] | None = None
) -> Iterator[PublicDesk]:
    """The desk of the public site over the folder `root`; copies are followed as they are published.

    `writes` makes what writes answers with a language model; what it writes passes the general compliance rules.
    """
    outbox = Outbox(root / OUTBOX, clock=clock)
    guard = DraftGuard(Checker(_NoSheets()), remarks=False)
    loaded: dict[str, Once[Embedder]] = {}

    def once(setting: str) -> Once[Embedder]:
        return loaded.setdefault(setting, Once(lambda: load(setting)))

    def make(folder: Path) -> OpenCopy:
        base = PublishedBase(folder, load=lambda setting: once(setting)(), clock=clock)
        words = DeferredEmbedder(once(base.manifest.setting))
        sense = Sense(words)
        assistant = Assistant(
            base=base,
            ledger=OutboxLedger(outbox),
            log=None,
            classifier=TypeClassifier(words),
            clock=clock,
            sense=sense,
            writer=None if writes is None else writes(sense),
            guard=guard,
        )
        return OpenCopy(base, assistant)

    copies = Copies(root, make, close=lambda copy: copy.base.close())
    try:
        yield PublicDesk(copies, outbox, read_service(root), clock)
    finally:
        copies.close()


@contextmanager
def publishing(kb: KnowledgeBase, *, setting: str, clock: Clock) -> Iterator[Publisher]:
    """The staff side's publisher, to be started once the site is up; stopped at the end of the block."""
    root = kb.home.root / FOLDER
    publisher = Publisher(
        publish=lambda day: publish(kb, root, day=day, clock=clock, setting=setting),
        release=lambda: release.id if (release := kb.active()) is not None else None,
        drain=Drain(root / OUTBOX, kb, clock),
        clock=clock,
    )
    try:
        yield publisher
    finally:
        publisher.stop()


def publish_now(kb: KnowledgeBase, *, setting: str, clock: Clock) -> dict[str, Any]:
    """Publishes at once; what is published now, in JSON."""
    done = publish(kb, kb.home.root / FOLDER, day=today(clock), clock=clock, setting=setting)
    if done is None:
        return {"published": False}
    return {"published": True, **asdict(done), "day": done.day.isoformat()}


@contextmanager
def beside(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Callable[[], None]]:
    """Starts `command` when told to, and ends it with the block or with this process, however that ends."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        started.append(subprocess.Popen(command, stdin=subprocess.PIPE, env=dict(environment)))  # noqa: S603

    try:
        yield start
    finally:
        for process in started:
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def end_with_input() -> None:
    """Ends this process, as by a signal, when whoever started it has gone and its standard input with them."""

    def watch() -> None:
        sys.stdin.buffer.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()
