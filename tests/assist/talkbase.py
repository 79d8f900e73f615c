"""A base with the scripts and offers that the tests of the spoken word need, real rows in a real store."""

from __future__ import annotations

from datetime import date

from kb.knowledge import KnowledgeBase
from kb.model import INTERNAL, OPERATOR, DocumentDraft, Kind, PassageDraft, Term, Validity
from kb.rows import ROW, OfferRow, ScriptRow, ScriptStep

SHEET = "样例/话术.xlsx"


def script(ordinal: int, row: ScriptRow, days: Validity | None = None) -> PassageDraft:
    text = f"场景：{row.scenario} {row.subscenario}\n{row.wording}"
    return PassageDraft(
        ordinal, text, (row.scenario,), validity=days, questions=row.triggers, row=ROW.dump_python(row, mode="json")
    )


def offer(ordinal: int, row: OfferRow, days: Validity) -> PassageDraft:
    return PassageDraft(ordinal, row.name, validity=days, questions=(row.name,), row=ROW.dump_python(row, mode="json"))


SILENT = ScriptRow(
    code="HS-009",
    scenario="无声电话",
    subscenario="接通后无声",
    triggers=("客户一直不说话", "电话里一片安静"),
    wording="您好，请问有什么可以帮您？【等待5秒】您好，请问能听到我说话吗？【等待5秒】稍后我将结束通话。【等待5秒】再见。",
    steps=(
        ScriptStep(text="您好，请问有什么可以帮您？", wait_seconds=5),
        ScriptStep(text="您好，请问能听到我说话吗？", wait_seconds=5),
        ScriptStep(text="很抱歉，我这边听不到您的声音，稍后我将结束通话。", wait_seconds=5),
        ScriptStep(text="感谢您的来电，再见。"),
    ),
    forbidden=("喂喂喂", "再不说话我挂了"),
    channel="语音",
)
CALMING = ScriptRow(
    code="HS-060",
    scenario="投诉安抚",
    subscenario="通用安抚",
    triggers=("我要投诉",),
    wording="{客户姓}{先生/女士}，遇到这样的事换作是我也会着急，工单号是{工单号}。",
    slots=("客户姓", "先生/女士", "工单号"),
    forbidden=("你先冷静", "这不是我们的问题", "（直接挂机）"),
    channel="全部",
)
CLOSING = ScriptRow(
    code="HS-091",
    scenario="客户挽留",
    subscenario="要求销户",
    triggers=("我要销户",),
    wording="可以办。没有合约也没有宽带的号码，可以在线上办。",
    forbidden=("号不用了放着就行",),
    channel="语音",
)
RIVAL = ScriptRow(
    code="HS-084",
    scenario="客户挽留",
    subscenario="原因五 竞争对手优惠",
    triggers=("别家便宜",),
    wording="货比三家很正常。",
    forbidden=("便宜没好货", "没有合约"),
    channel="语音",
)
OLD = ScriptRow(code="HS-002", scenario="开场", subscenario="旧版", wording="请讲。", forbidden=("有啥事儿快讲讲",))

DOCUMENTS = (
    DocumentDraft(
        source=SHEET,
        title="规范应答话术",
        kind=Kind.SCRIPT,
        fingerprint="1",
        audience=INTERNAL,
        passages=(
            script(0, SILENT, Validity(date(2026, 7, 1))),
            script(1, CALMING),
            script(2, CLOSING),
            script(3, RIVAL),
            script(4, OLD, Validity(date(2025, 1, 1), date(2026, 6, 30))),
        ),
    ),
    DocumentDraft(
        source="样例/优惠.xlsx",
        title="优惠清单",
        kind=Kind.OFFER,
        fingerprint="1",
        passages=(
            offer(
                0,
                OfferRow(
                    code="YH-001",
                    name="暖心续约",
                    content="月费立减20元×12个月",
                    authority="坐席",
                    disclosures=("承诺在网12个月", "到期恢复标准月费"),
                    forbidden_promises=("不得说“无任何约束”",),
                ),
                Validity(date(2026, 10, 1), date(2026, 12, 31)),
            ),
            offer(
                1,
                OfferRow(code="YH-003", name="夏日流量季", content="每月赠10GB", authority="坐席"),
                Validity(date(2026, 6, 1), date(2026, 8, 31)),
            ),
            offer(
                2,
                OfferRow(code="YH-005", name="携转挽留专享", content="赠100元话费", authority="值班经理"),
                Validity(date(2026, 1, 1), date(2026, 12, 31)),
            ),
        ),
    ),
    DocumentDraft(
        source="样例/术语.xlsx",
        title="术语",
        kind=Kind.TERMS,
        fingerprint="1",
        terms=(Term("畅行129", ("129套餐",), "产品"), Term("畅行", (), "产品")),
    ),
)


def filled(base: KnowledgeBase) -> KnowledgeBase:
    with base.release(OPERATOR, note="话术与优惠") as release:
        for draft in DOCUMENTS:
            release.put(draft)
    return base
