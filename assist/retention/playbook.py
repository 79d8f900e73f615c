"""The rules of retention as ingested: what policy says of each reason, the limits, and the approved scripts to use.

Read from passages in force that the principal may see; what is not there is not known, and the draft does without it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assist.leaving.model import LeavingReason
from assist.retention.facts import Facts
from assist.retention.model import settings
from kb.model import Passage
from kb.rows import ROW, ScriptRow

DEFAULT_OFFERS = 2
"""So many offers a draft introduces where no policy in force says how many."""


@dataclass(frozen=True, slots=True)
class Advice:
    """A row of the policy's table of reasons: what to do first, which offers it names, and where it stands."""

    first: str
    offers: str
    passage: Passage


@dataclass(frozen=True, slots=True)
class Stratum:
    """A layer of customers with the most that may be given to one in twelve months (yuan); not for customers' ears."""

    name: str
    tiers: tuple[str, ...]
    spend: float | None
    cap: float
    passage: Passage


@dataclass(frozen=True, slots=True)
class Script:
    """An approved script with the passage that proves it."""

    row: ScriptRow
    passage: Passage

    @property
    def steps(self) -> tuple[str, ...]:
        """What to say, step by step; a script without steps is one."""
        return tuple(step.text for step in self.row.steps) or (self.row.wording,)


@dataclass(frozen=True, slots=True)
class Playbook:
    """Everything of policy and scripts that drafts use."""

    advice: Mapping[LeavingReason, Advice] = field(default_factory=dict)
    strata: tuple[Stratum, ...] = ()
    scripts: tuple[Script, ...] = ()
    most_offers: int = DEFAULT_OFFERS
    rounds: Passage | None = None
    record: tuple[str, ...] = ()
    recording: Passage | None = None

    def script(self, topic: str) -> Script | None:
        """The script of the retention scenario whose sub-scenario speaks of `topic`, None when there is none."""
        return next((each for each in self.scripts if topic and topic in each.row.subscenario), None)

    def stratum(self, facts: Facts) -> Stratum | None:
        """The highest layer the known facts prove; None when they prove none."""
        tier, spend = facts.word("tier"), facts.number("monthly_spend")
        for each in self.strata:
            if tier in each.tiers or (each.spend is not None and spend is not None and spend >= each.spend):
                return each
        return None


_FIRST, _CAP, _MOST, _RECORD = "首选方案", "挽留资源上限", "介绍优惠不超过", "工单须填写"
TELLING = (_FIRST, _CAP, _MOST, _RECORD)
"""What a policy holds that says anything of retention: no other has to be read."""


def read_playbook(passages: Sequence[Passage]) -> Playbook:
    """What scripts and policies among `passages` say of retention."""
    advice: dict[LeavingReason, Advice] = {}
    strata: list[Stratum] = []
    scripts: list[Script] = []
    most, record = DEFAULT_OFFERS, tuple[str, ...]()
    rounds: Passage | None = None
    recording: Passage | None = None
    for passage in passages:
        if passage.row is not None:
            scripts += _script(passage)
            continue
        for cells in map(_cells, passage.text.split("\n")):
            advice |= _advice(cells, passage)
            strata += _stratum(cells, passage)
        text = unicodedata.normalize("NFKC", passage.text)
        if found := re.search(rf"{_MOST}(\d+)项", text):
            most, rounds = int(found[1]), passage
        if found := re.search(rf"{_RECORD}:([^。]+)。", text):
            record, recording = tuple(re.split(r"[、,]", found[1])), passage
    strata.sort(key=lambda each: -each.cap)
    return Playbook(advice, tuple(strata), tuple(scripts), most, rounds, record, recording)


def _script(passage: Passage) -> list[Script]:
    row = ROW.validate_python(passage.row)
    if isinstance(row, ScriptRow) and row.scenario == settings()["scenario"]:
        return [Script(row, passage)]
    return []


def _cells(line: str) -> dict[str, str]:
    """The cells of a table row as passages hold it, 原因：…；首选方案：…, by column; {} for anything else."""
    pairs = [re.match(r"([^：:]+)[：:](.*)", cell) for cell in re.split(r"[；;]", line)]
    return {pair[1].strip(): pair[2].strip() for pair in pairs if pair}


def _advice(cells: Mapping[str, str], passage: Passage) -> dict[LeavingReason, Advice]:
    if not {"原因", _FIRST, "可用优惠"} <= cells.keys():
        return {}
    for reason in LeavingReason:
        if settings()["reasons"][reason.value]["policy"] in cells["原因"]:
            return {reason: Advice(cells[_FIRST], cells["可用优惠"], passage)}
    return {}


def _stratum(cells: Mapping[str, str], passage: Passage) -> list[Stratum]:
    cap = next((value for name, value in cells.items() if _CAP in name), "")
    amount = re.fullmatch(r"(\d+(?:\.\d+)?)元", cap)
    if amount is None or "层级" not in cells:
        return []
    standard = cells.get("标准", "")
    floor = re.search(r"(?:≥|>=|不低于)(\d+)元", standard)
    below = re.search(r"不足(\d+)元", standard)
    return [
        Stratum(
            name=cells["层级"],
            tiers=tuple(re.findall(r"钻石卡|金卡|银卡|普通", standard)),
            spend=float(floor[1]) if floor else 0.0 if below else None,
            cap=float(amount[1]),
            passage=passage,
        )
    ]
