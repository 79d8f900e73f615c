"""The compliance check over HTTP: POST /api/v1/compliance; `app.py` includes the router."""

from datetime import date
from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import Field

from assist.access import Action
from assist.body import Body
from assist.compliance.model import MAX_CHARS, Speaker
from assist.compliance.service import ComplianceDesk
from assist.compliance.transcript import write_script
from assist.compliance.views import report_json
from assist.identity import Identify
from assist.permit import permitting
from kb.errors import InputRefused

Json = dict[str, Any]


class SpokenTurn(Body):
    """One turn of a transcript."""

    speaker: Literal["agent", "manager", "customer"]
    text: str = Field(max_length=MAX_CHARS)


class CheckBody(Body):
    """A text (speakers may be named: 坐席： 客户：), or its turns; exactly one of the two."""

    text: str = Field("", description="要检查的应答，或带“坐席：”“客户：”的通话转写")
    turns: list[SpokenTurn] = Field(default_factory=list, max_length=1_000, description="也可以逐句给出转写")
    as_of: date | None = Field(None, description="按哪一天有效的规则，默认今天")
    manager: bool = Field(False, description="按值班经理的权限判断，仅限值班经理")


def compliance_router(desk: ComplianceDesk, *, identify: Identify) -> APIRouter:
    """The route of the check."""
    router = APIRouter(
        prefix="/api/v1", tags=["compliance"], dependencies=[permitting(identify)(Action.CHECK_COMPLIANCE)]
    )

    @router.post("/compliance", summary="合规检查：禁用语、缺少步骤与必告知、越权承诺、个人信息，四维评分")
    def check(request: Request, body: CheckBody) -> Json:
        caller = identify(request)
        if bool(body.text.strip()) == bool(body.turns):
            raise InputRefused("neither or both of text and turns", hint="请在 text 和 turns 里给出一个。")
        text = body.text or write_script([(Speaker(turn.speaker), turn.text) for turn in body.turns])
        report = desk.check(caller, text, as_of=body.as_of, manager=body.manager)
        return report_json(report, weights=desk.sees_weights(caller))

    return router
