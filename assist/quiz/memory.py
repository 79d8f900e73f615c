"""When an item should come again: FSRS, by the `fsrs` library; practice asks after every answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fsrs import Scheduler

WEAK, STRONG = 0.5, 0.9
"""A score below WEAK counts as forgotten, from STRONG on as known, between them as known with trouble."""


def reviewed(state: Mapping[str, Any] | None, score: float, at: datetime) -> tuple[dict[str, Any], datetime]:
    """The card after an answer with `score` in [0, 1], and when it is due; `state` None is a new card.

    Without fuzz, so that the same answers give the same days.
    """
    from fsrs import Card, Rating

    card = Card(card_id=1) if state is None else Card.from_dict(dict(state))  # type: ignore[arg-type]
    rating = Rating.Again if score < WEAK else Rating.Hard if score < STRONG else Rating.Good
    after, _ = _scheduler().review_card(card, rating, review_datetime=at)
    return dict(after.to_dict()), after.due


def recall(state: Mapping[str, Any], at: datetime) -> float:
    """How likely the item is remembered at a moment, 0 to 1, as the scheduler estimates it."""
    from fsrs import Card

    return float(_scheduler().get_card_retrievability(Card.from_dict(dict(state)), at))  # type: ignore[arg-type]


@lru_cache(maxsize=1)
def _scheduler() -> Scheduler:
    from fsrs import Scheduler

    return Scheduler(enable_fuzzing=False)
