"""Retention in the catalogue on both databases: trials, assignments, outcomes, opinions, and their trail."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kb.errors import UsageError
from kb.model import Principal, Role
from kb.store import Assignment, Catalogue, Opinion, OpinionState, Result, RetentionOutcome, Tally, Trial, TrialState
from tests.kb.catalogues import SetClock

AGENT = Principal("1024", Role.AGENT, "热线一组")
MANAGER = Principal("经理01", Role.DUTY_MANAGER)


def trial(reason: str = "") -> Trial:
    return Trial("比一比", reason, ("steady", "account"), 0.1, 20, MANAGER.id)


def outcome(result: Result = Result.KEPT, **more: object) -> RetentionOutcome:
    fields: dict[str, object] = {
        "reason": "competitor",
        "style": "steady",
        "segment": "丙类",
        "slot": "上午",
        "channel": "10070语音",
        "principal": AGENT,
    }
    return RetentionOutcome(result, **{**fields, **more})  # type: ignore[arg-type]


def test_the_trial_of_a_reason_goes_before_that_of_all(catalogue: Catalogue, clock: SetClock) -> None:
    book = catalogue.retention
    everywhere, own = book.start(trial(), MANAGER), book.start(trial("competitor"), MANAGER)
    assert book.running("competitor") == own
    assert book.running("market") == everywhere
    assert (own.created_at, own.state) == (clock.now(), TrialState.RUNNING)
    stopped = book.stop(own.id or 0, MANAGER)
    assert (stopped.state, stopped.stopped_at) == (TrialState.STOPPED, clock.now())
    assert book.running("competitor") == everywhere
    assert book.stop(own.id or 0, MANAGER) == stopped
    with pytest.raises(UsageError):
        book.stop(99, MANAGER)


def test_tallies_count_what_was_assigned_and_what_is_settled(catalogue: Catalogue) -> None:
    book = catalogue.retention
    started = book.start(trial(), MANAGER)
    given = [
        book.assign(Assignment(started.id or 0, style, "minimum", "competitor", "丙类", AGENT))
        for style in ("steady", "steady", "account", "account")
    ]
    book.record(outcome(Result.KEPT, assignment_id=given[0].id))
    book.record(outcome(Result.CALL_BACK, assignment_id=given[1].id, call_back_on=date(2026, 11, 25)))
    book.record(outcome(Result.LOST, assignment_id=given[2].id))
    assert book.tallies(started.id or 0) == {"steady": Tally(2, 1, 0), "account": Tally(2, 0, 1)}
    assert book.assignment(given[0].id or 0) == given[0].__class__(
        started.id or 0,
        "steady",
        "minimum",
        "competitor",
        "丙类",
        Principal("1024", Role.AGENT),
        given[0].id,
        given[0].at,
    )


def test_one_outcome_an_assignment(catalogue: Catalogue) -> None:
    book = catalogue.retention
    started = book.start(trial(), MANAGER)
    given = book.assign(Assignment(started.id or 0, "steady", "explore", "", "", AGENT))
    book.record(outcome(assignment_id=given.id))
    with pytest.raises(UsageError):
        book.record(outcome(assignment_id=given.id))
    with pytest.raises(UsageError):
        book.record(outcome(assignment_id=99))


def test_outcomes_come_back_as_they_went_in_and_are_counted_by_day(catalogue: Catalogue, clock: SetClock) -> None:
    book = catalogue.retention
    written = book.record(outcome(offer="YH-001", facts={"tenure_months": 26.0, "intent": ["携号转网"]}, remark="同意"))
    assert book.outcomes() == (written,)
    assert (written.at, written.settled_at, written.principal) == (clock.now(), clock.now(), AGENT)
    now = clock.now()
    (counted,) = book.counts(now, now + timedelta(days=1))
    assert (counted.style, counted.result, counted.number) == ("steady", Result.KEPT, 1)
    assert book.counts(now + timedelta(seconds=1), now + timedelta(days=1)) == ()


def test_a_call_back_is_settled_once(catalogue: Catalogue, clock: SetClock) -> None:
    book = catalogue.retention
    open_call = book.record(outcome(Result.CALL_BACK, call_back_on=date(2026, 11, 25)))
    assert open_call.settled_at is None
    clock.forward(days=4)
    settled = book.settle(open_call.id or 0, Result.LOST, "", AGENT)
    assert (settled.result, settled.settled_at) == (Result.LOST, clock.now())
    with pytest.raises(UsageError):
        book.settle(open_call.id or 0, Result.KEPT, "", AGENT)


def test_opinions_are_listed_by_department_and_state(catalogue: Catalogue) -> None:
    book = catalogue.retention
    first = book.voice(Opinion("信号不好", "quality", "网络运维中心", AGENT))
    book.voice(Opinion("太贵", "market", "市场部", AGENT))
    assert book.opinions(department="网络运维中心") == (first,)
    book.answer(first.id or 0, "已派单", MANAGER)
    assert [each.text for each in book.opinions(state=OpinionState.NEW)] == ["太贵"]
    with pytest.raises(UsageError):
        book.route(99, "市场部", MANAGER)


def test_every_write_leaves_a_line_in_the_trail(catalogue: Catalogue) -> None:
    book = catalogue.retention
    book.stop(book.start(trial(), MANAGER).id or 0, MANAGER)
    book.record(outcome())
    book.answer(book.voice(Opinion("太贵", "market", "市场部", AGENT)).id or 0, "已记录", MANAGER)
    assert [each.action for each in catalogue.audit.entries()] == [
        "retention.trial_start",
        "retention.trial_stop",
        "retention.outcome",
        "opinion.voice",
        "opinion.answer",
    ]
    assert catalogue.check() == []
