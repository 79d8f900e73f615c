"""The customers' page in another site's page by one script line: there for a site that is named, empty for others."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from kb.knowledge import KnowledgeBase
from kb.model import OPERATOR
from kb.publish import publish
from tests.assist.conftest import DOCUMENTS, TODAY, FixedClock
from tests.assist.public_site import public_site
from tests.fakes import HashEmbedder

pytestmark = pytest.mark.filterwarnings("ignore:.*no_silent_downcasting")  # Gradio's, in the site's own thread


@contextmanager
def other_site(script: list[str]) -> Iterator[str]:
    """Another site, whose one page loads the scripts of `script`: its origin."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = "".join(f'<script src="{each}" defer></script>' for each in script)
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(f"<!doctype html><title>别的网站</title><h1>营业厅</h1>{body}".encode())

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("localhost", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("named", [True, False])
def test_only_a_site_that_is_named_shows_the_page_in_its_own(browser: Browser, tmp_path: Path, named: bool) -> None:
    public, script = tmp_path / "public", [""]
    with KnowledgeBase.open(tmp_path, embedder=HashEmbedder(), clock=FixedClock()) as kb:
        with kb.release(OPERATOR) as release:
            for draft in DOCUMENTS:
                release.put(draft)
        publish(kb, public, day=TODAY, clock=FixedClock(), setting="hash")
    with other_site(script) as origin:
        allowed = origin if named else "https://www.example.cn"
        (public / "settings.toml").write_text(f'origins = ["{allowed}"]', encoding="utf-8")
        with public_site(public) as site:
            script[0] = f"{site.address}/embed.js"
            page = browser.new_page(viewport={"width": 400, "height": 860}, locale="zh-CN")
            page.set_default_timeout(30_000)
            page.goto(f"{origin}/")
            page.click("#zhiying-open")
            if named:
                frame = page.frame_locator("iframe[title=在线客服]")
                frame.locator("#zc-question textarea").fill("副卡怎么收费")
                frame.locator("#zc-ask").click()
                frame.locator("#zc-talk").filter(has_text="副卡10元/张/月").first.wait_for()
            else:
                page.wait_for_function("document.querySelector('iframe')?.contentDocument === null")
                assert page.frame_locator("iframe[title=在线客服]").locator("#zc-question").count() == 0
            page.close()
