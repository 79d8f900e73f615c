"""Who learns with whom: people found by what is typed, enrolled by their trainer or by an administrator."""

from __future__ import annotations

from collections.abc import Mapping

from assist.access import Action, authorise
from kb.errors import Forbidden, InputRefused
from kb.model import Principal, Role
from kb.store import Catalogue, Learner, Person


class Learners:
    """Reads and writes the roll; thread-safe. With accounts a person is the key of theirs, else what was typed."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def found(self, typed: str) -> str:
        """Whom a login, a name nobody else has, or a key means; what was typed where nobody is found."""
        known = self._account(typed.strip())
        return known.key if known else typed.strip()

    def names(self) -> Mapping[str, str]:
        """What to show for each account's key."""
        return self._catalogue.people.names()

    def of(self, viewer: Principal) -> tuple[Learner, ...]:
        """Those a trainer looks after."""
        authorise(viewer, Action.SEE_LEARNERS)
        return self._catalogue.practice.learners(trainer=viewer.id)

    def belongs(self, viewer: Principal, person: str) -> bool:
        """True when `viewer` is the trainer of `person`."""
        return viewer.role is Role.TRAINER and self._catalogue.practice.learner(person).trainer == viewer.id

    def enrol(self, viewer: Principal, learner: Learner) -> Learner:
        """Sets team and stage of a person and makes the caller their trainer; an administrator names the trainer.

        Raises InputRefused for nobody known, Forbidden for a person who has another trainer already, or who works in
        another department.
        """
        authorise(viewer, Action.SEE_LEARNERS)
        person, account = self.found(learner.person), self._account(learner.person.strip())
        if not person or (account is None and self._catalogue.people.in_use()):
            raise InputRefused("nobody known", hint="没有这位学员：请填写登录名，或全站唯一的姓名。")
        known = self._catalogue.practice.learner(person)
        boss = viewer.role is Role.ADMIN
        if known.trainer not in ("", viewer.id) and not boss:
            raise Forbidden(f"{person} has a trainer", hint="这位坐席已有内训师，请由对方或管理员移交。")
        elsewhere = account is not None and viewer.department and account.department != viewer.department
        if elsewhere and known.trainer != viewer.id and not boss:
            raise Forbidden(f"{person} works elsewhere", hint="这位坐席不在您的部门，请由管理员指定内训师。")
        if boss and not (learner.trainer or known.trainer):
            raise InputRefused("no trainer named", hint="请写明由哪位内训师带这位学员。")
        trainer = self.found(learner.trainer) if boss and learner.trainer else known.trainer or viewer.id
        team = learner.team or known.team or (account.department if account else "")
        mine = Learner(person, team, learner.stage or known.stage, trainer)
        return self._catalogue.practice.enrol(mine, principal=viewer)

    def _account(self, typed: str) -> Person | None:
        people = self._catalogue.people
        direct = people.get(typed) or people.by_login(typed)
        if direct is not None:
            return direct
        named = [one for one in people.list() if typed and one.name == typed and one.active]
        return named[0] if len(named) == 1 else None
