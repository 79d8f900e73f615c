"""Items from numbered lists of conditions and cases: which of these does the clause name?"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from random import Random

from assist.quiz.makers.common import OPTIONS, alike, key_of, tidy
from assist.quiz.material import Material, evidence
from assist.quiz.model import Draft, ItemKind
from assist.quiz.passages import Listing, clause, listing, plain_title
from kb.model import Passage

CONDITIONS = re.compile(r"之一|符合下列|下列条件|下列情形|以下条件|下列材料|下列要求|不得有")
"""How a list of conditions or cases opens."""
_ORDERED = re.compile(r"下列顺序|下列步骤|以下步骤|按顺序")
LONGEST = 34
TOO_ALIKE = 0.3
_ENOUGH = 4


def from_lists(material: Material, random: Random) -> Iterator[Draft]:
    """Drafts over every list whose opening says what its items are."""
    found: dict[str, list[tuple[Passage, Listing]]] = defaultdict(list)
    for passage in material.passages:
        read = listing(passage)
        if read:
            found[passage.source].append((passage, read))
    everywhere = [each for same in found.values() for each in same]
    for same in found.values():
        for passage, read in same:
            if clause(passage) and not material.disputed(passage, passage.text):
                strangers = [item for other, its in same if other.id != passage.id for item in its.items]
                if len(strangers) < _ENOUGH:
                    strangers += [item for other, its in everywhere if other.id != passage.id for item in its.items]
                yield from _members(passage, read, strangers, random)
                yield from _order(passage, read)


def _members(passage: Passage, read: Listing, strangers: Sequence[str], random: Random) -> Iterator[Draft]:
    if not CONDITIONS.search(read.intro):
        return
    own = [tidy(item) for item in read.items if 4 <= len(item) <= LONGEST and not _nested(item)]
    other = [
        tidy(item)
        for item in strangers
        if 4 <= len(item) <= LONGEST
        and not _nested(item)
        and all(alike(item, mine) < TOO_ALIKE for mine in read.items)
        and alike(item, passage.text) < TOO_ALIKE
    ]
    if len(own) < 2 or not other:
        return
    falses = min(len(other), random.choice((1, 2)))
    right = random.sample(own, min(len(own), OPTIONS - falses))
    wrong = random.sample(sorted(set(other)), min(len(set(other)), OPTIONS - len(right)))
    if len(right) + len(wrong) < OPTIONS or len(right) < 2:
        return
    stem = f"《{plain_title(passage)}》“{clause(passage)}”规定：{_short(read.intro)}。下列哪些是该条列出的？（多选）"
    proof = evidence(passage, passage.text)
    fact = key_of(passage.source, read.intro, "members")
    yield Draft(
        ItemKind.MULTIPLE, stem, tuple(right), tuple(wrong), proof, fact, "；".join(right),
        explanation=f"{read.intro}：" + "；".join(read.items), difficulty=3,
    )  # fmt: skip


def _order(passage: Passage, read: Listing) -> Iterator[Draft]:
    steps = tuple(tidy(item) for item in read.items)
    if _ORDERED.search(read.intro) and 3 <= len(steps) <= 6 and all(len(step) <= LONGEST for step in steps):
        stem = f"《{plain_title(passage)}》“{clause(passage)}”规定：{_short(read.intro)}。请排列先后顺序。"
        fact = key_of(passage.source, read.intro, "order")
        yield Draft(
            ItemKind.ORDER, stem, steps, (), evidence(passage, passage.text), fact, "→".join(steps), difficulty=2
        )


def _nested(item: str) -> bool:
    return "。" in item or "（一）" in item or "：" in item


def _short(intro: str) -> str:
    return re.split(r"。", intro)[-1].strip()
