"""Items from approved scripts: what to say when the customer says this, and the order of the steps."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from random import Random

from assist.quiz.makers.common import OPTIONS, alike, echoed, inside, key_of
from assist.quiz.material import Material, evidence
from assist.quiz.model import Draft, ItemKind
from assist.quiz.passages import row_of
from kb.model import Passage
from kb.rows import ScriptRow

SHORTEST, LONGEST, LONGEST_STEP = 16, 84, 76
TOO_ALIKE = 0.3
_TELLS_PLACE = re.compile(r"第[一二三四五六]步|^首先|^最后|^其次|^再见")
_CASE = re.compile(r"（|[^，。]{2,12}的，")
_NEAREST = 12
_STEP_MARK = re.compile(r"第\d步\s*|【[^】]*】")


def from_scripts(material: Material, random: Random) -> Iterator[Draft]:
    """Drafts over every script; what another scenario has to say is wrong in this one.

    Of the customer's words one is taken that no single option repeats: the key must not be found by its words.
    """
    found = [(passage, row) for passage in material.passages if isinstance(row := row_of(passage), ScriptRow)]
    telling = {passage.id: _opening(row) for passage, row in found}
    groups: dict[str, list[tuple[Passage, ScriptRow]]] = defaultdict(list)
    for passage, row in found:
        groups[row.scenario].append((passage, row))
    for passage, row in found:
        rest = [one for one in found if one[1].scenario != row.scenario]
        random.shuffle(rest)
        rest = _nearest(row, rest, telling)
        kin = [one for one in groups[row.scenario] if one[0].id != passage.id]
        random.shuffle(kin)
        yield from _saying(passage, row, [*kin, *rest], telling, random)
        yield from _order(passage, row)


def _opening(row: ScriptRow) -> str:
    """How a script begins: whole sentences of its first step, as many as fit; "" when it leaves words open."""
    text = row.steps[0].text if row.steps else row.wording.split("\n")[0]
    text = _STEP_MARK.sub("", text).strip()
    pieces = [one for one in re.split(r"(?<=[。！？])", text) if one.strip()]
    said = ""
    for piece in pieces:
        if said and len(said) + len(piece) > LONGEST:
            break
        said += piece
    said = said.strip()
    fits = SHORTEST <= len(said) <= LONGEST and "……" not in said and "（" not in said
    return said if fits and said in row.wording else ""


def _nearest(
    row: ScriptRow, rest: Sequence[tuple[Passage, ScriptRow]], telling: Mapping[int, str]
) -> list[tuple[Passage, ScriptRow]]:
    """The scripts whose opening is nearest in words come first, in the order given: far ones would be no temptation."""
    ranked = sorted(rest, key=lambda one: -alike(telling[one[0].id], row.wording))
    fitting = [one for one in ranked if alike(telling[one[0].id], row.wording) < TOO_ALIKE]
    close = {one[0].id for one in fitting[:_NEAREST]}
    return [*(one for one in rest if one[0].id in close), *(one for one in ranked if one[0].id not in close)]


def _saying(
    passage: Passage,
    row: ScriptRow,
    rest: Sequence[tuple[Passage, ScriptRow]],
    telling: Mapping[int, str],
    random: Random,
) -> Iterator[Draft]:
    key = telling[passage.id]
    triggers = [each for each in row.triggers if len(each) >= 4]
    if not key or not triggers:
        return
    wrong: list[str] = []
    for other, its in rest:
        said = telling[other.id]
        if not said or alike(said, row.wording) >= TOO_ALIKE or set(its.triggers) & set(row.triggers):
            continue
        near_length = 0.6 <= len(said) / len(key) <= 1.7
        if near_length and all(alike(said, one) < TOO_ALIKE for one in (key, *wrong)):
            wrong.append(said)
        if len(wrong) == OPTIONS - 1:
            break
    fitting = [each for each in triggers[:2] if not echoed(each, key, wrong)]
    if len(wrong) < OPTIONS - 1 or not fitting:
        return
    trigger = random.choice(fitting)
    stem = f"情景：遇到“{inside(trigger)}”（{row.scenario}），下列哪一句是规范应答？"
    fact = key_of(passage.source, row.code, "saying")
    banned = f" 禁用语：{'；'.join(row.forbidden)}" if row.forbidden else ""
    yield Draft(
        ItemKind.SCENARIO, stem, (key,), tuple(wrong), evidence(passage, key), fact, f"{row.subscenario}{key}",
        explanation=row.wording + banned,
    )  # fmt: skip


def _order(passage: Passage, row: ScriptRow) -> Iterator[Draft]:
    steps = tuple(step.text for step in row.steps)
    if not 3 <= len(steps) <= 6 or len(set(steps)) < len(steps):
        return
    if any(_TELLS_PLACE.search(step) or not 4 <= len(step) <= LONGEST_STEP for step in steps):
        return
    if sum(_CASE.match(step) is not None for step in steps) > 1:
        return  # cases of which one comes about, in no order
    name = f"{row.scenario}·{row.subscenario}" if row.subscenario else row.scenario
    stem = f"“{name}”的规范应答分 {len(steps)} 步，请按先后顺序排列。"
    quote = passage.text if all(step in passage.text for step in steps) else row.wording
    fact = key_of(passage.source, row.code, "order")
    yield Draft(
        ItemKind.ORDER, stem, steps, (), evidence(passage, quote), fact, f"{name}{steps[0]}",
        explanation=row.wording, difficulty=2,
    )  # fmt: skip
