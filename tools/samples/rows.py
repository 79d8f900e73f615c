"""Build samples/{scripts,faq,yingzhi}.xlsx from content/*.yaml; `--check` verifies sources and workbooks.

    python tools/samples/rows.py            build, then verify
    python tools/samples/rows.py --check    only verify

A source file is a list of groups; a group has `defaults` (column: value) and `rows`. A row names its columns in
Chinese, exactly as the workbook header does; a list cell is one string whose items are separated by "；".
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import yaml
from doc_zip import normalise
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from row_figures import AHEAD, FIGURES, PAST

HERE = Path(__file__).resolve().parent
CONTENT = HERE / "content"
SAMPLES = HERE.parents[1] / "samples"
BUILT_ON = "2026-11-16"
TODAY = dt.date(2026, 11, 21)
SIZE_LIMIT = 400 * 1024
FROM, TO = "生效日期", "失效日期"
PART, OPENS, CLOSES = "环节", "必用开场", "必用结束语"
OPTIONAL = frozenset({TO, PART, OPENS, CLOSES})
BUSINESS = frozenset({"业务咨询", "话费/账单查询", "业务受理", "故障申告", "投诉与建议"})
STAGES = frozenset({"初见期", "认知期", "熟知期", "发展期", "稳定期", "倦怠期"})
ABILITIES = frozenset({"专业技能", "领导力", "核心行为"})
SLOTS = frozenset(
    {
        *("客户姓", "先生/女士", "工号", "客户号码", "工单号", "约定时间", "日期", "地址", "部门", "渠道", "文件名"),
        *("业务名", "套餐名", "产品名", "金额", "积分", "年数", "月数", "次数", "原因"),
    }
)
Row = dict[str, Any]


@dataclass(frozen=True)
class Sheet:
    """One workbook: its columns with widths (characters), its key prefix and what its cells must look like."""

    name: str
    title: str
    prefix: str
    at_least: int
    columns: dict[str, int]
    heading: str
    text: str
    lists: dict[str, tuple[int, int]] = field(default_factory=dict)
    choices: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The column that names a row."""
        return next(iter(self.columns))


SHEETS = (
    Sheet(
        name="scripts",
        title="规范应答话术",
        prefix="HS",
        at_least=100,
        columns={
            "话术编号": 10,
            "场景": 14,
            "子场景": 20,
            "触发说法": 36,
            "规范应答": 70,
            "禁用语": 36,
            "注意事项": 50,
            "渠道": 8,
            "可见范围": 10,
            FROM: 12,
            TO: 12,
            "业务类型": 14,
            "责任部门": 14,
            "版本": 10,
            PART: 8,
            OPENS: 12,
            CLOSES: 12,
        },
        heading="子场景",
        text="规范应答",
        lists={"触发说法": (3, 8), "禁用语": (2, 8)},
        choices={
            "渠道": frozenset({"语音", "在线", "全部"}),
            "可见范围": frozenset({"内部"}),
            "业务类型": BUSINESS,
        },
    ),
    Sheet(
        name="faq",
        title="常见问答",
        prefix="CJ",
        at_least=110,
        columns={
            "问题编号": 10,
            "标准问题": 36,
            "相似问题": 60,
            "答案": 70,
            "业务类型": 14,
            "产品": 16,
            "可见范围": 10,
            FROM: 12,
            TO: 12,
            "责任部门": 14,
            "依据": 44,
        },
        heading="标准问题",
        text="答案",
        lists={"相似问题": (4, 8)},
        choices={"业务类型": BUSINESS, "可见范围": frozenset({"公开", "内部"})},
    ),
    Sheet(
        name="yingzhi",
        title="应知应会",
        prefix="YZ",
        at_least=150,
        columns={
            "知识点编号": 12,
            "主题": 16,
            "阶段": 10,
            "能力项": 12,
            "知识点": 28,
            "内容": 70,
            "易错提示": 44,
            "出处": 40,
            FROM: 12,
            TO: 12,
            "可见范围": 10,
        },
        heading="知识点",
        text="内容",
        choices={"阶段": STAGES, "能力项": ABILITIES, "可见范围": frozenset({"内部", "内训师"})},
    ),
)


# Words of internal rules: a row the customer may read has none of them.
INTERNAL_WORDS = re.compile(
    r"权限|值班经理|补偿额度|判责|挽留|原因码|ZZ0|核身|业务组|坐席|投诉处理与补偿管理办法|维系操作细则"
    r"|增值业务退订与不明扣费处理规范|客户信息安全与服务密码规范|质检|预算"
)
UNITS = "个工作日|个月|周岁|分钟|小时|Mbps|kbps|GB|MB|元|天|日|张|次|%|户|人|件|笔|秒|学时|台|分"
FIGURE = re.compile(rf"(?<![\d.A-Za-z-])(\d+(?:\.\d+)?)({UNITS})")
# Figures that only these workbooks state: steps of service, and sums worked out in the row itself.
OWN_FIGURES = frozenset({"5秒", "1MB"})


def rows_of(sheet: Sheet) -> list[Row]:
    """Rows of one sheet in key order; a column the sheet does not know is an error."""
    rows: list[Row] = []
    for path in sorted(CONTENT.glob(f"{sheet.name}_*.yaml")):
        for group in yaml.safe_load(path.read_text("utf-8")):
            for own in group["rows"]:
                row = {**group["defaults"], **own}
                unknown = set(row) - set(sheet.columns)
                if unknown:
                    raise ValueError(f"{path.name} {own.get(sheet.key)}: 不认识的列 {sorted(unknown)}")
                rows.append({name: _cell(row.get(name)) for name in sheet.columns})
    return sorted(rows, key=lambda row: str(row[sheet.key]))


def _cell(value: Any) -> str | dt.date | None:
    if isinstance(value, dt.date):
        return value
    text = str(value).strip() if value is not None else ""
    return text or None


def build(sheet: Sheet) -> Path:
    """Write one workbook, byte for byte the same on every run."""
    book = Workbook()
    page = book.worksheets[0]
    page.title = sheet.title
    page.append(list(sheet.columns))
    for row in rows_of(sheet):
        page.append(list(row.values()))
    for index, width in enumerate(sheet.columns.values(), start=1):
        page.column_dimensions[get_column_letter(index)].width = width
    for cell in page[1]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E8EDF4")
    for cells in page.iter_rows(min_row=2):
        for cell in cells:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if isinstance(cell.value, dt.date):
                cell.number_format = "yyyy-mm-dd"
    page.freeze_panes = "A2"
    page.auto_filter.ref = page.dimensions
    book.properties.creator = "澜川通信有限公司"
    target = SAMPLES / f"{sheet.name}.xlsx"
    book.save(str(target))
    normalise(target, BUILT_ON)
    return target


def check() -> list[str]:
    """Everything wrong with the sources and the built workbooks, one line each; empty when all is well."""
    published = _published_figures()
    faults: list[str] = []
    for sheet in SHEETS:
        rows = rows_of(sheet)
        faults += _sheet_faults(sheet, rows)
        for row in rows:
            label = str(row[sheet.key])
            faults += [f"{label}: {fault}" for fault in _row_faults(sheet, row)]
            faults += [f"{label}: {fault}" for fault in _figure_faults(sheet, row, published)]
        faults += _near_duplicates(sheet, rows)
        faults += _workbook_faults(sheet, rows)
    faults += _dangling_references()
    size = sum((SAMPLES / f"{sheet.name}.xlsx").stat().st_size for sheet in SHEETS)
    if size > SIZE_LIMIT:
        faults.append(f"三个文件共 {size} 字节，超过 {SIZE_LIMIT}")
    return faults


def _sheet_faults(sheet: Sheet, rows: list[Row]) -> Iterator[str]:
    if len(rows) < sheet.at_least:
        yield f"{sheet.name}: 只有 {len(rows)} 行，至少 {sheet.at_least} 行"
    for key, count in Counter(str(row[sheet.key]) for row in rows).items():
        if count > 1:
            yield f"{key}: 编号重复 {count} 次"
        if not re.fullmatch(rf"{sheet.prefix}-\d{{3}}", key):
            yield f"{key}: 编号格式不对"


def _row_faults(sheet: Sheet, row: Row) -> Iterator[str]:
    for name, value in row.items():
        if value is None and name not in OPTIONAL:
            yield f"{name} 为空"
    for name in (FROM, TO):
        if row[name] is not None and not isinstance(row[name], dt.date):
            yield f"{name} 不是日期：{row[name]}"
    if row[TO] and row[TO] < row[FROM]:
        yield "失效早于生效"
    for name, allowed in sheet.choices.items():
        if row[name] not in allowed:
            yield f"{name} 取值不对：{row[name]}"
    if row.get(PART) not in (None, "开场", "结束"):
        yield f"{PART} 取值不对：{row[PART]}"
    for name in (OPENS, CLOSES):
        if not re.fullmatch(rf"不用|{sheet.prefix}-\d{{3}}", str(row.get(name) or "不用")):
            yield f"{name} 取值不对：{row[name]}"
    for name, (low, high) in sheet.lists.items():
        items = [item.strip() for item in str(row[name]).split("；")]
        if not low <= len(items) <= high or not all(items) or len(set(items)) < len(items):
            yield f"{name} 应有 {low}-{high} 个不同的说法，现有 {len(items)}"
    text = str(row[sheet.text])
    for slot in re.findall(r"\{([^}]*)\}", text):
        if slot not in SLOTS:
            yield f"未登记的变量 {{{slot}}}"
    if row["可见范围"] == "公开" and (word := INTERNAL_WORDS.search(" ".join(map(str, row.values())))):
        yield f"公开条目出现内部用语：{word.group(0)}"
    steps = [int(n) for n in re.findall(r"第(\d)步", text)]
    if steps and steps != list(range(1, len(steps) + 1)):
        yield f"步骤编号不连续：{steps}"


def _figure_faults(sheet: Sheet, row: Row, published: frozenset[str]) -> Iterator[str]:
    said = _said(sheet, row)
    past = bool(PAST.search(said)) or (row[TO] is not None and row[TO] < TODAY)
    ahead = bool(AHEAD.search(said)) or row[FROM] > TODAY
    for rule in FIGURES:
        allowed = rule.now | (rule.old if past else frozenset()) | (rule.new if ahead else frozenset())
        for match in re.finditer(rule.pattern, said):
            if next(group for group in match.groups() if group is not None) not in allowed:
                yield f"{rule.name} 与口径不符：{match.group(0)}"
    text = _dense("。".join(str(value) for value in row.values() if isinstance(value, str)))
    for match in FIGURE.finditer(text):
        if match.group(0) not in published:
            yield f"没有出处的数字：{match.group(0)}（…{text[max(0, match.start() - 12) : match.end() + 6]}…）"


def _said(sheet: Sheet, row: Row) -> str:
    """What the row states: its heading run into its text, so that a figure stands near its subject."""
    heading = re.sub(r"[，。？?；]", "", str(row[sheet.heading]))
    return _dense(f"{heading}{row[sheet.text]}")


def _published_figures() -> frozenset[str]:
    """Every figure with a unit that the policies and offers state, and the few these workbooks own."""
    sources = [*(CONTENT / "policies").glob("*.md"), *(CONTENT / "policies").glob("*.yaml")]
    found = {match.group(0) for path in sources for match in FIGURE.finditer(_dense(path.read_text("utf-8")))}
    return frozenset(found) | OWN_FIGURES


def _dense(text: str) -> str:
    return re.sub(r"[ \u3000]+", "", text)


def _near_duplicates(sheet: Sheet, rows: list[Row]) -> Iterator[str]:
    """Two rows in force on the same day may not say nearly the same."""
    matcher = SequenceMatcher(autojunk=False)
    for index, row in enumerate(rows):
        matcher.set_seq2(str(row[sheet.text]))
        for other in rows[:index]:
            if not _overlap(row, other):
                continue
            matcher.set_seq1(str(other[sheet.text]))
            if matcher.real_quick_ratio() > 0.8 and matcher.quick_ratio() > 0.8 and matcher.ratio() > 0.8:
                yield f"{other[sheet.key]} 与 {row[sheet.key]} 近似重复"


def _overlap(one: Row, two: Row) -> bool:
    last = dt.date.max
    return bool(one[FROM] <= (two[TO] or last) and two[FROM] <= (one[TO] or last))


def _dangling_references() -> Iterator[str]:
    known = {str(row[sheet.key]) for sheet in SHEETS for row in rows_of(sheet)}
    for sheet in SHEETS:
        for row in rows_of(sheet):
            for reference in re.findall(r"(?:HS|CJ|YZ)-\d{3}", " ".join(map(str, row.values()))):
                if reference not in known:
                    yield f"{row[sheet.key]}: 引用了不存在的 {reference}"


def _workbook_faults(sheet: Sheet, rows: list[Row]) -> Iterator[str]:
    path = SAMPLES / f"{sheet.name}.xlsx"
    page = load_workbook(path, read_only=True).worksheets[0]
    written = list(page.iter_rows(values_only=True))
    if list(written[0]) != list(sheet.columns):
        yield f"{path.name}: 表头不符"
    as_dates = [tuple(v.date() if isinstance(v, dt.datetime) else v for v in line) for line in written[1:]]
    if as_dates != [tuple(row.values()) for row in rows]:
        yield f"{path.name}: 内容与来源不一致，请重新生成"


def main() -> int:
    """Build all three workbooks, or with `--check` only verify them; exit status 1 names every fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="只检查，不生成")
    if not parser.parse_args().check:
        for sheet in SHEETS:
            print(f"{build(sheet).relative_to(SAMPLES.parent)}: {len(rows_of(sheet))} 行")
    faults = check()
    print("\n".join(faults) or "检查通过", file=sys.stderr if faults else sys.stdout)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
