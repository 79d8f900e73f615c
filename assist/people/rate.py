"""How often somebody may do something: a bucket of tokens for each key, in memory; guard and reception ask it."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

REMEMBERED = 20_000
"""Keys kept at once: beyond it the one longest unheard of is forgotten."""


class Rate:
    """At most `burst` at once and `burst` per `seconds` on the whole, for each key; thread-safe."""

    def __init__(self, burst: int, seconds: float, *, tick: Callable[[], float] = time.monotonic) -> None:
        self._burst = float(burst)
        self._refill = burst / seconds
        self._tick = tick
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> float:
        """0.0 when `key` may go on, else the seconds until it may."""
        now = self._tick()
        with self._lock:
            left, since = self._buckets.pop(key, (self._burst, now))
            left = min(self._burst, left + (now - since) * self._refill)
            allowed = left >= 1.0
            self._buckets[key] = (left - 1.0 if allowed else left, now)
            if len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
        return 0.0 if allowed else (1.0 - left) / self._refill
