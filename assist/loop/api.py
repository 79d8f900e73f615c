"""The knowledge loop over HTTP, /api/v1/loop/*: gaps, drafts, releases, notices; `app.py` includes the router."""

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from assist import problems
from assist.access import Action
from assist.identity import Identify
from assist.loop import views
from assist.loop.desk import Loop
from assist.loop.reports import cells
from assist.loop.work import OPEN
from assist.loop.xlsx import workbook
from assist.permit import Permit, permitting
from kb.model import Principal
from kb.store import DraftKind, GapCause, GapState

PREFIX = "/api/v1/loop"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Json = dict[str, Any]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AssignBody(_Body):
    """Who is to close a gap, and by when."""

    owner: str = Field(max_length=64)
    department: str = Field("", max_length=64)
    cause: GapCause | None = None
    priority: int | None = Field(None, ge=0, le=2)
    due: date | None = None
    note: str = Field("", max_length=2_000)


class StateBody(_Body):
    """Where a gap goes next."""

    state: GapState
    note: str = Field("", max_length=2_000)


class TextBody(_Body):
    """A remark, a suggestion, a reply or a reason."""

    text: str = Field(max_length=2_000)


class MergeBody(_Body):
    """Gaps that ask the same."""

    gap_ids: list[int] = Field(min_length=1, max_length=100)
    into: int


class SplitBody(_Body):
    """Wordings that ask something else."""

    wordings: list[str] = Field(min_length=1, max_length=200)


class NewDraftBody(_Body):
    """What a new draft is of; from a gap, or of its own accord with a title."""

    kind: DraftKind
    gap_id: int | None = None
    title: str = Field("", max_length=200)


class DraftBody(_Body):
    """An edited draft; `revision` is the one that was read."""

    revision: int
    title: str = Field(max_length=200)
    fields: dict[str, str]
    audience: str = Field("internal", max_length=400)
    effective_from: date | None = None
    effective_to: date | None = None
    supersedes: list[str] = Field(default_factory=list, max_length=50)
    department: str = Field("", max_length=64)
    note: str = Field("", max_length=2_000)


class PlanBody(_Body):
    """What goes out together, and when by itself."""

    draft_ids: list[int] = Field(default_factory=list, max_length=500)
    retire: list[str] = Field(default_factory=list, max_length=500)
    note: str = Field("", max_length=500)
    activate_at: AwareDatetime | None = None


class ActivateBody(_Body):
    """The reason to let out what the gate found broken; empty for none."""

    override_reason: str = Field("", max_length=500)


class ReadBody(_Body):
    """Notices that were read."""

    notice_ids: list[int] = Field(max_length=100)


def loop_router(loop: Loop, identify: Identify) -> APIRouter:
    """Every way into the loop."""
    router = APIRouter(prefix=PREFIX)
    permit = permitting(identify)
    _gaps(router, loop, permit)
    _changes(router, loop, permit)
    _drafts(router, loop, permit)
    _releases(router, loop, permit)
    _notices(router, loop, permit)
    _insight(router, loop, permit)
    return router


def _gaps(router: APIRouter, loop: Loop, permit: Permit) -> None:
    @router.get("/gaps", summary="缺口台账")
    def gaps(
        caller: Annotated[Principal, permit(Action.LIST_GAPS)],
        state: Annotated[list[GapState] | None, Query()] = None,
        department: str | None = None,
        owner: str | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> Json:
        found = loop.gaps.lines(caller, state or OPEN, department=department, owner=owner, limit=limit, offset=offset)
        counts = {each.value: number for each, number in loop.gaps.counts(caller).items()}
        return {"gaps": [views.line_json(line) for line in found], "counts": counts}

    @router.get("/gaps/{gap_id}", summary="一条缺口的全部")
    def gap(gap_id: int, caller: Annotated[Principal, permit(Action.LIST_GAPS)]) -> Json:
        return views.sheet_json(loop.gaps.sheet(caller, gap_id))

    @router.post("/suggestions", status_code=201, summary="客服之声：提建议、报缺失")
    def suggest(body: TextBody, caller: Annotated[Principal, permit(Action.SUGGEST)]) -> Json:
        return {"gap_id": loop.gaps.suggest(caller, body.text)}


def _changes(router: APIRouter, loop: Loop, permit: Permit) -> None:
    @router.post("/gaps/{gap_id}/assign", summary="指派缺口")
    def assign(gap_id: int, body: AssignBody, caller: Annotated[Principal, permit(Action.WORK_GAPS)]) -> Json:
        loop.gaps.assign(caller, gap_id, **dict(body))
        return views.sheet_json(loop.gaps.sheet(caller, gap_id))

    @router.post("/gaps/{gap_id}/state", summary="改变缺口状态")
    def move(gap_id: int, body: StateBody, caller: Annotated[Principal, permit(Action.WORK_GAPS)]) -> Json:
        loop.gaps.move(caller, gap_id, body.state, body.note)
        return views.sheet_json(loop.gaps.sheet(caller, gap_id))

    @router.post("/gaps/{gap_id}/comments", status_code=201, summary="写意见")
    def comment(gap_id: int, body: TextBody, caller: Annotated[Principal, permit(Action.WORK_GAPS)]) -> Json:
        loop.gaps.comment(caller, gap_id, body.text)
        return views.sheet_json(loop.gaps.sheet(caller, gap_id))

    @router.post("/gaps/{gap_id}/reply", summary="答复提出的人")
    def reply(gap_id: int, body: TextBody, caller: Annotated[Principal, permit(Action.WORK_GAPS)]) -> Json:
        loop.gaps.answer(caller, gap_id, body.text)
        return views.sheet_json(loop.gaps.sheet(caller, gap_id))

    @router.post("/gaps/merge", summary="合并缺口")
    def merge(body: MergeBody, caller: Annotated[Principal, permit(Action.WORK_GAPS)]) -> Json:
        loop.gaps.merge(caller, body.gap_ids, body.into)
        return views.sheet_json(loop.gaps.sheet(caller, body.into))

    @router.post("/gaps/{gap_id}/split", status_code=201, summary="拆分缺口")
    def split(gap_id: int, body: SplitBody, caller: Annotated[Principal, permit(Action.WORK_GAPS)]) -> Json:
        return views.sheet_json(loop.gaps.sheet(caller, loop.gaps.split(caller, gap_id, body.wordings)))


def _drafts(router: APIRouter, loop: Loop, permit: Permit) -> None:
    @router.get("/drafts", summary="草稿")
    def drafts(caller: Annotated[Principal, permit(Action.WRITE_DRAFTS)]) -> Json:
        return {"drafts": [views.draft_json(one) for one in loop.drafts.all(caller)]}

    @router.post("/drafts", status_code=201, summary="起草")
    def begin(body: NewDraftBody, caller: Annotated[Principal, permit(Action.WRITE_DRAFTS)]) -> Json:
        if body.gap_id is None:
            return views.draft_json(loop.drafts.new(caller, body.kind, body.title))
        return views.draft_json(loop.drafts.begin(caller, body.gap_id, body.kind))

    @router.get("/drafts/{draft_id}", summary="一份草稿，连同冲突与改动")
    def draft(draft_id: int, caller: Annotated[Principal, permit(Action.WRITE_DRAFTS)]) -> Json:
        return views.draft_sheet_json(loop.drafts.sheet(caller, draft_id))

    @router.put("/drafts/{draft_id}", summary="保存草稿")
    def save(draft_id: int, body: DraftBody, caller: Annotated[Principal, permit(Action.WRITE_DRAFTS)]) -> Json:
        known = loop.drafts.sheet(caller, draft_id).draft
        changed = replace(known, **(dict(body) | {"supersedes": tuple(body.supersedes)}))
        return views.draft_json(loop.drafts.save(caller, changed))

    @router.post("/drafts/{draft_id}/submit", summary="提交审核")
    def submit(draft_id: int, caller: Annotated[Principal, permit(Action.WRITE_DRAFTS)]) -> Json:
        return views.draft_json(loop.drafts.submit(caller, draft_id))

    @router.post("/drafts/{draft_id}/approve", summary="批准（不能是起草人）")
    def approve(draft_id: int, caller: Annotated[Principal, permit(Action.APPROVE_DRAFTS)]) -> Json:
        return views.draft_json(loop.drafts.approve(caller, draft_id))

    @router.post("/drafts/{draft_id}/return", summary="退回")
    def send_back(draft_id: int, body: TextBody, caller: Annotated[Principal, permit(Action.APPROVE_DRAFTS)]) -> Json:
        return views.draft_json(loop.drafts.send_back(caller, draft_id, body.text))

    @router.post("/drafts/{draft_id}/withdraw", summary="撤回")
    def withdraw(draft_id: int, caller: Annotated[Principal, permit(Action.WRITE_DRAFTS)]) -> Json:
        return views.draft_json(loop.drafts.withdraw(caller, draft_id))


def _releases(router: APIRouter, loop: Loop, permit: Permit) -> None:
    @router.get("/plans", summary="发布计划")
    def plans(caller: Annotated[Principal, permit(Action.WRITE_DRAFTS)]) -> Json:
        return {"plans": [views.plan_json(one) for one in loop.releases.plans(caller)]}

    @router.post("/plans", status_code=201, summary="计划一次发布")
    def plan(body: PlanBody, caller: Annotated[Principal, permit(Action.RELEASE)]) -> Json:
        moment: datetime | None = body.activate_at
        made = loop.releases.plan(caller, body.draft_ids, note=body.note, activate_at=moment, retire=body.retire)
        return views.plan_json(made)

    @router.post("/plans/{plan_id}/gate", summary="应答测试")
    def check(plan_id: int, caller: Annotated[Principal, permit(Action.RELEASE)]) -> Json:
        return views.gate_json(loop.releases.check(caller, plan_id))

    @router.get("/plans/{plan_id}/gate", summary="最近一次应答测试")
    def report(plan_id: int, caller: Annotated[Principal, permit(Action.WRITE_DRAFTS)]) -> Json:
        found = loop.releases.report(caller, plan_id)
        if found is None:
            raise problems.NotFoundError(f"no gate run of {plan_id}", hint="这次发布还没有做过应答测试。")
        return views.gate_json(found)

    @router.post("/plans/{plan_id}/activate", summary="发布并复问")
    def activate(plan_id: int, body: ActivateBody, caller: Annotated[Principal, permit(Action.RELEASE)]) -> Json:
        done, proofs = loop.releases.activate(caller, plan_id, override_reason=body.override_reason)
        return views.plan_json(done) | {"proofs": [views.proof_json(one) for one in proofs]}

    @router.post("/plans/{plan_id}/cancel", summary="取消发布计划")
    def cancel(plan_id: int, caller: Annotated[Principal, permit(Action.RELEASE)]) -> Json:
        return views.plan_json(loop.releases.cancel(caller, plan_id))

    @router.get("/releases", summary="历次发布")
    def releases(caller: Annotated[Principal, permit(Action.WRITE_DRAFTS)]) -> Json:
        return {"releases": [views.release_json(one) for one in loop.releases.releases(caller)]}

    @router.post("/releases/{release_id}/rollback", summary="回退到这次发布")
    def roll_back(release_id: int, body: TextBody, caller: Annotated[Principal, permit(Action.RELEASE)]) -> Json:
        return views.release_json(loop.releases.roll_back(caller, release_id, body.text))


def _notices(router: APIRouter, loop: Loop, permit: Permit) -> None:
    @router.get("/notices", summary="我的通知")
    def notices(caller: Annotated[Principal, permit(Action.READ_NEWS)]) -> Json:
        return {"notices": [views.notice_json(one) for one in loop.notices.of(caller)]}

    @router.post("/notices/read", summary="确认已读通知")
    def confirm(body: ReadBody, caller: Annotated[Principal, permit(Action.READ_NEWS)]) -> Json:
        loop.notices.confirm(caller, body.notice_ids)
        return {"notices": [views.notice_json(one) for one in loop.notices.of(caller)]}


def _insight(router: APIRouter, loop: Loop, permit: Permit) -> None:
    @router.get("/health", summary="知识体检")
    def health(caller: Annotated[Principal, permit(Action.READ_REPORTS)]) -> Json:
        return {"findings": [views.finding_json(one) for one in loop.health.examine(caller)]}

    @router.get("/impact", summary="改动一份文档的影响面")
    def impact(caller: Annotated[Principal, permit(Action.READ_REPORTS)], source: str, clause: str = "") -> Json:
        return {"findings": [views.finding_json(one) for one in loop.health.impact(caller, source, clause)]}

    @router.get("/news", summary="新政策速递")
    def news(caller: Annotated[Principal, permit(Action.READ_NEWS)], since: AwareDatetime | None = None) -> Json:
        return views.digest_json(loop.news.digest(caller, since))

    @router.post("/news/read", summary="确认已读新政策")
    def confirm_news(caller: Annotated[Principal, permit(Action.READ_NEWS)]) -> Json:
        loop.news.confirm(caller)
        return views.digest_json(loop.news.digest(caller))

    @router.get("/reports/{dimension}", summary="报表")
    def report(
        dimension: str, first: date, last: date, caller: Annotated[Principal, permit(Action.READ_REPORTS)]
    ) -> Json:
        return views.report_json(loop.reports.report(caller, dimension, first, last))

    @router.get("/reports/{dimension}/xlsx", summary="报表（XLSX）")
    def sheet(
        dimension: str, first: date, last: date, caller: Annotated[Principal, permit(Action.READ_REPORTS)]
    ) -> Response:
        found = loop.reports.report(caller, dimension, first, last)
        headers = {"Content-Disposition": f'attachment; filename="report-{dimension}.xlsx"'}
        return Response(workbook(f"{first} 至 {last}", cells(found)), media_type=XLSX, headers=headers)
