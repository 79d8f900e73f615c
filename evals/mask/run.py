"""Measures the masks on personal.jsonl: `python -m evals.mask.run` prints recall and precision.

Recall is the share of personal pieces of which nothing is left readable as written. Precision is the share of hidden
spans that touch such a piece (a span that hides only harmless text is wrong), so that every decoy counts against it.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from evals.mask.make import FILE
from kb.mask import find_personal, mask

RECALL, PRECISION = 0.99, 0.97
"""What is asked for."""


def measure(path: Path = FILE) -> dict[str, Any]:
    """The figures, with the ids of the cases that went wrong."""
    pieces, hidden, spans, right = Counter[str](), Counter[str](), 0, 0
    wrong: list[str] = []
    cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for case in cases:
        text, personal, masked = case["text"], case["personal"], mask(case["text"])
        places = [(text.index(piece), text.index(piece) + len(piece)) for piece in personal]
        found = find_personal(text)
        for piece, (start, end) in zip(personal, places, strict=True):
            covered = piece not in masked and any(one.start <= start and end <= one.end for one in found)
            pieces[case["kind"]] += 1
            hidden[case["kind"]] += covered
            if not covered:
                wrong.append(case["id"])
        for one in found:
            touches = any(one.start < end and start < one.end for start, end in places)
            spans, right = spans + 1, right + touches
            if not touches:
                wrong.append(case["id"])
    return {
        "n": len(cases),
        "recall": sum(hidden.values()) / sum(pieces.values()),
        "precision": right / spans,
        "recall_by_kind": {kind: hidden[kind] / pieces[kind] for kind in pieces},
        "wrong": wrong,
    }


def main() -> int:
    """Prints the figures; exit status 1 below what is asked for."""
    report = measure()
    sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    return int(report["recall"] < RECALL or report["precision"] < PRECISION)


if __name__ == "__main__":
    sys.exit(main())
