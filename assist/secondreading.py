"""Weighs the passages of a question that would be refused by a second reading of it, in a model's written wording.

People say 网卡得跟蜗牛一样 where rules write 网速慢; a model knows that. It may also lose what was asked, so it never
decides alone: a passage counts when it was half likely in the caller's own words and is clearly likely in the model's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assist.decide import Judged

HALF = 0.5
"""A passage must be likely by this share of the threshold in the caller's own words."""
MARGIN = 0.25
"""In the model's words it must be likelier than the threshold by this much: small models lose what was asked."""


def worth(first: Sequence[Judged], threshold: float) -> bool:
    """True when a passage is likely enough for a second reading to confirm."""
    return any(one.probability >= HALF * threshold for one in first)


def confirmed(first: Sequence[Judged], second: Sequence[Judged], threshold: float) -> tuple[Judged, ...]:
    """`first`, a passage that both readings point to being as likely as the second says; likeliest first."""
    again = {one.hit.passage.id: one.probability for one in second}

    def reread(one: Judged) -> Judged:
        likely = again.get(one.hit.passage.id, 0.0)
        both = one.probability >= HALF * threshold and likely >= threshold + MARGIN
        return replace(one, probability=likely) if both else one

    return tuple(sorted(map(reread, first), key=lambda one: (-one.probability, one.hit.rank)))
