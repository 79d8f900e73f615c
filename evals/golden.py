"""Golden cases as the release gate asks them, each with its judge; `app.py` hands them to the knowledge loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from assist.commands import read_question
from assist.loop.gate import Trialled
from assist.loop.impact import Changing, Dependant
from assist.model import Answer, Question
from assist.views import answer_json
from evals.cases import Case, case_files, read_cases
from evals.measures import same_source
from evals.run import right
from evals.subject import arguments
from kb.text import fold

GOLDEN = 300
"""So many golden cases does the gate ask."""


def golden_cases(paths: Sequence[Path], today: date) -> list[Trialled]:
    """At most GOLDEN cases of the files or folders, evenly spread; none where they did not come with the program."""
    files = case_files([path for path in paths if path.exists()])
    cases = read_cases(files) if files else []
    step = max(1, -(-len(cases) // GOLDEN))
    return [_trialled(case, today) for case in cases[::step]]


def _trialled(case: Case, today: date) -> Trialled:
    def judge(asked: Question, answer: Answer) -> bool:
        return right(case, answer_json(asked, answer))

    question = replace(read_question(arguments(case), today), record=False)
    return Trialled(case.id, "golden", question, judge)


def dependent_cases(paths: Sequence[Path], changing: Changing) -> list[Dependant]:
    """The cases whose answer stands in a document (with a quote that the clause's text holds, when one is named)."""
    files = case_files([path for path in paths if path.exists()])
    found = []
    for case in read_cases(files) if files else []:
        gold = [one for one in case.gold if same_source(one.source, changing.source)]
        named = [one for one in gold if not changing.clause or fold(changing.clause) in fold(one.quote)]
        if named:
            found.append(Dependant("impact_case", case.id, "金标用例", f"答案出自：{named[0].quote}", case.question))
    return found
