"""The compliance check for people: authorised, with the authority of whoever asks; API, page and command call it."""

from __future__ import annotations

from datetime import date

from assist.access import ALLOWED, Action, authorise
from assist.compliance.check import Checker
from assist.compliance.model import Report
from kb.clock import Clock, today
from kb.model import Principal, Role

_MANAGERS = frozenset({Role.DUTY_MANAGER, Role.ADMIN})


class ComplianceDesk:
    """Checks texts for a principal; thread-safe. Each method raises Forbidden for a principal who may not."""

    def __init__(self, *, checker: Checker, clock: Clock) -> None:
        self._checker = checker
        self._clock = clock

    def check(self, principal: Principal, text: str, *, as_of: date | None = None, manager: bool = False) -> Report:
        """What is wrong with a text or transcript; nothing of it is kept.

        `manager` judges it as a duty manager's words, which only a duty manager may have done. Raises InputRefused for
        a text that is empty or too long.
        """
        authorise(principal, Action.CHECK_COMPLIANCE)
        level = int(manager and principal.role in _MANAGERS)
        return self._checker.check(text, as_of=as_of or self.today(), level=level)

    def sees_weights(self, principal: Principal) -> bool:
        """True for those who may see what a fault costs; agents see what was wrong and what to say instead."""
        return principal.role in ALLOWED[Action.SEE_WEIGHTS]

    def today(self) -> date:
        """The day on which texts are checked."""
        return today(self._clock)
