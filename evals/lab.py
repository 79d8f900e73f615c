"""The benchmark from end to end, over a base, an embedder and an ingestion that app.py hands in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from evals import bench
from kb.embed import Embedder
from kb.knowledge import KnowledgeBase
from kb.lexical import LexicalQuery
from kb.model import OPERATOR, Passage, Principal, Role, SearchQuery
from kb.text import bigrams, normalise, words

MIB = 1 << 20
ENOUGH = 2_000
"""With fewer texts what an ingestion costs once weighs too much for its rate to say anything."""


class OpenBase(Protocol):
    """Opens a base with an embedder of choice."""

    def __call__(self, home: Path, embedder: Embedder) -> AbstractContextManager[KnowledgeBase]:
        """The base of `home`, closed at the end of the block."""
        ...


@dataclass(frozen=True, slots=True)
class Laboratory:
    """What is measured: `ingest` takes the corpus into a base by the whole path; `command` serves a home."""

    embedder: Embedder
    open_base: OpenBase
    ingest: Callable[[KnowledgeBase], object]
    command: Callable[[Path], Sequence[str]]
    questions: Sequence[str]
    today: date

    def run(self, home: Path, sizes: Sequence[int]) -> Iterator[str]:
        """Lines for a person: ingestion beside the encoder, search beside its parts at each size, start and memory."""
        self._warm_up(home.with_name("warm"))
        copying = bench.CopyEmbedder(self.embedder)
        with self.open_base(home, self.embedder) as base:
            yield from self._ingestion(base)
            real = _passages(base, self.today)
        with self.open_base(home, copying) as base:
            rows = []
            for size in sizes:
                _grow(base, real, size, home)
                rows.append(self._latency(base, copying))
            yield "\n检索：p95 与各部分（编码、向量、词面）单独计时之和的比值，毫秒"
            yield from bench.in_table(rows)
        start = bench.measure_start(self.command(home), home, self.questions[:50])
        yield f"\n启动（{sizes[-1]} 段的库）：页面 {start.page_s:.1f} 秒，首个回答 {start.answer_s:.1f} 秒"
        yield f"常驻内存（{sizes[-1]} 段，50 次提问后）：{start.resident / MIB:.0f} MiB"

    def _warm_up(self, home: Path) -> None:
        """Takes one small document: what a process loads once belongs to its start, which is measured apart."""
        self.embedder.passages(["预热"] * 8)
        with self.open_base(home, self.embedder) as base, base.release(OPERATOR, note="bench") as release:
            release.put(bench.small_document())

    def _ingestion(self, base: KnowledgeBase) -> Iterator[str]:
        started = time.perf_counter()
        self.ingest(base)
        seconds = time.perf_counter() - started
        release = base.active()
        assert release is not None
        versions = [ref.id for ref in base.catalogue.releases.versions(release.id).values()]
        texts = [text for _, text in base.catalogue.documents.missing_embeddings(versions, "")]
        rate, raw = len(texts) / seconds, bench.encoder_rate(self.embedder, texts)
        stats = base.stats()
        yield f"入库：{stats.documents} 个文件，{stats.passages} 段，{len(texts)} 个不同的文本"
        yield f"  全程 {rate:.1f} 个/秒，编码器单独 {raw:.1f} 个/秒，比值 {rate / raw:.3f}"
        if len(texts) < ENOUGH:
            yield f"  不足 {ENOUGH} 个文本，一次性的开销占比偏大；要看快慢，请换大的文件夹：make bench CORPUS=文件夹"

    def _latency(self, base: KnowledgeBase, embedder: Embedder) -> dict[str, object]:
        asker = Principal("bench", Role.AGENT)

        def search(question: str) -> object:
            return base.search(SearchQuery(question, asker, self.today))

        with base.view() as view:
            assert view.generation is not None
            shelves = list(view.generation.shelves.values())
            vectors = {question: embedder.queries([normalise(question)])[0] for question in self.questions}
            parts: dict[str, Callable[[str], object]] = {
                "encode": lambda question: embedder.queries([normalise(question)]),
                "dense": lambda question: [shelf.vectors.query(vectors[question], 200) for shelf in shelves],
                "lexical": lambda question: [shelf.lexical.search(_lexical(question), 100) for shelf in shelves],
            }
            latency = bench.measure_latency(self.questions, search=search, parts=parts)
        return latency.row(base.stats().passages)


def _lexical(question: str) -> LexicalQuery:
    return LexicalQuery(tuple(dict.fromkeys(words(question))), tuple(dict.fromkeys(bigrams(question))), {})


def _passages(base: KnowledgeBase, day: date) -> list[Passage]:
    """Every passage in force, by id."""
    with base.view() as view:
        ids = view.roster.ids.tolist()
    found = (base.passage(each, OPERATOR, day) for each in ids)
    return [passage for passage in found if passage is not None]


def _grow(base: KnowledgeBase, real: Sequence[Passage], size: int, home: Path) -> None:
    """Adds copies until the base holds `size` passages; it keeps what it has when that is more."""
    have = base.stats().passages
    if size > have:
        with base.release(OPERATOR, note=f"bench {home.name}") as release:
            for draft in bench.copies(real, first=have, count=size - have):
                release.put(draft)
