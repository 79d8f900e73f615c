"""Results of practice on the whole site with accounts: for the person and their trainer, for nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from assist.identity import COOKIE
from kb.model import OPERATOR, Role
from kb.store import Answered, Coaching, Learner
from tests.assist.conftest import FixedClock
from tests.assist.people import enrol, reception
from tests.assist.whole_site import Whole

MASTERY, LEARNERS, COACHING = "/api/v1/practice/mastery", "/api/v1/practice/learners", "/api/v1/practice/coaching"


@pytest.fixture(scope="module")
def stranger(whole: Whole) -> dict[str, str]:
    """The headers of a trainer of another department."""
    clock: Any = FixedClock()
    secret, _ = enrol(reception(whole.base.catalogue, clock), "trainer.two", Role.TRAINER, "外包二组")
    return {"Cookie": f"{COOKIE}={secret}"}


@pytest.fixture(scope="module")
def boss(whole: Whole) -> dict[str, str]:
    """The headers of an administrator whom no other test signs out."""
    clock: Any = FixedClock()
    secret, _ = enrol(reception(whole.base.catalogue, clock), "admin.two", Role.ADMIN, "热线一组")
    return {"Cookie": f"{COOKIE}={secret}"}


@pytest.fixture(scope="module")
def learner(whole: Whole) -> str:
    """The agent of 热线一组, enrolled by the trainer there under their login name."""
    with whole.client("trainer") as client:
        told = client.put(LEARNERS, json={"person": "agent.one", "stage": "认知期"})
    assert told.status_code == 200, told.text
    person = whole.knockers["agent"].person
    assert person is not None
    assert told.json() == {
        "person": person.key, "team": "热线一组", "stage": "认知期", "trainer": whole.knockers["trainer"].person.key,  # type: ignore[union-attr]
    }  # fmt: skip
    book = whole.base.catalogue.practice
    for score in (0.0, 0.0, 1.0):
        book.answer(
            Answered(person.key, "x", score, topic="移机", stage="认知期", competency="专业技能", team="热线一组")
        )
    return str(person.key)


def seen(whole: Whole, name: str, of: str, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    with whole.client(name) as client:
        answer = client.get(MASTERY, params={"of": of}, headers=headers or {})
        return answer.status_code, answer.json()


def test_a_person_and_their_trainer_see_mastery_by_topic_stage_and_competency(whole: Whole, learner: str) -> None:
    for name, of in (("agent", ""), ("agent", learner), ("trainer", learner), ("trainer", "agent.one")):
        status, told = seen(whole, name, of)
        assert status == 200, (name, of, told)
        assert [level["name"] for level in told["topics"]] == ["移机"]
        assert [level["name"] for level in told["stages"]] == ["认知期"]
        assert [level["name"] for level in told["competencies"]] == ["专业技能"]


@pytest.mark.parametrize("name", ["other department", "maintainer", "inspector", "duty_manager"])
def test_nobody_else_sees_them_whatever_their_role(whole: Whole, learner: str, name: str) -> None:
    for of in (learner, "agent.one"):
        assert seen(whole, name, of)[0] == 403


def test_an_administrator_does_not_see_them_either(whole: Whole, learner: str, boss: dict[str, str]) -> None:
    assert seen(whole, "anonymous", learner, boss)[0] == 403


def test_a_trainer_of_another_department_neither_sees_nor_takes_over(
    whole: Whole, learner: str, stranger: dict[str, str]
) -> None:
    assert seen(whole, "anonymous", learner, stranger)[0] == 403
    with whole.client("anonymous") as client:
        client.headers.update(stranger)
        assert client.put(LEARNERS, json={"person": "agent.one", "team": "外包二组"}).status_code == 403
        assert client.put(LEARNERS, json={"person": "maintainer.one"}).status_code == 403
        assert client.get(LEARNERS).json() == {"learners": []}
        assert client.get(COACHING).json() == {"coaching": []}
        assert client.put(LEARNERS, json={"person": "nobody.here"}).status_code == 422


def test_coaching_of_a_person_is_shown_to_their_trainer_only(
    whole: Whole, learner: str, stranger: dict[str, str], boss: dict[str, str]
) -> None:

    entry = whole.base.catalogue.coaching.note(Coaching("移机", learner, "热线一组", ("《移机规则》",), 0.3, 3))
    with whole.client("trainer") as client:
        listed = client.get(COACHING).json()["coaching"]
    assert [(one["name"], one["topic"], one["sources"]) for one in listed] == [
        ("agent.one的姓名", "移机", ["《移机规则》"])
    ]
    for name, headers in (("duty_manager", {}), ("anonymous", boss)):
        with whole.client(name) as client:
            client.headers.update(headers)
            assert client.get(COACHING).json() == {"coaching": []}
            assert client.post(f"{COACHING}/{entry.id}/done", json={}).status_code == 404
    with whole.client("anonymous") as client:
        assert client.post(f"{COACHING}/{entry.id}/done", json={}, headers=stranger).status_code == 404
    with whole.client("trainer") as client:
        assert client.post(f"{COACHING}/{entry.id}/done", json={"note": "讲过"}).json()["note"] == "讲过"
        assert client.get(COACHING).json() == {"coaching": []}


def test_the_roll_survives_an_administrator_who_hands_a_learner_over(
    whole: Whole, learner: str, stranger: dict[str, str], boss: dict[str, str]
) -> None:
    assert seen(whole, "anonymous", learner, stranger)[0] == 403
    with whole.client("anonymous") as client:
        client.headers.update(boss)
        told = client.put(LEARNERS, json={"person": "agent.one", "trainer": "trainer.two"})
        assert told.status_code == 200
    assert seen(whole, "trainer", learner)[0] == 403
    back = Learner(learner, "热线一组", "认知期", whole.knockers["trainer"].person.key)  # type: ignore[union-attr]
    whole.base.catalogue.practice.enrol(back, principal=OPERATOR)
