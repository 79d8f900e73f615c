"""How fast and how large: ratios within one run, beside the parts they are made of; called by `app.py bench`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals.measures import percentile
from kb.embed import Embedder

COPY_MARK = "〔副本"
"""What a perturbed copy's text ends with; the embedder below sees by it which base vector to perturb."""

NOISE = 0.35
"""Length of the random vector added to a unit vector for a copy: its cosine to the original is about 0.94."""


class CopyEmbedder:
    """Embeds a corpus once and its marked copies as perturbed vectors, so that 100,000 passages need no hours.

    Questions are embedded for real by the wrapped embedder.
    """

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self._known: dict[str, NDArray[np.float32]] = {}
        self._random = np.random.default_rng(20261121)
        self.name = f"{inner.name}+copies"
        self.dimension = inner.dimension

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The wrapped embedder's own query vectors."""
        return self._inner.queries(texts)

    def passages(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> NDArray[np.float32]:
        """Real vectors of unmarked texts, perturbed ones of marked texts; shape (n, dimension), normalised."""
        bases = [text.split(COPY_MARK)[0] for text in texts]
        fresh = [base for base in dict.fromkeys(bases) if base not in self._known]
        if fresh:
            self._known.update(zip(fresh, self._inner.passages(fresh), strict=True))
        vectors = np.stack([self._known[base] for base in bases])
        copies = np.array([COPY_MARK in text for text in texts])
        noise = self._random.standard_normal(vectors.shape).astype(np.float32)
        noise *= NOISE / np.linalg.norm(noise, axis=1, keepdims=True)
        vectors = np.where(copies[:, None], vectors + noise, vectors)
        if progress is not None:
            progress(len(texts))
        normalised: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return normalised


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of one search beside those of its parts done alone for the same question."""

    search: tuple[float, ...]
    parts: dict[str, tuple[float, ...]]

    def row(self, size: int) -> dict[str, Any]:
        """p50 and p95 by part, and the ratio of the search's p95 to the p95 of the parts' sum."""
        sums = [sum(values) for values in zip(*self.parts.values(), strict=True)]
        search_p95, parts_p95 = percentile(self.search, 0.95), percentile(sums, 0.95)
        assert search_p95 is not None
        assert parts_p95
        return {
            "passages": size,
            "search_p50": percentile(self.search, 0.5),
            "search_p95": search_p95,
            **{f"{name}_p95": percentile(values, 0.95) for name, values in self.parts.items()},
            "parts_p95": parts_p95,
            "ratio": search_p95 / parts_p95,
        }


def measure_latency(
    questions: Sequence[str],
    *,
    search: Callable[[str], object],
    parts: dict[str, Callable[[str], object]],
    warm_up: int = 10,
) -> Latency:
    """Times `search` and every part on each question, alternating, after `warm_up` untimed ones."""
    for question in questions[:warm_up]:
        search(question)
        for part in parts.values():
            part(question)
    searched: list[float] = []
    apart: dict[str, list[float]] = {name: [] for name in parts}
    for question in questions:
        searched.append(_ms(search, question))
        for name, part in parts.items():
            apart[name].append(_ms(part, question))
    return Latency(tuple(searched), {name: tuple(values) for name, values in apart.items()})


def _ms(call: Callable[[str], object], question: str) -> float:
    started = time.perf_counter()
    call(question)
    return (time.perf_counter() - started) * 1000


def encoder_rate(embedder: Embedder, texts: Sequence[str]) -> float:
    """Texts a second that the raw encoder makes of `texts`, handed over whole."""
    started = time.perf_counter()
    embedder.passages(texts)
    return len(texts) / (time.perf_counter() - started)


def table(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The rows as aligned lines, columns in the order of the first row."""
    columns = list(rows[0])
    cells = [[_cell(row[column]) for column in columns] for row in rows]
    widths = [max(len(column), *(len(row[i]) for row in cells)) for i, column in enumerate(columns)]
    yield "  ".join(column.rjust(width) for column, width in zip(columns, widths, strict=True))
    for row in cells:
        yield "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))


def _cell(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
