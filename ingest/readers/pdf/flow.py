"""From pages to blocks: running heads dropped, tables followed across pages, broken lines rejoined, headings told."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.clean import (
    ENDS_SENTENCE,
    STARTS_ITEM,
    PlacedLine,
    begins_item,
    close_up,
    display_width,
    is_page_number,
    is_spaced_out,
    join,
    running_lines,
)
from ingest.model import Block, BlockKind
from ingest.readers.pdf.aligned import AlignedTable, is_contents_line, with_tables
from ingest.readers.pdf.lines import columns_of, lines_of
from ingest.readers.pdf.ruled import RuledTable, ruled_tables
from ingest.readers.pdf.values import Line, Page
from ingest.readers.tables import compact, guess_header_rows, merge_header, row_blocks

_LONGEST_HEADING = 40
_ORGANISATION = re.compile("(公司|集团|集團|中心|研究院|委员会|委員會|协会|協會|银行|銀行|分行|支行|局|厅)$")
_LARGER = 1.12
_NARROW = 0.75
_LINES_FOR_AN_EDGE = 8
_TITLE_LARGER = 1.25
_LONGEST_TITLE = 60
_SEGMENTS_OF_A_HEADER = 4


@dataclass(frozen=True, slots=True)
class Titles:
    """What may be the title of a document: its largest first words, and its running head; "" for none."""

    large: str
    running: str

    def choose(self, stated: str) -> str:
        """The largest words unless they only name an organisation, else what the file states, else the running head."""
        organisation = bool(_ORGANISATION.search(self.large))
        return (not organisation and self.large) or stated or self.running or self.large


@dataclass(slots=True)
class _Sheet:
    """A page taken apart: its ruled tables, and the lines beside them."""

    page: Page
    tables: list[RuledTable]
    lines: list[Line]


@dataclass(slots=True)
class _Paragraph:
    lines: list[Line]
    text: str
    page: int
    right: float
    left: float
    centre: float


def blocks_of(pages: Sequence[Page], outline: Mapping[str, int]) -> tuple[list[Block], Titles]:
    """The blocks of a document and the titles it shows; `outline` gives the depth of its bookmarks (see `_outline`)."""
    sheets = [_sheet(page) for page in pages]
    running = _drop_running(sheets)
    if not any(sheet.lines or sheet.tables for sheet in sheets):
        sheets = [_sheet(page) for page in pages]
    body = _body_size(sheets)
    titles = Titles(_large_title(sheets, body), running or _head_of_first(sheets))
    writer = _Writer(body, outline)
    for sheet in sheets:
        for element in _elements(sheet):
            writer.take(element, sheet.page.number)
        writer.end_page()
    writer.flush()
    return writer.blocks, titles


def _sheet(page: Page) -> _Sheet:
    tables, rest = ruled_tables(page.pieces, page.rules)
    return _Sheet(page, tables, lines_of(rest))


def _drop_running(sheets: list[_Sheet]) -> str:
    """Takes running heads and feet out of the pages, also those drawn as tables; gives the words of the first head."""
    first = ""
    placed = [[_placed(line, sheet.page.height) for line in sheet.lines] for sheet in sheets]
    for sheet, dropped in zip(sheets, running_lines(placed), strict=True):
        heads = (sheet.lines[number] for number in sorted(dropped) if sheet.lines[number].top < 0.5 * sheet.page.height)
        first = first or next((text for line in heads if (text := _naming(line))), "")
        lowest = 0.12 * sheet.page.height, 0.88 * sheet.page.height
        sheet.lines = [
            line
            for number, line in enumerate(sheet.lines)
            if number not in dropped and not (is_page_number(line.text) and not lowest[0] < line.top < lowest[1])
        ]
    repeated = Counter(key for sheet in sheets for key in {_table_key(table) for table in sheet.tables})
    for sheet in sheets:
        sheet.tables = [
            table
            for table in sheet.tables
            if len(table.rows) > 4
            or repeated[_table_key(table)] < max(3, len(sheets) * 0.5)
            or not _at_edge(table, sheet)
        ]
    return first


def _naming(line: Line) -> str:
    """The words of a running head that may name the document: its longest segment without page numbers."""
    segments = [segment.text for segment in line.segments if not is_page_number(segment.text)]
    longest = max(segments, key=len, default="")
    return longest if len(longest) >= 4 and any("\u4e00" <= character <= "\u9fff" for character in longest) else ""


def _head_of_first(sheets: Sequence[_Sheet]) -> str:
    """The words in the upper margin of the first page, which may be the running head of a longer original."""
    for sheet in sheets[:1]:
        for line in sheet.lines[:2]:
            if line.bottom < 0.1 * sheet.page.height and not ENDS_SENTENCE.search(line.text):
                return _naming(line)
    return ""


def _large_title(sheets: Sequence[_Sheet], body: float) -> str:
    """The largest lines of the first page that has any, when they stand out and follow each other."""
    lines = next((sheet.lines for sheet in sheets if sheet.lines), [])
    chosen = [line for line in lines if len(line.text.strip()) >= 2]
    largest = max((line.size for line in chosen), default=0.0)
    if largest < _TITLE_LARGER * body:
        return ""
    text = ""
    for line in chosen:
        if line.size > 0.95 * largest:
            text = join(text, _words(line)) if len(text) < _LONGEST_TITLE else text
        elif text:
            break
    return text if 2 <= len(text) <= _LONGEST_TITLE and not text.replace(" ", "").isdigit() else ""


def _placed(line: Line, height: float) -> PlacedLine:
    """A line that heads a table (many segments) stays wherever it stands."""
    margin = not 0.1 * height < line.top < 0.9 * height
    return PlacedLine(line.text, line.top, line.size, margin, fixed=len(line.segments) >= _SEGMENTS_OF_A_HEADER)


def _table_key(table: RuledTable) -> str:
    return "".join(character for row in table.rows for cell in row for character in cell if not character.isdigit())


def _at_edge(table: RuledTable, sheet: _Sheet) -> bool:
    return table.bottom < 0.25 * sheet.page.height or table.top > 0.75 * sheet.page.height


def _body_size(sheets: Sequence[_Sheet]) -> float:
    """The size most letters have."""
    sizes: Counter[float] = Counter()
    for sheet in sheets:
        for line in sheet.lines:
            sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


Element = Line | AlignedTable | RuledTable


@dataclass(frozen=True, slots=True)
class _Column:
    """Lines of one column and its edges."""

    lines: list[Element]
    left: float
    right: float


def _elements(sheet: _Sheet) -> list[_Column]:
    """The columns of a page in reading order, tables put where they stand."""
    columns = []
    tables = list(sheet.tables)
    parts = columns_of(sheet.lines, sheet.page.width)
    for lines in parts:
        left = min((line.x0 for line in lines), default=0.0)
        right = _right_edge(lines) if lines else sheet.page.width
        if len(parts) == 1 and right < _NARROW * (sheet.page.width - left):
            right = sheet.page.width - left
        elements: list[Element] = []
        for line in _between_tables(lines, tables):
            elements.append(line)
        columns.append(_Column(elements, left, right))
    columns += [_Column([table], table.x0, table.x1) for table in tables]
    return columns


def _right_edge(lines: Sequence[Line]) -> float:
    """Where the lines of a column end on the right: a note in the margin beside one of them does not count."""
    ends = sorted((line.x1 for line in lines), reverse=True)
    shared = max(2, round(len(ends) * 0.08))
    if len(ends) < _LINES_FOR_AN_EDGE:
        return ends[0]
    size = lines[len(lines) // 2].size
    return next(
        (end for number, end in enumerate(ends) if end - ends[min(number + shared - 1, len(ends) - 1)] < size), ends[0]
    )


def _between_tables(lines: Sequence[Line], tables: list[RuledTable]) -> list[Element]:
    """Lines with the tables that stand above each of them put in; those are taken from `tables`."""
    found: list[Element] = []
    run: list[Line] = []
    for line in lines:
        above = [table for table in tables if table.top < line.top and (table.x0 < line.x1 and table.x1 > line.x0)]
        if above:
            found += with_tables(run)
            run = []
            found += above
            for table in above:
                tables.remove(table)
        run.append(line)
    found += with_tables(run)
    return found


class _Writer:
    """Takes elements in reading order and writes blocks."""

    def __init__(self, body: float, outline: Mapping[str, int]) -> None:
        self.blocks: list[Block] = []
        self._body = body
        self._outline = outline
        self._open: _Paragraph | None = None
        self._tables = 0
        self._header: tuple[str, ...] = ()
        self._columns: tuple[float, ...] = ()
        self._fresh_page = True
        self._last_was_table = False

    def take(self, column: _Column, page: int) -> None:
        """Takes one column of a page."""
        leading = _leading(column.lines)
        for element in column.lines:
            if isinstance(element, Line):
                self._line(element, column, page, leading)
            else:
                self._table(element, page)
            self._fresh_page = False

    def end_page(self) -> None:
        """The next element begins a page."""
        self._fresh_page = True

    def _line(self, line: Line, column: _Column, page: int, leading: float) -> None:
        if is_contents_line(line.text):
            return
        self._last_was_table = False
        text = _words(line)
        if self._open is not None and self._goes_on(self._open, line, text, column, leading):
            self._open.text = join(self._open.text, text)
            self._open.lines.append(line)
            return
        self.flush()
        middle = (column.left + column.right) / 2
        self._open = _Paragraph([line], text, page, column.right, column.left, middle)

    def _goes_on(self, paragraph: _Paragraph, line: Line, text: str, column: _Column, leading: float) -> bool:
        """True when `line` belongs to the paragraph before it."""
        before = paragraph.lines[-1]
        em = line.size
        ended = bool(ENDS_SENTENCE.search(before.text))
        if abs(line.size - before.size) > 0.12 * before.size:
            return False
        if line.bold != before.bold and (ended or (not self._fresh_page and all(one.bold for one in paragraph.lines))):
            return False
        if paragraph.text.replace(" ", "") in self._outline:
            return False
        marked = begins_item(text, before.text)
        if self._fresh_page or line.top < before.top:
            shift = line.x0 - column.left
            return not ended and not marked and _is_full(before, paragraph.right, text) and shift < 0.8 * em
        if line.top - before.top > 1.5 * leading and line.top - before.bottom > 0.5 * em:
            return False
        if _centred(before, column) and _centred(line, column):
            return not ended and not marked and line.size > _LARGER * self._body
        full = _is_full(before, paragraph.right, text)
        if not full or marked:
            return False
        hanging = len(paragraph.lines) == 1 and bool(STARTS_ITEM.match(paragraph.text))
        if line.x0 > before.x0 + 0.8 * em and ended and not hanging:
            return False
        first_lines = len(paragraph.lines) == 1 and abs(line.x0 - before.x0) < 0.3 * em
        return not (first_lines and before.x0 > column.left + 1.2 * em and ended)

    def _table(self, table: AlignedTable | RuledTable, page: int) -> None:
        """Writes the rows of a table; one that goes on from the page before keeps its number and header."""
        rows = compact(table.rows)
        continued = self._fresh_page and self._last_was_table and _same_columns(self._columns, table.columns)
        caption = "" if continued else self._take_caption()
        self.flush()
        if continued and self._header and len(self._header) == len(rows[0]):
            depth = guess_header_rows(rows)
            if not depth or merge_header(rows[:depth]) == self._header:
                rows = [self._header, *rows[depth:]]
            blocks = row_blocks(rows, table=self._tables, page=page, header_rows=1)
        else:
            self._tables += 1
            blocks = row_blocks(rows, table=self._tables, page=page, caption=caption)
        self._header = blocks[-1].header if blocks else ()
        self._columns = table.columns
        self._last_was_table = True
        self.blocks += blocks

    def _take_caption(self) -> str:
        """The line right above a table when it names the table."""
        if self._open is None or len(self._open.lines) > 1 or len(self._open.text) > _LONGEST_HEADING:
            return ""
        text = self._open.text
        if text.startswith(("表", "附表")) and not ENDS_SENTENCE.search(text):
            self._open = None
            return text
        return ""

    def flush(self) -> None:
        """Writes the open paragraph."""
        if self._open is None:
            return
        paragraph, self._open = self._open, None
        level = self._outline.get(paragraph.text.replace(" ", ""))
        if level is not None and len(paragraph.text) <= 2 * _LONGEST_HEADING:
            self.blocks.append(Block(BlockKind.HEADING, paragraph.text, level=level, page=paragraph.page))
        elif self._is_heading(paragraph):
            self.blocks.append(Block(BlockKind.HEADING, paragraph.text, page=paragraph.page))
        else:
            self.blocks.append(Block(BlockKind.PARAGRAPH, paragraph.text, page=paragraph.page))

    def _is_heading(self, paragraph: _Paragraph) -> bool:
        """True for short text larger than the body's, or bold, that does not end like a sentence."""
        text, line = paragraph.text, paragraph.lines[0]
        if len(text) > _LONGEST_HEADING or ENDS_SENTENCE.search(text) or text[-1] in "，,、" or len(text) < 2:
            return False
        full = line.x1 > paragraph.right - 2 * line.size and paragraph.right - paragraph.left > 20 * line.size
        return line.size >= _LARGER * self._body or (line.bold and len(paragraph.lines) == 1 and not full)


def _words(line: Line) -> str:
    """The text of a line, closed up; a heading set apart letter by letter is closed up whole."""
    text = " ".join(close_up(segment.text) for segment in line.segments)
    return text.replace(" ", "") if is_spaced_out(text) else text


def _leading(elements: Sequence[Element]) -> float:
    """The usual distance from one line's top to the next one's, in points."""
    tops = [element.top for element in elements if isinstance(element, Line)]
    steps = sorted(after - before for before, after in pairwise(tops) if after > before)
    return steps[len(steps) // 2] if steps else 20.0


def _is_full(line: Line, right: float, following: str) -> bool:
    """True when the next line's first word had no room at the end of `line`."""
    first = following[:2] if following and display_width(following[0]) == 2 else following.split(" ", 1)[0][:20]
    return right - line.x1 < (display_width(first) / 2 * 1.05 + 0.3) * line.size


def _centred(line: Line, column: _Column) -> bool:
    middle = (column.left + column.right) / 2
    return abs((line.x0 + line.x1) / 2 - middle) < line.size and line.x0 - column.left > 3 * line.size


def _same_columns(first: Sequence[float], second: Sequence[float]) -> bool:
    return len(first) == len(second) and all(abs(a - b) < 12 for a, b in zip(first, second, strict=True))
