"""What people and teams get wrong: to a list for trainers and duty managers, and to the maintainers if many fail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assist.loop.cluster import Likeness
from assist.loop.ledger import LoopLedger
from assist.problems import NotFoundError
from assist.quiz.coaching import Coach
from assist.quiz.desk import QuizDesk
from assist.quiz.mastery import Mastery
from assist.quiz.practice import Practice, Wish
from kb.errors import Forbidden, InputRefused
from kb.knowledge import KnowledgeBase
from kb.model import OPERATOR, Principal, Role
from kb.store import GapCause, GapOrigin, ItemState, Learner
from tests.assist.quizzes import DEARER, LI, TRAINER, WANG, ZHAO, SetClock, accept_all, holding, open_base, publish
from tests.assist.test_practice import right_answer
from tests.fakes import HashEmbedder

OTHER = Principal("内训师-吴", Role.TRAINER, "外包二组")
MANAGER = Principal("值班-孙", Role.DUTY_MANAGER, "热线一组")
WRONG = "以上都不清楚"


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def base(tmp_path: Path, clock: SetClock) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path / "home", clock) as opened:
        yield opened


@pytest.fixture
def desk(base: KnowledgeBase, clock: SetClock) -> QuizDesk:
    made = QuizDesk(base=base, clock=clock, reports=LoopLedger(base.catalogue, Likeness(HashEmbedder())))
    accept_all(made, 30)
    return made


@pytest.fixture
def mastery(base: KnowledgeBase, desk: QuizDesk, clock: SetClock) -> Mastery:
    return Mastery(base=base, clock=clock, reports=desk.reports)


@pytest.fixture
def coach(base: KnowledgeBase, mastery: Mastery, clock: SetClock) -> Coach:
    return Coach(base=base, clock=clock, mastery=mastery)


@pytest.fixture
def practice(base: KnowledgeBase, desk: QuizDesk, coach: Coach, clock: SetClock) -> Practice:
    return Practice(base=base, desk=desk, clock=clock, told=coach.heard)


def practised(practice: Practice, base: KnowledgeBase, person: Principal, *, right: bool, count: int = 4) -> str:
    """A round of one topic, all right or all wrong; the topic."""
    topic = "停复机与保号"
    session = practice.start(person, Wish("exam", count=count, topics=(topic,), seed=3))
    for place in range(1, len(session.items) + 1):
        shown = practice.show(person, session.id, place)
        answer = right_answer(base, session.id, place, shown)
        if not right:
            answer = WRONG if not shown.options else {"正确": "错误", "错误": "正确"}.get(answer) or _other(answer)
        practice.answer(person, session.id, place, answer)
    practice.finish(person, session.id)
    return topic


def _other(letters: str) -> str:
    return next(each for each in "ABCD" if each != letters) if len(letters) == 1 else letters[::-1]


def test_what_a_person_gets_wrong_is_listed_for_their_trainer_with_its_source_and_for_nobody_else(
    practice: Practice, base: KnowledgeBase, coach: Coach, mastery: Mastery
) -> None:
    mastery.learners.enrol(TRAINER, Learner(LI.id, "热线一组", "初见期"))
    topic = practised(practice, base, LI, right=False)
    found = coach.list(TRAINER)
    assert [(one.person, one.topic) for one in found] == [(LI.id, topic)]
    assert found[0].mean < 0.7
    assert any("停复机" in source for source in found[0].sources)
    for viewer in (OTHER, MANAGER, OPERATOR):
        assert coach.list(viewer) == ()
        with pytest.raises(NotFoundError):
            coach.done(viewer, found[0].id)
    for viewer in (LI, Principal("质检", Role.INSPECTOR)):
        with pytest.raises(Forbidden):
            coach.list(viewer)


def test_what_is_known_goes_to_nobody(practice: Practice, base: KnowledgeBase, coach: Coach, mastery: Mastery) -> None:
    mastery.learners.enrol(TRAINER, Learner(LI.id, "热线一组", "初见期"))
    practised(practice, base, LI, right=True)
    assert coach.list(TRAINER) == ()


def test_an_entry_marked_as_done_comes_back_only_when_it_is_weak_again_afterwards(
    practice: Practice, base: KnowledgeBase, coach: Coach, mastery: Mastery, clock: SetClock
) -> None:
    mastery.learners.enrol(TRAINER, Learner(LI.id, "热线一组", "初见期"))
    practised(practice, base, LI, right=False)
    kept = coach.done(TRAINER, coach.list(TRAINER)[0].id, "一起读了第四条")
    assert (kept.done_by, kept.note) == (TRAINER.id, "一起读了第四条")
    assert coach.list(TRAINER) == ()
    assert [one.id for one in coach.list(TRAINER, done=True)] == [kept.id]
    clock.forward(days=1)
    practised(practice, base, LI, right=True)
    assert coach.list(TRAINER) == ()
    clock.forward(days=1)
    for _ in range(2):
        practised(practice, base, LI, right=False)
    assert [one.person for one in coach.list(TRAINER)] == [LI.id]


def test_a_team_of_three_is_listed_without_names_for_trainers_and_duty_managers(
    practice: Practice, base: KnowledgeBase, coach: Coach
) -> None:
    for person in (LI, WANG):
        practised(practice, base, person, right=False)
    assert coach.list(MANAGER) == ()
    practised(practice, base, ZHAO, right=False)
    found = coach.list(MANAGER)
    assert [(one.person, one.team, one.people) for one in found] == [("", "热线一组", 3)]
    assert coach.list(OTHER) == found
    assert coach.done(MANAGER, found[0].id).done_by == MANAGER.id
    assert coach.list(TRAINER) == ()


def test_what_many_fail_is_in_the_maintainers_ledger_once_the_session_is_over(
    practice: Practice, base: KnowledgeBase
) -> None:
    for person in (LI, WANG, ZHAO):
        practised(practice, base, person, right=False)
    assert base.catalogue.gaps.list() == ()
    for person in (LI, WANG):
        practised(practice, base, person, right=False)
    gaps = base.catalogue.gaps.list()
    assert gaps
    assert {gap.cause for gap in gaps} == {GapCause.WORDING}
    details = base.catalogue.gap_work.details([gap.id for gap in gaps])
    assert {one.origin for one in details.values()} == {GapOrigin.QUIZ}
    assert not any(person.id in gap.question for gap in gaps for person in (LI, WANG, ZHAO))


def test_an_administrator_names_the_trainer(mastery: Mastery) -> None:
    with pytest.raises(InputRefused):
        mastery.learners.enrol(OPERATOR, Learner(LI.id, "热线一组", "初见期"))
    kept = mastery.learners.enrol(OPERATOR, Learner(LI.id, "热线一组", "初见期", TRAINER.id))
    assert kept.trainer == TRAINER.id
    assert mastery.profile(TRAINER, LI.id).answers == 0


def test_another_release_is_noticed_once_and_withdraws_what_rests_on_it(desk: QuizDesk, base: KnowledgeBase) -> None:
    desk.tick()
    publish(base, holding(DEARER, fingerprint="2"))
    desk.tick()
    withdrawn = desk.browse(TRAINER, (ItemState.WITHDRAWN,), limit=None)
    assert withdrawn
    assert all("已变更或失效" in row.reason for row in withdrawn)
