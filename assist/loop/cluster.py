"""Tells how likely two questions ask the same, in whatever words; the ledger groups by it, `evals` fits it.

Log-odds by logistic regression over two signals: nearness of meaning (the model's vectors around the centre of ordinary
questions, in the directions that tell questions of one intent from others), and rare syllables shared, by which what is
mistyped for what sounds the same still counts. All numbers are data (assist/data/clustering.json), see `loop-fit`.
"""

from __future__ import annotations

import base64
import json
import threading
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assist.compliance.sound import syllables
from kb.embed import Embedder
from kb.text import figures, strip_asking

Vectors = NDArray[np.float32]
Matrix = NDArray[np.float64]

_UNLISTED = 64
"""So many places are kept for syllables and Latin words that calibration never met."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Log-odds are bias + meaning · cosine + sound · share of syllables; groups join from `threshold` on."""

    bias: float
    meaning: float
    sound: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Settings:
    """What was fitted: for one model with its projection, and `plain` for the bare cosines of any other model.

    `rarity` is the inverse document frequency of syllables; `reference` are the questions whose centre other models
    are taken around; `projection` is (directions, dimension), empty when there is none.
    """

    plain: Weights
    reference: tuple[str, ...]
    rarity: Mapping[str, float] = field(default_factory=dict)
    model: str = ""
    weights: Weights | None = None
    centre: Vectors = field(default_factory=lambda: np.zeros(0, dtype=np.float32))
    projection: Vectors = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))

    def as_json(self) -> str:
        """The settings as the text of their data file; vectors a byte a component."""
        parts = {
            "plain": _numbers(self.plain),
            "weights": _numbers(self.weights or self.plain),
            "model": self.model,
            "reference": list(self.reference),
            "rarity": {each: round(value, 3) for each, value in sorted(self.rarity.items())},
            "centre": _pack(self.centre),
            "projection": _pack(self.projection),
        }
        return json.dumps(parts, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def parse(cls, text: str) -> Settings:
        """Inverse of `as_json`; raises KeyError or ValueError for anything else."""
        data: dict[str, Any] = json.loads(text)
        return cls(
            plain=Weights(**data["plain"]),
            weights=Weights(**data["weights"]),
            model=data["model"],
            reference=tuple(data["reference"]),
            rarity=data["rarity"],
            centre=_unpack(data["centre"]),
            projection=_unpack(data["projection"]),
        )


@cache
def shipped() -> Settings:
    """The settings that come with the program."""
    return Settings.parse(resources.files("assist").joinpath("data/clustering.json").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Wordings:
    """Questions ready to be compared: unit vectors of meaning (n, d), syllables by root of rarity (n, s)."""

    meaning: Vectors
    sound: Vectors

    def __getitem__(self, rows: Any) -> Wordings:
        return Wordings(self.meaning[rows], self.sound[rows])


class Likeness:
    """How likely questions ask the same; thread-safe."""

    def __init__(self, embedder: Embedder, settings: Settings | None = None) -> None:
        self._embedder = embedder
        self.settings = settings or shipped()
        self._centre: Vectors | None = None
        self._lock = threading.Lock()
        self._places = {each: at for at, each in enumerate(sorted(self.settings.rarity))}
        self._rarest = max(self.settings.rarity.values(), default=1.0)

    @property
    def model(self) -> str:
        """What the vectors were made with; vectors of another model or projection are not comparable."""
        if not self._projected:
            return self._embedder.name
        return f"{self._embedder.name}+{zlib.crc32(self.settings.projection.tobytes()):08x}"

    @property
    def weights(self) -> Weights:
        """The weights that fit the embedding model in use."""
        fitted = self.settings.weights if self._projected else None
        return fitted or self.settings.plain

    @property
    def threshold(self) -> float:
        """The least mean log-odds at which a question belongs to a group."""
        return self.weights.threshold

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of meaning (n, d); n may be 0. Raises ModelUnavailable."""
        if not texts:
            return np.zeros((0, 1), dtype=np.float32)
        found = self._embedder.queries(list(texts)) - self._middle()
        if self._projected:
            found = found @ self.settings.projection.T
        return unit(found)

    def sounds(self, texts: Sequence[str]) -> Vectors:
        """Syllables of what is asked (n, s), each by the root of its rarity, so that products add up rarities."""
        found = np.zeros((len(texts), len(self._places) + _UNLISTED), dtype=np.float32)
        for row, text in enumerate(texts):
            for syllable in heard(text):
                place = self._places.get(syllable)
                rarity = self._rarest if place is None else self.settings.rarity[syllable]
                found[row, self._unlisted(syllable) if place is None else place] = np.sqrt(rarity)
        return found

    def log_odds(self, first: Wordings, second: Wordings) -> Matrix:
        """Log-odds (n, m) that questions of `first` and of `second` ask the same."""
        weights = self.weights
        shared = (first.sound @ second.sound.T).astype(np.float64)
        total = (first.sound**2).sum(axis=1)[:, None] + (second.sound**2).sum(axis=1)[None, :]
        cosines = (first.meaning @ second.meaning.T).astype(np.float64)
        share = 2 * shared / np.where(total > 0, total, 1)
        return np.asarray(weights.bias + weights.meaning * cosines + weights.sound * share)

    @property
    def _projected(self) -> bool:
        return bool(self.settings.projection.size) and self._embedder.name == self.settings.model

    def _middle(self) -> Vectors:
        if self._projected:
            return self.settings.centre
        with self._lock:
            if self._centre is None:
                self._centre = self._embedder.queries(list(self.settings.reference)).mean(axis=0)
            return self._centre

    def _unlisted(self, syllable: str) -> int:
        return len(self._places) + zlib.crc32(syllable.encode()) % _UNLISTED


def unit(vectors: NDArray[np.floating[Any]]) -> Vectors:
    """`vectors` at length one; zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32)


@lru_cache(maxsize=4096)
def heard(text: str) -> frozenset[str]:
    """The syllables of what is asked, without the words that only ask."""
    return frozenset(syllables("".join(each for each in strip_asking(text) if each.isalnum())))


@lru_cache(maxsize=16384)
def numbers(text: str) -> frozenset[str]:
    """The figures a question names."""
    return frozenset(each for each in figures(text) if any(character.isdigit() for character in each))


def conflict(text: str, other: str) -> bool:
    """True where each names a figure and none is in both: 畅行199 and 畅行299 are never one question."""
    mine, theirs = numbers(text), numbers(other)
    return bool(mine) and bool(theirs) and not mine & theirs


def _numbers(weights: Weights) -> dict[str, float]:
    names = ("bias", "meaning", "sound", "threshold")
    return {name: round(float(getattr(weights, name)), 4) for name in names}


def _pack(vectors: Vectors) -> dict[str, Any]:
    step = float(np.abs(vectors).max(initial=0.0)) / 127 or 1.0
    packed = base64.b64encode(np.round(vectors / step).astype(np.int8).tobytes()).decode()
    return {"shape": list(vectors.shape), "step": step, "bytes": packed}


def _unpack(data: Mapping[str, Any]) -> Vectors:
    found = np.frombuffer(base64.b64decode(data["bytes"]), dtype=np.int8).astype(np.float32) * data["step"]
    return np.asarray(found.reshape(data["shape"]), dtype=np.float32)
