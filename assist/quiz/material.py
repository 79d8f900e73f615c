"""What there is to ask about on a day: the passages somebody may see, what they say, and where they disagree."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from assist.quiz.figures import Quantity, canonical, masked, quantities
from assist.quiz.model import Contradiction, Evidence
from assist.quiz.passages import (
    body,
    content_hash,
    plain_title,
    row_of,
    sentences,
    spoken,
    table,
)
from kb.model import Kind, Passage
from kb.rows import FaqRow, PointRow, ScriptRow

_CITED = re.compile(r"《([^《》]{2,40})》")
_ITSELF = re.compile(r"本(?:办法|规则|资费|规范|细则|标准|说明|承诺|制度|规定)")
_SHORTEST_CLAIM = 8
"""A sentence with fewer characters beside its figures is too bare to be set against another."""
SCRIPT_COMPETENCY, COMPETENCY = "核心行为", "专业技能"

_Figures = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passage stands among what is learned."""

    topic: str
    stage: str = ""
    competency: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """`passages` may be asked about; `said` is what all passages in force say: masked sentence to its figures."""

    passages: tuple[Passage, ...]
    places: Mapping[int, Place]
    said: Mapping[str, frozenset[_Figures]]
    cells: Mapping[tuple[str, str], frozenset[str]]
    contradictions: tuple[Contradiction, ...]
    by_unit: Mapping[tuple[str, str], tuple[Quantity, ...]] = field(default_factory=dict)

    def says(self, sentence: str) -> bool:
        """True when some passage in force says exactly this, figures and all."""
        mask, figures = masked(sentence)
        return figures in self.said.get(mask, frozenset())

    def disputed(self, passage: Passage, text: str) -> bool:
        """True when `text` of `passage` is part of a contradiction."""
        return any(
            one.passage_id == passage.id and (one.quote in text or text in one.quote)
            for each in self.contradictions
            for one in (each.first, each.second)
        )

    def siblings(self, passage: Passage, unit: str) -> tuple[Quantity, ...]:
        """Quantities of a unit in the same document."""
        return self.by_unit.get((passage.source, unit), ())


def evidence(passage: Passage, quote: str, role: str = "key") -> Evidence:
    """The proof that `quote` of `passage` gives."""
    return Evidence(
        source=passage.source,
        title=plain_title(passage),
        heading=passage.heading,
        passage_id=passage.id,
        text_hash=content_hash(passage),
        quote=quote,
        role=role,
    )


def gather(in_force: Sequence[Passage], asked: Iterable[Passage] | None = None) -> Material:
    """The material of what is in force; `asked` are the passages to ask about, all of them when None."""
    said: dict[str, set[_Figures]] = defaultdict(set)
    where: dict[str, list[tuple[Passage, str]]] = defaultdict(list)
    units: dict[tuple[str, str], dict[str, Quantity]] = defaultdict(dict)
    for passage in in_force:
        for sentence in statements(passage):
            mask, figures = masked(sentence)
            said[mask].add(figures)
            where[mask].append((passage, sentence))
            for quantity in quantities(sentence):
                units[(passage.source, quantity.unit)].setdefault(quantity.compact, quantity)
    cells, disputes = _cells(in_force)
    return Material(
        passages=tuple(in_force if asked is None else asked),
        places=_places(in_force),
        said={mask: frozenset(figures) for mask, figures in said.items()},
        cells=cells,
        contradictions=(*_disagreeing(where), *disputes, *_against_tables(in_force)),
        by_unit={key: tuple(found.values()) for key, found in units.items()},
    )


def statements(passage: Passage) -> list[str]:
    """Every sentence of a passage that states something, each also cut at its semicolons."""
    row = row_of(passage)
    if isinstance(row, PointRow):
        whole = spoken(row.content)
    elif isinstance(row, FaqRow):
        whole = spoken(row.answer)
    elif row is not None:
        whole = spoken(passage.text)
    else:
        whole = [sentence for _, sentence in sentences(passage)] + [line for line in body(passage) if "：" in line]
    return list(dict.fromkeys(part for one in whole for part in (one, *re.split(r"[；;]", one)) if part.strip()))


def _disagreeing(where: Mapping[str, Sequence[tuple[Passage, str]]]) -> list[Contradiction]:
    """Sentences alike but for their figures, in different documents: each against one that says otherwise."""
    found = []
    for mask, told in where.items():
        if len(told) < 2 or len(mask.replace("#", "")) < _SHORTEST_CLAIM or "#" not in mask or _ITSELF.search(mask):
            continue
        if len({masked(sentence)[1] for _, sentence in told}) < 2:
            continue
        settled: set[int] = set()
        for (one, first), (other, second) in combinations(told, 2):
            if one.id in settled and other.id in settled:
                continue
            differ = one.source != other.source and masked(first)[1] != masked(second)[1]
            if differ and _same_place(one, other):
                settled |= {one.id, other.id}
                about = mask.replace("#", "")[:30]
                found.append(Contradiction(about, evidence(one, first), evidence(other, second)))
    return found


def _same_place(one: Passage, other: Passage) -> bool:
    """True unless titles or headings say that two passages speak of different things or years."""
    years = [
        set(re.findall(r"20\d\d", " ".join((each.title, *each.heading, *each.questions[:1])))) for each in (one, other)
    ]
    return not (years[0] and years[1] and not years[0] & years[1])


def _cells(in_force: Sequence[Passage]) -> tuple[dict[tuple[str, str], frozenset[str]], list[Contradiction]]:
    values: dict[tuple[str, str], dict[str, tuple[Passage, str]]] = defaultdict(dict)
    for passage in in_force:
        found = table(passage)
        for line in found.lines if found else ():
            for column, value in line.cells[1:]:
                values[(_bare(line.name), _bare(column))].setdefault(value, (passage, line.quote))
    disputes = []
    for (name, column), told in values.items():
        for (one, (first, quote)), (other, (second, against)) in combinations(told.items(), 2):
            if first.source != second.source and _same_place(first, second) and _figures_clash(one, other):
                disputes.append(Contradiction(f"{name}的{column}", evidence(first, quote), evidence(second, against)))
    return {key: frozenset(told) for key, told in values.items()}, disputes


def _against_tables(in_force: Sequence[Passage]) -> list[Contradiction]:
    """Prose that gives a table's row and column another figure of the same unit."""
    found = []
    prose = [(passage, one) for passage in in_force for one in statements(passage) if quantities(one)]
    for passage in in_force:
        read = table(passage)
        for line in read.lines if read else ():
            for column, value in line.cells[1:]:
                told = quantities(value)
                name = _bare(line.name)
                if len(told) != 1 or len(name) < 3 or told[0].compact != value:
                    continue
                pattern = re.compile(
                    re.escape(name) + r"(?!\d)的?(?:每月)?" + re.escape(_bare(column)) + r"[为是：]?(?=\d)"
                )
                for other, sentence in prose:
                    if other.source == passage.source or name not in sentence or not _same_place(passage, other):
                        continue
                    match = pattern.search(re.sub(r"(?<=[\u4e00-\u9fff])\s+|\s+(?=[\u4e00-\u9fff])", "", sentence))
                    if match and _other_figure(match.string[match.end() :], told[0]):
                        about = f"{name}的{column}"
                        found.append(Contradiction(about, evidence(passage, line.quote), evidence(other, sentence)))
    return found


def _other_figure(rest: str, told: Quantity) -> bool:
    first = next((each for each in quantities(rest) if each.start == 0), None)
    return first is not None and first.unit == told.unit and canonical(first) != canonical(told)


def _figures_clash(one: str, other: str) -> bool:
    first, second = quantities(one), quantities(other)
    same_units = [each.unit for each in first] == [each.unit for each in second] and first
    return bool(same_units) and masked(one)[0] == masked(other)[0] and masked(one) != masked(other)


def _bare(text: str) -> str:
    return re.sub(r"（[^（）]*）", "", text).strip()


def _places(in_force: Sequence[Passage]) -> dict[int, Place]:
    """The topic, stage and competency of each passage: of a point its own, of others what the points say of them."""
    topics: dict[str, Counter[str]] = defaultdict(Counter)
    stages: dict[str, Counter[str]] = defaultdict(Counter)
    abilities: dict[str, Counter[str]] = defaultdict(Counter)
    rows = {passage.id: row_of(passage) for passage in in_force}
    for row in rows.values():
        if isinstance(row, PointRow):
            stages[row.topic][row.stage] += 1
            abilities[row.topic][row.competency] += 1
            for title in _CITED.findall(row.basis) or [row.basis]:
                topics[_titled(title)][row.topic] += 1
    known = {title: found.most_common(1)[0][0] for title, found in topics.items()}

    def place(passage: Passage) -> Place:
        row = rows[passage.id]
        if isinstance(row, PointRow):
            return Place(row.topic, row.stage, row.competency or COMPETENCY)
        if isinstance(row, ScriptRow):
            return Place(row.scenario, "", SCRIPT_COMPETENCY)
        title = plain_title(passage)
        if isinstance(row, FaqRow):
            title = next(iter(_CITED.findall(row.basis)), title)
        topic = known.get(_titled(title)) or _titled(title)
        stage = stages[topic].most_common(1)[0][0] if topic in stages else ""
        return Place(topic, stage, abilities[topic].most_common(1)[0][0] if topic in abilities else COMPETENCY)

    return {passage.id: place(passage) for passage in in_force}


def _titled(title: str) -> str:
    """A document's title without its version, so that two versions belong to one topic."""
    return re.sub(r"（[^（）]*）|20\d\d年?[一二三四]?(?:季度|版)?", "", title).strip("《》 ") or title


def is_prose(passage: Passage) -> bool:
    """True for passages of documents, not of sheets."""
    return passage.kind is Kind.POLICY and passage.row is None
