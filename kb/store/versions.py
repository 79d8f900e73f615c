"""Writes one document version with all that belongs to it, within the caller's transaction; `documents` calls it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from kb.model import DocumentDraft, PassageDraft
from kb.passages import embedding_texts, text_hash
from kb.store.tables import counters, documents, passage_vectors, passages, sections, terms, versions


def hash_texts(draft: DocumentDraft) -> list[list[str]]:
    """The text hashes of every passage by slot: the slow part of a version, done before the transaction."""
    return [_passage_hashes(draft, passage) for passage in draft.passages]


def insert_version(
    connection: Connection, draft: DocumentDraft, hashes: list[list[str]], *, at: datetime, author: str, owner: str
) -> int:
    """Inserts version, sections, passages, vector references and terms; returns the version's id."""
    version = _insert_head(connection, draft, at, author, owner)
    section_ids = _insert_sections(connection, draft, version)
    _insert_passages(connection, draft, version, section_ids, hashes)
    _insert_terms(connection, draft, version)
    return version


def _passage_hashes(draft: DocumentDraft, passage: PassageDraft) -> list[str]:
    texts = embedding_texts(title=draft.title, heading=passage.heading, text=passage.text, questions=passage.questions)
    return [text_hash(text) for text in texts]


def _insert_head(connection: Connection, draft: DocumentDraft, at: datetime, author: str, owner: str) -> int:
    document = connection.execute(select(documents.c.id).where(documents.c.source == draft.source)).scalar()
    if document is None:
        values = {"source": draft.source, "created_at": at}
        document = connection.execute(insert(documents).values(values).returning(documents.c.id)).scalar_one()
    row = {
        "document_id": document,
        "fingerprint": draft.fingerprint,
        "title": draft.title,
        "kind": draft.kind.value,
        "audience": draft.audience.label,
        "products": list(draft.products),
        "department": draft.department,
        "owner": owner,
        "effective_from": draft.validity.effective_from,
        "effective_to": draft.validity.effective_to,
        "supersedes": list(draft.supersedes) or None,
        "version_label": draft.version_label,
        "created_at": at,
        "author": author,
    }
    return int(connection.execute(insert(versions).values(row).returning(versions.c.id)).scalar_one())


def _insert_sections(connection: Connection, draft: DocumentDraft, version: int) -> dict[int, int]:
    """Section ids by ordinal."""
    first = _allocate(connection, "sections", len(draft.sections))
    rows = [
        {
            "id": first + offset,
            "version_id": version,
            "ordinal": section.ordinal,
            "page": section.page,
            "heading": list(section.heading),
            "text": section.text,
        }
        for offset, section in enumerate(draft.sections)
    ]
    if rows:
        connection.execute(insert(sections), rows)
    return {section.ordinal: first + offset for offset, section in enumerate(draft.sections)}


def _insert_passages(
    connection: Connection, draft: DocumentDraft, version: int, section_ids: dict[int, int], hashes: list[list[str]]
) -> None:
    if not draft.passages:
        return
    first = _allocate(connection, "passages", len(draft.passages))
    rows = []
    for offset, passage in enumerate(draft.passages):
        validity = passage.validity or draft.validity
        rows.append(
            {
                "id": first + offset,
                "version_id": version,
                "ordinal": passage.ordinal,
                "section_id": None if passage.section is None else section_ids.get(passage.section, -1),
                "page": passage.page,
                "effective_from": validity.effective_from,
                "effective_to": validity.effective_to,
                "audience": (passage.audience or draft.audience).label,
                "supersedes": list(passage.supersedes) or None,
                "heading": list(passage.heading),
                "questions": list(passage.questions),
                "text": passage.text,
                "row": None if passage.row is None else dict(passage.row),
            }
        )
    connection.execute(insert(passages), rows)
    connection.execute(
        insert(passage_vectors),
        [
            {"passage_id": first + offset, "slot": slot, "text_hash": hashed}
            for offset, of_passage in enumerate(hashes)
            for slot, hashed in enumerate(of_passage)
        ],
    )


def _insert_terms(connection: Connection, draft: DocumentDraft, version: int) -> None:
    rows = [
        {
            "version_id": version,
            "ordinal": ordinal,
            "standard": term.standard,
            "synonyms": list(term.synonyms),
            "category": term.category,
            "note": term.note,
        }
        for ordinal, term in enumerate(draft.terms)
    ]
    if rows:
        connection.execute(insert(terms), rows)


def _allocate(connection: Connection, name: str, count: int) -> int:
    """The first of `count` new ids; an id is never given twice, not even after a deletion, for indexes go by ids."""
    following = connection.execute(select(counters.c.next).where(counters.c.name == name)).scalar()
    if following is None:
        following = 1
        connection.execute(insert(counters).values(name=name, next=following))
    connection.execute(update(counters).where(counters.c.name == name).values(next=following + count))
    return int(following)
