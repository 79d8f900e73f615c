"""Answers one search over one view: from the question to hits that the asker may see; the knowledge base calls it."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kb.confidence import confidence
from kb.embed import Embedder
from kb.encoding import NO_EMBEDDER, words_only
from kb.errors import InputRefused, UsageError
from kb.home import storage
from kb.model import Hit, Kind, Passage, Principal, SearchQuery, SearchResult
from kb.retrieve import Reranker, Retrieved, Retriever, Scope, Shelf
from kb.store import Catalogue, Section
from kb.view import View, gate, scope_codes, shelf_names

MAX_QUESTION_CHARS = 2000
MAX_HITS = 100


class Encodes(Protocol):
    """Knows the embedder that fits a view."""

    def encoder(self, view: View) -> Embedder | None:
        """The embedder whose vectors `view` holds; None when it cannot be loaded any more."""
        ...


class Searcher:
    """Searches views of one base; thread-safe."""

    def __init__(self, catalogue: Catalogue, keeper: Encodes, reranker: Reranker | None) -> None:
        self._catalogue = catalogue
        self._keeper = keeper
        self._reranker = reranker
        self._made: tuple[View | None, Retriever | None] = (None, None)

    def search(self, view: View, query: SearchQuery) -> SearchResult:
        """See `KnowledgeBase.search`; `view` is borrowed by the caller."""
        started = time.perf_counter()
        _check(query)
        scope = self._scope(view, query.scope)
        if view.generation is None or view.release is None or (scope is not None and not len(scope.ids)):
            now = time.perf_counter()
            return SearchResult(query, (), _timings({}, started, now, now))
        embedder = self._keeper.encoder(view)
        retriever, shelves = self._retriever(view, embedder, shelf_names(query.principal))
        visible = gate(view.roster, query.principal, query.as_of, query.kinds)
        with storage("search the indexes"):
            found = retriever.search(query.question, shelves=shelves, k=query.k, visible=visible, scope=scope)
        ranked_at = time.perf_counter()
        passages = self.shown(view, [each.passage_id for each in found.ranked], query.principal, query.as_of)
        fetched_at = time.perf_counter()
        hits = _hits(query.question, found, passages, embedder.name if embedder else "")
        return SearchResult(query, hits, _timings(found.timings_ms, started, ranked_at, fetched_at))

    def shown(
        self, view: View, ids: Iterable[int], principal: Principal, as_of: date | None, kinds: Collection[Kind] = ()
    ) -> dict[int, Passage]:
        """Passages by rising id that pass the gate, days resolved by the roster; `as_of` None: whatever their days."""
        wanted = np.unique(np.asarray(list(ids), dtype=np.int64))
        allowed = wanted[gate(view.roster, principal, as_of, kinds)(wanted)]
        places = dict(zip(allowed.tolist(), view.roster.positions(allowed).tolist(), strict=True))
        found = self._catalogue.documents.passages(places)
        return {each: replace(passage, validity=view.roster.validity(places[each])) for each, passage in found.items()}

    def section(self, view: View, section_id: int, principal: Principal, as_of: date) -> Section | None:
        """A parent section; None unless everything in it may be seen by `principal` and is in force that day."""
        section = self._catalogue.documents.section(section_id)
        roster = view.roster
        if section is None or section.version_id not in roster.versions:
            return None
        mine = roster.ids[roster.source == roster.versions.index(section.version_id)]
        hidden = mine[~gate(roster, principal, as_of)(mine)]
        if len(hidden) == len(mine):
            return None
        within = self._catalogue.documents.passages(hidden.tolist()).values()
        return None if any(passage.section_id == section_id for passage in within) else section

    def _retriever(self, view: View, embedder: Embedder | None, names: Sequence[str]) -> tuple[Retriever, list[Shelf]]:
        """The retriever of a view, made once, with the shelves to ask; without an embedder words alone are asked."""
        assert view.generation is not None
        shelves: list[Shelf] = [view.generation.shelves[name] for name in names]
        if embedder is None:
            return Retriever(NO_EMBEDDER, terms=view.terms), [words_only(shelf.lexical) for shelf in shelves]
        made_for, retriever = self._made
        if made_for is not view or retriever is None:
            retriever = Retriever(embedder, terms=view.terms, reranker=self._reranker, texts_of=self._texts)
            self._made = (view, retriever)
        return retriever, shelves

    def _texts(self, ids: Sequence[int]) -> dict[int, str]:
        found = self._catalogue.documents.passages(ids)
        return {each: " ".join((passage.title, *passage.heading, passage.text)) for each, passage in found.items()}

    def _scope(self, view: View, sources: Sequence[str]) -> Scope | None:
        """The passages of `sources`, whoever may see them; None for no scope at all."""
        if not sources:
            return None
        roster, model = view.roster, view.generation.model if view.generation else ""
        codes = scope_codes(roster, sources)

        def vectors_of(ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
            rows = list(self._catalogue.documents.vector_rows(model=model, passage_ids=ids.tolist()))
            if not rows:
                return np.empty(0, dtype=np.int64), np.empty((0, 1), dtype=np.float32)
            return np.concatenate([each for each, _ in rows]), np.concatenate([vectors for _, vectors in rows])

        return Scope(
            ids=roster.ids[np.isin(roster.source, codes)],
            sources=tuple(roster.sources[code] for code in codes),
            vectors_of=vectors_of,
        )


def _check(query: SearchQuery) -> None:
    if not 1 <= query.k <= MAX_HITS:
        raise UsageError(f"k is {query.k}", hint=f"返回条数须在 1 到 {MAX_HITS} 之间。")
    if len(query.question) > MAX_QUESTION_CHARS:
        raise InputRefused("the question is too long", hint=f"问题太长，请控制在 {MAX_QUESTION_CHARS} 字以内。")
    if not any(character.isalnum() for character in query.question):
        raise InputRefused("the question has no words", hint="没有看到问题，请输入要查询的内容。")


def _hits(question: str, found: Retrieved, passages: Mapping[int, Passage], model: str) -> tuple[Hit, ...]:
    ranked = [(each, passages[each.passage_id]) for each in found.ranked if each.passage_id in passages]
    return tuple(
        Hit(rank, passage, each.score, confidence(question, passage, each.features, model=model), each.features)
        for rank, (each, passage) in enumerate(ranked, start=1)
    )


def _timings(parts: Mapping[str, float], started: float, ranked_at: float, fetched_at: float) -> dict[str, float]:
    """Milliseconds by part; parts that were not needed took none. Judging confidence counts as ranking."""
    ended = time.perf_counter()
    known = dict.fromkeys(("encode", "dense", "lexical", "rank"), 0.0) | dict(parts)
    known["rank"] += (ended - fetched_at) * 1000
    return known | {"fetch": (fetched_at - ranked_at) * 1000, "total": (ended - started) * 1000}
