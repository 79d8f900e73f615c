"""Puts retention together over one base: the desk that drafts and the loop that learns; app.py builds one a home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from assist.retention.desk import Base, RetentionDesk
from assist.retention.outcomes import OutcomeDesk
from assist.retention.reword import Rewriter
from kb.clock import Clock
from kb.store import Catalogue


class CataloguedBase(Base, Protocol):
    """A base with its catalogue."""

    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class Retention:
    """`desk` assigns the variants of running trials; `quiet` leaves no trace (commands, evaluation)."""

    desk: RetentionDesk
    quiet: RetentionDesk
    outcomes: OutcomeDesk


def open_retention(base: CataloguedBase, clock: Clock, rewriter: Rewriter | None = None) -> Retention:
    """Retention over `base`; a `rewriter` is a language model that may reword what is not fixed."""
    outcomes = OutcomeDesk(book=base.catalogue.retention, clock=clock)
    return Retention(
        desk=RetentionDesk(base=base, clock=clock, variants=outcomes, rewriter=rewriter),
        quiet=RetentionDesk(base=base, clock=clock, rewriter=rewriter),
        outcomes=outcomes,
    )
