"""Role-play: the page is the customer, the agent answers in their own words; scored by points and compliance."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from assist.quiz.makers.common import key_of
from assist.quiz.marking import MAX_GIVEN, mark_points
from assist.quiz.passages import row_of
from kb.errors import InputRefused
from kb.model import Passage
from kb.rows import ScriptRow
from kb.text import fold

SLOT = re.compile(r"\{[^}]*\}")
_STEP = re.compile(r"第\d步\s*|【[^】]*】")


@dataclass(frozen=True, slots=True)
class Judged:
    """What a compliance check says of a wording: `score` in [0, 1], and what it found, in Chinese."""

    score: float
    findings: tuple[str, ...] = ()


Judge = Callable[[str], Judged]
"""The compliance check, given by `app.py` where there is one."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What is played: the customer's words, the points a good answer covers, and what must not be said."""

    id: str
    passage_id: int
    topic: str
    title: str
    customer: str
    points: tuple[str, ...]
    forbidden: tuple[str, ...]
    wording: str
    source: str


@dataclass(frozen=True, slots=True)
class Played:
    """How an answer did: `score` in [0, 1]; a forbidden phrase makes it 0."""

    score: float
    missed: tuple[str, ...]
    said: tuple[str, ...]
    findings: tuple[str, ...]


def scenes(passages: Sequence[Passage], topics: Sequence[str] = ()) -> list[Scene]:
    """A scene for every script in force that says what sets it off, by its place in the base."""
    found = []
    for passage in passages:
        row = row_of(passage)
        if isinstance(row, ScriptRow) and row.triggers and (not topics or row.scenario in topics):
            found.append(_scene(passage, row))
    return found


def draw(there: Sequence[Scene], count: int, seed: int) -> list[Scene]:
    """Some scenes, the same for the same seed."""
    random = Random(seed)  # noqa: S311 - a seed makes the same round again
    return random.sample(list(there), min(count, len(there)))


def play(scene: Scene, text: str, judge: Judge | None = None) -> Played:
    """Scores what the agent said: the points covered, times what compliance says; 0 for a forbidden phrase.

    Raises InputRefused for an empty or overlong answer.
    """
    said = text.strip()
    if not said or len(said) > MAX_GIVEN:
        raise InputRefused("no answer", hint=f"请输入您会怎么说，{MAX_GIVEN} 字以内。")
    banned = tuple(phrase for phrase in scene.forbidden if fold(phrase) in fold(said))
    covered = mark_points(said, scene.points, needed=len(scene.points))
    judged = judge(said) if judge else Judged(1.0)
    score = 0.0 if banned else round(covered.score * judged.score, 3)
    return Played(score, covered.missed, banned, judged.findings)


def _scene(passage: Passage, row: ScriptRow) -> Scene:
    wording = _STEP.sub("", row.wording)
    parts = [step.text for step in row.steps] or [one for one in re.split(r"(?<=[。！？])", wording) if one.strip()]
    points = tuple(SLOT.sub("", part).strip() for part in parts if len(SLOT.sub("", part).strip()) >= 6)
    return Scene(
        id="rp" + key_of(passage.source, row.code, row.wording),
        passage_id=passage.id,
        topic=row.scenario,
        title=f"{row.scenario}·{row.subscenario}" if row.subscenario else row.scenario,
        customer=max(row.triggers, key=len),
        points=points or (wording,),
        forbidden=row.forbidden,
        wording=row.wording,
        source=passage.source,
    )
