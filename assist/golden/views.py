"""The JSON of golden cases, for API and commands: pure functions."""

from __future__ import annotations

from typing import Any

from assist.golden.desk import TakenIn
from kb.store import GoldenCase

Json = dict[str, Any]


def case_json(case: GoldenCase) -> Json:
    """A case with where it stands."""
    return {
        "number": case.number,
        "id": case.case_id,
        "question": case.question,
        "history": [{"role": role, "text": text} for role, text in case.history],
        "role": case.role.value,
        "department": case.department,
        "as_of": case.as_of.isoformat() if case.as_of else None,
        "facts": list(case.facts),
        "forbid": list(case.forbid),
        "gold": [{"source": source, "quote": quote} for source, quote in case.gold],
        "scope": list(case.scope),
        "unanswerable": case.unanswerable,
        "tags": list(case.tags),
        "state": case.state.value,
        "state_label": case.state.label,
        "version": case.version,
        "author": case.author,
        "created_at": case.created_at.isoformat() if case.created_at else None,
        "updated_by": case.updated_by,
        "updated_at": case.updated_at.isoformat() if case.updated_at else None,
    }


def taken_json(taken: TakenIn) -> Json:
    """What became of a file."""
    return {
        "added": taken.added,
        "changed": taken.changed,
        "known": taken.known,
        "refused": [{"row": row, "reason": reason} for row, reason in taken.refused],
    }
