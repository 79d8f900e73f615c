"""Reads web pages by BeautifulSoup and lxml: navigation and notices dropped; headings, lists and tables kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.clean import tidy, tidy_lines
from ingest.model import Block, BlockKind, RawDocument
from ingest.readers.decode import decode
from ingest.readers.limits import Limits
from ingest.readers.refusals import empty, too_deep
from ingest.readers.tables import row_blocks

if TYPE_CHECKING:
    from bs4 import Tag

_DROPPED = [
    *("script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "canvas", "audio", "video", "map"),
    *("head", "nav", "footer", "aside", "form", "button", "select", "input", "textarea", "dialog"),
]
_DROPPED_ROLES = {
    "navigation",
    "banner",
    "contentinfo",
    "search",
    "complementary",
    "dialog",
    "alert",
    "menu",
    "menubar",
}
_BOILERPLATE = re.compile(
    r"(^|[-_ ])(nav|navbar|navigation|menu|menubar|breadcrumbs?|crumbs?|sidebar|footer|foot|copyright|cookies?|consent|"
    r"gdpr|share|social|toolbar|pagination|pager|skip-link|sr-only|advert|ads|banner-ad|related|recommend|comments?|"
    r"login|searchbox|search-box)([-_ ]|$)",
    re.I,
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w-]+)|<\?xml[^>]+encoding=[\"']([\w-]+)", re.I)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset(_HEADINGS) | {
    *(
        "address",
        "article",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
    ),
    *("figure", "header", "hr", "html", "legend", "li", "main", "ol", "p", "pre", "section", "summary", "table", "ul"),
}
_NESTING = re.compile(r"<(/?)(?:div|span|table|ul|ol|section|article|blockquote|dl)\b", re.I)
_INLINE = re.compile(r"<(/?)(?:a|abbr|b|big|code|del|em|font|i|ins|label|mark|s|small|strong|sub|sup|u)\b", re.I)
_DEEPEST = 200
_DEEPEST_INLINE = 1_000
"""Careless pages leave many an inline element open; thousands within each other are made to do harm."""
_MAIN_SHARE = 0.3
_WIDEST_SPAN = 60


def read(path: Path, *, limits: Limits) -> RawDocument:
    """The blocks of a web page; the title is its <title> without the site's name, else its only first heading."""
    data = path.read_bytes()
    declared = _CHARSET.search(data[:4096])
    charset = next((group for group in declared.groups() if group), b"").decode("ascii", "ignore") if declared else ""
    text, warnings = decode(data, declared=charset, limits=limits)
    page = _parse(text)
    title = tidy(page.title.get_text()) if page.title else ""
    walk = _Walk()
    walk.container(_content(page))
    if not walk.blocks:
        raise empty()
    return RawDocument(title=_title(title, walk.blocks), format="html", blocks=tuple(walk.blocks), warnings=warnings)


def fragment_blocks(text: str, *, tables: int) -> tuple[list[Block], int]:
    """The blocks of a piece of HTML within Markdown, and the number of tables met, `tables` before it included."""
    walk = _Walk(tables)
    page = _parse(text)
    _strip(page)
    walk.container(page.body or page)
    return walk.blocks, walk.tables


def _parse(text: str) -> Tag:
    """The parsed page without comments; raises InputRefused when elements are nested beyond all reason."""
    for nesting, deepest in ((_NESTING, _DEEPEST), (_INLINE, _DEEPEST_INLINE)):
        depth = 0
        for match in nesting.finditer(text):
            depth += -1 if match[1] else 1
            if depth > deepest:
                raise too_deep()
    from bs4 import BeautifulSoup, Comment

    page = BeautifulSoup(text, "lxml")
    for comment in page.find_all(string=lambda string: isinstance(string, Comment)):
        comment.extract()
    return page


def _title(title: str, blocks: list[Block]) -> str:
    """The page's own title: the part of <title> that its first heading repeats, or all before the site's name."""
    headings = [block.text for block in blocks if block.kind is BlockKind.HEADING]
    if headings and (not title or headings[0] in title):
        return headings[0]
    return re.split(r"\s*[|_]\s*|\s+[-–—]\s+|\s*——\s*", title)[0] or title


def _content(page: Tag) -> Tag:
    """The element that holds the article: <main> or the only <article> when it holds a fair share of the text."""
    body = page.body or page
    _strip(body)
    whole = len(body.get_text())
    for candidate in (body.find_all("main"), body.find_all(role="main"), body.find_all("article")):
        if len(candidate) == 1 and len(candidate[0].get_text()) >= whole * _MAIN_SHARE:
            return candidate[0]
    return body


def _strip(body: Tag) -> None:
    """Removes what is not the page's own text."""
    for tag in body.find_all(_DROPPED):
        tag.decompose()
    whole = max(len(body.get_text()), 1)
    for tag in body.find_all(True):
        if not tag.decomposed and _is_boilerplate(tag, whole):
            tag.decompose()


def _is_boilerplate(tag: Tag, whole: int) -> bool:
    if tag.has_attr("hidden") or tag.get("aria-hidden") == "true" or _HIDDEN.search(str(tag.get("style", ""))):
        return True
    if tag.get("role") in _DROPPED_ROLES:
        return True
    if tag.name == "header":
        return tag.find("h1") is None and tag.find_parent(["article", "main"]) is None
    if tag.name in ("body", "html", "main", "article") or tag.name in _HEADINGS:
        return False
    names = (
        " ".join([*(tag.get_attribute_list("class") if tag.has_attr("class") else ()), str(tag.get("id", ""))])
        if tag.attrs
        else ""
    )
    return bool(names.strip()) and bool(_BOILERPLATE.search(names)) and len(tag.get_text()) < whole * 0.4


class _Walk:
    """Goes through a page in reading order and collects blocks."""

    def __init__(self, tables: int = 0) -> None:
        self.blocks: list[Block] = []
        self.tables = tables
        self._words: list[str] = []
        self._lists = 0
        self._kind = BlockKind.PARAGRAPH

    def container(self, tag: Tag) -> None:
        """Takes everything within `tag`."""
        self._children(tag)
        self._flush()

    def _children(self, tag: Tag) -> None:
        from bs4 import Tag
        from bs4.element import NavigableString

        for child in tag.children:
            if isinstance(child, Tag):
                self._element(child)
            elif type(child) is NavigableString:
                self._words.append(re.sub(r"\s+", " ", child))

    def _element(self, tag: Tag) -> None:
        if tag.name == "br":
            self._words.append("\n")
        elif tag.name not in _BLOCKS:
            self._children(tag)
        else:
            self._flush()
            self._block(tag)
            self._flush()

    def _block(self, tag: Tag) -> None:
        if tag.name in _HEADINGS:
            self._add(BlockKind.HEADING, tidy(tag.get_text(" " if tag.find("br") else "")), _HEADINGS[tag.name])
        elif tag.name in ("ul", "ol"):
            self._list(tag)
        elif tag.name == "table":
            self._table(tag)
        elif tag.name == "pre":
            self._add(BlockKind.PARAGRAPH, tidy_lines(tag.get_text()), 0)
        elif tag.name in ("summary", "dt", "legend"):
            self._add(BlockKind.HEADING if tag.name == "summary" else BlockKind.PARAGRAPH, tidy(tag.get_text()), 0)
        else:
            self._children(tag)

    def _list(self, tag: Tag) -> None:
        from bs4 import Tag

        self._lists += 1
        number = 0
        for child in tag.children:
            if not isinstance(child, Tag):
                continue
            if child.name == "li":
                number += 1
                before = len(self.blocks)
                self._kind = BlockKind.LIST
                self._children(child)
                self._flush()
                if tag.name == "ol" and len(self.blocks) > before:
                    self._number(before, f"{number}. ")
            else:
                self._element(child)
                self._flush()
        self._lists -= 1
        self._kind = BlockKind.LIST if self._lists else BlockKind.PARAGRAPH

    def _number(self, position: int, mark: str) -> None:
        block = self.blocks[position]
        if block.kind is BlockKind.LIST and not block.text[:1].isdigit():
            self.blocks[position] = Block(block.kind, mark + block.text, level=block.level)

    def _table(self, tag: Tag) -> None:
        rows = [row for row in tag.find_all("tr") if row.find_parent("table") is tag]
        if tag.find("table") or tag.find(list(_HEADINGS)) or max((len(_cells(row)) for row in rows), default=0) < 2:
            for row in rows:
                for cell in _cells(row):
                    self.container(cell)
            return
        self.tables += 1
        caption = tidy(tag.caption.get_text()) if tag.caption else ""
        grid, heads = _grid(rows)
        self.blocks += row_blocks(grid, table=self.tables, caption=caption, header_rows=heads)

    def _flush(self) -> None:
        text = "".join(self._words)
        self._words = []
        for line in text.split("\n"):
            self._add(self._kind if self._lists else BlockKind.PARAGRAPH, tidy(line), self._lists)

    def _add(self, kind: BlockKind, text: str, level: int) -> None:
        if text:
            self.blocks.append(Block(kind, text, level=level))


def _cells(row: Tag) -> list[Tag]:
    return [cell for cell in row.find_all(["td", "th"]) if cell.find_parent("tr") is row]


def _grid(rows: list[Tag]) -> tuple[list[list[str]], int | None]:
    """Cell texts with spans filled, and how many rows the page marks as header (None: it does not)."""
    grid: list[list[str]] = []
    hanging: dict[int, tuple[int, str]] = {}
    heads = 0
    for row in rows:
        line: list[str] = []
        for cell in _cells(row):
            _hang(line, hanging)
            text = tidy_lines("".join(_cell_words(cell)))
            down = _span(cell, "rowspan")
            for _ in range(_span(cell, "colspan")):
                if down > 1:
                    hanging[len(line)] = (down, text)
                line.append(text)
        _hang(line, hanging)
        hanging = {column: (left - 1, text) for column, (left, text) in hanging.items() if left > 1}
        grid.append(line)
        marked = row.find_parent("thead") is not None or (row.find("th") is not None and row.find("td") is None)
        if marked and heads == len(grid) - 1:
            heads += 1
    return grid, heads or None


def _hang(line: list[str], hanging: dict[int, tuple[int, str]]) -> None:
    """Puts the cells that reach down from rows above at the end of `line`, as far as they are due there."""
    while len(line) in hanging and hanging[len(line)][0] > 0 and len(line) < 500:
        line.append(hanging[len(line)][1])


def _span(cell: Tag, name: str) -> int:
    value = str(cell.get(name, "1"))
    return min(max(int(value), 1), _WIDEST_SPAN) if value.isdigit() else 1


def _cell_words(cell: Tag) -> Iterator[str]:
    """The words of a cell; a break or a block within it begins a new line."""
    from bs4 import Tag

    for child in cell.descendants:
        if isinstance(child, Tag):
            if child.name == "br" or child.name in _BLOCKS:
                yield "\n"
        else:
            yield re.sub(r"\s+", " ", str(child))
