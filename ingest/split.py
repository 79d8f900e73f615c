"""Turns the blocks of a document into sections and passages; `ingest.compose` calls it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.lines import Line
from ingest.model import Block, BlockKind
from ingest.pack import Piece, pack
from ingest.structure import Group, GroupKind, read_structure
from kb.model import MAX_PASSAGE_CHARS, PassageDraft, SectionDraft

VERSION = "1"
"""Part of every fingerprint: raise it when the same file would be split or read differently."""

MAX_SECTION_CHARS = 4_000
TINY = 100
"""Prose beside a table that is smaller than this stays with it."""


@dataclass(frozen=True, slots=True)
class _Cut:
    group: Group
    piece: Piece
    opens: bool


def split(
    blocks: Iterable[Block], *, title: str = "", clauses: Sequence[str] = ()
) -> tuple[tuple[SectionDraft, ...], tuple[PassageDraft, ...]]:
    """Sections and passages of `blocks` in reading order; both empty for an empty document.

    A passage is 1 to MAX_PASSAGE_CHARS characters, one article or question each where it fits; its text is the
    source's own words, after the lead-in of its items where they were cut from it. A section is at most
    MAX_SECTION_CHARS characters and cut between articles where possible. `clauses` ("五、/（四）") are items that
    something is said of: each is a passage of its own.
    """
    groups = read_structure(blocks, title=title, clauses=clauses)
    return _assemble([cut for group in groups for cut in _cuts(group)])


def _cuts(group: Group) -> Iterable[_Cut]:
    question = group.lines[0].text if group.kind is GroupKind.QUESTION else ""
    opens = True
    for part in _parts(group):
        whole = group.kind is not GroupKind.PROSE or _is_table(part)
        for piece in pack(part, whole=whole, lead=question if not opens or len(part) > 1 else ""):
            yield _Cut(group, piece, opens)
            opens = False


def _parts(group: Group) -> Iterable[Sequence[Line]]:
    """The lines of a group, tables (with the line that introduces them) apart from the prose around them."""
    if group.kind is not GroupKind.PROSE and _size(group.lines) <= MAX_PASSAGE_CHARS:
        yield group.lines
        return
    yield from _joined(_tables_apart(group.lines))


def _tables_apart(lines: Sequence[Line]) -> Iterable[list[Line]]:
    part: list[Line] = []
    for line in lines:
        starts_table = line.table and (not part or part[-1].table != line.table)
        if starts_table and part and not part[-1].table:
            caption = [part.pop()] if _captions(part[-1]) else []
            if part:
                yield part
            part = caption
        elif part and part[-1].table and part[-1].table != line.table:
            yield part
            part = []
        part.append(line)
    if part:
        yield part


def _joined(parts: Iterable[list[Line]]) -> Iterable[Sequence[Line]]:
    """A remark too small to stand alone joins the table or the prose beside it, where both fit in one passage."""
    joined: list[list[Line]] = []
    for part in parts:
        beside = joined and min(_size(joined[-1]), _size(part)) < TINY
        if beside and _is_table(joined[-1]) and _is_table(part):
            beside = False
        if beside and _size(joined[-1]) + _size(part) < MAX_PASSAGE_CHARS:
            joined[-1] = [*joined[-1], *part]
        else:
            joined.append(part)
    return joined


def _size(lines: Sequence[Line]) -> int:
    return sum(len(line.text) + 1 for line in lines) - 1


def _captions(line: Line) -> bool:
    return len(line.text) <= 60


def _is_table(lines: Sequence[Line]) -> bool:
    return any(line.kind is BlockKind.ROW for line in lines)


def _assemble(cuts: Sequence[_Cut]) -> tuple[tuple[SectionDraft, ...], tuple[PassageDraft, ...]]:
    sections: list[SectionDraft] = []
    passages: list[PassageDraft] = []
    for chunk in _section_chunks(cuts):
        first = chunk[0]
        ordinal = len(sections)
        text = "".join(cut.piece.own if i == 0 else cut.piece.joint + cut.piece.own for i, cut in enumerate(chunk))
        sections.append(SectionDraft(ordinal, first.group.parent, text, first.piece.page))
        passages += [_passage(cut, len(passages) + i, ordinal) for i, cut in enumerate(chunk)]
    return tuple(sections), tuple(passages)


def _passage(cut: _Cut, ordinal: int, section: int) -> PassageDraft:
    group, piece = cut.group, cut.piece
    questions = (group.question,) if group.question else ()
    return PassageDraft(ordinal, piece.text, group.heading, piece.page, section, questions=questions)


def _section_chunks(cuts: Sequence[_Cut]) -> Iterable[Sequence[_Cut]]:
    """Consecutive cuts under one parent heading, at most MAX_SECTION_CHARS, whole groups together where they fit."""
    chunk: list[_Cut] = []
    size = 0
    for i, cut in enumerate(cuts):
        length = len(cut.piece.own) + 1
        same = bool(chunk) and chunk[-1].group.parent == cut.group.parent
        ahead = _group_size(cuts, i) if cut.opens else length
        fits = size + (ahead if ahead <= MAX_SECTION_CHARS else length) <= MAX_SECTION_CHARS
        if chunk and not (same and fits):
            yield chunk
            chunk, size = [], 0
        chunk.append(cut)
        size += length
    if chunk:
        yield chunk


def _group_size(cuts: Sequence[_Cut], start: int) -> int:
    size = 0
    for i in range(start, len(cuts)):
        if cuts[i].group is not cuts[start].group or size > MAX_SECTION_CHARS:
            break
        size += len(cuts[i].piece.own) + 1
    return size
