"""The agents' side of the hand-offs: who waits, taking one, closing one; the agent page and the API use it."""

from collections.abc import Collection
from dataclasses import asdict, replace
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from assist.access import Action, authorise
from assist.check import clean
from assist.identity import Identify
from assist.permit import permitting
from kb.errors import Forbidden
from kb.mask import mask
from kb.model import Principal, Role
from kb.store import Catalogue, Handoff, HandoffState

MAX_NOTE = 500


_LEADS = frozenset({Role.DUTY_MANAGER, Role.ADMIN})
"""They see every conversation and may close any."""


class HandoffDesk:
    """Each method raises Forbidden for a principal who does not work with customers.

    `departments` are those that do, none for all. A conversation that was taken is seen by who took it, the same
    department and those who lead; others do not even see that it is there.
    """

    def __init__(self, catalogue: Catalogue, *, departments: Collection[str] = ()) -> None:
        self._handoffs = catalogue.handoffs
        self._people = catalogue.people
        self._departments = frozenset(departments)

    def waiting(self, principal: Principal) -> tuple[Handoff, ...]:
        """Customers waiting or looked after, the most urgent first; a number is shown to who took the customer."""
        self._require(principal)
        return tuple(_shown(each, principal) for each in self._handoffs.open() if _may_see(each, principal))

    def take(self, principal: Principal, handoff_id: int) -> Handoff:
        """Takes a waiting customer; raises UsageError when another was faster."""
        self._require(principal)
        return self._handoffs.take(handoff_id, principal)

    def finish(self, principal: Principal, handoff_id: int, note: str) -> Handoff:
        """Closes a hand-off with a word on what came of it; the number is forgotten.

        Raises Forbidden for a customer whom somebody else took, unless the principal leads.
        """
        self._require(principal)
        one = self._handoffs.get(handoff_id)
        if one is not None and one.taken_by not in {"", principal.id} and principal.role not in _LEADS:
            raise Forbidden(
                "another took this customer", hint="这位客户由别的坐席接手，只有接手的人或值班经理可以办结。"
            )
        return self._handoffs.finish(handoff_id, principal, mask(clean(note))[:MAX_NOTE])

    def name_of(self, key: str) -> str:
        """The name to show of who took a customer."""
        person = self._people.get(key)
        return (person.name or person.login) if person else key

    def _require(self, principal: Principal) -> None:
        authorise(principal, Action.WORK_HANDOFFS)
        if self._departments and principal.role not in _LEADS and principal.department not in self._departments:
            raise Forbidden("another department works with customers", hint="您所在的部门不接待转人工的客户。")


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


def _may_see(one: Handoff, principal: Principal) -> bool:
    if one.state is HandoffState.WAITING or principal.role in _LEADS or one.taken_by == principal.id:
        return True
    return bool(one.department) and one.department == principal.department


def _shown(one: Handoff, principal: Principal) -> Handoff:
    return one if one.taken_by == principal.id or not one.contact else replace(one, contact="接手后可见")
