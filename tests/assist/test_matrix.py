"""Every route and every page event, found in the composed site itself, against everybody who may knock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import gradio as gr
from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import Mount

from assist.access import ALLOWED, OPEN_ROUTES, PAGES, Action
from assist.gate import OPEN
from assist.permit import Permission
from kb.model import Audience, DocumentDraft, Kind, PassageDraft, Role
from tests.assist.whole_site import Knocker, Whole

API = "/api/v1/"


def routes(whole: Whole) -> dict[tuple[str, str], Action | None]:
    """Every route of the interface with the action it declares, None when it declares none."""
    found: dict[tuple[str, str], Action | None] = {}
    for path, route in every_route(whole.app.routes):
        if isinstance(route, APIRoute) and path.startswith(API):
            for method in route.methods or ():
                found[(method, path)] = declared(route.dependant)
    return found


def every_route(below: Iterable[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Routes with their whole paths, those of included routers too."""
    for route in below:
        if hasattr(route, "original_router"):
            yield from every_route(route.original_router.routes, prefix + route.include_context.prefix)
        else:
            yield prefix + getattr(route, "path", ""), route


def declared(dependant: Dependant) -> Action | None:
    if isinstance(dependant.call, Permission):
        return dependant.call.action
    return next(filter(None, map(declared, dependant.dependencies)), None)


def pages(whole: Whole) -> dict[str, Any]:
    return {route.path: route.app for route in whole.app.routes if isinstance(route, Mount)}


def events(whole: Whole) -> Iterator[tuple[str, int, Any]]:
    for path, page in pages(whole).items():
        for number, event in page.get_blocks().fns.items():
            if event.fn is not None:
                yield path, number, event.fn


def allowed(knocker: Knocker, action: Action) -> bool:
    return knocker.role is not None and knocker.role in ALLOWED[action]


def concrete(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "999999", path)


def test_every_route_declares_who_may_call_it(whole: Whole) -> None:
    found = routes(whole)
    assert len(found) > 25
    undeclared = {route for route, action in found.items() if action is None} - OPEN_ROUTES
    assert undeclared == set(), "declare an action with permit(…), or name it in OPEN_ROUTES"


def test_the_description_names_no_route_beyond_those(whole: Whole) -> None:
    described = {(method.upper(), path) for path, methods in whole.app.openapi()["paths"].items() for method in methods}
    assert described <= set(routes(whole))


def test_a_route_somebody_forgets_to_declare_is_found(whole: Whole) -> None:
    async def leak() -> dict[str, str]:
        return {}

    forgotten = APIRoute(f"{API}forgotten", leak)
    assert declared(forgotten.dependant) is None


def test_every_other_address_is_a_declared_page_or_meant_for_everybody(whole: Whole) -> None:
    for path, route in every_route(whole.app.routes):
        if isinstance(route, Mount):
            assert path in PAGES
        elif not path.startswith(API):
            assert OPEN.fullmatch(path), path


def test_everybody_at_every_route_gets_exactly_what_is_declared(whole: Whole) -> None:
    wrong = []
    for name, knocker in whole.knockers.items():
        with whole.client(name) as client:
            for (method, path), action in routes(whole).items():
                if action is None or path.endswith("/sessions"):
                    continue
                body: dict[str, Any] = {"json": {}} if method in {"POST", "PUT", "PATCH"} else {}
                status = client.request(method, concrete(path), **body).status_code
                expected = {403, 401} if not allowed(knocker, action) else set(range(200, 500)) - {401, 403}
                if status not in expected or (knocker.role is None) != (status == 401):
                    wrong.append((name, method, path, status))
    assert not wrong, "\n".join(map(str, wrong))


def test_everybody_at_every_page_gets_exactly_what_is_declared(whole: Whole) -> None:
    wrong = []
    assert set(pages(whole)) == set(PAGES)
    for name, knocker in whole.knockers.items():
        with whole.client(name) as client:
            for path, action in PAGES.items():
                shown = client.get(f"{path}/", headers={"Accept": "text/html"})
                config = client.get(f"{path}/config")
                right = (200, 200) if allowed(knocker, action) else (403, 403) if knocker.role else (303, 401)
                if (shown.status_code, config.status_code) != right:
                    wrong.append((name, path, shown.status_code, config.status_code))
    assert not wrong, "\n".join(map(str, wrong))


def test_every_event_of_every_page_declares_who_may_send_it(whole: Whole) -> None:
    found = list(events(whole))
    assert len(found) > 10
    assert [
        (path, event.__name__) for path, _, event in found if not isinstance(getattr(event, "action", None), Action)
    ] == []


def test_nobody_without_a_session_reaches_an_event(whole: Whole) -> None:
    for name, knocker in whole.knockers.items():
        if knocker.role is not None:
            continue
        with whole.client(name) as client:
            for path, number, _ in events(whole):
                body = {"fn_index": number, "data": [], "session_hash": "abc"}
                assert client.post(f"{path}/gradio_api/queue/join", json=body).status_code == 401


def test_everybody_at_every_event_gets_exactly_what_is_declared(whole: Whole) -> None:
    wrong = []
    for name, knocker in whole.knockers.items():
        lines = [(key.lower().encode(), value.encode()) for key, value in knocker.headers.items()]
        for path, number, event in events(whole):
            request = Request({"type": "http", "headers": lines, "client": ("127.0.0.1", 1), "query_string": b""})
            if refused(event, request) == allowed(knocker, event.action):
                wrong.append((name, path, number, event.__name__))
    assert not wrong, "\n".join(map(str, wrong))


def refused(event: Any, request: Request) -> bool:
    """True when the event was turned away before its handler saw it."""
    try:
        found = event(gr.Request(request=request))
        if hasattr(found, "__next__"):
            next(found)
    except gr.Error:
        return True
    except Exception:
        return False  # the handler was reached, and misses its inputs
    return False


def test_what_is_for_one_department_stays_in_it(whole: Whole) -> None:
    from kb.model import OPERATOR

    secret = "热线一组的值班电话口令是青石板"
    draft = DocumentDraft(
        source="样例/值班.md",
        title="热线一组值班",
        kind=Kind.POLICY,
        fingerprint="1",
        audience=Audience(departments=frozenset({"热线一组"})),
        passages=(PassageDraft(0, secret),),
    )
    with whole.base.release(OPERATOR, note="值班") as release:
        release.put(draft)
    asked = {"question": "热线一组的值班电话口令"}
    with whole.client("agent") as own, whole.client("other department") as other:
        hits = own.post("/api/v1/search", json=asked).json()["hits"]
        mine = next(hit for hit in hits if "青石板" in hit["text"])
        assert "青石板" not in other.post("/api/v1/search", json=asked).text
        assert "青石板" not in other.post("/api/v1/ask", json=asked).text
        assert own.get(f"/api/v1/passages/{mine['passage_id']}").status_code == 200
        assert other.get(f"/api/v1/passages/{mine['passage_id']}").status_code == 404
        assert "值班.md" not in other.get("/api/v1/documents").text


def test_a_role_named_by_header_counts_for_nothing_with_accounts(whole: Whole) -> None:
    with whole.client("agent") as client:
        headers = {"X-Zhiying-Role": "maintainer"}
        assert client.get("/api/v1/gaps", headers=headers).status_code == 403
        assert client.get("/api/v1/session", headers=headers).json()["role"] == Role.AGENT.value


def test_every_answer_carries_the_headers_that_shield_a_browser(whole: Whole) -> None:
    with whole.client("agent") as client:
        for path in ("/agent/", "/api/v1/documents", "/signin", "/nothing", "/api/v1/nothing", "/agent/static/x.js"):
            headers = client.get(path).headers
            assert headers["x-content-type-options"] == "nosniff", path
            assert headers["referrer-policy"] == "same-origin", path
            assert "server" not in headers or "uvicorn" in headers["server"], path
        assert client.get("/api/v1/documents").headers["cache-control"] == "no-store"
        assert "frame-ancestors 'self'" in client.get("/agent/").headers["content-security-policy"]
        assert "script-src" not in client.get("/signin").headers["content-security-policy"]
