"""The agent page under keyboards, narrow panels, bad input and hostile text, in a real Chromium."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest

from tests.browser.conftest import Open, Site, Window

pytestmark = [pytest.mark.browser, pytest.mark.model]

MOVE = "宽带移机费多少钱"


def test_a_whole_call_by_keyboard_alone(window: Open, site: Site) -> None:
    panel = window()
    keys = panel.page.keyboard
    panel.page.wait_for_selector("#zy-question textarea:focus")
    keys.type(MOVE)
    keys.press("Enter")
    panel.wait_answer(MOVE)
    keys.press("Alt+s")
    panel.page.wait_for_selector('#zy-answer .zy-source[data-n="1"][open] summary:focus')
    keys.press("Alt+c")
    panel.page.wait_for_selector("#zy-answer .zy-copy.zy-done")
    assert "80元" in panel.clipboard()
    keys.press("Alt+w")
    panel.page.wait_for_selector("#zy-reason textarea:focus, #zy-reason input:focus")
    keys.type("金额核对一下")
    keys.press("Enter")
    panel.wait_text("#zy-thanks", "业务组会核对这条答案")
    assert site.rows("select verdict, reason from feedback order by id desc limit 1") == [("wrong", "金额核对一下")]
    keys.press("Escape")
    panel.page.wait_for_selector("#zy-question textarea:focus")
    keys.type("话费发票怎么开")
    keys.press("Enter")
    panel.wait_answer("话费发票怎么开")
    keys.press("Alt+h")
    panel.page.wait_for_selector("#zy-history summary:focus")
    keys.press("Enter")
    assert "80元" in panel.text("#zy-history .zy-past[open] .zy-wording")
    keys.press("Alt+n")
    panel.page.wait_for_selector("#zy-answer .zy-welcome")
    panel.page.wait_for_selector("#zy-question textarea:focus")


def test_everything_is_reached_by_tab_in_reading_order(window: Open) -> None:
    panel = window()
    panel.ask(MOVE)
    panel.page.focus("#zy-question textarea")
    reached: list[str] = []
    while len(reached) < 40 and "zy-keys" not in reached:
        panel.page.keyboard.press("Tab")
        reached.append(
            panel.page.evaluate(
                """() => {
                    const at = document.activeElement;
                    for (const name of ["zy-copy", "zy-ref"]) if (at.classList.contains(name)) return name;
                    if (at.matches(".zy-source summary")) return "zy-source";
                    return at.closest("[id^=zy-]")?.id ?? "";
                }"""
            )
        )
    order = ["zy-ask", "zy-copy", "zy-source", "zy-type", "zy-useful", "zy-wrong", "zy-outdated", "zy-identity"]
    assert [name for name in reached if name in order] == order


def test_enter_that_ends_a_composition_does_not_ask(window: Open) -> None:
    panel = window()
    panel.page.fill("#zy-question textarea", "kuandai")
    panel.page.evaluate(
        """() => document.querySelector("#zy-question textarea").dispatchEvent(
            new KeyboardEvent("keydown", {key: "Enter", isComposing: true, bubbles: true, cancelable: true}))"""
    )
    panel.ask(MOVE)
    assert panel.page.locator("#zy-history .zy-past").count() == 0


def test_shift_enter_makes_a_new_line(window: Open) -> None:
    panel = window()
    panel.page.focus("#zy-question textarea")
    panel.page.keyboard.type("客户问")
    panel.page.keyboard.press("Shift+Enter")
    panel.page.keyboard.type("移机")
    assert panel.page.input_value("#zy-question textarea") == "客户问\n移机"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "还没有输入问题"),
        ("   ", "还没有输入问题"),
        ("畅" * 10_000, "10000 个字"),
        ("😀😀🎉", "没有看到文字"),
        ("\x01\x02", "控制字符"),
    ],
)
def test_what_is_no_question_is_said_and_leaves_the_answer_in_place(window: Open, text: str, said: str) -> None:
    panel = window()
    panel.ask(MOVE)
    panel.page.fill("#zy-question textarea", text)
    panel.page.keyboard.press("Enter")
    panel.wait_text("#zy-alert", said)
    assert panel.text("#zy-answer .zy-question") == MOVE
    assert panel.page.locator("#zy-history .zy-past").count() == 0
    if len(text) > 100:
        assert panel.page.input_value("#zy-question textarea") == text
    panel.ask("话费发票怎么开")
    assert panel.page.locator("#zy-alert .zy-alert").count() == 0


@pytest.mark.parametrize("width", [320, 400, 1280])
def test_nothing_scrolls_sideways(window: Open, width: int) -> None:
    panel = window(width=width)
    panel.ask(MOVE)
    panel.page.keyboard.press("Alt+s")
    panel.ask("w" * 900)
    panel.ask("客户一直不说话怎么办")
    panel.page.keyboard.press("Alt+w")
    panel.page.wait_for_selector("#zy-send")
    assert panel.page.evaluate("document.documentElement.scrollWidth") <= width


HOSTILE = (
    '<script>window.hacked=1</script><img src=x onerror="window.hacked=1">畅行129多少钱',
    "{{constructor}} ${window.hacked=1} `${1}` @children 畅行129多少钱",
    '" onmouseover="window.hacked=1" autofocus onfocus="window.hacked=1',
)


@pytest.mark.parametrize("question", HOSTILE)
def test_hostile_questions_are_text(window: Open, question: str) -> None:
    panel = window()
    panel.ask(question)
    panel.ask(MOVE)
    assert panel.text("#zy-history .zy-past summary").endswith(question)
    _is_inert(panel)


def test_hostile_screen_pops_are_text(window: Open) -> None:
    panel = window("?q=%3Cimg%20src%3Dx%20onerror%3Dwindow.hacked%3D1%3E")
    panel.wait_answer("<img src=x onerror=window.hacked=1>")
    _is_inert(panel)


def test_what_else_a_screen_pop_brings_with_it_is_not_read(window: Open) -> None:
    panel = window("?page=2&deep_link=..%2F..%2Fetc&q=%E5%8D%A1%E4%B8%A2%E4%BA%86&line=7")
    panel.wait_answer("卡丢了")


def test_hostile_knowledge_is_text(window: Open) -> None:
    panel = window()
    panel.ask("页面上弹出奇怪的代码怎么办")
    assert "<script>window.hacked=1</script>" in panel.text("#zy-answer .zy-wording")
    panel.page.keyboard.press("Alt+s")
    assert "<img src=x" in panel.text("#zy-answer .zy-source[open] mark")
    panel.page.keyboard.press("Alt+c")
    panel.page.wait_for_selector("#zy-answer .zy-copy.zy-done")
    assert "<script>window.hacked=1</script>" in panel.clipboard()
    _is_inert(panel)


def _is_inert(panel: Window) -> None:
    assert panel.page.evaluate("window.hacked") is None
    assert panel.page.locator("#zy-answer img, #zy-history img, #zy-answer script, #zy-history script").count() == 0


@pytest.mark.parametrize(
    "path",
    [
        "gradio_api/file=/etc/hostname",
        "gradio_api/upload",
        "gradio_api/upload_progress?upload_id=a",
        "gradio_api/proxy=http://127.0.0.1:1/",
        "gradio_api/stream/a/b/c/playlist.m3u8",
        "gradio_api/vibe-code",
        "gradio_api/info",
        "gradio_api/openapi.json",
        "gradio_api/runs",
        "gradio_api/deep_link?session_hash=a",
        "monitoring",
        "docs",
    ],
)
def test_of_gradio_only_what_the_page_needs_is_open(site: Site, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(site.page + path, timeout=30)
    with caught.value:
        assert caught.value.code == 404


@pytest.mark.parametrize("name", ["ask", "predict", "pop", "retype"])
def test_the_pages_events_are_no_programming_interface(site: Site, name: str) -> None:
    request = urllib.request.Request(
        f"{site.page}gradio_api/call/{name}",
        data=json.dumps({"data": []}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=30)
    with caught.value:
        assert caught.value.code == 404


def test_the_browser_is_told_to_load_nothing_from_elsewhere(site: Site) -> None:
    with urllib.request.urlopen(site.page, timeout=30) as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy
