"""The small operator of tests/assist with a scripted model beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from assist.answer import Assistant, Guard
from assist.businesstype import TypeClassifier
from assist.chat import Endpoint, LangChainChat
from assist.framing import Framing
from assist.gatekeeper import Bounds, Gatekeeper
from assist.sense import Sense
from assist.write import Writer
from kb.gaps import ThrowAwayLedger
from kb.knowledge import KnowledgeBase
from tests.assist.conftest import LENIENT, FixedClock, assistant, base, desk
from tests.fakes import HashEmbedder
from tests.written.model_server import Script, serving

__all__ = ["assistant", "base", "desk"]

DEADLINE = 30.0


@contextmanager
def writing(
    base: KnowledgeBase,
    endpoint: Endpoint,
    *,
    deadline: float = DEADLINE,
    guard: Guard | None = None,
    framing: Framing | None = None,
) -> Iterator[Assistant]:
    """An assistant over `base` that writes with the model of `endpoint`."""
    chat = LangChainChat(endpoint)
    chat.warm()
    try:
        yield Assistant(
            base=base,
            ledger=ThrowAwayLedger(),
            log=None,
            classifier=TypeClassifier(),
            clock=FixedClock(),
            decision=LENIENT,
            sense=Sense(HashEmbedder()),
            writer=Writer(Gatekeeper(chat, Bounds(failures=10_000)), deadline=deadline),
            guard=guard,
            framing=framing,
        )
    finally:
        chat.close()


@contextmanager
def scripted(
    base: KnowledgeBase, script: Script, *, deadline: float = DEADLINE, guard: Guard | None = None
) -> Iterator[Assistant]:
    """An assistant that writes with a scripted model."""
    with serving(script) as endpoint, writing(base, endpoint, deadline=deadline, guard=guard) as made:
        yield made
