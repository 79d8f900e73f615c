"""A small base to make quizzes from: a tariff with a table, conditions, points, questions, scripts and an offer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from assist.quiz.desk import AGENT, QuizDesk
from assist.quiz.model import Order
from kb.knowledge import KnowledgeBase
from kb.model import INTERNAL, OPERATOR, Audience, DocumentDraft, Kind, PassageDraft, Principal, Role, Validity
from kb.rows import ROW, FaqRow, OfferRow, PointRow, Row, ScriptRow, ScriptStep
from tests.fakes import HashEmbedder

TRAINER = Principal("内训师-周", Role.TRAINER, "客户服务部")
LI = Principal("坐席-李", Role.AGENT, "热线一组")
WANG = Principal("坐席-王", Role.AGENT, "热线一组")
ZHAO = Principal("坐席-赵", Role.AGENT, "热线一组")
TODAY = date(2026, 11, 21)

HOLDING = "停机保号5元/月，最短1个月，最长12个月，由客户在办理时选定，到期自动复机。"
DEARER = HOLDING.replace("5元/月", "8元/月")
RESTORE = "缴清全部欠费后，30分钟内自动恢复，无需申请，不收复机费。"
AGAIN = "到期复机后需要继续保号的，可以再次办理，两次之间须正常使用满30日。"
PLANS = (
    "五档套餐的月费和套内资源见表1。\n"
    "表1 畅行系列套餐资费\n"
    "套餐：畅行59；月费：59元；国内流量：20GB；国内通话：200分钟；副卡上限：1张\n"
    "套餐：畅行99；月费：99元；国内流量：40GB；国内通话：500分钟；副卡上限：2张\n"
    "套餐：畅行129；月费：129元；国内流量：60GB；国内通话：700分钟；副卡上限：3张\n"
    "套餐：畅行199；月费：199元；国内流量：100GB；国内通话：1200分钟；副卡上限：4张\n"
    "套餐：畅行299；月费：299元；国内流量：200GB；国内通话：2000分钟；副卡上限：5张"
)
PROMISE = "内部补偿预算季度18万元，使用80%时预警，用完后逐单批准。"


@dataclass
class SetClock:
    """Stands still until told."""

    moment: datetime = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)


def policy(
    source: str, title: str, *clauses: tuple[str, str], fingerprint: str = "1", audience: Audience = INTERNAL
) -> DocumentDraft:
    """A policy with a passage a clause: (heading, text)."""
    return DocumentDraft(
        source=source,
        title=title,
        kind=Kind.POLICY,
        fingerprint=fingerprint,
        audience=audience,
        validity=Validity(date(2026, 5, 1)),
        passages=tuple(PassageDraft(at, text, (heading,)) for at, (heading, text) in enumerate(clauses)),
    )


def holding(fee: str = HOLDING, *, fingerprint: str = "1") -> DocumentDraft:
    return policy(
        "样例/停复机.pdf",
        "停复机与保号规则（2026版）",
        ("第四条 资费与期限", fee),
        ("第六条 再次办理", AGAIN),
        ("第十四条 复机", RESTORE),
        fingerprint=fingerprint,
    )


def rows(source: str, title: str, kind: Kind, *found: tuple[str, Row]) -> DocumentDraft:
    return DocumentDraft(
        source=source,
        title=title,
        kind=kind,
        fingerprint="1",
        passages=tuple(
            PassageDraft(at, text, row=ROW.dump_python(row, mode="json")) for at, (text, row) in enumerate(found)
        ),
    )


def point(code: str, title: str, content: str, basis: str, stage: str = "初见期") -> tuple[str, Row]:
    row = PointRow(
        code=code, topic="停复机与保号", stage=stage, competency="专业技能", title=title, content=content,
        pitfalls="最短一个月也要讲。", basis=basis,
    )  # fmt: skip
    return f"{title}\n{content}", row


POINTS = rows(
    "样例/应知应会.xlsx",
    "应知应会",
    Kind.LEARNING,
    point(
        "YZ-1",
        "保号资费期限",
        "停机保号每月 5 元，最长 12 个月，次日零时起算。",
        "《停复机与保号规则（2026版）》第四条",
    ),
    point(
        "YZ-2", "复机时限", "缴清后 30 分钟内恢复；超过的立即人工恢复并登记。", "《停复机与保号规则（2026版）》第十四条"
    ),
)
FAQS = rows(
    "样例/问答.xlsx",
    "常见问答",
    Kind.FAQ,
    (
        "问：缴清欠费后多久恢复？\n答：缴清全部欠费后 30 分钟内自动恢复，不用申请。",
        FaqRow(
            code="CJ-1", question="缴清欠费后多久恢复？", similar=("交完钱怎么还没通", "复机要多长时间"),
            answer="缴清全部欠费后 30 分钟内自动恢复，不用申请。", basis="《停复机与保号规则（2026版）》第十四条",
        ),
    ),
)  # fmt: skip


def script(code: str, name: str, trigger: str, *steps: str) -> tuple[str, Row]:
    wording = "\n".join(f"第{at}步 {step}" for at, step in enumerate(steps, start=1))
    row = ScriptRow(
        code=code, scenario="停机复机", subscenario=name, triggers=(trigger,), wording=wording,
        steps=tuple(ScriptStep(text=step) for step in steps), forbidden=("你自己看着办",),
    )  # fmt: skip
    return f"场景：停机复机 {name}\n{wording}", row


SCRIPTS = rows(
    "样例/话术.xlsx",
    "规范应答话术",
    Kind.SCRIPT,
    script(
        "HS-1", "缴清未恢复", "交了费还是打不通", "给您添了不便，很抱歉，我马上查一下到账情况。",
        "您的费用已经到账，系统会在三十分钟内恢复通话。", "如果到时还没有恢复，请您再拨打我们的热线，我们立即处理。",
    ),
    script(
        "HS-2", "想停几个月", "我要出国半年想先停号", "您可以办理停机保号，号码保留，期间不收套餐费。",
        "请问您打算停几个月，到期会自动恢复计费。", "我为您登记办理，次日零时起生效。",
    ),
    script(
        "HS-3", "手机丢了", "我手机被偷了怎么办", "您别着急，先给您挂失，防止被别人盗打。",
        "请您告诉我机主姓名和证件后四位核对一下。", "挂失已经生效，补卡请带身份证到营业厅。",
    ),
    script(
        "HS-4", "不愿缴违约金", "凭什么还要收违约金", "您的心情我理解，我把这笔费用的来历讲给您听。",
        "欠费期间按日收取，缴清当天就不再增加。", "如果您有不同意见，我为您登记，答复之前不停机。",
    ),
)  # fmt: skip
OFFERS = rows(
    "样例/优惠.xlsx",
    "优惠清单",
    Kind.OFFER,
    (
        "暖心续约\n优惠内容：月费立减20元×12个月\n适用条件：在网满24个月\n必告知：承诺在网12个月",
        OfferRow(
            code="YH-1", name="暖心续约", content="月费立减20元×12个月", conditions="在网满24个月",
            authority="坐席", disclosures=("承诺在网12个月",),
        ),
    ),
)  # fmt: skip
TARIFF = policy("样例/畅行.pdf", "畅行系列资费（2026版）", ("第四条 资费标准", PLANS))
SECRET = policy(
    "样例/预算.md", "预算核销口径", ("第一条 预算", PROMISE), audience=Audience(roles=frozenset({Role.DUTY_MANAGER}))
)
DOCUMENTS = (holding(), TARIFF, POINTS, FAQS, SCRIPTS, OFFERS, SECRET)


def open_base(home: Path, clock: SetClock, documents: tuple[DocumentDraft, ...] = DOCUMENTS) -> KnowledgeBase:
    base = KnowledgeBase.open(home, embedder=HashEmbedder(), clock=clock)
    publish(base, *documents)
    return base


def publish(base: KnowledgeBase, *documents: DocumentDraft) -> None:
    with base.release(OPERATOR, note="样例") as release:
        for draft in documents:
            release.put(draft)


def order(count: int = 30, **wanted: object) -> Order:
    fields: dict[str, object] = {"principal": TRAINER, "audience": AGENT, "as_of": TODAY, "count": count} | wanted
    return Order(**fields)  # type: ignore[arg-type]


def accept_all(desk: QuizDesk, count: int = 40, **wanted: object) -> list[str]:
    """Makes items and accepts them; their ids."""
    return [desk.accept(TRAINER, row.id).id for row in desk.make(order(count, **wanted)).items]
