"""The interface of audit trail and erasure, for administrators and, to read, quality inspectors."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, Field

from assist.access import Action
from assist.body import Body
from assist.identity import Identify
from assist.people.records import Records, entry_json
from assist.permit import permitting
from kb.model import Principal
from kb.store import AuditQuery

Json = dict[str, Any]


class ErasureBody(Body):
    """Words that name a person, and the key of the account to end with them."""

    words: list[Annotated[str, Field(max_length=200)]] = Field(default_factory=list, max_length=50)
    account: str = Field("", max_length=40)


class CutBody(Body):
    """How many days of the trail are kept."""

    keep_days: int = Field(ge=1, le=36_500)


def _wanted(
    principal: Annotated[str, Query(max_length=64)] = "",
    action: Annotated[str, Query(max_length=60)] = "",
    object: Annotated[str, Query(max_length=200)] = "",
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    below: Annotated[int, Query(ge=0, le=2**62)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> AuditQuery:
    return AuditQuery(principal, action, object, since, until, below, limit)


def records_router(records: Records, *, identify: Identify) -> APIRouter:
    """Routes below /api/v1."""
    router = APIRouter()
    permit = permitting(identify)

    @router.get("/audit", summary="审计记录，最新的在前")
    def search(
        caller: Annotated[Principal, permit(Action.READ_AUDIT)], wanted: Annotated[AuditQuery, Depends(_wanted)]
    ) -> Json:
        return {"entries": [entry_json(one) for one in records.search(caller, wanted)]}

    @router.get("/audit/check", summary="核对审计链")
    def check(caller: Annotated[Principal, permit(Action.READ_AUDIT)]) -> Json:
        broken = records.broken_at(caller)
        return {"ok": broken is None, "broken_at": broken}

    @router.get("/audit/export", summary="导出审计记录")
    def export(
        caller: Annotated[Principal, permit(Action.EXPORT_AUDIT)],
        wanted: Annotated[AuditQuery, Depends(_wanted)],
        form: Literal["jsonl", "csv"] = "jsonl",
    ) -> StreamingResponse:
        kind = "text/csv" if form == "csv" else "application/x-ndjson"
        headers = {"Content-Disposition": f'attachment; filename="audit.{form}"'}
        return StreamingResponse(records.export(caller, wanted, form), media_type=kind, headers=headers)

    @router.post("/audit/cut", summary="按保存期限清理审计记录")
    def cut(body: CutBody, caller: Annotated[Principal, permit(Action.PRUNE_AUDIT)]) -> Json:
        return {"removed": records.cut(caller, body.keep_days)}

    @router.post("/erasures", summary="应请求删除一个人的记录")
    def erase(body: ErasureBody, caller: Annotated[Principal, permit(Action.ERASE_PERSON)]) -> Json:
        done = records.erase(caller, tuple(body.words), account=body.account)
        return {"rows": done.rows, "remaining": list(done.remaining)}

    return router
