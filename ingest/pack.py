"""Cuts a group of lines into passages of a useful size at the best places; `ingest.split` calls it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.lines import Line
from ingest.marks import BULLET
from ingest.model import BlockKind
from kb.model import MAX_PASSAGE_CHARS

SMALL, LARGE = 150, 420
"""Between these many characters a passage is as good as any other; below and above it costs."""

_LEAD_CHARS = 200
_CLAUSE_CHARS = 240
_SENTENCE_END = re.compile(r"[。！？!?；;\n]++[”’」』]*+(?![）)】》，、])")
_CLAUSE_END = re.compile(r"(?<=[，,：:、])(?<!\d[,:：])(?![”’」』）)】》])")
_SOLID = re.compile(r"[0-9A-Za-z.,:%/\-_@+]")

ROW_RANK, LIST_RANK, TEXT_RANK = 192, 196, 0
_BREAK_OUTERMOST, _BREAK_TEXT, _BREAK_INNER, _BREAK_SENTENCE, _BREAK_CLAUSE, _BREAK_HARD = -0.3, 0.1, 0.6, 1.2, 2.5, 6.0


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage to be: `own` is its part of the source; `carried` is the lead-in it needs, said before in the source.

    `joint` is what stood before `own` in the source: a line break, or nothing inside a paragraph.
    """

    own: str
    carried: str = ""
    joint: str = "\n"
    page: int | None = None

    @property
    def text(self) -> str:
        """What is shown and searched: the lead-in, then its own text."""
        return f"{self.carried}\n{self.own}" if self.carried else self.own


@dataclass(frozen=True, slots=True)
class _Atom:
    text: str
    page: int | None
    joint: str
    cost: float
    lead: str


def pack(lines: Sequence[Line], *, whole: bool, lead: str = "") -> tuple[Piece, ...]:
    """Pieces of `lines` in order, none longer than MAX_PASSAGE_CHARS with its lead-in.

    With `whole` the lines stay together when they fit; so does a table. `lead` (a question) is carried by every piece
    after the first. Items carry the sentence that introduces them.
    """
    total = sum(len(line.text) + 1 for line in lines) - 1
    if whole and total <= MAX_PASSAGE_CHARS:
        return (Piece("\n".join(line.text for line in lines), page=lines[0].page),)
    atoms = _atoms(lines, _clip(lead, 120))
    cuts = _best_cuts(atoms)
    return tuple(
        _piece(atoms[start:end], first=start == 0) for start, end in zip([0, *cuts], [*cuts, len(atoms)], strict=True)
    )


def sentences(text: str) -> list[str]:
    """`text` cut after its sentences; joined again they are `text`."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    return [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True) if end > start]


def _piece(atoms: Sequence[_Atom], *, first: bool) -> Piece:
    own = "".join(atom.text if i == 0 else atom.joint + atom.text for i, atom in enumerate(atoms))
    return Piece(own.rstrip("\n"), "" if first else atoms[0].lead, atoms[0].joint, atoms[0].page)


def _atoms(lines: Sequence[Line], lead: str) -> list[_Atom]:
    ranks = [_rank(line) for line in lines]
    outermost = min((rank for rank in ranks if rank != TEXT_RANK), default=TEXT_RANK)
    atoms: list[_Atom] = []
    for line, run, carried in _with_leads(lines, ranks, lead):
        cost = _line_cost(_rank(line), outermost)
        if run and cost < _BREAK_INNER:
            cost = _BREAK_INNER
        for i, (text, inner) in enumerate(_parts(line.text)):
            atoms.append(_Atom(text, line.page, "" if i else "\n", inner if i else cost, lead if i else carried))
    return atoms


def _rank(line: Line) -> int:
    if line.kind is BlockKind.ROW:
        return ROW_RANK
    if line.kind is BlockKind.LIST and line.mark is None:
        return LIST_RANK + line.level
    return line.mark.rank if line.mark and line.mark.rank <= BULLET else TEXT_RANK


def _line_cost(rank: int, outermost: int) -> float:
    if rank == TEXT_RANK:
        return _BREAK_TEXT
    return _BREAK_OUTERMOST if rank == outermost else _BREAK_INNER


def _with_leads(lines: Sequence[Line], ranks: Sequence[int], lead: str) -> Iterable[tuple[Line, bool, str]]:
    """Each line with whether a cut before it parts it from its introduction, and what it must carry when cut there."""
    open_leads: list[tuple[int, str]] = []
    tabled = 0
    for i, (line, rank) in enumerate(zip(lines, ranks, strict=True)):
        while open_leads and open_leads[-1][0] >= rank:
            open_leads.pop()
        if rank == TEXT_RANK or (tabled and line.table != tabled):
            open_leads = []
        tabled = line.table
        introduced = bool(open_leads) and i > 0 and open_leads[-1][1] == _introduction(lines[i - 1].text)
        leads = [text for _, text in open_leads] if _leans(line) else []
        carried = "\n".join(dict.fromkeys([*([lead] if lead else []), *leads]))
        yield line, introduced, _clip(carried, _LEAD_CHARS)
        if _introduces(line, lines[i + 1] if i + 1 < len(lines) else None):
            open_leads.append((rank, _introduction(line.text)))


def _leans(line: Line) -> bool:
    """True for an item that says little without its introduction: a short one, or no whole sentence."""
    return len(line.text) < 80 or not line.text.endswith(("。", "！", "？"))


def _introduces(line: Line, after: Line | None) -> bool:
    if after is None or line.kind is BlockKind.ROW:
        return False
    if line.text.endswith(("：", ":")):
        return True
    if after.kind is BlockKind.ROW:
        return len(line.text) <= 60
    return _rank(after) > _rank(line) and bool(re.search(r"(下列|以下|如下)[^。]*[。；]?$", line.text))


def _introduction(text: str) -> str:
    """The last sentence of a lead-in line, at most 120 characters from its end."""
    return _clip(sentences(text)[-1].strip(), 120)


def _clip(text: str, limit: int) -> str:
    """The end of `text`, from a clause boundary where one is near."""
    if len(text) <= limit:
        return text
    tail = text[-limit:]
    start = re.search(r"[，,；;、。\n]", tail[:-10])
    return tail[start.end() :] if start else tail


def _parts(text: str) -> list[tuple[str, float]]:
    """A line as atoms with the cost of a cut before each: sentences, clauses where those are long, then characters."""
    if len(text) <= SMALL:
        return [(text, 0.0)]
    parts: list[tuple[str, float]] = []
    for sentence in sentences(text):
        for i, part in enumerate(_shortened(sentence)):
            parts.append((part, _BREAK_CLAUSE if i else _BREAK_SENTENCE))
    return parts


def _shortened(sentence: str) -> list[str]:
    if len(sentence) <= _CLAUSE_CHARS:
        return [sentence]
    parts: list[str] = []
    for clause in _CLAUSE_END.split(sentence):
        for part in _hard_cut(clause):
            if parts and len(parts[-1]) + len(part) <= SMALL:
                parts[-1] += part
            elif part:
                parts.append(part)
    return parts


def _hard_cut(text: str) -> list[str]:
    """Cuts of at most 240 characters that part no number and no word of letters, where that is possible."""
    parts = []
    while len(text) > _CLAUSE_CHARS:
        at = _CLAUSE_CHARS
        while at > _CLAUSE_CHARS - 60 and _SOLID.match(text[at - 1]) and _SOLID.match(text[at]):
            at -= 1
        parts.append(text[:at])
        text = text[at:]
    return [*parts, text]


def _best_cuts(atoms: Sequence[_Atom]) -> list[int]:
    """Cut positions of least cost (dynamic programming over where the last passage begins)."""
    best = [0.0] + [float("inf")] * len(atoms)
    back = [0] * (len(atoms) + 1)
    for end in range(1, len(atoms) + 1):
        own = 0
        for start in range(end - 1, -1, -1):
            own += len(atoms[start].text) + (len(atoms[start + 1].joint) if start + 1 < end else 0)
            if own > MAX_PASSAGE_CHARS:
                break
            lead = len(atoms[start].lead) + 1 if start and atoms[start].lead else 0
            if own + lead > MAX_PASSAGE_CHARS:
                continue
            cost = best[start] + _size_cost(own) + (atoms[start].cost if start else 0.0)
            if cost < best[end] - 1e-9:
                best[end], back[end] = cost, start
    return _walk_back(back)


def _walk_back(back: Sequence[int]) -> list[int]:
    cuts = []
    at = back[-1]
    while at > 0:
        cuts.append(at)
        at = back[at]
    return cuts[::-1]


def _size_cost(size: int) -> float:
    if size < SMALL:
        return 3.0 * ((SMALL - size) / SMALL) ** 2
    if size > LARGE:
        return 2.0 * ((size - LARGE) / (MAX_PASSAGE_CHARS - LARGE)) ** 2
    return 0.0
