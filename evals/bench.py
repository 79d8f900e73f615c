"""How fast and how large: ratios within one run, beside the parts they are made of; called by `app.py bench`."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray

from evals.measures import percentile
from kb.embed import Embedder
from kb.errors import HomeError
from kb.lock import serving
from kb.model import MAX_PASSAGE_CHARS, DocumentDraft, Kind, Passage, PassageDraft

COPY_MARK = "〔副本"
"""What a perturbed copy's text ends with; the embedder below sees by it which base vector to perturb."""

PASSAGES_A_DOCUMENT = 500

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
        self.name = inner.name
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


def in_table(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The rows as aligned lines, columns in the order of the first row."""
    columns = list(rows[0])
    cells = [[_cell(row[column]) for column in columns] for row in rows]
    widths = [max(len(column), *(len(row[i]) for row in cells)) for i, column in enumerate(columns)]
    yield "  ".join(column.rjust(width) for column, width in zip(columns, widths, strict=True))
    for row in cells:
        yield "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))


def _cell(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def small_document() -> DocumentDraft:
    """One passage, for warming up."""
    passage = PassageDraft(ordinal=0, text="预热：畅行套餐每月十九元，含二十分钟通话。")
    return DocumentDraft("warm.md", title="预热", kind=Kind.POLICY, fingerprint="warm", passages=(passage,))


def copies(passages: Sequence[Passage], *, first: int, count: int) -> Iterator[DocumentDraft]:
    """Documents holding `count` marked copies of `passages`, numbered from `first`; `passages` is not empty."""
    for start in range(first, first + count, PASSAGES_A_DOCUMENT):
        numbers = range(start, min(start + PASSAGES_A_DOCUMENT, first + count))
        drafts = [_copy(passages[number % len(passages)], number, place) for place, number in enumerate(numbers)]
        yield DocumentDraft(
            source=f"copies/{start}.md",
            title="副本",
            kind=Kind.POLICY,
            fingerprint=f"copies-{start}-{len(drafts)}",
            passages=tuple(drafts),
        )


def _copy(passage: Passage, number: int, place: int) -> PassageDraft:
    mark = f"{COPY_MARK}{number}〕"
    return PassageDraft(
        ordinal=place, text=passage.text[: MAX_PASSAGE_CHARS - len(mark)] + mark, heading=passage.heading
    )


@dataclass(frozen=True, slots=True)
class Start:
    """A served home in a process of its own: seconds to the page, to the first answer, and resident bytes after it."""

    page_s: float
    answer_s: float
    resident: int


def measure_start(command: Sequence[str], home: Path, questions: Sequence[str], *, limit_s: float = 120.0) -> Start:
    """Runs a serving command on `home`, waits for its page and an answer, asks the questions, and stops it."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - our own
    try:
        with httpx.Client(timeout=limit_s, trust_env=False, follow_redirects=True) as client:
            address = _wait_for_page(client, home, process, started + limit_s)
            page_s = time.perf_counter() - started
            for number, question in enumerate(questions):
                client.post(f"{address}/api/v1/ask", json={"question": question}).raise_for_status()
                if number == 0:
                    answer_s = time.perf_counter() - started
        return Start(page_s, answer_s, _resident(process.pid))
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for_page(client: httpx.Client, home: Path, process: subprocess.Popen[bytes], deadline: float) -> str:
    while time.perf_counter() < deadline and process.poll() is None:
        at = serving(home)
        if at is not None:
            client.get(f"{at.address}/agent").raise_for_status()
            return at.address
        time.sleep(0.05)
    raise HomeError("the site did not come up", hint="网站没有在限定时间内启动。")


def _resident(pid: int) -> int:
    """Resident bytes of a process, as the kernel counts them."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0
