"""The catalogue: documents, releases, embeddings, gaps, feedback and audit in one relational database."""

from kb.store.catalogue import Catalogue
from kb.store.engine import sqlite_url
from kb.store.people_values import AuditQuery, Person, Session, Token
from kb.store.values import (
    AskedQuestion,
    AuditEntry,
    DocumentSummary,
    Feedback,
    Gap,
    GapCause,
    GapEvent,
    GapQuestion,
    GapState,
    NearHit,
    Release,
    ReleaseKind,
    ReleaseState,
    Roster,
    Section,
    Verdict,
    VersionRef,
)

__all__ = [
    "AskedQuestion",
    "AuditEntry",
    "AuditQuery",
    "Catalogue",
    "DocumentSummary",
    "Feedback",
    "Gap",
    "GapCause",
    "GapEvent",
    "GapQuestion",
    "GapState",
    "NearHit",
    "Person",
    "Release",
    "ReleaseKind",
    "ReleaseState",
    "Roster",
    "Section",
    "Session",
    "Token",
    "Verdict",
    "VersionRef",
    "sqlite_url",
]
