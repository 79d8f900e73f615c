"""Makes items from the knowledge in force: material, drafts, checks, choice; the quiz desk calls it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

from assist.quiz.choose import choose, seal
from assist.quiz.figures import quantities
from assist.quiz.makers import MAKERS
from assist.quiz.makers.common import alike
from assist.quiz.material import Material, evidence, gather, statements
from assist.quiz.model import Draft, Evidence, Generated, Item, Order
from assist.quiz.passages import plain_title, row_of
from assist.quiz.stems import Rewrite, reworded
from assist.quiz.valid import fault
from kb.errors import UsageError
from kb.model import Passage
from kb.rows import FaqRow, PointRow

MAX_COUNT = 1_000
_BASIS = re.compile(r"《([^《》]{2,40})》(第[一二三四五六七八九十百零]+条)?")
_BASIS_ALIKE = 0.2


def generate(
    order: Order,
    in_force: Sequence[Passage],
    *,
    new: frozenset[int] | None = None,
    rewrite: Rewrite | None = None,
) -> Generated:
    """Items for `order` from what is in force and may be seen; `new` are ids of passages an earlier release lacked.

    Raises UsageError for a count out of range. Fewer items than wanted come with notes that say how many and why.
    """
    if not 1 <= order.count <= MAX_COUNT:
        raise UsageError(f"count {order.count}", hint=f"题数须在 1 到 {MAX_COUNT} 之间。")
    random = Random(order.seed)  # noqa: S311 - a seed makes the same paper again; nothing secret hangs on it
    material = gather(in_force)
    material = replace(material, passages=tuple(each for each in in_force if _wanted(each, order, material, new)))
    by_id = {passage.id: passage for passage in material.passages}
    good, refused = _checked(material, by_id, random)
    if order.difficulty:
        good = [draft for draft in good if draft.difficulty == order.difficulty]
    if order.kinds:
        good = [draft for draft in good if draft.kind in order.kinds]
    topics = {draft.fact: material.places[draft.evidence.passage_id].topic for draft in good}
    picked = choose(good, order, topics, random)
    told = ""
    if rewrite is not None and order.reword:
        picked, told = reworded(picked, by_id, rewrite)
    items = seal(picked, material, _bases(picked, by_id, in_force), random)
    possible = len(items)
    if len(items) == order.count:
        possible = max(possible, len({draft.fact for draft in good}))
    notes = (*_notes(order, material, items, refused), *([told] if told else []))
    return Generated(tuple(items), possible, notes, material.contradictions, refused)


def _wanted(passage: Passage, order: Order, material: Material, new: frozenset[int] | None) -> bool:
    if new is not None and passage.id not in new:
        return False
    if order.sources and not any(passage.source.endswith(each) for each in order.sources):
        return False
    place = material.places[passage.id]
    return (not order.topics or place.topic in order.topics) and (not order.stage or place.stage == order.stage)


def _checked(material: Material, by_id: Mapping[int, Passage], random: Random) -> tuple[list[Draft], dict[str, int]]:
    refused: Counter[str] = Counter()
    good = []
    for maker in MAKERS:
        for draft in maker(material, random):
            why = fault(draft, by_id[draft.evidence.passage_id])
            if why:
                refused[why] += 1
            else:
                good.append(draft)
    return good, dict(refused)


def _bases(drafts: Sequence[Draft], by_id: Mapping[int, Passage], in_force: Sequence[Passage]) -> dict[int, Evidence]:
    """For items read from points and answers: the clause of the rule they restate, so that its change is seen."""
    titled: dict[str, list[Passage]] = defaultdict(list)
    for passage in in_force:
        if passage.row is None:
            titled[plain_title(passage)].append(passage)
    found: dict[int, Evidence] = {}
    for each in {draft.evidence.passage_id for draft in drafts}:
        row = row_of(by_id[each])
        if not isinstance(row, PointRow | FaqRow):
            continue
        said = row.content if isinstance(row, PointRow) else row.answer
        best = _best(row.basis, said, titled)
        if best is not None:
            found[each] = evidence(
                best, max(statements(best), key=lambda one: alike(one, said), default=best.text), "basis"
            )
    return found


def _best(basis: str, said: str, titled: Mapping[str, Sequence[Passage]]) -> Passage | None:
    """The passage a basis names: its clause when it names one, else the one of the document that says it most alike."""
    for title, clause in _BASIS.findall(basis):
        there = [passage for name, all_ in titled.items() if title in name or name in title for passage in all_]
        if clause:
            there = [each for each in there if any(_is_clause(part, clause) for part in each.heading)] or there
        ranked = sorted(there, key=lambda each: -alike(each.text, said))
        if ranked and (clause or alike(ranked[0].text, said) >= _BASIS_ALIKE):
            return ranked[0]
    return None


def _is_clause(heading: str, clause: str) -> bool:
    return heading.startswith(clause) and not heading[len(clause) :].startswith("之")


def _notes(order: Order, material: Material, items: Sequence[Item], refused: Mapping[str, int]) -> tuple[str, ...]:
    """Why there are fewer items than wanted; nothing when there are enough."""
    if len(items) >= order.count:
        return ()
    asked = "、".join((*order.topics, *order.sources, *([order.stage] if order.stage else []))) or "所选范围"
    notes = [
        f"“{asked}”只能出 {len(items)} 题，要求 {order.count} 题：现行有效、可见的材料共 {len(material.passages)} 段。"
    ]
    if not material.passages:
        notes.append("没有符合条件的材料：请检查主题、来源、阶段是否写对，或先导入并发布相关文档。")
        return tuple(notes)
    with_figures = sum(1 for each in material.passages if quantities(each.text))
    notes.append(f"其中 {with_figures} 段含可考的数字、日期或条件；同一事实只出一题。")
    if refused:
        told = "，".join(f"{why} {count} 处" for why, count in sorted(refused.items(), key=lambda each: -each[1])[:4])
        notes.append(f"核验未通过而不出题的：{told}。")
    mine = [each for each in material.contradictions if _touches(each.first, each.second, material)]
    if mine:
        notes.append(f"有 {len(mine)} 处来源相互矛盾，不出题，已列出请知识维护处理。")
    return tuple(notes)


def _touches(first: Evidence, second: Evidence, material: Material) -> bool:
    ids = {each.id for each in material.passages}
    return first.passage_id in ids or second.passage_id in ids
