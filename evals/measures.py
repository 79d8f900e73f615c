"""Pure measures over folded strings and outcomes; every one can be checked by hand arithmetic."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from assist.golden.matching import facts_found as facts_found
from assist.golden.matching import fold as fold
from assist.golden.matching import leaks as leaks
from assist.golden.matching import same_source as same_source

MAX_HIT_CHARS = 600
"""A hit longer than this never counts: a whole document is not a passage."""


def first_gold_rank(hits: Sequence[Mapping[str, Any]], gold: Iterable[tuple[str, str]]) -> int | None:
    """Rank (from 1) of the first hit whose own text holds a gold quote and is at most MAX_HIT_CHARS long."""
    wanted = [(source, fold(quote)) for source, quote in gold]
    for rank, hit in enumerate(hits, start=1):
        text = str(hit["text"])
        if len(text) > MAX_HIT_CHARS:
            continue
        folded = fold(text)
        if any(same_source(str(hit["source"]), source) and quote in folded for source, quote in wanted):
            return rank
    return None


def recall_at(ranks: Sequence[int | None], k: int) -> float | None:
    """Share of cases with a gold hit among the first k; None when there is no case."""
    if not ranks:
        return None
    return sum(1 for rank in ranks if rank is not None and rank <= k) / len(ranks)


def reciprocal_rank_at(ranks: Sequence[int | None], k: int) -> float | None:
    """Mean of 1/rank of the first gold hit, 0 beyond k (mean reciprocal rank, Voorhees 1999)."""
    if not ranks:
        return None
    return sum(1 / rank for rank in ranks if rank is not None and rank <= k) / len(ranks)


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float | None:
    """Chance that a positive scores above a negative, ties half (Mann-Whitney U); None when a side is empty."""
    if not positives or not negatives:
        return None
    ordered = sorted([(score, 1) for score in positives] + [(score, 0) for score in negatives])
    rank_sum = 0.0
    start = 0
    while start < len(ordered):
        end = start
        while end < len(ordered) and ordered[end][0] == ordered[start][0]:
            end += 1
        middle = (start + 1 + end) / 2
        rank_sum += middle * sum(label for _, label in ordered[start:end])
        start = end
    n, m = len(positives), len(negatives)
    return (rank_sum - n * (n + 1) / 2) / (n * m)


def macro_f1(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Unweighted mean F1 over the true labels of (true, predicted) pairs; None when there is none."""
    labels = sorted({true for true, _ in pairs})
    if not labels:
        return None
    return sum(_f1(pairs, label) for label in labels) / len(labels)


def _f1(pairs: Sequence[tuple[str, str]], label: str) -> float:
    hit = sum(1 for true, predicted in pairs if true == label == predicted)
    said = sum(1 for _, predicted in pairs if predicted == label)
    real = sum(1 for true, _ in pairs if true == label)
    return 2 * hit / (said + real) if said + real else 0.0


def percentile(values: Sequence[float], share: float) -> float | None:
    """Nearest-rank percentile, `share` in (0, 1]; None for no values."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[math.ceil(share * len(ordered)) - 1]


_FIGURE = re.compile(r"\d+(?:\.\d+)?")


def unsupported_figures(answer: str, quotes: Sequence[str]) -> list[str]:
    """Numbers of the answer that stand in none of the quotes (citation marks such as [1] left out)."""
    said = unicodedata.normalize("NFKC", re.sub(r"[\[【〔]\d+[\]】〕]", "", answer)).replace(",", "")
    proof = {
        number for quote in quotes for number in _FIGURE.findall(unicodedata.normalize("NFKC", quote).replace(",", ""))
    }
    return [number for number in _FIGURE.findall(said) if number not in proof]
