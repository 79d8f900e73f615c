"""Pairwise F1 of clustering, recall and precision of contradictions; `app.py loop-eval` prints them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assist.loop.cluster import Likeness, groups
from assist.loop.facts import Statement, contradictions
from kb.embed import Embedder
from kb.model import INTERNAL, Kind, Passage, Validity
from kb.text import figures, fold

FOLDER = Path(__file__).parent
THRESHOLDS = [round(0.15 + 0.025 * step, 3) for step in range(19)]


def pairwise(labels: Sequence[Any], truth: Sequence[Any]) -> dict[str, float]:
    """Precision, recall and F1 over all pairs of items: a pair is found when both share a label."""
    both = _pairs(Counter(zip(labels, truth, strict=True)))
    found, wanted = _pairs(Counter(labels)), _pairs(Counter(truth))
    precision = both / found if found else 0.0
    recall = both / wanted if wanted else 0.0
    return {"precision": precision, "recall": recall, "f1": 2 * both / (found + wanted) if found + wanted else 0.0}


def clustering(embedder: Embedder) -> dict[str, Any]:
    """The best threshold on one half of the questions, and the figures with the shipped one on each half and all."""
    rows = read(FOLDER / "clusters.jsonl")
    likeness = Likeness(embedder)
    known = dict(
        zip((row["question"] for row in rows), likeness.vectors([row["question"] for row in rows]), strict=True)
    )
    halves = {half: [row for row in rows if row["half"] == half] for half in ("dev", "held")}
    tried = {each: _f1(_with(likeness, each, embedder), halves["dev"], known)["f1"] for each in THRESHOLDS}
    best = max(tried, key=lambda each: tried[each])
    chosen = _with(likeness, best, embedder)
    return {
        "questions": len(rows),
        "intents": len({row["intent"] for row in rows}),
        "shipped": likeness.settings.threshold,
        "best_on_dev": best,
        "dev": _f1(chosen, halves["dev"], known),
        "held": _f1(chosen, halves["held"], known),
        "all": _f1(chosen, rows, known),
    }


def planted(passages: Sequence[Passage], day: date) -> dict[str, Any]:
    """Recall of planted contradictions, and precision over everything found, the samples' own findings included."""
    current = [each for each in passages if each.validity.covers(day)]
    rows = read(FOLDER / "contradictions.jsonl")
    added = [_passage(at, row) for at, row in enumerate(rows, start=1)]
    truth = {passage.id: row["contradicts"] for passage, row in zip(added, rows, strict=True)}
    found = contradictions([*current, *added])
    hit, right = set(), 0
    for one in found:
        pairs = ((one.first, one.second), (one.second, one.first))
        planted_here = [mine.passage.id for mine, other in pairs if _contradicts(mine, other, truth)]
        hit.update(planted_here)
        right += bool(planted_here)
    wanted = [each for each, quote in truth.items() if quote]
    return {
        "planted": len(wanted),
        "harmless": len(rows) - len(wanted),
        "found": len(found),
        "recall": len(hit) / len(wanted),
        "precision": right / len(found) if found else 0.0,
        "missed": [rows[each * -1 - 1]["id"] for each in wanted if each not in hit],
    }


def _contradicts(mine: Statement, other: Statement, truth: Mapping[int, str]) -> bool:
    """True when `mine` was planted against what `other` says: the other gives a figure of the quote, mine does not."""
    quote = truth.get(mine.passage.id)
    if not quote:
        return False
    true = figures(quote) - figures(mine.text)
    return bool(true & figures(other.text)) or fold(quote) in fold(other.text)


def read(path: Path) -> list[Mapping[str, Any]]:
    """The rows of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _with(likeness: Likeness, threshold: float, embedder: Embedder) -> Likeness:
    return Likeness(embedder, replace(likeness.settings, threshold=threshold))


def _f1(
    likeness: Likeness, rows: Sequence[Mapping[str, Any]], known: Mapping[str, NDArray[np.float32]]
) -> dict[str, float]:
    # Questions of one intent come apart in time, as in life: first wordings of all, then second ones.
    order = sorted(rows, key=lambda row: (row["id"][-1], row["id"]))
    texts = [row["question"] for row in order]
    labels = groups(likeness, texts, np.stack([known[text] for text in texts]))
    return {name: round(value, 3) for name, value in pairwise(labels, [row["intent"] for row in order]).items()}


def _pairs(counts: Counter[Any]) -> int:
    return sum(number * (number - 1) // 2 for number in counts.values())


def _passage(at: int, row: Mapping[str, Any]) -> Passage:
    return Passage(
        id=-at,
        version_id=-at,
        source=f"planted/{row['id']}",
        title=row["id"],
        kind=Kind.SCRIPT,
        text=row["text"],
        heading=(),
        page=None,
        section_id=None,
        questions=(),
        row=None,
        audience=INTERNAL,
        validity=Validity(),
    )
