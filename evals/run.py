"""Runs cases through search and answering as the commands' JSON shows them, and adds up what came out."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from evals import measures
from evals.cases import Case

Json = dict[str, Any]
Only = Literal["retrieval", "answer"] | None

TYPE_TAG = "type:"
"""A tag such as "type:故障申告" states the business type a case belongs to."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is being evaluated: both callables give the JSON of the commands.

    `resolves(case, citation)` says whether the cited passage can be seen by the asker and holds the quote.
    """

    search: Callable[[Case, int], Json]
    ask: Callable[[Case], Json]
    resolves: Callable[[Case, Json], bool]
    versions: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CaseRun:
    """What happened to one case; `search` or `ask` is None when that part was left out or failed."""

    case: Case
    search: Json | None
    ask: Json | None
    error: str | None
    search_ms: float | None
    ask_ms: float | None
    rank: int | None


def evaluate(
    cases: Sequence[Case],
    subject: Subject,
    *,
    k: int = 10,
    only: Only = None,
    case_files: Iterable[Path] = (),
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Json:
    """The report of the published `eval` format over all cases; a case that fails stays in every denominator."""
    runs = []
    for number, case in enumerate(cases, start=1):
        runs.append(_run(case, subject, k, only))
        progress(number, len(cases))
    report: Json = {"n": len(runs), **_blocks(runs, subject, only)}
    report["by_tag"] = {
        tag: {"n": len(tagged), **_blocks(tagged, subject, only)} for tag, tagged in sorted(_by_tag(runs).items())
    }
    report["cases"] = [_case_row(run) for run in runs]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in case_files)).hexdigest()
    report["versions"] = {**subject.versions, "cases_sha256": digest}
    return report


def _run(case: Case, subject: Subject, k: int, only: Only) -> CaseRun:
    found: Json | None = None
    asked: Json | None = None
    search_ms = ask_ms = None
    error = None
    try:
        if only != "answer":
            started = time.perf_counter()
            found = subject.search(case, k)
            search_ms = (time.perf_counter() - started) * 1000
        if only != "retrieval":
            started = time.perf_counter()
            asked = subject.ask(case)
            ask_ms = (time.perf_counter() - started) * 1000
    except Exception as failure:  # a broken case must not hide the others
        error = f"{type(failure).__name__}: {failure}"
    gold = [(gold.source, gold.quote) for gold in case.gold]
    rank = measures.first_gold_rank(found["hits"], gold) if found and gold else None
    return CaseRun(case, found, asked, error, search_ms, ask_ms, rank)


def _blocks(runs: Sequence[CaseRun], subject: Subject, only: Only) -> Json:
    return {
        "retrieval": None if only == "answer" else _retrieval(runs),
        "answer": None if only == "retrieval" else _answer(runs, subject),
        "latency_ms": {
            f"{name}_p{int(share * 100)}": measures.percentile(values, share)
            for name, values in (
                ("search", [run.search_ms for run in runs if run.search_ms is not None]),
                ("ask", [run.ask_ms for run in runs if run.ask_ms is not None]),
            )
            for share in (0.5, 0.95)
        },
    }


def _retrieval(runs: Sequence[CaseRun]) -> Json:
    ranks = [run.rank for run in runs if run.case.gold]
    return {
        "n": len(ranks),
        "recall@1": measures.recall_at(ranks, 1),
        "recall@5": measures.recall_at(ranks, 5),
        "recall@10": measures.recall_at(ranks, 10),
        "mrr@10": measures.reciprocal_rank_at(ranks, 10),
    }


def _answer(runs: Sequence[CaseRun], subject: Subject) -> Json:
    outcomes = [run.ask["outcome"] if run.ask else None for run in runs]
    unanswerable = [run for run in runs if run.case.unanswerable]
    answerable = [run for run in runs if not run.case.unanswerable]
    with_facts = [run for run in answerable if run.case.facts]
    cited = [(run.case, citation) for run in runs if run.ask for citation in run.ask["citations"]]
    answered_with_gold = [run for run in answerable if run.case.gold and run.ask and run.ask["outcome"] == "answered"]
    return {
        "n": len(runs),
        "answered": outcomes.count("answered"),
        "refused": outcomes.count("refused"),
        "asked": outcomes.count("asked"),
        "refusal_recall": _share(unanswerable, lambda run: _outcome(run) == "refused"),
        "over_refusal": _share(answerable, lambda run: _outcome(run) in ("refused", None)),
        "refusal_auroc": measures.auroc(
            [_confidence(run) for run in answerable], [_confidence(run) for run in unanswerable]
        ),
        "fact_accuracy": _share(with_facts, _facts_right),
        "citation_resolves": _share(cited, lambda pair: subject.resolves(*pair)),
        "citation_hit": _share(answered_with_gold, _cites_gold),
        "unsupported_figures": sum(len(_unsupported(run)) for run in runs),
        "forbidden_leaks": sum(len(_leaks(run)) for run in runs),
        "generated": sum(1 for run in runs if (run.ask or {}).get("mode") == "generated"),
        "degraded": sum(1 for run in runs if (run.ask or {}).get("degraded")),
        "support_rate": _support_rate(runs),
        "business_type_macro_f1": measures.macro_f1(
            [
                (tag.removeprefix(TYPE_TAG), (run.ask or {}).get("business_type") or "")
                for run in runs
                for tag in run.case.tags
                if tag.startswith(TYPE_TAG)
            ]
        ),
    }


def _support_rate(runs: Sequence[CaseRun]) -> float | None:
    """Share of the sentences a model wrote that were proved; those too long or repeated are not counted."""
    asks = [run.ask for run in runs if run.ask]
    shown = sum(1 for ask in asks for one in ask.get("sentences", []) if one["origin"] == "written")
    held = sum(1 for ask in asks for one in ask.get("left_out", []) if one["reason"] not in ("too_long", "repeated"))
    return shown / (shown + held) if shown + held else None


def _share(items: Sequence[Any], holds: Callable[[Any], bool]) -> float | None:
    return sum(1 for item in items if holds(item)) / len(items) if items else None


def _outcome(run: CaseRun) -> str | None:
    return str(run.ask["outcome"]) if run.ask else None


def _confidence(run: CaseRun) -> float:
    return float(run.ask["confidence"] or 0.0) if run.ask else 0.0


def _facts_right(run: CaseRun) -> bool:
    if not run.ask or run.ask["outcome"] != "answered":
        return False
    return measures.facts_found(run.ask["answer"], run.case.facts) == len(run.case.facts)


def _cites_gold(run: CaseRun) -> bool:
    assert run.ask is not None
    for citation in run.ask["citations"]:
        quote = measures.fold(citation["quote"])
        for gold in run.case.gold:
            wanted = measures.fold(gold.quote)
            if measures.same_source(citation["source"], gold.source) and (wanted in quote or quote in wanted):
                return True
    return False


def _unsupported(run: CaseRun) -> list[str]:
    if not run.ask or run.ask["outcome"] != "answered":
        return []
    return measures.unsupported_figures(run.ask["answer"], [citation["quote"] for citation in run.ask["citations"]])


def _leaks(run: CaseRun) -> list[str]:
    """Forbidden strings in whatever the asker got; what merely repeats the question is left out."""
    shown = [run.error or ""]
    if run.ask:
        shown += [str(value) for key, value in run.ask.items() if key not in ("question", "understood", "timings_ms")]
    return measures.leaks(run.case.forbid, shown)


def _by_tag(runs: Sequence[CaseRun]) -> dict[str, list[CaseRun]]:
    tagged: dict[str, list[CaseRun]] = {}
    for run in runs:
        for tag in run.case.tags:
            tagged.setdefault(tag, []).append(run)
    return tagged


def _case_row(run: CaseRun) -> Json:
    ask = run.ask or {}
    return {
        "id": run.case.id,
        "first_gold_rank": run.rank,
        "outcome": ask.get("outcome"),
        "mode": ask.get("mode"),
        "answer": ask.get("answer"),
        "confidence": ask.get("confidence"),
        "business_type": ask.get("business_type"),
        "facts_found": measures.facts_found(ask.get("answer") or "", run.case.facts),
        "citations": ask.get("citations", []),
        "sentences": ask.get("sentences", []),
        "left_out": [one["reason"] for one in ask.get("left_out", [])],
        "degraded": (ask.get("degraded") or {}).get("reason"),
        "unsupported_figures": _unsupported(run),
        "leaks": _leaks(run),
        "error": run.error,
    }
