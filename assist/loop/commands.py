"""The loop at the command line: `gaps` and `release` as JSON in, JSON out; `app.py` runs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from assist.loop import views
from assist.loop.desk import Loop
from assist.loop.work import OPEN
from kb.errors import UsageError
from kb.model import OPERATOR
from kb.store import GapState

Json = dict[str, Any]
Arguments = Mapping[str, Any]


def gaps(loop: Loop, arguments: Arguments, progress: Callable[[int, int], None] | None = None) -> Json:
    """The ledger; one gap with `id`; old questions taken in with `take`, a text file of one a line."""
    if arguments.get("take"):
        taken, of = loop.gaps.take(OPERATOR, _lines(Path(arguments["take"])), progress)
        return {"taken": taken, "gaps": of}
    if arguments.get("id"):
        return views.sheet_json(loop.gaps.sheet(OPERATOR, int(arguments["id"])))
    states = (GapState(arguments["state"]),) if arguments.get("state") else OPEN
    found = loop.gaps.lines(OPERATOR, states, limit=int(arguments.get("limit") or 50))
    counts = {each.label: number for each, number in loop.gaps.counts(OPERATOR).items()}
    return {"gaps": [views.line_json(line) for line in found], "counts": counts}


def release(loop: Loop, arguments: Arguments) -> Json:
    """Releases and plans; `activate` a plan, or roll `back` to a release with a `note`."""
    if arguments.get("activate"):
        done, proofs = loop.releases.activate(
            OPERATOR, int(arguments["activate"]), override_reason=str(arguments.get("override") or "")
        )
        return views.plan_json(done) | {"proofs": [views.proof_json(one) for one in proofs]}
    if arguments.get("back"):
        note = str(arguments.get("note") or "")
        return views.release_json(loop.releases.roll_back(OPERATOR, int(arguments["back"]), note))
    return {
        "releases": [views.release_json(one) for one in loop.releases.releases(OPERATOR)],
        "plans": [views.plan_json(one) for one in loop.releases.plans(OPERATOR)],
    }


def health(loop: Loop, arguments: Arguments) -> Json:
    """Every finding; with `impact` what depends on that source, or on its `clause`."""
    if arguments.get("impact"):
        found = loop.health.impact(OPERATOR, str(arguments["impact"]), str(arguments.get("clause") or ""))
    else:
        found = loop.health.examine(OPERATOR)
    return {"findings": [views.finding_json(one) for one in found]}


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"cannot read {path}: {error}", hint=f"读不了 {path}：请检查路径，文件须为 UTF-8，每行一个问题。"
        ) from error
