"""Reads Word documents by python-docx: heading styles, numbering, tables, text boxes, footnotes; not heads and feet."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.clean import tidy, tidy_lines
from ingest.model import Block, BlockKind, RawDocument
from ingest.readers.limits import Limits
from ingest.readers.numbering import Numbering
from ingest.readers.ooxml import BROKEN, guard_xml, local, qualified
from ingest.readers.refusals import damaged, empty, too_much
from ingest.readers.tables import row_blocks

_HEADING_STYLE = re.compile(r"^(heading|标题|標題)\s*(\d)$", re.I)
_CAPTION = re.compile(r"^(表|附表|表格)\s*[\d一二三四五六七八九十]+([-.]\d+)*[\s:：、.]?")
_SENTENCE_END = re.compile(r"[。；;，,：:.！？!?]$")
_NOT_TEXT = frozenset({"del", "moveFrom", "rPr", "pPr", "Fallback", "instrText", "delText", "txbxContent"})
_LONGEST_HEADING = 40


def read(path: Path, *, limits: Limits) -> RawDocument:
    """The blocks of a Word document; the title is its Title paragraph, else its title property."""
    import docx

    guard_xml(path)
    try:
        document = docx.Document(str(path))
        walk = _Walk(document, limits)
        walk.body(document.element.body)
        named = tidy(document.core_properties.title or "")
    except BROKEN as error:
        raise damaged("Word") from error
    if not walk.blocks:
        raise empty()
    return RawDocument(title=walk.title or named, format="docx", blocks=tuple(walk.blocks))


class _Walk:
    """Goes through the body in order and collects blocks."""

    def __init__(self, document: Any, limits: Limits) -> None:
        self.blocks: list[Block] = []
        self.title = ""
        self._styles = _styles(document)
        self._numbering = Numbering(document.part)
        self._notes = _notes(document.part)
        self._tables = 0
        self._left = limits.cells

    def body(self, element: Any) -> None:
        """Takes the paragraphs and tables directly within `element`."""
        for child in element.iterchildren():
            name = local(child)
            if name == "p":
                self._paragraph(child)
            elif name == "tbl":
                self._table(child)
            elif name in ("sdt", "customXml", "ins", "sdtContent") and not _is_contents(child):
                self.body(child)

    def _paragraph(self, element: Any) -> None:
        style = self._style(element)
        text = tidy_lines("".join(_words(element, self._styles)))
        number = self._numbering.mark(element, style.get("numbering"))
        if text and not re.match(r"^(toc|目录|目錄)\s*\d*$", style["name"], re.I):
            self._add(element, style, text, number)
        for box in _within(element, "txbxContent"):
            self.body(box)
        for reference in _within(element, "footnoteReference", "endnoteReference"):
            note = self._notes.get((local(reference)[0], reference.get(qualified("id"), "")), "")
            if note:
                self.blocks.append(Block(BlockKind.NOTE, note))

    def _add(self, element: Any, style: dict[str, Any], text: str, number: tuple[str, int] | None) -> None:
        mark, depth = number or ("", 0)
        level = _outline(element) or style["level"]
        whole = (
            f"{mark}{'' if mark.endswith(('、', '）', ')', '.')) and not mark[-2:-1].isdigit() else ' '}{text}"
            if mark
            else text
        )
        if re.match(r"^(title|标题)$", style["name"], re.I):
            self.title = self.title or tidy(text)
            level = level or 1
        if level:
            self.blocks.append(Block(BlockKind.HEADING, tidy(whole), level=level))
        elif _looks_like_heading(element, text) and not number:
            self.blocks.append(Block(BlockKind.HEADING, tidy(text)))
        elif number and not re.match(r"^第", mark):
            self.blocks.append(Block(BlockKind.LIST, whole, level=depth + 1))
        else:
            lines = whole.split("\n")
            self.blocks += [Block(BlockKind.PARAGRAPH, line) for line in lines]

    def _style(self, element: Any) -> dict[str, Any]:
        found = element.find(f"{qualified('pPr')}/{qualified('pStyle')}")
        identifier = found.get(qualified("val"), "") if found is not None else ""
        return self._styles.get(identifier) or self._styles[""]

    def _table(self, element: Any) -> None:
        grid, heads = self._grid(element)
        width = max((len(row) for row in grid), default=0)
        if width < 2:
            for cell in _within(element, "tc", deep=False):
                self.body(cell)
            return
        caption = ""
        if self.blocks and self.blocks[-1].kind is not BlockKind.ROW and _CAPTION.match(self.blocks[-1].text):
            caption = self.blocks[-1].text if len(self.blocks[-1].text) <= 60 else ""
        rows = row_blocks(grid, table=self._tables + 1, caption=caption, header_rows=heads)
        if rows:
            self._tables += 1
            if caption:
                self.blocks.pop()
            self.blocks += rows

    def _grid(self, table: Any) -> tuple[list[list[str]], int | None]:
        """Cell texts with merged cells filled, and how many rows are marked as repeated header (None: none)."""
        grid: list[list[str]] = []
        heads = 0
        for row in _rows(table):
            line: list[str] = []
            for cell in _direct(row, "tc"):
                properties = cell.find(qualified("tcPr"))
                span = min(_value(properties, "gridSpan", 1), 100)
                merged = properties.find(qualified("vMerge")) if properties is not None else None
                continued = merged is not None and merged.get(qualified("val"), "continue") == "continue"
                above = grid[-1][len(line)] if continued and grid and len(line) < len(grid[-1]) else ""
                line += [above if continued else self._cell(cell)] * span
            self._left -= len(line)
            if self._left < 0:
                raise too_much("表格过大", "单元格数")
            grid.append(line)
            marked = row.find(f"{qualified('trPr')}/{qualified('tblHeader')}") is not None
            if marked and heads == len(grid) - 1:
                heads += 1
        return grid, heads or None

    def _cell(self, cell: Any) -> str:
        """The lines of a cell, those of nested tables included."""
        lines = []
        for child in cell.iterchildren():
            if local(child) == "p":
                mark = self._numbering.mark(child, self._style(child).get("numbering"))
                text = tidy_lines("".join(_words(child, self._styles)))
                lines.append(f"{mark[0]} {text}".strip() if mark and text else text)
            elif local(child) == "tbl":
                nested, heads = self._grid(child)
                lines += [block.text for block in row_blocks(nested, table=1, header_rows=heads)]
        return "\n".join(line for line in lines if line)


def _styles(document: Any) -> dict[str, dict[str, Any]]:
    """By style id: lower-case name, heading level (0: none), numbering (id, depth), hidden; "" is the default."""
    raw = {
        style.get(qualified("styleId"), ""): style
        for style in document.styles.element.iterchildren()
        if local(style) == "style"
    }
    return {"": {"name": "", "level": 0, "hidden": False}} | {
        identifier: {
            "name": _style_name(style),
            "level": _inherited(raw, identifier, _style_level) or 0,
            "numbering": _inherited(raw, identifier, _style_numbering),
            "hidden": style.find(f"{qualified('rPr')}/{qualified('vanish')}") is not None,
        }
        for identifier, style in raw.items()
    }


def _style_name(style: Any) -> str:
    name = style.find(qualified("name"))
    return str(name.get(qualified("val"), "")).lower() if name is not None else ""


def _inherited(raw: dict[str, Any], identifier: str, look: Any) -> Any:
    """What `look` finds in a style or in the nearest one it is based on."""
    for _ in range(20):
        style = raw.get(identifier)
        if style is None:
            return None
        found = look(style)
        if found:
            return found
        base = style.find(qualified("basedOn"))
        identifier = base.get(qualified("val"), "") if base is not None else ""
    return None


def _style_level(style: Any) -> int:
    match = _HEADING_STYLE.match(_style_name(style))
    return int(match[2]) if match else _outline(style)


def _style_numbering(style: Any) -> tuple[str, int] | None:
    properties = style.find(f"{qualified('pPr')}/{qualified('numPr')}")
    if properties is None:
        return None
    return str(_value(properties, "numId", 0)), _value(properties, "ilvl", 0)


def _outline(element: Any) -> int:
    """The heading level 1-9 set on a paragraph or style, 0 for body text."""
    level = element.find(f"{qualified('pPr')}/{qualified('outlineLvl')}")
    value = level.get(qualified("val"), "9") if level is not None else "9"
    return int(value) + 1 if value.isdigit() and int(value) < 9 else 0


def _value(parent: Any, name: str, default: int) -> int:
    found = parent.find(qualified(name)) if parent is not None else None
    value = found.get(qualified("val"), "") if found is not None else ""
    return int(value) if value.isdigit() else default


def _words(element: Any, styles: dict[str, dict[str, Any]]) -> Iterator[str]:
    """The visible words of a paragraph; breaks become line breaks, text boxes are left out."""
    for child in element.iterchildren():
        name = local(child)
        if name in _NOT_TEXT:
            continue
        if name == "t":
            yield child.text or ""
        elif name == "tab":
            yield " "
        elif name in ("br", "cr"):
            yield "\n" if child.get(qualified("type"), "textWrapping") == "textWrapping" else ""
        elif name == "noBreakHyphen":
            yield "-"
        elif name == "sym":
            yield "□" if child.get(qualified("char"), "").upper() in ("F0A3", "F06F", "F0A8") else ""
        elif name != "r" or not _hidden(child, styles):
            yield from _words(child, styles)


def _hidden(run: Any, styles: dict[str, dict[str, Any]]) -> bool:
    properties = run.find(qualified("rPr"))
    if properties is None:
        return False
    vanish = properties.find(qualified("vanish"))
    if vanish is not None:
        return vanish.get(qualified("val"), "1") not in ("0", "false", "off")
    style = properties.find(qualified("rStyle"))
    return style is not None and bool(styles.get(style.get(qualified("val"), ""), {}).get("hidden"))


def _within(element: Any, *names: str, deep: bool = True) -> Iterator[Any]:
    """Elements of those names in `element`, not inside another such one, and only the first choice of alternatives."""
    for child in element.iterchildren():
        if local(child) in names:
            yield child
        elif local(child) != "Fallback" and (deep or local(child) in ("tr", "sdt", "sdtContent")):
            yield from _within(child, *names, deep=deep)


def _direct(element: Any, name: str) -> Iterator[Any]:
    return _within(element, name, deep=False)


def _rows(table: Any) -> Iterator[Any]:
    for row in _direct(table, "tr"):
        if row.find(f"{qualified('trPr')}/{qualified('del')}") is None:
            yield row


def _is_contents(element: Any) -> bool:
    """True for a content control that holds the table of contents."""
    gallery = element.find(f".//{qualified('docPartGallery')}")
    return gallery is not None and "Contents" in gallery.get(qualified("val"), "")


def _looks_like_heading(element: Any, text: str) -> bool:
    """True for a short line all in bold that does not end like a sentence."""
    if len(text) > _LONGEST_HEADING or "\n" in text or _SENTENCE_END.search(text) or len(text) < 2:
        return False
    runs = [
        run for run in _within(element, "r") if any((t.text or "").strip() for t in run.iterchildren(qualified("t")))
    ]
    weights = Counter(_bold(run) for run in runs)
    return bool(runs) and not weights[False]


def _bold(run: Any) -> bool:
    bold = run.find(f"{qualified('rPr')}/{qualified('b')}")
    return bold is not None and bold.get(qualified("val"), "1") not in ("0", "false", "off")


def _notes(part: Any) -> dict[tuple[str, str], str]:
    """Texts of footnotes ("f") and endnotes ("e") by kind and id."""
    from docx.oxml import parse_xml

    notes: dict[tuple[str, str], str] = {}
    for relation in part.rels.values():
        kind = relation.reltype.rsplit("/", 1)[-1]
        if kind not in ("footnotes", "endnotes") or relation.is_external:
            continue
        root: Any = parse_xml(relation.target_part.blob)
        for note in root.iterchildren():
            text = tidy(" ".join("".join(_words(paragraph, {})) for paragraph in _within(note, "p")))
            if text and note.get(qualified("type")) in (None, "normal"):
                notes[kind[0], note.get(qualified("id"), "")] = text
    return notes
