"""Fits how questions are grouped: projection, weights and threshold; `app.py loop-fit` stores what it finds.

Three sets of labelled questions, none of them held out: those of `training.jsonl`, the development intents of
`clusters.jsonl`, and the other ways of asking that the rows of the base list. The projection is learned by supervised
contrast (Khosla et al. 2020) with Adam (Kingma & Ba 2015), the weights by logistic regression on pairs of intents that
the projection has not seen.
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assist.loop.cluster import Likeness, Settings, Vectors, Weights, conflict, heard, unit
from evals.loop.measure import FOLDER, mean_f1, read
from kb.embed import Embedder
from kb.model import Passage

DIRECTIONS = 256
_STEPS, _RATE, _DECAY, _HEAT, _DROP = 25, 1e-3, 1e-2, 0.07, 0.2
_BATCH = 64
_FOLDS = 4
THRESHOLDS = tuple(round(-1 + 0.25 * step, 2) for step in range(13))

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Labelled:
    """Questions with their intents, and the model's bare vectors (n, dimension)."""

    texts: tuple[str, ...]
    intents: tuple[str, ...]
    vectors: Vectors

    def of(self, intents: set[str]) -> Labelled:
        """Only the questions of these intents."""
        rows = [at for at, each in enumerate(self.intents) if each in intents]
        return Labelled(
            tuple(self.texts[at] for at in rows), tuple(self.intents[at] for at in rows), self.vectors[rows]
        )


def fitted(embedder: Embedder, passages: Iterable[Passage], reference: tuple[str, ...]) -> Settings:
    """The settings fitted on the files beside this one and on the other ways of asking listed in `passages`."""
    listed = [
        {"intent": f"{passage.source}#{passage.id}", "question": question}
        for passage in passages
        if len(passage.questions) > 1
        for question in passage.questions
    ]
    dev = [row for row in read(FOLDER / "clusters.jsonl") if row["half"] == "dev"]
    training = label(embedder, read(FOLDER / "training.jsonl"))
    return fit(embedder, training, label(embedder, dev), label(embedder, listed), reference)


def label(embedder: Embedder, rows: Sequence[Mapping[str, Any]]) -> Labelled:
    """Rows with "question" and "intent", embedded."""
    texts = tuple(row["question"] for row in rows)
    return Labelled(texts, tuple(row["intent"] for row in rows), embedder.queries(texts))


def fit(embedder: Embedder, training: Labelled, dev: Labelled, base: Labelled, reference: tuple[str, ...]) -> Settings:
    """The settings fitted on three sets; the base's questions teach directions, not weights."""
    every = np.vstack([training.vectors, base.vectors])
    centre = np.asarray(every.mean(axis=0), dtype=np.float32)
    start = _whitening(every - centre)
    bare = Settings(
        plain=Weights(0, 1, 0, 0),
        reference=reference,
        rarity=_rarity([*training.texts, *base.texts]),
        model=embedder.name,
        centre=centre,
    )
    unseen = [_unseen(embedder, bare, start, [training, dev], base, fold) for fold in range(_FOLDS)]
    weights = _logistic(np.vstack([one[0] for one in unseen]), np.concatenate([one[2] for one in unseen]))
    plain = _logistic(np.vstack([one[1] for one in unseen]), np.concatenate([one[2] for one in unseen]))
    blind = replace(bare, weights=weights, projection=_project([training, base], centre, start))
    final = replace(bare, weights=weights, projection=_project([training, dev, base], centre, start))
    return replace(
        final,
        weights=_with_threshold(embedder, blind, weights, dev),
        plain=_with_threshold(embedder, replace(bare, plain=plain, model=""), plain, dev),
    )


def _with_threshold(embedder: Embedder, settings: Settings, weights: Weights, dev: Labelled) -> Weights:
    """The weights with the threshold that groups the development intents best, unseen by the projection."""
    found: dict[float, float] = {}
    vectors = Likeness(embedder, settings).vectors(dev.texts)
    for each in THRESHOLDS:
        tried = replace(weights, threshold=each)
        name = {"weights": tried} if settings.projection.size else {"plain": tried}
        found[each] = mean_f1(Likeness(embedder, replace(settings, **name)), dev.texts, dev.intents, vectors)  # type: ignore[arg-type]
    best = max(found.values())
    near = [each for each, value in found.items() if value >= best - 0.01]  # a plateau: its middle
    return replace(weights, threshold=near[len(near) // 2])


def _unseen(
    embedder: Embedder, bare: Settings, start: Vectors, sets: Sequence[Labelled], base: Labelled, fold: int
) -> tuple[Floats, Floats, Floats]:
    """Signals of pairs, projected and plain, and whether they are of one intent, for a projection blind to them."""
    split = [_split(each, fold) for each in sets]
    projection = _project([*(rest for rest, _ in split), base], bare.centre, start)
    likeness = Likeness(embedder, replace(bare, projection=projection))
    parts = [_pairs(likeness, held, projection) for _, held in split]
    return tuple(np.concatenate([part[at] for part in parts]) for at in range(3))  # type: ignore[return-value]


def _split(labelled: Labelled, fold: int) -> tuple[Labelled, Labelled]:
    intents = sorted(set(labelled.intents))
    random.Random(5).shuffle(intents)  # noqa: S311
    held = set(intents[fold::_FOLDS])
    return labelled.of(set(intents) - held), labelled.of(held)


def _pairs(likeness: Likeness, labelled: Labelled, projection: Vectors) -> tuple[Floats, Floats, Floats]:
    bare = labelled.vectors - likeness.settings.centre
    sound = likeness.sounds(labelled.texts)
    total = (sound**2).sum(axis=1)
    share = 2 * (sound @ sound.T) / np.maximum(total[:, None] + total[None, :], 1e-9)
    first, second = np.triu_indices(len(labelled.texts), 1)
    keep = [not conflict(labelled.texts[a], labelled.texts[b]) for a, b in zip(first, second, strict=True)]
    first, second = first[keep], second[keep]
    signals = []
    for vectors in (unit(bare @ projection.T), unit(bare)):
        cosines = (vectors @ vectors.T)[first, second]
        signals.append(np.stack([cosines, share[first, second]], axis=1).astype(np.float64))
    same = np.asarray([labelled.intents[a] == labelled.intents[b] for a, b in zip(first, second, strict=True)])
    return signals[0], signals[1], same.astype(np.float64)


def _rarity(texts: Sequence[str]) -> dict[str, float]:
    """Inverse document frequency of syllables: log((n + 1) / (count + 1/2))."""
    counts = Counter(syllable for text in texts for syllable in heard(text))
    return {each: math.log((len(texts) + 1) / (number + 0.5)) for each, number in counts.items()}


def _whitening(centred: Vectors) -> Vectors:
    """The leading directions of ordinary questions, the strong ones damped by the root of their strength."""
    _, strength, directions = np.linalg.svd(centred, full_matrices=False)
    kept = min(DIRECTIONS, len(strength))
    start = directions[:kept] / np.sqrt(np.maximum(strength[:kept, None], 1e-6))
    return np.asarray(start / np.linalg.norm(start) * math.sqrt(kept) * 3, dtype=np.float32)


def _project(sets: Sequence[Labelled], centre: Vectors, start: Vectors) -> Vectors:
    """A projection (directions, dimension) under which questions of one intent lie close and others apart."""
    picks = np.random.default_rng(0)
    learned = _Adam(start.astype(np.float64))
    batches = [_by_intent(each) for each in sets]
    for step in range(_STEPS):
        for labelled, members in zip(sets, batches, strict=True):
            order = list(members)
            random.Random(step).shuffle(order)  # noqa: S311
            for at in range(0, len(order), _BATCH):
                chosen = order[at : at + _BATCH]
                rows = [row for intent in chosen for row in members[intent]]
                owner = np.repeat(np.arange(len(chosen)), [len(members[intent]) for intent in chosen])
                given = (labelled.vectors[rows] - centre).astype(np.float64)
                given *= (picks.random(given.shape) >= _DROP) / (1 - _DROP)
                learned.step(_slope(learned.value, given, owner))
    return learned.value.astype(np.float32)


def _by_intent(labelled: Labelled) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for row, intent in enumerate(labelled.intents):
        found[intent].append(row)
    return {intent: rows for intent, rows in found.items() if len(rows) > 1}


def _slope(weights: Floats, given: Floats, owner: NDArray[np.int64]) -> Floats:
    """The gradient of the supervised contrastive loss of a batch by the projection's weights."""
    raw = given @ weights.T
    length = np.linalg.norm(raw, axis=1, keepdims=True)
    made = raw / np.maximum(length, 1e-9)
    odds = made @ made.T / _HEAT
    np.fill_diagonal(odds, -np.inf)
    share = np.exp(odds - odds.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    same = (owner[:, None] == owner[None, :]) & ~np.eye(len(owner), dtype=bool)
    wanted = same / same.sum(axis=1, keepdims=True)
    by_odds = (share - wanted) / len(owner)
    by_made = (by_odds + by_odds.T) @ made / _HEAT
    by_raw = (by_made - made * (by_made * made).sum(axis=1, keepdims=True)) / np.maximum(length, 1e-9)
    return np.asarray(by_raw.T @ given)


class _Adam:
    """Adam with decoupled weight decay."""

    def __init__(self, value: Floats) -> None:
        self.value = value
        self._first = np.zeros_like(value)
        self._second = np.zeros_like(value)
        self._steps = 0

    def step(self, slope: Floats) -> None:
        """One step against the gradient."""
        self._steps += 1
        self._first = 0.9 * self._first + 0.1 * slope
        self._second = 0.999 * self._second + 0.001 * slope**2
        mean = self._first / (1 - 0.9**self._steps)
        scale = np.sqrt(self._second / (1 - 0.999**self._steps)) + 1e-8
        self.value = self.value * (1 - _RATE * _DECAY) - _RATE * mean / scale


def _logistic(signals: Floats, same: Floats) -> Weights:
    """Ridge logistic regression by Newton's method; the threshold is set later."""
    matrix = np.hstack([signals, np.ones((len(signals), 1))])
    penalty = np.diag([1.0, 1.0, 0.0])
    found = np.zeros(3)
    for _ in range(50):
        given = 1 / (1 + np.exp(-np.clip(matrix @ found, -30, 30)))
        slope = matrix.T @ (given - same) + penalty @ found
        curve = matrix.T @ (matrix * (given * (1 - given))[:, None]) + penalty + 1e-9 * np.eye(3)
        step = np.linalg.solve(curve, slope)
        found = found - step
        if float(np.abs(step).max()) < 1e-8:
            break
    return Weights(bias=float(found[2]), meaning=float(found[0]), sound=max(0.0, float(found[1])), threshold=0.0)
