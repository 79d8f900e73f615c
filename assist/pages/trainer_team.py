"""The trainer's page's events about learners and teams; trainer.py wires them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assist.pages.quiz_html import alert, done, profile_charts, team_charts
from assist.pages.trainer_handlers import Handlers, Person, safely
from assist.quiz.mastery import Mastery
from kb.errors import InputRefused
from kb.store import Learner


class TeamHandlers(Handlers):
    """Learners and teams."""

    def __init__(self, mastery: Mastery, person: Person | None = None) -> None:
        super().__init__(person)
        self._mastery = mastery

    def enrol(self, name: str, person: str, team: str, stage: str) -> Sequence[Any]:
        """Makes somebody a learner of the trainer."""

        def act() -> Sequence[Any]:
            if not person.strip():
                raise InputRefused("no person", hint="请填写学员的姓名或工号。")
            roll, names = self._mastery.learners, self._mastery.learners.names()
            kept = roll.enrol(self._who(name), Learner(person.strip(), team.strip(), stage))
            mine = "、".join(f"{names.get(one.person, one.person)}（{one.stage}）" for one in roll.of(self._who(name)))
            return [done(f"已登记 {names.get(kept.person, kept.person)}。我的学员：{mine}")]

        return safely(act, 1)

    def profile(self, name: str, person: str) -> Sequence[Any]:
        """A learner's mastery."""
        return safely(lambda: [profile_charts(self._mastery.profile(self._who(name), person.strip()))], 1)

    def team(self, name: str, team: str) -> Sequence[Any]:
        """A team's mastery, or all teams'."""

        def act() -> Sequence[Any]:
            who = self._who(name)
            names = [team.strip()] if team.strip() else list(self._mastery.teams(who))
            return [
                "".join(team_charts(self._mastery.team(who, each)) for each in names) or alert("还没有班组练习过。")
            ]

        return safely(act, 1)

    def hard(self, name: str) -> Sequence[Any]:
        """Reports what many fail to the maintainers."""

        def act() -> Sequence[Any]:
            found = self._mastery.report_hard_items(self._who(name))
            return [done(f"有 {len(found)} 道题多人答错，已报给知识维护核对原文表述。")]

        return safely(act, 1)
