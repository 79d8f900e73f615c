"""Personal numbers are hidden in every form people say them; figures of the trade are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.mask import find_personal, id_check_digit, luhn_holds, mask

ID_18 = "11010119900307" + "888"
ID_18 += id_check_digit(ID_18)


@pytest.mark.parametrize(
    "written",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "+86 13800138000",
        "+8613800138000",
        "0086-13800138000",
        "013800138000",
        "１３８００１３８０００",
        "138—0013—8000",
        "1380013\u200b8000",
        "一三八零零一三八零零零",
        "幺三八〇〇幺三八〇〇〇",
        "1 3 8 0 0 1 3 8 0 0 0",
    ],
)
def test_hides_a_mobile_however_it_is_written(written: str) -> None:
    assert mask(f"手机{written}号不能上网") == "手机138****8000号不能上网"


def test_hides_identity_cards_with_a_right_check_digit() -> None:
    assert mask(f"证号{ID_18}办副卡") == f"证号110***********{ID_18[-4:]}办副卡"
    assert mask(f"{ID_18[:6]} {ID_18[6:14]} {ID_18[14:]}") == f"110***********{ID_18[-4:]}"
    assert id_check_digit("11010519491231002") == "X"
    assert mask("是11010519491231002x吗") == "是110***********002X吗"


def test_leaves_a_long_number_with_a_wrong_check_digit_unless_it_is_named() -> None:
    wrong = ID_18[:17] + ("0" if ID_18[17] != "0" else "1")
    assert not [span for span in find_personal(f"流水{wrong}") if span.kind == "id_card"]
    assert mask(f"身份证号是{wrong}") == f"身份证号是110***********{wrong[-4:]}"


def test_hides_an_old_identity_card_of_15_digits() -> None:
    assert mask("老证110101900307888还能用吗") == "老证110*********888还能用吗"


@pytest.mark.parametrize("written", ["6222020200112233", "6222 0202 0011 2233", "6222-0202-0011-2233"])
def test_hides_bank_cards_that_pass_luhn(written: str) -> None:
    digits = written.replace(" ", "").replace("-", "")
    right = next(str(last) for last in range(10) if luhn_holds(digits[:-1] + str(last)))
    assert mask(f"扣在{written[:-1]}{right}卡里") == f"扣在6222********223{right}卡里"


def test_an_amount_said_after_a_card_does_not_hide_the_card() -> None:
    card = next("6222 0202 0011 223" + str(last) for last in range(10) if luhn_holds("622202020011223" + str(last)))
    assert mask(f"从{card} 5000元") == f"从6222********223{card[-1]} 5000元"
    assert mask(f"{card} {card}").count("6222********223") == 2


@pytest.mark.parametrize(
    ("said", "hidden"),
    [
        ("打0571-88886666找我", "打0571-****6666找我"),
        ("打(010)88886666找我", "打010-****6666找我"),
        ("家里电话88886666坏了", "家里电话****6666坏了"),
        ("发到zhang.san@example.com", "发到z***@example.com"),
        ("发到１３８００１３８０００＠139.com吧", "发到1***@139.com吧"),
        ("13800138000和13900139000合户", "138****8000和139****9000合户"),
        ("套餐一13800138000", "套餐一138****8000"),
    ],
)
def test_hides_landlines_mail_and_several_at_once(said: str, hidden: str) -> None:
    assert mask(said) == hidden


@pytest.mark.parametrize(
    "said",
    [
        "畅行199套餐100GB流量1200分钟多少钱",
        "19.9 99 129 199 都有哪些",
        "59元、99元、129元、199元、299元",
        "2026-11-01至2026-12-31有效",
        "20261121出的账单",
        "二〇二六年十一月二十一日一共三百八十元",
        "拨10070转8，或400-800-8888",
        "9:00-18:00营业，2026年1月1日起",
        "工单20261121000123456789",
        "发送CXZG到10070，授权码60分钟有效",
        "第三百零八条第（一）项",
        "一二三四五六七八九十",
        "订单号1000000000000001",
        "违约金=剩余月数×月费×30%",
    ],
)
def test_leaves_figures_of_the_trade_alone(said: str) -> None:
    assert mask(said) == said


@pytest.mark.parametrize(
    "said",
    [
        "谢谢张先生",
        "谢谢陈小姐",
        "非常感谢王女士的理解",
        "谢谢安先生",
        "谢谢欧阳先生",
        "您好，多谢谢女士",
        "早安李女士",
        "明白了王先生",
        "我明白孙女士的意思",
        "很高兴周先生满意",
        "祝贺李先生",
        "祝林先生生活愉快",
        "辛苦郑师傅再跑一趟",
        "班主任李老师",
        "对方是李女士",
        "工单钱女士催了两次",
        "三分钟后王先生会接听",
        "把钱退给李先生",
        "机主是张先生",
        "送单的师傅还没到",
    ],
)
def test_a_surname_after_an_ordinary_word_is_no_name(said: str) -> None:
    assert mask(said) == said


@pytest.mark.parametrize(
    ("said", "hidden"),
    [
        ("谢谢张伟先生", "谢谢张*先生"),
        ("谢安先生来电", "谢*先生来电"),
        ("感谢谢安先生", "感谢谢*先生"),
        ("我叫谢谢安，要补卡", "我叫谢**，要补卡"),
        ("明白李建国先生的意思", "明白李**先生的意思"),
        ("白高兴先生要过户", "白**先生要过户"),
        ("祝林先生要过户", "祝*先生要过户"),
        ("李了凡老师的宽带", "李**老师的宽带"),
        ("王也先生", "王*先生"),
        ("谢谢欧阳锋先生", "谢谢欧阳*先生"),
        ("机主是李建国", "机主是李**"),
    ],
)
def test_a_whole_name_is_hidden_whatever_word_stands_before_it(said: str, hidden: str) -> None:
    assert mask(said) == hidden


def test_a_number_read_out_in_groups_is_hidden_and_prices_in_a_row_are_not() -> None:
    assert mask("您留的电话一五九，八八八八，六六六六。") == "您留的电话159****6666。"
    assert (
        mask("有一百三十九，八千八百八十八，六千六百六十六三种") == "有一百三十九，八千八百八十八，六千六百六十六三种"
    )
    assert mask("199，1299，2599元三档") == "199，1299，2599元三档"


digits = st.text("0123456789", min_size=8, max_size=8)
words = st.text("客户的手机号是卡办理，。套餐元 ", max_size=12)


@given(words, st.sampled_from(["13", "15", "17", "18", "19"]), st.text("0123456789", min_size=9, max_size=9), words)
def test_never_lets_a_mobile_through(before: str, start: str, rest: str, after: str) -> None:
    number = start + rest
    hidden = mask(before + number + after)
    assert number not in hidden
    assert hidden.replace(" ", "").find(number[:3] + "****" + number[-4:]) >= 0


@given(words, st.dates(), st.integers(0, 999), words)
def test_never_lets_a_checked_identity_number_through(before: str, born: object, serial: int, after: str) -> None:
    year = 1900 + int(str(born)[2:4])
    number = f"330102{year}{str(born)[5:7]}{str(born)[8:10]}{serial:03d}"
    if number[10:14] == "0229":
        return
    number += id_check_digit(number)
    assert number not in mask(before + number + after)


@given(words, st.text("0123456789", min_size=11, max_size=17), words)
def test_never_lets_a_checked_bank_card_through(before: str, body: str, after: str) -> None:
    body = "62" + body[:-1]
    number = next(body + str(last) for last in range(10) if luhn_holds(body + str(last)))
    if len(number) < 13:
        return
    assert number not in mask(before + number + after)


@given(st.integers(0, 99_999_999), st.sampled_from(["元", "GB", "分钟", "MB", "%", "天", "个月"]), words)
def test_never_touches_an_amount(amount: int, unit: str, after: str) -> None:
    said = f"一共{amount}{unit}{after}"
    assert mask(said) == said


@given(st.dates(), words)
def test_never_touches_a_date(day: object, after: str) -> None:
    said = f"自{day}起{after}"
    assert mask(said) == said


@given(st.text(max_size=60))
def test_masking_twice_is_masking_once(said: str) -> None:
    assert mask(mask(said)) == mask(said)
