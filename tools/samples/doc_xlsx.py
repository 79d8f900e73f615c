"""Write the offers and the glossary as workbooks with one sheet and a Chinese header row."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import yaml
from doc_zip import normalise
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

OFFER_COLUMNS = {
    "id": "优惠编号",
    "name": "优惠名称",
    "text": "优惠内容",
    "cond": "适用条件",
    "rule": "条件表达式",
    "auth": "权限级别",
    "tell": "必告知",
    "never": "禁止承诺",
    "stack": "叠加规则",
    "from": "生效日期",
    "to": "失效日期",
    "channel": "适用渠道",
    "scope": "可见范围",
    "product": "产品",
    "dept": "责任部门",
}
TERM_COLUMNS = ("标准词", "同义词", "类别", "说明")
TERM_KINDS = ("产品", "业务", "费用", "渠道", "故障", "动作")
CONDITION = re.compile(r"[a-z_0-9]+ ?(>=|<=|!=|=|>|<|in) ?[^;=<>]+")


def _write(target: Path, sheet_name: str, header: list[str], rows: list[list[Any]], widths: list[int]) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = sheet_name
    sheet.append(header)
    for row in rows:
        sheet.append(row)
    for index, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E8EDF4")
    for cells in sheet.iter_rows(min_row=2):
        for cell in cells:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if isinstance(cell.value, dt.date):
                cell.number_format = "yyyy-mm-dd"
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    book.properties.creator = "澜川通信有限公司"
    book.save(str(target))
    normalise(target, "2026-11-16")


def read_offers(path: Path) -> list[dict[str, Any]]:
    """Read and check the offers: unique ids, ordered dates, well-formed conditions, known references."""
    offers: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    ids = [offer["id"] for offer in offers]
    if len(set(ids)) != len(ids):
        raise ValueError("offer ids repeat")
    for offer in offers:
        if set(offer) != set(OFFER_COLUMNS):
            raise ValueError(f"{offer['id']}: wrong keys")
        if offer["from"] > offer["to"] or offer["auth"] not in ("坐席", "值班经理", "业务组"):
            raise ValueError(f"{offer['id']}: dates or authority")
        if offer["scope"] not in ("公开", "内部"):
            raise ValueError(f"{offer['id']}: scope")
        bad = [part for part in offer["rule"].split(";") if not CONDITION.fullmatch(part.strip())]
        unknown = set(re.findall(r"YH-\d{3}", offer["stack"])) - set(ids)
        if bad or unknown:
            raise ValueError(f"{offer['id']}: {bad} {unknown}")
    return offers


def write_offers(source: Path, target: Path) -> int:
    """Write offers.xlsx; return the number of offers."""
    offers = read_offers(source)
    rows = [[offer[key] for key in OFFER_COLUMNS] for offer in offers]
    _write(
        target,
        "优惠清单",
        list(OFFER_COLUMNS.values()),
        rows,
        [10, 18, 30, 36, 40, 10, 44, 40, 36, 12, 12, 26, 10, 26, 14],
    )
    return len(rows)


def read_terms(path: Path) -> list[list[str]]:
    """Read and check the glossary: every word names one standard word only."""
    rows: list[list[str]] = []
    owner: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        row = [cell.strip() for cell in line.split("|")]
        if len(row) != len(TERM_COLUMNS) or row[2] not in TERM_KINDS:
            raise ValueError(f"bad term: {line}")
        for word in (row[0], *row[1].split("；")):
            if not word or owner.setdefault(word.lower(), row[0]) != row[0]:
                raise ValueError(f"{word!r} belongs to {owner.get(word.lower())} and {row[0]}")
        rows.append(row)
    return rows


def write_terms(source: Path, target: Path) -> int:
    """Write terms.xlsx; return the number of terms."""
    rows = read_terms(source)
    _write(target, "术语表", list(TERM_COLUMNS), rows, [18, 60, 8, 48])
    return len(rows)
