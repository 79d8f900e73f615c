"""Killed while a planned release goes out, a home answers with the old or the new one; the next start finishes it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.kill

ROOT = Path(__file__).parents[2]

UNDONE = (
    "after-gate",
    "after-read",
    "after-put",
    "after-place",
    "after-vectors-added",
    "after-lexical-added",
    "before-activate",
)
"""Points up to which the old release answers; the indexes are passed in the gate's trial first, then in the release."""

FINISHED = (
    "after-activate",
    "after-drop",
    "after-release",
    "after-draft-marked",
    "after-gap-marked",
    "after-plan-marked",
)
"""Points from which on the new release answers."""

SAMPLE = {"before-activate", "after-activate", "after-gap-marked"}

KILLS = [*((point, 1) for point in (*UNDONE, *FINISHED)), ("after-vectors-added", 2), ("after-lexical-added", 2)]


def run(home: Path, step: str, *kill: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.journeys.activation_worker", str(home), step, *map(str, kill)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def state(home: Path, step: str) -> dict[str, Any]:
    done = run(home, step)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a plan that adds a document and retires one, to be copied."""
    home = tmp_path_factory.mktemp("样板") / "家"
    assert state(home, "plan")["before"] == {"old": True, "new": False}
    return home


@pytest.mark.parametrize(
    ("point", "nth"), [each for each in KILLS if each[0] in SAMPLE or os.environ.get("ZHIYING_FULL")]
)
def test_a_kill_while_a_release_goes_out_leaves_the_old_or_the_new_one(
    point: str, nth: int, planned: Path, tmp_path: Path
) -> None:
    home = tmp_path / "家"
    shutil.copytree(planned, home)
    killed = run(home, "activate", point, nth)
    assert killed.returncode == -signal.SIGKILL, killed.stderr

    found = state(home, "tick")
    went = point in FINISHED
    assert found["before"] == found["after"] == {"old": not went, "new": went}
    assert found["ok"]
    assert found["building"] == []
    assert (found["plan"], found["linked"]) == (went, went)
    assert found["drafts"] == ["released" if went else "approved"]
    assert found["gap"] == ("verified" if went else "review")
    assert found["notices"] == int(went)

    if not went:
        again = state(home, "activate")
        assert again["after"] == {"old": False, "new": True}
        assert (again["plan"], again["gap"], again["notices"]) == (True, "verified", 1)
        assert again["ok"]
