"""Documents in the catalogue: whole versions in, passages, sections and rows for the indexes out; the base calls it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, or_, select

from kb.model import OPERATOR, Audience, DocumentDraft, Kind, Passage, Principal, SectionDraft, Term, Validity
from kb.passages import SLOTS, embedding_texts
from kb.store import audit
from kb.store.engine import Database, chunks
from kb.store.roster import document_endings, ends_by
from kb.store.tables import (
    documents,
    embeddings,
    models,
    passage_vectors,
    passages,
    release_versions,
    sections,
    terms,
    versions,
)
from kb.store.values import DocumentSummary, Section
from kb.store.versions import hash_texts, insert_version


class Documents:
    """Every version of every document ever put; nothing here is found until a release holds it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, draft: DocumentDraft, *, principal: Principal = OPERATOR, owner: str = "") -> int:
        """Writes a whole version in one transaction and returns its id; the same source and fingerprint is put once.

        Raises UsageError for a passage of a section that the draft does not have.
        """
        hashes = hash_texts(draft)
        with self._database.write() as connection:
            known = _find(connection, draft.source, draft.fingerprint)
            if known is not None:
                return known
            at = self._database.clock.now()
            version = insert_version(connection, draft, hashes, at=at, author=principal.id, owner=owner)
            detail = {"version": version, "fingerprint": draft.fingerprint, "passages": len(draft.passages)}
            audit.record(connection, at, principal.id, "document.put", draft.source, detail)
            return version

    def find(self, source: str, fingerprint: str) -> int | None:
        """The id of the version with this source and fingerprint, None when it was never put."""
        with self._database.read() as connection:
            return _find(connection, source, fingerprint)

    def passages(self, ids: Iterable[int]) -> dict[int, Passage]:
        """Passages by id, of any version, in the order of `ids`; unknown ones are left out.

        Their validity is as stored: only the roster of a release knows what supersedes what.
        """
        wanted = [int(each) for each in ids]
        found: dict[int, Passage] = {}
        with self._database.read() as connection:
            for chunk in chunks(wanted):
                for row in connection.execute(_PASSAGE.where(passages.c.id.in_(chunk))).mappings():
                    found[row["id"]] = _passage(row)
        return {each: found[each] for each in wanted if each in found}

    def mentioning(self, said: Collection[str]) -> NDArray[np.int64]:
        """Ids, rising, of the passages of any version whose text holds one of `said`; the texts are not read in."""
        holds = or_(*(passages.c.text.contains(each, autoescape=True) for each in said))
        with self._database.read() as connection:
            found = connection.execute(select(passages.c.id).where(holds).order_by(passages.c.id)).scalars()
            return np.array(list(found), dtype=np.int64)

    def section(self, section_id: int) -> Section | None:
        """A parent section with the audiences of all passages in it, None when unknown."""
        query = select(sections, documents.c.source, versions.c.audience).join_from(sections, versions).join(documents)
        with self._database.read() as connection:
            row = connection.execute(query.where(sections.c.id == section_id)).mappings().first()
            if row is None:
                return None
            within = select(passages.c.audience).where(passages.c.section_id == section_id).distinct()
            labels = set(connection.execute(within).scalars()) or {row["audience"]}
        return Section(
            id=row["id"],
            version_id=row["version_id"],
            source=row["source"],
            heading=tuple(row["heading"]),
            text=row["text"],
            page=row["page"],
            audiences=frozenset(map(Audience.parse, labels)),
        )

    def summaries(self, release_id: int) -> list[DocumentSummary]:
        """The documents of a release by source; none for an unknown release."""
        count = (
            select(func.count()).select_from(passages).where(passages.c.version_id == versions.c.id).scalar_subquery()
        )
        query = (
            select(versions, documents.c.source, count.label("passages"))
            .join_from(release_versions, versions, versions.c.id == release_versions.c.version_id)
            .join(documents, documents.c.id == versions.c.document_id)
            .where(release_versions.c.release_id == release_id)
            .order_by(documents.c.source)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        ended = document_endings(rows)
        return [_summary(row, ended.sources.get(row["source"]), ended.by.get(row["source"], ())) for row in rows]

    def terms(self, release_id: int) -> tuple[Term, ...]:
        """The terms of a release in the order of their documents, each once."""
        query = (
            select(terms)
            .join(release_versions, release_versions.c.version_id == terms.c.version_id)
            .where(release_versions.c.release_id == release_id)
            .order_by(terms.c.version_id, terms.c.ordinal)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(
            dict.fromkeys(Term(row["standard"], tuple(row["synonyms"]), row["category"], row["note"]) for row in rows)
        )

    def terms_of(self, version_ids: Collection[int]) -> dict[int, tuple[Term, ...]]:
        """The terms of each of these versions that has any, in their order."""
        found: dict[int, list[Term]] = {}
        with self._database.read() as connection:
            for chunk in chunks(version_ids):
                query = select(terms).where(terms.c.version_id.in_(chunk)).order_by(terms.c.version_id, terms.c.ordinal)
                for row in connection.execute(query).mappings():
                    term = Term(row["standard"], tuple(row["synonyms"]), row["category"], row["note"])
                    found.setdefault(row["version_id"], []).append(term)
        return {version: tuple(held) for version, held in found.items()}

    def sections_of(self, version_ids: Collection[int]) -> dict[int, SectionDraft]:
        """All sections of these versions by section id, as drafts."""
        found: dict[int, SectionDraft] = {}
        with self._database.read() as connection:
            for chunk in chunks(version_ids):
                for row in connection.execute(select(sections).where(sections.c.version_id.in_(chunk))).mappings():
                    heading = tuple(row["heading"])
                    found[row["id"]] = SectionDraft(row["ordinal"], heading, row["text"], row["page"])
        return found

    def passage_ids(self, version_ids: Collection[int]) -> NDArray[np.int64]:
        """The ids of all passages of these versions, ascending."""
        found: list[int] = []
        with self._database.read() as connection:
            for chunk in chunks(version_ids):
                found += connection.execute(select(passages.c.id).where(passages.c.version_id.in_(chunk))).scalars()
        return np.sort(np.asarray(found, dtype=np.int64))

    def count_missing(self, version_ids: Collection[int], model: str) -> int:
        """How many texts `missing_embeddings` would yield."""
        hashes: set[str] = set()
        for chunk in chunks(self.passage_ids(version_ids).tolist()):
            with self._database.read() as connection:
                hashes.update(row.text_hash for row in connection.execute(_missing(chunk, model)))
        return len(hashes)

    def missing_embeddings(self, version_ids: Collection[int], model: str) -> Iterator[tuple[str, str]]:
        """(text hash, text) of what `model` has not embedded yet, each hash once.

        Reads piece by piece and holds nothing open between them: the caller may write embeddings while it iterates.
        """
        seen: set[str] = set()
        for chunk in chunks(self.passage_ids(version_ids).tolist()):
            with self._database.read() as connection:
                rows = [row for row in connection.execute(_missing(chunk, model)) if row.text_hash not in seen]
                texts = _texts(connection, {row.passage_id for row in rows})
            for row in rows:
                if row.text_hash not in seen:
                    seen.add(row.text_hash)
                    yield row.text_hash, texts[row.passage_id][row.slot]

    def vector_rows(
        self,
        version_ids: Collection[int] = (),
        model: str = "",
        *,
        passage_ids: Collection[int] | None = None,
        batch: int = 4096,
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """Vectors for the index in batches: ids (n,) as passage id * 64 + slot, ascending, and vectors (n, dimension).

        Of all passages of `version_ids`, or of `passage_ids` when given; at most `batch` rows each, none empty. What is
        not embedded by `model` is left out.
        """
        wanted = self.passage_ids(version_ids).tolist() if passage_ids is None else sorted(map(int, passage_ids))
        ids: list[int] = []
        blobs: list[bytes] = []
        for chunk in chunks(wanted):
            with self._database.read() as connection:
                for passage, slot, vector in connection.execute(_embedded(chunk, model, *_VECTOR)):
                    ids.append(passage * SLOTS + slot)
                    blobs.append(vector)
            while len(ids) >= batch:
                yield _stacked(ids[:batch], blobs[:batch])
                del ids[:batch], blobs[:batch]
        if ids:
            yield _stacked(ids, blobs)

    def vector_ids(
        self, version_ids: Collection[int] = (), model: str = "", *, passage_ids: Collection[int] | None = None
    ) -> NDArray[np.int64]:
        """The ids that `vector_rows` would yield, ascending, without reading a single vector."""
        wanted = self.passage_ids(version_ids).tolist() if passage_ids is None else sorted(map(int, passage_ids))
        found: list[int] = []
        for chunk in chunks(wanted):
            with self._database.read() as connection:
                rows = connection.execute(_embedded(chunk, model, passage_vectors.c.passage_id, passage_vectors.c.slot))
                found += [passage * SLOTS + slot for passage, slot in rows]
        return np.asarray(found, dtype=np.int64)

    def lexical_rows(
        self, version_ids: Collection[int] = (), *, passage_ids: Collection[int] | None = None, batch: int = 1000
    ) -> Iterator[list[Passage]]:
        """Passages for the lexical index in batches by ascending id, of `version_ids` or `passage_ids` when given."""
        wanted = self.passage_ids(version_ids).tolist() if passage_ids is None else sorted(map(int, passage_ids))
        for chunk in chunks(wanted, batch):
            found = self.passages(chunk)
            yield [found[each] for each in chunk if each in found]


def _find(connection: Connection, source: str, fingerprint: str) -> int | None:
    query = (
        select(versions.c.id)
        .join(documents, documents.c.id == versions.c.document_id)
        .where(documents.c.source == source, versions.c.fingerprint == fingerprint)
    )
    return connection.execute(query).scalar()


_EMBEDDED = select(
    passages.c.id, versions.c.title, passages.c.heading, passages.c.text, passages.c.questions
).join_from(passages, versions)


def _texts(connection: Connection, passage_ids: set[int]) -> dict[int, tuple[str, ...]]:
    """Embedding texts by passage id, made again rather than stored twice."""
    found: dict[int, tuple[str, ...]] = {}
    for chunk in chunks(passage_ids):
        query = _EMBEDDED.where(passages.c.id.in_(chunk))
        for each, title, heading, body, questions in connection.execute(query):
            found[each] = embedding_texts(title=title, heading=heading, text=body, questions=questions)
    return found


def _missing(passage_ids: Sequence[int], model: str) -> Select[Any]:
    mine = select(models.c.id).where(models.c.name == model).scalar_subquery()
    embedded = (embeddings.c.text_hash == passage_vectors.c.text_hash) & (embeddings.c.model_id == mine)
    return (
        select(passage_vectors.c.passage_id, passage_vectors.c.slot, passage_vectors.c.text_hash)
        .outerjoin_from(passage_vectors, embeddings, embedded)
        .where(passage_vectors.c.passage_id.in_(passage_ids), embeddings.c.id.is_(None))
        .order_by(passage_vectors.c.passage_id, passage_vectors.c.slot)
    )


def _embedded(passage_ids: Sequence[int], model: str, *columns: ColumnElement[Any]) -> Select[Any]:
    mine = select(models.c.id).where(models.c.name == model).scalar_subquery()
    embedded = (embeddings.c.text_hash == passage_vectors.c.text_hash) & (embeddings.c.model_id == mine)
    return (
        select(*columns)
        .join_from(passage_vectors, embeddings, embedded)
        .where(passage_vectors.c.passage_id.in_(passage_ids))
        .order_by(passage_vectors.c.passage_id, passage_vectors.c.slot)
    )


_VECTOR = (passage_vectors.c.passage_id, passage_vectors.c.slot, embeddings.c.vector)


def _stacked(ids: list[int], blobs: list[bytes]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    vectors = np.frombuffer(b"".join(blobs), dtype="<f4").reshape(len(blobs), -1)
    return np.asarray(ids, dtype=np.int64), vectors.astype(np.float32, copy=False)


_PASSAGE = (
    select(
        passages,
        documents.c.source,
        versions.c.title,
        versions.c.kind,
        versions.c.products,
        versions.c.department,
    )
    .join_from(passages, versions, versions.c.id == passages.c.version_id)
    .join(documents, documents.c.id == versions.c.document_id)
)


_audience = lru_cache(maxsize=1024)(Audience.parse)


def _passage(row: RowMapping) -> Passage:
    return Passage(
        id=row["id"],
        version_id=row["version_id"],
        source=row["source"],
        title=row["title"],
        kind=Kind(row["kind"]),
        text=row["text"],
        heading=tuple(row["heading"]),
        page=row["page"],
        section_id=row["section_id"],
        questions=tuple(row["questions"]),
        row=row["row"],
        audience=_audience(row["audience"]),
        validity=Validity(row["effective_from"], row["effective_to"]),
        products=tuple(row["products"]),
        department=row["department"],
    )


def _summary(row: RowMapping, last_day: int | None, superseded_by: tuple[str, ...]) -> DocumentSummary:
    return DocumentSummary(
        source=row["source"],
        version_id=row["id"],
        fingerprint=row["fingerprint"],
        title=row["title"],
        kind=Kind(row["kind"]),
        audience=Audience.parse(row["audience"]),
        validity=Validity(row["effective_from"], ends_by(row["effective_to"], last_day)),
        products=tuple(row["products"]),
        department=row["department"],
        owner=row["owner"],
        supersedes=tuple(row["supersedes"] or ()),
        superseded_by=superseded_by,
        version_label=row["version_label"],
        author=row["author"],
        created_at=row["created_at"],
        passages=row["passages"],
    )
