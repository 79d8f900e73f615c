"""Tells which questions ask the same, in whatever words; the ledger joins by it, `evals` calibrates and measures it.

A question's likeness to a group is its mean likeness to the group's wordings (average linkage, Sokal & Michener 1958).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.embed import Embedder
from kb.text import figures, strip_asking

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Settings:
    """What calibration found: the least likeness that joins, and the share of meaning in it (the rest is wording)."""

    threshold: float
    cosine_weight: float
    reference: tuple[str, ...]


@cache
def shipped() -> Settings:
    """The settings that come with the program."""
    text = resources.files("assist").joinpath("data/clustering.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return Settings(data["threshold"], data["cosine_weight"], tuple(data["reference"]))


class Likeness:
    """Vectors of questions around the centre of ordinary questions, and how alike two questions are; thread-safe."""

    def __init__(self, embedder: Embedder, settings: Settings | None = None) -> None:
        self._embedder = embedder
        self.settings = settings or shipped()
        self._centre: Vectors | None = None
        self._lock = threading.Lock()

    @property
    def model(self) -> str:
        """What the vectors were made with; vectors of another model are not comparable."""
        return self._embedder.name

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors (n, dimension). Raw cosines of questions crowd together; around their centre they spread."""
        if not texts:
            return np.zeros((0, self._embedder.dimension), dtype=np.float32)
        found = self._embedder.queries(list(texts)) - self._middle()
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        return np.asarray(found / np.where(lengths > 0, lengths, 1), dtype=np.float32)

    def alike(self, text: str, cosines: NDArray[np.float64], others: Sequence[str]) -> float:
        """Mean likeness in [-1, 1] of `text` to `others`, whose vectors have these cosines (n,) with it."""
        share = self.settings.cosine_weight
        mine = characters(text)
        wording = float(np.mean([_dice(mine, characters(other)) for other in others]))
        return share * float(cosines.mean()) + (1 - share) * wording

    def _middle(self) -> Vectors:
        with self._lock:
            if self._centre is None:
                self._centre = self._embedder.queries(list(self.settings.reference)).mean(axis=0)
            return self._centre


def agree(text: str, other: str) -> bool:
    """False where the two name different figures: 畅行199 and 畅行299 are never one question."""
    return _figures(text) == _figures(other)


@lru_cache(maxsize=4096)
def characters(text: str) -> frozenset[str]:
    """The characters that carry what is asked."""
    return frozenset(each for each in strip_asking(text) if each.isalnum())


def groups(likeness: Likeness, texts: Sequence[str], vectors: Vectors | None = None) -> list[int]:
    """The group of each text, in the order in which the ledger would have met them; groups count from 0.

    `vectors` (n, dimension) are those of the texts, made here when not given.
    """
    if vectors is None:
        vectors = likeness.vectors(texts)
    members: list[list[int]] = []
    labels: list[int] = []
    for at, text in enumerate(texts):
        best, score = -1, likeness.settings.threshold
        for number, group in enumerate(members):
            if not agree(text, texts[group[0]]):
                continue
            cosines = (vectors[group] @ vectors[at]).astype(np.float64)
            found = likeness.alike(text, cosines, [texts[each] for each in group])
            if found >= score:
                best, score = number, found
        if best < 0:
            members.append([])
            best = len(members) - 1
        members[best].append(at)
        labels.append(best)
    return labels


@lru_cache(maxsize=4096)
def _figures(text: str) -> frozenset[str]:
    return figures(text)


def _dice(first: frozenset[str], second: frozenset[str]) -> float:
    total = len(first) + len(second)
    return 2 * len(first & second) / total if total else 0.0
