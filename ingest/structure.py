"""Groups the lines of a Chinese document under its headings, articles and questions; `ingest.split` cuts the groups."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby

from ingest.headings import Head, find_heads
from ingest.lines import Line, lines_of, squash
from ingest.marks import ARTICLE, Mark, mark_of
from ingest.model import Block, BlockKind
from kb.validity import is_clause

_CONTENTS = re.compile(r"[【\[]?\s*[图表圖]{0,2}(目\s*[录錄次]|contents)\s*[】\]]?\s*[:：]?", re.IGNORECASE)
_LEADERS = re.compile(r"(?:[.．·…‥。_\-]\s*){4,}[（(]?\d+[）)]?$")
_PAGE_NUMBER = re.compile(r"[.．·…\s　]*\d*\s*$")


class GroupKind(StrEnum):
    """ARTICLE and QUESTION groups stay in one passage where they fit; PROSE is cut to a useful size."""

    ARTICLE = "article"
    QUESTION = "question"
    PROSE = "prose"


@dataclass(frozen=True, slots=True)
class Group:
    """Consecutive lines under one path of headings; `parent` is the path of the section they are read within.

    `question` is the question the lines answer, "" where they answer none.
    """

    heading: tuple[str, ...]
    lines: tuple[Line, ...]
    kind: GroupKind = GroupKind.PROSE
    parent: tuple[str, ...] = ()
    question: str = ""


def read_structure(blocks: Iterable[Block], *, title: str = "", clauses: Sequence[str] = ()) -> tuple[Group, ...]:
    """Groups of `blocks` in reading order; none is empty.

    Headings become paths and leave the text (one without anything beneath stays as text, one that states figures is
    kept in both); a table of contents and a first line that only repeats `title` are dropped; all else is kept. An
    item that one of `clauses` names by its path ("五、/（四）") is a group of its own under its number.
    """
    lines = _without_title(_without_contents(lines_of(blocks)), title)
    return _Builder(lines, find_heads(lines), clauses).groups()


def _without_title(lines: list[Line], title: str) -> list[Line]:
    if title and lines and squash(lines[0].text) == squash(title):
        return lines[1:]
    return lines


def _without_contents(lines: list[Line]) -> list[Line]:
    starts = [i for i, line in enumerate(lines) if _CONTENTS.fullmatch(line.text)]
    dropped: set[int] = set()
    for start in starts:
        end = _contents_end(lines, start + 1)
        dropped.update(range(start, end))
    leaders = [bool(_LEADERS.search(line.text)) and line.kind is not BlockKind.ROW for line in lines]
    dropped.update(
        i for i, led in enumerate(leaders) if led and any(leaders[max(0, i - 1) : i] + leaders[i + 1 : i + 2])
    )
    return [line for i, line in enumerate(lines) if i not in dropped]


def _contents_end(lines: Sequence[Line], start: int) -> int:
    """Index of the first line after `start` that is no entry: not led to a page number and not said again later."""
    later = {}
    for i, line in enumerate(lines):
        later[squash(line.text)[:40]] = i
    for i in range(start, len(lines)):
        text = lines[i].text
        entry = squash(_PAGE_NUMBER.sub("", text))[:40]
        if not _LEADERS.search(text) and not (len(text) <= 60 and later.get(entry, -1) > i):
            return i
    return start


@dataclass(slots=True)
class _Open:
    head: Head
    line: Line
    used: bool = False


class _Builder:
    """Walks the lines once with the stack of open headings."""

    def __init__(self, lines: Sequence[Line], heads: dict[int, Head], clauses: Sequence[str]) -> None:
        self._lines = lines
        self._heads = heads
        self._clauses = clauses
        self._item: Mark | None = None
        self._stack: list[_Open] = []
        self._done: list[Group] = []
        self._current: list[Line] = []
        self._question: Line | None = None

    def groups(self) -> tuple[Group, ...]:
        for i, line in enumerate(self._lines):
            head = self._heads.get(i)
            if head is None:
                self._body(line)
            elif head.question:
                self._ask(line)
            elif not head.joined:
                self._open(head, line)
        self._flush()
        self._pop(0)
        return tuple(_merged(self._done))

    def _open(self, head: Head, line: Line) -> None:
        self._flush()
        self._pop(head.rank)
        self._stack.append(_Open(head, line))
        if head.keeps_text:
            self._body(line)

    def _ask(self, line: Line) -> None:
        self._flush()
        self._question = line
        self._body(line)

    def _body(self, line: Line) -> None:
        if self._current and self._question is not None and self._answered(line):
            self._flush()
        self._begin_item(line)
        for entry in self._stack:
            entry.used = True
        self._current.append(line)

    def _begin_item(self, line: Line) -> None:
        """Ends the item being read where its numbering goes on, begins one that the clauses name."""
        if not self._clauses or line.mark is None or line.kind is BlockKind.ROW:
            return
        if self._item is not None and line.mark.rank <= self._item.rank:
            self._flush()
        path = (*(entry.head.label for entry in self._stack), line.mark.label)
        if line.mark.rank > ARTICLE and any(is_clause(path, clause) for clause in self._clauses):
            self._flush()
            self._item = line.mark

    def _answered(self, line: Line) -> bool:
        """A numbered question is over where its own numbering goes on with something else; a row where it ends."""
        asked = self._question
        if asked is None or asked.question:
            return True
        return bool(asked.mark and line.mark and line.mark.rank <= asked.mark.rank)

    def _pop(self, rank: int) -> None:
        while self._stack and self._stack[-1].head.rank >= rank:
            entry = self._stack.pop()
            if not entry.used:
                label = entry.head.label
                joined = len(squash(label)) > len(squash(entry.line.text))
                self._done.append(self._group([replace(entry.line, text=label) if joined else entry.line]))
                for outer in self._stack:
                    outer.used = True

    def _flush(self) -> None:
        if self._current:
            self._done.append(self._group(self._current))
        self._current = []
        self._question = None
        self._item = None

    def _group(self, lines: Sequence[Line]) -> Group:
        path = tuple(entry.head.label for entry in self._stack)
        articles = [i for i, entry in enumerate(self._stack) if entry.head.article]
        parent = path[: articles[0]] if articles else path
        kind = GroupKind.ARTICLE if articles or self._item else GroupKind.PROSE
        if self._item is not None:
            path = (*path, self._item.label)
        question = ""
        if self._question is not None:
            asked = self._question
            kind, question = GroupKind.QUESTION, asked.question or plain_question(asked.text)
        elif path and path[-1].endswith(("？", "?")):
            question = plain_question(path[-1])
        return Group(path, tuple(lines), kind, parent, question)


def plain_question(text: str) -> str:
    """A question without its numbering or 问：, and without an answer on the same line."""
    text = re.sub(r"^([•·●]\s*)?(问题?|問題?|提问|Q|q|Ｑ)\s*\d{0,3}\s*[：:、.．]\s*", "", text)
    text = re.split(r"\s*(?:答复?|A)\s*[：:]", text)[0]
    mark = mark_of(text)
    return text[mark.end :].strip() if mark and mark.rank != ARTICLE else text.strip()


def _merged(groups: Iterable[Group]) -> list[Group]:
    """Neighbouring prose under one path (a heading with nothing beneath, then text) is one group."""
    merged: list[Group] = []
    for _, alike in groupby(enumerate(groups), key=lambda item: _alike(*item)):
        first, *others = (group for _, group in alike)
        lines = (line for group in (first, *others) for line in group.lines)
        merged.append(replace(first, lines=tuple(lines)) if others else first)
    return merged


def _alike(place: int, group: Group) -> tuple[object, ...]:
    return (group.heading,) if group.kind is GroupKind.PROSE else (place,)
