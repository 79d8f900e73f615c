"""Which column of a sheet is what, by its header, and so which kind of rows it holds; `ingest.rows` calls it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from ingest.model import Sheet
from kb.model import Kind

_COMMON = {
    "audience": "可见范围 可见 受众 适用对象范围 audience",
    "effective_from": "生效日期 生效时间 开始日期 起始日期 上线日期 effective_from effectivefrom startdate",
    "effective_to": "失效日期 失效时间 截止日期 结束日期 到期日期 有效期至 下线日期 effective_to effectiveto enddate",
    "department": "责任部门 归属部门 主管部门 部门 department",
    "business_type": "业务类型 业务分类 businesstype business_type",
    "products": "产品 适用产品 产品名称 套餐 product products",
}
_BY_KIND: Mapping[Kind, Mapping[str, str]] = {
    Kind.SCRIPT: {
        "code": "话术编号 编号 序号 code id",
        "scenario": "场景 适用场景 一级场景 scenario",
        "subscenario": "子场景 二级场景 细分场景 subscenario",
        "triggers": "触发说法 客户说法 客户常见说法 触发语 触发词 triggers",
        "wording": "规范应答 规范应答文本 标准应答 应答话术 标准话术 话术 话术内容 wording script",
        "forbidden": "禁用语 服务禁语 禁语 禁止用语 forbidden",
        "notes": "注意事项 备注 说明 notes",
        "channel": "渠道 适用渠道 channel",
        "part": "环节 话术环节 通话环节",
        "opens_with": "必用开场 必用开场白 必用开场语 配套开场",
        "closes_with": "必用结束语 必用结束 配套结束语",
        "version": "版本 版本号 version",
    },
    Kind.FAQ: {
        "code": "问题编号 编号 序号 知识编号 id code no",
        "question": "标准问题 标准问 标准问法 问题 问句 提问 问 question questions query q 問題",
        "similar": "相似问题 相似问 相似问法 扩展问 扩展问法 其他问法 similar similarquestions similar_questions",
        "answer": "答案 标准答案 回答 回复 答复 解答 答 answer answers reply response a 回覆 解答內容",
        "category": "栏目 分类 类别 一级分类 目录 category 類別",
        "basis": "依据 出处 来源 参考文件 basis source",
    },
    Kind.LEARNING: {
        "code": "知识点编号 编号 序号 code id",
        "topic": "主题 专题 模块 topic",
        "stage": "阶段 成长阶段 适用阶段 stage",
        "competency": "能力项 能力 胜任力 competency",
        "title": "知识点 知识点名称 要点 标题 title",
        "content": "内容 知识内容 知识点内容 详细内容 content",
        "pitfalls": "易错提示 易错点 常见错误 pitfalls",
        "basis": "出处 依据 来源 basis source",
    },
    Kind.OFFER: {
        "code": "优惠编号 活动编号 编号 序号 code id",
        "name": "优惠名称 活动名称 优惠 活动 name",
        "content": "优惠内容 活动内容 优惠说明 内容 content",
        "conditions": "适用条件 参与条件 办理条件 conditions",
        "rule": "条件表达式 规则表达式 rule",
        "authority": "权限级别 权限 授权级别 审批权限 authority",
        "disclosures": "必告知 必须告知 告知事项 disclosures",
        "forbidden_promises": "禁止承诺 不得承诺 forbidden_promises",
        "stacking": "叠加规则 叠加 能否叠加 stacking",
        "channels": "适用渠道 渠道 channels",
    },
    Kind.TERMS: {
        "standard": "标准词 标准术语 规范词 术语 standard term",
        "synonyms": "同义词 近义词 别名 俗称 其他说法 synonyms",
        "category": "类别 分类 category",
        "note": "说明 备注 释义 解释 note",
    },
}
REQUIRED: Mapping[Kind, tuple[str, ...]] = {
    Kind.SCRIPT: ("scenario", "wording"),
    Kind.FAQ: ("question", "answer"),
    Kind.LEARNING: ("title", "content"),
    Kind.OFFER: ("name", "content"),
    Kind.TERMS: ("standard", "synonyms"),
}
_AMBIGUOUS = {Kind.LEARNING: {"标题", "title", "要点"}, Kind.OFFER: {"name", "优惠", "活动"}, Kind.SCRIPT: {"script"}}


def kind_of(sheet: Sheet) -> Kind | None:
    """The kind of rows a sheet holds by its header, None when it is some other table."""
    for kind in (Kind.OFFER, Kind.SCRIPT, Kind.LEARNING, Kind.TERMS, Kind.FAQ):
        telling = REQUIRED[kind]
        columns = columns_of(sheet, kind)
        weak = any(fold(sheet.header[columns[name]]) in _AMBIGUOUS.get(kind, ()) for name in telling if name in columns)
        if all(name in columns for name in telling) and not weak:
            return kind
    return Kind.FAQ if headless_faq(sheet) else None


def columns_of(sheet: Sheet, kind: Kind) -> dict[str, int]:
    """Field -> column number (from 0) for rows of `kind`; the first fitting header counts, names as a list above."""
    if kind is Kind.FAQ and (pair := headless_faq(sheet)):
        return {"question": pair[0], "answer": pair[1]}
    folded = [fold(name) for name in sheet.header]
    columns: dict[str, int] = {}
    for field, names in {**_BY_KIND[kind], **_COMMON}.items():
        for name in map(fold, names.split()):
            if name in folded and folded.index(name) not in columns.values():
                columns[field] = folded.index(name)
                break
    return columns


def missing_columns(sheet: Sheet, kind: Kind) -> tuple[str, ...]:
    """The Chinese names of required columns that a sheet of `kind` lacks."""
    columns = columns_of(sheet, kind)
    return tuple(_BY_KIND[kind][name].split()[0] for name in REQUIRED[kind] if name not in columns)


def required_names(kind: Kind) -> tuple[str, ...]:
    """The Chinese names of the columns that rows of `kind` must have."""
    return tuple(_BY_KIND[kind][name].split()[0] for name in REQUIRED[kind])


def headless_faq(sheet: Sheet) -> tuple[int, int] | None:
    """(question column, answer column) of two columns without names of which one asks; else None."""
    if len(sheet.header) != 2 or any(sheet.header) or not sheet.rows:
        return None
    asking = [_asking(sheet.rows, column) for column in (0, 1)]
    if max(asking) < 0.3 or asking[0] == asking[1]:
        return None
    return (0, 1) if asking[0] > asking[1] else (1, 0)


def _asking(rows: Sequence[Sequence[str]], column: int) -> float:
    return sum(row[column].rstrip().endswith(("？", "?", "吗", "呢", "嗎")) for row in rows) / len(rows)


def fold(name: str) -> str:
    """A header name for comparing: NFKC, lower case, no white space and no note in brackets."""
    name = unicodedata.normalize("NFKC", name).lower()
    return re.sub(r"\s+|\(.*?\)|[*:]", "", name)
