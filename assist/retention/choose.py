"""Which eligible offers a draft introduces: what policy names first, never more than may stand together."""

from __future__ import annotations

from collections.abc import Sequence

from assist.retention.eligibility import Standing, Verdict
from assist.retention.model import Request, settings
from assist.retention.playbook import Advice, Playbook
from assist.retention.stacking import Stacked, together

_LOYALTY = {"tenure_months", "contract_remaining_months"}


def choose(verdicts: Sequence[Verdict], book: Playbook, request: Request) -> tuple[list[Verdict], list[Verdict]]:
    """(introduced, kept for when asked): all eligible ones; the first at most as many as policy lets be introduced.

    Offers the customer already has count in what may stand together.
    """
    eligible = [each for each in verdicts if each.standing is Standing.ELIGIBLE]
    advice = book.advice.get(request.reason) if request.reason else None
    ranked = sorted(eligible, key=lambda each: _rank(each, advice))
    stratum = book.stratum(request.facts)
    cap = stratum.cap if stratum else None
    introduced: list[Verdict] = []
    chosen: list[Stacked] = []
    for each in ranked:
        if len(introduced) < book.most_offers and together([*chosen, each.offer.stacked], cap):
            introduced.append(each)
            chosen.append(each.offer.stacked)
    return introduced, [each for each in ranked if each not in introduced]


def holds_back(book: Playbook, request: Request) -> bool:
    """True when policy wants the cause of this reason solved before offers are spoken of."""
    advice = book.advice.get(request.reason) if request.reason else None
    return advice is not None and any(word in advice.offers for word in settings()["holding_back"])


def _rank(verdict: Verdict, advice: Advice | None) -> tuple[bool, bool, bool, float, str]:
    """Named by policy, then meant for what the customer asked, then for loyalty, then the greater value."""
    offer = verdict.offer
    keys = {each.key for each in offer.conditions}
    named = advice is not None and offer.row.name in advice.offers
    return (not named, "intent" not in keys, not keys & _LOYALTY, -(offer.stacked.value or 0.0), offer.code)
