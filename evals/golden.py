"""The program's own cases as golden cases of a base of its own samples; the first start and the benchmark call it."""

from __future__ import annotations

from pathlib import Path

from assist.golden.desk import GoldenDesk
from kb.model import OPERATOR

CASES = Path(__file__).parent / "cases"
SAMPLES = Path(__file__).parents[1] / "samples"


def bring_own(desk: GoldenDesk, documents: Path) -> None:
    """Takes the program's cases in where `documents` are its own samples: no other base is tested by them.

    A case that was retired stays so, one that was changed stays as it is.
    """
    if documents.resolve() == SAMPLES.resolve():
        for file in sorted(CASES.glob("*.jsonl")):
            desk.take_in(OPERATOR, file.read_bytes())
