"""How likely positions and lengths of keys would be by chance; the report uses it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from assist.quiz.model import Item


def chi_square(observed: Sequence[int]) -> tuple[float, float]:
    """Pearson's statistic against equal frequencies, and its probability with three degrees of freedom (four places).

    The survival function for three degrees is erfc(sqrt(x/2)) + sqrt(2x/pi) exp(-x/2).
    """
    total = sum(observed)
    if not total:
        return 0.0, 1.0
    expected = total / len(observed)
    x = sum((each - expected) ** 2 / expected for each in observed)
    return x, math.erfc(math.sqrt(x / 2)) + math.sqrt(2 * x / math.pi) * math.exp(-x / 2)


def at_least(hits: int, n: int, chance: float) -> float:
    """Probability of `hits` or more in `n` draws with `chance` each (exact binomial)."""
    return sum(math.comb(n, k) * chance**k * (1 - chance) ** (n - k) for k in range(hits, n + 1))


def places(items: Sequence[Item]) -> dict[str, Any]:
    """How often the key stands in each of four places, with the probability of so uneven a spread by chance."""
    observed = [sum(1 for item in items if item.key == (at,)) for at in range(4)]
    x, p = chi_square(observed)
    return {"n": len(items), "observed": observed, "chi_square": round(x, 3), "p": round(p, 4)}


def lengths(items: Sequence[Item]) -> dict[str, Any]:
    """How often the key is strictly the longest option, and the probability of so often or oftener by chance.

    By chance it would be in the share of items whose longest option stands alone, divided among the options.
    """
    longest = alone = 0
    chance = 0.0
    for item in items:
        sizes = [len(option) for option in item.options]
        if sizes.count(max(sizes)) == 1:
            alone += 1
            chance += 1 / len(sizes)
            longest += sizes[item.key[0]] == max(sizes)
    p = at_least(longest, alone, chance / alone) if alone else 1.0
    return {
        "n": len(items),
        "one_longest": alone,
        "key_longest": longest,
        "expected": round(chance, 1),
        "p": round(p, 4),
    }


def two_sided(hits: int, n: int) -> float:
    """Probability of a share as far from half as `hits` of `n`, or farther, with even chances; 1.0 for none."""
    if not n:
        return 1.0
    return round(min(1.0, 2 * min(at_least(hits, n, 0.5), at_least(n - hits, n, 0.5))), 4)
