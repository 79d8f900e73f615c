"""Golden cases over HTTP, /api/v1/golden*: list, write, retire, bring in and out; the site includes the router."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from assist import problems
from assist.access import Action
from assist.body import Body
from assist.golden import views
from assist.golden.desk import STATES, GoldenDesk
from assist.golden.sheets import MAX_BYTES
from assist.identity import Identify
from assist.permit import permitting
from kb.errors import InputRefused
from kb.model import Principal, Role
from kb.store import GoldenCase

PREFIX = "/api/v1/golden"
UPLOAD = f"{PREFIX}/import"
Json = dict[str, Any]
Which = Literal["active", "retired", "all"]
_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/x-ndjson",
}


class GoldBody(Body):
    """A passage that answers the question."""

    source: str = Field(max_length=400)
    quote: str = Field("", max_length=2_000)


class TurnBody(Body):
    """One earlier turn of the conversation."""

    role: Literal["user", "assistant"]
    text: str = Field(max_length=2_000)


class GoldenBody(Body):
    """A golden case; `version` is the one that was read, for a change."""

    id: str = Field("", max_length=100)
    question: str = Field(max_length=2_000)
    history: list[TurnBody] = Field(default_factory=list, max_length=40)
    role: Role = Role.AGENT
    department: str = Field("", max_length=64)
    as_of: date | None = None
    facts: list[str] = Field(default_factory=list, max_length=20)
    forbid: list[str] = Field(default_factory=list, max_length=50)
    gold: list[GoldBody] = Field(default_factory=list, max_length=30)
    scope: list[str] = Field(default_factory=list, max_length=50)
    unanswerable: bool = False
    tags: list[str] = Field(default_factory=list, max_length=30)
    version: int = Field(0, ge=0)

    def case(self) -> GoldenCase:
        """The case that is meant."""
        return GoldenCase(
            question=self.question,
            case_id=self.id,
            history=tuple((turn.role, turn.text) for turn in self.history),
            role=self.role,
            department=self.department,
            as_of=self.as_of,
            facts=tuple(self.facts),
            forbid=tuple(self.forbid),
            gold=tuple((each.source, each.quote) for each in self.gold),
            scope=tuple(self.scope),
            unanswerable=self.unanswerable,
            tags=tuple(self.tags),
            version=self.version,
        )


class VersionBody(Body):
    """The version that was read; 0: whichever stands."""

    version: int = Field(0, ge=0)


def golden_router(desk: GoldenDesk, identify: Identify) -> APIRouter:
    """Every way to the golden cases."""
    router = APIRouter(prefix=PREFIX)
    permit = permitting(identify)
    reader = Annotated[Principal, permit(Action.READ_REPORTS)]
    keeper = Annotated[Principal, permit(Action.KEEP_GOLDEN)]
    _files(router, desk, reader, keeper)

    @router.get("", summary="金标用例")
    def cases(
        caller: reader,
        state: Which = "active",
        text: Annotated[str, Query(max_length=100)] = "",
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> Json:
        found, total = desk.page(caller, STATES[state], text=text, limit=limit, offset=offset)
        counts = {each.value: number for each, number in desk.counts(caller).items()}
        return {"cases": [views.case_json(case) for case in found], "total": total, "counts": counts}

    @router.post("", status_code=201, summary="新增金标用例")
    def add(body: GoldenBody, caller: keeper) -> Json:
        return views.case_json(desk.add(caller, body.case()))

    @router.get("/{number}", summary="一个金标用例")
    def case(number: int, caller: reader) -> Json:
        found = desk.get(caller, number)
        if found is None:
            raise problems.NotFoundError(f"no golden case {number}", hint="没有这个金标用例，请刷新后重试。")
        return views.case_json(found)

    @router.put("/{number}", summary="修改金标用例")
    def save(number: int, body: GoldenBody, caller: keeper) -> Json:
        return views.case_json(desk.save(caller, replace(body.case(), number=number)))

    @router.post("/{number}/retire", summary="停用金标用例")
    def retire(number: int, body: VersionBody, caller: keeper) -> Json:
        return views.case_json(desk.retire(caller, number, body.version))

    @router.post("/{number}/restore", summary="恢复停用的金标用例")
    def restore(number: int, body: VersionBody, caller: keeper) -> Json:
        return views.case_json(desk.restore(caller, number, body.version))

    return router


def _files(router: APIRouter, desk: GoldenDesk, reader: Any, keeper: Any) -> None:
    @router.get("/export", summary="导出金标用例（xlsx 或 jsonl）")
    def export(caller: reader, form: Literal["xlsx", "jsonl"] = "xlsx", state: Which = "active") -> Response:
        data = desk.export(caller, form, STATES[state])
        headers = {"Content-Disposition": f'attachment; filename="golden.{form}"'}
        return Response(data, media_type=_TYPES[form], headers=headers)

    @router.post("/import", summary="导入金标用例（请求体为 .xlsx、.csv 或 .jsonl 文件）")
    async def take_in(request: Request, caller: keeper, replace: bool = False) -> Json:
        from fastapi.concurrency import run_in_threadpool

        data = bytearray()
        async for chunk in request.stream():
            data += chunk
            if len(data) > MAX_BYTES:
                raise InputRefused("too large", hint="文件超过 10 MB，请拆成几个再导入。")
        return views.taken_json(await run_in_threadpool(desk.take_in, caller, bytes(data), replace=replace))
