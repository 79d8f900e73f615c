"""Stands between the assistant and a model: few requests at once, a short queue, a rest after failures; app.py wraps.

A model that fails again and again is left alone for a while, so that agents get their quotation at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from assist.chat import ChatFault, ChatModel, Fault, Message


@dataclass(frozen=True, slots=True)
class Bounds:
    """`running` requests at once, `waiting` more in line; `failures` in a row begin a rest of `rest` seconds.

    A server that names a time to wait (Retry-After) is given it, at most `longest_rest`.
    """

    running: int = 2
    waiting: int = 8
    failures: int = 3
    rest: float = 30.0
    longest_rest: float = 300.0


_OURS = frozenset({Fault.BUSY, Fault.RESTING})


class Gatekeeper:
    """A ChatModel over another one; thread-safe. After a rest one request tries, the others wait for its outcome."""

    def __init__(self, model: ChatModel, bounds: Bounds, *, now: Callable[[], float] = time.monotonic) -> None:
        self._model = model
        self._bounds = bounds
        self._now = now
        self._slots = threading.BoundedSemaphore(bounds.running)
        self._lock = threading.Lock()
        self._inside = 0
        self._failed = 0
        self._rests_until = 0.0
        self._trying = False

    @property
    def name(self) -> str:
        """Name of the model behind."""
        return self._model.name

    def resting(self) -> float:
        """Seconds for which the model is still left alone, 0 when it is not."""
        with self._lock:
            return max(0.0, self._rests_until - self._now())

    def stream(
        self, messages: Sequence[Message], *, until: float, temperature: float = 0.0, max_tokens: int = 400
    ) -> Iterator[str]:
        """See `ChatModel`; ChatFault RESTING or BUSY comes at once."""
        trial = self._enter()
        outcome: ChatFault | None = ChatFault(Fault.BUSY, "stopped")
        try:
            if not self._slots.acquire(timeout=max(0.0, until - time.monotonic())):
                raise ChatFault(Fault.BUSY, "no turn by the deadline")
            try:
                yield from self._model.stream(messages, until=until, temperature=temperature, max_tokens=max_tokens)
                outcome = None
            finally:
                self._slots.release()
        except ChatFault as fault:
            outcome = fault
            raise
        except GeneratorExit:
            outcome = None  # the reader has enough: that says nothing against the model
            raise
        finally:
            self._leave(outcome, trial=trial)

    def _enter(self) -> bool:
        """Lets a request in; True when it is the one that tries after a rest."""
        with self._lock:
            if self._now() < self._rests_until or self._trying:
                raise ChatFault(Fault.RESTING, "left alone after failures")
            if self._inside >= self._bounds.running + self._bounds.waiting:
                raise ChatFault(Fault.BUSY, "the queue is full")
            self._inside += 1
            self._trying = self._failed >= self._bounds.failures
            return self._trying

    def _leave(self, outcome: ChatFault | None, *, trial: bool) -> None:
        with self._lock:
            self._inside -= 1
            if trial:
                self._trying = False
            if outcome is None:
                self._failed, self._rests_until = 0, 0.0
            elif outcome.fault not in _OURS:
                self._failed += 1
                self._rest(outcome)

    def _rest(self, fault: ChatFault) -> None:
        wait = 0.0
        if fault.fault is Fault.LIMITED and fault.retry_after is not None:
            self._failed = max(self._failed, self._bounds.failures)
            wait = min(fault.retry_after, self._bounds.longest_rest)
        elif self._failed >= self._bounds.failures:
            wait = self._bounds.rest
        self._rests_until = max(self._rests_until, self._now() + wait)
