"""Rows of cells become row blocks with their header; shared by every reader that meets tables."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.model import Block, BlockKind, render_row

Grid = Sequence[Sequence[str]]

_NUMERIC = re.compile(
    r"^[-+<>≤≥＜＞~≈¥￥$（(]*\d[\d,.，\s]*(%|％|‰|元|万元|次|天|日|个月|年|GB|MB|M|分钟|小时)?[)）]*$", re.I
)
_YEAR = re.compile(r"^(19|20)\d\d\s*(年度?|[-/.]\d{1,2}([-/.]\d{1,2})?|版)?$")
_GENERIC = re.compile(
    "^(项目|項目|事项|名称|名稱|类别|類別|类型|问题|問題|套餐|业务|产品|指标|字段|级别|等级|档位|方向|地区|地區|区域|编号|序号|代码|场景|条件|情形|"
    "渠道|时间|日期|步骤|阶段|岗位|对象|客户等级)$"
)
_DATE = re.compile(r"^(19|20)\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}")
_SENTENCE = re.compile(r"[。；！？]")
_NAMES = re.compile(
    "(名称|名|项目|項目|内容|內容|说明|說明|资费|月费|费用|金额|金額|标准|標準|条件|條件|规则|序号|编号|代码|类别|類別|类型|"
    "种类|期限|时间|日期|备注|備註|问题|問題|答案|回答|问|答|结果|原因|措施|场景|话术|比例|数量|单位|單位|对象|渠道|权益|等级|档位|时限|额度|上限|下限|有效期|价格|级别|方向|首次联系|"
    "地区|区域|范围|要求|流程|步骤|指标|套餐|产品|服务|业务|事项|情形|方式|字段|含义|定义|描述|姓名|职务|部门|title|name|value|item|type|description)$",
    re.I,
)
_LONGEST_NAME = 30
_LONGEST_CAPTION = 40


def row_blocks(
    grid: Grid, *, table: int, page: int | None = None, caption: str = "", header_rows: int | None = None
) -> list[Block]:
    """The ROW blocks of one table given as rows of equal length; blank rows and columns are dropped.

    `header_rows` is how many rows at the top the file marks as header, None when it does not say (then it is guessed).
    A table of two columns without a header is read as names and values: each row is its own header. A short line over
    all columns names what is below it: it becomes the caption, and a new header may follow it.
    """
    blocks: list[Block] = []
    header: tuple[str, ...] = ()
    title, marked = caption, header_rows
    for name, rows in _parts(compact(grid)):
        if name:
            title = f"{caption} {name}".strip() if name not in caption else caption
        depth = guess_header_rows(rows) if marked is None or (name and blocks) else min(marked, len(rows) - 1)
        if depth:
            header = merge_header(rows[:depth])
        if not header and is_pairs(rows):
            blocks += [_row(row[0::2], row[1::2], table, page, title) for row in rows]
            continue
        if not header and is_name_value(rows):
            blocks += [_row((name,), (value,), table, page, title) for name, value in rows]
            continue
        blocks += [_row(header, cells, table, page, title) for cells in rows[depth:] if tuple(cells) != header]
    return blocks


def _parts(rows: list[tuple[str, ...]]) -> list[tuple[str, list[tuple[str, ...]]]]:
    """The rows below each short line over all columns, with that line's words ("" for the rows above the first)."""
    parts: list[tuple[str, list[tuple[str, ...]]]] = [("", [])]
    for number, row in enumerate(rows):
        if is_line_across(row) and len(row[0]) <= _LONGEST_CAPTION and number + 1 < len(rows):
            parts.append((row[0].replace("\n", " "), []))
        else:
            parts[-1][1].append(row)
    return [(name, found) for name, found in parts if found]


def is_line_across(row: Sequence[str]) -> bool:
    """True for one text merged over all columns of a row."""
    return len(row) >= 2 and bool(row[0]) and len(set(row)) == 1 and len(row[0]) > 4


def _row(header: Sequence[str], cells: Sequence[str], table: int, page: int | None, caption: str) -> Block:
    if is_line_across(cells):
        return Block(BlockKind.ROW, cells[0], page=page, cells=(cells[0],), header=("",), caption=caption, table=table)
    names, values = tuple(header), tuple(cells)
    text = render_row(names, values) or "；".join(names)
    return Block(BlockKind.ROW, text, page=page, header=names, cells=values, caption=caption, table=table)


def compact(grid: Grid) -> list[tuple[str, ...]]:
    """`grid` squared off, without blank rows and blank columns."""
    width = max((len(row) for row in grid), default=0)
    rows = [tuple(row) + ("",) * (width - len(row)) for row in grid if any(cell.strip() for cell in row)]
    kept = [column for column in range(width) if any(row[column].strip() for row in rows)]
    return [tuple(row[column] for column in kept) for row in rows]


def merge_header(rows: Grid) -> tuple[str, ...]:
    """One header out of stacked header rows: "资费" above "月费" becomes "资费 月费"; a repeated part is said once."""
    header = []
    for parts in zip(*rows, strict=True):
        names: list[str] = []
        for part in parts:
            name = part.replace("\n", "")
            if name and name not in names:
                names.append(name)
        header.append(" ".join(names))
    return tuple(header)


def guess_header_rows(rows: Grid) -> int:
    """How many rows at the top of a table are its header: 0, 1, or 2 when the first one spans columns."""
    if len(rows) < 2 or len(rows[0]) < 2 or not _could_be_header(rows[0]):
        return 0
    if len(rows[0]) == 2 and not _names_columns(rows):
        return 0
    spans = any(left and left == right for left, right in zip(rows[0], rows[0][1:], strict=False))
    if spans and len(rows) > 2 and _could_be_header(rows[1]) and not _all_distinct_values(rows[0]):
        return 2
    return 1


def _could_be_header(row: Sequence[str]) -> bool:
    filled = [cell for cell in row if cell.strip()]
    if len(filled) < max(2, len(row) * 0.6) or len(set(filled)) < 2:
        return False
    if sum(bool(_DATE.match(cell)) for cell in filled) == 1:
        return False
    return all(len(cell) <= _LONGEST_NAME and not _SENTENCE.search(cell) and not _is_value(cell) for cell in filled)


def _is_value(cell: str) -> bool:
    return bool(_NUMERIC.match(cell.strip())) and not _YEAR.match(cell.strip())


def _names_columns(rows: Grid) -> bool:
    """True when the first row of a two-column table names its columns, rather than being a name and its value."""
    first, second = rows[0]
    if _GENERIC.match(first.strip()) or (_NAMES.search(first.strip()) and _NAMES.search(second.strip())):
        return True
    below = [row[1] for row in rows[1:] if row[1].strip()]
    return bool(below) and len(below) >= 2 and all(_is_value(cell) for cell in below) and not _is_value(second)


def _all_distinct_values(row: Sequence[str]) -> bool:
    return len(set(row)) == len(row)


def is_pairs(rows: Grid) -> bool:
    """True for names and values side by side in four or six columns, as at the head of a regulation or form."""
    if not rows or len(rows[0]) not in (4, 6):
        return False
    names = [name for row in rows for name in row[0::2] if name]
    short = all(len(name) <= 10 and not any(character.isdigit() for character in name) for name in names)
    return short and len(set(names)) == len(names) >= len(rows) and all(row[0] for row in rows)


def is_name_value(rows: Grid) -> bool:
    """True for two columns of short names with their values."""
    if not rows or len(rows[0]) != 2:
        return False
    return all(name.strip() and len(name) <= _LONGEST_NAME and not _SENTENCE.search(name) for name, _ in rows)
