"""Sign-in through an outside provider that really runs: who is proved gets in, every lie is turned away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey

from assist.people.outside import Outside, Provider
from assist.people.reception import Reception
from assist.problems import UnauthorisedError
from kb.errors import UsageError
from kb.model import OPERATOR, Role
from kb.store import Catalogue, sqlite_url
from tests.assist.people import enrol, reception
from tests.assist.provider import CLIENT, SECRET, LocalProvider, provider
from tests.kb.catalogues import SetClock

BACK = "http://127.0.0.1:7860/signin/outside/back"


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def catalogue(tmp_path: Path, clock: SetClock) -> Iterator[Catalogue]:
    with Catalogue.open(sqlite_url(tmp_path / "catalogue.db"), clock=clock) as opened:
        yield opened


@pytest.fixture
def front(catalogue: Catalogue, clock: SetClock) -> Reception:
    return reception(catalogue, clock)


@pytest.fixture
def local(clock: SetClock) -> Iterator[LocalProvider]:
    with provider(clock.now().timestamp()) as running:
        yield running


@pytest.fixture
def outside(local: LocalProvider, catalogue: Catalogue, front: Reception, clock: SetClock) -> Outside:
    return Outside(Provider(local.issuer, CLIENT, SECRET, "统一账号"), catalogue, front, clock=clock)


def travel(outside: Outside) -> tuple[str, str, str]:
    """State and code a browser comes back with, and the cookie it kept."""
    url, cookie = outside.begin(BACK)
    returned = httpx.get(url, trust_env=False).headers["Location"]
    assert returned.startswith(BACK)
    given = parse_qs(urlsplit(returned).query)
    return given["state"][0], given["code"][0], cookie


def test_an_account_made_beforehand_is_tied_to_the_subject_and_signed_in(
    outside: Outside, front: Reception, catalogue: Catalogue, local: LocalProvider
) -> None:
    made = front.add("li.na", Role.TRAINER, OPERATOR)
    first = front.session(outside.finish(*travel(outside)))
    assert first is not None
    assert (first.key, first.role) == (made.key, Role.TRAINER)
    local.username = "renamed"
    again = front.session(outside.finish(*travel(outside)))
    assert again is not None
    assert again.key == made.key
    assert catalogue.audit.entries(action="session.open")[-1].detail["how"] == "outside"


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"nonce": "replayed"},
        {"exp": 1_000},
        {"sub": None},
        {"iat": 9_999_999_999},
    ],
)
def test_a_token_that_says_something_else_is_refused(
    outside: Outside, front: Reception, catalogue: Catalogue, local: LocalProvider, lie: dict[str, Any]
) -> None:
    front.add("li.na", Role.TRAINER, OPERATOR)
    local.claims = lie
    with pytest.raises(UnauthorisedError):
        outside.finish(*travel(outside))
    assert catalogue.audit.entries(action="session.refuse")


def test_a_token_signed_by_another_key_is_refused(outside: Outside, front: Reception, local: LocalProvider) -> None:
    front.add("li.na", Role.TRAINER, OPERATOR)
    local.key = RSAKey.generate_key(2048)
    with pytest.raises(UnauthorisedError):
        outside.finish(*travel(outside))


def test_a_return_works_once_in_the_browser_that_left_and_within_ten_minutes(
    outside: Outside, front: Reception, clock: SetClock, local: LocalProvider
) -> None:
    front.add("li.na", Role.TRAINER, OPERATOR)
    state, code, cookie = travel(outside)
    with pytest.raises(UnauthorisedError):
        outside.finish(state, code, "another browser")
    with pytest.raises(UnauthorisedError):
        outside.finish(state, code, cookie)
    late = travel(outside)
    clock.forward(minutes=10)
    with pytest.raises(UnauthorisedError):
        outside.finish(*late)
    with pytest.raises(UnauthorisedError):
        outside.finish("", "", "")


def test_nobody_without_an_account_gets_in_and_no_password_account_is_taken_over(
    outside: Outside, front: Reception, catalogue: Catalogue, local: LocalProvider
) -> None:
    with pytest.raises(UnauthorisedError) as refused:
        outside.finish(*travel(outside))
    assert "管理员" in refused.value.hint
    enrol(front, "chen", Role.ADMIN)
    local.username = "chen"
    with pytest.raises(UnauthorisedError):
        outside.finish(*travel(outside))
    gone = front.add("li.na", Role.AGENT, OPERATOR)
    catalogue.people.change(gone.key, OPERATOR, active=False)
    local.username = "li.na"
    with pytest.raises(UnauthorisedError):
        outside.finish(*travel(outside))


def test_a_provider_must_be_https_and_name_itself(catalogue: Catalogue, front: Reception, local: LocalProvider) -> None:
    with pytest.raises(UsageError):
        Provider("http://sso.example", CLIENT, SECRET, "统一账号")
    other = Outside(Provider(f"{local.issuer}/", CLIENT, SECRET, "x"), catalogue, front, clock=SetClock())
    with pytest.raises(UnauthorisedError):
        other.begin(BACK)
