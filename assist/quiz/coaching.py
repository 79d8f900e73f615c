"""What a person or a team gets wrong becomes a topic to go over again with them; practice tells, trainers are shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from assist.access import Action, authorise
from assist.problems import NotFoundError
from assist.quiz.desk import Base
from assist.quiz.learners import Learners
from assist.quiz.mastery import SMALLEST_TEAM, WEAK, Mastery, levels
from assist.quiz.model import item_from
from kb.clock import Clock
from kb.model import Principal
from kb.store import Answered, Coaching, Session

LOOKED_BACK = timedelta(days=90)
FEWEST = 3
"""So many answers of a person to a topic before it may go to coaching."""
FEWEST_OF_TEAM = 5
MAX_SOURCES = 3


class Coach:
    """The list of what to coach; thread-safe. A person's own is shown to their trainer only, a team's names nobody."""

    def __init__(self, *, base: Base, clock: Clock, mastery: Mastery) -> None:
        self._base = base
        self._clock = clock
        self._mastery = mastery
        self._learners = Learners(base.catalogue)

    def heard(self, session: Session) -> None:
        """A session is over: its topics that are weak, for the person or the team, are noted, hard items reported."""
        given = self._base.catalogue.practice.answers(session_id=session.id)
        for topic in sorted({line.topic for line in given if line.topic}):
            self._person(session.person, topic)
        for team, topic in sorted({(line.team, line.topic) for line in given if line.team and line.topic}):
            self._team(team, topic)
        self._mastery.report_hard({line.item_id for line in given})

    def list(self, viewer: Principal, *, done: bool = False) -> tuple[Coaching, ...]:
        """What the viewer is to coach: teams', and their own learners'."""
        authorise(viewer, Action.COACH)
        return tuple(one for one in self._base.catalogue.coaching.list(done=done) if self._shown(viewer, one))

    def done(self, viewer: Principal, number: int, note: str = "") -> Coaching:
        """Marks an entry as coached; raises NotFoundError for one that the viewer is not shown."""
        authorise(viewer, Action.COACH)
        found = self._base.catalogue.coaching.get(number)
        if found is None or not self._shown(viewer, found):
            raise NotFoundError(f"no coaching {number} for {viewer.id}", hint="没有这条辅导，或不由您辅导。")
        return self._base.catalogue.coaching.finish(number, principal=viewer, note=note.strip()[:500])

    def names(self) -> dict[str, str]:
        """What to show for people with accounts."""
        return dict(self._learners.names())

    def _shown(self, viewer: Principal, one: Coaching) -> bool:
        return not one.person or self._learners.belongs(viewer, one.person)

    def _person(self, person: str, topic: str) -> None:
        since = self._since(self._base.catalogue.coaching.coached(person=person, topic=topic))
        lines = [
            line
            for line in self._base.catalogue.practice.answers(person=person)
            if line.topic == topic and line.at is not None and line.at >= since
        ]
        if len(lines) < FEWEST:
            return
        level = levels(lines, "topic")[0]
        if level.mastery < WEAK:
            self._base.catalogue.coaching.note(
                Coaching(topic, person, lines[-1].team, self._sources(_missed(lines)), level.mastery, level.answers)
            )

    def _team(self, team: str, topic: str) -> None:
        since = self._since(self._base.catalogue.coaching.coached(team=team, topic=topic))
        book = self._base.catalogue.practice
        found = next((each for each in book.tally("topic", team=team, since=since) if each.key == topic), None)
        if found is None or found.people < SMALLEST_TEAM or found.answers < FEWEST_OF_TEAM or found.mean >= WEAK:
            return
        failed = [each.key for each in book.tally("item_id", team=team, since=since) if each.mean < WEAK]
        sources = self._sources(failed, topic)
        self._base.catalogue.coaching.note(
            Coaching(topic, "", team, sources, round(found.mean, 3), found.answers, found.people)
        )

    def _since(self, coached: datetime | None) -> datetime:
        recent = self._clock.now() - LOOKED_BACK
        return max(recent, coached) if coached else recent

    def _sources(self, items: Iterable[str], topic: str = "") -> tuple[str, ...]:
        """Where the failed items stand, the most often failed first."""
        found: Counter[str] = Counter()
        for row in self._base.catalogue.quiz.items(list(items)):
            proof = next(iter(item_from(row.payload).evidence), None)
            if proof is not None and topic in ("", row.topic):
                found[f"《{proof.title}》{' › '.join(proof.heading)}".rstrip()] += 1
        return tuple(name for name, _ in found.most_common(MAX_SOURCES))


def _missed(lines: Iterable[Answered]) -> list[str]:
    return [line.item_id for line in lines if line.score < WEAK]
