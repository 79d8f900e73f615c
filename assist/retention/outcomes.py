"""What came of retention calls: variants assigned, outcomes kept masked, opinions routed, reports; pages call it."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from assist.access import Action, authorise
from assist.check import clean
from assist.leaving.model import LeavingReason
from assist.retention.bandit import pick
from assist.retention.model import settings
from assist.retention.report import Report, report
from kb.clock import ZONE, Clock
from kb.errors import UsageError
from kb.mask import mask
from kb.model import Principal
from kb.store import (
    Assignment,
    Opinion,
    OpinionState,
    Result,
    RetentionOutcome,
    Tally,
    Trial,
)
from kb.store.retention import RetentionBook

MAX_REMARK = 1_000
MAX_MINIMUM = 10_000
UNKNOWN = "未知"
NIGHT = "夜间"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a call ended, as the agent says it. `facts` are those of the draft, `offer` the code taken ("" none)."""

    result: Result
    reason: LeavingReason | None = None
    style: str = ""
    segment: str = ""
    slot: str = ""
    channel: str = ""
    offer: str = ""
    assignment_id: int | None = None
    call_back_on: date | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    remark: str = ""
    opinion: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was kept of a call: its outcome, and the opinion that went to a department (None: none was voiced)."""

    outcome: RetentionOutcome
    opinion: Opinion | None = None


class OutcomeDesk:
    """The learning loop over one catalogue; thread-safe. `chance` decides between variants and is seeded in tests."""

    def __init__(self, *, book: RetentionBook, clock: Clock, chance: random.Random | None = None) -> None:
        self._book = book
        self._clock = clock
        self._chance = chance or random.SystemRandom()

    def assign(self, principal: Principal, reason: LeavingReason | None, segment: str) -> Assignment | None:
        """The variant this call gets from the running trial, recorded; None when no trial runs."""
        authorise(principal, Action.DRAFT_RETENTION)
        trial = self._book.running(reason.value if reason else "")
        if trial is None or trial.id is None:
            return None
        style, how = pick(
            trial.styles,
            self._book.tallies(trial.id),
            exploration=trial.exploration,
            minimum=trial.minimum,
            chance=self._chance,
        )
        return self._book.assign(
            Assignment(trial.id, style, how, reason.value if reason else "", segment or UNKNOWN, principal)
        )

    def assignment(self, assignment_id: int) -> Assignment:
        """An assignment made before; raises UsageError when there is none."""
        found = self._book.assignment(assignment_id)
        if found is None:
            raise UsageError(f"no assignment {assignment_id}", hint="没有这次话术分配，请重新生成话术。")
        return found

    def record(self, principal: Principal, ended: Ended) -> Recorded:
        """Keeps an outcome, every text masked and names left out; an opinion goes to its department.

        Raises UsageError for a call back without a day or with one that is past, and for an offer taken by a lost
        customer.
        """
        authorise(principal, Action.RECORD_OUTCOME)
        self._check(ended)
        assigned = self.assignment(ended.assignment_id) if ended.assignment_id is not None else None
        outcome = self._book.record(
            RetentionOutcome(
                result=ended.result,
                reason=ended.reason.value if ended.reason else UNKNOWN,
                style=assigned.style if assigned else ended.style or next(iter(settings()["styles"])),
                segment=ended.segment or UNKNOWN,
                slot=self._slot(ended.slot),
                channel=ended.channel,
                principal=principal,
                offer=ended.offer.strip(),
                assignment_id=ended.assignment_id,
                call_back_on=ended.call_back_on,
                facts=masked(ended.facts),
                remark=_kept(ended.remark),
            )
        )
        opinion = self.voice(principal, ended.opinion, ended.reason, outcome.id) if ended.opinion.strip() else None
        return Recorded(outcome, opinion)

    def settle(self, principal: Principal, outcome_id: int, result: Result, offer: str = "") -> RetentionOutcome:
        """What came of a call back: kept or lost."""
        authorise(principal, Action.RECORD_OUTCOME)
        if result is Result.CALL_BACK:
            raise UsageError("a call back is not settled by another", hint="回电结果只能是留住或者流失。")
        if result is Result.LOST and offer.strip():
            raise UsageError("a lost customer takes no offer", hint="客户流失时不能登记办理了优惠，请核对。")
        return self._book.settle(outcome_id, result, offer.strip(), principal)

    def open_calls(self, principal: Principal, limit: int = 50) -> tuple[RetentionOutcome, ...]:
        """Calls that somebody promised to ring back, the newest first."""
        authorise(principal, Action.RECORD_OUTCOME)
        return self._book.outcomes(result=Result.CALL_BACK, limit=limit)

    def voice(
        self, principal: Principal, text: str, reason: LeavingReason | None = None, outcome_id: int | None = None
    ) -> Opinion:
        """Keeps a customer's opinion, masked, for the department it concerns; raises UsageError for an empty one."""
        authorise(principal, Action.RECORD_OUTCOME)
        said = _kept(text)
        if not said:
            raise UsageError("an empty opinion", hint="请写下客户的原话，再提交。")
        return self._book.voice(
            Opinion(said, reason.value if reason else UNKNOWN, department_for(said, reason), principal, outcome_id)
        )

    def opinions(
        self, principal: Principal, *, department: str = "", state: OpinionState | None = None, limit: int = 100
    ) -> tuple[Opinion, ...]:
        """Opinions, the newest first."""
        authorise(principal, Action.ROUTE_OPINIONS)
        return self._book.opinions(department=department, state=state, limit=limit)

    def route(self, principal: Principal, opinion_id: int, department: str) -> Opinion:
        """Hands an opinion to another department."""
        authorise(principal, Action.ROUTE_OPINIONS)
        if not clean(department):
            raise UsageError("no department", hint="请写明转给哪个部门。")
        return self._book.route(opinion_id, clean(department)[:64], principal)

    def answer(self, principal: Principal, opinion_id: int, reply: str) -> Opinion:
        """What the department says to an opinion."""
        authorise(principal, Action.ROUTE_OPINIONS)
        if not _kept(reply):
            raise UsageError("an empty reply", hint="请写下答复内容，再提交。")
        return self._book.answer(opinion_id, _kept(reply), principal)

    def start(self, principal: Principal, trial: Trial) -> Trial:
        """Begins a trial; raises UsageError for variants that are unknown or too few, and shares out of range."""
        authorise(principal, Action.RUN_TRIALS)
        known = settings()["styles"]
        if len(set(trial.styles)) < 2 or not set(trial.styles) <= set(known):
            raise UsageError("bad styles", hint=f"试验至少要两个不同的话术版本，可选：{'、'.join(known)}。")
        if not 0 < trial.exploration <= 1:
            raise UsageError("bad exploration", hint="探索比例须大于 0、不超过 1，例如 0.1 表示一成来电随机分配。")
        if not 1 <= trial.minimum <= MAX_MINIMUM:
            raise UsageError("bad minimum", hint=f"每个版本的最少样本须在 1 到 {MAX_MINIMUM} 之间。")
        if not clean(trial.name):
            raise UsageError("a trial without a name", hint="请给试验起个名字。")
        return self._book.start(trial, principal)

    def stop(self, principal: Principal, trial_id: int) -> Trial:
        """Ends a trial."""
        authorise(principal, Action.RUN_TRIALS)
        return self._book.stop(trial_id, principal)

    def trials(self, principal: Principal) -> tuple[tuple[Trial, Mapping[str, Tally]], ...]:
        """Every trial with its outcomes by variant, the newest first."""
        authorise(principal, Action.READ_RETENTION)
        return tuple((trial, self._book.tallies(trial.id or 0)) for trial in self._book.trials())

    def report(self, principal: Principal, *, days: int = 90) -> Report:
        """The outcomes of the last `days` days, today included, and what the newest trial says of its variants."""
        authorise(principal, Action.READ_RETENTION)
        if not 1 <= days <= 3_660:
            raise UsageError("bad period", hint="报告天数须在 1 到 3660 之间。")
        now = self._clock.now()
        first = datetime.combine(now.astimezone(ZONE).date() - timedelta(days=days - 1), time(), ZONE)
        counts = self._book.counts(first.astimezone(UTC), now + timedelta(seconds=1))
        trial = next(iter(self._book.trials()), None)
        if trial is None or trial.id is None:
            return report(counts)
        tallies = self._book.tallies(trial.id)
        return report(counts, {style: tallies.get(style) or Tally() for style in trial.styles}, minimum=trial.minimum)

    def _check(self, ended: Ended) -> None:
        if ended.result is Result.LOST and ended.offer.strip():
            raise UsageError("a lost customer takes no offer", hint="客户流失时不能登记办理了优惠，请核对。")
        if ended.result is Result.CALL_BACK:
            if ended.call_back_on is None:
                raise UsageError("no day to call back", hint="约回电要写明回电日期，例如 2026-11-25。")
            if ended.call_back_on < self._clock.now().astimezone(ZONE).date():
                raise UsageError("the day is past", hint="回电日期已经过去，请重新约定。")
        if ended.slot and ended.slot not in (*settings()["slots"], NIGHT):
            known = "、".join((*settings()["slots"], NIGHT))
            raise UsageError(f"no slot {ended.slot!r}", hint=f"没有“{ended.slot[:10]}”这个时段，可选：{known}。")

    def _slot(self, said: str) -> str:
        return said or slot_of(self._clock.now())


def slot_of(moment: datetime) -> str:
    """The time slot of a moment in China."""
    hour = moment.astimezone(ZONE).hour
    return next((name for name, (first, end) in settings()["slots"].items() if first <= hour < end), NIGHT)


def department_for(text: str, reason: LeavingReason | None) -> str:
    """The department an opinion concerns most by its words; without any of them, the one of the leaving reason."""
    scores = [(sum(word in text for word in rule["words"]), rule["department"]) for rule in settings()["opinions"]]
    most = max(score for score, _ in scores)
    if most:
        return str(next(department for score, department in scores if score == most))
    return str(settings()["reasons"][reason.value]["department"]) if reason else "客户服务部"


def masked(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts fit to be kept: words masked, sets as lists, nothing that names a person."""
    kept: dict[str, Any] = {}
    for key, value in facts.items():
        if isinstance(value, str):
            kept[key] = mask(value)
        elif isinstance(value, list | tuple | set | frozenset):
            kept[key] = sorted(mask(str(each)) for each in value)
        elif isinstance(value, int | float):
            kept[key] = value
    return kept


def _kept(text: str) -> str:
    """A text fit to be kept: cut, personal numbers hidden, surnames before a form of address taken out."""
    addressed = rf"[{settings()['surnames']}](?=先生|女士|小姐|阿姨|叔叔)"
    return re.sub(addressed, "某", mask(clean(text)[:MAX_REMARK]))
