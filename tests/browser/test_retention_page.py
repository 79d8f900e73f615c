"""A retention call in a real Chromium: the script from pasted notes, nothing promised beyond it, the outcome masked."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Site, Window

pytestmark = [pytest.mark.browser, pytest.mark.model]

NOTES = "客户姓王，女士，在网26个月，没有合约，要携号转网"


def test_pasted_notes_become_a_script_and_the_outcome_is_kept_masked(browser: Browser, site: Site) -> None:
    context = browser.new_context(viewport={"width": 400, "height": 860}, locale="zh-CN")
    panel = Window(context.new_page())
    panel.watch()
    page = panel.page
    page.goto(f"{site.address}/retention/?q={quote(NOTES)}&reason={quote('竞品优惠')}")
    page.wait_for_selector(".zy-draft")
    assert "暖心续约" in panel.text(".zy-spoken")
    assert "承诺在网12个月；到期恢复标准月费" in panel.text(".zy-spoken")
    assert "经理专享" not in panel.text(".zy-spoken")
    assert "需要值班经理批准" in panel.text(".zy-warned")
    assert page.evaluate("document.documentElement.scrollWidth") == 400
    page.fill("#zy-opinion textarea", "信号太差，回电13812345678")
    page.click("#zy-keep")
    panel.wait_text("#zy-thanks", "已登记：留住，客户意见已转网络运维中心")
    assert site.rows("select text, department from customer_opinions") == [
        ("信号太差，回电138****5678", "网络运维中心")
    ]
    context.close()
    assert panel.faults == []
