"""Gaps in the catalogue: opened by questions, joined by the same question, worked on in steps that leave a history."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from kb.errors import UsageError
from kb.model import Principal, Role
from kb.store import Catalogue, GapCause, GapQuestion, GapState, NearHit
from kb.store.values import GAP_STEPS
from tests.kb.catalogues import SetClock

AGENT = Principal("1024", Role.AGENT, "热线一组")
MAINTAINER = Principal("王芳", Role.MAINTAINER, "资费组")
DAY = date(2026, 11, 21)


def asked(text: str = "副卡能不能单独停机") -> GapQuestion:
    nearest = (NearHit(7, "资费/副卡.md", "副卡办理", 0.31),)
    return GapQuestion(text=text, principal=AGENT, channel="voice", as_of=DAY, nearest=nearest)


def test_an_unanswered_question_opens_a_gap_with_all_that_is_known(catalogue: Catalogue, clock: SetClock) -> None:
    gap = catalogue.gaps.open(asked(), key="副卡停机", business_type="业务咨询", priority=2)
    assert (gap.state, gap.state.label, gap.question, gap.count) == (GapState.NEW, "新建", "副卡能不能单独停机", 1)
    assert (gap.business_type, gap.priority, gap.owner, gap.cause, gap.due) == ("业务咨询", 2, "", None, None)
    assert gap.first_seen == gap.last_seen == clock.now()
    (question,) = catalogue.gaps.questions(gap.id)
    assert question.principal == AGENT
    assert (question.channel, question.as_of, question.asked_at) == ("voice", DAY, clock.now())
    assert question.nearest == (NearHit(7, "资费/副卡.md", "副卡办理", 0.31),)
    (event,) = catalogue.gaps.history(gap.id)
    assert (event.principal, event.state) == ("1024", GapState.NEW)


def test_the_same_key_joins_the_open_gap(catalogue: Catalogue, clock: SetClock) -> None:
    first = catalogue.gaps.open(asked(), key="副卡停机")
    clock.forward(hours=3)
    again = catalogue.gaps.open(asked("副卡可以单独停机吗"), key="副卡停机")
    assert (again.id, again.count, again.question) == (first.id, 2, "副卡能不能单独停机")
    assert (again.first_seen, again.last_seen) == (first.first_seen, clock.now())
    assert [question.text for question in catalogue.gaps.questions(first.id)] == [
        "副卡能不能单独停机", "副卡可以单独停机吗",
    ]  # fmt: skip


def test_many_agents_asking_the_same_at_once_make_one_gap(catalogue: Catalogue) -> None:
    with ThreadPoolExecutor(8) as pool:
        gaps = list(pool.map(lambda _: catalogue.gaps.open(asked(), key="副卡停机").id, range(24)))
    assert len(set(gaps)) == 1
    gap = catalogue.gaps.get(gaps[0])
    assert gap is not None
    assert gap.count == 24


def test_without_a_key_every_question_opens_its_own(catalogue: Catalogue) -> None:
    assert catalogue.gaps.open(asked()).id != catalogue.gaps.open(asked()).id


def test_a_closed_gap_is_not_joined_by_key_but_can_be_joined_by_name(catalogue: Catalogue) -> None:
    gap = catalogue.gaps.open(asked(), key="副卡停机")
    catalogue.gaps.change(gap.id, MAINTAINER, state=GapState.REJECTED, note="不属于本公司业务")
    assert catalogue.gaps.find("副卡停机") is None
    assert catalogue.gaps.open(asked(), key="副卡停机").id != gap.id
    joined = catalogue.gaps.join(gap.id, asked("又问了一次"))
    assert (joined.count, joined.state) == (2, GapState.REJECTED)


def test_a_gap_is_worked_on_to_its_end_and_every_step_is_kept(catalogue: Catalogue, clock: SetClock) -> None:
    gap = catalogue.gaps.open(asked())
    due = date(2026, 11, 23)
    catalogue.gaps.change(gap.id, MAINTAINER, state=GapState.ASSIGNED, owner="王芳", department="资费组", due=due)
    clock.forward(days=1)
    catalogue.gaps.change(gap.id, MAINTAINER, state=GapState.DRAFTING, cause=GapCause.MISSING, note="手册里没有")
    for state in (GapState.REVIEW, GapState.RELEASED, GapState.VERIFIED):
        done = catalogue.gaps.change(gap.id, MAINTAINER, state=state)
    assert (done.state, done.owner, done.department, done.due, done.cause) == (
        GapState.VERIFIED, "王芳", "资费组", due, GapCause.MISSING,
    )  # fmt: skip
    history = catalogue.gaps.history(gap.id)
    assert [event.state.label for event in history] == ["新建", "已派", "起草", "待审", "已发布", "已验证"]
    assert history[1].changes == {
        "state": ["new", "assigned"], "owner": ["", "王芳"], "department": ["", "资费组"], "due": [None, "2026-11-23"],
    }  # fmt: skip
    assert (history[2].note, history[2].at) == ("手册里没有", clock.now())
    assert [entry.action for entry in catalogue.audit.entries()] == ["gap.open"] + ["gap.change"] * 5


def test_a_step_out_of_order_is_refused_in_words(catalogue: Catalogue) -> None:
    gap = catalogue.gaps.open(asked())
    with pytest.raises(UsageError) as refused:
        catalogue.gaps.change(gap.id, MAINTAINER, state=GapState.VERIFIED, owner="王芳")
    assert refused.value.hint == "知识缺口目前是“新建”，不能直接改为“已验证”。"
    unchanged = catalogue.gaps.get(gap.id)
    assert unchanged == gap


def test_saying_what_is_so_already_leaves_no_trace(catalogue: Catalogue) -> None:
    gap = catalogue.gaps.open(asked())
    assert catalogue.gaps.change(gap.id, MAINTAINER, state=GapState.NEW, owner="") == gap
    assert len(catalogue.gaps.history(gap.id)) == 1


def test_every_state_can_be_left_but_by_known_steps_only() -> None:
    assert set(GAP_STEPS) == set(GapState)
    assert all(state not in after and after for state, after in GAP_STEPS.items())


def test_gaps_are_listed_by_priority_then_by_the_latest_asking(catalogue: Catalogue, clock: SetClock) -> None:
    ids = {}
    for text, priority in (("甲", 0), ("乙", 5), ("丙", 0)):
        ids[text] = catalogue.gaps.open(asked(text), priority=priority).id
        clock.forward(minutes=1)
    assert [gap.question for gap in catalogue.gaps.list()] == ["乙", "丙", "甲"]
    catalogue.gaps.join(ids["甲"], asked())
    assert [gap.question for gap in catalogue.gaps.list(limit=2)] == ["乙", "甲"]
    assert [gap.question for gap in catalogue.gaps.list(limit=2, offset=2)] == ["丙"]


def test_gaps_are_found_by_state_owner_department_and_due_day(catalogue: Catalogue) -> None:
    first, second = (catalogue.gaps.open(asked(text)).id for text in ("甲", "乙"))
    catalogue.gaps.change(
        first, MAINTAINER, state=GapState.ASSIGNED, owner="王芳", department="资费组", due=date(2026, 11, 22)
    )
    found = [
        catalogue.gaps.list([GapState.ASSIGNED, GapState.DRAFTING]),
        catalogue.gaps.list(owner="王芳"),
        catalogue.gaps.list(department="资费组"),
        catalogue.gaps.list(due_by=date(2026, 11, 22)),
    ]
    assert [[gap.id for gap in gaps] for gaps in found] == [[first]] * 4
    assert catalogue.gaps.list(due_by=date(2026, 11, 21)) == ()
    assert [gap.id for gap in catalogue.gaps.list([GapState.NEW])] == [second]
    counts = catalogue.gaps.counts()
    assert (counts[GapState.NEW], counts[GapState.ASSIGNED], counts[GapState.VERIFIED]) == (1, 1, 0)


def test_an_unknown_gap_cannot_be_joined_or_changed(catalogue: Catalogue) -> None:
    assert catalogue.gaps.get(5) is None
    with pytest.raises(UsageError):
        catalogue.gaps.join(5, asked())
    with pytest.raises(UsageError):
        catalogue.gaps.change(5, MAINTAINER, owner="王芳")
