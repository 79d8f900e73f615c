"""Workbooks by openpyxl: a bank written as it can be read back, and the rows of a workbook somebody brings."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from assist.quiz.exports import Sheet, grouped, source_line
from assist.quiz.exports.container import require_plain
from assist.quiz.intake import HEADINGS
from assist.quiz.model import Item
from kb.errors import InputRefused

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MAX_ROWS, MAX_COLUMNS, MAX_BYTES = 5_000, 100, 10_000_000
_EXTRA = ("能力", "出处", "题号")
_WIDE = {"题干": 60, "解析": 50, "出处": 40, "答案": 24}


def write(sheet: Sheet) -> bytes:
    """A workbook with the bank (readable by `read`), the key, and an answer sheet."""
    from openpyxl import Workbook

    book = Workbook()
    bank: Any = book.active
    bank.title = "题库"
    numbered = [(number, item) for _, lines in grouped(sheet.items) for number, item in lines]
    _fill(bank, (*HEADINGS, *_EXTRA), [_row(number, item) for number, item in numbered])
    _fill(book.create_sheet("答案"), ("题号", "题型", "答案", "出处"), [
        (number, item.kind.label, item.letters, source_line(item)) for number, item in numbered
    ])  # fmt: skip
    _fill(book.create_sheet("答题卡"), ("题号", "题型", "作答"), [(n, item.kind.label, "") for n, item in numbered])
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def read(data: bytes) -> list[dict[str, str]]:
    """The rows of the first sheet by heading; raises InputRefused for what is no workbook, or lacks headings."""
    rows = rows_of(data)
    names = rows[0] if rows else []
    missing = [name for name in ("题型", "题干", "答案") if name not in names]
    if missing:
        raise InputRefused(
            "headings missing", hint=f"第一行缺少表头“{'、'.join(missing)}”。表头为：{'、'.join(HEADINGS)}。"
        )
    return [dict(zip(names, row, strict=False)) for row in rows[1:]]


def rows_of(data: bytes) -> list[list[str]]:
    """The rows of the first sheet as text, its header first; raises InputRefused for what is no workbook."""
    from openpyxl import load_workbook

    if len(data) > MAX_BYTES:
        raise InputRefused("too large", hint="文件超过 10 MB，请拆成几个再导入。")
    require_plain(data)
    try:
        book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
        page: Any = book.worksheets[0]
        page.reset_dimensions()  # what a file says of its own size is not believed
        found = page.iter_rows(values_only=True, max_row=MAX_ROWS + 2, max_col=MAX_COLUMNS)
        rows = [["" if cell is None else _text(cell) for cell in row] for row in found]
    except Exception as error:
        raise InputRefused("not a workbook", hint="读不了这个文件：请用 .xlsx 格式，第一行是表头。") from error
    if len(rows) - 1 > MAX_ROWS:
        raise InputRefused("too many rows", hint=f"一次最多导入 {MAX_ROWS} 行，请拆分。")
    while rows and not any(rows[-1]):
        rows.pop()
    return rows


def _row(number: int, item: Item) -> tuple[object, ...]:
    options = [*item.options, *[""] * (6 - len(item.options))] if item.kind.value != "true_false" else [""] * 6
    return (
        item.kind.label, item.stem, *options, item.letters, item.explanation, item.topic, item.stage,
        item.difficulty, item.competency, source_line(item), number,
    )  # fmt: skip


def _fill(page: Worksheet, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    page.append(list(headings))
    for row in rows:
        page.append([_harmless(cell) for cell in row])
    for at, name in enumerate(headings, start=1):
        page.column_dimensions[get_column_letter(at)].width = _WIDE.get(name, 14)
        page.cell(1, at).font = Font(bold=True)
    for line in page.iter_rows(min_row=2):
        for cell in line:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    page.freeze_panes = "A2"


def _harmless(cell: object) -> object:
    """Text that a spreadsheet would take for a formula is marked as text."""
    if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@"):
        return "'" + cell
    return cell


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip().removeprefix("'")
