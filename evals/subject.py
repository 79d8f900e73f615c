"""A knowledge base and its desk as the subject of an evaluation; app.py hands both in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assist import commands
from assist.desk import Desk
from evals.cases import Case
from evals.measures import fold
from evals.run import Json, Subject
from kb.knowledge import KnowledgeBase


def subject(kb: KnowledgeBase, quiet: Desk, versions: Mapping[str, Any]) -> Subject:
    """The commands' own search and answer over `kb`; `quiet` is a desk that keeps nothing."""

    def resolves(case: Case, citation: Json) -> bool:
        asked = arguments(case)
        passage = kb.passage(citation["passage_id"], commands.asker(asked), commands.day(asked, quiet.today()))
        if passage is None or passage.source != citation["source"]:
            return False
        return fold(citation["quote"]) in fold(passage.text)

    return Subject(
        search=lambda case, k: commands.search(quiet, {**arguments(case), "k": k}),
        ask=lambda case: commands.ask(quiet, arguments(case)),
        resolves=resolves,
        versions=versions,
    )


def arguments(case: Case) -> Json:
    """A case as the arguments of a command."""
    return {
        "question": case.question,
        "role": case.role,
        "as_of": case.as_of.isoformat() if case.as_of else None,
        "scope": list(case.scope),
        "history": [turn.model_dump() for turn in case.history],
    }
