"""Killed at any moment, a home keeps answering as before, and the next run finishes: nothing lost, nothing twice."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import HashEmbedder
from tests.journeys.kill_worker import FIRST, NEW_MODEL, PRODUCTS, RETIRED, SECOND

pytestmark = pytest.mark.kill

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Kill:
    """Killed in `step` when it passes `point` for the `nth` time; with `sample` always run, else if ZHIYING_FULL=1."""

    step: str
    point: str
    nth: int = 1
    sample: bool = False

    @property
    def name(self) -> str:
        return f"{self.step}-{self.point}-{self.nth}"


def several(step: str, point: str, *nth: int, sample: int = 0) -> list[Kill]:
    return [Kill(step, point, each, each == sample) for each in nth]


KILLS = [
    *several("first", "after-put", 1, 4),
    *several("first", "after-embed-window", 2),
    *several("first", "after-vectors-added", 2),
    *several("first", "before-activate", 1),
    *several("first", "after-activate", 1),
    *several("second", "after-read", 1),
    *several("second", "after-put", 1, 2, 3, 4, 5, sample=3),
    *several("second", "after-place", 1),
    *several("second", "after-embed-window", 1, 2, 3, 4, 5, sample=2),
    *several("second", "after-vectors-added", 1, 2, 3, 4, 5, sample=3),
    *several("second", "after-lexical-added", 1, 2, 3, 4, 5, sample=2),
    *several("second", "before-activate", 1),
    *several("second", "after-activate", 1, sample=1),
    *several("second", "after-drop", 1),
    *several("rebuild", "during-rebuild", 1, 3, 6, 9, sample=6),
    *several("rebuild", "before-swap", 1, sample=1),
    *several("reembed", "after-embed-window", 1, 3, sample=3),
    *several("reembed", "during-rebuild", 2, 8),
    *several("reembed", "before-swap", 1),
]
ACTIVATED = {"after-activate", "after-drop"}

VERSIONS_1 = {draft.source: [draft.fingerprint, len(draft.passages)] for draft in FIRST}
VERSIONS_2 = {
    source: version
    for source, version in {**VERSIONS_1, **{d.source: [d.fingerprint, len(d.passages)] for d in SECOND}}.items()
    if source != RETIRED
}
TEXTS_1 = {passage.text for draft in FIRST for passage in draft.passages}
TEXTS_2 = TEXTS_1 | {passage.text for draft in SECOND for passage in draft.passages}


def run(home: Path, step: str, *kill: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.journeys.kill_worker", str(home), step, *map(str, kill)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def report(home: Path, step: str) -> dict[str, Any]:
    done = run(home, step)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the first version of everything, to be copied."""
    home = tmp_path_factory.mktemp("样板") / "家"
    report(home, "first")
    return home


def assert_whole(state: dict[str, Any], documents: dict[str, list[Any]]) -> None:
    """Catalogue ids = index ids = findable ids; every document whole; each version's own wording, never two."""
    assert state["ok"], state["verification"]
    assert state["documents"] == documents
    assert state["probed"] == sum(passages for _, passages in documents.values())
    for product, texts in state["answers"].items():
        fingerprint = documents.get(f"资费/{product}.md", ["", 0])[0]
        assert len(texts) == (4 if fingerprint else 0), (product, texts)
        assert all(f"第{fingerprint}" in text for text in texts), (product, texts)
    assert set(state["public"]) <= {f"资费/{product}.md" for product in PRODUCTS}
    assert state["public"] != [] or not documents
    assert state["generations"] <= 1


@pytest.mark.parametrize(
    "kill",
    [kill for kill in KILLS if kill.sample or os.environ.get("ZHIYING_FULL")],
    ids=lambda kill: kill.name,
)
def test_a_kill_loses_nothing_and_doubles_nothing(kill: Kill, filled: Path, tmp_path: Path) -> None:
    home = tmp_path / "家"
    if kill.step != "first":
        shutil.copytree(filled, home)
    killed = run(home, kill.step, kill.point, kill.nth)
    assert killed.returncode == -signal.SIGKILL, killed.stderr

    state = report(home, f"again-{kill.step}")
    old: dict[str, list[Any]] = {} if kill.step == "first" else VERSIONS_1
    new = VERSIONS_2 if kill.step == "second" else VERSIONS_1
    assert_whole(state["before"], new if kill.point in ACTIVATED else old)
    assert_whole(state["after"], new)

    texts = len(TEXTS_2 if kill.step == "second" else TEXTS_1)
    assert state["after"]["embedded"] == texts
    assert state["embedded"] == texts - state["before"]["embedded"]
    if kill.point == "after-embed-window" and kill.step != "second":
        assert state["before"]["embedded"] == kill.nth * 10
    if old and kill.step == "reembed":
        assert state["before"]["model"] == HashEmbedder.name
        assert state["after"]["model"] == NEW_MODEL


def test_there_are_forty_kills_at_eight_points_and_a_sample_of_eight() -> None:
    assert len(KILLS) >= 40
    assert len({kill.point for kill in KILLS}) >= 8
    assert len([kill for kill in KILLS if kill.sample]) >= 8
