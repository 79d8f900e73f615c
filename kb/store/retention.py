"""Retention in the catalogue: trials, assignments, outcomes of calls, opinions; `assist.retention` calls it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from kb.errors import UsageError
from kb.model import Principal, Role
from kb.store import audit
from kb.store.engine import Database
from kb.store.retention_tables import assignments, opinions, outcomes, trials
from kb.store.retention_values import (
    Assignment,
    Opinion,
    OpinionState,
    OutcomeCount,
    Result,
    RetentionOutcome,
    Tally,
    Trial,
    TrialState,
)


class RetentionBook:
    """Every write is one transaction with its line in the audit trail; nothing here names a customer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, trial: Trial, principal: Principal) -> Trial:
        """Begins a trial; raises UsageError while another of the same reason runs."""
        with self._database.write() as connection:
            running = select(trials.c.name).where(
                trials.c.state == TrialState.RUNNING.value, trials.c.reason == trial.reason
            )
            if (other := connection.execute(running).scalar()) is not None:
                raise UsageError("a trial is running", hint=f"同一原因已有试验“{other}”在进行，请先停止它。")
            at = self._database.clock.now()
            row = {
                "name": trial.name,
                "reason": trial.reason,
                "styles": list(trial.styles),
                "exploration": trial.exploration,
                "minimum": trial.minimum,
                "state": TrialState.RUNNING.value,
                "author": principal.id,
                "created_at": at,
            }
            new = connection.execute(insert(trials).values(row).returning(trials)).one()
            audit.record(connection, at, principal.id, "retention.trial_start", str(new.id), {"styles": row["styles"]})
            return _trial(new)

    def stop(self, trial_id: int, principal: Principal) -> Trial:
        """Ends a trial; what it gathered stays. Raises UsageError when unknown; stopping again changes nothing."""
        with self._database.write() as connection:
            found = connection.execute(select(trials).where(trials.c.id == trial_id)).first()
            if found is None:
                raise UsageError(f"no trial {trial_id}", hint="没有这个试验，请刷新后重试。")
            if found.state == TrialState.STOPPED.value:
                return _trial(found)
            at = self._database.clock.now()
            ended = update(trials).where(trials.c.id == trial_id).values(state=TrialState.STOPPED.value, stopped_at=at)
            row = connection.execute(ended.returning(trials)).one()
            audit.record(connection, at, principal.id, "retention.trial_stop", str(trial_id))
            return _trial(row)

    def trials(self) -> tuple[Trial, ...]:
        """Every trial, the newest first."""
        with self._database.read() as connection:
            return tuple(_trial(row) for row in connection.execute(select(trials).order_by(trials.c.id.desc())))

    def running(self, reason: str) -> Trial | None:
        """The running trial of a reason, or else the one of all reasons; None when there is neither."""
        query = select(trials).where(trials.c.state == TrialState.RUNNING.value, trials.c.reason.in_({reason, ""}))
        with self._database.read() as connection:
            found = [_trial(row) for row in connection.execute(query)]
        return max(found, key=lambda each: bool(each.reason), default=None)

    def assign(self, given: Assignment) -> Assignment:
        """Writes which variant a call got."""
        row = {
            "trial_id": given.trial_id,
            "style": given.style,
            "how": given.how,
            "reason": given.reason,
            "segment": given.segment,
            "principal": given.principal.id,
            "at": given.at or self._database.clock.now(),
        }
        with self._database.write() as connection:
            return _assignment(connection.execute(insert(assignments).values(row).returning(assignments)).one())

    def assignment(self, assignment_id: int) -> Assignment | None:
        """One assignment, None when unknown."""
        with self._database.read() as connection:
            row = connection.execute(select(assignments).where(assignments.c.id == assignment_id)).first()
        return None if row is None else _assignment(row)

    def tallies(self, trial_id: int) -> dict[str, Tally]:
        """Assignments and settled outcomes of a trial by variant; variants nobody got yet are left out."""
        query = (
            select(assignments.c.style, outcomes.c.result, func.count())
            .outerjoin_from(assignments, outcomes, outcomes.c.assignment_id == assignments.c.id)
            .where(assignments.c.trial_id == trial_id)
            .group_by(assignments.c.style, outcomes.c.result)
        )
        found: dict[str, dict[str | None, int]] = {}
        with self._database.read() as connection:
            for style, result, number in connection.execute(query):
                found.setdefault(style, {})[result] = number
        return {
            style: Tally(sum(counts.values()), counts.get(Result.KEPT.value, 0), counts.get(Result.LOST.value, 0))
            for style, counts in found.items()
        }

    def record(self, given: RetentionOutcome) -> RetentionOutcome:
        """Writes an outcome; raises UsageError for an assignment that is unknown or already has one."""
        with self._database.write() as connection:
            if given.assignment_id is not None:
                _require_open(connection, given.assignment_id)
            at = given.at or self._database.clock.now()
            row = {
                "assignment_id": given.assignment_id,
                "result": given.result.value,
                "reason": given.reason,
                "style": given.style,
                "segment": given.segment,
                "slot": given.slot,
                "channel": given.channel,
                "offer": given.offer,
                "call_back_on": given.call_back_on,
                "facts": dict(given.facts),
                "remark": given.remark,
                "principal": given.principal.id,
                "role": given.principal.role.value,
                "department": given.principal.department,
                "at": at,
                "settled_at": None if given.result is Result.CALL_BACK else at,
            }
            new = connection.execute(insert(outcomes).values(row).returning(outcomes)).one()
            detail = {"result": given.result.value, "offer": given.offer}
            audit.record(connection, at, given.principal.id, "retention.outcome", str(new.id), detail)
            return _outcome(new)

    def settle(self, outcome_id: int, result: Result, offer: str, principal: Principal) -> RetentionOutcome:
        """Says what came of a call back; raises UsageError when it is unknown or settled already."""
        with self._database.write() as connection:
            found = connection.execute(select(outcomes).where(outcomes.c.id == outcome_id)).first()
            if found is None or found.result != Result.CALL_BACK.value:
                raise UsageError(f"outcome {outcome_id} is not open", hint="没有这条待回电记录，或已经有结果了。")
            at = self._database.clock.now()
            chosen = update(outcomes).where(outcomes.c.id == outcome_id)
            row = connection.execute(
                chosen.values(result=result.value, offer=offer, settled_at=at).returning(outcomes)
            ).one()
            detail = {"result": result.value, "offer": offer}
            audit.record(connection, at, principal.id, "retention.settle", str(outcome_id), detail)
            return _outcome(row)

    def outcomes(self, *, result: Result | None = None, limit: int = 100) -> tuple[RetentionOutcome, ...]:
        """Outcomes, the newest first; of one kind when given."""
        query = select(outcomes).order_by(outcomes.c.id.desc()).limit(limit)
        if result is not None:
            query = query.where(outcomes.c.result == result.value)
        with self._database.read() as connection:
            return tuple(_outcome(row) for row in connection.execute(query))

    def counts(self, since: datetime, until: datetime) -> tuple[OutcomeCount, ...]:
        """How many outcomes of calls in [since, until), by variant, reason, segment, slot and result."""
        dimensions = (outcomes.c.style, outcomes.c.reason, outcomes.c.segment, outcomes.c.slot, outcomes.c.result)
        query = (
            select(*dimensions, func.count())
            .where(outcomes.c.at >= since, outcomes.c.at < until)
            .group_by(*dimensions)
            .order_by(*dimensions)
        )
        with self._database.read() as connection:
            return tuple(
                OutcomeCount(style, reason, segment, slot, Result(result), number)
                for style, reason, segment, slot, result, number in connection.execute(query)
            )

    def voice(self, given: Opinion) -> Opinion:
        """Writes a customer's opinion for its department."""
        with self._database.write() as connection:
            at = given.at or self._database.clock.now()
            row = {
                "outcome_id": given.outcome_id,
                "text": given.text,
                "reason": given.reason,
                "department": given.department,
                "state": OpinionState.NEW.value,
                "reply": "",
                "principal": given.principal.id,
                "role": given.principal.role.value,
                "at": at,
                "answered_by": "",
            }
            new = connection.execute(insert(opinions).values(row).returning(opinions)).one()
            detail = {"department": given.department}
            audit.record(connection, at, given.principal.id, "opinion.voice", str(new.id), detail)
            return _opinion(new)

    def opinions(
        self, *, department: str = "", state: OpinionState | None = None, limit: int = 100
    ) -> tuple[Opinion, ...]:
        """Opinions, the newest first; of one department or state when given."""
        query = select(opinions).order_by(opinions.c.id.desc()).limit(limit)
        if department:
            query = query.where(opinions.c.department == department)
        if state is not None:
            query = query.where(opinions.c.state == state.value)
        with self._database.read() as connection:
            return tuple(_opinion(row) for row in connection.execute(query))

    def route(self, opinion_id: int, department: str, principal: Principal) -> Opinion:
        """Hands an opinion to another department; raises UsageError when unknown."""
        return self._changed(opinion_id, {"department": department}, principal, "opinion.route")

    def answer(self, opinion_id: int, reply: str, principal: Principal) -> Opinion:
        """What the department says to an opinion; raises UsageError when unknown."""
        values = {
            "state": OpinionState.ANSWERED.value,
            "reply": reply,
            "answered_by": principal.id,
            "answered_at": self._database.clock.now(),
        }
        return self._changed(opinion_id, values, principal, "opinion.answer")

    def _changed(self, opinion_id: int, values: dict[str, Any], principal: Principal, action: str) -> Opinion:
        with self._database.write() as connection:
            chosen = update(opinions).where(opinions.c.id == opinion_id).values(values)
            row = connection.execute(chosen.returning(opinions)).first()
            if row is None:
                raise UsageError(f"no opinion {opinion_id}", hint="没有这条客户意见，请刷新后重试。")
            at = self._database.clock.now()
            audit.record(connection, at, principal.id, action, str(opinion_id), {"department": row.department})
            return _opinion(row)


def _require_open(connection: Connection, assignment_id: int) -> None:
    if connection.execute(select(assignments.c.id).where(assignments.c.id == assignment_id)).first() is None:
        raise UsageError(f"no assignment {assignment_id}", hint="没有这次话术分配，请重新生成话术。")
    if connection.execute(select(outcomes.c.id).where(outcomes.c.assignment_id == assignment_id)).first() is not None:
        raise UsageError("the outcome is there", hint="这通电话的结果已经登记过了，不能重复登记。")


def _trial(row: Row[Any]) -> Trial:
    return Trial(
        name=row.name,
        reason=row.reason,
        styles=tuple(row.styles),
        exploration=row.exploration,
        minimum=row.minimum,
        author=row.author,
        state=TrialState(row.state),
        id=row.id,
        created_at=row.created_at,
        stopped_at=row.stopped_at,
    )


def _assignment(row: Row[Any]) -> Assignment:
    return Assignment(
        trial_id=row.trial_id,
        style=row.style,
        how=row.how,
        reason=row.reason,
        segment=row.segment,
        principal=Principal(row.principal, Role.AGENT),
        id=row.id,
        at=row.at,
    )


def _outcome(row: Row[Any]) -> RetentionOutcome:
    return RetentionOutcome(
        result=Result(row.result),
        reason=row.reason,
        style=row.style,
        segment=row.segment,
        slot=row.slot,
        channel=row.channel,
        principal=Principal(row.principal, Role(row.role), row.department),
        offer=row.offer,
        assignment_id=row.assignment_id,
        call_back_on=row.call_back_on,
        facts=row.facts,
        remark=row.remark,
        id=row.id,
        at=row.at,
        settled_at=row.settled_at,
    )


def _opinion(row: Row[Any]) -> Opinion:
    return Opinion(
        text=row.text,
        reason=row.reason,
        department=row.department,
        principal=Principal(row.principal, Role(row.role)),
        outcome_id=row.outcome_id,
        state=OpinionState(row.state),
        reply=row.reply,
        answered_by=row.answered_by,
        id=row.id,
        at=row.at,
        answered_at=row.answered_at,
    )
