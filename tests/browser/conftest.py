"""One served site on a small home, and real browser windows on it that fail a test when anything leaves loopback."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Dialog, Page, sync_playwright

ROOT = Path(__file__).parents[2]
KNOWLEDGE = Path(__file__).parent / "knowledge"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
CUT_OFF = re.compile("signal is aborted|Connection errored out")
"""What Gradio's own script says of its event stream when the page that listens is left."""
PATIENCE = 30_000
"""Milliseconds before a condition that never comes true fails the test."""


@dataclass(frozen=True)
class Site:
    """A served home: its address, and what stands in its catalogue."""

    address: str
    home: Path

    @property
    def page(self) -> str:
        return f"{self.address}/agent/"

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.home / 'catalogue.db'}?mode=ro", uri=True)) as database:
            return database.execute(query).fetchall()


@dataclass
class Window:
    """A page of the browser, and what went wrong in it."""

    page: Page
    faults: list[str] = field(default_factory=list)
    leaving: bool = False

    def watch(self) -> None:
        self.page.set_default_timeout(PATIENCE)
        self.page.on("request", lambda request: self._requested(request.url))
        self.page.on("websocket", lambda socket: self._requested(socket.url))
        self.page.on("response", lambda answer: self._answered(answer.status, answer.url))
        self.page.on("console", lambda message: self._logged(message.type, message.text))
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("dialog", self._stopped)

    def open(self, address: str, ready: str = "#zy-answer[data-ready] .zy-card") -> Window:
        self.page.goto(address)
        self.page.wait_for_selector(ready)
        return self

    def go(self, address: str, ready: str) -> None:
        """Leaves this page for another, which is there when `ready` is; Gradio calls the streams it cuts off errors."""
        self.leaving = True
        self.page.goto(address)
        self.page.wait_for_selector(ready)
        self.leaving = False

    def follow(self, link: str, ready: str) -> None:
        """Leaves this page by one of its links."""
        self.leaving = True
        self.page.click(link)
        self.page.wait_for_selector(ready)
        self.leaving = False

    def ask(self, question: str) -> None:
        """Types a question, presses Enter, and waits for its whole answer, also when it is the one asked before."""
        self.page.evaluate("document.querySelector('#zy-answer .zy-card')?.setAttribute('data-before', '')")
        self.page.fill("#zy-question textarea", question)
        self.page.keyboard.press("Enter")
        self.wait_answer(question)

    def wait_answer(self, question: str) -> None:
        self.page.wait_for_function(
            """asked => document.querySelector("#zy-answer .zy-card:not([data-before]) .zy-question")
                ?.textContent === asked && !document.querySelector("#zy-answer [aria-busy]")
                && document.querySelector("#zy-useful")""",
            arg=question,
        )

    def text(self, selector: str) -> str:
        return self.page.locator(selector).first.inner_text()

    def wait_text(self, selector: str, text: str) -> None:
        self.page.locator(selector).filter(has_text=text).first.wait_for()

    def clipboard(self) -> str:
        return str(self.page.evaluate("navigator.clipboard.readText()"))

    def _stopped(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _requested(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob", "about"} and parts.hostname not in {"127.0.0.1", "localhost"}:
            self.faults.append(f"left loopback: {url}")

    def _answered(self, status: int, url: str) -> None:
        if status >= 400:
            self.faults.append(f"{status}: {url}")

    def _logged(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not (self.leaving and CUT_OFF.search(text)):
            self.faults.append(f"console {kind}: {text}")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The real program, serving a home made of the knowledge beside this file; nobody changes its knowledge."""
    with serving(tmp_path_factory.mktemp("site") / "home") as found:
        yield found


@contextmanager
def serving(home: Path) -> Iterator[Site]:
    """The real program on a home of its own; a test module that releases knowledge overrides `site` with one."""
    command = [sys.executable, "app.py", "serve", "--home", str(home), "--port", "0", "--samples", str(KNOWLEDGE)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    ) as process:
        try:
            yield Site(_announced(process), home)
        finally:
            process.terminate()


def _announced(process: subprocess.Popen[str]) -> str:
    """The address the program prints once it serves; what it printed before is the message when it does not."""
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        said.append(line)
        found = re.search(r"坐席页面\s+(http://\S+)/agent", line)
        if found:
            threading.Thread(target=process.stdout.read, daemon=True).start()
            _until_up(f"{found.group(1)}/api/v1/health")
            return found.group(1)
    pytest.fail(f"the site did not start:\n{''.join(said)}")


def _until_up(url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=10):
                return
        except OSError:
            continue
    pytest.fail(f"nothing answers at {url}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    chromium = os.environ.get("ZHIYING_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(chromium).exists():
        message = f"没有找到 Chromium（{chromium}）：请安装 chromium，或用 ZHIYING_CHROMIUM 指明它在哪里。"
        if os.environ.get("CI") == "1":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


Open = Callable[..., Window]


@pytest.fixture
def window(browser: Browser, site: Site) -> Iterator[Open]:
    """Opens windows, 400 pixels wide unless said otherwise; afterwards none of them may have had a fault."""
    opened: list[Window] = []

    def opening(
        query: str = "", *, width: int = 400, height: int = 860, dark: bool = False, maintain: bool = False
    ) -> Window:
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale="zh-CN", color_scheme="dark" if dark else "light"
        )
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.address)
        one = Window(context.new_page())
        one.watch()
        opened.append(one)
        if maintain:
            return one.open(f"{site.address}/maintain/", "#zm-ledger .zm-counts")
        return one.open(site.page + query)

    yield opening
    faults = [fault for one in opened for fault in one.faults]
    for one in opened:
        one.page.context.close()
    assert faults == []
