"""Puts retention together over one base: the desk that drafts and the loop that learns; app.py builds one a home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from assist.leaving.offer import ApprovedDrafts, RetentionDraft
from assist.leaving.offer import Base as Scripts
from assist.retention.desk import Base, RetentionDesk
from assist.retention.guarded import Faults
from assist.retention.offered import OfferedDrafts
from assist.retention.outcomes import OutcomeDesk
from assist.retention.reword import Rewriter
from kb.clock import Clock
from kb.store import Catalogue


class CataloguedBase(Base, Scripts, Protocol):
    """A base with its catalogue."""

    catalogue: Catalogue


PAGE = "/retention/"


@dataclass(frozen=True, slots=True)
class Retention:
    """`desk` assigns the variants of running trials; `quiet` leaves no trace (commands, evaluation).

    `offered` makes the drafts that an agent is shown unasked.
    """

    desk: RetentionDesk
    quiet: RetentionDesk
    outcomes: OutcomeDesk
    offered: RetentionDraft


def open_retention(
    base: CataloguedBase, clock: Clock, rewriter: Rewriter | None = None, *, faults: Faults | None = None
) -> Retention:
    """Retention over `base`; a `rewriter` is a language model that may reword what is not fixed.

    `faults` is the compliance check that every draft has to pass before it is shown.
    """
    outcomes = OutcomeDesk(book=base.catalogue.retention, clock=clock)
    return Retention(
        desk=RetentionDesk(base=base, clock=clock, variants=outcomes, rewriter=rewriter, faults=faults),
        quiet=RetentionDesk(base=base, clock=clock, rewriter=rewriter, faults=faults),
        outcomes=outcomes,
        offered=OfferedDrafts(
            RetentionDesk(base=base, clock=clock, faults=faults), ApprovedDrafts(base, page=PAGE), page=PAGE
        ),
    )
