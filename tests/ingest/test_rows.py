"""Typed rows: scripts, questions and answers, learning points, offers, terms, other tables."""

from __future__ import annotations

from datetime import date

import pytest

from ingest.columns import kind_of
from ingest.model import BlockKind, Sheet
from ingest.rows import RowsResult, read_rows
from ingest.scripts import script_steps
from kb.errors import InputRefused
from kb.model import INTERNAL, MAX_PASSAGE_CHARS, PUBLIC, Kind, Term, Validity
from kb.rows import NOT_USED, ROW, FaqRow, OfferRow, PointRow, ScriptRow

SCRIPT = (
    "话术编号",
    "场景",
    "子场景",
    "触发说法",
    "规范应答",
    "禁用语",
    "注意事项",
    "渠道",
    "可见范围",
    "生效日期",
    "失效日期",
    "业务类型",
)
FAQ = (
    "问题编号",
    "标准问题",
    "相似问题",
    "答案",
    "业务类型",
    "产品",
    "可见范围",
    "生效日期",
    "失效日期",
    "责任部门",
    "依据",
)
SILENT = (
    "第1步 您好，请问能听到吗？【等待5秒】\n第2步 您好，{客户姓}，电话已接通。【等待5秒】\n"
    "第3步 听不到您的声音，先挂机了，再见。"
)


def sheet(header: tuple[str, ...], *rows: tuple[str, ...], name: str = "表") -> Sheet:
    filled = tuple(row + ("",) * (len(header) - len(row)) for row in rows)
    return Sheet(name=name, header=header, rows=filled, numbers=tuple(range(2, len(rows) + 2)))


def read(*sheets: Sheet, kind: Kind | None = None) -> RowsResult:
    return read_rows(sheets, kind=kind)


def test_a_script_keeps_steps_waits_slots_and_triggers() -> None:
    row = (
        "HS-1",
        "通话障碍",
        "无声电话",
        "电话没声音；喂喂喂",
        SILENT,
        "喂；说话呀",
        "先问后等",
        "语音",
        "内部",
        "2026-07-01",
        "",
        "业务受理",
    )
    result = read(sheet(SCRIPT, row))
    passage = result.passages[0]
    assert result.kind is Kind.SCRIPT
    assert passage.text.startswith("场景：通话障碍 无声电话\n第1步 您好")
    assert SILENT in passage.text
    assert passage.heading == ("通话障碍", "无声电话")
    assert passage.questions == ("电话没声音", "喂喂喂", "通话障碍 无声电话")
    assert passage.validity == Validity(date(2026, 7, 1), None)
    assert passage.audience == INTERNAL
    script = ROW.validate_python(passage.row)
    assert isinstance(script, ScriptRow)
    assert [(step.text, step.wait_seconds) for step in script.steps] == [
        ("您好，请问能听到吗？", 5),
        ("您好，{客户姓}，电话已接通。", 5),
        ("听不到您的声音，先挂机了，再见。", None),
    ]
    assert script.slots == ("客户姓",)
    assert script.forbidden == ("喂", "说话呀")
    assert "说话呀" not in passage.text


def test_a_wait_within_plain_wording_makes_steps() -> None:
    assert [step.wait_seconds for step in script_steps("请稍候。【等待10秒】让您久等了。")] == [10, None]
    assert script_steps("您好，请讲。") == ()


def test_a_question_and_answer_is_one_passage_with_its_similar_questions() -> None:
    row = (
        "Q1",
        "移机收费吗？",
        "搬家宽带要钱吗；移机多少钱",
        "移机费80元一次。",
        "业务咨询",
        "宽带",
        "公开",
        "",
        "",
        "家庭业务部",
        "《宽带规则》",
    )
    passage = read(sheet(FAQ, row)).passages[0]
    assert passage.text == "问：移机收费吗？\n答：移机费80元一次。"
    assert passage.questions == ("移机收费吗？", "搬家宽带要钱吗", "移机多少钱")
    assert passage.audience == PUBLIC
    assert passage.validity is None
    faq = ROW.validate_python(passage.row)
    assert isinstance(faq, FaqRow)
    assert (faq.code, faq.department, faq.products, faq.basis) == ("Q1", "家庭业务部", ("宽带",), "《宽带规则》")


def test_an_answer_too_long_is_cut_and_keeps_question_and_row() -> None:
    answer = "\n".join("请先拨打热线预约上门时间，装维人员核对地址和端口后安装。" * 4 for _ in range(8))
    passages = read(sheet(("问题", "答案"), ("怎么装宽带？", answer))).passages
    assert len(passages) > 1
    assert all(len(each.text) <= MAX_PASSAGE_CHARS and each.text.startswith("问：怎么装宽带？") for each in passages)
    assert all(each.row == passages[0].row for each in passages)


@pytest.mark.parametrize(
    "header",
    [
        ("id", "question", "answer"),
        ("编号", "问题", "答案"),
        ("序号", "标准问法", "回复"),
        ("No", "問題", "回覆"),
        ("ID", "Question", "Answer"),
    ],
)
def test_knows_the_columns_of_others(header: tuple[str, ...]) -> None:
    assert kind_of(sheet(header, ("1", "怎么退订？", "发送TD。"))) is Kind.FAQ


def test_rows_with_one_code_are_one_entry_with_every_pair() -> None:
    rows = (
        ("f1", "什么是扫码支付？", "用手机支付。"),
        ("f2", "怎么退订？", "发送TD。"),
        ("f1", "扫码支付是什么？", "用手机支付。"),
        ("f1", "怎么开通？", "在App开通。"),
    )
    first, second = read(sheet(("id", "question", "answer"), *rows)).passages
    assert first.text == "问：什么是扫码支付？\n答：用手机支付。\n问：怎么开通？\n答：在App开通。"
    assert first.questions == ("什么是扫码支付？", "扫码支付是什么？", "怎么开通？")
    assert second.questions == ("怎么退订？",)
    faq = ROW.validate_python(first.row)
    assert isinstance(faq, FaqRow)
    assert (faq.question, faq.similar) == ("什么是扫码支付？", ("扫码支付是什么？", "怎么开通？"))
    assert faq.answer == "用手机支付。\n在App开通。"


def test_an_entry_too_long_for_a_passage_is_parted_between_its_pairs() -> None:
    rows = tuple(("f1", f"第{i}种怎么办？", f"第{i}种请这样办理。" * 20) for i in range(5))
    passages = read(sheet(("id", "question", "answer"), *rows)).passages
    assert [len(each.questions) for each in passages] == [3, 2]
    assert all(len(each.text) <= MAX_PASSAGE_CHARS for each in passages)
    assert all(each.text.count("问：") == each.text.count("答：") == len(each.questions) for each in passages)
    assert len({str(each.row) for each in passages}) == 2


def test_what_other_people_may_see_or_holds_at_other_times_is_another_entry() -> None:
    header = ("编号", "问题", "答案", "可见范围", "生效日期")
    rows = (
        ("f1", "移机收费吗？", "八十元。", "公开", ""),
        ("f1", "能减免吗？", "主管可减免。", "内部", ""),
        ("f1", "以后收费吗？", "一百元。", "公开", "2027-01-01"),
    )
    passages = read(sheet(header, *rows)).passages
    assert [len(each.questions) for each in passages] == [1, 1, 1]
    assert [each.audience for each in passages] == [PUBLIC, INTERNAL, PUBLIC]


def test_rows_without_a_code_stay_single() -> None:
    rows = (("", "怎么退订？", "发送TD。"), ("", "移机收费吗？", "八十元。"))
    assert len(read(sheet(("id", "question", "answer"), *rows)).passages) == 2


def test_without_codes_the_same_row_is_kept_once() -> None:
    rows = (("怎么退订？", "发送TD。"), ("怎么退订？", "发送TD。"), ("如何退订？", "发送TD。"))
    assert len(read(sheet(("问题", "答案"), *rows)).passages) == 2


def test_two_columns_without_header_are_questions_and_answers_when_one_asks() -> None:
    rows = (("怎么退订？", "发送TD。"), ("移机收费吗？", "八十元。"))
    assert [each.questions for each in read(sheet(("", ""), *rows)).passages] == [("怎么退订？",), ("移机收费吗？",)]


def test_a_learning_point_has_its_title_as_question() -> None:
    header = (
        "知识点编号",
        "主题",
        "阶段",
        "能力项",
        "知识点",
        "内容",
        "易错提示",
        "出处",
        "生效日期",
        "失效日期",
        "可见范围",
    )
    row = (
        "YZ-1",
        "携号转网",
        "认知期",
        "业务知识",
        "转网条件",
        "入网满120天，无欠费。",
        "不是90天。",
        "《服务规范》",
        "",
        "",
        "",
    )
    passage = read(sheet(header, row)).passages[0]
    assert passage.text == "转网条件\n入网满120天，无欠费。\n易错提示：不是90天。"
    assert (passage.heading, passage.questions, passage.audience) == (("携号转网",), ("转网条件",), None)
    assert isinstance(ROW.validate_python(passage.row), PointRow)


def test_an_offer_tells_conditions_authority_and_disclosures() -> None:
    header = (
        "优惠编号",
        "优惠名称",
        "优惠内容",
        "适用条件",
        "条件表达式",
        "权限级别",
        "必告知",
        "禁止承诺",
        "叠加规则",
        "适用渠道",
        "产品",
    )
    row = (
        "YH-1",
        "暖心续约",
        "月费立减20元",
        "在网满24个月",
        "tenure>=24",
        "坐席",
        "承诺在网12个月；到期恢复原价",
        "永久优惠",
        "不可叠加",
        "语音、在线",
        "畅行99",
    )
    passage = read(sheet(header, row)).passages[0]
    assert passage.text == (
        "暖心续约\n优惠内容：月费立减20元\n适用条件：在网满24个月\n必告知：承诺在网12个月；到期恢复原价\n"
        "叠加规则：不可叠加\n适用渠道：语音、在线\n权限级别：坐席"
    )
    offer = ROW.validate_python(passage.row)
    assert isinstance(offer, OfferRow)
    assert (offer.rule, offer.disclosures, offer.channels) == (
        "tenure>=24",
        ("承诺在网12个月", "到期恢复原价"),
        ("语音", "在线"),
    )


def test_what_only_insiders_need_is_not_in_the_text_of_a_public_row() -> None:
    header = ("优惠名称", "优惠内容", "权限级别", "禁止承诺", "可见范围")
    rows = (("夏日流量季", "赠10GB", "坐席", "永久赠送", "公开"), ("暖心续约", "减20元", "坐席", "永久优惠", "内部"))
    texts = [each.text for each in read(sheet(header, *rows)).passages]
    assert texts == ["夏日流量季\n优惠内容：赠10GB", "暖心续约\n优惠内容：减20元\n权限级别：坐席"]
    scripts = sheet(("场景", "规范应答", "注意事项"), ("开场", "您好。", "先微笑。"))
    assert read_rows([scripts], kind=None, audience=PUBLIC).passages[0].text == "场景：开场\n您好。"


def test_terms_are_no_passages() -> None:
    result = read(
        sheet(("标准词", "同义词", "类别", "说明"), ("携号转网", "携转、转网；携号转网", "业务", "号码不变换运营商"))
    )
    assert result.kind is Kind.TERMS
    assert result.passages == ()
    assert result.terms == (Term("携号转网", ("携转", "转网"), "业务", "号码不变换运营商"),)


def test_bad_rows_are_named_and_the_others_go_on() -> None:
    rows = (
        ("Q1", "移机收费吗？", "", "八十元。"),
        ("Q2", "", "", "没有问题。"),
        ("Q3", "怎么退订？", "", "发送TD。", "", "", "大家"),
        ("Q4", "多久装好？", "", "两天。", "", "", "", "2026-07-01", "2026-01-01"),
    )
    result = read(sheet(FAQ, *rows, name="常见问题"))
    assert len(result.passages) == 1
    assert result.warnings[0] == "有 3 行未收，其余已收"
    assert result.warnings[1] == "常见问题 第 3 行未收：缺少问题"
    assert "第 4 行未收：可见范围“大家”无法识别" in result.warnings[2]
    assert "早于生效日期" in result.warnings[3]


def test_a_script_number_used_twice_is_refused_the_second_time() -> None:
    rows = tuple(("HS-1", "开场", "", "", "您好。") for _ in range(2))
    result = read(sheet(SCRIPT, *rows))
    assert len(result.passages) == 1
    assert "编号“HS-1”重复" in result.warnings[1]


def test_refuses_a_file_without_one_good_row() -> None:
    with pytest.raises(InputRefused) as refused:
        read(sheet(FAQ, ("Q1", "", "", "")), kind=Kind.FAQ)
    assert "没有一行可用" in refused.value.hint


def test_refuses_a_kind_whose_columns_are_not_there() -> None:
    with pytest.raises(InputRefused) as refused:
        read(sheet(("名称", "价格"), ("光猫", "120元")), kind=Kind.SCRIPT)
    assert "场景、规范应答" in refused.value.hint


def test_another_table_goes_on_as_rows_with_their_header() -> None:
    result = read(sheet(("套餐", "月费"), ("畅行99", "99元"), name="资费"))
    assert result.kind is None
    assert [(block.kind, block.text) for block in result.blocks] == [
        (BlockKind.HEADING, "资费"),
        (BlockKind.ROW, "套餐：畅行99；月费：99元"),
    ]


def test_a_workbook_may_hold_several_sheets() -> None:
    result = read(
        sheet(("问题", "答案"), ("甲？", "一。")),
        sheet(("套餐", "月费"), ("畅行99", "99元")),
        sheet(("标准词", "同义词"), ("副卡", "附属卡")),
    )
    assert (result.kind, len(result.passages), len(result.blocks), len(result.terms)) == (Kind.FAQ, 1, 2, 1)


PARTS = ("话术编号", "场景", "规范应答", "渠道", "环节", "必用开场", "必用结束语")


def test_a_script_may_open_or_close_calls_and_demand_what_goes_with_it() -> None:
    result = read(
        sheet(
            PARTS,
            ("K1", "开场", "您好，请讲。", "语音", "开场白"),
            ("J1", "结束", "再见。", "语音", "结束"),
            ("H1", "回拨", "我给您回电。", "全部", "", "", "J1"),
            ("H2", "紧急情况", "我不挂机。", "语音", "应答", "不用", "无"),
        )
    )
    rows = [ROW.validate_python(passage.row) for passage in result.passages]
    assert [(row.part, row.opens_with, row.closes_with) for row in rows if isinstance(row, ScriptRow)] == [
        ("opening", "", ""),
        ("closing", "", ""),
        ("", "", "J1"),
        ("", NOT_USED, NOT_USED),
    ]
    assert result.warnings == ()
    assert result.passages[0].text == "场景：开场\n您好，请讲。"


def test_a_part_of_a_call_that_is_unknown_and_a_script_that_is_not_there_are_named() -> None:
    result = read(
        sheet(
            PARTS, ("H1", "回拨", "我给您回电。", "全部", "售中", "", "J9"), ("H2", "回拨", "稍后回电。"), name="话术"
        )
    )
    assert len(result.passages) == 2
    assert result.warnings == (
        "话术 第 2 行的环节“售中”没有识别，按普通话术收录；可以写 开场、结束，或留空",
        "话术 第 2 行的必用结束语“J9”不是本文件里的话术编号，请核对；写 不用 表示不需要",
    )


def test_a_column_that_means_something_else_is_not_told_for_every_row() -> None:
    rows = [(f"H{n}", "回拨", f"第{n}次回电。", "全部", "售中") for n in range(50)]
    assert len(read(sheet(PARTS, *rows)).warnings) == 20
