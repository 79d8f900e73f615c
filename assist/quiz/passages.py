"""A passage read for asking about it: its clause, sentences, table and list; makers and material use it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from kb.model import Kind, Passage
from kb.rows import ROW, Row

_NUMBERED = re.compile(r"^(?:第[一二三四五六七八九十百零\d]+[章节条款部]分?[ \u3000]*|[一二三四五六七八九十]+、)")
_LISTED = re.compile(r"^（[一二三四五六七八九十]+）")
_ITEM = re.compile(r"（([一二三四五六七八九十]+)）")
_CAPTION = re.compile(r"^表\d*\s*(?P<name>[^：；。]{2,30})$")
_MEASURE = re.compile(r"（[^（）]*单位[^（）]*）|（20\d\d版[^（）]*）")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table as it stands in the passage: `quote`, and its cells by column in order."""

    quote: str
    cells: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """What the row is about: its first cell."""
        return self.cells[0][1]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that share their columns; `caption` may be empty."""

    caption: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """A numbered list with the sentence that opens it."""

    intro: str
    items: tuple[str, ...]


def row_of(passage: Passage) -> Row | None:
    """The typed source row of a passage, None for prose."""
    return None if passage.row is None else ROW.validate_python(dict(passage.row))


@lru_cache(maxsize=20_000)
def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def content_hash(passage: Passage) -> str:
    """A hash of all that a passage says: its text and its typed row."""
    return _hash(content(passage))


def content(passage: Passage) -> str:
    """All that a passage says: its text, then its typed row as JSON."""
    row = "" if passage.row is None else json.dumps(passage.row, ensure_ascii=False, sort_keys=True)
    return f"{passage.text}\n{row}" if row else passage.text


def clause(passage: Passage) -> str:
    """The name of the clause a passage stands under, without its number; "" when it has none."""
    for heading in reversed(passage.heading):
        name = _NUMBERED.sub("", heading).strip()
        if name and not _LISTED.match(name) and len(name) <= 24:
            return name
    return ""


def body(passage: Passage) -> list[str]:
    """The lines of a passage of prose without the heading it repeats."""
    text = passage.text
    for heading in reversed(passage.heading):
        if text.startswith(heading):
            text = text[len(heading) :].lstrip()
            break
    return [line.strip() for line in text.split("\n") if line.strip()]


def table(passage: Passage) -> Table | None:
    """The first table of a passage with two rows or more."""
    if passage.kind is not Kind.POLICY:
        return None
    caption, best = "", None
    lines: list[Line] = []
    for text in [*body(passage), ""]:
        named = _CAPTION.match(text)
        if named:
            caption = _MEASURE.sub("", named["name"]).strip()
        line = _line(text)
        if line and (not lines or _columns(lines[0]) == _columns(line)):
            lines.append(line)
            continue
        if len(lines) > 1 and best is None:
            best = Table(caption, _columns(lines[0]), tuple(lines))
        lines = [line] if line else []
    return best


def listing(passage: Passage) -> Listing | None:
    """The numbered list of a passage of prose: an opening that ends in a colon, and two items or more."""
    if passage.kind is not Kind.POLICY or table(passage) is not None:
        return None
    text = "".join(body(passage))
    parts = _ITEM.split(text)
    intro = parts[0].strip()
    if len(parts) < 5 or not intro.endswith("：") or list(parts[1::2]) != _expected(len(parts) // 2):
        return None
    items = [part.strip() for part in parts[2::2]]
    last = items[-1]
    items[-1] = re.split(r"[。；]", last)[0]
    return Listing(intro.rstrip("："), tuple(item.rstrip("；。，") for item in items))


def sentences(passage: Passage) -> Iterator[tuple[str, str]]:
    """(label, sentence) of a passage of prose, tables left out; `label` names the list item a sentence stands in."""
    for line in body(passage):
        if _line(line) or _CAPTION.match(line):
            continue
        for part in _split_items(line):
            label = ""
            bare = _LISTED.sub("", part)
            pieces = [piece for piece in re.split(r"(?<=。)", bare) if piece.strip()]
            if _LISTED.match(part) and len(pieces) > 1 and len(pieces[0]) <= 11:
                label, pieces = pieces[0].rstrip("。"), pieces[1:]
            for piece in pieces:
                yield label, piece.strip()


def spoken(text: str) -> list[str]:
    """Sentences of an answer, a point or a wording: cut at full stops and line ends."""
    return [piece.strip() for piece in re.split(r"(?<=[。！？!?])|\n", text) if piece and piece.strip()]


def plain_title(passage: Passage) -> str:
    """The title as it is cited, without brackets of its own."""
    return passage.title.strip("《》 ")


def _split_items(line: str) -> list[str]:
    starts = [
        match.start() for match in _ITEM.finditer(line) if match.start() == 0 or line[match.start() - 1] in "：；。"
    ]
    if not starts:
        return [line]
    cuts = [0, *[start for start in starts if start], len(line)]
    return [line[a:b] for a, b in pairwise(cuts) if line[a:b].strip()]


def _line(text: str) -> Line | None:
    if text.count("：") < 2 or "；" not in text or text.endswith("。"):
        return None
    cells: list[tuple[str, str]] = []
    for part in text.split("；"):
        name, colon, value = part.partition("：")
        if colon and 0 < len(name) <= 24 and value.strip():
            cells.append((name.strip(), value.strip()))
        elif cells:
            cells[-1] = (cells[-1][0], f"{cells[-1][1]}；{part.strip()}")
        else:
            return None
    return Line(text, tuple(cells)) if len(cells) > 1 else None


def _columns(line: Line) -> tuple[str, ...]:
    return tuple(name for name, _ in line.cells)


def _expected(count: int) -> list[str]:
    ones: Sequence[str] = "一二三四五六七八九"
    names = [*ones, "十", *("十" + each for each in ones), "二十"]
    return list(names[:count])
