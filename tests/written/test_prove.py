"""What may be said of a passage and what may not: figures, subjects, conditions, names, negations, in real wording."""

# ruff: noqa: E501 - passages stand here as they do in documents

from __future__ import annotations

import pytest

from assist.proof.figures import read_figures, same, spell_out
from assist.proof.prove import Claim, Flaw, Prover
from assist.proof.shown import read_shown
from assist.terms import TermIndex
from kb.model import PUBLIC, Kind, Passage, Term, Validity

TERMS = TermIndex(
    [Term(f"畅行{fee}", (f"{fee}套餐", f"{fee}元套餐"), "产品") for fee in (59, 99, 129, 199, 299)]
    + [
        Term(name, (), "产品")
        for name in ("副卡", "主卡", "亲情网", "青春卡", "银龄卡", "乡韵卡", "金卡", "银卡", "钻石卡")
    ]
    + [
        Term(name, (), "产品")
        for name in ("5GB加油包", "20GB加油包", "夜间包", "停机保号", "停机保宽", "300M宽带", "500M宽带")
    ]
    + [Term(name, (), "业务") for name in ("移机", "装机", "套餐变更", "合约")]
    + [Term("月费", ("月租",), "费用"), Term("安装调测费", ("安装费",), "费用"), Term("移机费", (), "费用")]
)

PLANS = """第四条 资费标准 五档套餐的月费和套内资源见表1。
表1 畅行系列套餐资费（2026版，单位：元/月）
套餐：畅行59；月费：59元；国内流量：20GB；国内通话：200分钟；含宽带：不含；副卡上限：1张
套餐：畅行129；月费：129元；国内流量：60GB；国内通话：700分钟；含宽带：300M；副卡上限：3张
套餐：畅行199；月费：199元；国内流量：100GB；国内通话：1200分钟；含宽带：500M；副卡上限：4张
套餐：畅行299；月费：299元；国内流量：200GB；国内通话：2000分钟；含宽带：1000M；副卡上限：4张"""
MOVING = "第八条 移机费 移机费80元/次，同一小区内40元/次。移机不改变资费和合约期限。"
INSTALL = "第七条 安装调测费 安装调测费100元，畅行129及以上套餐首次安装免收。“首次”指同一机主名下第一次安装澜川宽带；拆机后再装的，照收。"
TIMES = """第十条 装机时限 自受理成功时起算，装机和移机的完成时限见表2。客户主动改约的，改约时间不计入。
区域：城区（临江市、云栖市）；装机、移机时限：48小时；故障修复时限：24小时；上门预约时段：8:30-20:30
区域：农村（望山县）；装机、移机时限：72小时；故障修复时限：48小时；上门预约时段：8:30-18:00
区域：海岛（海屿市）；装机、移机时限：5个工作日；故障修复时限：72小时；上门预约时段：9:00-17:00"""
ROAMING = """（一）日包和按量资费见表2。日包在漫游地首次产生流量时自动生效，当日不使用不收费。
区域：港澳台；计费方式：日包；价格：25元/天；每日流量：不限量，2GB后限速；用满后：限速512kbps
区域：A区；计费方式：日包；价格：28元/天；每日流量：1GB；用满后：当日暂停上网，可再购一个日包
区域：B区；计费方式：日包；价格：45元/天；每日流量：1GB；用满后：当日暂停上网，可再购一个日包
区域：C区；计费方式：按量；价格：3元/MB；每日流量：按实际用量；用满后：日封顶98元，封顶后当日不再计费"""
REGIONS = """表1 漫游区域划分
区域：港澳台；国家和地区：中国香港、中国澳门、中国台湾
区域：A区；国家和地区：日本、韩国、新加坡、泰国、马来西亚
区域：B区；国家和地区：欧洲32国、美国、加拿大、澳大利亚
区域：C区；国家和地区：其他国家和地区"""
CHANGE = """（一）自2027年2月1日（北京时间零时）起，A区日包由28元/天调整为25元/天，B区日包由45元/天调整为39元/天。其他资费不变。
区域：A区日包；2026版（至2027年1月31日）：28元/天；2027版（2027年2月1日起）：25元/天
区域：B区日包；2026版（至2027年1月31日）：45元/天；2027版（2027年2月1日起）：39元/天"""
KEEPING = (
    "第四条 资费与期限 停机保号5元/月，最短1个月，最长12个月，由客户在办理时选定，到期自动复机。"
    "保号费在办理时一次收取；提前复机的，已过月份不退，未开始的整月退回账户余额。"
)
SECOND = "第十二条 副卡 副卡10元/张/月，与主卡共享流量与通话，不另赠资源。副卡数量不得超过表1规定的上限，并计入实名规定的每证件最多5张卡。"
FAMILY = "第十三条 亲情网 亲情网5元/月，由创建人支付，最多6人（含创建人）网内互打免费；成员须为澜川通信号码。"
OUTSIDE = "第七条 套外流量 国内套外流量5元/GB，不足1GB按1GB计收。当月套外流量用满60GB的，停止计费并限速1Mbps，次月1日零时恢复。按此规则，单个号码每月套外流量费最高为300元。"
AUTUMN = "双十一宽带焕新\n优惠内容：500M宽带首年39元/月，合约12个月\n必告知：合约12个月；首年39元/月，第二年起恢复60元/月；提前拆机须付违约金"
LEVELS = """等级：银卡；近6月月均实付：≥80元；补卡：10元/张；机场贵宾厅：无
等级：金卡；近6月月均实付：≥150元；补卡：免费；机场贵宾厅：2次/年
等级：钻石卡；近6月月均实付：≥300元；补卡：免费；机场贵宾厅：6次/年"""
LATE = "第十二条 违约金 欠费期间每日按欠费额千分之三收取违约金，自欠费次日起算，至缴清之日止。"
DISCOUNT = "转入客户首年月费享8.5折优惠，每月5日前到账，限新入网客户。"
REPAIR = "城区宽带故障48小时内修复，超时的次日起按天减免。"
PROMISE = "首次回电在2个工作日内，投诉7个工作日内答复处理方案。"
HOTLINE = "服务热线10070，人工服务8:00-22:00；VIP专席为10070转8。"
PLAN129 = "问：畅行129 包含哪些内容？\n答：畅行129 每月 129 元，含 60GB 国内流量、700 分钟国内通话和 300M 宽带，最多带 3 张副卡；首次安装宽带免安装调测费。"
SILVER = "（二）可设置3个亲情号，与亲情号之间国内互打免费；亲情号须为澜川通信号码，每自然月可更换1次，免费。"
CHANGING = "第十四条 变更规则 套餐变更次月1日生效，每自然月限1次。升档可选择立即生效。合约期内降档需付违约金。专属套餐不可办理副卡，可加入亲情网。"


def passage(text: str, *heading: str, title: str = "资费规则") -> Passage:
    return Passage(1, 1, "a.md", title, Kind.POLICY, text, heading, None, None, (), None, PUBLIC, Validity(None, None))


def flaw(sentence: str, text: str, question: str = "", *heading: str, cites: tuple[int, ...] = (1,)) -> Flaw | None:
    shown = [read_shown(passage(text, *heading), TERMS), read_shown(passage(REGIONS), TERMS)]
    return Prover(question, shown, TERMS).flaw(Claim(sentence, cites))


TRUE = [
    ("畅行199每月199元，含100GB国内流量。", PLANS, ""),
    ("畅行199的月费是一百九十九元。", PLANS, "199套餐多少钱"),
    ("国内通话1200分钟。", PLANS, "畅行199国内通话多少分钟"),
    ("畅行129含300M宽带，副卡上限3张。", PLANS, ""),
    ("畅行129月费129元，畅行199月费199元。", PLANS, "129和199差多少"),
    ("畅行199和畅行299副卡上限都是4张。", PLANS, ""),
    ("移机费80元/次，同一小区内40元/次。", MOVING, "移机要多少钱"),
    ("同一小区内移机费40元每次。", MOVING, ""),
    ("移机费40元/次。", MOVING, "同一小区移机多少钱"),
    ("移机不改变资费和合约期限。", MOVING, "移机影响合约吗"),
    ("安装调测费100元。", INSTALL, "装宽带安装费多少"),
    ("畅行129及以上套餐首次安装免收安装调测费。", INSTALL, ""),
    ("畅行199首次安装免收安装调测费。", INSTALL, "畅行199第一次装宽带要钱吗"),
    ("城区装机时限48小时，故障修复时限24小时。", TIMES, "临江市多久装好"),
    ("临江市装机、移机时限为48小时。", TIMES, ""),
    ("望山县故障修复时限是48小时。", TIMES, "望山县宽带坏了多久修好"),
    ("海屿市装机时限5个工作日。", TIMES, ""),
    ("A区日包28元/天，每日流量1GB。", ROAMING, ""),
    ("港澳台日包25元一天。", ROAMING, "去香港上网一天多少钱"),
    ("C区按量计费，3元/MB，日封顶98元。", ROAMING, "C区怎么收"),
    ("A区日包28元/天，B区日包45元/天。", ROAMING, "A区和B区日包分别多少"),
    ("停机保号5元/月，最短1个月，最长12个月。", KEEPING, "停机保号多少钱"),
    ("停机保号最长可以办理12个月。", KEEPING, "停机保号最长多久"),
    ("停机保号最长1年。", KEEPING, "停机保号最长多久"),
    ("提前复机的，已过月份不退，未开始的整月退回账户余额。", KEEPING, "停机保号提前复机退钱吗"),
    ("副卡每张每月10元，与主卡共享流量与通话。", SECOND, "副卡怎么收费"),
    ("亲情网每月5元，由创建人支付，最多6人。", FAMILY, ""),
    ("套外流量5元/GB，不足1GB按1GB计收。", OUTSIDE, "流量用完怎么收费"),
    ("单个号码每月套外流量费最高300元。", OUTSIDE, ""),
    ("500M宽带首年39元/月，第二年起恢复60元/月。", AUTUMN, "双十一宽带焕新多少钱"),
    ("金卡补卡免费，银卡补卡10元/张。", LEVELS, ""),
    ("钻石卡每年可使用机场贵宾厅6次。", LEVELS, "钻石卡机场贵宾厅几次"),
    ("欠费期间每日按欠费额的0.3%收取违约金。", LATE, "欠费违约金怎么算"),
    ("转入客户首年月费享85%优惠，限新入网客户。", DISCOUNT, ""),
    ("城区宽带故障两天内修复。", REPAIR, "城区宽带坏了多久修好"),
    ("服务热线10070，人工服务8点到22点。", HOTLINE, "人工客服几点上班"),
    ("VIP专席拨打10070转8。", HOTLINE, ""),
    ("畅行129每月129元，含60GB国内流量和700分钟国内通话。", PLAN129, ""),
    ("套餐变更次月1日生效，每自然月限1次。", CHANGING, ""),
    ("专属套餐不可以办理副卡，可以加入亲情网。", CHANGING, "专属套餐能办副卡吗"),
]


@pytest.mark.parametrize(("sentence", "text", "question"), TRUE)
def test_what_the_passage_says_may_be_said(sentence: str, text: str, question: str) -> None:
    assert flaw(sentence, text, question) is None


FALSE = [
    # the figure stands there, for another product, row, column, place or time
    ("畅行199月费129元。", PLANS, "", Flaw.SUBJECT),
    ("月费129元。", PLANS, "畅行199多少钱", Flaw.SUBJECT),
    ("国内流量60GB。", PLANS, "畅行199国内流量多少", Flaw.SUBJECT),
    ("畅行59含300M宽带。", PLANS, "", Flaw.SUBJECT),
    ("每月129元。", PLANS, "套餐多少钱", Flaw.SUBJECT),
    ("畅行129月费199元，畅行199月费129元。", PLANS, "", Flaw.SUBJECT),
    ("畅行199副卡上限3张。", PLANS, "", Flaw.SUBJECT),
    ("畅行129国内通话1200分钟。", PLANS, "", Flaw.SUBJECT),
    ("同一小区内移机费80元/次。", MOVING, "", Flaw.SUBJECT),
    ("移机费80元/次。", MOVING, "同一小区移机多少钱", Flaw.SUBJECT),
    ("移机费40元/次。", MOVING, "移机多少钱", Flaw.SUBJECT),
    ("城区装机时限24小时。", TIMES, "", Flaw.SUBJECT),
    ("临江市故障修复时限48小时。", TIMES, "", Flaw.SUBJECT),
    ("望山县装机时限48小时。", TIMES, "", Flaw.SUBJECT),
    ("装机时限48小时。", TIMES, "望山县宽带多久装好", Flaw.SUBJECT),
    ("海屿市上门预约时段8:30-20:30。", TIMES, "", Flaw.SUBJECT),
    ("A区日包45元/天。", ROAMING, "", Flaw.SUBJECT),
    ("日包45元/天。", ROAMING, "日本漫游一天多少钱", Flaw.SUBJECT),
    ("港澳台日包28元/天。", ROAMING, "", Flaw.SUBJECT),
    ("C区日封顶25元/天。", ROAMING, "", Flaw.SUBJECT),
    ("停机保号最短12个月。", KEEPING, "", Flaw.SUBJECT),
    ("停机保号最长1个月。", KEEPING, "", Flaw.SUBJECT),
    ("500M宽带首年60元/月。", AUTUMN, "", Flaw.SUBJECT),
    ("500M宽带第二年起39元/月。", AUTUMN, "", Flaw.CONDITION),
    ("银卡补卡免费。", LEVELS, "", Flaw.SUBJECT),
    ("金卡机场贵宾厅6次/年。", LEVELS, "", Flaw.SUBJECT),
    ("A区日包由25元/天调整为28元/天。", CHANGE, "", Flaw.SUBJECT),
    ("现在A区日包25元/天。", CHANGE, "A区日包现在多少钱", Flaw.SUBJECT),
    # the figure stands nowhere
    ("畅行199月费189元。", PLANS, "", Flaw.FIGURE),
    ("停机保号10元/月。", KEEPING, "", Flaw.FIGURE),
    ("停机保号5元/天。", KEEPING, "", Flaw.FIGURE),
    ("停机保号5元/年，最长12个月。", KEEPING, "", Flaw.FIGURE),
    ("移机费80元/月。", MOVING, "", Flaw.FIGURE),
    ("副卡10元一张。", SECOND, "", Flaw.FIGURE),
    ("套外流量5元/MB。", OUTSIDE, "", Flaw.FIGURE),
    ("转入客户首年月费享8折优惠。", DISCOUNT, "", Flaw.FIGURE),
    ("首次回电在48小时内。", PROMISE, "", Flaw.FIGURE),
    ("投诉一周内答复处理方案。", PROMISE, "", Flaw.FIGURE),
    ("服务热线10086。", HOTLINE, "", Flaw.FIGURE),
    ("人工服务8:00-20:00。", HOTLINE, "", Flaw.FIGURE),
    ("亲情网最多8人。", FAMILY, "", Flaw.FIGURE),
    ("亲情网免费。", KEEPING, "", Flaw.NAME),
    ("停机保号免费。", KEEPING, "", Flaw.FIGURE),
    # the condition is left out
    ("畅行129及以上套餐安装调测费免收。", INSTALL, "装宽带要安装费吗", Flaw.CONDITION),
    ("500M宽带39元/月。", AUTUMN, "500M宽带多少钱", Flaw.CONDITION),
    ("亲情网6人网内互打免费。", FAMILY, "", Flaw.CONDITION),
    # names, content, negation, language
    ("畅行399每月399元。", PLANS, "", Flaw.NAME),
    ("青春卡5元/月，最长12个月。", KEEPING, "", Flaw.NAME),
    ("移机费可用微信或者iPhone支付。", MOVING, "", Flaw.NAME),
    ("移机当天赠送路由器和电视盒子。", MOVING, "", Flaw.CONTENT),
    ("移机改变资费和合约期限。", MOVING, "", Flaw.CONTRADICTION),
    ("专属套餐可以办理副卡。", CHANGING, "", Flaw.CONTRADICTION),
    ("副卡不与主卡共享流量与通话。", SECOND, "", Flaw.CONTRADICTION),
    ("Moving costs 80 yuan.", MOVING, "", Flaw.LANGUAGE),
    ("锟斤拷\ufffd移机费80元/次。", MOVING, "", Flaw.LANGUAGE),
    ("我是一个人工智能语言模型，移机费80元/次。", MOVING, "", Flaw.ABOUT_ITSELF),
]


@pytest.mark.parametrize(("sentence", "text", "question", "why"), FALSE)
def test_what_the_passage_does_not_say_may_not_be_said(sentence: str, text: str, question: str, why: Flaw) -> None:
    found = flaw(sentence, text, question)
    assert found is not None
    assert found is why


def test_a_sentence_cites_what_exists_or_is_not_said() -> None:
    assert flaw("移机费80元/次。", MOVING, cites=()) is Flaw.UNCITED
    assert flaw("移机费80元/次。", MOVING, cites=(3,)) is Flaw.NO_SUCH_CITATION
    assert flaw("移机费80元/次。", MOVING, cites=(1, 99)) is Flaw.NO_SUCH_CITATION


def test_a_figure_of_one_passage_is_not_proved_by_citing_another() -> None:
    assert flaw("移机费80元/次，同一小区内40元/次。", MOVING, cites=(2,)) is Flaw.NAME or Flaw.FIGURE


def test_two_passages_together_prove_what_neither_says_alone() -> None:
    said = "日本属于A区，A区日包28元/天。"
    assert flaw(said, ROAMING, "日本漫游一天多少钱", cites=(1, 2)) is None
    assert flaw("日本属于B区，B区日包45元/天。", ROAMING, "日本漫游一天多少钱", cites=(1, 2)) is not None


def test_a_passage_of_one_product_proves_nothing_of_its_sibling() -> None:
    assert flaw("每月129元，含60GB流量。", PLAN129, "畅行199多少钱") is Flaw.SUBJECT
    assert flaw("可设置3个亲情号。", SILVER, "青春卡能设几个亲情号", "三、银龄卡") is Flaw.SUBJECT
    assert flaw("可设置3个亲情号。", SILVER, "银龄卡能设几个亲情号", "三、银龄卡") is None


def test_the_product_of_the_sentence_before_is_still_spoken_of() -> None:
    prover = Prover("129和199有什么不同", [read_shown(passage(PLANS), TERMS)], TERMS)
    assert prover.flaw(Claim("畅行199月费199元。", (1,))) is None
    assert prover.flaw(Claim("国内流量60GB。", (1,))) is Flaw.SUBJECT
    assert prover.flaw(Claim("国内流量100GB。", (1,))) is None


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("100元", "一百元"),
        ("100元", "￥100"),
        ("一百块", "100元"),
        ("1.5万元", "15000元"),
        ("85%", "8.5折"),
        ("八折", "80%"),
        ("0.3%", "千分之三"),
        ("三成", "30%"),
        ("48小时", "两天"),
        ("2天", "48小时"),
        ("半年", "6个月"),
        ("1年", "12个月"),
        ("半小时", "30分钟"),
        ("1GB", "1024MB"),
        ("5个G", "5GB"),
        ("7月1日", "2026年7月1日"),
        ("2026-07-01", "2026年7月1日"),
        ("8点", "8:00"),
        ("晚上11点半", "11:30"),
        ("3毛", "0.3元"),
    ],
)
def test_writing_forms_are_folded(said: str, shown: str) -> None:
    assert same(read_figures(spell_out(said))[0], read_figures(spell_out(shown))[0])


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("48小时", "2个工作日"),
        ("2天", "2个工作日"),
        ("48小时", "次日起2天"),
        ("2个自然日", "48小时"),
        ("100元", "100美元"),
        ("100MB", "100GB"),
        ("8.5%", "8.5折"),
        ("1个月", "30天"),
        ("2026年7月1日", "7月1日"),
        ("2025年7月1日", "2026年7月1日"),
        ("10070", "10071"),
        ("1Mbps", "1MB"),
        ("6次", "6张"),
    ],
)
def test_what_is_not_the_same_is_not_folded(said: str, shown: str) -> None:
    assert not same(read_figures(spell_out(said))[0], read_figures(spell_out(shown))[-1])
