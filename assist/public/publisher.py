"""Keeps the published copy in step and the outbox empty while the staff site runs: one thread that app.py starts."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import date

from assist.public.drain import Drain
from kb.clock import Clock, today
from kb.errors import ZhiyingError

EVERY = 2.0
"""Seconds between two looks: a release, a new day or a line in the outbox waits no longer than this."""
RETRY = 60.0
"""After a failure the same is not tried again before so many seconds."""

_log = logging.getLogger(__name__)


class Publisher:
    """Publishes when the release or the day has changed since the last time, and drains at every look."""

    def __init__(
        self,
        *,
        publish: Callable[[date], object],
        release: Callable[[], int | None],
        drain: Drain,
        clock: Clock,
        every: float = EVERY,
    ) -> None:
        self._publish = publish
        self._release = release
        self._drain = drain
        self._clock = clock
        self._every = every
        self._done: tuple[int | None, date] | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)

    def start(self) -> None:
        """Begins to look."""
        self._thread.start()

    def stop(self) -> None:
        """Ends after the look in progress."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """One look: publishes what has changed, drains what was left."""
        state = (self._release(), today(self._clock))
        if state != self._done and state[0] is not None:
            self._publish(state[1])
            self._done = state
        self._drain.run()

    def _run(self) -> None:
        wait = 0.0
        while not self._stop.wait(wait):
            try:
                self.look()
                wait = self._every
            except ZhiyingError as error:
                _log.warning("the public copy or the outbox waits: %s", error.message)
                wait = RETRY
            except Exception:
                _log.exception("the public copy or the outbox failed")
                wait = RETRY
