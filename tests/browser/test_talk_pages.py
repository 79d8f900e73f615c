"""The pages beside the agent's in a real Chromium: a script read step by step, a text checked, a customer kept."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Open, Site

pytestmark = [pytest.mark.browser, pytest.mark.model]


def test_a_situation_leads_to_a_script_with_its_waits(window: Open, site: Site) -> None:
    panel = window()
    panel.follow('.zy-nav a[href="/scripts/"]', ".zy-script")
    panel.page.fill("#zy-situation textarea, #zy-situation input", "客户一直不说话")
    panel.page.click("#zy-find")
    panel.wait_text("#zy-list", "无声电话")
    panel.page.locator(".zy-script").filter(has_text="无声电话").first.click()
    panel.wait_text("#zy-script .zy-question", "无声电话")
    panel.page.locator("#zy-script .zy-timer").first.click()
    panel.wait_text("#zy-script .zy-timer", "时间到")
    panel.page.click("#zy-script .zy-copy")
    panel.wait_text("#zy-thanks", "计入使用次数")
    assert site.rows("SELECT count(*) FROM script_uses")[0][0] >= 1
    panel.page.click("#zy-favour")
    panel.wait_text("#zy-favour", "取消收藏")


@pytest.mark.parametrize("width", [400, 1280])
def test_a_checked_text_shows_each_fault_and_what_to_say(window: Open, site: Site, width: int) -> None:
    panel = window(width=width)
    panel.go(f"{site.address}/compliance/", "#zy-text textarea")
    panel.page.fill("#zy-text textarea", "没办法，<b>您先冷静</b>。您的号码是13812345678吧？")
    panel.page.keyboard.press("Control+Enter")
    panel.wait_text("#zy-report .zy-total", "0")
    assert "138****5678" in panel.text("#zy-report .zy-said")
    assert "13812345678" not in panel.text("#zy-report")
    assert "<b>" in panel.text("#zy-report .zy-said")
    assert panel.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_customer_who_means_to_leave_is_answered_with_an_offer(window: Open) -> None:
    panel = window()
    panel.ask("别家便宜，我要销户")
    panel.wait_text("#zy-leaving", "离网倾向")
    assert "竞品优惠" in panel.text("#zy-leaving h2")
    panel.page.click("#zy-new")
    panel.page.wait_for_selector("#zy-leaving .zy-leave", state="detached")
