"""Keeps the audit trail as long as is set and no longer: looks once a day by the clock; app.py lets it tick."""

from __future__ import annotations

from datetime import date, timedelta

from kb.clock import Clock, today
from kb.model import Principal, Role
from kb.store import Catalogue

KEEPER = Principal("system:retention", Role.ADMIN)
"""Who stands on the trail for a cut that nobody asked for."""


class Keeping:
    """The retention period of one home; `days` is not below the legal one, which the settings see to."""

    def __init__(self, catalogue: Catalogue, *, clock: Clock, days: int) -> None:
        self._audit = catalogue.audit
        self._clock = clock
        self._days = timedelta(days=days)
        self._looked: date | None = None

    def tick(self) -> int:
        """Removes what is older than the period, at the first call of a day; how many entries went.

        A cut is an entry of its own, and the chain goes on from it.
        """
        day = today(self._clock)
        if self._looked == day:
            return 0
        gone = self._audit.cut(self._clock.now() - self._days, KEEPER)
        self._looked = day
        return gone
