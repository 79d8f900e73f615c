"""Frozen values of leaving intent; detection makes them, pages, API and retention drafts read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class LeavingReason(StrEnum):
    """Why customers go: the seven reasons every hotline knows."""

    QUALITY = "quality"
    STALE = "stale"
    SERVICE = "service"
    CONTACT = "contact"
    RIVAL = "rival"
    NEGLECTED = "neglected"
    TURMOIL = "turmoil"

    @property
    def label(self) -> str:
        """The reason in the words of the trade."""
        return _LABELS[self]


_LABELS: Mapping[LeavingReason, str] = {
    LeavingReason.QUALITY: "质量不稳",
    LeavingReason.STALE: "套餐陈旧不合适",
    LeavingReason.SERVICE: "服务差处理慢",
    LeavingReason.CONTACT: "熟悉的联系人离开",
    LeavingReason.RIVAL: "竞品优惠",
    LeavingReason.NEGLECTED: "小客户被忽视",
    LeavingReason.TURMOIL: "市场传闻与价格",
}


@dataclass(frozen=True, slots=True)
class Cue:
    """Words of the customer that speak for leaving or for a reason: characters `start` to `end` of the text given."""

    start: int
    end: int
    text: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Leaving:
    """What was found in a question or a transcript.

    `intends` says whether the customer shows that they mean to leave, `probability` in [0, 1] how surely; `reason` is
    None when they intend nothing or give no reason, `shares` say how much speaks for each reason (they sum to 1, or are
    all 0); `wants` names what they ask for (销户, 携号转网, 退订 …), "" when only hinted at.
    """

    intends: bool
    probability: float
    reason: LeavingReason | None = None
    shares: Mapping[LeavingReason, float] = field(default_factory=dict)
    wants: str = ""
    cues: tuple[Cue, ...] = ()
