"""What is quoted answers the question, keeps its conditions and stands in the passage letter for letter."""

from __future__ import annotations

from datetime import date

from assist.evidence import read_question
from assist.quote import MAX_CHARS, Quote, quote
from assist.terms import TermIndex
from kb.model import ALWAYS, PUBLIC, Kind, Passage, Term

TERMS = TermIndex([Term(f"畅行{fee}", (f"{fee}套餐",), "产品") for fee in (59, 99, 129, 199, 299)])

PLANS = "第四条 五档套餐的月费和套内资源见表1。\n表1 畅行系列套餐资费（2026版，单位：元/月，含税）\n" + "\n".join(
    f"套餐：畅行{fee}；月费：{fee}元；国内流量：{flow}GB；国内通话：{calls}分钟；副卡上限：{cards}张；适用：个人客户"
    for fee, flow, calls, cards in ((59, 20, 200, 1), (99, 40, 500, 2), (129, 60, 700, 3), (199, 100, 1200, 4))
)
LONG = (
    "第十条 停机保号由机主本人办理，办理渠道为App、网上营业厅、热线和自有营业厅，办理不收手续费，"
    "办理前应当结清费用并确认没有未完成的过户、携号转网或者销户申请，号码不处于关停状态。\n"
    "停机保号5元/月，最短1个月，最长12个月。但合约期内办理的，合约到期日相应顺延。\n"
    "到期前7日和前1日各发送一条提醒短信，短信发送到机主预留的联系号码，因客户原因未收到的不影响到期复机。\n"
    "到期次日零时自动复机并恢复原套餐计费，当月月费按剩余天数折算，折算到分，随当月账单一并收取。"
)


def cut(text: str, question: str) -> Quote:
    passage = Passage(1, 1, "a.md", "规则", Kind.POLICY, text, (), None, None, (), None, PUBLIC, ALWAYS)
    found = quote(passage, read_question(question, TERMS, as_of=date(2026, 11, 21)), TERMS)
    assert found.exact in text
    return found


def test_a_short_clause_is_quoted_whole() -> None:
    assert cut("副卡10元/张/月，与主卡共享流量。", "副卡多少钱").text == "副卡10元/张/月，与主卡共享流量。"


def test_the_row_of_the_plan_asked_for_is_quoted_whole() -> None:
    said = cut(PLANS, "畅行199有多少流量").text
    assert "套餐：畅行199；月费：199元；国内流量：100GB；国内通话：1200分钟；副卡上限：4张" in said
    assert "畅行59；" not in said


def test_an_exception_stays_with_its_rule() -> None:
    said = cut(LONG, "停机保号多少钱一个月，最长几个月").text
    assert "5元/月" in said
    assert "但合约期内办理的，合约到期日相应顺延。" in said
    assert len(said) <= MAX_CHARS


def test_every_piece_said_stands_in_the_passage() -> None:
    for question in ("畅行129副卡几张", "199套餐通话多少分钟", "月费多少"):
        found = cut(PLANS, question)
        assert all(line in found.exact for line in found.text.split("\n"))
