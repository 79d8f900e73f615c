"""Retention over HTTP under /api/v1/retention; app.py puts this router on the site."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from assist.access import Action
from assist.body import Body
from assist.identity import Identify
from assist.permit import Permit, permitting
from assist.retention import views
from assist.retention.desk import Asked, RetentionDesk, read_reason
from assist.retention.outcomes import Ended, OutcomeDesk
from assist.retention.pasted import MAX_PASTED
from kb.model import Principal
from kb.store import OpinionState, Result, Trial

PREFIX = "/api/v1/retention"
Json = dict[str, Any]


class DraftBody(Body):
    """A customer who wants to leave: facts typed, pasted, or both."""

    facts: dict[str, Any] = Field(default_factory=dict, description="客户信息，键见 GET /retention/fields")
    text: str = Field("", max_length=MAX_PASTED, description="粘贴的客户资料；只用于本次生成，不保存")
    reason: str = Field("", max_length=20, description="离网原因：七种之一，键或中文名")
    channel: str = Field("", max_length=20, description="优惠清单里的渠道名，或 voice、chat；默认 10070语音")
    style: str = Field("", max_length=20, description="话术版本；空着由试验分配")
    call: dict[str, str] = Field(default_factory=dict, description="话术槽位，如 客户姓、先生/女士")
    as_of: date | None = None
    assignment_id: int | None = Field(None, description="同一通电话上次生成时的分配编号")


class OutcomeBody(Body):
    """How the call ended."""

    result: Result
    reason: str = Field("", max_length=20)
    style: str = Field("", max_length=20)
    segment: str = Field("", max_length=20)
    slot: str = Field("", max_length=10, description="上午、下午、晚间、夜间；空着按现在的时刻")
    channel: str = Field("", max_length=20)
    offer: str = Field("", max_length=40, description="办理的优惠编号")
    assignment_id: int | None = None
    call_back_on: date | None = None
    facts: dict[str, Any] = Field(default_factory=dict)
    remark: str = Field("", max_length=2_000)
    opinion: str = Field("", max_length=2_000, description="客户对产品或服务的意见，自动分派部门")


class SettleBody(Body):
    """What came of a call back."""

    result: Result
    offer: str = Field("", max_length=40)


class OpinionBody(Body):
    """A customer's opinion."""

    text: str = Field(max_length=2_000)
    reason: str = Field("", max_length=20)


class AnswerBody(Body):
    """A department's answer, or another department."""

    reply: str = Field("", max_length=2_000)
    department: str = Field("", max_length=64)


class TrialBody(Body):
    """Variants to be tried against each other."""

    name: str = Field(max_length=60)
    reason: str = Field("", max_length=20, description="空为全部原因")
    styles: list[str] = Field(max_length=10)
    exploration: float = Field(0.1, description="随机分配的比例，(0, 1]")
    minimum: int = Field(50, description="每个版本先给够多少通有结果的来电")


def retention_router(desk: RetentionDesk, outcomes: OutcomeDesk, identify: Identify) -> APIRouter:
    """The routes over one base."""
    router = APIRouter(prefix=PREFIX, tags=["retention"])
    permit = permitting(identify)
    _drafts(router, desk, permit)
    _outcomes(router, outcomes, permit)
    _opinions(router, outcomes, permit)
    _trials(router, outcomes, permit)
    return router


def _drafts(router: APIRouter, desk: RetentionDesk, permit: Permit) -> None:
    @router.post("/draft", summary="挽留话术：只含当日有效、客户符合、权限之内的优惠")
    def draft(body: DraftBody, caller: Annotated[Principal, permit(Action.DRAFT_RETENTION)]) -> Json:
        asked = Asked(
            facts=body.facts,
            text=body.text,
            reason=body.reason,
            channel=body.channel,
            style=body.style,
            call=body.call,
            assignment=body.assignment_id,
        )
        return views.draft_json(desk.draft(caller, asked, body.as_of))

    @router.get("/fields", summary="可填的客户信息")
    def fields(caller: Annotated[Principal, permit(Action.DRAFT_RETENTION)]) -> Json:
        sheet = desk.sheet(caller)
        return {
            "fields": views.fields_json(),
            "plans": sorted(sheet.plans),
            "channels": list(sheet.channels),
            "sheet_problems": list(sheet.problems),
        }


def _outcomes(router: APIRouter, outcomes: OutcomeDesk, permit: Permit) -> None:
    @router.post("/outcomes", status_code=201, summary="登记挽留结果；个人号码遮盖后保存")
    def record(body: OutcomeBody, caller: Annotated[Principal, permit(Action.RECORD_OUTCOME)]) -> Json:
        given: Mapping[str, Any] = {**body.model_dump(), "reason": read_reason(body.reason)}
        return views.recorded_json(outcomes.record(caller, Ended(**given)))

    @router.get("/outcomes/open", summary="约好回电还没有结果的来电")
    def open_calls(caller: Annotated[Principal, permit(Action.RECORD_OUTCOME)]) -> Json:
        return {"outcomes": [views.outcome_json(each) for each in outcomes.open_calls(caller)]}

    @router.put("/outcomes/{outcome_id}", summary="回电结果")
    def settle(outcome_id: int, body: SettleBody, caller: Annotated[Principal, permit(Action.RECORD_OUTCOME)]) -> Json:
        return views.outcome_json(outcomes.settle(caller, outcome_id, body.result, body.offer))

    @router.get("/report", summary="挽留复盘：按话术版本、原因、客户层级、时段")
    def report(
        caller: Annotated[Principal, permit(Action.READ_RETENTION)], days: Annotated[int, Query(ge=1, le=3_660)] = 90
    ) -> Json:
        return views.report_json(outcomes.report(caller, days=days))


def _opinions(router: APIRouter, outcomes: OutcomeDesk, permit: Permit) -> None:
    @router.post("/opinions", status_code=201, summary="登记客户意见，按内容分派部门")
    def voice(body: OpinionBody, caller: Annotated[Principal, permit(Action.RECORD_OUTCOME)]) -> Json:
        return views.opinion_json(outcomes.voice(caller, body.text, read_reason(body.reason)))

    @router.get("/opinions", summary="客户意见")
    def opinions(
        caller: Annotated[Principal, permit(Action.ROUTE_OPINIONS)],
        department: Annotated[str, Query(max_length=64)] = "",
        state: OpinionState | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> Json:
        found = outcomes.opinions(caller, department=department, state=state, limit=limit)
        return {"opinions": [views.opinion_json(each) for each in found]}

    @router.put("/opinions/{opinion_id}", summary="答复客户意见，或者转给别的部门")
    def answer(opinion_id: int, body: AnswerBody, caller: Annotated[Principal, permit(Action.ROUTE_OPINIONS)]) -> Json:
        if body.department:
            routed = outcomes.route(caller, opinion_id, body.department)
            if not body.reply:
                return views.opinion_json(routed)
        return views.opinion_json(outcomes.answer(caller, opinion_id, body.reply))


def _trials(router: APIRouter, outcomes: OutcomeDesk, permit: Permit) -> None:
    @router.get("/trials", summary="话术试验")
    def trials(caller: Annotated[Principal, permit(Action.READ_RETENTION)]) -> Json:
        return {"trials": [views.trial_json(trial, tallies) for trial, tallies in outcomes.trials(caller)]}

    @router.post("/trials", status_code=201, summary="开始一个话术试验")
    def start(body: TrialBody, caller: Annotated[Principal, permit(Action.RUN_TRIALS)]) -> Json:
        reason = read_reason(body.reason)
        trial = Trial(
            name=body.name,
            reason=reason.value if reason else "",
            styles=tuple(body.styles),
            exploration=body.exploration,
            minimum=body.minimum,
            author=caller.id,
        )
        return views.trial_json(outcomes.start(caller, trial), {})

    @router.delete("/trials/{trial_id}", summary="停止一个话术试验，结果保留")
    def stop(trial_id: int, caller: Annotated[Principal, permit(Action.RUN_TRIALS)]) -> Json:
        return views.trial_json(outcomes.stop(caller, trial_id), {})
