"""The whole staff site as app.py composes it, on a real port, and everybody who may knock; for the tests of who may."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

import app as program
from assist.access import Action
from assist.desk import Desk
from assist.identity import COOKIE
from assist.loop.cluster import Likeness
from assist.loop.desk import Loop
from assist.loop.ledger import LoopLedger
from assist.people.reception import digest
from assist.people.site import Accounts
from assist.quiz.desk import QuizDesk
from assist.retention.room import open_retention
from assist.site import Site
from assist.talk import open_talk
from assist.web import web_app
from kb.knowledge import KnowledgeBase
from kb.model import OPERATOR, Role
from kb.settings import Settings
from kb.store import Person
from tests.assist.people import enrol, reception
from tests.fakes import HashEmbedder

TOKEN = "operators-own-token"
STAFF = (Role.AGENT, Role.TRAINER, Role.MAINTAINER, Role.INSPECTOR, Role.DUTY_MANAGER, Role.ADMIN)


@dataclass(frozen=True)
class Knocker:
    """Somebody at the door: what is sent along, and the role it is worth, None for nobody."""

    name: str
    role: Role | None
    headers: dict[str, str]
    person: Person | None = None


@dataclass(frozen=True)
class Whole:
    """The site, its address, and everybody by name."""

    app: FastAPI
    base: KnowledgeBase
    address: str
    accounts: Accounts
    knockers: dict[str, Knocker]

    def client(self, name: str) -> httpx.Client:
        return httpx.Client(base_url=self.address, headers=self.knockers[name].headers, timeout=60, trust_env=False)


@contextmanager
def served(base: KnowledgeBase, desk: Desk, clock: Any) -> Iterator[Whole]:
    """Accounts in use, one person of every role, and those who are nobody."""
    accounts = Accounts.of(base.catalogue, home=base.lock.home, clock=clock, token=TOKEN, settings=Settings())
    site = Site(
        kb=base,
        desk=desk,
        quiet=desk,
        unwritten=desk,
        chat=None,
        loop=Loop.over(
            base,
            clock=clock,
            ledger=LoopLedger(base.catalogue, Likeness(HashEmbedder())),
            asker=lambda _base: desk.answer,
        ),
        retention=open_retention(base, clock),
        quiz=QuizDesk(base=base, clock=clock),
        talk=open_talk(base, HashEmbedder(), clock),
        examine=lambda question: (_ for _ in ()).throw(AssertionError(question)),
        embedder=HashEmbedder,
        pool=lambda: (_ for _ in ()).throw(AssertionError("no reading here")),
        clock=clock,
        settings=Settings(),
    )
    knockers = {one.name: one for one in _knockers(base, clock)}

    app = in_a_loop(lambda: web_app(site, accounts, "127.0.0.1", program.commands()))
    with listening(app) as address:
        yield Whole(app, base, address, accounts, knockers)


def in_a_loop(compose: Callable[[], FastAPI]) -> FastAPI:
    """What `compose` makes within a loop: outside one Gradio makes several of its own and leaves them open."""

    async def composed() -> FastAPI:
        return compose()

    with ThreadPoolExecutor(1) as thread:  # this one may have the browser's loop
        return thread.submit(lambda: asyncio.run(composed())).result()


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    """Serves an application on a free port of loopback: its address."""
    taken = socket.create_server(("127.0.0.1", 0))
    up = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            up.set()

    server = Server(uvicorn.Config(app, log_level="critical", lifespan="on", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
    thread.start()
    assert up.wait(120)
    try:
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        taken.close()


def _knockers(base: KnowledgeBase, clock: Any) -> Iterator[Knocker]:
    front = reception(base.catalogue, clock)
    for role in STAFF:
        secret, person = enrol(front, f"{role.value}.one", role, "热线一组")
        yield Knocker(role.value, role, {"Cookie": f"{COOKIE}={secret}"}, person)
    secret, person = enrol(front, "agent.two", Role.AGENT, "外包二组")
    yield Knocker("other department", Role.AGENT, {"Cookie": f"{COOKIE}={secret}"}, person)
    yield Knocker("anonymous", None, {})
    yield Knocker("claims by header", None, {"X-Zhiying-Role": "maintainer", "X-Zhiying-User": "boss"})
    yield Knocker("made-up session", None, {"Cookie": f"{COOKIE}=aaaa"})
    past, catalogue = clock.now() - timedelta(seconds=1), base.catalogue
    catalogue.sessions.open(person, digest("an old secret"), past, "password")
    yield Knocker("expired session", None, {"Cookie": f"{COOKIE}=an old secret"})
    catalogue.tokens.add(person, "旧", digest("zy_old"), frozenset({Action.ASK.value}), past)
    yield Knocker("expired token", None, {"Authorization": "Bearer zy_old"})
    secret, gone = enrol(front, "agent.gone", Role.ADMIN)
    token, _ = front.new_token(gone, "令牌", [Action.MANAGE_PEOPLE], timedelta(days=1))
    catalogue.people.change(gone.key, OPERATOR, active=False)
    yield Knocker("put off", None, {"Cookie": f"{COOKIE}={secret}"})
    yield Knocker("put off token", None, {"Authorization": f"Bearer {token}"})
