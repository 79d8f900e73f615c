"""From a question to ranked passage ids: asks every shelf, keeps what is visible, fuses; the base calls it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kb import rank
from kb.embed import Embedder
from kb.lexical import FIELDS, LexicalHits, LexicalIndex, LexicalQuery
from kb.model import Term
from kb.passages import SLOTS
from kb.synonyms import Synonyms
from kb.text import bigrams, normalise, words
from kb.vectors import VectorIndex

Ids = NDArray[np.int64]
Visible = Callable[[Ids], NDArray[np.bool_]]

QUESTION_CHARS = 600
"""What is longer is cut: neither index gains from it, and the encoder's time grows with it."""

_DENSE = 200
_LEXICAL = 100
_DEPTH = 60
_RERANKED = 30


class Shelf(Protocol):
    """Both indexes of one side (public or internal)."""

    @property
    def vectors(self) -> VectorIndex:
        """The dense index."""
        ...

    @property
    def lexical(self) -> LexicalIndex:
        """The lexical index."""
        ...


class Reranker(Protocol):
    """Reads question and passage together, as a cross-encoder does."""

    def scores(self, question: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """Higher is better, (n,)."""
        ...


@dataclass(frozen=True, slots=True)
class Scope:
    """Only these passages may answer; their vectors are scored exactly.

    `ids` are passage ids, ascending; `sources` are theirs as the lexical index knows them; `vectors_of` gives vector
    ids (m,) and vectors (m, dimension) of passage ids.
    """

    ids: Ids
    sources: tuple[str, ...]
    vectors_of: Callable[[Ids], tuple[Ids, NDArray[np.float32]]]


@dataclass(frozen=True, slots=True)
class Ranked:
    """One passage found; `score` orders one list only; `features` say why (see `kb.rank` and `kb.confidence`)."""

    passage_id: int
    score: float
    features: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Passages best first; milliseconds by part: encode, dense, lexical, rank; `terms` of the trade in the question."""

    ranked: tuple[Ranked, ...]
    timings_ms: Mapping[str, float]
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class _Near:
    """What the dense list says of a passage: best cosine and its slot; `own` is its text's, NaN when not reached."""

    passage: int
    cosine: float
    slot: int
    own: float


_FAR = _Near(0, np.nan, 0, np.nan)


class Retriever:
    """Ranks passages for questions; holds no state but the terms, and may be used from many threads."""

    def __init__(
        self,
        embedder: Embedder,
        *,
        terms: Sequence[Term] = (),
        weights: Mapping[str, float] | None = None,
        reranker: Reranker | None = None,
        texts_of: Callable[[Sequence[int]], Mapping[int, str]] | None = None,
    ) -> None:
        """`reranker` needs `texts_of` (passage ids to texts) and then orders the first RERANKED anew."""
        self._embedder = embedder
        self._synonyms = Synonyms(terms)
        self._weights = weights
        self._reranker = reranker if texts_of is not None else None
        self._texts_of = texts_of

    def search(
        self, question: str, *, shelves: Sequence[Shelf], k: int, visible: Visible, scope: Scope | None = None
    ) -> Retrieved:
        """The best `k` visible passages of `shelves`, fewer only when fewer are visible and match at all.

        Both lists are asked for twice as much until enough is visible, however much is not. With `scope` only its
        passages count. An empty question finds nothing.
        """
        asked = normalise(" ".join(question[:QUESTION_CHARS].split()))
        if not asked or k <= 0 or not shelves:
            return Retrieved((), {})
        clock = _Stopwatch()
        widened = self._synonyms.widen(asked)
        vectors = self._embedder.queries(list(dict.fromkeys((asked, widened.standard))))
        clock.lap("encode")
        dense = [_dense(shelf.vectors, vectors, k, visible) for shelf in shelves] if scope is None else []
        if scope is not None:
            dense = [_exact(scope, vectors, visible)]
        near = {each.passage: each for found in dense for each in found}
        clock.lap("dense")
        query = LexicalQuery(
            tuple(dict.fromkeys(words(asked))), tuple(dict.fromkeys(bigrams(asked))), widened.expansions
        )
        lexical = [_lexical(shelf.lexical, query, list(near), k, visible, scope) for shelf in shelves]
        clock.lap("lexical")
        ranked = self._rank(_candidates(lexical, near), near, k)
        if self._reranker is not None and self._texts_of is not None and ranked:
            ranked = _reranked(asked, ranked, self._reranker, self._texts_of)
        clock.lap("rank")
        return Retrieved(tuple(ranked[:k]), clock.laps, widened.terms)

    def _rank(self, candidates: rank.Candidates, near: Mapping[int, _Near], k: int) -> list[Ranked]:
        if not len(candidates.ids):
            return []
        found = rank.features(candidates)
        scores = rank.fuse(found, self._weights)
        # Equal scores (identical texts) are put in a stable order by id.
        order = np.lexsort((candidates.ids, -scores))[: max(k, _RERANKED) + 1]
        return [_explained(candidates, found, scores, order, place, near) for place in range(len(order))]


def _reranked(
    question: str, ranked: list[Ranked], reranker: Reranker, texts_of: Callable[[Sequence[int]], Mapping[int, str]]
) -> list[Ranked]:
    """The first RERANKED in the reranker's order, the others after them as they were."""
    head = ranked[:_RERANKED]
    texts = texts_of([each.passage_id for each in head])
    scores = reranker.scores(question, [texts.get(each.passage_id, "") for each in head]).tolist()
    order = sorted(range(len(head)), key=lambda i: -scores[i])
    again = [Ranked(head[i].passage_id, scores[i], {**head[i].features, "reranker": scores[i]}) for i in order]
    floor = again[-1].score
    return again + [Ranked(r.passage_id, floor - 1 - place, r.features) for place, r in enumerate(ranked[_RERANKED:])]


def _dense(index: VectorIndex, vectors: NDArray[np.float32], k: int, visible: Visible) -> list[_Near]:
    """Visible passages of one shelf by their best slot, best first."""
    vector = _mean(vectors)
    n = max(_DENSE, 2 * k)
    wanted = max(_DEPTH, k)
    while True:
        ids, cosines = index.query(vector, n)
        found = _by_passage(ids, cosines, visible)
        if len(found) >= wanted or len(ids) < n:
            return found
        n, wanted = n * 2, k


def _exact(scope: Scope, vectors: NDArray[np.float32], visible: Visible) -> list[_Near]:
    """As `_dense`, from all vectors of the scope."""
    shown = scope.ids[visible(scope.ids)] if len(scope.ids) else scope.ids
    if not len(shown):
        return []
    ids, rows = scope.vectors_of(shown)
    cosines = (rows @ _mean(vectors)).astype(np.float32)
    order = np.argsort(-cosines, kind="stable")
    return _by_passage(ids[order], cosines[order], None)


def _mean(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    mean = vectors.mean(axis=0)
    unit: NDArray[np.float32] = (mean / max(float(np.linalg.norm(mean)), 1e-9)).astype(np.float32)
    return unit


def _by_passage(ids: Ids, cosines: NDArray[np.float32], visible: Visible | None) -> list[_Near]:
    """Visible passages of a list of vectors that is best first, each with its best slot and its own text's cosine."""
    passages, first = np.unique(ids // SLOTS, return_index=True)
    if visible is not None and len(passages):
        first = first[visible(passages)]
    texts = ids % SLOTS == 0
    own = dict(zip((ids[texts] // SLOTS).tolist(), cosines[texts].tolist(), strict=True))
    rows = np.sort(first)
    best = zip((ids[rows] // SLOTS).tolist(), cosines[rows].tolist(), (ids[rows] % SLOTS).tolist(), strict=True)
    return [_Near(passage, cosine, slot, own.get(passage, np.nan)) for passage, cosine, slot in best]


def _lexical(
    index: LexicalIndex, query: LexicalQuery, also: list[int], k: int, visible: Visible, scope: Scope | None
) -> LexicalHits:
    """Visible passages of one shelf by their words, and those of `also` that stand on it."""
    sources = scope.sources if scope is not None else ()
    n = max(_LEXICAL, 2 * k)
    while True:
        hits = index.search(query, n, sources, also)
        shown = visible(hits.ids) if len(hits.ids) else np.zeros(0, np.bool_)
        matching = sum(values for values in hits.scores.values()) > 0
        cut = len(hits.ids) - len(also) >= n
        if int((shown & matching).sum()) >= k or not cut:
            return _only(hits, shown)
        n *= 2


def _only(hits: LexicalHits, keep: NDArray[np.bool_]) -> LexicalHits:
    scores = {name: values[keep] for name, values in hits.scores.items()}
    return LexicalHits(hits.ids[keep], scores, hits.lengths[keep], hits.citing[keep])


def _candidates(lexical: Sequence[LexicalHits], near: Mapping[int, _Near]) -> rank.Candidates:
    """All lists merged by passage: a passage stands on one shelf, so of two rows the one with scores is its own."""
    ids = np.concatenate([hits.ids for hits in lexical])
    fields = {name: np.concatenate([hits.scores[name] for hits in lexical]) for name in FIELDS}
    lengths = np.concatenate([hits.lengths for hits in lexical])
    citing = np.concatenate([hits.citing for hits in lexical])
    order = np.lexsort((-lengths, ids))
    unique, first = np.unique(ids[order], return_index=True)
    rows = order[first]
    reached = [near.get(int(i), _FAR) for i in unique]
    cosine = np.array([each.cosine for each in reached], np.float32)
    own = np.array([each.own for each in reached], np.float32)
    merged = {name: values[rows] for name, values in fields.items()}
    return rank.Candidates(unique, cosine, own, merged, lengths[rows], citing[rows])


def _explained(
    candidates: rank.Candidates,
    found: Mapping[str, NDArray[np.float32]],
    scores: NDArray[np.float32],
    order: NDArray[np.int64],
    place: int,
    near: Mapping[int, _Near],
) -> Ranked:
    row = int(order[place])
    passage_id = int(candidates.ids[row])
    reached = near.get(passage_id)
    following = float(scores[order[place + 1]]) if place + 1 < len(order) else float(scores[row])
    why = {f"z_{name}": float(values[row]) for name, values in found.items() if name in ("dense", *FIELDS)}
    why |= {f"bm25_{name}": float(values[row]) for name, values in candidates.fields.items()}
    why |= {"cosine": reached.cosine if reached else 0.0, "slot": float(reached.slot) if reached else 0.0}
    why |= {"margin": float(scores[row]) - following}
    why["lead"] = float(scores[order[0]]) - float(scores[row])
    return Ranked(passage_id, float(scores[row]), why)


class _Stopwatch:
    """Milliseconds from lap to lap."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = (now - self._last) * 1000
        self._last = now
