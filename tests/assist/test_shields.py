"""Headers, cookies and logs of both sites: every route answers shielded, no secret is ever written down."""

from __future__ import annotations

import http.client
import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.datastructures import MutableHeaders

from assist.access import Action
from assist.guard import Armour
from assist.identity import COOKIE
from kb.knowledge import KnowledgeBase
from kb.model import OPERATOR, Role
from kb.publish import publish
from kb.settings import Settings
from tests.assist.conftest import DOCUMENTS, TODAY, FixedClock
from tests.assist.people import GOOD, enrol, reception
from tests.assist.public_site import PublicWhole, public_site
from tests.assist.test_hostile import INJECTIONS, NEVER, attacks, send_to
from tests.assist.test_matrix import concrete, every_route
from tests.assist.whole_site import TOKEN, Whole
from tests.fakes import HashEmbedder

SHIELDS = ("x-content-type-options", "referrer-policy", "content-security-policy", "cross-origin-opener-policy")


@pytest.fixture(scope="module")
def customers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublicWhole]:
    home = tmp_path_factory.mktemp("customers")
    with KnowledgeBase.open(home, embedder=HashEmbedder(), clock=FixedClock()) as kb:
        with kb.release(OPERATOR) as release:
            for draft in DOCUMENTS:
                release.put(draft)
        publish(kb, home / "public", day=TODAY, clock=FixedClock(), setting="hash")
        with public_site(home / "public") as site:
            yield site


def requests_of(app: FastAPI) -> list[tuple[str, str]]:
    """Every route of an application and some of none, with its methods; what never ends is left out."""
    found = {("GET", "/nothing"), ("GET", "/api/v1/nothing"), ("POST", "/nothing"), ("GET", "/api/v1/openapi.json")}
    for path, route in every_route(app.routes):
        for method in getattr(route, "methods", None) or ():
            found.add((method, concrete(path)))
        if hasattr(getattr(route, "app", None), "get_blocks"):
            found |= {("GET", f"{path}{below}") for below in ("/", "/config", "/static/x.js", "/gradio_api/info", "/x")}
    return sorted(found)


def unshielded(address: str, app: FastAPI, headers: dict[str, str], *, framed: bool = True) -> list[Any]:
    wrong: list[Any] = []
    with httpx.Client(base_url=address, headers=headers, timeout=60, trust_env=False) as client:
        asked = requests_of(app)
        assert len(asked) > 10
        for method, path in asked:
            body = b"{" if method in {"POST", "PUT", "PATCH"} else None
            reply = client.request(method, path, content=body)
            missing = [name for name in SHIELDS if name not in reply.headers]
            policy = reply.headers.get("content-security-policy", "")
            if missing or reply.status_code >= 500 or ("frame-ancestors" not in policy and framed):
                wrong.append((method, path, reply.status_code, missing, policy))
            if path.startswith("/api/") and "no-store" not in reply.headers.get("cache-control", ""):
                wrong.append((method, path, "may be kept", reply.headers.get("cache-control", "")))
    return wrong


@pytest.mark.parametrize("role", [None, Role.ADMIN])
def test_every_route_of_the_staff_site_answers_shielded(whole: Whole, role: Role | None) -> None:
    headers = {}
    if role is not None:  # a session of its own: the sweep signs it out
        secret, _ = enrol(reception(whole.base.catalogue, FixedClock()), f"{role.value}.sweep", role)
        headers = {"Cookie": f"{COOKIE}={secret}"}
    assert unshielded(whole.address, whole.app, headers) == []
    with whole.client("admin") as client:
        assert client.get("/api/v1/people").status_code == 200


def test_every_route_of_the_customers_site_answers_shielded(customers: PublicWhole) -> None:
    assert unshielded(customers.address, customers.app, {}) == []


def test_no_hostile_request_to_the_customers_site_succeeds_or_breaks_anything(customers: PublicWhole) -> None:
    wrong: list[Any] = []
    port, sent = int(customers.address.rpartition(":")[2]), 0
    bodies = [(path, {"question": text}) for path in ("/api/v1/ask",) for text in INJECTIONS]
    for attack in attacks():
        status, text = send_to(port, attack, {})
        sent += 1
        inside = attack[1].startswith(("/api/v1/people", "/api/v1/audit", "/api/v1/gaps", "/agent", "/people"))
        leaked = [word for word in NEVER if word in text]
        if status >= 500 or leaked or (inside and 200 <= status < 300):
            wrong.append((attack[0], attack[1][:80], status, leaked))
    with httpx.Client(base_url=customers.address, timeout=60, trust_env=False) as client:
        for path, body in bodies:
            reply = client.post(path, json=body)
            if reply.status_code not in {200, 422} or any(word in reply.text for word in NEVER):
                wrong.append((path, str(body)[:60], reply.status_code, reply.text[:100]))
        for origin in ("http://evil.example", "null", "http://127.0.0.1.evil.example"):
            crossed = client.post("/api/v1/person", json={}, headers={"Origin": origin})
            if crossed.status_code != 403:
                wrong.append((origin, crossed.status_code))
    assert sent + len(bodies) >= 200
    assert wrong == []


def cookie_of(reply: httpx.Response) -> Any:
    return SimpleCookie(reply.headers["set-cookie"])[COOKIE]


def test_a_session_is_out_of_reach_of_scripts_and_of_other_sites(whole: Whole) -> None:
    with httpx.Client(base_url=whole.address, timeout=60, trust_env=False) as client:
        entered = client.post("/signin", data={"login": "trainer.one", "password": GOOD})
        assert entered.status_code == 303
        crumb = cookie_of(entered)
        assert (crumb["httponly"], crumb["samesite"], crumb["path"], crumb["secure"]) == (True, "lax", "/", "")
        left = client.post("/signin/out")
        assert cookie_of(left).value == ""


def test_behind_https_the_session_never_travels_in_the_clear(whole: Whole) -> None:
    from assist.pages.signin import signin_router
    from tests.assist.whole_site import listening

    site = FastAPI()
    site.include_router(signin_router(reception(whole.base.catalogue, FixedClock()), secure=True))
    with listening(site) as address, httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
        crumb = cookie_of(client.post("/signin", data={"login": "trainer.one", "password": GOOD}))
        assert (crumb["secure"], crumb["httponly"], crumb["samesite"]) == (True, True, "lax")
    from dataclasses import replace

    secured = replace(whole.accounts, settings=Settings(site_url="https://zhiying.corp"))
    assert secured.secure
    assert secured.armour == Armour(https=True, frames=())
    assert "zhiying.corp" in secured.hosts("0.0.0.0")


def test_a_page_that_anybody_may_embed_is_closed_with_the_first_account() -> None:
    accounts = [False]
    armour = Armour(closed=lambda: accounts[0])
    before, after = MutableHeaders(), MutableHeaders()
    armour.put(before, bounded=False)
    accounts[0] = True
    armour.put(after, bounded=False)
    assert "content-security-policy" not in before
    assert after["content-security-policy"] == "frame-ancestors 'self'"


def test_tokens_are_made_listed_and_ended_on_their_page(whole: Whole) -> None:
    with whole.client("inspector") as client:
        empty = client.post("/signin/tokens", data={"name": "接口", "days": "30"})
        assert empty.status_code == 422
        assert "权限范围" in empty.text
        assert "管理账号" not in empty.text
        for wrong in ({"name": "", "days": "30"}, {"name": "接口", "days": "999"}, {"name": "接口", "days": "x"}):
            assert client.post("/signin/tokens", data={**wrong, "scope": "search"}).status_code == 422
        assert (
            client.post("/signin/tokens", data={"name": "越权", "days": "3", "scope": "manage_people"}).status_code
            == 422
        )
        made = client.post("/signin/tokens", data={"name": "接口<b>", "days": "30", "scope": ["search", "ask"]})
        secret = re.search(r"zy_[\w-]+", made.text)
        assert secret is not None
        assert "接口&lt;b&gt;" in made.text
        assert secret[0] not in client.get("/signin/tokens").text
        bearer = {"Authorization": f"Bearer {secret[0]}"}
        with httpx.Client(base_url=whole.address, headers=bearer, timeout=60, trust_env=False) as machine:
            found = machine.post("/api/v1/search", json={"question": "移机费"})
            assert found.status_code == 200, found.text
            assert machine.get("/api/v1/audit").status_code == 403
            number = client.get("/api/v1/tokens").json()["tokens"][0]["id"]
            assert "已作废" in client.post("/signin/tokens/end", data={"id": str(number)}).text
            assert machine.post("/api/v1/search", json={"question": "移机费"}).status_code == 401
    with whole.client("anonymous") as nobody:
        assert nobody.get("/signin/tokens").status_code == 303
        assert (
            nobody.post("/signin/tokens", data={"name": "x", "days": "1", "scope": "ask"}).headers["location"]
            == "/signin"
        )
    with whole.client("agent") as other:
        assert other.post("/signin/tokens/end", data={"id": str(number)}).status_code in {200, 422}


def test_what_a_token_may_do_has_a_name_in_words() -> None:
    from assist.pages.tokens import NAMES

    assert set(Action) - set(NAMES) == {Action.OWN_ACCOUNT}


def test_no_secret_is_written_to_a_log_or_to_the_home(whole: Whole, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    front = whole.accounts.reception
    person = front.add("log.reader", Role.AGENT, OPERATOR, name="看日志的人")
    link = front.link(person.key, OPERATOR)
    session, _ = front.redeem(link, GOOD, "10.0.0.9")
    token, _ = front.new_token(whole.knockers["agent"].person or person, "钥匙", [Action.ASK], timedelta(days=1))
    wrong = "这是别人的密码 4711"
    with httpx.Client(base_url=whole.address, timeout=60, trust_env=False) as client:
        client.post("/signin", data={"login": "log.reader", "password": wrong})
        client.post("/api/v1/session", json={"login": wrong, "password": GOOD})
        client.get("/signin/link", params={"t": link})
        client.get("/api/v1/people", headers={"Authorization": f"Bearer {token}"})
        client.get("/agent/", headers={"Cookie": f"{COOKIE}={session}"})
        client.post("/api/v1/people", content=b"{", headers={"Authorization": f"Bearer {TOKEN}"})
    secrets = (GOOD, wrong, link, session, token, TOKEN)
    ours = "".join(one.getMessage() for one in caplog.records if not one.name.startswith(("httpx", "httpcore")))
    assert [secret for secret in secrets if secret in ours] == []
    stored = b"".join(path.read_bytes() for path in Path(whole.base.home.root).rglob("*") if path.is_file())
    assert [secret for secret in secrets if secret.encode() in stored] == []


def test_settings_do_not_show_their_secrets() -> None:
    told = Settings(model_key="sk-geheim", sign_in_secret="client-geheim")
    assert "geheim" not in f"{told} {told!r}"


def test_an_answer_to_what_is_no_http_at_all_shows_nothing(whole: Whole) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", int(whole.address.rpartition(":")[2]), timeout=60)
    connection.connect()
    connection.sock.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64 + b"\r\n\r\n")
    said = connection.sock.recv(4_096).decode("latin-1")
    connection.close()
    assert not any(word in said for word in ("Traceback", "/usr/", "python", "site-packages"))
