"""The agents' side of the hand-offs: who waits, taking one, closing one; the agent page and the API use it."""

from dataclasses import asdict, replace
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from assist.access import Action, authorise
from assist.check import clean
from assist.identity import Identify
from assist.permit import permitting
from kb.mask import mask
from kb.model import Principal
from kb.store import Catalogue, Handoff

MAX_NOTE = 500


class HandoffDesk:
    """Each method raises Forbidden for a principal who does not work with customers."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._handoffs = catalogue.handoffs

    def waiting(self, principal: Principal) -> tuple[Handoff, ...]:
        """Customers waiting or looked after, the most urgent first; a number is shown to who took the customer."""
        authorise(principal, Action.WORK_HANDOFFS)
        return tuple(_shown(each, principal) for each in self._handoffs.open())

    def take(self, principal: Principal, handoff_id: int) -> Handoff:
        """Takes a waiting customer; raises UsageError when another was faster."""
        authorise(principal, Action.WORK_HANDOFFS)
        return self._handoffs.take(handoff_id, principal)

    def finish(self, principal: Principal, handoff_id: int, note: str) -> Handoff:
        """Closes a hand-off with a word on what came of it; the number is forgotten."""
        authorise(principal, Action.WORK_HANDOFFS)
        return self._handoffs.finish(handoff_id, principal, mask(clean(note))[:MAX_NOTE])


class NoteBody(BaseModel):
    """What came of a hand-off."""

    model_config = ConfigDict(extra="forbid")

    note: str = Field("", max_length=MAX_NOTE)


def handoff_router(desk: HandoffDesk, identify: Identify) -> APIRouter:
    """Routes under /api/v1/handoffs for agents' own software."""
    router = APIRouter(prefix="/api/v1/handoffs")
    permit = permitting(identify)

    @router.get("", summary="等待人工的客户")
    def waiting(principal: Annotated[Principal, permit(Action.WORK_HANDOFFS)]) -> dict[str, Any]:
        return {"handoffs": [handoff_json(each) for each in desk.waiting(principal)]}

    @router.post("/{handoff_id}/take", summary="接手一位客户")
    def take(handoff_id: int, principal: Annotated[Principal, permit(Action.WORK_HANDOFFS)]) -> dict[str, Any]:
        return handoff_json(desk.take(principal, handoff_id))

    @router.post("/{handoff_id}/finish", summary="办结")
    def finish(
        handoff_id: int, body: NoteBody, principal: Annotated[Principal, permit(Action.WORK_HANDOFFS)]
    ) -> dict[str, Any]:
        return handoff_json(desk.finish(principal, handoff_id, body.note))

    return router


def handoff_json(one: Handoff) -> dict[str, Any]:
    """A hand-off in JSON."""
    found = asdict(one)
    for name in ("at", "taken_at", "done_at"):
        found[name] = None if found[name] is None else found[name].isoformat()
    found["transcript"] = [{"role": role, "text": text} for role, text in one.transcript]
    return found


def _shown(one: Handoff, principal: Principal) -> Handoff:
    return one if one.taken_by == principal.id or not one.contact else replace(one, contact="接手后可见")
