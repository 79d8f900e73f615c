"""The clock everything is given, so that a day can be chosen in tests and for `--as-of`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
"""Days begin and end in Chinese time, wherever the machine stands."""


class Clock(Protocol):
    """Says what time it is."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """This moment."""
        return datetime.now(UTC)


def today(clock: Clock) -> date:
    """The calendar day in China at the clock's present moment."""
    return clock.now().astimezone(ZONE).date()
