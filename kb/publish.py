"""Builds the published copy: public, approved, in-force knowledge and nothing else, for a site that can have no more.

The staff side calls it at every release and on every day on which something begins or ends. What is not in the copy
cannot leak from it: no internal passage, no earlier or coming rule, no staff field of a row, no name of a file.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.clock import Clock
from kb.flat import FlatVectors
from kb.home import storage, write_atomically
from kb.indexing import entry_of
from kb.knowledge import KnowledgeBase
from kb.lexical import TantivyLexical
from kb.model import PUBLIC, DocumentDraft, Passage, PassageDraft, Principal, Role, SectionDraft, Term
from kb.passages import SLOTS
from kb.published import (
    CATALOGUE,
    COPIES,
    FORMAT,
    LEXICAL,
    MANIFEST,
    POINTER,
    VECTORS,
    VISITOR,
    Manifest,
    current_name,
    digest,
    examine,
)
from kb.store import Catalogue, DocumentSummary, ReleaseKind, Roster, sqlite_url
from kb.store.schema import HEAD
from kb.view import View, gate

PUBLISHER = Principal(id="publisher", role=Role.ADMIN)
STAFF_FIELDS: Mapping[str, frozenset[str]] = {
    "script": frozenset({"code", "department", "forbidden", "notes", "version"}),
    "faq": frozenset({"code", "department", "basis"}),
    "learning": frozenset({"code", "department", "basis", "pitfalls", "stage", "competency"}),
    "offer": frozenset({"code", "department", "rule", "authority", "forbidden_promises"}),
}
"""Fields of typed rows that are for staff, by type of row; they are left out of the copy."""


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing did: the copy in use now, and whether it is another than before."""

    name: str
    day: date
    documents: int
    passages: int
    changed: bool


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A document of the copy, and the ids its passages have on the staff side, in the same order."""

    draft: DocumentDraft
    ids: tuple[int, ...]


def publish(kb: KnowledgeBase, root: Path, *, day: date, clock: Clock, setting: str) -> Published | None:
    """Brings the copy below `root` in step with what is public and in force on `day`; None before the first release.

    A copy is built beside the others, checked, and put in use by one rename that a kill cannot split. `setting` is
    what loads the embedder. Raises HomeError when the disk is full or cannot be written.
    """
    with kb.view() as view:
        if view.release is None or view.generation is None:
            return None
        chosen = _chosen(kb, view, day)
        model = view.generation.model
        name = _name(chosen, model, setting)
        with storage("publish for the public site"):
            (root / COPIES).mkdir(parents=True, exist_ok=True)
            if examine(root / COPIES / name):
                _build(kb.catalogue, root, name, chosen, (day, model, setting), clock)
            changed = current_name(root) != name
            if changed:
                before = current_name(root)
                write_atomically(root / POINTER, name + "\n")
                _sweep(root, {name, before})
    return Published(name, day, len(chosen), sum(len(each.ids) for each in chosen), changed)


def public_source(source: str) -> str:
    """What a source is called on the public site: always the same, and saying nothing of files and folders."""
    return "k-" + hashlib.sha256(source.encode()).hexdigest()[:16]


def _chosen(kb: KnowledgeBase, view: View, day: date) -> list[_Chosen]:
    """The documents with something public in force on `day`, by source, cut down to that."""
    assert view.release is not None
    roster, documents = view.roster, kb.catalogue.documents
    shown = gate(roster, VISITOR, day)(roster.ids)
    summaries = {each.source: each for each in documents.summaries(view.release.id)}
    terms = documents.terms_of(
        [each.version_id for each in summaries.values() if each.audience.public and each.validity.covers(day)]
    )
    found = []
    for code, source in enumerate(roster.sources):
        summary, mine = summaries[source], roster.source == code
        ids = roster.ids[mine & shown].tolist()
        held = terms.get(summary.version_id, ())
        if ids or held:
            sections = _whole_sections(kb.catalogue, summary.version_id, roster.ids[mine & ~shown].tolist())
            drafts = tuple(
                replace(_passage(each, ordinal, sections), validity=roster.validity(place))
                for ordinal, (each, place) in enumerate(_placed(documents.passages(ids), roster))
            )
            found.append(_Chosen(_document(summary, drafts, tuple(sections.values()), held), tuple(ids)))
    return found


def _placed(passages: Mapping[int, Passage], roster: Roster) -> Iterator[tuple[Passage, int]]:
    places = roster.positions(np.fromiter(passages, dtype=np.int64, count=len(passages)))
    return zip(passages.values(), places.tolist(), strict=True)


def _whole_sections(catalogue: Catalogue, version: int, hidden: list[int]) -> dict[int, SectionDraft]:
    """The sections of a version in which nothing is hidden, by section id."""
    partly = {passage.section_id for passage in catalogue.documents.passages(hidden).values()}
    sections = catalogue.documents.sections_of([version])
    return {each: draft for each, draft in sections.items() if each not in partly}


def _document(
    summary: DocumentSummary,
    passages: tuple[PassageDraft, ...],
    sections: tuple[SectionDraft, ...],
    terms: tuple[Term, ...],
) -> DocumentDraft:
    return DocumentDraft(
        source=public_source(summary.source),
        title=summary.title,
        kind=summary.kind,
        fingerprint="published",
        audience=PUBLIC,
        products=summary.products,
        version_label=summary.version_label,
        sections=tuple(each for each in sections if any(one.section == each.ordinal for one in passages)),
        passages=passages,
        terms=tuple(replace(term, note="") for term in terms),
    )


def _passage(passage: Passage, ordinal: int, sections: Mapping[int, SectionDraft]) -> PassageDraft:
    section = None if passage.section_id is None else sections.get(passage.section_id)
    return PassageDraft(
        ordinal=ordinal,
        text=passage.text,
        heading=passage.heading,
        page=passage.page,
        section=None if section is None else section.ordinal,
        audience=PUBLIC,
        questions=passage.questions,
        row=_public_row(passage.row),
    )


def _public_row(row: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if row is None:
        return None
    hidden = STAFF_FIELDS.get(str(row.get("type")), frozenset())
    return {name: value for name, value in row.items() if name not in hidden}


def _name(chosen: list[_Chosen], model: str, setting: str) -> str:
    """A name that only the same content has: a hash of every draft, the model and the format."""
    told = hashlib.sha256(f"{FORMAT}\n{HEAD}\n{model}\n{setting}\n".encode())
    for each in chosen:
        told.update(json.dumps(asdict(each.draft), ensure_ascii=False, sort_keys=True, default=_plain).encode())
    return told.hexdigest()[:32]


def _plain(value: object) -> str | list[str]:
    return sorted(map(str, value)) if isinstance(value, frozenset) else str(value)


def _build(
    staff: Catalogue, root: Path, name: str, chosen: list[_Chosen], made: tuple[date, str, str], clock: Clock
) -> None:
    """Writes a whole copy into a folder of another name and renames it; what a kill left is thrown away."""
    folder, (day, model, setting) = root / COPIES / f".{name}", made
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    _write_catalogue(staff, folder, chosen, model, clock)
    files = {
        str(path.relative_to(folder)): digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
    passages = sum(len(each.ids) for each in chosen)
    manifest = Manifest(name, day, model, setting, len(chosen), passages, files)
    (folder / MANIFEST).write_text(manifest.json(), encoding="utf-8")
    _to_disk(folder)
    shutil.rmtree(root / COPIES / name, ignore_errors=True)
    folder.rename(root / COPIES / name)


def _write_catalogue(staff: Catalogue, folder: Path, chosen: list[_Chosen], model: str, clock: Clock) -> None:
    with Catalogue.open(sqlite_url(folder / CATALOGUE), clock=clock) as catalogue:
        versions = [catalogue.documents.put(each.draft, principal=PUBLISHER) for each in chosen]
        release = catalogue.releases.start(ReleaseKind.INGEST, PUBLISHER)
        catalogue.releases.place_all(release.id, versions)
        catalogue.releases.activate(release.id, approver=PUBLISHER)
        ids = [catalogue.documents.passage_ids([version]) for version in versions]
        FlatVectors.write(folder / VECTORS, _vectors(staff, chosen, ids, model))
        lexical = TantivyLexical(folder / LEXICAL)
        try:
            for rows in catalogue.documents.lexical_rows(versions):
                lexical.add([entry_of(row) for row in rows])
            lexical.commit()
        finally:
            lexical.close()


def _vectors(
    staff: Catalogue, chosen: list[_Chosen], ids: list[NDArray[np.int64]], model: str
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """The staff side's vectors under the passage ids of the copy: nothing is embedded twice."""
    for each, mine in zip(chosen, ids, strict=True):
        theirs = np.asarray(each.ids, dtype=np.int64)
        for found, vectors in staff.documents.vector_rows(model=model, passage_ids=each.ids):
            place = np.searchsorted(theirs, found // SLOTS)
            yield mine[place] * SLOTS + found % SLOTS, vectors


def _to_disk(folder: Path) -> None:
    """Flushes every file and takes the right to write it away."""
    for path in folder.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            path.chmod(0o444)


def _sweep(root: Path, keep: set[str]) -> None:
    for path in (root / COPIES).iterdir():
        if path.name not in keep:
            shutil.rmtree(path, ignore_errors=True)
