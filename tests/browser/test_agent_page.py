"""An agent's call in a real Chromium: ask, prove, copy, judge, ask again, be refused."""

from __future__ import annotations

import pytest

from assist.model import Answer, Channel, Citation, Mode, Outcome, Phrase
from assist.pages.render import Exchange, answer_card
from kb.model import Kind
from tests.browser.conftest import Open, Site

pytestmark = [pytest.mark.browser, pytest.mark.model]

MOVE = "宽带移机费多少钱"
SILENT = "客户一直不说话怎么办"
INVOICE = "话费发票怎么开"
UNKNOWN = "海底光缆维修费谁出"


def test_an_answer_shows_its_source_with_the_passage_marked_and_in_view(window: Open) -> None:
    panel = window()
    panel.ask(MOVE)
    assert "80元" in panel.text("#zy-answer .zy-wording")
    assert "把握" in panel.text("#zy-answer .zy-confidence")
    assert "2026-01-01 起有效" in panel.text("#zy-answer .zy-dates")
    panel.page.click('#zy-answer .zy-source[data-n="1"] summary')
    assert "移机费80元一次" in panel.text("#zy-answer .zy-source[data-n='1'] mark")
    assert panel.page.evaluate(
        """() => {
            const box = document.querySelector("#zy-answer .zy-source[open] .zy-section").getBoundingClientRect();
            const mark = document.querySelector("#zy-answer .zy-source[open] mark").getBoundingClientRect();
            return mark.top >= box.top && mark.top < box.bottom;
        }"""
    )


def test_a_citation_mark_opens_its_source(window: Open) -> None:
    panel = window()
    panel.ask(MOVE)
    panel.page.click("#zy-answer .zy-ref")
    panel.page.wait_for_selector('#zy-answer .zy-source[data-n="1"][open]')


def test_copying_takes_the_wording_without_marks(window: Open) -> None:
    panel = window()
    panel.ask(MOVE)
    panel.page.click("#zy-answer .zy-copy")
    panel.page.wait_for_selector("#zy-answer .zy-copy.zy-done")
    copied = panel.clipboard()
    assert "80元一次" in copied
    assert "[1]" not in copied


def phrase(text: str, n: int) -> Phrase:
    return Phrase(text, Citation(n, "话术.csv", "规范应答话术", ("开场",), None, text, None, None, Kind.SCRIPT, n))


def test_opening_answer_and_farewell_are_copied_by_buttons_of_their_own(window: Open) -> None:
    answer = Answer(
        Outcome.ANSWERED,
        "移机费80元一次。",
        Mode.APPROVED,
        opening=phrase("您好，我是{工号}。", 1),
        farewell=phrase("感谢您的来电，再见。", 2),
        channel=Channel.VOICE,
    )
    panel = window()
    card = answer_card(Exchange("移机多少钱", answer))
    panel.page.evaluate("html => { document.querySelector('#zy-answer .zy-card').outerHTML = html; }", card)
    for key, copied in (("Alt+c", "您好，我是{工号}。\n移机费80元一次。"), ("Alt+b", "感谢您的来电，再见。")):
        panel.page.keyboard.press(key)
        panel.page.wait_for_function("text => navigator.clipboard.readText().then(now => now === text)", arg=copied)
    panel.page.click("#zy-answer .zy-say .zy-copy-part")
    panel.page.wait_for_selector("#zy-answer .zy-say .zy-copy-part.zy-done")
    assert panel.clipboard() == "移机费80元一次。"
    panel.wait_text("#zy-answer .zy-say .zy-copy-part:not(.zy-done)", "只复制答复")
    assert panel.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_script_comes_step_by_step_with_pauses_that_count_down(window: Open) -> None:
    panel = window()
    panel.ask(SILENT)
    assert panel.page.locator("#zy-answer .zy-steps li").count() == 3
    assert "喂喂喂" in panel.text("#zy-answer .zy-forbidden")
    pause = panel.page.locator("#zy-answer .zy-timer").first
    assert pause.inner_text() == "等待 1 秒"
    pause.click()
    panel.wait_text("#zy-answer .zy-timer.zy-over", "时间到")
    panel.page.keyboard.press("Alt+c")
    panel.page.wait_for_selector("#zy-answer .zy-copy.zy-done")
    assert panel.clipboard().startswith("1. 您好，请问有什么可以帮您？\n2. ")
    assert "等待" not in panel.clipboard()


def test_slots_to_fill_stand_out(window: Open) -> None:
    panel = window()
    panel.ask("客户发火了怎么办")
    assert panel.page.locator("#zy-answer .zy-slot").all_inner_texts() == ["{客户姓}", "{先生/女士}"]


def test_a_follow_up_is_read_in_the_call_and_the_earlier_answer_reopens_in_place(window: Open) -> None:
    panel = window()
    panel.ask("畅行129每月多少钱")
    panel.ask("那199的呢")
    assert "199元" in panel.text("#zy-answer .zy-wording")
    assert "理解为" in panel.text("#zy-answer .zy-understood")
    panel.page.click("#zy-history .zy-past > summary")
    assert "129元" in panel.text("#zy-history .zy-past .zy-wording")
    panel.page.click("#zy-history .zy-past .zy-source summary")
    assert "第十一条" in panel.text("#zy-history .zy-past mark")
    panel.page.click("#zy-history .zy-past [data-ask]")
    panel.wait_answer("畅行129每月多少钱")
    assert panel.page.locator("#zy-history .zy-past").count() == 2


def test_a_new_caller_finds_nothing_of_the_last_one(window: Open) -> None:
    panel = window()
    panel.ask(MOVE)
    panel.ask(INVOICE)
    panel.page.click("#zy-new")
    panel.page.wait_for_selector("#zy-answer .zy-welcome")
    assert "本次通话还没有更早的提问" in panel.text("#zy-history")
    assert not panel.page.locator("#zy-useful").is_visible()
    panel.ask("那199的呢")
    assert "理解为" not in panel.text("#zy-answer")


def test_a_question_not_in_the_base_is_refused_with_the_number_of_its_gap(window: Open, site: Site) -> None:
    panel = window()
    panel.ask(UNKNOWN)
    assert "未找到依据" in panel.text("#zy-answer .zy-status")
    number = panel.text("#zy-answer .zy-gap").removeprefix("知识缺口 No.")
    assert site.rows(f"select count(*) from gaps where id = {int(number)}") == [(1,)]


def test_feedback_is_kept_with_its_reason(window: Open, site: Site) -> None:
    panel = window()
    panel.ask(INVOICE)
    panel.page.click("#zy-useful")
    panel.wait_text("#zy-thanks", "已记下：有用")
    panel.page.click("#zy-outdated")
    panel.page.wait_for_selector("#zy-reason textarea:focus, #zy-reason input:focus")
    panel.page.keyboard.type("十二月起改为线上开具，请打13800138000核实")
    panel.page.click("#zy-send")
    panel.wait_text("#zy-thanks", "是否过时")
    kept = site.rows("select verdict, question, reason from feedback order by id desc limit 2")
    assert [(verdict, question) for verdict, question, _ in kept] == [("outdated", INVOICE), ("useful", INVOICE)]
    assert "十二月起改为线上开具" in kept[0][2]
    assert "13800138000" not in kept[0][2]


def test_a_corrected_business_type_is_kept(window: Open, site: Site) -> None:
    panel = window()
    panel.ask(INVOICE)
    assert panel.page.input_value("#zy-type input") != "投诉与建议"
    panel.page.click("#zy-type input")
    panel.page.get_by_role("option", name="投诉与建议").click()
    panel.wait_text("#zy-thanks", "业务类型已更正")
    assert site.rows("select corrected_type from questions order by id desc limit 1") == [("投诉与建议",)]


def test_a_screen_pop_asks_at_once(window: Open) -> None:
    panel = window("?q=" + MOVE)
    panel.wait_answer(MOVE)
    assert "80元" in panel.text("#zy-answer .zy-wording")
    panel.ask("同一小区内的呢")
    assert panel.page.locator("#zy-history .zy-past").count() == 1


def test_another_day_answers_by_that_day_and_a_wrong_date_says_how_to_write_it(window: Open) -> None:
    panel = window()
    panel.page.click("#zy-identity > button")
    panel.page.fill("#zy-asof textarea, #zy-asof input", "下个月")
    panel.page.fill("#zy-question textarea", "停机保宽一次最长多久")
    panel.page.keyboard.press("Enter")
    panel.wait_text("#zy-alert", "2026-07-01 这样的格式")
    panel.page.fill("#zy-asof textarea, #zy-asof input", "2027年3月1日")
    panel.page.keyboard.press("Enter")
    panel.wait_text("#zy-identity", "2027-03-01")
    panel.ask("停机保宽明年怎么收费")
    assert "12个月" in panel.text("#zy-answer .zy-wording")


def test_the_page_offers_no_customer_role(window: Open) -> None:
    panel = window()
    panel.page.click("#zy-identity > button")
    panel.page.click("#zy-role input")
    panel.page.get_by_role("option", name="质检").wait_for()
    offered = [one.get_attribute("aria-label") for one in panel.page.get_by_role("option").all()]
    assert offered == ["坐席", "值班经理", "知识维护", "内训师", "质检"]
