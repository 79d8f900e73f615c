"""The customer facts that offers ask for: names, units, ranges, ways of saying them; facts and conditions read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Shape(StrEnum):
    """What a fact's value is."""

    NUMBER = "number"
    CHOICE = "choice"
    TEXT = "text"
    SEVERAL = "several"


@dataclass(frozen=True, slots=True)
class Field:
    """One fact. `low` and `high` bound a number; `choices` maps a stored value to what people call it, first the label.

    `ask` is the question that settles it. A CHOICE admits its choices only; TEXT and SEVERAL admit any short wording.
    """

    key: str
    label: str
    shape: Shape
    ask: str
    unit: str = ""
    low: float = 0
    high: float = 0
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def shown(self, value: object) -> str:
        """A value as people read it."""
        if isinstance(value, frozenset):
            return "、".join(sorted(map(str, value)))
        if isinstance(value, float):
            return f"{value:g}{self.unit}"
        return self.choices.get(str(value), (str(value),))[0]


_NUMBERS = (
    Field("tenure_months", "在网时长", Shape.NUMBER, "客户在网满多少个月？", "个月", 0, 600),
    Field("monthly_spend", "近6月月均消费", Shape.NUMBER, "客户近6个月月均实付多少元？", "元", 0, 20_000),
    Field("age", "年龄", Shape.NUMBER, "客户年满多少周岁？", "周岁", 0, 120),
    Field("family_age", "父母年龄", Shape.NUMBER, "要办卡的父母年满多少周岁？", "周岁", 0, 120),
    Field("arrears", "欠费", Shape.NUMBER, "账户有没有欠费？", "元", 0, 1_000_000),
    Field("contract_remaining_months", "套餐合约剩余", Shape.NUMBER, "套餐合约还剩几个月？", "个月", 0, 60),
    Field("broadband_tenure_months", "宽带在网", Shape.NUMBER, "宽带在网满多少个月？", "个月", 0, 600),
    Field("zero_usage_days", "连续零使用", Shape.NUMBER, "连续多少天没有通话和流量？", "天", 0, 3_650),
    Field("suspended_months", "已停机保号", Shape.NUMBER, "停机保号满几个月？", "个月", 0, 60),
    Field("speedup_used_12m", "近12个月用过提速包", Shape.NUMBER, "近12个月用过几次提速包？", "次", 0, 100),
)
_CHOICES = (
    Field(
        "tier",
        "客户等级",
        Shape.CHOICE,
        "客户是什么等级（普通、银卡、金卡、钻石卡）？",
        choices={
            "普通": ("普通", "普通客户", "无等级"),
            "银卡": ("银卡", "银卡客户"),
            "金卡": ("金卡", "金卡客户"),
            "钻石卡": ("钻石卡", "钻石", "钻石客户", "钻卡"),
        },
    ),
    Field(
        "contract",
        "套餐类合约",
        Shape.CHOICE,
        "有没有在途的套餐类合约？",
        choices={"none": ("无", "没有", "无合约", "否"), "active": ("有", "在途", "有合约", "是")},
    ),
    Field(
        "broadband_contract",
        "宽带类合约",
        Shape.CHOICE,
        "有没有在途的宽带类合约？",
        choices={"none": ("无", "没有", "无合约", "否"), "active": ("有", "在途", "有合约", "是")},
    ),
    Field(
        "broadband",
        "在用宽带",
        Shape.CHOICE,
        "在用哪档宽带，还是没有宽带？",
        choices={
            "none": ("无", "没有", "无宽带"),
            "300M": ("300M", "300m", "300M宽带"),
            "500M": ("500M", "500m", "500M宽带"),
            "1000M": ("1000M", "1000m", "1000M宽带", "千兆"),
        },
    ),
    Field(
        "broadband_mode",
        "宽带办理方式",
        Shape.CHOICE,
        "宽带是单独办理，还是套餐里带的？",
        choices={"standalone": ("单独办理", "单办"), "bundled": ("套餐含宽带", "融合"), "none": ("无", "没有")},
    ),
    Field(
        "complaint_level",
        "投诉级别",
        Shape.CHOICE,
        "投诉工单是什么级别（一般、重要、重大）？",
        choices={"无": ("无", "没有投诉"), "一般": ("一般",), "重要": ("重要",), "重大": ("重大",)},
    ),
    Field(
        "roaming",
        "国际漫游",
        Shape.CHOICE,
        "国际漫游开通了吗？",
        choices={"open": ("已开通", "开通", "是"), "closed": ("未开通", "没开通", "关闭", "否")},
    ),
    Field(
        "watch_number",
        "手表副号",
        Shape.CHOICE,
        "开通过手表副号吗？",
        choices={"none": ("未开通过", "无", "没有", "未开通"), "active": ("开通过", "有", "已开通")},
    ),
)
_WORDS = (
    Field("plan", "套餐", Shape.TEXT, "客户在用哪个套餐？"),
    Field("target_plan", "想改的套餐", Shape.TEXT, "客户想改成哪个套餐？"),
    Field("region", "地区", Shape.TEXT, "客户在哪个市县（宽带按安装地址）？"),
    Field("product", "想办的产品", Shape.SEVERAL, "客户想办哪项产品？"),
    Field("intent", "客户提出", Shape.SEVERAL, "先听清客户提出的是什么（不要替客户提）"),
    Field("identity", "身份证明", Shape.SEVERAL, "客户持有哪种身份证明？"),
)
FIELDS: Mapping[str, Field] = {each.key: each for each in (*_NUMBERS, *_CHOICES, *_WORDS)}

INTENTS: Mapping[str, tuple[str, ...]] = {
    "携号转网": ("携号转网", "携转", "转网", "转出"),
    "销户": ("销户", "销号", "注销"),
    "降档": ("降档", "降套餐", "换小套餐"),
    "升档": ("升档", "升套餐", "换大套餐"),
    "宽带拆机": ("宽带拆机", "拆机", "拆宽带", "退宽带"),
    "投诉": ("投诉",),
    "携入": ("携入", "携号转入", "转入"),
    "复机": ("复机",),
    "停机": ("停机", "停机保号", "保号"),
    "退订": ("退订",),
    "嫌贵": ("嫌贵", "太贵"),
}
"""What a customer can have asked for, with the ways agents write it down."""
