"""Simulated calls go through the real loop and catalogue: the better variant is named, and only a home that is one."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from assist.retention.outcomes import OutcomeDesk
from evals.retention.simulate import main, simulate
from kb.clock import SystemClock
from kb.store import Catalogue


def test_the_better_variant_is_found_by_what_was_recorded(tmp_path: Path) -> None:
    catalogue = Catalogue.open(f"sqlite:///{tmp_path / 'catalogue.db'}", clock=SystemClock())
    try:
        chance = random.Random(7)
        outcomes = OutcomeDesk(book=catalogue.retention, clock=SystemClock(), chance=chance)
        found = simulate(outcomes, {"steady": 0.15, "account": 0.85}, calls=90, chance=chance, minimum=20)
    finally:
        catalogue.close()
    assert (found["better"], found["leader"], found["ok"]) == ("account", "account", True)
    counted = found["trial"]["styles"]
    assert sum(each["assigned"] for each in counted.values()) == 90
    assert min(each["assigned"] for each in counted.values()) >= 20
    assert found["report"]["total"]["kept"] == sum(each["kept"] for each in counted.values())


def test_a_folder_that_is_no_home_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(tmp_path)]) == 1
    assert "没有知识库" in capsys.readouterr().err
