"""The lexical index seam (BM25 by field), and tantivy behind it; the base keeps one a shelf for the retriever."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kb.citations import cited_keys, text_key, title_key
from kb.errors import HomeError
from kb.text import bigrams, words

FIELDS = ("words", "bigrams", "heading", "questions")
"""What is scored apart: words of the text, its character pairs, words of title and headings, words of the questions."""

ABSENT = -1
"""Length of what was asked about and is not in this index, so that its empty row loses against its own shelf's."""

CITING = 3
"""Being cited by more documents than this says nothing more."""

_TOKENIZER = "cut_already"
_WRITER_BYTES = 30_000_000
_EXPANSION_WEIGHT_FLOOR = 0.01
_CITATIONS_READ = 200

_Scored = tuple[NDArray[np.int64], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class LexicalEntry:
    """One passage as it is indexed; `heading` from the outside in, texts as the catalogue has them (not normalised)."""

    id: int
    source: str
    title: str
    heading: tuple[str, ...]
    text: str
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """What to look for: `words` and `bigrams` of the question (`kb.text`); `expansions` are further words by weight."""

    words: tuple[str, ...]
    bigrams: tuple[str, ...] = ()
    expansions: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LexicalHits:
    """One list of passages, ids ascending, every array (n,).

    `scores` has BM25 per field of FIELDS, 0 where the field does not match; `lengths` are characters of the text, 0
    for one that carries its own questions (a FAQ entry may say all by being short);
    `citing` counts the other documents that cite the passage's document by its title, at most CITING.
    """

    ids: NDArray[np.int64]
    scores: Mapping[str, NDArray[np.float32]]
    lengths: NDArray[np.float32]
    citing: NDArray[np.float32]

    @classmethod
    def none(cls) -> LexicalHits:
        """An empty list."""
        empty = np.empty(0, np.float32)
        return cls(np.empty(0, np.int64), dict.fromkeys(FIELDS, empty), empty, empty)


class LexicalIndex(Protocol):
    """Passages by their words; thread-safe within one process."""

    def add(self, entries: Sequence[LexicalEntry]) -> None:
        """Adds or replaces passages; they are found after `commit`."""
        ...

    def remove(self, ids: Sequence[int]) -> None:
        """Removes passages at the next `commit`; ids that are not there are ignored."""
        ...

    def ids(self) -> NDArray[np.int64]:
        """All committed ids, ascending."""
        ...

    def search(
        self, query: LexicalQuery, n: int, sources: Collection[str] = (), among: Sequence[int] = ()
    ) -> LexicalHits:
        """The best `n` passages of each field, merged, each with its score in every field.

        Only passages of `sources` when any are given; passages of `among` are scored too, found or not.
        """
        ...

    def rarity(self, terms: Sequence[str]) -> NDArray[np.float32]:
        """Inverse document frequency of words in texts, headings and titles: ln((N + 1) / (n + 0.5)), (len(terms),)."""
        ...

    def commit(self) -> None:
        """Makes additions and removals since the last commit durable and visible."""
        ...

    def close(self) -> None:
        """Releases files and the writer's lock; uncommitted changes are lost."""
        ...


class TantivyLexical:
    """A tantivy index in a folder of its own; texts are cut by `kb.text` before they go in."""

    def __init__(self, folder: Path) -> None:
        """Opens the index in `folder`, making both when absent; raises HomeError when the folder is damaged."""
        import tantivy

        self._tantivy: Any = tantivy
        self._lock = threading.Lock()
        self._writer: Any = None
        self._citations: dict[tuple[int, int], int] = {}
        self._schema: Any = _schema(tantivy)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._index: Any = tantivy.Index(self._schema, path=str(folder), reuse=True)
            plain = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
            self._index.register_tokenizer(_TOKENIZER, plain)
            self._searcher: Any = self._index.searcher()
        except (ValueError, OSError) as error:
            raise HomeError(
                f"cannot open the tantivy index in {folder}: {error}",
                hint="检索索引打不开：可以删除知识库目录下的 index 文件夹，再次启动会自动重建。",
            ) from error

    def add(self, entries: Sequence[LexicalEntry]) -> None:
        """Adds or replaces passages; they are found after `commit`."""
        with self._lock:
            writer = self._open_writer()
            for entry in entries:
                writer.delete_documents_by_term("id", entry.id)
                writer.add_document(self._document(entry))

    def remove(self, ids: Sequence[int]) -> None:
        """Removes passages at the next `commit`."""
        with self._lock:
            writer = self._open_writer()
            for passage_id in ids:
                writer.delete_documents_by_term("id", int(passage_id))

    def commit(self) -> None:
        """Makes changes durable and visible, and waits for the merging of segments."""
        with self._lock:
            if self._writer is None:
                return
            writer, self._writer = self._writer, None
            writer.commit()
            writer.wait_merging_threads()
            self._index.reload()
            self._searcher = self._index.searcher()
            self._citations = {}

    def close(self) -> None:
        """Releases the writer's lock; uncommitted changes are lost."""
        with self._lock:
            if self._writer is not None:
                writer, self._writer = self._writer, None
                writer.rollback()
                writer.wait_merging_threads()

    def ids(self) -> NDArray[np.int64]:
        """All committed ids, ascending; 100,000 in about 0.1 s."""
        searcher = self._searcher
        if not searcher.num_docs:
            return np.empty(0, np.int64)
        found = searcher.search(self._tantivy.Query.all_query(), searcher.num_docs, count=False)
        return np.sort(_values(searcher, "id", [address for _, address in found.hits]))

    def search(
        self, query: LexicalQuery, n: int, sources: Collection[str] = (), among: Sequence[int] = ()
    ) -> LexicalHits:
        """The best `n` passages of each field, merged, each with its score in every field."""
        searcher = self._searcher
        if not searcher.num_docs or n <= 0:
            return LexicalHits.none()
        queries = self._queries(query)
        limits = self._limits(sources)
        found = {name: self._run(searcher, q, limits, n) for name, q in queries.items()}
        ids = np.unique(np.concatenate([np.asarray(among, np.int64), *(ids for ids, _ in found.values())]))
        if not len(ids):
            return LexicalHits.none()
        return self._complete(searcher, ids, queries, found, n)

    def rarity(self, terms: Sequence[str]) -> NDArray[np.float32]:
        """Inverse document frequency of words, by the field in which each is commoner."""
        searcher = self._searcher
        counts = [max(searcher.doc_freq("words", t), searcher.doc_freq("heading", t)) for t in terms]
        rare: NDArray[np.float32] = np.log((searcher.num_docs + 1) / (np.asarray(counts, np.float32) + 0.5))
        return np.maximum(rare, 0.0).astype(np.float32)

    def _complete(
        self, searcher: Any, ids: NDArray[np.int64], queries: Mapping[str, Any], found: Mapping[str, _Scored], n: int
    ) -> LexicalHits:
        """Scores of `ids` in every field; a field whose own list was cut at `n` is asked again about the others."""
        scores = {name: np.zeros(len(ids), np.float32) for name in FIELDS}
        only = self._only(ids)
        addresses = [address for _, address in searcher.search(only, len(ids), count=False).hits]
        present = _values(searcher, "id", addresses)
        at = np.searchsorted(ids, present)
        for name, query in queries.items():
            own_ids, own_scores = found[name]
            if len(own_ids) == n:
                own_ids, own_scores = self._run(searcher, query, [only], len(ids))
            scores[name][np.searchsorted(ids, own_ids)] = own_scores
        lengths, citing = np.full(len(ids), ABSENT, np.float32), np.zeros(len(ids), np.float32)
        lengths[at] = _values(searcher, "length", addresses)
        titles, sources = _values(searcher, "title_key", addresses), _values(searcher, "source_key", addresses)
        citing[at] = [self._citing(searcher, t, s) for t, s in zip(titles.tolist(), sources.tolist(), strict=True)]
        return LexicalHits(ids, scores, lengths, citing)

    def _citing(self, searcher: Any, title: int, source: int) -> int:
        """Documents other than `source` that cite `title`, at most CITING; remembered until the next commit."""
        known = self._citations.get((title, source))
        if known is None:
            query = self._tantivy.Query.term_query(self._schema, "cites", title)
            hits = searcher.search(query, _CITATIONS_READ, count=False).hits
            citing = set(_values(searcher, "source_key", [address for _, address in hits]).tolist())
            known = self._citations[title, source] = min(len(citing - {source}), CITING)
        return known

    def _run(self, searcher: Any, query: Any, limits: Sequence[Any], n: int) -> _Scored:
        occur = self._tantivy.Occur
        if limits:
            parts = [(occur.Must, query), *((occur.Must, limit) for limit in limits)]
            query = self._tantivy.Query.boolean_query(parts)
        hits = searcher.search(query, n, count=False).hits
        scores = np.fromiter((score for score, _ in hits), dtype=np.float32, count=len(hits))
        return _values(searcher, "id", [address for _, address in hits]), scores

    def _queries(self, query: LexicalQuery) -> dict[str, Any]:
        weighted = dict.fromkeys(query.words, 1.0)
        for word, weight in query.expansions.items():
            if weight >= _EXPANSION_WEIGHT_FLOOR:
                weighted.setdefault(word, weight)
        pairs = dict.fromkeys(query.bigrams, 1.0)
        terms = {"words": weighted, "bigrams": pairs, "heading": weighted, "questions": weighted}
        return {name: self._any_of(name, terms[name]) for name in FIELDS if terms[name]}

    def _any_of(self, name: str, terms: Mapping[str, float]) -> Any:
        query, occur = self._tantivy.Query, self._tantivy.Occur
        parts = []
        for term, weight in terms.items():
            part = query.term_query(self._schema, name, term, "freq")
            parts.append((occur.Should, part if weight == 1.0 else query.boost_query(part, weight)))
        return query.boolean_query(parts)

    def _limits(self, sources: Collection[str]) -> list[Any]:
        if not sources:
            return []
        query = self._tantivy.Query
        return [query.const_score_query(query.term_set_query(self._schema, "source", list(sources)), 0.0)]

    def _only(self, ids: NDArray[np.int64]) -> Any:
        query = self._tantivy.Query
        return query.const_score_query(query.term_set_query(self._schema, "id", ids.tolist()), 0.0)

    def _document(self, entry: LexicalEntry) -> Any:
        fields = {
            "id": entry.id,
            "length": 0 if entry.questions else len(entry.text),
            "title_key": title_key(entry.title),
            "source_key": text_key(entry.source),
            "cites": cited_keys(entry.text),
            "source": entry.source,
            "words": " ".join(words(entry.text)),
            "bigrams": " ".join(bigrams(entry.text)),
            "heading": " ".join(words("\n".join((entry.title, *entry.heading)))),
            "questions": " ".join(words("\n".join(entry.questions))),
        }
        return self._tantivy.Document.from_dict(fields, self._schema)

    def _open_writer(self) -> Any:
        if self._writer is None:
            self._writer = self._index.writer(heap_size=_WRITER_BYTES, num_threads=1)
        return self._writer


def _schema(tantivy: Any) -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("id", stored=False, indexed=True, fast=True)
    builder.add_unsigned_field("cites", stored=False, indexed=True, fast=False)
    for name in ("length", "title_key", "source_key"):
        builder.add_unsigned_field(name, stored=False, indexed=False, fast=True)
    builder.add_text_field("source", stored=False, tokenizer_name="raw", index_option="basic")
    for name in FIELDS:
        builder.add_text_field(name, stored=False, tokenizer_name=_TOKENIZER, index_option="freq")
    return builder.build()


def _values(searcher: Any, name: str, addresses: list[Any]) -> NDArray[np.int64]:
    return np.asarray(searcher.fast_field_values(name, addresses), dtype=np.int64)
