"""Rows of sheets become passages: scripts, questions and answers, learning points, offers, terms, or plain tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from ingest.columns import columns_of, kind_of, missing_columns, required_names
from ingest.fields import FieldError, check_period, read_audience, read_date, read_list, read_names
from ingest.lines import Line, storable
from ingest.model import Block, BlockKind, Sheet, render_row
from ingest.pack import pack
from ingest.scripts import Demands, demanded, part_of, script_slots, script_steps, unknown_part
from kb.errors import InputRefused
from kb.model import INTERNAL, MAX_PASSAGE_CHARS, Audience, Kind, PassageDraft, Term, Validity
from kb.rows import NOTES, PITFALLS, ROW, FaqRow, OfferRow, PointRow, Row, ScriptRow

MAX_REMARKS = 20
"""So many rows are named in the warnings of a file; a column that means something else is not told for each row."""
_SHARED = ("code", "audience", "effective_from", "effective_to")


@dataclass(frozen=True, slots=True)
class RowsResult:
    """What the sheets of a file gave: `ordinal` of the passages counts through all sheets; warnings are Chinese."""

    kind: Kind | None
    passages: tuple[PassageDraft, ...] = ()
    terms: tuple[Term, ...] = ()
    blocks: tuple[Block, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Cells:
    """One row by field name; a field without a column is empty."""

    number: int
    values: Mapping[str, str]

    def __getitem__(self, field: str) -> str:
        return self.values.get(field, "")


@dataclass(frozen=True, slots=True)
class _Made:
    row: Row
    text: str
    heading: tuple[str, ...]
    questions: tuple[str, ...]
    lead: str = ""
    insider: str = ""


def read_rows(sheets: Sequence[Sheet], *, kind: Kind | None, audience: Audience | None = None) -> RowsResult:
    """Passages, terms, or (for tables of no known kind) row blocks of `sheets`.

    `kind` is what the manifest says, None to go by the headers; `audience` is that of rows that name none. What only
    insiders need (notes, pitfalls, who may promise) stays out of the text of public rows. A row that cannot be read is
    left out and named in the warnings. Raises InputRefused when `kind` asks for columns that no sheet has, or when
    every row was bad.
    """
    reader = _SheetReader(kind, audience or INTERNAL)
    for sheet in sheets:
        reader.add(sheet)
    return reader.result()


class _SheetReader:
    """Collects what the sheets of one file give."""

    def __init__(self, stated: Kind | None, audience: Audience) -> None:
        self._audience = audience
        self._stated = None if stated is Kind.POLICY else stated
        self._kinds: list[Kind] = []
        self._passages: list[PassageDraft] = []
        self._terms: list[Term] = []
        self._blocks: list[Block] = []
        self._warnings: list[str] = []
        self._codes: set[str] = set()
        self._demands = Demands()
        self._bad = 0

    def add(self, sheet: Sheet) -> None:
        if not sheet.rows:
            return
        kind = kind_of(sheet)
        if self._stated and kind is not self._stated:
            missing = missing_columns(sheet, self._stated)
            kind = kind if missing else self._stated
        if kind is None:
            self._table(sheet)
        elif kind is Kind.TERMS:
            self._kinds.append(kind)
            self._add_terms(sheet)
        else:
            self._kinds.append(kind)
            self._typed(sheet, kind)

    def result(self) -> RowsResult:
        if self._stated and self._stated not in self._kinds:
            self._refuse_missing()
        if self._bad and not self._passages and not self._terms and not self._blocks:
            raise InputRefused("no usable row", hint="没有一行可用：" + "；".join(self._warnings[:3]))
        if self._bad:
            self._warnings.insert(0, f"有 {self._bad} 行未收，其余已收")
        kinds = [kind for kind in self._kinds if kind is not Kind.TERMS]
        kind = self._stated or (kinds[0] if kinds else self._kinds[0] if self._kinds else None)
        self._warnings += self._demands.unmet()[:MAX_REMARKS]
        if len(set(kinds)) > 1:
            self._warnings.append("一个文件里有几类知识，已按第一类登记；建议分成几个文件")
        return RowsResult(kind, tuple(self._passages), tuple(self._terms), tuple(self._blocks), tuple(self._warnings))

    def _refuse_missing(self) -> None:
        assert self._stated is not None
        wanted = "、".join(required_names(self._stated))
        raise InputRefused(
            f"no sheet with the columns of {self._stated}",
            hint=f"按“{self._stated}”读取需要这些列：{wanted}。请改表头，或改清单里的 kind。",
        )

    def _table(self, sheet: Sheet) -> None:
        """A table of no known kind goes on as prose: its name as heading, each row with its header."""
        table = sum(1 for block in self._blocks if block.kind is BlockKind.HEADING) + 1
        self._blocks.append(Block(BlockKind.HEADING, sheet.title or sheet.name, level=1))
        self._blocks += [Block(BlockKind.PARAGRAPH, note) for note in sheet.notes if note.strip()]
        for row in sheet.rows:
            text = render_row(sheet.header, row)
            if text:
                self._blocks.append(Block(BlockKind.ROW, text, header=sheet.header, cells=row, table=table))

    def _add_terms(self, sheet: Sheet) -> None:
        for cells in self._cells(sheet, Kind.TERMS):
            synonyms = tuple(name for name in read_names(cells["synonyms"]) if name != cells["standard"])
            if not cells["standard"]:
                self._reject(sheet, cells, "缺少标准词")
            else:
                self._terms.append(Term(cells["standard"], synonyms, cells["category"], cells["note"]))

    def _typed(self, sheet: Sheet, kind: Kind) -> None:
        rows = list(self._cells(sheet, kind))
        if kind is Kind.FAQ:
            rows = _entries(rows)
        for cells in rows:
            try:
                made = _MAKERS[kind](cells)
                self._unique(cells["code"], kind)
                validity, audience = _validity(cells), _audience(cells)
            except (FieldError, ValidationError) as error:
                self._reject(sheet, cells, str(error) if isinstance(error, FieldError) else "内容不合规定")
                continue
            self._put(made, validity, audience)
            if isinstance(made.row, ScriptRow):
                place = f"{sheet.name} 第 {cells.number} 行"
                self._demands.add(place, made.row)
                self._warnings += unknown_part(place, cells["part"]) if len(self._warnings) < MAX_REMARKS else []

    def _put(self, made: _Made, validity: Validity | None, audience: Audience | None) -> None:
        row = ROW.dump_python(made.row, mode="json")
        lines = [Line(text) for text in made.text.split("\n") if text.strip()]
        if made.insider and not (audience or self._audience).public:
            lines += [Line(text) for text in made.insider.split("\n") if text.strip()]
        for piece in pack(lines, whole=True, lead=made.lead):
            self._passages.append(
                PassageDraft(
                    ordinal=len(self._passages),
                    text=piece.text,
                    heading=made.heading,
                    validity=validity,
                    audience=audience,
                    questions=made.questions,
                    row=row,
                )
            )

    def _unique(self, code: str, kind: Kind) -> None:
        if not code or kind is Kind.FAQ:
            return
        if code in self._codes:
            raise FieldError(f"编号“{code}”重复")
        self._codes.add(code)

    def _reject(self, sheet: Sheet, cells: _Cells, reason: str) -> None:
        self._bad += 1
        if self._bad <= MAX_REMARKS:
            self._warnings.append(f"{sheet.name} 第 {cells.number} 行未收：{reason}")

    def _cells(self, sheet: Sheet, kind: Kind) -> Iterable[_Cells]:
        columns = columns_of(sheet, kind)
        for i, row in enumerate(sheet.rows):
            number = sheet.numbers[i] if i < len(sheet.numbers) else i + 2
            if any(cell.strip() for cell in row):
                yield _Cells(number, {field: storable(row[column]).strip() for field, column in columns.items()})


def _entries(rows: Sequence[_Cells]) -> list[_Cells]:
    """Rows of one entry become one: the first question is the standard one, the others similar, the answers joined.

    Rows of one code are one entry, in as few parts as fit a passage, each of whole pairs; but never rows that other
    people may see or that hold at other times. Without codes only a row said twice is one.
    """
    groups: dict[tuple[str, ...], list[_Cells]] = {}
    for cells in rows:
        if not (cells["question"] and cells["answer"]):
            key: tuple[str, ...] = ("alone", str(cells.number))
        elif cells["code"]:
            key = ("code", *(cells[field] for field in _SHARED))
        else:
            key = ("pair", cells["question"], cells["answer"])
        groups.setdefault(key, []).append(cells)
    return [_joined(part) for group in groups.values() for part in _parts(group)]


def _parts(group: Sequence[_Cells]) -> list[list[_Cells]]:
    """Rows of one entry in order, cut only where the next pair would not fit into a passage any more."""
    parts = [[group[0]]]
    for cells in group[1:]:
        longer = [*parts[-1], cells]
        if len(_pairs(longer)) <= MAX_PASSAGE_CHARS:
            parts[-1] = longer
        else:
            parts.append([cells])
    return parts


def _joined(part: Sequence[_Cells]) -> _Cells:
    """One row of the rows of an entry; what only some of them say is kept from the first that says it."""
    if len(part) == 1:
        return part[0]
    values = {field: next((cells[field] for cells in part if cells[field]), "") for field in part[0].values}
    asked = dict.fromkeys(text for cells in part for text in (cells["question"], cells["similar"]) if text)
    values["similar"] = "\n".join(asked)
    values["answer"] = "\n".join(dict.fromkeys(cells["answer"] for cells in part))
    return _Cells(part[0].number, {**values, "pairs": _pairs(part)})


def _pairs(part: Sequence[_Cells]) -> str:
    """Every answer under its question; one that answers several stands once, under the first of them."""
    answers: dict[str, str] = {}
    for cells in part:
        answers.setdefault(cells["answer"], cells["question"])
    return "\n".join(f"问：{question}\n答：{answer}" for answer, question in answers.items())


def _script(cells: _Cells) -> _Made:
    _need(cells, scenario="场景", wording="规范应答")
    wording = cells["wording"]
    row = ScriptRow(
        code=cells["code"],
        business_type=cells["business_type"],
        department=cells["department"],
        scenario=cells["scenario"],
        subscenario=cells["subscenario"],
        triggers=read_list(cells["triggers"]),
        wording=wording,
        steps=script_steps(wording),
        slots=script_slots(wording),
        forbidden=read_list(cells["forbidden"]),
        notes=cells["notes"],
        channel=cells["channel"],
        version=cells["version"],
        part=part_of(cells["part"]),
        opens_with=demanded(cells["opens_with"]),
        closes_with=demanded(cells["closes_with"]),
    )
    scene = " ".join(part for part in (row.scenario, row.subscenario) if part)
    text = f"场景：{scene}\n{wording}"
    notes = f"{NOTES}：{row.notes}" if row.notes else ""
    heading = tuple(part for part in (row.scenario, row.subscenario) if part)
    return _Made(row, text, heading, tuple(dict.fromkeys([*row.triggers, scene])), lead=f"场景：{scene}", insider=notes)


def _faq(cells: _Cells) -> _Made:
    _need(cells, question="问题", answer="答案")
    row = FaqRow(
        code=cells["code"],
        business_type=cells["business_type"],
        department=cells["department"],
        question=cells["question"],
        similar=tuple(name for name in read_list(cells["similar"]) if name != cells["question"]),
        answer=cells["answer"],
        products=read_names(cells["products"]),
        basis=cells["basis"],
    )
    heading = (cells["category"],) if cells["category"] else ()
    text = cells["pairs"] or f"问：{row.question}\n答：{row.answer}"
    return _Made(row, text, heading, (row.question, *row.similar), lead=f"问：{row.question}")


def _point(cells: _Cells) -> _Made:
    _need(cells, title="知识点", content="内容")
    row = PointRow(
        code=cells["code"],
        business_type=cells["business_type"],
        department=cells["department"],
        topic=cells["topic"] or "应知应会",
        stage=cells["stage"],
        competency=cells["competency"],
        title=cells["title"],
        content=cells["content"],
        pitfalls=cells["pitfalls"],
        basis=cells["basis"],
    )
    text = f"{row.title}\n{row.content}"
    pitfalls = f"{PITFALLS}：{row.pitfalls}" if row.pitfalls else ""
    return _Made(row, text, (row.topic,), (row.title,), lead=row.title, insider=pitfalls)


def _offer(cells: _Cells) -> _Made:
    _need(cells, name="优惠名称", content="优惠内容")
    row = OfferRow(
        code=cells["code"],
        business_type=cells["business_type"],
        department=cells["department"],
        name=cells["name"],
        content=cells["content"],
        conditions=cells["conditions"],
        rule=cells["rule"],
        authority=cells["authority"],
        disclosures=read_list(cells["disclosures"]),
        forbidden_promises=read_list(cells["forbidden_promises"]),
        stacking=cells["stacking"],
        channels=read_names(cells["channels"]),
        products=read_names(cells["products"]),
    )
    authority = f"权限级别：{row.authority}" if row.authority else ""
    lines = [f"{label}：{cells[name]}" for name, label in _OFFER_LINES.items() if cells[name]]
    return _Made(row, "\n".join([row.name, *lines]), (), (row.name,), lead=row.name, insider=authority)


_OFFER_LINES = {
    "content": "优惠内容",
    "conditions": "适用条件",
    "disclosures": "必告知",
    "stacking": "叠加规则",
    "channels": "适用渠道",
}
_MAKERS: Mapping[Kind, Callable[[_Cells], _Made]] = {
    Kind.SCRIPT: _script,
    Kind.FAQ: _faq,
    Kind.LEARNING: _point,
    Kind.OFFER: _offer,
}


def _need(cells: _Cells, **names: str) -> None:
    missing = [label for field, label in names.items() if not cells[field]]
    if missing:
        raise FieldError(f"缺少{'、'.join(missing)}")


def _validity(cells: _Cells) -> Validity | None:
    first, last = read_date(cells["effective_from"]), read_date(cells["effective_to"])
    check_period(first, last)
    return Validity(first, last) if first or last else None


def _audience(cells: _Cells) -> Audience | None:
    return read_audience(cells["audience"]) if cells["audience"] else None
