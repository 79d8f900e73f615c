"""The quiz bank over a real base: what is made is proved, and what changes withdraws what rests on it and no more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from assist.quiz.desk import QuizDesk
from assist.quiz.exports import Sheet
from assist.quiz.exports.sheet import read, write
from assist.quiz.model import ItemKind, item_from
from assist.quiz.passages import content_hash
from kb.errors import Forbidden, InputRefused, UsageError
from kb.knowledge import KnowledgeBase
from kb.model import OPERATOR, Validity
from kb.store import GapCause, ItemState
from tests.assist.quizzes import (
    AGAIN,
    DEARER,
    HOLDING,
    LI,
    TODAY,
    TRAINER,
    SetClock,
    accept_all,
    holding,
    open_base,
    order,
    policy,
    publish,
)

NUMBERS = "四连号每月最低消费88元，在网协议期24个月；提前解除的，按每月30元补缴剩余月份的差额。"


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def base(tmp_path: Path, clock: SetClock) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path / "home", clock) as opened:
        yield opened


@pytest.fixture
def desk(base: KnowledgeBase, clock: SetClock) -> QuizDesk:
    return QuizDesk(base=base, clock=clock)


@pytest.mark.parametrize("kind", sorted(set(ItemKind) - {ItemKind.FIVE_W}))
def test_every_kind_of_item_is_made_with_its_key_in_a_cited_passage(
    desk: QuizDesk, base: KnowledgeBase, kind: ItemKind
) -> None:
    made = desk.preview(order(60, kinds=(kind,)))
    texts = {passage.id: passage for passage in base.passages(TRAINER, as_of=TODAY)}
    assert {item.kind for item in made.items} == {kind}
    for item in made.items:
        passage = texts[item.evidence[0].passage_id]
        assert item.evidence[0].quote in f"{passage.text}\n{passage.row}"


def test_the_same_seed_makes_the_same_items_and_another_seed_others(desk: QuizDesk) -> None:
    assert desk.preview(order(10)).items == desk.preview(order(10)).items
    assert desk.preview(order(10)).items != desk.preview(order(10, seed=2)).items


def test_nothing_is_asked_twice_neither_in_one_order_nor_in_the_next(desk: QuizDesk) -> None:
    first = desk.make(order(8)).items
    second = desk.make(order(8, seed=5)).items
    facts = [row.fact for row in (*first, *second)]
    assert len(set(facts)) == len(facts) == 16


def test_what_agents_may_not_see_is_not_asked_of_them(desk: QuizDesk) -> None:
    assert all("18万" not in item.stem + "".join(item.options) for item in desk.preview(order(200)).items)


def test_a_topic_with_too_little_says_how_many_items_it_can_truly_make_and_why(desk: QuizDesk) -> None:
    made = desk.preview(order(50, topics=("停复机与保号",), kinds=(ItemKind.SINGLE,)))
    assert 0 < len(made.items) < 50
    assert f"只能出 {len(made.items)} 题，要求 50 题" in made.notes[0]
    nothing = desk.preview(order(5, topics=("没有这个主题",)))
    assert nothing.items == ()
    assert "没有符合条件的材料" in " ".join(nothing.notes)


def test_only_what_a_release_brought_is_asked_when_the_one_before_is_named(desk: QuizDesk, base: KnowledgeBase) -> None:
    before = base.active()
    publish(base, holding(DEARER, fingerprint="2"))
    made = desk.preview(order(20, since_release=before.id if before else 0))
    assert made.items
    assert {item.evidence[0].quote for item in made.items} == {DEARER}
    with pytest.raises(UsageError):
        desk.preview(order(1, since_release=999))


def test_any_two_releases_are_compared_and_only_what_is_still_in_force_is_asked(
    desk: QuizDesk, base: KnowledgeBase
) -> None:
    publish(base, holding(DEARER, fingerprint="2"))
    publish(base, policy("样例/靓号.md", "靓号规则", ("第三条 低消", NUMBERS), fingerprint="1"))
    publish(base, holding(HOLDING.replace("5元/月", "6元/月"), fingerprint="3"))
    newest, third, second, first = (one.id for one in desk.releases(TRAINER))
    quotes = {
        item.evidence[0].quote for item in desk.preview(order(20, since_release=second, until_release=third)).items
    }
    assert quotes
    assert all(quote in NUMBERS for quote in quotes)
    made = desk.preview(order(20, since_release=first, until_release=second))
    assert made.items == ()
    assert "1 段，其中 1 段今天已不再有效" in made.notes[0]
    both = desk.preview(order(20, since_release=first, until_release=newest))
    assert {item.evidence[0].source for item in both.items} == {"样例/停复机.pdf", "样例/靓号.md"}
    for odd in ({"since_release": first, "until_release": first}, {"until_release": first}):
        with pytest.raises(UsageError):
            desk.preview(order(1, **odd))


def test_a_policy_change_withdraws_exactly_the_items_that_rest_on_it(desk: QuizDesk, base: KnowledgeBase) -> None:
    accept_all(desk, 60)
    rows = desk.browse(TRAINER, (ItemState.ACCEPTED,), limit=None)
    resting = {row.id for row in rows if any(HOLDING in proof.quote for proof in item_from(row.payload).evidence)}
    restating = {row.id for row in rows if "保号资费期限" in row.payload["stem"]}
    assert resting
    assert restating <= resting
    publish(base, holding(DEARER, fingerprint="2"))
    checked = desk.check(TRAINER)
    assert {each for each, _ in checked.withdrawn} == resting
    left = desk.browse(TRAINER, (ItemState.ACCEPTED,), limit=None)
    assert {row.id for row in left} == {row.id for row in rows} - resting
    unchanged = {proof.text_hash for row in left for proof in item_from(row.payload).evidence}
    assert unchanged <= {content_hash(passage) for passage in base.passages(OPERATOR, as_of=TODAY)}
    assert desk.check(TRAINER).withdrawn == ()
    assert any(AGAIN in proof.quote for row in left for proof in item_from(row.payload).evidence)


def test_a_document_let_out_again_unchanged_and_another_one_withdraw_nothing(
    desk: QuizDesk, base: KnowledgeBase
) -> None:
    accept_all(desk, 60)
    publish(base, holding(fingerprint="2"), policy("样例/靓号.md", "靓号规则", ("第三条 低消", NUMBERS)))
    assert desk.check(TRAINER).withdrawn == ()


def test_the_day_on_which_a_rule_ends_withdraws_exactly_what_rests_on_it(
    desk: QuizDesk, base: KnowledgeBase, clock: SetClock
) -> None:
    ending = policy("样例/靓号.md", "靓号规则", ("第三条 低消", NUMBERS))
    publish(base, replace(ending, validity=Validity(date(2026, 5, 1), date(2026, 11, 30))))
    accept_all(desk, 80)
    rows = desk.browse(TRAINER, (ItemState.ACCEPTED,), limit=None)
    resting = {row.id for row in rows if "靓号" in item_from(row.payload).evidence[0].title}
    assert resting
    clock.forward(days=9)
    assert desk.check(TRAINER).withdrawn == ()
    clock.forward(days=1)
    assert {each for each, _ in desk.check(TRAINER).withdrawn} == resting


def test_a_withdrawn_item_is_accepted_again_once_its_source_says_so_again(desk: QuizDesk, base: KnowledgeBase) -> None:
    accept_all(desk, 60)
    publish(base, holding(DEARER, fingerprint="2"))
    gone = [each for each, _ in desk.check(TRAINER).withdrawn]
    with pytest.raises(InputRefused) as refused:
        desk.accept(TRAINER, gone[0])
    assert "已变更或失效" in refused.value.hint
    publish(base, holding(fingerprint="3"))
    assert desk.accept(TRAINER, gone[0]).state is ItemState.ACCEPTED


def test_sources_that_contradict_each_other_give_no_item_and_a_report_to_the_maintainers(
    desk: QuizDesk, base: KnowledgeBase
) -> None:
    publish(base, policy("样例/通知.md", "停机保号通知", ("第一条 资费", DEARER)))
    made = desk.make(order(60))
    assert all(HOLDING not in proof.quote for item in made.generated.items for proof in item.evidence[:1])
    assert len(made.generated.contradictions) == 1
    gaps = base.catalogue.gaps.list()
    assert [gap.cause for gap in gaps] == [GapCause.CONTRADICTION]
    assert "5元/月" in gaps[0].question
    assert "8元/月" in gaps[0].question
    desk.make(order(60, seed=2))
    assert len(base.catalogue.gaps.list()) == 1


def test_every_place_that_says_what_another_contradicts_gives_no_item(desk: QuizDesk, base: KnowledgeBase) -> None:
    copied = policy("样例/摘编.md", "业务摘编", ("第一条 保号", HOLDING))
    publish(base, copied, policy("样例/通知.md", "停机保号通知", ("第一条 资费", DEARER)))
    made = desk.preview(order(80))
    assert len(made.contradictions) == 2
    assert not any(item.evidence[0].quote in (HOLDING, DEARER) for item in made.items)


def test_an_item_loses_its_place_when_another_document_comes_to_contradict_it(
    desk: QuizDesk, base: KnowledgeBase
) -> None:
    accept_all(desk, 60)
    publish(base, policy("样例/通知.md", "停机保号通知", ("第一条 资费", DEARER)))
    withdrawn = dict(desk.check(TRAINER).withdrawn)
    assert withdrawn
    assert all("来源相互矛盾" in why for why in withdrawn.values())


def test_an_edit_is_a_new_version_and_one_without_proof_is_refused(desk: QuizDesk) -> None:
    made = desk.make(order(60, kinds=(ItemKind.SINGLE,)))
    row = next(row for row in made.items if "畅行" in row.payload["stem"])
    item = item_from(row.payload)
    edited = desk.edit(TRAINER, row.id, {"stem": item.stem.replace("按", "根据")}, "顺口些")
    assert (edited.version, edited.state) == (2, ItemState.DRAFT)
    assert [event.note for event in desk.events(TRAINER, row.id)] == ["generated", "顺口些"]
    twice = [item.right[0] if at not in item.key else option for at, option in enumerate(item.options)]
    with pytest.raises(InputRefused) as refused:
        desk.edit(TRAINER, row.id, {"options": twice})
    assert "相同的选项" in refused.value.hint
    with pytest.raises(InputRefused) as refused:
        desk.edit(TRAINER, row.id, {"options": ["7元", "8元", "9元", "6元"], "key": [0]})
    assert "找不到依据" in refused.value.hint


def test_a_rejection_needs_a_reason_and_keeps_it(desk: QuizDesk) -> None:
    row = desk.make(order(1)).items[0]
    with pytest.raises(InputRefused):
        desk.reject(TRAINER, row.id, " ")
    assert desk.reject(TRAINER, row.id, "太简单").reason == "太简单"


def test_an_agent_may_neither_make_nor_read_the_bank(desk: QuizDesk) -> None:
    for call in (lambda: desk.make(order(1, principal=LI)), lambda: desk.browse(LI), lambda: desk.check(LI)):
        with pytest.raises(Forbidden):
            call()


def test_a_bank_is_taken_in_with_proof_and_wrong_rows_are_refused_by_number(desk: QuizDesk) -> None:
    options = {"选项A": "5元/月", "选项B": "8元/月", "选项C": "10元/月", "选项D": "15元/月"}
    single = {"题型": "单选题", "题干": "停机保号的保号费是多少？", **options, "答案": "A"}
    taken = desk.take_in(
        TRAINER,
        [
            single,
            single | {"题干": "停机保号每月收多少钱？", "答案": "AB"},
            single | {"题干": "停机保号月收费？", "选项B": "5 元/月"},
            single | {"题干": "停机保号怎么收费？", "答案": "F"},
            {"题型": "判断题", "题干": "停机保号最长12个月，到期自动复机。", "答案": "可能"},
            {"题型": "抢答题", "题干": "保号费？", "答案": "5元"},
            {"题型": "填空题", "题干": "外星人套餐每月多少元？", "答案": "7777元"},
            single,
        ],
    )
    assert [number for number, _ in taken.refused] == [3, 4, 5, 6, 7, 9]
    reasons = dict(taken.refused)
    assert "只能有一个答案，现在有 2 个（AB）" in reasons[3]
    assert "相同的选项" in reasons[4]
    assert "不是选项的字母" in reasons[5]
    assert "第 2 行" in reasons[9]
    assert (len(taken.items), taken.without_proof) == (2, 1)
    proved = next(row for row in taken.items if row.kind == "single")
    assert desk.accept(TRAINER, proved.id).state is ItemState.ACCEPTED
    bare = next(row for row in taken.items if row.kind == "fill")
    with pytest.raises(InputRefused):
        desk.accept(TRAINER, bare.id)


def test_a_workbook_written_is_read_back_as_the_same_items(desk: QuizDesk) -> None:
    accept_all(desk, 60)
    items = tuple(item_from(row.payload) for row in desk.browse(TRAINER, limit=None))
    read_back = desk.take_in(TRAINER, read(write(Sheet("测验", items))))
    assert read_back.refused == ()
    assert read_back.known + len(read_back.items) == len(items)


def test_what_is_no_workbook_is_refused_with_what_to_do() -> None:
    with pytest.raises(InputRefused) as refused:
        read("这不是表格".encode())
    assert ".xlsx" in refused.value.hint


def test_a_paper_takes_accepted_items_that_hold_today_only(desk: QuizDesk, base: KnowledgeBase) -> None:
    ids = accept_all(desk, 20)
    draft = desk.make(order(1, seed=9)).items[0].id
    paper = desk.paper(TRAINER, "十一月测验", [*ids, draft], minutes=30)
    assert [each for each, _ in paper.items] == ids
    publish(base, holding(DEARER, fingerprint="2"))
    assert len(desk.paper_items(TRAINER, paper)) < len(ids)
    with pytest.raises(InputRefused):
        desk.paper(TRAINER, "空", [draft])
