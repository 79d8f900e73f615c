"""What the maintainer's page shows before any script, seen in the response itself by everybody who may knock."""

from __future__ import annotations

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assist.access import ALLOWED, Action
from assist.pages.firstpaint import CONFIG, FirstPaint, Painted, fill
from assist.pages.maintain_address import Address
from kb.errors import Forbidden
from kb.gaps import gap_key
from kb.store import GapQuestion
from tests.assist.conftest import AGENT, TODAY
from tests.assist.whole_site import Whole

EVIL = "</script><script>alert('看见了')</script><img src=x onerror=alert(1)>怎么办理"
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def gap(whole: Whole) -> int:
    asked = GapQuestion(EVIL, AGENT, "voice", TODAY)
    return whole.base.catalogue.gaps.open(asked, key=gap_key(EVIL), business_type="业务咨询").id


def opened(whole: Whole, name: str, address: str = "/maintain/") -> httpx.Response:
    with whole.client(name) as client:
        return client.get(address, headers=HTML)


def config_of(page: str) -> dict[str, Any]:
    return json.JSONDecoder().raw_decode(page, page.index(CONFIG) + len(CONFIG))[0]  # type: ignore[no-any-return]


def value_of(page: str, element: str) -> str:
    found = [one["props"] for one in config_of(page)["components"] if one["props"].get("elem_id") == element]
    return str(found[0]["value"])


def drawn(page: str) -> str:
    """What stands before the live page, outside the configuration."""
    return page[page.index('<div id="zy-first"') : page.index("<gradio-app")]


def test_whoever_may_list_gaps_gets_them_with_the_page_and_nobody_else_does(whole: Whole, gap: int) -> None:
    for name, knocker in whole.knockers.items():
        answer = opened(whole, name)
        if knocker.role is not None and knocker.role in ALLOWED[Action.LIST_GAPS]:
            assert f'href="?gap={gap}"' in drawn(answer.text), name
            assert answer.headers["cache-control"] == "no-store"
            assert f'data-value="{gap}"' in value_of(answer.text, "zm-ledger")
        else:
            assert answer.status_code == (403 if knocker.role else 303), name
            assert "zm-row" not in answer.text, name
            assert "怎么办理" not in answer.text, name


def test_a_question_is_text_in_the_markup_and_in_the_configuration(whole: Whole, gap: int) -> None:
    for address in ("/maintain/", f"/maintain/?gap={gap}"):
        page = opened(whole, "maintainer", address).text
        assert "<script>alert(" not in page
        assert "<img src=x" not in page
        assert "&lt;img src=x onerror=alert(1)&gt;怎么办理" in drawn(page)
        assert "&lt;script&gt;alert(" in value_of(page, "zm-ledger")


def test_what_is_typed_into_the_address_is_text_too(whole: Whole, gap: int) -> None:
    query = {"find": '"><img src=y>', "state": '"><img src=z>', "gap": "1 or 1", "ledger_page": "-3"}
    with whole.client("maintainer") as client:
        page = client.get("/maintain/", params=query, headers=HTML).text
    assert "<img src=y" not in page
    assert "<img src=z" not in page
    assert 'value="&quot;&gt;&lt;img src=y&gt;"' in drawn(page)
    assert "没有这样的缺口" in drawn(page)
    assert value_of(page, "zm-find") == '"><img src=y>'
    assert value_of(page, "zm-state") == "未结束"


def test_an_address_that_names_a_gap_brings_its_sheet(whole: Whole, gap: int) -> None:
    for query in (f"?gap={gap}", f"?find=No.{gap}"):
        page = opened(whole, "duty_manager", f"/maintain/{query}").text
        assert f'id="zm-sheet" data-key="{gap}"' in drawn(page)
        assert f'data-key="{gap}"' in value_of(page, "zm-gap-sheet")


def test_an_address_that_names_a_gap_there_is_not_says_so_beside_the_ledger(whole: Whole, gap: int) -> None:
    page = opened(whole, "maintainer", "/maintain/?gap=999999").text
    assert 'role="alert"' in drawn(page)
    assert 'role="alert"' in value_of(page, "zm-alert")
    assert f'href="?gap={gap}"' in drawn(page)


def test_the_page_says_who_is_signed_in_and_asks_for_no_name(whole: Whole) -> None:
    page = opened(whole, "maintainer").text
    person = whole.knockers["maintainer"].person
    assert person is not None
    assert person.name in drawn(page)
    assert "姓名<input" not in drawn(page)


def test_the_ledger_is_not_in_what_holds_no_page(whole: Whole, gap: int) -> None:
    with whole.client("maintainer") as client:
        assert "怎么办理" not in client.get("/maintain/config").text
        answer = client.head("/maintain/", headers=HTML)
        assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    "query", ["?find=%E7%A7%BB%E6%9C%BA&state=%E5%B7%B2%E6%B4%BE&ledger_page=3", "?gap=5&state=%E5%85%A8%E9%83%A8"]
)
def test_an_address_leads_back_to_itself(query: str) -> None:
    asked = Address.of(httpx.QueryParams(query[1:]))
    again = asked.open(asked.gap) if asked.gap else asked.turn(asked.page)
    assert Address.of(httpx.QueryParams(again.replace("&amp;", "&")[1:])) == asked


CONFIGURED = f'{CONFIG}{{"components":[{{"id":3,"props":{{"value":""}}}}]}};'
WHOLE_PAGE = f"<html><head><script>{CONFIGURED}</script></head><body><gradio-app></gradio-app></body></html>"
PAINTED = Painted("<p>先看到的</p>", "p{margin:0}", {3: {"value": "</script>'&"}})


def fetch(app: ASGIApp, **headers: str) -> httpx.Response:
    async def get() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://site") as client:
            return await client.get("/", headers=headers)

    # In a thread of its own: a browser's loop may be running in this one.
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(lambda: asyncio.run(get())).result()


def test_the_script_of_the_live_page_waits_for_the_first_frame(whole: Whole) -> None:
    page = opened(whole, "maintainer").text
    assert '<script type="module"' not in page
    waiting = re.search(r'<link rel="modulepreload" crossorigin href="\./([^"]+)" data-starts>', page)
    assert waiting is not None
    with whole.client("maintainer") as client:
        assert client.get(f"/maintain/{waiting[1]}").status_code == 200


def test_values_stay_within_the_script_they_are_handed_over_in() -> None:
    page = fill(WHOLE_PAGE, PAINTED)
    assert page.count("</script>") == 1
    assert config_of(page)["components"][0]["props"]["value"] == "</script>'&"
    assert page.index("<style>p{margin:0}</style></head>") < page.index("<p>先看到的</p><gradio-app>")


def test_a_page_sent_in_pieces_is_filled_and_measured_whole() -> None:
    async def pieces(scope: Scope, receive: Receive, send: Send) -> None:
        whole, start = WHOLE_PAGE.encode(), [(b"content-type", b"text/html"), (b"content-length", b"1")]
        await send({"type": "http.response.start", "status": 200, "headers": start})
        for at in range(0, len(whole), 7):
            more: Message = {"type": "http.response.body", "body": whole[at : at + 7], "more_body": True}
            await send(more)
        await send({"type": "http.response.body"})

    answer = fetch(FirstPaint(pieces, lambda _request: PAINTED))
    assert "先看到的" in answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_what_cannot_be_filled_is_sent_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    def refuses(_request: Request) -> Painted:
        raise Forbidden("no", hint="没有权限")

    def breaks(_request: Request) -> Painted:
        raise RuntimeError("broken")

    app = FastAPI()
    app.get("/", response_class=HTMLResponse)(lambda packed: WHOLE_PAGE)  # a query that is missing: 422
    assert fetch(FirstPaint(app, lambda _request: PAINTED)).status_code == 422

    plain = FastAPI()
    plain.get("/", response_class=HTMLResponse)(lambda: WHOLE_PAGE)
    assert fetch(FirstPaint(plain, refuses)).text == WHOLE_PAGE
    assert caplog.records == []
    assert fetch(FirstPaint(plain, breaks)).text == WHOLE_PAGE
    assert "broken" in caplog.text

    packed = FastAPI()
    packed.get("/")(lambda: HTMLResponse(b"\x1f\x8b", headers={"Content-Encoding": "x-packed"}))
    assert fetch(FirstPaint(packed, breaks)).content == b"\x1f\x8b"
