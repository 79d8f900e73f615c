"""The floors under compliance and leaving intent, over the sample scripts and offers and the shipped model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
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
from kb.model import OPERATOR, Kind
from kb.rows import ROW, FaqRow, ScriptRow
from tests.evals.test_conduct import CASES
from tests.fakes import HashEmbedder

ROOT = Path(__file__).parents[2]
DAY = date(2026, 11, 21)
FLOORS = json.loads(Path(evals.conduct.__file__).with_name("conduct_floors.json").read_text(encoding="utf-8"))


def below(figures: dict[str, float], part: str, half: str) -> list[str]:
    return [f"{half} {name} {figures[name]}" for name, least in FLOORS[part][half].items() if figures[name] < least]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    home = tmp_path_factory.mktemp("samples") / "home"
    with ReaderPool() as pool, KnowledgeBase.open(home, embedder=HashEmbedder(), clock=SystemClock()) as opened:
        list(sync([ROOT / "samples"], kb=opened, pool=pool))
        yield opened


def test_compliance_stays_above_its_floors(base: KnowledgeBase) -> None:
    checker = Checker(base)
    for half in HALVES:
        cases = read_checks(CASES / f"check_{half}.jsonl")
        figures = measure_checks(cases, lambda text, day: checker.check(text, as_of=day))
        assert below(figures, "compliance", half) == [], figures["wrong"]


def test_no_approved_wording_and_no_answer_in_force_is_held_against_whoever_says_it(base: KnowledgeBase) -> None:
    checker, checked = Checker(base), 0
    for passage in base.passages(OPERATOR, {Kind.SCRIPT, Kind.FAQ}, DAY):
        row = ROW.validate_python(dict(passage.row or {}))
        wording = row.wording if isinstance(row, ScriptRow) else row.answer if isinstance(row, FaqRow) else ""
        found = [(one.basis.rule, one.quote) for one in checker.check(wording, as_of=DAY).findings]
        assert found == [], (row.code, wording)
        checked += 1
    assert checked >= 250


@pytest.mark.model
def test_leaving_intent_stays_above_its_floors() -> None:
    detector = LeavingDetector(load_embedder("bundled", cache=Path.home() / ".cache" / "zhiying"))
    for half in HALVES:
        figures = measure_leaving(read_leaving(CASES / f"leaving_{half}.jsonl"), detector.detect)
        assert below(figures, "leaving", half) == [], figures["wrong"]
