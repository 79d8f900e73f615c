"""Which script variant the next call gets: Thompson sampling with a fixed share of chance and a minimum for everybody.

W. R. Thompson (1933), "On the likelihood that one unknown probability exceeds another": a variant is drawn as often as
it is believed to be the best, here from Beta(1 + kept, 1 + lost). `trials.py` calls it and records the choice.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from kb.store import Tally

MINIMUM, EXPLORE, EXPLOIT = "minimum", "explore", "exploit"


def pick(
    styles: Sequence[str], tallies: Mapping[str, Tally], *, exploration: float, minimum: int, chance: random.Random
) -> tuple[str, str]:
    """(variant, how it was chosen).

    While any variant has fewer than `minimum` settled outcomes, the one of them given least often is next. After that a
    share `exploration` is drawn evenly, the rest by Thompson sampling. `styles` is not empty.
    """
    short = [style for style in styles if _settled(tallies.get(style)) < minimum]
    if short:
        return min(short, key=lambda style: _assigned(tallies.get(style))), MINIMUM
    if chance.random() < exploration:
        return chance.choice(list(styles)), EXPLORE
    drawn = {style: _draw(tallies.get(style) or Tally(), chance) for style in styles}
    return max(styles, key=lambda style: drawn[style]), EXPLOIT


def _draw(tally: Tally, chance: random.Random) -> float:
    return chance.betavariate(1 + tally.kept, 1 + tally.lost)


def _settled(tally: Tally | None) -> int:
    return tally.kept + tally.lost if tally else 0


def _assigned(tally: Tally | None) -> int:
    return tally.assigned if tally else 0
