"""Items from tables: what a row's cell holds, which row holds it, and which statements about rows are right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from random import Random

from assist.quiz.figures import canonical, near, quantities
from assist.quiz.makers.common import OPTIONS, echoed, judgements, key_of, pairs, tidy
from assist.quiz.material import Material, evidence
from assist.quiz.model import GAP, Draft, Evidence, ItemKind
from assist.quiz.passages import Line, Table, clause, plain_title, table
from kb.model import Passage

MAX_VALUE = 36
_SKIPPED = re.compile(r"说明|备注|计算|变化|前提|参考|^内容$|^旧$|扣分点")
_ASPECTS: Mapping[str, re.Pattern[str]] = {
    "谁": re.compile(r"^谁|责任人|权限$"),
    "何时": re.compile(r"时限|时点|生效|时段|有效期|首次联系|答复方案"),
    "何地": re.compile(r"渠道"),
    "如何": re.compile(r"^处理$|处置|方案$|解决办法|核身方式|审批方式"),
    "为何": re.compile(r"^原因$"),
}
_ASKING = re.compile(r"什么|谁|怎么|多少|哪")


def from_tables(material: Material, random: Random) -> Iterator[Draft]:
    """Drafts over every table of the material."""
    for passage in material.passages:
        found = table(passage)
        if found and len({line.name for line in found.lines}) == len(found.lines) and not _worked_example(found):
            yield from _cells(material, passage, found, random)
            yield from _statements(passage, found, random)
            yield from _steps(passage, found)


def _cells(material: Material, passage: Passage, found: Table, random: Random) -> Iterator[Draft]:
    for line in found.lines:
        proof = evidence(passage, line.quote)
        for column, value in line.cells[1:]:
            if _SKIPPED.search(column) or not _simple(value) or material.disputed(passage, line.quote):
                continue
            fact = key_of(passage.source, found.caption, line.name, column)
            claim = f"{line.name}的{column}为{value}"
            yield from _about(material, passage, found, line, column, value, proof, fact, claim, random)


def _about(
    material: Material,
    passage: Passage,
    found: Table,
    line: Line,
    column: str,
    value: str,
    proof: Evidence,
    fact: str,
    claim: str,
    random: Random,
) -> Iterator[Draft]:
    lead = _lead(passage, found)
    asked = f"{lead}，{_asked(found.columns[0], line.name, column, value)}"
    common = {"evidence": proof, "fact": fact, "claim": claim, "explanation": line.quote}
    wrong = _others(material, found, line, column, value, random)
    aspect = next((name for name, pattern in _ASPECTS.items() if pattern.search(column)), "")
    telling = echoed(line.name, value, wrong[: OPTIONS - 1])
    if not telling and (len(wrong) >= OPTIONS - 1 or (aspect and len(wrong) >= 2)):
        kind = ItemKind.FIVE_W if aspect and len(wrong) < OPTIONS - 1 else ItemKind.SINGLE
        kinds = (ItemKind.SINGLE, ItemKind.FIVE_W) if aspect and kind is ItemKind.SINGLE else (kind,)
        for each in kinds:
            named = aspect if each is ItemKind.FIVE_W else ""
            yield Draft(each, asked, (tidy(value),), tuple(wrong[: OPTIONS - 1]), aspect=named, **common)  # type: ignore[arg-type]
    figures = quantities(value)
    if len(figures) == 1 and figures[0].compact == value.replace(" ", ""):
        blank = f"{lead}，请填空：\n{_subject(found.columns[0], line.name)}的{_quoted(column)}为{GAP}。"
        yield Draft(ItemKind.FILL, blank, (), (), answers=(figures[0].compact,), **common)  # type: ignore[arg-type]
    if wrong and not _ASKING.search(column):
        subject = _subject(found.columns[0], line.name)
        right, false = (f"{subject}的{_quoted(column)}为“{each}”" for each in (tidy(value), wrong[0]))
        yield from judgements(lead, right, false, random, common)
    holders = [one for one in found.lines if dict(one.cells).get(column) == value]
    rest = [one.name for one in found.lines if one is not line and _apart(value, dict(one.cells).get(column, value))]
    if pairs(line.name) & pairs(value):
        return  # words they share would give the row away
    if len(holders) == 1 and len(rest) >= OPTIONS - 1 and len(line.name) <= MAX_VALUE and not _ASKING.search(column):
        told = f"在“{column}”一栏写的" if re.match(r"含|可", column) else f"的{_quoted(column)}"
        stem = f"{lead}，下列哪一项{told}是“{tidy(value)}”？"
        names = tuple(tidy(each) for each in random.sample(rest, OPTIONS - 1))
        yield Draft(ItemKind.SINGLE, stem, (tidy(line.name),), names, difficulty=2, **common)  # type: ignore[arg-type]


def _others(material: Material, found: Table, line: Line, column: str, value: str, random: Random) -> list[str]:
    """What other rows hold in the column, then near amounts; none may be read as the same, or hold or be held in it."""
    told = [dict(one.cells).get(column, "") for one in found.lines if one is not line]
    kin = [tidy(each) for each in dict.fromkeys(told) if each and _simple(each) and _apart(each, value)]
    random.shuffle(kin)
    chosen: list[str] = []
    figures = quantities(value)
    if len(figures) == 1 and figures[0].compact == value.replace(" ", ""):
        same_unit = [each for each in kin if [q.unit for q in quantities(each)] == [figures[0].unit]]
        chosen = same_unit[:3]
        chosen += near(figures[0], random, wanted=6)
    elif not figures:
        chosen = kin
    elif not re.fullmatch(r"[≥≤]?[\d.]+\D*", value):
        units = {each.unit for each in figures}
        chosen = [each for each in kin if units & {one.unit for one in quantities(each)}]
    elif figures:
        chosen = [each for each in kin if figures[0].unit in {one.unit for one in quantities(each)}]
        chosen += [value[: figures[0].start] + each + value[figures[0].end :] for each in near(figures[0], random)]
    known = material.cells.get((line.name, column), frozenset())
    distinct: list[str] = []
    for each in chosen:
        if each not in known and all(_apart(each, one) for one in (value, *distinct)):
            distinct.append(each)
    return distinct[: OPTIONS - 1]


def _statements(passage: Passage, found: Table, random: Random) -> Iterator[Draft]:
    """Four statements about different rows, some with the value of another row."""
    right: list[str] = []
    wrong: list[str] = []
    columns = [each for each in found.columns[1:] if not re.match("含|可", each)]
    columns = [each for each in columns if not _SKIPPED.search(each) and not _ASKING.search(each)]
    lines = [line for line in found.lines if len(line.name) <= 20]
    if len(lines) < 3 or not columns:
        return
    told = [(line, column) for line in lines for column in columns]
    random.shuffle(told)
    used: set[str] = set()
    falses = random.choice((1, 2))
    for line, column in told:
        value = dict(line.cells).get(column, "")
        if line.name in used or not _simple(value) or len(right) + len(wrong) == OPTIONS:
            continue
        if pairs(line.name) & pairs(value):
            continue  # the name says it already
        kin = [dict(one.cells).get(column, "") for one in found.lines]
        kin = [each for each in kin if each and _simple(each) and _apart(each, value)]
        if len(wrong) < falses and kin:
            wrong.append(f"{tidy(line.name)}的{column}为{tidy(random.choice(kin))}")
        else:
            right.append(f"{tidy(line.name)}的{column}为{tidy(value)}")
        used.add(line.name)
    if len(right) >= 2 and wrong and len(right) + len(wrong) == OPTIONS:
        stem = f"{_lead(passage, found)}，下列说法中哪些是正确的？（多选）"
        block = "\n".join(line.quote for line in found.lines)
        proof = evidence(passage, block if block in passage.text else passage.text)
        fact = key_of(passage.source, found.caption, "statements")
        claim = "；".join(right)
        yield Draft(
            ItemKind.MULTIPLE, stem, tuple(right), tuple(wrong), proof, fact, claim, explanation=block, difficulty=3
        )


def _worked_example(found: Table) -> bool:
    """True for worked examples: what they come to follows from the rest of the row, and nobody knows it by heart."""
    worked = "示例" in found.caption and any("计算" in column or "违约金" in column for column in found.columns)
    return worked and found.columns[0] != "情形"


def _steps(passage: Passage, found: Table) -> Iterator[Draft]:
    """The order of a table's rows, where they are numbered steps."""
    names = [line.name for line in found.lines]
    numbered = [re.match(r"(\d)\s*(.+)", name) for name in names]
    steps = tuple(match[2] for match in numbered if match)
    if found.columns[0] == "步骤" and len(steps) == len(names) >= 3:
        stem = f"{_lead(passage, found)}，请将下列步骤按先后顺序排列。"
        proof = evidence(passage, "\n".join(line.quote for line in found.lines))
        fact = key_of(passage.source, found.caption, "steps")
        yield Draft(ItemKind.ORDER, stem, steps, (), proof, fact, "→".join(steps), difficulty=2)


def _lead(passage: Passage, found: Table) -> str:
    name = found.caption or clause(passage)
    return f"按《{plain_title(passage)}》" + (f"“{name}”" if name else "")


def _asked(first: str, name: str, column: str, value: str) -> str:
    subject = _subject(first, name)
    if _ASKING.search(column):
        return f"{subject}，{column}？"
    if re.match(r"含|可", column):
        return f"{subject}，“{column}”一栏写的是什么？"
    if re.search(r"责任人|权限$", column):
        return f"{subject}的{_quoted(column)}是谁？"
    plain = quantities(value) and re.fullmatch(r"[≥≤]?[\d.]+\D{0,8}", value)
    if plain and re.search(r"小时|天|日|个月|分钟内", value) and "元" not in value:
        return f"{subject}的{_quoted(column)}{'' if '时限' in column else '时限'}是多久？"
    return f"{subject}的{_quoted(column)}是{'多少' if plain else '什么'}？"


def _subject(first: str, name: str) -> str:
    return f"“{tidy(name)}”这一{first}" if len(first) <= 4 and first in _CLASSES else f"“{tidy(name)}”"


_CLASSES = frozenset({"级别", "等级", "层级", "区域", "阶段", "情形"})


def _quoted(column: str) -> str:
    return f"“{column}”" if re.match(r"\d|旧|现行", column) or len(column) > 8 else column


def _simple(value: str) -> bool:
    return 0 < len(value) <= MAX_VALUE and "＝" not in value and "×" not in value and value != "无"


def _apart(one: str, other: str) -> bool:
    """True when neither of two values can be read as the other."""
    first, second = tidy(one), tidy(other)
    if first == second or first in second or second in first:
        return False
    mine, theirs = quantities(first), quantities(second)
    return not (
        len(mine) == len(theirs) == 1
        and canonical(mine[0]) == canonical(theirs[0])
        and mine[0].compact == first
        and theirs[0].compact == second
    )
