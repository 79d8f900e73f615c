"""The measuring commands on an open home: JSON arguments in, a report out; app.py runs what is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assist.operator import Emit, stepped
from assist.site import VERSION, Site
from kb.clock import today
from kb.model import OPERATOR

Arguments = Mapping[str, Any]


def evaluate(site: Site, arguments: Arguments, emit: Emit) -> Any:
    """Runs case files; the value is the published report. Changes nothing in the home."""
    from evals.cases import case_files, read_cases, taken_away
    from evals.run import evaluate as run
    from evals.subject import subject

    files = case_files([Path(path) for path in arguments["cases"]])
    cases = read_cases(files)
    if arguments.get("take_away"):
        cases += taken_away(cases, [each.source for each in site.kb.documents(OPERATOR)])
    stats = site.kb.stats()
    written = site.chat is not None and not arguments.get("without_model")
    model = site.settings.model_name if written else None
    versions = {"project": VERSION, "embedding": stats.model, "model": model, "corpus": asdict(stats)}
    return run(
        cases,
        subject(site.kb, site.quiet if written else site.unwritten, versions),
        k=int(arguments.get("k") or 10),
        only=arguments.get("only"),
        case_files=files,
        progress=lambda done, total: emit(stepped("eval", done, total)),
    )


def retention_eval(site: Site, arguments: Arguments, _emit: Emit) -> Any:
    """Holds drafts to hand-made cases, without a model and with one that lies. Changes nothing in the home."""
    from assist.retention.room import open_retention
    from evals.retention.run import FOLDER, liar, measure

    lying = open_retention(site.kb, site.clock, liar)
    return measure(Path(arguments.get("cases") or FOLDER), site.retention.quiet.draft, lying.quiet.draft)


def quiz_check(site: Site, arguments: Arguments, _emit: Emit) -> Any:
    """Makes items, keeps none, and checks them with code of its own: the report."""
    from assist.quiz.commands import order_of
    from evals.quizcheck import check_made

    return check_made(site.quiz, site.kb, order_of(arguments, site.quiz.today()))


def loop_eval(site: Site, _arguments: Arguments, _emit: Emit) -> Any:
    """How well questions are clustered and planted contradictions found, over the samples in this home."""
    from evals.loop.measure import clustering, planted

    passages = site.loop.health.passages()
    grouped, found = clustering(site.embedder()), planted(passages, today(site.clock))
    ok = grouped["all"]["f1"] >= 0.85 and found["recall"] >= 0.9 and found["precision"] >= 0.8
    return {"ok": ok, "clustering": grouped, "contradictions": found}


COMMANDS: dict[str, Callable[[Site, Arguments, Emit], Any]] = {
    "eval": evaluate,
    "retention-eval": retention_eval,
    "quiz-check": quiz_check,
    "loop-eval": loop_eval,
}
