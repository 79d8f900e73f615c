"""Tells a right answer by its golden case, and makes of the cases of a base what the release gate asks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from typing import TypeVar

from assist.golden.matching import facts_found, leaks, same_passage, same_source
from assist.loop.gate import Trialled
from assist.loop.impact import Changing, Dependant
from assist.model import Answer, Outcome, Question, Turn
from assist.views import answer_json
from kb.model import Principal
from kb.store import GoldenCase
from kb.store.golden import GoldenBook
from kb.text import fold

GOLDEN = 300
"""So many golden cases does the gate ask at most."""

_ASKER = "golden"
_ECHOED = ("question", "understood", "timings_ms")
"""Members of an answer that repeat the question: what is forbidden may stand there."""

_Each = TypeVar("_Each")


def right(case: GoldenCase, asked: Question, answer: Answer) -> bool:
    """True when an answer is right by its case: refused where nothing is known, else answered with every fact.

    A case without facts is right when one of its gold passages is cited; nothing forbidden may be shown in any case.
    """
    shown = [str(value) for name, value in answer_json(asked, answer).items() if name not in _ECHOED]
    if leaks(case.forbid, shown):
        return False
    if case.unanswerable:
        return answer.outcome is Outcome.REFUSED
    if answer.outcome is not Outcome.ANSWERED:
        return False
    if case.facts:
        return facts_found(answer.text, case.facts) == len(case.facts)
    return not case.gold or any(same_passage(one.source, one.quote, case.gold) for one in answer.citations)


def question_of(case: GoldenCase, today: date) -> Question:
    """The question of a case, which leaves no trace when it is asked."""
    return Question(
        text=case.question,
        principal=Principal(_ASKER, case.role, case.department),
        as_of=case.as_of or today,
        history=tuple(Turn("user" if role == "user" else "assistant", text) for role, text in case.history),
        scope=case.scope,
        record=False,
    )


def trialled(case: GoldenCase, today: date) -> Trialled:
    """A case as the gate asks it, with its judge."""

    def judge(asked: Question, answer: Answer) -> bool:
        return right(case, asked, answer)

    return Trialled(case.case_id, "golden", question_of(case, today), judge)


def spread(items: Sequence[_Each], most: int = GOLDEN) -> list[_Each]:
    """At most `most` of the items, evenly spread and in order."""
    if len(items) <= most:
        return list(items)
    return [items[at * len(items) // most] for at in range(most)]


def mark_of(cases: Sequence[GoldenCase]) -> str:
    """Names exactly these cases in these versions, so that a run of the gate counts for no others."""
    told = json.dumps([[case.case_id, case.version] for case in cases], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


def dependent_cases(book: GoldenBook, changing: Changing) -> list[Dependant]:
    """The cases in use whose answer stands in a document (with a quote that the clause's text holds, when named)."""
    found = []
    for case in book.active():
        gold = [quote for source, quote in case.gold if same_source(source, changing.source)]
        named = [quote for quote in gold if not changing.clause or fold(changing.clause) in fold(quote)]
        if named:
            found.append(Dependant("impact_case", case.case_id, "金标用例", f"答案出自：{named[0]}", case.question))
    return found
