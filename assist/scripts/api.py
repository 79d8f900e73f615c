"""Scripts over HTTP: list, search by situation, fill, keep at hand, count; `app.py` includes the router."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from assist.access import Action
from assist.body import Body
from assist.identity import Identify
from assist.permit import permitting
from assist.scripts.library import ScriptLibrary
from assist.scripts.model import Choice
from assist.scripts.views import filled_json, shown_json

Json = dict[str, Any]


class FillBody(Body):
    """Which script, and what is known of the call."""

    key: str = Field(max_length=400, description="话术的键，见列表")
    context: dict[str, str] = Field(default_factory=dict, description="槽位的值，如 {“客户姓”: “陈”}")
    said: list[str] = Field(default_factory=list, max_length=200, description="通话里说过的话，用来补没给的槽位")
    as_of: date | None = None


class KeyBody(Body):
    """Which script."""

    key: str = Field(max_length=400)


class UseBody(KeyBody):
    """A use of a script."""

    channel: str = Field("", max_length=40)


def scripts_router(library: ScriptLibrary, *, identify: Identify) -> APIRouter:
    """Routes below /api/v1/scripts."""
    router = APIRouter(
        prefix="/api/v1/scripts", tags=["scripts"], dependencies=[permitting(identify)(Action.USE_SCRIPTS)]
    )

    @router.get("", summary="话术：按场景、触发语、可见范围、渠道、日期，或按情形检索")
    def listed(
        request: Request,
        situation: Annotated[str, Query(max_length=2_000, description="情形，如 客户一直不说话")] = "",
        scenario: Annotated[str, Query(max_length=100)] = "",
        trigger: Annotated[str, Query(max_length=100)] = "",
        audience: Annotated[str, Query(max_length=200)] = "",
        channel: Annotated[str, Query(max_length=40)] = "",
        as_of: date | None = None,
        ended: Annotated[bool, Query(description="连同当日不在有效期内的")] = False,
    ) -> Json:
        caller = identify(request)
        choice = Choice(as_of or library.today(), scenario, trigger, audience, channel, ended)
        found = library.search(caller, situation, choice) if situation else library.browse(caller, choice)
        return {"as_of": choice.as_of, "scripts": [shown_json(one) for one in found]}

    @router.get("/favourites", summary="我收藏的话术")
    def favourites(request: Request, as_of: date | None = None) -> Json:
        found = library.at_hand(identify(request), as_of or library.today())
        return {"scripts": [shown_json(one) for one in found]}

    @router.put("/favourites", status_code=204, summary="收藏一条话术")
    def keep(request: Request, body: KeyBody) -> None:
        library.favour(identify(request), body.key, keep=True)

    @router.delete("/favourites", status_code=204, summary="取消收藏")
    def drop(request: Request, key: Annotated[str, Query(max_length=400)]) -> None:
        library.favour(identify(request), key, keep=False)

    @router.get("/most-used", summary="用得最多的话术")
    def most_used(request: Request, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> Json:
        found = library.most_used(identify(request), library.today(), limit)
        return {"scripts": [shown_json(one) for one in found]}

    @router.post("/used", status_code=204, summary="记一次使用")
    def used(request: Request, body: UseBody) -> None:
        library.use(identify(request), body.key, body.channel)

    @router.post("/fill", summary="按通话情况填槽位，未知的标出")
    def filled(request: Request, body: FillBody) -> Json:
        day = body.as_of or library.today()
        return filled_json(library.fill(identify(request), body.key, day, body.context, body.said))

    return router
