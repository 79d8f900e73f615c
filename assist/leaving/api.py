"""Leaving intent over HTTP: POST /api/v1/leaving; `app.py` includes the router."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field

from assist.access import Action
from assist.body import Body
from assist.compliance.model import MAX_CHARS
from assist.identity import Identify
from assist.leaving.model import LeavingReason
from assist.leaving.offer import Draft, LeavingAdvisor, Offered
from assist.permit import permitting
from kb.clock import Clock, today

Json = dict[str, Any]


class LeavingBody(Body):
    """What the customer said: one utterance or a transcript."""

    text: str = Field(max_length=MAX_CHARS, description="客户的话，或带“坐席：”“客户：”的转写")
    as_of: date | None = None
    channel: str = Field("voice", max_length=20)


def leaving_router(advisor: LeavingAdvisor, *, identify: Identify, clock: Clock) -> APIRouter:
    """The route of the detection."""
    router = APIRouter(prefix="/api/v1", tags=["leaving"], dependencies=[permitting(identify)(Action.DETECT_LEAVING)])

    @router.post("/leaving", summary="离网倾向：有没有、七种原因里的哪一种，连同挽留话术")
    def leaving(request: Request, body: LeavingBody) -> Json:
        caller = identify(request)
        day = body.as_of or today(clock)
        offered = advisor.offer(caller, [body.text], as_of=day, channel=body.channel)
        return offered_json(offered or Offered(advisor.detect(caller, body.text), None))

    return router


def offered_json(offered: Offered) -> Json:
    """What was detected, and the draft if there is one."""
    found = offered.leaving
    return {
        "leaving": found.intends,
        "probability": found.probability,
        "reason": found.reason.value if found.reason else None,
        "reason_label": found.reason.label if found.reason else None,
        "shares": {reason.value: found.shares.get(reason, 0.0) for reason in LeavingReason},
        "wants": found.wants or None,
        "cues": [{"start": one.start, "end": one.end, "text": one.text, "meaning": one.meaning} for one in found.cues],
        "draft": None if offered.draft is None else _draft_json(offered.draft),
    }


def _draft_json(draft: Draft) -> Json:
    return {
        "title": draft.title,
        "steps": list(draft.steps),
        "source": draft.source,
        "forbidden": list(draft.forbidden),
        "notes": draft.notes,
        "effective_from": draft.effective_from.isoformat() if draft.effective_from else None,
        "effective_to": draft.effective_to.isoformat() if draft.effective_to else None,
        "link": draft.link or None,
        "sections": [{"title": title, "lines": list(lines)} for title, lines in draft.sections],
    }
