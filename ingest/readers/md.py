"""Reads Markdown by markdown-it-py: front matter, headings, lists, tables, code, HTML inside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.clean import ENDS_SENTENCE, STARTS_ITEM, join, tidy, tidy_lines
from ingest.model import Block, BlockKind, RawDocument
from ingest.readers.decode import decode
from ingest.readers.front_matter import split_front_matter
from ingest.readers.limits import Limits
from ingest.readers.refusals import empty
from ingest.readers.tables import row_blocks

if TYPE_CHECKING:
    from markdown_it.token import Token


def read(path: Path, *, limits: Limits) -> RawDocument:
    """The blocks of a Markdown file; the title is the front matter's, else its one heading of the first level."""
    text, warnings = decode(path.read_bytes(), limits=limits)
    front_matter, body = split_front_matter(text)
    blocks = parse(body)
    if not blocks:
        raise empty()
    title = str(front_matter.get("title") or front_matter.get("标题") or _only_first_heading(blocks))
    return RawDocument(title=title, format="md", blocks=tuple(blocks), front_matter=front_matter, warnings=warnings)


def _only_first_heading(blocks: Sequence[Block]) -> str:
    first = [block.text for block in blocks if block.kind is BlockKind.HEADING and block.level == 1]
    return first[0] if len(first) == 1 or (first and blocks[0].text == first[0]) else ""


def parse(body: str) -> list[Block]:
    """The blocks of Markdown text."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return _Walk(parser.parse(body)).blocks


class _Walk:
    """Goes through the tokens once and collects blocks."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.blocks: list[Block] = []
        self._lists = 0
        self._item = False
        self._tables = 0
        self._rows: list[list[str]] = []
        self._head_rows = 0
        self._level = 0
        for token in tokens:
            handler = getattr(self, f"_on_{token.type}", None)
            if handler is not None:
                handler(token)

    def _on_heading_open(self, token: Token) -> None:
        self._level = int(token.tag[1])

    def _on_heading_close(self, _: Token) -> None:
        self._level = 0

    def _on_bullet_list_open(self, _: Token) -> None:
        self._lists += 1

    def _on_bullet_list_close(self, _: Token) -> None:
        self._lists -= 1

    _on_ordered_list_open = _on_bullet_list_open
    _on_ordered_list_close = _on_bullet_list_close

    def _on_list_item_open(self, token: Token) -> None:
        self._item = True
        self._marker = f"{token.info}{token.markup} " if token.info else ""

    def _on_table_open(self, _: Token) -> None:
        self._rows = []
        self._head_rows = 0

    def _on_thead_close(self, _: Token) -> None:
        self._head_rows = len(self._rows)

    def _on_tr_open(self, _: Token) -> None:
        self._rows.append([])

    def _on_table_close(self, _: Token) -> None:
        self._tables += 1
        heads = self._head_rows if any(any(row) for row in self._rows[: self._head_rows]) else 0
        self.blocks += row_blocks(self._rows, table=self._tables, header_rows=heads or None)
        self._rows = []

    def _on_inline(self, token: Token) -> None:
        text = _inline_text(token.children or ())
        if self._rows:
            self._rows[-1].append(tidy_lines(text))
        elif self._level:
            self._add(BlockKind.HEADING, tidy(text), self._level)
        else:
            self._paragraphs(text)

    def _paragraphs(self, text: str) -> None:
        """Lines of one paragraph: those that begin a clause or follow a sentence's end stand for themselves."""
        for line in _soft_lines(text):
            if self._lists and self._item:
                self._add(BlockKind.LIST, self._marker + line, self._lists)
                self._item = False
            else:
                self._add(BlockKind.LIST if self._lists else BlockKind.PARAGRAPH, line, self._lists)

    def _on_fence(self, token: Token) -> None:
        self._add(BlockKind.PARAGRAPH, tidy_lines(token.content), 0)

    _on_code_block = _on_fence

    def _on_html_block(self, token: Token) -> None:
        from ingest.readers.html import fragment_blocks

        blocks, tables = fragment_blocks(token.content, tables=self._tables)
        self.blocks += blocks
        self._tables = tables

    def _add(self, kind: BlockKind, text: str, level: int) -> None:
        if text:
            self.blocks.append(Block(kind, text, level=level))


def _soft_lines(text: str) -> list[str]:
    lines: list[str] = []
    fresh = True
    for raw in text.split("\n"):
        line = tidy(raw)
        if not line:
            fresh = True
        elif fresh or STARTS_ITEM.match(line) or ENDS_SENTENCE.search(lines[-1]):
            lines.append(line)
            fresh = False
        else:
            lines[-1] = join(lines[-1], line)
    return lines


def _inline_text(children: Sequence[Token]) -> str:
    """The words of inline Markdown; a hard break stays a paragraph break, a soft one a line break."""
    parts: list[str] = []
    for child in children:
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type == "softbreak":
            parts.append("\n")
        elif child.type == "hardbreak" or (child.type == "html_inline" and child.content.lower().startswith("<br")):
            parts.append("\n\n")
        elif child.type == "image":
            parts.append(child.content)
    return "".join(parts)
