"""Accounts, credentials, the trail's retention, hand-offs, scripts and erasure on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kb.errors import UsageError
from kb.model import OPERATOR, Principal, Role
from kb.store import (
    BankItem,
    Catalogue,
    Feedback,
    Handoff,
    HandoffKind,
    HandoffState,
    ItemState,
    Paper,
    Verdict,
)
from tests.kb.catalogues import SetClock

AGENT = Principal("u-1", Role.AGENT, "热线一组")
NAME = "端木青岚"


def test_an_account_with_its_credentials(catalogue: Catalogue, clock: SetClock) -> None:
    person = catalogue.people.add("li", Role.ADMIN, OPERATOR, name=NAME, department="热线一组")
    assert not catalogue.people.in_use()
    catalogue.links.add(person.key, "l" * 64, clock.now() + timedelta(hours=1), OPERATOR)
    assert catalogue.links.open("l" * 64) == person
    assert catalogue.links.use("l" * 64)
    assert not catalogue.links.use("l" * 64)
    catalogue.people.set_password(person.key, "$argon2id$…", person.principal)
    assert catalogue.people.in_use()
    for _ in range(3):
        locked = catalogue.people.failed(person.key, limit=3, lock=timedelta(minutes=15))
    assert locked.locked_until == clock.now() + timedelta(minutes=15)
    catalogue.people.unlock(person.key, OPERATOR)
    catalogue.sessions.open(person, "s" * 64, clock.now() + timedelta(hours=1), "password")
    token = catalogue.tokens.add(person, "接口", "t" * 64, frozenset({"ask"}), clock.now() + timedelta(days=1))
    found = catalogue.sessions.find("s" * 64)
    assert found is not None
    assert (found.person.key, catalogue.tokens.list(person.key)[0].scope) == (person.key, frozenset({"ask"}))
    catalogue.tokens.revoke(token.id, OPERATOR)
    changed = catalogue.people.add("wang", Role.ADMIN, OPERATOR)
    catalogue.people.set_password(changed.key, "$argon2id$…", OPERATOR)
    assert catalogue.people.change(person.key, OPERATOR, role=Role.TRAINER).role is Role.TRAINER
    assert catalogue.sessions.find("s" * 64) is None
    with pytest.raises(UsageError):
        catalogue.people.add("li", Role.AGENT, OPERATOR)
    assert catalogue.audit.broken_at() is None


def test_the_trail_loses_its_oldest_entries_by_a_cut_and_no_other_way(catalogue: Catalogue, clock: SetClock) -> None:
    for number in range(6):
        catalogue.audit.append(AGENT, "演示", str(number), {"第": number})
        clock.forward(days=1)
    assert catalogue.audit.cut(clock.now() - timedelta(days=3, hours=12), OPERATOR) == 3
    assert catalogue.audit.broken_at() is None
    assert [one.object for one in catalogue.audit.entries() if one.action == "演示"] == ["3", "4", "5"]
    for forbidden in ("DELETE FROM audit", "UPDATE audit SET object = 'x'"):
        with pytest.raises(DBAPIError), catalogue._database._engine.begin() as connection:
            connection.execute(text(forbidden))
    assert catalogue.check() == []


def test_a_hand_off_goes_its_way(catalogue: Catalogue, clock: SetClock) -> None:
    said = (("user", f"我叫{NAME}"), ("assistant", "您好"))
    first = Handoff("k", HandoffKind.PERSON, "asked", 0, "1121-ABCD", f"{NAME}要转人工", said, clock.now())
    one = catalogue.handoffs.add(first)
    assert catalogue.handoffs.add(first).id == one.id
    taken = catalogue.handoffs.take(one.id, AGENT)
    assert (taken.state, taken.taken_by, taken.department) == (HandoffState.TAKEN, "u-1", "热线一组")
    assert catalogue.handoffs.get(one.id) == taken
    assert catalogue.erasure.redact([NAME])["handoffs"] == 1
    kept = catalogue.handoffs.get(one.id)
    assert kept is not None
    assert NAME not in f"{kept.summary}{kept.transcript}"
    assert catalogue.handoffs.finish(one.id, AGENT, "已答复").state is HandoffState.DONE
    assert catalogue.handoffs.open() == ()


def test_scripts_items_and_papers(catalogue: Catalogue) -> None:
    for _ in range(2):
        catalogue.scripts.favour(AGENT, "无声电话")
        catalogue.scripts.use(AGENT, "无声电话", channel="voice")
    assert catalogue.scripts.favourites(AGENT) == ("无声电话",)
    assert catalogue.scripts.most_used() == (("无声电话", 2),)
    item = BankItem("q-1", 1, ItemState.DRAFT, "true_false", "资费", "初见期", "", 1, "f", "made", {"题干": NAME})
    catalogue.quiz.add([item], principal=AGENT)
    accepted = catalogue.quiz.decide("q-1", ItemState.ACCEPTED, principal=AGENT)
    assert (accepted.state, accepted.payload) == (ItemState.ACCEPTED, {"题干": NAME})
    paper = catalogue.quiz.add_paper(Paper("月考", (("q-1", 1),)), principal=AGENT)
    assert catalogue.quiz.paper(paper.id) == paper
    catalogue.feedback.add(Feedback(Verdict.WRONG, AGENT, question=NAME))
    assert set(catalogue.erasure.redact([NAME])) >= {"feedback"}
    assert catalogue.check() == []
