"""Who gets in: passwords, lock-out, sessions, one-time links and tokens, over a real catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from assist.access import Action, authorise
from assist.people.passwords import require_good
from assist.people.reception import FIRST, House, Reception
from assist.problems import RateLimitedError, UnauthorisedError
from kb.errors import Forbidden, InputRefused, UsageError
from kb.model import OPERATOR, Role
from kb.store import Catalogue, sqlite_url
from tests.assist.people import GOOD, enrol, reception
from tests.kb.catalogues import SetClock


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def catalogue(tmp_path: Path, clock: SetClock) -> Iterator[Catalogue]:
    with Catalogue.open(sqlite_url(tmp_path / "catalogue.db"), clock=clock) as opened:
        yield opened


@pytest.fixture
def desk(catalogue: Catalogue, clock: SetClock) -> Reception:
    return reception(catalogue, clock)


def actions(catalogue: Catalogue) -> list[str]:
    return [entry.action for entry in catalogue.audit.entries(limit=1000)]


def test_the_first_link_makes_one_administrator_and_accounts_begin_when_it_is_used(desk: Reception) -> None:
    first, second = desk.first_link(), desk.first_link()
    assert first is not None
    assert second is not None
    assert not desk.in_use()
    with pytest.raises(UnauthorisedError):
        desk.redeem(first, GOOD, "here")
    secret, person = desk.redeem(second, GOOD, "here")
    assert (person.login, person.role) == (FIRST, Role.ADMIN)
    assert desk.in_use()
    assert desk.first_link() is None
    signed_in = desk.session(secret)
    assert signed_in is not None
    assert signed_in.key == person.key


def test_a_link_works_once_and_for_a_day(desk: Reception, clock: SetClock) -> None:
    person = desk.add("li.na", Role.AGENT, OPERATOR)
    link = desk.link(person.key, OPERATOR)
    with pytest.raises(InputRefused):
        desk.redeem(link, "短密码", "here")
    desk.redeem(link, GOOD, "here")
    with pytest.raises(UnauthorisedError):
        desk.redeem(link, GOOD, "here")
    late = desk.link(person.key, OPERATOR)
    clock.forward(hours=24)
    with pytest.raises(UnauthorisedError) as refused:
        desk.redeem(late, GOOD, "here")
    assert "管理员" in refused.value.hint


def test_signs_in_whatever_the_keyboard_made_of_login_and_password(desk: Reception) -> None:
    enrol(desk, "li.na", Role.AGENT)
    assert desk.sign_in(" Ｌi.Na ", GOOD.replace("7", "７"), "here")[1].login == "li.na"


def test_a_wrong_pair_is_refused_alike_and_a_typed_login_is_not_written_down(
    desk: Reception, catalogue: Catalogue
) -> None:
    enrol(desk, "li.na", Role.AGENT)
    hints = set()
    for login, password in (("li.na", "不是这个密码呀"), ("nobody", GOOD), (GOOD, GOOD)):
        with pytest.raises(UnauthorisedError) as refused:
            desk.sign_in(login, password, "here")
        hints.add(refused.value.hint)
    assert len(hints) == 1
    assert actions(catalogue).count("session.refuse") == 3
    assert GOOD not in str(catalogue.audit.entries(limit=1000))
    assert "nobody" not in str(catalogue.audit.entries(limit=1000))


def test_five_wrong_passwords_lock_the_account_for_a_quarter_of_an_hour(desk: Reception, clock: SetClock) -> None:
    enrol(desk, "li.na", Role.AGENT)
    for _ in range(5):
        with pytest.raises(UnauthorisedError):
            desk.sign_in("li.na", "不是这个密码呀", "here")
    with pytest.raises(UnauthorisedError):
        desk.sign_in("li.na", GOOD, "here")
    clock.forward(minutes=15)
    assert desk.sign_in("li.na", GOOD, "here")


def test_an_administrator_unlocks_before_the_time(desk: Reception, catalogue: Catalogue) -> None:
    _, person = enrol(desk, "li.na", Role.AGENT)
    for _ in range(5):
        with pytest.raises(UnauthorisedError):
            desk.sign_in("li.na", "不是这个密码呀", "here")
    catalogue.people.unlock(person.key, OPERATOR)
    assert desk.sign_in("li.na", GOOD, "here")


def test_an_address_that_tries_too_often_waits(catalogue: Catalogue, clock: SetClock) -> None:
    desk = reception(catalogue, clock, House(sign_ins=3))
    for _ in range(3):
        with pytest.raises(UnauthorisedError):
            desk.sign_in("nobody", GOOD, "10.0.0.9")
    with pytest.raises(RateLimitedError):
        desk.sign_in("nobody", GOOD, "10.0.0.9")
    with pytest.raises(UnauthorisedError):
        desk.sign_in("nobody", GOOD, "10.0.0.8")


def test_a_session_ends_by_idleness_by_its_term_and_by_signing_out(desk: Reception, clock: SetClock) -> None:
    secret, _ = enrol(desk, "li.na", Role.AGENT)
    for _ in range(11):
        clock.forward(hours=1)
        assert desk.session(secret) is not None
    clock.forward(hours=1)
    assert desk.session(secret) is None
    idle, _ = desk.sign_in("li.na", GOOD, "here")
    clock.forward(hours=2)
    assert desk.session(idle) is None
    left, _ = desk.sign_in("li.na", GOOD, "here")
    desk.sign_out(left)
    assert desk.session(left) is None
    assert desk.session("") is None


@pytest.mark.parametrize("change", [{"active": False}, {"role": Role.TRAINER}, {"department": "投诉组"}])
def test_what_changes_rights_signs_the_person_out(
    desk: Reception, catalogue: Catalogue, change: dict[str, object]
) -> None:
    secret, person = enrol(desk, "li.na", Role.AGENT)
    catalogue.people.change(person.key, OPERATOR, **change)
    assert desk.session(secret) is None


def test_a_new_password_signs_out_everywhere_else(desk: Reception) -> None:
    old, person = enrol(desk, "li.na", Role.AGENT)
    with pytest.raises(UnauthorisedError):
        desk.change_password(person, "不是这个密码呀", "另一把椅子在窗下面")
    new = desk.change_password(person, GOOD, "另一把椅子在窗下面 3")
    assert desk.session(old) is None
    assert desk.session(new) is not None
    with pytest.raises(UnauthorisedError):
        desk.sign_in("li.na", GOOD, "here")


@pytest.mark.parametrize(
    "password",
    ["短", "一二三四五六七八九", "1234567890", "password123", "aaaaaaaaaaaa", "li.na的密码是这个", "字" * 129],
)
def test_weak_passwords_are_refused_with_the_reason(password: str) -> None:
    with pytest.raises(InputRefused) as refused:
        require_good(password, login="li.na")
    assert "密码" in refused.value.hint


def test_the_last_administrator_stays(desk: Reception, catalogue: Catalogue) -> None:
    _, one = enrol(desk, "chen", Role.ADMIN)
    for change in ({"active": False}, {"role": Role.AGENT}):
        with pytest.raises(UsageError) as refused:
            catalogue.people.change(one.key, OPERATOR, **change)
        assert "最后一个" in refused.value.hint
    enrol(desk, "zhou", Role.ADMIN)
    assert not catalogue.people.change(one.key, OPERATOR, active=False).active


def test_nothing_secret_is_kept_as_it_is(desk: Reception, catalogue: Catalogue, tmp_path: Path) -> None:
    secret, person = enrol(desk, "li.na", Role.AGENT)
    token, _ = desk.new_token(person, "报表", [Action.SEARCH], timedelta(days=1))
    link = desk.link(person.key, OPERATOR)
    kept = (tmp_path / "catalogue.db").read_bytes()
    for text in (GOOD, secret, token, link):
        assert text.encode() not in kept


def test_a_token_does_what_its_scope_says_until_it_ends(desk: Reception, catalogue: Catalogue, clock: SetClock) -> None:
    _, person = enrol(desk, "li.na", Role.MAINTAINER, "产品部")
    secret, token = desk.new_token(person, "报表", [Action.SEARCH], timedelta(days=30))
    caller = desk.bearer(secret)
    assert (caller.id, caller.department) == (person.key, "产品部")
    authorise(caller, Action.SEARCH)
    for beyond in (Action.ASK, Action.LIST_GAPS, Action.OWN_ACCOUNT):
        with pytest.raises(Forbidden):
            authorise(caller, beyond)
    clock.forward(days=30)
    with pytest.raises(UnauthorisedError):
        desk.bearer(secret)
    again, token = desk.new_token(person, "报表", [Action.SEARCH], timedelta(days=30))
    catalogue.tokens.revoke(token.id, OPERATOR)
    with pytest.raises(UnauthorisedError):
        desk.bearer(again)
    last, _ = desk.new_token(person, "报表", [Action.SEARCH], timedelta(days=30))
    catalogue.people.change(person.key, OPERATOR, active=False)
    with pytest.raises(UnauthorisedError):
        desk.bearer(last)


def test_a_token_loses_what_its_owner_loses(desk: Reception, catalogue: Catalogue) -> None:
    _, person = enrol(desk, "li.na", Role.MAINTAINER)
    secret, _ = desk.new_token(person, "缺口", [Action.LIST_GAPS], timedelta(days=30))
    catalogue.people.change(person.key, OPERATOR, role=Role.AGENT)
    with pytest.raises(Forbidden):
        authorise(desk.bearer(secret), Action.LIST_GAPS)


@pytest.mark.parametrize("scope", [[], [Action.LIST_GAPS], [Action.OWN_ACCOUNT], [Action.SEARCH, Action.MAINTAIN]])
def test_nobody_makes_a_token_that_may_more_than_they(desk: Reception, scope: list[Action]) -> None:
    _, person = enrol(desk, "li.na", Role.AGENT)
    with pytest.raises(UsageError):
        desk.new_token(person, "令牌", scope, timedelta(days=1))


@pytest.mark.parametrize("login", ["", "a", "李娜", "li na", "<b>li", "-li", "l" * 80 + "\n"])
def test_odd_login_names_are_refused(desk: Reception, login: str) -> None:
    if login.startswith("l" * 64):
        assert len(desk.add(login, Role.AGENT, OPERATOR).login) == 64
        return
    with pytest.raises(InputRefused):
        desk.add(login, Role.AGENT, OPERATOR)


def test_customers_and_doubles_get_no_account(desk: Reception) -> None:
    with pytest.raises(UsageError):
        desk.add("li.na", Role.CUSTOMER, OPERATOR)
    desk.add("li.na", Role.AGENT, OPERATOR)
    with pytest.raises(UsageError) as refused:
        desk.add("LI.NA", Role.AGENT, OPERATOR)
    assert "已被使用" in refused.value.hint
