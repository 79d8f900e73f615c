"""Asking back: when products, regions or customers differ and the question does not say; and reading the choice."""

from __future__ import annotations

from datetime import date

import pytest

from assist.askback import AskedBack, resumed, unsaid
from assist.decide import Judged
from assist.evidence import Evidence, Words, read_question
from assist.model import Turn
from assist.terms import TermIndex
from kb.model import PUBLIC, Hit, Kind, Passage, Term, Validity
from tests.written.test_prove import FAMILY, LEVELS, MOVING, PLAN129, PLANS, REGIONS, ROAMING, TIMES

TERMS = TermIndex(
    [Term(f"畅行{fee}", (f"{fee}套餐",), "产品") for fee in (59, 129, 199, 299)]
    + [Term(name, (), "产品") for name in ("副卡", "亲情网", "金卡", "银卡", "钻石卡")]
    + [Term("月费", ("月租",), "费用")]
)
DAY = date(2026, 11, 21)
PLAN59 = "问：畅行59 每月有多少流量？\n答：畅行59 每月 59 元，含 20GB 国内流量和 200 分钟国内通话。"
EUROPE = "问：去欧洲、美国上网一天多少钱？\n答：欧洲 32 国、美国属 B 区，日包 45 元/天，每日 1GB。"
JAPAN = "问：去日本、韩国上网一天多少钱？\n答：日本、韩国属 A 区，日包 28 元/天，每日 1GB。"


def judged(text: str, number: int = 1) -> Judged:
    asked = text.split("\n")[0].removeprefix("问：") if text.startswith("问：") else ""
    passage = Passage(
        number,
        1,
        "a.md",
        "规则",
        Kind.POLICY,
        text,
        (),
        None,
        None,
        (asked,) if asked else (),
        None,
        PUBLIC,
        Validity(None, None),
    )
    import numpy as np

    return Judged(
        Hit(number, passage, 1.0, 0.9),
        {},
        0.95,
        0.95,
        Words((), None, np.ones(0)),
        Evidence({}, np.ones(0), np.ones(0)),
    )


def asked_back(question: str, *texts: str) -> AskedBack | None:
    good = [judged(text, number) for number, text in enumerate(texts, start=1)]
    return unsaid(read_question(question, TERMS, as_of=DAY), good, TERMS)


@pytest.mark.parametrize(
    ("question", "texts", "choices"),
    [
        ("套餐月费多少", (PLANS,), ("畅行59", "畅行129", "畅行199", "畅行299")),
        ("国内流量有多少", (PLANS,), ("畅行59", "畅行129", "畅行199", "畅行299")),
        ("副卡上限几张", (PLANS,), ("畅行59", "畅行129", "畅行199", "畅行299")),
        ("宽带故障修复时限多久", (TIMES,), ("城区（临江市、云栖市）", "农村（望山县）", "海岛（海屿市）")),
        ("上门预约时段是几点", (TIMES,), ("城区（临江市、云栖市）", "农村（望山县）", "海岛（海屿市）")),
        ("漫游日包价格多少", (ROAMING,), ("港澳台", "A区", "B区", "C区")),
        ("补卡多少钱", (LEVELS,), ("银卡", "金卡", "钻石卡")),
        ("机场贵宾厅一年几次", (LEVELS,), ("银卡", "金卡", "钻石卡")),
        ("套餐每月有多少流量", (PLAN59, PLAN129), ("畅行59", "畅行129")),
        ("漫游上网一天多少钱", (EUROPE, JAPAN), ("欧洲／美国", "日本／韩国")),
    ],
)
def test_asks_which_when_the_answer_depends_on_it(
    question: str, texts: tuple[str, ...], choices: tuple[str, ...]
) -> None:
    back = asked_back(question, *texts)
    assert back is not None
    assert back.choices == choices
    assert back.text.startswith("请问您问的是哪个")
    assert len(back.text) < 80


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        ("畅行199月费多少", (PLANS,)),
        ("199套餐国内流量有多少", (PLANS,)),
        ("各档套餐月费分别多少", (PLANS,)),
        ("套餐月费最便宜的是多少", (PLANS,)),
        ("有哪些套餐，月费多少", (PLANS,)),
        ("能办4张副卡的套餐月费多少", (PLANS,)),
        ("临江市宽带故障修复时限多久", (TIMES,)),
        ("望山县宽带多久修好", (TIMES,)),
        ("农村装机时限多久", (TIMES,)),
        ("日本漫游日包价格多少", (ROAMING, REGIONS)),
        ("A区日包价格多少", (ROAMING,)),
        ("金卡补卡多少钱", (LEVELS,)),
        ("移机费多少", (MOVING,)),
        ("亲情网多少钱", (FAMILY,)),
        ("畅行129每月有多少流量", (PLAN129, PLAN59)),
        ("去日本上网一天多少钱", (JAPAN, EUROPE)),
        ("套餐每月有多少流量", (PLAN59,)),
    ],
)
def test_asks_nothing_when_the_question_says_or_nothing_differs(question: str, texts: tuple[str, ...]) -> None:
    assert asked_back(question, *texts) is None


def history(question: str, *texts: str) -> list[Turn]:
    back = asked_back(question, *texts)
    assert back is not None
    return [Turn("user", question), Turn("assistant", back.text)]


@pytest.mark.parametrize(
    ("question", "text", "reply", "choice"),
    [
        ("套餐月费多少", PLANS, "畅行199", "畅行199"),
        ("套餐月费多少", PLANS, "199的", "畅行199"),
        ("宽带故障修复时限多久", TIMES, "望山县", "农村（望山县）"),
        ("宽带故障修复时限多久", TIMES, "我在临江", "城区（临江市、云栖市）"),
        ("宽带故障修复时限多久", TIMES, "城区（临江市、云栖市）", "城区（临江市、云栖市）"),
        ("漫游日包价格多少", ROAMING, "A区。", "A区"),
        ("补卡多少钱", LEVELS, "他是金卡", "金卡"),
    ],
)
def test_the_choice_made_completes_the_question(question: str, text: str, reply: str, choice: str) -> None:
    assert resumed(reply, history(question, text)) == (question, choice)


@pytest.mark.parametrize("reply", ["停机保号怎么办理", "不知道", "", "A区和B区"])
def test_anything_else_is_a_question_of_its_own(reply: str) -> None:
    assert resumed(reply, history("漫游日包价格多少", ROAMING)) is None


def test_nothing_is_resumed_after_an_ordinary_answer() -> None:
    assert resumed("畅行199", [Turn("user", "月费多少"), Turn("assistant", "月费129元。")]) is None
    assert resumed("畅行199", []) is None
