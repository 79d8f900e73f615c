"""An existing bank taken in: rows of a sheet become items, each with the passage that proves it where there is one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from assist.quiz.figures import canonical, quantities
from assist.quiz.makers.common import alike, key_of, pairs
from assist.quiz.material import evidence, statements
from assist.quiz.model import FALSE, KIND_LABELS, LETTERS, TRUE, Evidence, Item, ItemKind
from assist.quiz.passages import content
from assist.quiz.valid import shape_fault, supported
from kb.model import Passage
from kb.text import content_words, normalise

HEADINGS = ("题型", "题干", *(f"选项{letter}" for letter in LETTERS[:6]), "答案", "解析", "主题", "阶段", "难度")
REQUIRED = ("题型", "题干", "答案")
_NAMED = 0.6
"""At least so much of what a stem names must stand in the passage that is to prove its key."""
_NEAR = 0.5
_LEAD = re.compile(r"^(?:判断(?:对错)?[:：])?(?:(?:关于|按)[“《][^，]*，)?")
_JUDGED: Mapping[str, str] = {
    "正确": TRUE, "对": TRUE, "√": TRUE, "T": TRUE, "A": TRUE, "是": TRUE,
    "错误": FALSE, "错": FALSE, "×": FALSE, "F": FALSE, "B": FALSE, "否": FALSE,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a sheet: items in order of their rows, and for each refused row its number and the reason."""

    items: tuple[Item, ...]
    refused: tuple[tuple[int, str], ...]


def take_in(rows: Sequence[Mapping[str, str]], in_force: Sequence[Passage]) -> Taken:
    """Items of `rows` (heading to text, numbered from 2 as in the sheet); a wrong row is refused with a reason."""
    items: list[Item] = []
    refused: list[tuple[int, str]] = []
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, start=2):
        read = _row(row)
        if isinstance(read, str):
            refused.append((number, read))
        elif read.stem in seen:
            refused.append((number, f"题干与第 {seen[read.stem]} 行相同"))
        else:
            seen[read.stem] = number
            proof = find_proof(read, in_force)
            items.append(_with(read, proof))
    return Taken(tuple(items), tuple(refused))


def find_proof(item: Item, in_force: Sequence[Passage]) -> Evidence | None:
    """The passage in force that says what the key of an item says, None when there is none."""
    named = content_words(item.stem)
    answers = item.answers if not item.options else item.right
    if item.kind is ItemKind.TRUE_FALSE:
        return _proof_of_judgement(item, in_force)
    best: tuple[float, Evidence] | None = None
    for passage in in_force:
        whole = content(passage)
        if not all(supported(answer, whole) for answer in answers):
            continue
        around = normalise(" ".join((passage.title, *passage.heading, whole)))
        share = sum(word in around for word in named) / max(len(named), 1)
        if share < _NAMED:
            continue
        likely = [one for one in statements(passage) if all(supported(answer, one) for answer in answers)]
        quote = max(likely, key=lambda one: alike(one, item.stem), default=passage.text)
        rank = share + alike(quote, item.stem)
        if best is None or rank > best[0]:
            best = (rank, evidence(passage, quote if quote in whole else passage.text))
    return best[1] if best else None


def _proof_of_judgement(item: Item, in_force: Sequence[Passage]) -> Evidence | None:
    """The statement in force most like the one to judge: with all its figures when true, with others when false."""
    said = _LEAD.sub("", item.stem)
    told = {canonical(each) for each in quantities(said)}
    best: tuple[float, Evidence] | None = None
    for passage in in_force:
        if len(pairs(said) & pairs(passage.text)) < len(pairs(said)) * _NEAR:
            continue
        for one in statements(passage):
            likeness = alike(one, said)
            there = {canonical(each) for each in quantities(one)}
            fits = (told <= there) if item.right == (TRUE,) else bool(told - there)
            if likeness >= _NAMED and fits and (best is None or likeness > best[0]) and one in content(passage):
                best = (likeness, evidence(passage, one))
    return best[1] if best else None


def _row(row: Mapping[str, str]) -> Item | str:
    """The item of a row, or what is wrong with the row."""
    cells = {name: str(row.get(name) or "").strip() for name in HEADINGS}
    missing = [name for name in REQUIRED if not cells[name]]
    if missing:
        return f"缺少“{'、'.join(missing)}”"
    kind = next((each for each, label in KIND_LABELS.items() if cells["题型"] in (label, label.rstrip("题"))), None)
    if kind is None:
        return f"没有“{cells['题型']}”这种题型，可用：{'、'.join(KIND_LABELS.values())}"
    lettered = [cells[f"选项{letter}"] for letter in LETTERS[:6]]
    options = [each for each in lettered if each]
    if any(not before and after for before, after in pairwise(lettered)):
        return "选项中间有空格，请从选项A起连续填写"
    return _item(kind, cells, options)


def _item(kind: ItemKind, cells: Mapping[str, str], options: list[str]) -> Item | str:
    answers: tuple[str, ...] = ()
    key: tuple[int, ...] = ()
    if kind is ItemKind.TRUE_FALSE:
        judged = _JUDGED.get(cells["答案"].upper())
        if judged is None:
            return f"判断题的答案须是正确或错误，现在是“{cells['答案']}”"
        options, key = [TRUE, FALSE], (0 if judged == TRUE else 1,)
    elif kind in (ItemKind.FILL, ItemKind.SHORT):
        answers = tuple(each.strip() for each in re.split(r"[；;|\n]", cells["答案"]) if each.strip())
        options = []
    else:
        read = _letters(kind, cells["答案"], len(options))
        if isinstance(read, str):
            return read
        key = read
    right = tuple(options[at] for at in key)
    wrong = tuple(each for at, each in enumerate(options) if at not in key)
    fault = shape_fault(kind, cells["题干"], right, wrong, answers)
    if fault:
        return fault
    level = cells["难度"]
    if level and level not in ("1", "2", "3"):
        return f"难度须是 1、2、3，现在是“{level}”"
    return Item(
        kind=kind, stem=cells["题干"], options=tuple(options), key=key, answers=answers,
        explanation=cells["解析"], evidence=(), fact=key_of("import", cells["题干"], *right, *answers),
        topic=cells["主题"], stage=cells["阶段"], difficulty=int(level or 2), tags=("导入",),
    )  # fmt: skip


def _letters(kind: ItemKind, answer: str, count: int) -> tuple[int, ...] | str:
    letters = re.sub(r"[\s,，、;；]", "", answer.upper())
    places = [LETTERS.find(each) for each in letters]
    if not letters or any(not 0 <= each < count for each in places):
        return f"答案“{answer}”不是选项的字母"
    if len(set(places)) < len(places):
        return f"答案“{answer}”里有重复的字母"
    if kind.one_right and len(places) > 1:
        return (
            f"{kind.label}只能有一个答案，现在有 {len(places)} 个（{answer}）；如确有多个正确选项，请把题型改为多选题"
        )
    return tuple(places if kind is ItemKind.ORDER else sorted(places))


def _with(item: Item, proof: Evidence | None) -> Item:
    changed = {name: getattr(item, name) for name in Item.__dataclass_fields__}
    if proof is None:
        return Item(**changed | {"tags": (*item.tags, "缺出处")})
    return Item(**changed | {"evidence": (proof,), "explanation": item.explanation or proof.quote})
