"""The masks keep what is asked of them on the kept cases, and the cases are what the generator makes."""

from __future__ import annotations

import json
import random

from evals.mask.make import FILE, SEED, cases
from evals.mask.run import PRECISION, RECALL, measure


def test_at_least_a_thousand_strings_reach_recall_and_precision() -> None:
    report = measure()
    assert report["n"] >= 1_000
    assert report["recall"] >= RECALL
    assert report["precision"] >= PRECISION


def test_other_people_in_the_same_sentences_are_hidden_as_well(tmp_path: object) -> None:
    from pathlib import Path

    file = Path(str(tmp_path)) / "others.jsonl"
    made = cases(random.Random(SEED + 1))
    file.write_text("".join(json.dumps(case, ensure_ascii=False) + "\n" for case in made), encoding="utf-8")
    report = measure(file)
    assert report["recall"] >= RECALL
    assert report["precision"] >= PRECISION


def test_the_kept_cases_are_the_generated_ones() -> None:
    kept = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    assert kept == cases(random.Random(SEED))
