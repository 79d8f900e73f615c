"""The retention page's events: drafting, recording how a call ended, the report; a fault becomes Chinese words.

`retention.py` wires them. What is typed of a customer lives in the page's session and is kept nowhere else.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from assist.pages.door import caller
from assist.pages.render import problem_card, remark
from assist.pages.retention_render import draft_card, welcome_card
from assist.pages.retention_report import open_calls_card, opinions_card, report_card, trials_card
from assist.pages.who import ROLES, day_of
from assist.retention.desk import CHANNELS, Asked, read_reason
from assist.retention.eligibility import Standing
from assist.retention.fields import FIELDS, INTENTS
from assist.retention.model import Draft
from assist.retention.outcomes import Ended
from assist.retention.room import Retention
from assist.retention.views import facts_json
from kb.errors import UsageError, ZhiyingError
from kb.model import Principal, Role
from kb.store import Result, Trial

Updates = dict[Any, Any]
FORM = (
    *("tenure_months", "monthly_spend", "plan", "target_plan", "tier", "contract", "contract_remaining_months"),
    *("region", "arrears", "age", "complaint_level", "broadband", "broadband_mode", "broadband_contract"),
    *("broadband_tenure_months", "product"),
)
"""Facts that have a field of their own on the page, in its order."""
RESULTS: Mapping[str, Result] = {result.label: result for result in Result}
NOBODY = "没有办理优惠"
FAULT = "程序出错，没有保存任何内容，请重试；仍不行请报告管理员。"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """The components that events change."""

    notes: Any
    channel: Any
    day: Any
    reason: Any
    intents: Any
    form: tuple[Any, ...]
    held: Any
    confirmed: Any
    alert: Any
    draft: Any
    after: Any
    taken: Any
    thanks: Any
    opinion: Any
    remark: Any
    state: Any
    report: Any
    trials: Any
    opinions: Any
    calls: Any
    told: Any

    def drafting(self) -> list[Any]:
        """What drafting and recording change."""
        return [
            *(self.notes, self.channel, self.day, self.reason, self.intents, *self.form, self.held, self.confirmed),
            *(self.alert, self.draft),
            *(self.after, self.taken, self.thanks, self.opinion, self.remark, self.state),
        ]

    def reporting(self) -> list[Any]:
        """What the report changes."""
        return [self.report, self.trials, self.opinions, self.calls, self.told]


class Handlers:
    """One method an event. `who` is (role, department, channel, day) in the words of the page."""

    def __init__(self, retention: Retention, parts: Parts) -> None:
        self._retention = retention
        self._on = parts

    def pop(self, role: str, department: str, channel: str, day: str, request: gr.Request) -> Updates:
        """Opens the page; what stands in the address is filled in and drafted.

        `?q=` is what the customer said; `?reason=`, `?channel=`, `?as_of=` and facts by key (`?tenure_months=`) go
        along.
        """
        given = {name: str(value) for name, value in request.query_params.items()}
        notes = given.get("q") or given.get("text") or ""
        values = {key: given[key] for key in FIELDS if key in given}
        reason = given.get("reason", "")
        if not notes and not values and not reason:
            return {self._on.alert: ""}
        channel = CHANNELS.get(given.get("channel", ""), given.get("channel", "")) or channel
        day = given.get("as_of", "") or day
        filled = self._filled(notes, reason, values) | {self._on.channel: channel, self._on.day: day}
        asked = Asked(facts=values, text=notes, reason=reason, channel=channel)
        return {**filled, **self._draft(asked, _principal(role, department), day)}

    def draft(
        self,
        notes: str,
        reason: str | None,
        intents: Sequence[str] | None,
        held: str,
        confirmed: Sequence[str] | None,
        state: Draft | None,
        role: str,
        department: str,
        channel: str,
        day: str,
        *form: Any,
    ) -> Updates:
        """Drafts from what stands on the page; another draft of the same call keeps its variant."""
        facts: dict[str, Any] = {key: value for key, value in zip(FORM, form, strict=True) if value not in (None, "")}
        if intents:
            facts["intent"] = list(intents)
        if held.strip():
            facts["held"] = held
        if confirmed:
            facts["confirmed"] = list(confirmed)
        assignment = state.assignment_id if state else None
        asked = Asked(facts=facts, text=notes, reason=reason or "", channel=channel, assignment=assignment)
        return self._draft(asked, _principal(role, department), day)

    def fresh(self) -> Updates:
        """A new customer: nothing of the last one stays on the page."""
        return {
            **dict.fromkeys((self._on.notes, self._on.held, self._on.alert, self._on.thanks), ""),
            **dict.fromkeys((self._on.opinion, self._on.remark), ""),
            **{part: gr.update(value=None) for part in (self._on.reason, *self._on.form)},
            self._on.intents: gr.update(value=[]),
            self._on.confirmed: gr.update(choices=[], value=[], visible=False),
            self._on.draft: welcome_card(),
            self._on.after: gr.update(visible=False),
            self._on.state: None,
        }

    def record(
        self,
        state: Draft | None,
        result: str,
        taken: str,
        slot: str,
        call_back: str,
        opinion: str,
        noted: str,
        role: str,
        department: str,
    ) -> Updates:
        """Keeps how the call ended, masked; the draft stays so that it can still be read."""
        if state is None:
            return {self._on.thanks: problem_card("请先生成话术，再登记结果。")}

        def keep() -> str:
            ended = Ended(
                result=RESULTS[result],
                reason=state.request.reason,
                style=state.style,
                segment=state.segment,
                slot="" if slot == "现在" else slot,
                channel=state.request.channel,
                offer="" if taken == NOBODY else taken.partition(" ")[0],
                assignment_id=state.assignment_id,
                call_back_on=day_of(call_back),
                facts=facts_json(state),
                remark=noted,
                opinion=opinion,
            )
            recorded = self._retention.outcomes.record(_principal(role, department), ended)
            sent = f"，客户意见已转{recorded.opinion.department}" if recorded.opinion else ""
            return f"已登记：{recorded.outcome.result.label}{sent}。"

        said = _said(keep)
        kept = {self._on.opinion: "", self._on.remark: ""} if said.startswith('<p class="zy-remark"') else {}
        return {self._on.thanks: said, **kept}

    def report(self, days: str, role: str, department: str) -> Updates:
        """The report of the last days with trials, opinions and open calls, for those who may see it."""
        return self._reported(days, _principal(role, department), "")

    def start(
        self,
        name: str,
        reason: str | None,
        styles: Sequence[str] | None,
        share: str,
        minimum: str,
        days: str,
        role: str,
        department: str,
    ) -> Updates:
        """Begins a trial of variants."""
        principal = _principal(role, department)

        def begin() -> str:
            found = read_reason(reason or "")
            trial = Trial(
                name=name,
                reason=found.value if found else "",
                styles=tuple(styles or ()),
                exploration=_number(share, "随机比例"),
                minimum=int(_number(minimum, "最少样本")),
                author=principal.id,
            )
            return f"试验 No.{self._retention.outcomes.start(principal, trial).id} 已开始。"

        return self._reported(days, principal, _said(begin))

    def stop(self, number: str, days: str, role: str, department: str) -> Updates:
        """Ends a trial."""
        principal = _principal(role, department)

        def end() -> str:
            return f"试验 No.{self._retention.outcomes.stop(principal, int(_number(number, '试验编号'))).id} 已停止。"

        return self._reported(days, principal, _said(end))

    def settle(self, number: str, result: str, offer: str, days: str, role: str, department: str) -> Updates:
        """What came of a call back."""
        principal = _principal(role, department)

        def settled() -> str:
            at = int(_number(number, "回电编号"))
            return f"No.{self._retention.outcomes.settle(principal, at, RESULTS[result], offer).id} 已登记：{result}。"

        return self._reported(days, principal, _said(settled))

    def answer(self, number: str, reply: str, other: str, days: str, role: str, department: str) -> Updates:
        """Answers an opinion, or hands it to another department."""
        principal = _principal(role, department)

        def answered() -> str:
            at = int(_number(number, "意见编号"))
            if other.strip():
                routed = self._retention.outcomes.route(principal, at, other)
                if not reply.strip():
                    return f"意见 No.{at} 已转{routed.department}。"
            self._retention.outcomes.answer(principal, at, reply)
            return f"意见 No.{at} 已答复。"

        return self._reported(days, principal, _said(answered))

    def _draft(self, asked: Asked, principal: Principal, day: str) -> Updates:
        try:
            draft = self._retention.desk.draft(principal, asked, day_of(day))
        except ZhiyingError as error:
            return {self._on.alert: problem_card(error.hint)}
        except Exception:
            _log.exception("a draft failed")
            return {self._on.alert: problem_card(FAULT)}
        checks = [
            each.text.removeprefix("请核实：").removesuffix("？")
            for other in draft.others
            if other.standing is Standing.ASK
            for each in other.ask
            if each.key == "check"
        ]
        confirmed = sorted(draft.request.facts.confirmed)
        choices = list(dict.fromkeys([*confirmed, *checks]))
        taken = [NOBODY, *(f"{each.offer.code} {each.offer.row.name}" for each in draft.eligible)]
        return {
            self._on.alert: "",
            self._on.draft: draft_card(draft),
            self._on.state: draft,
            self._on.confirmed: gr.update(choices=choices, value=confirmed, visible=bool(choices)),
            self._on.after: gr.update(visible=True),
            self._on.taken: gr.update(choices=taken, value=NOBODY),
            self._on.thanks: "",
        }

    def _filled(self, notes: str, reason: str, values: Mapping[str, str]) -> Updates:
        form = {part: values[key] for key, part in zip(FORM, self._on.form, strict=True) if key in values}
        known = {key: value for key, value in form.items() if value}
        filled: Updates = {self._on.notes: notes, **known}
        if reason:
            try:
                found = read_reason(reason)
            except ZhiyingError:
                found = None
            filled[self._on.reason] = found.label if found else None
        if values.get("intent"):
            filled[self._on.intents] = [each for each in re.split("[、，,]", values["intent"]) if each in INTENTS]
        return filled

    def _reported(self, days: str, principal: Principal, told: str) -> Updates:
        outcomes = self._retention.outcomes
        try:
            return {
                self._on.report: report_card(outcomes.report(principal, days=int(_number(days, "天数")))),
                self._on.trials: trials_card(outcomes.trials(principal)),
                self._on.opinions: opinions_card(outcomes.opinions(principal, limit=30)),
                self._on.calls: open_calls_card(outcomes.open_calls(principal)),
                self._on.told: told,
            }
        except ZhiyingError as error:
            return {self._on.told: told or problem_card(error.hint)}
        except Exception:
            _log.exception("a report failed")
            return {self._on.told: problem_card(FAULT)}


def _said(act: Callable[[], str]) -> str:
    """What an act says of itself; a fault is said instead."""
    try:
        return remark(act())
    except ZhiyingError as error:
        return problem_card(error.hint)
    except Exception:
        _log.exception("an event of the retention page failed")
        return problem_card(FAULT)


def _number(text: str, name: str) -> float:
    try:
        return float(json.loads(str(text).strip().removesuffix("天")))
    except (ValueError, TypeError) as error:
        raise UsageError(f"not a number: {text!r}", hint=f"“{name}”要写成数字。") from error


def _principal(role: str, department: str) -> Principal:
    return caller() or Principal(id=f"page:{role}", role=ROLES.get(role, Role.AGENT), department=department or "")
