"""One call as the page keeps it between questions; the handlers pass it along."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

from assist.model import Turn
from assist.pages.render import Exchange

REMEMBERED = 20
"""So many of the latest exchanges are read as history of the call; what is older no longer helps a follow-up."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its id in the log ("" before the first question), and what was asked in it, oldest first."""

    id: str = ""
    exchanges: tuple[Exchange, ...] = ()

    @classmethod
    def new(cls) -> Call:
        """A call with an id of its own, about to be asked the first question."""
        return cls(id=uuid.uuid4().hex)

    def grown(self, exchange: Exchange) -> Call:
        """The call with one more exchange."""
        return replace(self, exchanges=(*self.exchanges, exchange))

    @property
    def last(self) -> Exchange | None:
        """What stands in the answer's place, None before the first question."""
        return self.exchanges[-1] if self.exchanges else None

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The call as the assistant reads history, oldest first."""
        return tuple(
            turn
            for exchange in self.exchanges[-REMEMBERED:]
            for turn in (Turn("user", exchange.question), Turn("assistant", exchange.answer.text))
        )
