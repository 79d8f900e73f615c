"""Fuses what the dense and the lexical index say of candidates into one order; pure arithmetic, `kb.retrieve` calls it.

Each list is put on one scale by the mean and deviation of its best TOP values (z-scores): ranks alone throw away how
far apart two candidates are, which is why reciprocal rank fusion does no better than the dense list alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

TOP = 100
"""How many of the best values of a list set its scale."""

_USUAL_LENGTH = 120
_OWN_SHARE = 0.36

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages to be ranked, every array (n,).

    `cosine` is of the best slot, `own` of the passage's text, NaN where the dense list did not reach; `fields` holds
    BM25 by field; `lengths` are characters (0: does not matter); `citing` counts documents that cite the passage's.
    """

    ids: NDArray[np.int64]
    cosine: Floats
    own: Floats
    fields: Mapping[str, Floats]
    lengths: Floats
    citing: Floats


def features(candidates: Candidates) -> dict[str, Floats]:
    """What the order is made of, by name, each (n,): z-scores of every list, log length and citations."""
    found = {"dense": zscores(_dense(candidates))}
    for name, scores in candidates.fields.items():
        found[name] = zscores(scores)
    known = np.where(candidates.lengths > 0, candidates.lengths, _USUAL_LENGTH)
    found["length"] = np.log(np.clip(known, 20, 600)).astype(np.float32)
    found["citing"] = candidates.citing.astype(np.float32)
    return found


def fuse(found: Mapping[str, Floats], weights: Mapping[str, float] | None = None) -> Floats:
    """One score for each candidate: the weighted sum of its features; higher is better."""
    chosen = weights if weights is not None else default_weights()
    total = np.zeros(len(next(iter(found.values()))), np.float32)
    for name, weight in chosen.items():
        if name in found:
            total += np.float32(weight) * found[name]
    return total


def zscores(values: Floats) -> Floats:
    """`values` less the mean of the TOP best, over their deviation; zeros when they are all alike, (n,) may be 0."""
    if not len(values):
        return values.astype(np.float32)
    best = values if len(values) <= TOP else np.partition(values, -TOP)[-TOP:]
    deviation = float(best.std())
    if deviation < 1e-6:
        return np.zeros(len(values), np.float32)
    scaled: Floats = ((values - best.mean()) / deviation).astype(np.float32)
    return scaled


@cache
def default_weights() -> Mapping[str, float]:
    """Weights by feature, fitted on cases (kb/data/ranking.json says on which)."""
    text = resources.files("kb").joinpath("data/ranking.json").read_text(encoding="utf-8")
    weights: dict[str, float] = json.loads(text)["weights"]
    return weights


def _dense(candidates: Candidates) -> Floats:
    """Mostly the best slot; that the text itself is near too tells entries apart whose questions are alike."""
    best = _filled(candidates.cosine)
    own = np.where(np.isnan(candidates.own), np.nanmin(best, initial=1.0), candidates.own)
    return ((1 - _OWN_SHARE) * best + _OWN_SHARE * own).astype(np.float32)


def _filled(cosine: Floats) -> Floats:
    """Cosines with what the dense list did not reach at the list's lowest: it cannot be nearer than that."""
    missing = np.isnan(cosine)
    if missing.all():
        return np.zeros(len(cosine), np.float32)
    return np.where(missing, np.nanmin(cosine), cosine).astype(np.float32)
