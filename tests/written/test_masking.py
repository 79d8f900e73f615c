"""What a language model is shown: recorded prompts hold nothing personal, neither of the question nor of the call."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assist.retention.facts import Facts
from assist.retention.model import Draft, Line, Part, Request
from assist.retention.reword import reworded
from kb.knowledge import KnowledgeBase
from tests.assist.conftest import AGENT, TODAY, question
from tests.written.conftest import scripted
from tests.written.model_server import Script

PERSONAL = {
    "mobile": "13912345678",
    "spaced mobile": "139 1234 5678",
    "landline": "0571-87654321",
    "identity card": "11010519491231002X",
    "bank card": "6222021234567890128",
    "e-mail": "zhangsan@example.cn",
    "plate": "浙A12345",
    "name": "端木青岚",
    "address": "文三路199号5幢302室",
}
TOLD = (
    "我叫端木青岚，电话13912345678，座机0571-87654321，身份证11010519491231002X，银行卡6222021234567890128，"
    "邮箱zhangsan@example.cn，车牌浙A12345，家住杭州市西湖区文三路199号5幢302室。"
)


def prompts(script: Script) -> str:
    return "\n".join(f"{one.system}\n{one.user}" for one in script.asked)


def test_a_question_is_shown_without_what_is_personal_in_it(base: KnowledgeBase) -> None:
    script = Script(says=lambda _system, _user: "移机不改变资费和合约期限。[1]")
    for said in (TOLD, "我的号码139 1234 5678，"):
        with scripted(base, script) as assistant:
            assistant.answer(question(f"{said}同一小区内移机费多少", record=False))
    shown = prompts(script)
    assert "移机费" in shown
    assert [kind for kind, detail in PERSONAL.items() if detail in shown] == []


def test_a_follow_up_is_shown_without_what_was_personal_earlier_in_the_call(base: KnowledgeBase) -> None:
    script = Script(
        says=lambda _system, user: "问题：同一小区内移机费多少" if "客户：" in user else "移机费80元/次。[1]"
    )
    with scripted(base, script) as assistant:
        assistant.answer(question("那同一个小区呢，还是13912345678", f"移机费多少，{TOLD}", record=False))
    shown = prompts(script)
    assert script.asked
    assert [kind for kind, detail in PERSONAL.items() if detail in shown] == []


@pytest.mark.parametrize("call", [{"客户姓": "端木"}, {"客户姓名": "端木青岚", "号码": "13912345678"}])
def test_a_line_about_this_customer_is_reworded_by_nobody(call: dict[str, str]) -> None:
    lines = [Line(f"{''.join(call.values())}您好，很高兴为您服务。"), Line("我先帮您看看钱花在哪里。")]
    drafted = Draft(
        request=Request(AGENT, TODAY, Facts(), "voice", call=call),
        parts=(Part("opening", "开场", tuple(lines)),),
        spoken=(replace(lines[0]),),
        offers=(),
        more=(),
        others=(),
        citations=(),
    )
    shown: list[str] = []

    def rewriter(given: list[str], *, reason: str) -> list[str]:
        assert reason == ""
        shown.extend(given)
        return [text.replace("我先", "我来") for text in given]

    found = reworded(drafted, rewriter)  # type: ignore[arg-type]
    assert shown == ["我先帮您看看钱花在哪里。"]
    assert found.reworded
    assert found.parts[0].lines[0].text == lines[0].text
