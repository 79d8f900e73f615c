"""The trainer makes and accepts items in a browser, and an agent practises one of them, all on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Site, Window

pytestmark = pytest.mark.browser


@pytest.fixture(params=[400, 1280])
def window(browser: Browser, site: Site, request: pytest.FixtureRequest) -> Iterator[Window]:
    """A watched window of one width; nothing may go wrong in it, and nothing may be wider than it."""
    context = browser.new_context(viewport={"width": request.param, "height": 860}, locale="zh-CN")
    window = Window(context.new_page())
    window.watch()
    yield window
    wide = window.page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert window.faults == []
    assert wide <= request.param


def test_items_made_and_accepted_on_one_page_are_practised_on_the_other(window: Window, site: Site) -> None:
    page = window.page
    page.goto(f"{site.address}/trainer/")
    page.wait_for_selector("#zq-make")
    page.fill("#zq-count input", "6")
    page.click("#zq-make")
    page.wait_for_selector("#zq-made .zq-ok, #zq-made .zq-note")
    page.get_by_role("tab", name="题库").click()
    page.click("#zq-accept-all")
    page.locator("#zq-bank .zq-ok").filter(has_text="采用").wait_for()
    window.go(f"{site.address}/practice/", "#zq-start")
    page.click("#zq-start")
    page.locator("#zq-alert .zq-alert").filter(has_text="姓名或工号").wait_for()
    page.fill("#zq-name input, #zq-name textarea", "坐席-李")
    page.click("#zq-start")
    page.wait_for_selector("#zq-question .zq-stem")
    page.wait_for_selector("#zq-given input:visible, #zq-several input:visible, #zq-written textarea:visible")
    for choice in ("#zq-given input", "#zq-several input"):
        if page.locator(choice).first.is_visible():
            page.locator(choice).first.check()
    if page.locator("#zq-written textarea").is_visible():
        page.fill("#zq-written textarea", "A")
    page.click("#zq-send")
    page.locator("#zq-feedback .zq-source, #zq-alert .zq-alert").first.wait_for()
