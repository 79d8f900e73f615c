"""Practice over a real bank: feedback with its source, repetition, exams, role-play, and who sees results."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assist.pages.quiz_html import feedback_card
from assist.problems import NotFoundError
from assist.quiz.desk import QuizDesk
from assist.quiz.marking import covers, mark
from assist.quiz.mastery import Mastery, levels
from assist.quiz.model import LETTERS, Evidence, Item, ItemKind, item_from
from assist.quiz.practice import Feedback, Practice, Shown, Wish, shuffled
from assist.quiz.roleplay import Judged
from kb.errors import Forbidden, InputRefused
from kb.knowledge import KnowledgeBase
from kb.model import OPERATOR, Principal, Role
from kb.store import Answered, GapCause, ItemState, Learner
from tests.assist.quizzes import (
    DEARER,
    LI,
    TRAINER,
    WANG,
    ZHAO,
    SetClock,
    accept_all,
    holding,
    open_base,
    publish,
)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def base(tmp_path: Path, clock: SetClock) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path / "home", clock) as opened:
        yield opened


@pytest.fixture
def desk(base: KnowledgeBase, clock: SetClock) -> QuizDesk:
    made = QuizDesk(base=base, clock=clock)
    accept_all(made, 30)
    return made


@pytest.fixture
def practice(base: KnowledgeBase, desk: QuizDesk, clock: SetClock) -> Practice:
    return Practice(base=base, desk=desk, clock=clock)


@pytest.fixture
def mastery(base: KnowledgeBase, clock: SetClock) -> Mastery:
    return Mastery(base=base, clock=clock)


def item(
    kind: ItemKind, options: tuple[str, ...] = (), key: tuple[int, ...] = (), answers: tuple[str, ...] = ()
) -> Item:
    proof = Evidence("样例/a.md", "规则", (), 1, "", "原文")
    return Item(kind, "题干", options, key, answers, "解析", (proof,), "事实")


def right_answer(base: KnowledgeBase, session: int, place: int, shown: Shown) -> str:
    """The right answer as an agent would give it, letters in the order shown."""
    row = base.catalogue.quiz.get(base.catalogue.practice.session(session).items[place - 1])  # type: ignore[union-attr]
    assert row is not None
    asked = item_from(row.payload)
    if not asked.options:
        return "；".join(asked.answers)
    if asked.kind is ItemKind.TRUE_FALSE:
        return asked.right[0]
    return "".join(LETTERS[shown.options.index(text)] for text in asked.right)


def test_a_right_answer_is_told_at_once_with_its_source(practice: Practice, base: KnowledgeBase) -> None:
    session = practice.start(LI, Wish(count=6, seed=4))
    for place in range(1, 7):
        shown = practice.show(LI, session.id, place)
        told = practice.answer(LI, session.id, place, right_answer(base, session.id, place, shown))
        assert told.right, shown
        assert told.source.startswith("《")
        assert told.due is not None
    result = practice.finish(LI, session.id)
    assert (result.score, result.answered) == (1.0, 6)


def test_what_was_wrong_comes_back_before_what_was_right(
    practice: Practice, base: KnowledgeBase, clock: SetClock
) -> None:
    session = practice.start(LI, Wish(count=2, seed=4))
    right = right_answer(base, session.id, 1, practice.show(LI, session.id, 1))
    known = practice.answer(LI, session.id, 1, right)
    shown = practice.show(LI, session.id, 2)
    forgotten = practice.answer(LI, session.id, 2, _wrong(shown, right_answer(base, session.id, 2, shown)))
    assert not forgotten.right
    assert known.due is not None
    assert forgotten.due is not None
    assert forgotten.due < known.due
    clock.forward(days=30)
    assert practice.due(LI) == 2
    again = practice.start(LI, Wish(count=1, seed=9))
    assert again.items == session.items[1:]


def _wrong(shown: Shown, right: str) -> str:
    if shown.kind is ItemKind.TRUE_FALSE:
        return "错误" if right == "正确" else "正确"
    if not shown.options:
        return "不知道"
    return right[::-1] if len(right) > 1 and right[::-1] != right else next(each for each in "ABCD" if each != right)


def test_an_exam_says_nothing_before_it_is_over_and_nothing_counts_twice_or_late(
    practice: Practice, base: KnowledgeBase, clock: SetClock
) -> None:
    exam = practice.start(LI, Wish("exam", count=3, minutes=10, seed=11))
    told = practice.answer(LI, exam.id, 1, right_answer(base, exam.id, 1, practice.show(LI, exam.id, 1)))
    assert told.recorded
    assert (told.letters, told.explanation, told.source) == ("", "", "")
    with pytest.raises(InputRefused):
        practice.answer(LI, exam.id, 1, "A")
    clock.forward(minutes=11)
    with pytest.raises(InputRefused) as late:
        practice.answer(LI, exam.id, 2, "A")
    assert "时间已到" in late.value.hint
    result = practice.finish(LI, exam.id)
    assert result.score == pytest.approx(1 / 3, abs=1e-4)
    assert result.lines[1][2].source.startswith("《")


def test_the_same_seed_gives_the_same_exam_with_the_same_order_of_options(practice: Practice) -> None:
    first = practice.start(LI, Wish("exam", count=5, seed=21))
    second = practice.start(WANG, Wish("exam", count=5, seed=21))
    assert first.items == second.items
    for place in range(1, 6):
        assert practice.show(LI, first.id, place) == practice.show(WANG, second.id, place)


def test_shuffling_moves_the_key_with_its_option() -> None:
    asked = item(ItemKind.MULTIPLE, ("甲", "乙", "丙", "丁"), (0, 2))
    for seed in range(8):
        assert set(shuffled(asked, seed).right) == {"甲", "丙"}
    steps = item(ItemKind.ORDER, ("三", "一", "二"), (1, 2, 0))
    for seed in range(8):
        assert shuffled(steps, seed).right == ("一", "二", "三")
        assert shuffled(steps, seed).options != ("一", "二", "三")


def test_items_whose_source_changed_are_not_practised(practice: Practice, base: KnowledgeBase, desk: QuizDesk) -> None:
    publish(base, holding(DEARER, fingerprint="2"))
    session = practice.start(LI, Wish(count=100, seed=1))
    withdrawn = {row.id for row in desk.browse(TRAINER, (ItemState.WITHDRAWN,), limit=None)}
    assert withdrawn
    assert not withdrawn & set(session.items)


def test_results_are_for_oneself_and_ones_trainer_only(practice: Practice, mastery: Mastery) -> None:
    session = practice.start(LI, Wish(count=1, seed=2))
    mastery.learners.enrol(TRAINER, Learner("坐席-李", "热线一组", "初见期"))
    other = Principal("内训师-吴", Role.TRAINER)
    assert mastery.profile(LI, "坐席-李").learner.stage == "初见期"
    assert mastery.profile(TRAINER, "坐席-李").learner.trainer == TRAINER.id
    for viewer in (WANG, other, OPERATOR, Principal("质检", Role.INSPECTOR)):
        with pytest.raises(Forbidden):
            mastery.profile(viewer, "坐席-李")
    with pytest.raises(NotFoundError):
        practice.show(WANG, session.id, 1)
    with pytest.raises(Forbidden):
        mastery.learners.enrol(other, Learner("坐席-李", "热线二组", "认知期"))


def test_a_team_of_fewer_than_three_is_not_shown(practice: Practice, mastery: Mastery, base: KnowledgeBase) -> None:
    for person, score in ((LI, 1.0), (WANG, 0.0)):
        _given(base, person, score)
    assert mastery.team(TRAINER, "热线一组").topics == ()
    _given(base, ZHAO, 0.5)
    view = mastery.team(TRAINER, "热线一组")
    assert [(level.name, level.mastery) for level in view.topics] == [("停复机与保号", 0.5)]
    assert [level.name for level in view.coach] == ["停复机与保号"]
    with pytest.raises(Forbidden):
        mastery.team(LI, "热线一组")


def test_what_many_fail_is_reported_to_the_maintainers_once(
    mastery: Mastery, base: KnowledgeBase, desk: QuizDesk
) -> None:
    hard = desk.browse(TRAINER, (ItemState.ACCEPTED,))[0].id
    for person in (LI, WANG, ZHAO, LI, WANG):
        _given(base, person, 0.0, hard)
    assert mastery.report_hard_items(TRAINER) == (hard,)
    assert mastery.report_hard_items(TRAINER) == (hard,)
    assert [gap.cause for gap in base.catalogue.gaps.list()] == [GapCause.WORDING]


def _given(base: KnowledgeBase, person: Principal, score: float, item_id: str = "x") -> None:
    base.catalogue.practice.answer(
        Answered(person.id, item_id, score, topic="停复机与保号", competency="专业技能", team="热线一组")
    )


def test_newer_answers_weigh_more_in_mastery() -> None:
    lines = [Answered("李", "a", score, topic="资费") for score in (0.0, 1.0)]
    assert levels(lines, "topic")[0].mastery == pytest.approx(1 / 1.8, abs=1e-3)
    assert levels(list(reversed(lines)), "topic")[0].mastery == pytest.approx(0.8 / 1.8, abs=1e-3)


def test_role_play_counts_points_refuses_banned_phrases_and_asks_the_compliance_check(
    base: KnowledgeBase, desk: QuizDesk, clock: SetClock
) -> None:
    asked: list[str] = []

    def judge(text: str) -> Judged:
        asked.append(text)
        return Judged(0.5, ("没有核对身份",))

    practice = Practice(base=base, desk=desk, clock=clock, judge=judge)
    session = practice.start(LI, Wish("roleplay", count=1, seed=3))
    scene = practice.show(LI, session.id, 1).scene
    assert scene is not None
    told = practice.answer(LI, session.id, 1, scene.wording)
    assert (told.score, told.missed, told.findings) == (0.5, (), ("没有核对身份",))
    again = practice.start(LI, Wish("roleplay", count=1, seed=3))
    banned = practice.answer(LI, again.id, 1, scene.wording + "你自己看着办！")
    assert banned.score == 0
    assert "你自己看着办" in banned.findings[0]
    assert len(asked) == 2


def test_marks_follow_what_was_written() -> None:
    fill = item(ItemKind.FILL, answers=("24小时",))
    assert [mark(fill, given).score for given in ("24小时", "24 小时", "1天", "二十四小时", "24", "48小时")] == [
        1, 1, 1, 1, 1, 0,
    ]  # fmt: skip
    many = item(ItemKind.MULTIPLE, ("甲", "乙", "丙", "丁"), (0, 2))
    assert [mark(many, given).score for given in ("AC", "c，a", "A", "AB", "ABCD")] == [1, 1, 0.5, 0, 0]
    steps = item(ItemKind.ORDER, ("三", "一", "二"), (1, 2, 0))
    assert [mark(steps, given).score for given in ("BCA", "CAB", "ABC")] == [1, 0.25, 0.25]
    short = item(ItemKind.SHORT, answers=("移机费每次80元", "同一小区内40元", "合约期限不变"))
    assert mark(short, "移机每次收费80元，同一个小区内是40元，合约的期限不变").score == 1
    assert mark(short, "移机费每次90元").score == 0
    for given in ("", "Z", "AA"):
        with pytest.raises(InputRefused):
            mark(many, given)


def test_a_point_is_covered_only_with_its_figures() -> None:
    assert covers("缴清以后半小时也就是30分钟内恢复", "缴清后30分钟内恢复")
    assert not covers("缴清以后20分钟内恢复", "缴清后30分钟内恢复")


def test_what_is_lacking_is_listed_unless_key_and_explanation_say_it_already() -> None:
    blank = Feedback(True, letters="28元/天", missed=("28元/天",), explanation="价格：28元/天")
    steps = Feedback(True, letters="CAB", missed=("核身", "登记"), explanation="第1步 核身\n第2步 登记")
    short = Feedback(
        True, score=0.5, letters="移机费80元；合约不变", missed=("合约不变",), explanation="移机费80元，合约不变"
    )
    shown = [feedback_card(each, exam=False) for each in (blank, steps, short)]
    assert ["应当包括" in card for card in shown] == [False, False, True]
