"""A small knowledge base of an operator, real in every part but the embedding, and the assistant over it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assist.answer import Assistant
from assist.businesstype import TypeClassifier
from assist.decide import Decision
from assist.desk import Desk
from assist.model import Question, Turn
from assist.sense import Sense
from kb.gaps import GapLedger
from kb.knowledge import KnowledgeBase
from kb.model import (
    INTERNAL,
    OPERATOR,
    PUBLIC,
    Audience,
    DocumentDraft,
    Kind,
    PassageDraft,
    Principal,
    Role,
    SectionDraft,
    Term,
    Validity,
)
from kb.rows import ROW, FaqRow, OfferRow, ScriptRow, ScriptStep
from tests.fakes import HashEmbedder

if TYPE_CHECKING:
    from tests.assist.whole_site import Whole

AGENT = Principal("坐席07", Role.AGENT, "热线一组")
CUSTOMER = Principal("客户", Role.CUSTOMER)
TODAY = date(2026, 11, 21)

LENIENT = Decision({"overlap": 6.0, "named_sibling": -4.0, "lacking": -0.5}, -1.5, 0.5)
"""Weights for the fake embedding, which knows characters and no meanings."""


class FixedClock:
    def now(self) -> datetime:
        return datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


def passage(ordinal: int, text: str, *heading: str, section: int | None = None) -> PassageDraft:
    return PassageDraft(ordinal, text, heading, page=1, section=section)


MOVING = "移机费80元/次，同一小区内40元/次。移机不改变资费和合约期限。"
PLANS = (
    "五档套餐的月费和套内资源如下：\n"
    "套餐：畅行129；月费：129元；国内流量：60GB；国内通话：700分钟；副卡上限：3张\n"
    "套餐：畅行199；月费：199元；国内流量：100GB；国内通话：1200分钟；副卡上限：4张"
)

DOCUMENTS = (
    DocumentDraft(
        source="样例/宽带规则2026.pdf",
        title="家庭宽带业务规则（2026版）",
        kind=Kind.POLICY,
        fingerprint="1",
        audience=PUBLIC,
        validity=Validity(date(2026, 3, 1), date(2026, 12, 31)),
        sections=(SectionDraft(0, ("第二编 资费",), f"第八条 移机费\n{MOVING}", 3),),
        passages=(passage(0, MOVING, "第二编 资费", "第八条 移机费", section=0),),
    ),
    DocumentDraft(
        source="样例/宽带规则2027.docx",
        title="家庭宽带业务规则（2027版）",
        kind=Kind.POLICY,
        fingerprint="1",
        audience=PUBLIC,
        validity=Validity(date(2027, 1, 1)),
        passages=(passage(0, "移机费统一50元/次，不再区分是否同一小区。", "第六条 移机费"),),
    ),
    DocumentDraft(
        source="样例/畅行资费.pdf",
        title="畅行系列资费（2026版）",
        kind=Kind.POLICY,
        fingerprint="1",
        audience=PUBLIC,
        validity=Validity(date(2026, 7, 1)),
        passages=(passage(0, PLANS, "第四条 资费标准"),),
    ),
    DocumentDraft(
        source="样例/补偿办法.docx",
        title="投诉处理与补偿管理办法",
        kind=Kind.POLICY,
        fingerprint="1",
        audience=INTERNAL,
        passages=(passage(0, "坐席补偿单笔不超过20元，同一客户90天内1次。", "第十三条 补偿权限"),),
    ),
    DocumentDraft(
        source="样例/质检标准.md",
        title="质检评分标准",
        kind=Kind.POLICY,
        fingerprint="1",
        audience=Audience(roles=frozenset({Role.INSPECTOR})),
        passages=(passage(0, "答复准确权重40分，关键数字错误扣20分。", "评分"),),
    ),
    DocumentDraft(
        source="样例/faq.xlsx",
        title="常见问题",
        kind=Kind.FAQ,
        fingerprint="1",
        audience=PUBLIC,
        passages=(
            PassageDraft(
                0,
                "问：副卡怎么收费？\n答：副卡10元/张/月，与主卡共享流量与通话。",
                questions=("副卡怎么收费？", "副卡一个月多少钱"),
                row=ROW.dump_python(
                    FaqRow(
                        question="副卡怎么收费？",
                        similar=("副卡一个月多少钱",),
                        answer="副卡10元/张/月，与主卡共享流量与通话。",
                        basis="《内部资费说明》第三条",
                        business_type="业务咨询",
                    ),
                    mode="json",
                ),
            ),
        ),
    ),
    DocumentDraft(
        source="样例/scripts.xlsx",
        title="规范应答文本",
        kind=Kind.SCRIPT,
        fingerprint="1",
        passages=(
            PassageDraft(
                0,
                "场景：无声电话\n您好，请问能听到我的声音吗？【等待5秒】很抱歉，听不到您的声音，请换一部电话打来。",
                ("无声电话",),
                questions=("客户一直不说话", "电话没有声音"),
                row=ROW.dump_python(
                    ScriptRow(
                        scenario="无声电话",
                        wording="您好，请问能听到我的声音吗？【等待5秒】很抱歉，听不到您的声音，请换一部电话打来。",
                        steps=(
                            ScriptStep(text="您好，请问能听到我的声音吗？", wait_seconds=5),
                            ScriptStep(text="很抱歉，听不到您的声音，请换一部电话打来。"),
                        ),
                        slots=("客户姓",),
                        forbidden=("喂",),
                    ),
                    mode="json",
                ),
            ),
        ),
    ),
    DocumentDraft(
        source="样例/offers.xlsx",
        title="优惠清单",
        kind=Kind.OFFER,
        fingerprint="1",
        passages=(
            PassageDraft(
                0,
                "暖心续约\n优惠内容：月费立减20元×12个月\n适用条件：在网满24个月\n权限级别：坐席",
                questions=("暖心续约",),
                row=ROW.dump_python(
                    OfferRow(name="暖心续约", content="月费立减20元×12个月", conditions="在网满24个月"), mode="json"
                ),
            ),
        ),
    ),
    DocumentDraft(
        source="样例/terms.xlsx",
        title="术语表",
        kind=Kind.TERMS,
        fingerprint="1",
        terms=(
            Term("畅行129", ("129套餐",), "产品"),
            Term("畅行199", ("199套餐",), "产品"),
            Term("副卡", ("附卡",), "产品"),
            Term("移机", ("宽带搬家",), "业务"),
        ),
    ),
)


@contextmanager
def filled(home: Path) -> Iterator[KnowledgeBase]:
    """The operator's base in a home of its own."""
    with KnowledgeBase.open(home, embedder=HashEmbedder(), clock=FixedClock()) as opened:
        with opened.release(OPERATOR, note="样例") as release:
            for draft in DOCUMENTS:
                release.put(draft)
        yield opened


def assistant_over(base: KnowledgeBase) -> Assistant:
    """The assistant over a base, with weights for the fake embedding."""
    return Assistant(
        base=base,
        ledger=GapLedger(base.catalogue.gaps),
        log=base.catalogue.questions,
        classifier=TypeClassifier(),
        clock=FixedClock(),
        decision=LENIENT,
        sense=Sense(HashEmbedder()),
    )


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with filled(tmp_path_factory.mktemp("home")) as opened:
        yield opened


@pytest.fixture(scope="session")
def assistant(base: KnowledgeBase) -> Assistant:
    return assistant_over(base)


@pytest.fixture(scope="session")
def desk(base: KnowledgeBase, assistant: Assistant) -> Desk:
    return Desk(assistant=assistant, base=base, clock=FixedClock())


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """The whole staff site with accounts in use, over a base of its own."""
    from tests.assist.whole_site import served

    with filled(tmp_path_factory.mktemp("whole")) as opened:
        desk = Desk(assistant=assistant_over(opened), base=opened, clock=FixedClock())
        with served(opened, desk, FixedClock()) as site:
            yield site


def question(text: str, *earlier: str, principal: Principal = AGENT, as_of: date = TODAY, **more: object) -> Question:
    history = tuple(turn for asked in earlier for turn in (Turn("user", asked), Turn("assistant", "（答复）")))
    return Question(text, principal, as_of, history=history, **more)  # type: ignore[arg-type]
