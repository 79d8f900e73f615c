"""The measurements that bring a home of their own and throw it away: floors, fits, probes, load; app.py opens it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assist.operator import Emit, stepped
from assist.site import Site
from kb.clock import today

Report = Mapping[str, Any]
CASES = Path(__file__).parent / "cases"
DATA = Path(__file__).parents[1] / "assist"
"""Where the fitted figures that ship with the program stand."""


@dataclass(frozen=True, slots=True)
class Proofs:
    """One method a command; progress goes to `emit`.

    `throw_away` opens a site over the documents of a folder in a home that is gone afterwards, `customers` is the
    command line of the customers' site of such a home, `publish` brings its public copy in step, and `benchmark` gives
    the lines of the benchmark over a folder at some numbers of passages.
    """

    throw_away: Callable[[Path, Emit], AbstractContextManager[Site]]
    customers: Callable[[Site], Sequence[str]]
    publish: Callable[[Site], object]
    benchmark: Callable[[Path, Sequence[int], Emit], Iterator[str]]

    def probe(self, samples: Path, count: int, emit: Emit) -> Report:
        """Plants canaries where customers must not see, serves the public site over them, asks it `count` times."""
        from evals.canaries import probe

        with self.throw_away(samples, emit) as site:
            return probe(site.kb, self.customers(site), count=count, publish=lambda: self.publish(site))

    def load(self, samples: Path, sessions: int, seconds: int, emit: Emit) -> Report:
        """Loads the public site over `samples` with many sessions at once."""
        from evals.load import load

        with self.throw_away(samples, emit) as site:
            self.publish(site)
            return load(self.customers(site), sessions=sessions, seconds=seconds)

    def loop_bench(self, samples: Path, emit: Emit) -> Report:
        """Times the gate and a ledger of ten thousand gaps over `samples`."""
        from evals.golden import SAMPLES, bring_own
        from evals.loop.bench import gate_bench, ledger_bench

        with self.throw_away(samples, emit) as site:
            bring_own(site.loop.golden, SAMPLES)
            gate = gate_bench(site.loop, site.loop.golden.trials())
            ledger = ledger_bench(site.loop, site.kb, today(site.clock))
        ok = gate["seconds"] <= 60 and max(ledger["page_seconds"], ledger["last_page_seconds"]) <= 1
        return {"ok": ok, "gate": gate, "ledger": ledger}

    def floors(self, cases: Path, samples: Path, emit: Emit) -> tuple[Report, list[str]]:
        """Evaluates `cases` over `samples`: the report, and a line for each floor broken."""
        from evals.commands import evaluate
        from evals.floors import breaches, read_floors

        with self.throw_away(samples, emit) as site:
            report = evaluate(site, {"cases": [str(cases)]}, emit)
        return report, breaches(report, read_floors())

    def conduct(self, cases: Path, samples: Path, emit: Emit) -> tuple[Report, list[str]]:
        """Evaluates compliance and leaving cases over `samples`: the report, and a line for each floor broken."""
        from evals.conduct import breaches, measure

        with self.throw_away(samples, emit) as site:
            report = measure(
                cases, lambda text, day: site.talk.checker.check(text, as_of=day), site.talk.detector.detect
            )
        return report, breaches(report)

    def calibrate(self, cases: Path, training: Path | None, samples: Path, emit: Emit) -> Report:
        """Fits decision and types on the cases not held out, stores both with the program, reports on the others.

        The decision is also fitted on the cases of `training`.
        """
        from assist.businesstype import TypeClassifier, pack_vectors
        from assist.commands import read_question
        from assist.leaving.prototypes import pack as pack_clauses
        from evals.calibrate import calibrate, split
        from evals.subject import arguments
        from evals.typefit import fit_types

        seen, held = split([cases])
        more = split([training])[0] if training is not None else []
        with self.throw_away(samples, emit) as site:
            examined = {}
            for case in (every := [*seen, *more, *held]):
                examined[case.id] = site.examine(read_question(arguments(case), site.quiet.today()))
                emit(stepped("eval", len(examined), len(every)))
            fitted = calibrate(seen, held, lambda case: examined[case.id], training=more, model=site.embedder().name)
            types = fit_types(seen, held, lambda case: examined[case.id], TypeClassifier(site.embedder()))
            (DATA / "data" / "businesstype_vectors.json").write_text(pack_vectors(site.embedder()), encoding="utf-8")
            (DATA / "leaving" / "vectors.json").write_text(pack_clauses(site.embedder()), encoding="utf-8")
        (DATA / "data" / "decision.json").write_text(fitted.data, encoding="utf-8")
        (DATA / "data" / "businesstype_weights.json").write_text(types.data, encoding="utf-8")
        return {**fitted.report, "business_types": types.report}

    def compare(self, reports: Sequence[Report]) -> str:
        """Evaluation reports side by side, as a table."""
        from evals.compare import table

        return table(reports)

    def bench(self, corpus: Path, sizes: Sequence[int], emit: Emit) -> Iterator[str]:
        """Lines of the benchmark over the documents of `corpus`."""
        return self.benchmark(corpus, sizes, emit)
