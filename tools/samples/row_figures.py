"""Which figure may stand beside which word in a row of the workbooks; `rows.py` checks every row against it."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class FigureRule:
    """A figure beside a keyword: the first group of `pattern` (blanks removed) must be one of `now`.

    A figure of `old` or `new` is right only where the row says that it speaks of the past or the future, or where the
    row itself has expired or is not yet in force.
    """

    name: str
    pattern: str
    now: frozenset[str]
    old: frozenset[str] = frozenset()
    new: frozenset[str] = frozenset()


def _rule(name: str, pattern: str, now: str, *, old: str = "", new: str = "") -> FigureRule:
    return FigureRule(name, pattern, frozenset(now.split()), frozenset(old.split()), frozenset(new.split()))


PLANS = {
    "59": ("20", "15", "200"),
    "99": ("40", "30", "500"),
    "129": ("60", "50", "700"),
    "199": ("100", "80", "1200"),
    "299": ("200", "150", "2000"),
}
FIGURES = (
    *(
        _rule(f"畅行{plan}流量", rf"畅行{plan}(?!\d)[^。；\n畅用余转]{{0,14}}?(\d+)GB", now, old=old)
        for plan, (now, old, _) in PLANS.items()
    ),
    *(
        _rule(f"畅行{plan}通话", rf"畅行{plan}(?!\d)[^。；\n畅]{{0,22}}?(\d+)分钟", talk)
        for plan, (_, _, talk) in PLANS.items()
    ),
    _rule("套外单价", r"(\d+(?:\.\d+)?)元/GB", "5"),
    _rule("旧版套外单价", r"(\d+\.\d+)元/MB", "", old="0.29"),
    _rule("套外停止计费", r"套外用满(\d+)GB", "60"),
    _rule("副卡月费", r"副卡每张每月(\d+)元|副卡(\d+)元/张", "10"),
    _rule("亲情网月费", r"亲情网(?:每月)?(\d+)元", "5"),
    _rule("青春卡月费", r"青春卡每月(\d+)元", "29"),
    _rule("银龄卡月费", r"银龄卡[，每月]{0,3}(\d+)元", "19"),
    _rule("乡韵卡月费", r"乡韵卡[^。；\n]{0,12}?(\d+)元", "39"),
    _rule("移机费", r"移机(?:费)?[^。；\n]{0,24}?(\d+)元", "80 40", new="50"),
    _rule("安装调测费", r"安装调测费(\d+)元", "100"),
    _rule("停机保号费", r"停机保号[^。；\n宽]{0,26}?(\d+)元/月", "5", old="10"),
    _rule("停机保号最长", r"停机保号[^。；\n宽]{0,40}?最长(\d+)个月", "12", old="3"),
    _rule("停机保宽最长", r"停机保宽[^。；\n号]{0,40}?最长(?:由)?(\d+)个月", "6", new="12"),
    _rule("停机保宽费", r"(?:停机保宽|宽带暂停|暂停期间)[^。；\n]{0,4}?(\d+)元", "10"),
    _rule("光猫赔偿", r"(?:归还|未还|损坏)[^。；\n，]{0,8}?(\d+)元", "120"),
    _rule("提速包", r"提速包[，每月]{0,3}(\d+)元", "20"),
    _rule("授权码有效期", r"授权码[^。；\n]{0,12}?(\d+)分钟", "60"),
    _rule("携转在网", r"入网满(\d+)天", "120"),
    _rule("携转退余额", r"转网后[^。；\n]{0,8}?(\d+)个工作日", "15"),
    _rule("销户退余额", r"余额(\d+)个工作日内退回", "7"),
    _rule("冷冻期", r"冷冻(\d+)天", "90"),
    _rule("补卡费", r"补卡(?:每张)?(\d+)元", "10"),
    _rule("一证几卡", r"每(?:个)?证件最多(?:办)?(\d+)张", "5"),
    _rule("单停", r"满(\d+)小时(?:单停|会?暂停呼出|暂停呼出)", "72"),
    _rule("双停", r"满(\d+)天(?:双停|呼入|暂停呼入)", "15"),
    _rule("销号", r"双停满(\d+)天", "60"),
    _rule("复机", r"缴清[^。；\n]{0,8}?(\d+)分钟", "30"),
    _rule("违约金比例", r"月费[×，再乘 ]{1,3}(\d+)%", "30"),
    _rule("港澳台日包", r"港澳台(?:日包)?(?:每天)?(\d+)元", "25"),
    _rule("A区日包", r"A区(?:日包)?(?:每天)?(\d+)元", "28", new="25"),
    _rule("B区日包", r"B区(?:日包)?(?:每天)?(\d+)元", "45", new="39"),
    _rule("封顶", r"封顶(\d+)元", "98", old="60"),
    _rule("投诉首联", r"一般投诉(\d+)小时", "24"),
    _rule("增值退订", r"(\d+)小时内退订", "72"),
    _rule("发票", r"消费后(\d+)天", "180"),
    _rule("积分抵扣", r"(\d+)分抵1元", "100"),
    _rule("积分起兑", r"单次最[低少](?:兑换|换)?(\d+)分", "500"),
    _rule("银卡", r"银卡(\d+)元|(\d+)元(?:及以上)?银卡", "80"),
    _rule("金卡", r"金卡(\d+)元|(\d+)元(?:及以上)?金卡", "150"),
    _rule("钻石卡", r"钻石卡(\d+)元|(\d+)元(?:及以上)?钻石卡", "300"),
    _rule("贵宾厅金卡", r"金卡(?:每年可使用机场贵宾厅)?(\d+)次", "2"),
    _rule("贵宾厅钻石卡", r"钻石卡(?:每年)?(\d+)次", "6"),
    _rule("暖心续约", r"立减(\d+)元", "20"),
    _rule("详单", r"近(\d+)个月(?:（含当月）)?详单", "6"),
    _rule("二次实名", r"核验通过后(\d+)小时", "24"),
)
# Words by which a row says that a figure is of the past or of the future.
PAST = re.compile(r"旧|2024版|2025版|及以前|以前|老规则")
AHEAD = re.compile(r"2027|明年|新规")
