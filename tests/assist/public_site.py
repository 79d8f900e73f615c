"""The customers' site over a published copy, in this process: its desk, and the whole application on a socket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI

from assist.answer import Assistant
from assist.businesstype import TypeClassifier
from assist.pages.customer import mount_customers
from assist.public.api import create_public_api
from assist.public.desk import OpenCopy, PublicDesk
from assist.public.outbox import Outbox, OutboxLedger
from assist.public.service import read_service
from assist.sense import Sense
from kb.published import Copies, PublishedBase
from tests.assist.conftest import LENIENT, FixedClock
from tests.assist.whole_site import in_a_loop, listening
from tests.fakes import HashEmbedder


@contextmanager
def public_desk(root: Path) -> Iterator[PublicDesk]:
    """The desk over what is published below `root`."""
    clock = FixedClock()
    outbox = Outbox(root / "outbox", clock=clock)

    def make(folder: Path) -> OpenCopy:
        base = PublishedBase(folder, load=lambda _setting: HashEmbedder(), clock=clock)
        assistant = Assistant(
            base=base,
            ledger=OutboxLedger(outbox),
            log=None,
            classifier=TypeClassifier(),
            clock=clock,
            decision=LENIENT,
            sense=Sense(HashEmbedder()),
        )
        return OpenCopy(base, assistant)

    copies = Copies(root, make, lambda copy: copy.base.close())
    try:
        yield PublicDesk(copies, outbox, read_service(root), clock)
    finally:
        copies.close()


@dataclass(frozen=True)
class PublicWhole:
    """The site as customers reach it."""

    app: FastAPI
    address: str
    desk: PublicDesk


@contextmanager
def public_site(root: Path) -> Iterator[PublicWhole]:
    """API and page on a socket."""
    with public_desk(root) as desk:
        app = in_a_loop(lambda: mount_customers(create_public_api(desk, version="0"), desk))
        with listening(app) as address:
            yield PublicWhole(app, address, desk)
