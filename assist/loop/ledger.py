"""The ledger that joins rephrasings: what is unanswered, judged wrong or suggested becomes or joins a gap; app.py."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assist.loop.cluster import Likeness, agree
from kb.errors import ModelUnavailable
from kb.gaps import Unanswered, gap_key, near_hits
from kb.mask import mask
from kb.store import Catalogue, GapCause, GapOrigin, GapQuestion

CANDIDATES = 8
"""So many gaps nearest in meaning are compared in full."""

PRIORITY = {GapOrigin.WRONG: 2, GapOrigin.OUTDATED: 2}
"""How urgent a gap is from the start, by what brought it in; 0 for the others."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Known:
    """Vectors of all open wordings, kept between questions."""

    ids: NDArray[np.int64]
    vectors: NDArray[np.float32]


class LoopLedger:
    """Keeps gaps in the catalogue and joins questions by meaning; thread-safe."""

    def __init__(self, catalogue: Catalogue, likeness: Likeness) -> None:
        self._catalogue = catalogue
        self._likeness = likeness
        self._known: _Known | None = None
        self._lock = threading.RLock()

    def record(self, asked: Unanswered) -> str | None:
        """Opens a gap for a question that was refused, or joins the open one that asks the same."""
        return str(self.add(asked, GapOrigin.REFUSAL))

    def add(self, asked: Unanswered, origin: GapOrigin) -> int:
        """The id of the gap opened or joined. Without an embedding model only the same words join."""
        text = mask(asked.question.strip())
        line = GapQuestion(text, asked.principal, asked.channel, asked.as_of, nearest=near_hits(asked.nearest))
        with self._lock:
            vector = self._vector(text)
            joined = self._same(text, vector)
            if joined is None:
                priority = PRIORITY.get(origin, 0)
                gap = self._catalogue.gaps.open(
                    line, key=gap_key(text), business_type=asked.business_type, priority=priority
                )
            else:
                gap = self._catalogue.gaps.join(joined, line)
            if gap.count == 1 and origin is not GapOrigin.REFUSAL:
                self._catalogue.gap_work.describe(gap.id, origin=origin)
            self._remember(gap.id, text, vector)
            return gap.id

    def report(self, asked: Unanswered, *, key: str, cause: GapCause, note: str, priority: int = 0) -> int | None:
        """Opens a gap for what quizzes and practice found in the knowledge itself, its cause known from the start.

        It is one of its own by `key`, never joined to questions of like meaning; None while one is open under it.
        """
        if self._catalogue.gaps.find(key) is not None:
            return None
        text = mask(asked.question.strip())
        line = GapQuestion(text, asked.principal, asked.channel, asked.as_of)
        with self._lock:
            gap = self._catalogue.gaps.open(line, key=key, priority=priority)
            self._catalogue.gap_work.describe(gap.id, origin=GapOrigin.QUIZ)
            self._catalogue.gaps.change(gap.id, asked.principal, cause=cause, note=note)
        return gap.id

    def nearest(self, text: str, *, limit: int = 5) -> list[tuple[int, float]]:
        """Open gaps most alike to `text` with their likeness, best first; for the maintainer who merges."""
        with self._lock:
            vector = self._vector(text)
            return [] if vector is None else self._scored(text, vector)[:limit]

    def forget(self) -> None:
        """Reads the open gaps anew at the next question: after a merge, a split or a change of state."""
        with self._lock:
            self._known = None

    def _same(self, text: str, vector: NDArray[np.float32] | None) -> int | None:
        known = self._catalogue.gaps.find(gap_key(text))
        if known is not None:
            return known.id
        scored = [] if vector is None else self._scored(text, vector)
        return scored[0][0] if scored and scored[0][1] >= self._likeness.settings.threshold else None

    def _scored(self, text: str, vector: NDArray[np.float32]) -> list[tuple[int, float]]:
        known = self._all()
        if not len(known.ids):
            return []
        cosines = (known.vectors @ vector).astype(np.float64)
        gaps, at = np.unique(known.ids, return_inverse=True)
        means = np.bincount(at, weights=cosines) / np.bincount(at)
        best = [int(each) for each in np.argsort(-means)[:CANDIDATES]]
        texts = self._catalogue.gap_work.texts([int(gaps[each]) for each in best])
        found = []
        for each in best:
            gap = int(gaps[each])
            if texts[gap] and agree(text, texts[gap][0]):
                found.append((gap, self._likeness.alike(text, cosines[at == each], texts[gap])))
        return sorted(found, key=lambda one: -one[1])

    def _vector(self, text: str) -> NDArray[np.float32] | None:
        try:
            vector: NDArray[np.float32] = self._likeness.vectors([text])[0]
        except ModelUnavailable as error:
            _log.warning("gaps are joined by words only: %s", error.message)
            return None
        return vector

    def _remember(self, gap_id: int, text: str, vector: NDArray[np.float32] | None) -> None:
        if vector is None:
            return
        self._catalogue.gap_work.add_vector(gap_id, text, self._likeness.model, vector)
        if self._known is not None:
            self._known = _Known(
                np.append(self._known.ids, np.int64(gap_id)),
                np.vstack([self._known.vectors.reshape(-1, len(vector)), vector[None]]),
            )

    def _all(self) -> _Known:
        if self._known is None:
            self._known = _Known(*self._catalogue.gap_work.open_vectors(self._likeness.model))
        return self._known
