"""Pairwise F1 of clustering, recall and precision of contradictions; `app.py loop-eval` prints them."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from assist.loop.cluster import Likeness, Vectors
from assist.loop.facts import Statement, contradictions
from assist.loop.grouping import groups
from kb.embed import Embedder
from kb.model import INTERNAL, Kind, Passage, Validity
from kb.text import figures, fold

FOLDER = Path(__file__).parent
ORDERS = 5
"""So many orders of arrival are tried."""


def pairwise(labels: Sequence[Any], truth: Sequence[Any]) -> dict[str, float]:
    """Precision, recall and F1 over all pairs of items: a pair is found when both share a label."""
    both = _pairs(Counter(zip(labels, truth, strict=True)))
    found, wanted = _pairs(Counter(labels)), _pairs(Counter(truth))
    precision = both / found if found else 0.0
    recall = both / wanted if wanted else 0.0
    return {"precision": precision, "recall": recall, "f1": 2 * both / (found + wanted) if found + wanted else 0.0}


def clustering(embedder: Embedder) -> dict[str, Any]:
    """Pairwise figures of grouping on arrival, means over several orders, on each half of the intents and on all.

    Nothing was fitted on the held half; on the other half projection and threshold were.
    """
    rows = read(FOLDER / "clusters.jsonl")
    likeness = Likeness(embedder)
    vectors = likeness.vectors([row["question"] for row in rows])
    parts = {"dev": ["dev"], "held": ["held"], "all": ["dev", "held"]}
    found: dict[str, Any] = {
        "questions": len(rows),
        "intents": len({row["intent"] for row in rows}),
        "orders": ORDERS,
        "threshold": likeness.threshold,
    }
    for name, halves in parts.items():
        places = [at for at, row in enumerate(rows) if row["half"] in halves]
        texts, intents = ([rows[at][key] for at in places] for key in ("question", "intent"))
        figures = on_arrival(likeness, texts, intents, vectors[places])
        found[name] = {each: round(value, 3) for each, value in figures.items()}
    return found


def on_arrival(likeness: Likeness, texts: Sequence[str], intents: Sequence[str], vectors: Vectors) -> dict[str, float]:
    """Mean pairwise figures of grouping as questions arrive, over several orders; "lowest" is the worst F1 of them."""
    found = []
    for order in orders(len(texts)):
        labels = groups(likeness, [texts[at] for at in order], vectors[order])
        found.append(pairwise(labels, [intents[at] for at in order]))
    means = {name: sum(each[name] for each in found) / len(found) for name in found[0]}
    return means | {"lowest": min(each["f1"] for each in found)}


def mean_f1(likeness: Likeness, texts: Sequence[str], intents: Sequence[str], vectors: Vectors) -> float:
    """Mean pairwise F1 over several orders of arrival."""
    return on_arrival(likeness, texts, intents, vectors)["f1"]


def orders(number: int) -> list[list[int]]:
    """Several orders in which so many questions might arrive, always the same ones."""
    found = []
    for seed in range(ORDERS):
        order = list(range(number))
        random.Random(seed).shuffle(order)  # noqa: S311
        found.append(order)
    return found


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
