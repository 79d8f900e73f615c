"""Simulates retention calls through the learning loop: `python -m evals.retention.simulate` finds the better variant.

Each call gets its variant from the running trial, ends kept or lost by that variant's true share, and is recorded; the
report then has to name the better one. Without --home everything happens in a folder that is gone afterwards.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assist.leaving.model import LeavingReason
from assist.retention.model import settings
from assist.retention.outcomes import Ended, OutcomeDesk
from assist.retention.views import report_json, trial_json
from kb.clock import SystemClock
from kb.errors import HomeError, ZhiyingError
from kb.lock import serving
from kb.model import Principal, Role
from kb.store import Catalogue, Result, Trial

AGENT = Principal("模拟坐席", Role.AGENT)
MANAGER = Principal("模拟经理", Role.DUTY_MANAGER)
SEGMENTS = ("丙类", "乙类", "甲类")


def simulate(
    outcomes: OutcomeDesk,
    truth: Mapping[str, float],
    *,
    calls: int,
    chance: random.Random,
    exploration: float = 0.2,
    minimum: int = 50,
) -> dict[str, Any]:
    """Runs one trial of the variants in `truth` (variant -> true share kept, in [0, 1]); the trial is stopped after."""
    trial = outcomes.start(MANAGER, Trial("模拟试验", "", tuple(truth), exploration, minimum, MANAGER.id))
    slots, reasons = tuple(settings()["slots"]), tuple(LeavingReason)
    for _ in range(calls):
        reason, segment = chance.choice(reasons), chance.choice(SEGMENTS)
        assigned = outcomes.assign(AGENT, reason, segment)
        assert assigned is not None
        kept = chance.random() < truth[assigned.style]
        ended = Ended(
            Result.KEPT if kept else Result.LOST,
            reason,
            segment=segment,
            slot=chance.choice(slots),
            assignment_id=assigned.id,
        )
        outcomes.record(AGENT, ended)
    outcomes.stop(MANAGER, trial.id or 0)
    (stopped, tallies), *_ = outcomes.trials(MANAGER)
    report = outcomes.report(MANAGER)
    better = max(truth, key=lambda style: truth[style])
    return {
        "calls": calls,
        "truth": dict(truth),
        "better": better,
        "leader": report.contest.leader or None,
        "ok": report.contest.leader == better,
        "trial": trial_json(stopped, tallies),
        "report": report_json(report),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Prints what was found; exit status 1 when the better variant is not named."""
    wanted = argparse.ArgumentParser(
        prog="python -m evals.retention.simulate", description="模拟挽留结果，看能否找出更好的版本"
    )
    wanted.add_argument("--calls", type=int, default=600, help="模拟多少通来电（默认 600）")
    wanted.add_argument("--steady", type=float, default=0.38, help="稳妥型的真实留住率")
    wanted.add_argument("--account", type=float, default=0.55, help="算账型的真实留住率")
    wanted.add_argument("--seed", type=int, default=20261122)
    wanted.add_argument("--home", type=Path, help="写进这个（演示用的）知识库目录，页面“复盘”里就能看到")
    options = wanted.parse_args(argv)
    truth = {"steady": options.steady, "account": options.account}
    try:
        with tempfile.TemporaryDirectory(prefix="zhiying-") as folder:
            catalogue = Catalogue.open(f"sqlite:///{_file(options.home, Path(folder))}", clock=SystemClock())
            try:
                chance = random.Random(options.seed)  # noqa: S311
                outcomes = OutcomeDesk(book=catalogue.retention, clock=SystemClock(), chance=chance)
                found = simulate(outcomes, truth, calls=options.calls, chance=chance)
            finally:
                catalogue.close()
    except ZhiyingError as error:
        sys.stderr.write(f"{error.hint}\n")
        return 1
    sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    return int(not found["ok"])


def _file(home: Path | None, folder: Path) -> Path:
    """The catalogue of `home`, which must exist and not be served; else a new one in `folder`."""
    if home is None:
        return folder / "catalogue.db"
    if not (home / "catalogue.db").is_file():
        raise HomeError(f"no catalogue in {home}", hint=f"“{home}”里没有知识库。请先导入文档，或去掉 --home。")
    if serving(home) is not None:
        raise HomeError(f"{home} is being served", hint="这个知识库正在运行，请先停止网站，再写入模拟结果。")
    return (home / "catalogue.db").absolute()


if __name__ == "__main__":
    sys.exit(main())
