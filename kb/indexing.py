"""Keeps an index generation equal to the catalogue: filling, comparing, repairing and proving it; the base calls it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb.encoding import Progress
from kb.lexical import LexicalEntry, LexicalQuery
from kb.model import Passage
from kb.passages import SLOTS
from kb.shelves import INTERNAL, PUBLIC, Damaged, Generation, Ids, difference, passages_of
from kb.store import Catalogue
from kb.store.values import Roster
from kb.text import bigrams, words
from kb.view import is_public

Checkpoint = Callable[[str], None]

_BATCH = 2000
_PROBES = 3
_NEAR = 200
_SAME = 0.98


@dataclass(frozen=True, slots=True)
class Verification:
    """What a comparison of catalogue and indexes found; every count but the first three is a defect.

    `vectors` and `passages` are what the catalogue says; `unfindable` are passages that their own vector and their own
    words did not find, of `probed` tried.
    """

    release_id: int | None
    passages: int
    vectors: int
    probed: int = 0
    missing_embeddings: int = 0
    vectors_missing: int = 0
    vectors_superfluous: int = 0
    lexical_missing: int = 0
    lexical_superfluous: int = 0
    unfindable: tuple[int, ...] = ()

    @property
    def ok(self) -> bool:
        """True when catalogue ids = index ids = findable ids."""
        counts = (self.missing_embeddings, self.vectors_missing, self.vectors_superfluous)
        return not (any(counts) or self.lexical_missing or self.lexical_superfluous or self.unfindable)


def fill(
    catalogue: Catalogue,
    generation: Generation,
    ids: Ids,
    public: NDArray[np.bool_],
    *,
    step: str,
    progress: Progress,
    checkpoint: Checkpoint,
    marks: tuple[str, str],
    batch: int = _BATCH,
) -> None:
    """Adds passages `ids` (n,) with all their vectors, each on the side `public` (n,) says; not yet committed.

    `progress` counts passages, half of the way for each index; `marks` name the checkpoints after each batch of vectors
    and after each batch of words.
    """
    order = np.argsort(ids)
    ids, public = ids[order], public[order]
    total, done = 2 * len(ids), 0
    for chunk in _pieces(ids, batch):
        for found, vectors in catalogue.documents.vector_rows(model=generation.model, passage_ids=chunk, batch=_BATCH):
            generation.add_vectors(found, vectors, public[np.searchsorted(ids, passages_of(found))])
        done += len(chunk)
        progress(step, done, total)
        checkpoint(marks[0])
    for chunk in _pieces(ids, batch):
        for rows in catalogue.documents.lexical_rows(passage_ids=chunk, batch=batch):
            at = np.searchsorted(ids, [row.id for row in rows])
            generation.add_entries([entry_of(row) for row in rows], public[at])
        done += len(chunk)
        progress(step, done, total)
        checkpoint(marks[1])


def reconcile(catalogue: Catalogue, generation: Generation, roster: Roster) -> int:
    """Makes the indexes hold exactly the passages of `roster`; how many passages were added or removed.

    Where the ids are as they were when the files were sealed, comparing passages is enough; only after a kill are all
    vector ids compared. Raises Damaged when an index cannot be read or does not find what it holds.
    """
    held = generation.vector_ids()
    exact = not generation.as_sealed(held)
    public = is_public(roster, roster.ids)
    changed = 0
    for name, wanted in ((PUBLIC, roster.ids[public]), (INTERNAL, roster.ids[~public])):
        changed += _reconcile_shelf(catalogue, generation, name, held[name], wanted, exact=exact)
    if changed or exact:
        generation.commit()
    _probe(catalogue, generation, roster, public)
    return changed


def verify(catalogue: Catalogue, generation: Generation, roster: Roster, *, sample: int | None = None) -> Verification:
    """Compares every id, and looks for every passage (or `sample` of them, evenly spread) by its vector and words."""
    public = is_public(roster, roster.ids)
    model = generation.model
    vectors = missing = superfluous = lost_words = extra_words = 0
    for name, wanted in ((PUBLIC, roster.ids[public]), (INTERNAL, roster.ids[~public])):
        shelf = generation.shelves[name]
        expected = _vector_ids(catalogue, model, wanted)
        lacking, spare = difference(shelf.vectors.ids(), expected)
        lost, extra = difference(shelf.lexical.ids(), wanted)
        vectors += len(expected)
        missing, superfluous = missing + len(lacking), superfluous + len(spare)
        lost_words, extra_words = lost_words + len(lost), extra_words + len(extra)
    probed = roster.ids if sample is None else _spread(roster.ids, sample)
    return Verification(
        release_id=roster.release_id or None,
        passages=len(roster),
        vectors=vectors,
        probed=len(probed),
        missing_embeddings=catalogue.documents.count_missing(roster.versions, model),
        vectors_missing=missing,
        vectors_superfluous=superfluous,
        lexical_missing=lost_words,
        lexical_superfluous=extra_words,
        unfindable=tuple(_unfindable(catalogue, generation, roster, probed)),
    )


def entry_of(passage: Passage) -> LexicalEntry:
    """A passage as the lexical index takes it."""
    return LexicalEntry(
        id=passage.id,
        source=passage.source,
        title=passage.title,
        heading=passage.heading,
        text=passage.text,
        questions=passage.questions,
    )


def _reconcile_shelf(
    catalogue: Catalogue, generation: Generation, name: str, held: Ids, wanted: Ids, *, exact: bool
) -> int:
    shelf = generation.shelves[name]
    if exact:
        lacking, spare = difference(held, _vector_ids(catalogue, generation.model, wanted))
        lacking = np.unique(passages_of(lacking))
    else:
        lacking, gone = difference(np.unique(passages_of(held)), wanted)
        spare = held[np.isin(passages_of(held), gone)]
    unworded, overworded = difference(shelf.lexical.ids(), wanted)
    for chunk in _pieces(lacking):
        for ids, vectors in catalogue.documents.vector_rows(model=generation.model, passage_ids=chunk, batch=_BATCH):
            generation.add_vectors(ids, vectors, np.full(len(ids), name == PUBLIC))
    for chunk in _pieces(unworded):
        for rows in catalogue.documents.lexical_rows(passage_ids=chunk, batch=_BATCH):
            generation.add_entries([entry_of(row) for row in rows], np.full(len(rows), name == PUBLIC))
    generation.remove(name, vectors=spare, passages=overworded)
    return len(lacking) + len(spare) + len(unworded) + len(overworded)


def _probe(catalogue: Catalogue, generation: Generation, roster: Roster, public: NDArray[np.bool_]) -> None:
    for name, ids in ((PUBLIC, roster.ids[public]), (INTERNAL, roster.ids[~public])):
        sample = _spread(ids, _PROBES).tolist()
        if not sample:
            continue
        shelf = generation.shelves[name]
        for _, vectors in catalogue.documents.vector_rows(model=generation.model, passage_ids=sample):
            for vector in vectors[:_PROBES]:
                _, cosines = shelf.vectors.query(vector, 1)
                if not len(cosines) or cosines[0] < _SAME:
                    raise Damaged(f"index generation {generation.name} does not find what it holds")
        for row in catalogue.documents.passages(sample).values():
            query = _query_of(row)
            if query.words and not len(shelf.lexical.search(query, _PROBES).ids):
                raise Damaged(f"index generation {generation.name} does not find what it holds")


def _unfindable(catalogue: Catalogue, generation: Generation, roster: Roster, ids: Ids) -> Iterator[int]:
    for chunk in _pieces(ids):
        dense: set[int] = set()
        side = dict(zip(chunk, is_public(roster, np.asarray(chunk, dtype=np.int64)), strict=True))
        for found, vectors in catalogue.documents.vector_rows(model=generation.model, passage_ids=chunk):
            for vector_id, vector in zip(found.tolist(), vectors, strict=True):
                passage = vector_id // SLOTS
                shelf = generation.shelves[PUBLIC if side[passage] else INTERNAL]
                if passage not in dense and vector_id in shelf.vectors.query(vector, _NEAR)[0]:
                    dense.add(passage)
        rest = [each for each in chunk if each not in dense]
        for passage_id, row in catalogue.documents.passages(rest).items():
            shelf = generation.shelves[PUBLIC if side[passage_id] else INTERNAL]
            if passage_id not in shelf.lexical.search(_query_of(row), _NEAR, (row.source,)).ids:
                yield passage_id


def _query_of(passage: Passage) -> LexicalQuery:
    return LexicalQuery(words=tuple(words(passage.text)), bigrams=tuple(bigrams(passage.text)))


def _vector_ids(catalogue: Catalogue, model: str, passage_ids: Ids) -> Ids:
    return catalogue.documents.vector_ids(model=model, passage_ids=passage_ids.tolist())


def _pieces(ids: Collection[int] | Ids, size: int = _BATCH) -> Iterator[list[int]]:
    listed = [int(each) for each in ids]
    for start in range(0, len(listed), size):
        yield listed[start : start + size]


def _spread(ids: Ids, n: int) -> Ids:
    """At most `n` of `ids`, evenly spread."""
    return ids if len(ids) <= n else ids[np.linspace(0, len(ids) - 1, n).astype(np.int64)]
