"""How well people and teams know what they practise, and what to do about it; pages and API ask, authorised here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from assist.access import Action, authorise
from assist.quiz.desk import Base
from assist.quiz.learners import Learners
from assist.quiz.memory import recall
from assist.quiz.model import item_from
from assist.quiz.reports import PlainReports, Reports
from kb.clock import Clock, today
from kb.errors import Forbidden
from kb.gaps import Unanswered
from kb.model import OPERATOR, Principal
from kb.store import Answered, GapCause, Learner

Part = Literal["topic", "stage", "competency"]
FADE = 0.8
"""An answer counts this much less with every later one to the same topic (stage, competency)."""
WEAK = 0.7
"""Below this mean a topic goes to coaching."""
SMALLEST_TEAM = 3
"""A team's figures are shown from so many people on: with fewer they would be somebody's own."""
MANY_ANSWERS, MANY_PEOPLE, MANY_FAIL = 5, 3, 0.4
"""An item that so many answers of so many people fail, below this mean, may be badly worded at its source."""


@dataclass(frozen=True, slots=True)
class Level:
    """One line of a chart: `mastery` in [0, 1] from so many `answers`; `remembered` by the scheduler's estimate."""

    name: str
    mastery: float
    answers: int
    remembered: float | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """One person's mastery, part by part, weakest first."""

    learner: Learner
    topics: tuple[Level, ...]
    stages: tuple[Level, ...]
    competencies: tuple[Level, ...]
    answers: int


@dataclass(frozen=True, slots=True)
class TeamView:
    """A team's mastery by topic, stage and competency; empty when it is too small to show."""

    team: str
    people: int
    topics: tuple[Level, ...]
    stages: tuple[Level, ...]
    competencies: tuple[Level, ...]
    coach: tuple[Level, ...]


class Mastery:
    """Reads results; thread-safe. A person's own are for them and their trainer, whoever else asks is refused."""

    def __init__(self, *, base: Base, clock: Clock, reports: Reports | None = None) -> None:
        self._base = base
        self._clock = clock
        self._reports = reports or PlainReports(base.catalogue)
        self.learners = Learners(base.catalogue)

    def profile(self, viewer: Principal, person: str) -> Profile:
        """The mastery of a person; raises Forbidden for anybody but them and their trainer."""
        authorise(viewer, Action.PRACTISE)
        person = person if person == viewer.id else self.learners.found(person)
        learner = self._base.catalogue.practice.learner(person)
        if viewer.id != person and not self.learners.belongs(viewer, person):
            raise Forbidden(
                f"{viewer.id} may not see {person}'s results",
                hint="个人练习成绩只有本人和本人的内训师能看。",
            )
        answers = self._base.catalogue.practice.answers(person=person)
        remembered = self._remembered(person, answers)
        return Profile(
            learner,
            levels(answers, "topic", remembered),
            levels(answers, "stage"),
            levels(answers, "competency"),
            len(answers),
        )

    def teams(self, viewer: Principal) -> tuple[str, ...]:
        """Teams that have answered anything."""
        authorise(viewer, Action.SEE_LEARNERS)
        return tuple(tally.key for tally in self._base.catalogue.practice.tally("team") if tally.key)

    def team(self, viewer: Principal, team: str) -> TeamView:
        """A team's mastery without names; nothing but the number of people for one too small."""
        authorise(viewer, Action.SEE_LEARNERS)
        book = self._base.catalogue.practice
        people = len(book.tally("person", team=team))
        if people < SMALLEST_TEAM:
            return TeamView(team, people, (), (), (), ())
        parts = [
            tuple(
                Level(each.key, round(each.mean, 3), each.answers) for each in book.tally(part, team=team) if each.key
            )
            for part in ("topic", "stage", "competency")
        ]
        coach = tuple(level for level in parts[0] if level.mastery < WEAK)
        return TeamView(team, people, parts[0], parts[1], parts[2], coach)

    def report_hard_items(self, viewer: Principal) -> tuple[str, ...]:
        """Reports every item that many people fail to the maintainers as 表述不清; the ids of those items."""
        authorise(viewer, Action.SEE_LEARNERS)
        return self.report_hard(None, viewer)

    def report_hard(self, items: Collection[str] | None = None, by: Principal = OPERATOR) -> tuple[str, ...]:
        """The items, among `items` or all, that many people fail; each is a gap once a version."""
        since = self._clock.now() - timedelta(days=90)
        found = []
        for each in self._base.catalogue.practice.tally("item_id", since=since, items=items):
            if each.answers < MANY_ANSWERS or each.people < MANY_PEOPLE or each.mean >= MANY_FAIL:
                continue
            row = self._base.catalogue.quiz.get(each.key)
            item = item_from(row.payload) if row is not None else None
            if row is None or item is None or not item.evidence:
                continue
            where = f"《{item.evidence[0].title}》{' › '.join(item.evidence[0].heading)}"
            text = f"{each.people} 人练习此题，平均得分 {each.mean:.0%}，请看原文是否表述不清：{where}：{item.stem}"
            asked = Unanswered(text[:1000], by, "quiz", today(self._clock))
            key = f"难题 {row.id} {row.version}"
            self._reports.report(asked, key=key, cause=GapCause.WORDING, note="多人练习答错")
            found.append(row.id)
        return tuple(found)

    def _remembered(self, person: str, answers: Sequence[Answered]) -> dict[str, float]:
        topics = {line.item_id: line.topic for line in answers}
        now = self._clock.now()
        found: dict[str, list[float]] = defaultdict(list)
        for card in self._base.catalogue.practice.cards(person):
            found[topics.get(card.item_id, "")].append(recall(card.state, now))
        return {topic: round(sum(each) / len(each), 3) for topic, each in found.items()}


def levels(answers: Sequence[Answered], part: Part, remembered: dict[str, float] | None = None) -> tuple[Level, ...]:
    """Mastery by part from answers, oldest first: a mean in which newer answers weigh more, the weakest first.

    With scores s_0 (newest), s_1 …, it is the sum of s_k * FADE^k over the sum of FADE^k.
    """
    scores: dict[str, list[float]] = defaultdict(list)
    for line in answers:
        scores[getattr(line, part)].append(line.score)
    found = []
    for name, given in scores.items():
        if name:
            weights = [FADE**k for k in range(len(given))]
            value = sum(w * s for w, s in zip(weights, reversed(given), strict=True)) / sum(weights)
            found.append(Level(name, round(value, 3), len(given), (remembered or {}).get(name)))
    return tuple(sorted(found, key=lambda each: (each.mastery, each.name)))
