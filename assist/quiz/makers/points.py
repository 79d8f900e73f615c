"""Items from points of 应知应会: a figure of the point, which statements are right, and what it says in short."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

from assist.quiz.makers.common import alike, askable, inside, key_of, questions_of_figures, statements_of, tidy
from assist.quiz.makers.sentences import in_order
from assist.quiz.material import Material, evidence
from assist.quiz.model import Draft, ItemKind
from assist.quiz.passages import row_of, spoken
from kb.model import Passage
from kb.rows import PointRow

_FULL = 3


def from_points(material: Material, random: Random) -> Iterator[Draft]:
    """Drafts over every point."""
    for passage in material.passages:
        row = row_of(passage)
        if not isinstance(row, PointRow) or material.disputed(passage, row.content):
            continue
        lead = f"关于“{inside(row.title)}”"
        noted = f"{row.content} 易错提示：{row.pitfalls}" if row.pitfalls else row.content
        for sentence in spoken(row.content):
            yield from in_order(passage, sentence, lead)
            if askable(sentence, shortest=8):
                yield from questions_of_figures(
                    material,
                    passage,
                    sentence,
                    lead,
                    random,
                    proof=evidence(passage, sentence),
                    fact=key_of(passage.source, row.code, sentence),
                    explanation=noted,
                )
        yield from statements_of(
            material,
            passage,
            re.split(r"[。；]", row.content),
            lead,
            random,
            proof=evidence(passage, row.content),
            fact=key_of(passage.source, row.code, "statements"),
            explanation=noted,
        )
        yield from _short(passage, row, noted)


def _short(passage: Passage, row: PointRow, noted: str) -> Iterator[Draft]:
    points = tuple(
        tidy(part) for part in re.split(r"[。；]", row.content) if len(part.strip()) >= 4 and not part.startswith("例")
    )
    if len(points) >= 2 and max(alike(row.title, point) for point in points) < 0.7:
        stem = f"请简要说明“{inside(row.title)}”的要点，至少答出 {min(_FULL, len(points))} 点。"
        fact = key_of(passage.source, row.code, "short")
        yield Draft(
            ItemKind.SHORT, stem, (), (), evidence(passage, row.content), fact, row.content,
            answers=points, explanation=noted, difficulty=3,
        )  # fmt: skip
