"""The floors under compliance and leaving intent, over the sample scripts and offers and the shipped model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import evals.conduct
from assist.compliance.check import Checker
from assist.leaving.detect import LeavingDetector
from evals.conduct import HALVES, measure_checks, measure_leaving, read_checks, read_leaving
from ingest.sync import sync
from ingest.worker import ReaderPool
from kb.clock import SystemClock
from kb.embed import load_embedder
from kb.knowledge import KnowledgeBase
from tests.evals.test_conduct import CASES
from tests.fakes import HashEmbedder

ROOT = Path(__file__).parents[2]
FLOORS = json.loads(Path(evals.conduct.__file__).with_name("conduct_floors.json").read_text(encoding="utf-8"))


def below(figures: dict[str, float], part: str, half: str) -> list[str]:
    return [f"{half} {name} {figures[name]}" for name, least in FLOORS[part][half].items() if figures[name] < least]


def test_compliance_stays_above_its_floors(tmp_path: Path) -> None:
    with (
        ReaderPool() as pool,
        KnowledgeBase.open(tmp_path / "home", embedder=HashEmbedder(), clock=SystemClock()) as base,
    ):
        list(sync([ROOT / "samples"], kb=base, pool=pool))
        checker = Checker(base)
        for half in HALVES:
            cases = read_checks(CASES / f"check_{half}.jsonl")
            figures = measure_checks(cases, lambda text, day: checker.check(text, as_of=day))
            assert below(figures, "compliance", half) == [], figures["wrong"]


@pytest.mark.model
def test_leaving_intent_stays_above_its_floors(tmp_path_factory: pytest.TempPathFactory) -> None:
    detector = LeavingDetector(load_embedder("bundled", cache=Path.home() / ".cache" / "zhiying"))
    for half in HALVES:
        figures = measure_leaving(read_leaving(CASES / f"leaving_{half}.jsonl"), detector.detect)
        assert below(figures, "leaving", half) == [], figures["wrong"]
