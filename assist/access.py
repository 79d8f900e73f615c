"""The one choke point: which role may do what; every handler of the API and every page asks here first."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from kb.errors import Forbidden
from kb.model import Principal, Role


class Action(StrEnum):
    """Everything that can be asked of the project from outside."""

    ASK = "ask"
    SEARCH = "search"
    READ_PASSAGE = "read_passage"
    LIST_DOCUMENTS = "list_documents"
    GIVE_FEEDBACK = "give_feedback"
    CORRECT_TYPE = "correct_type"
    LIST_GAPS = "list_gaps"
    LIST_FEEDBACK = "list_feedback"
    INGEST = "ingest"
    MAINTAIN = "maintain"
    ASK_UNRECORDED = "ask_unrecorded"
    ACT_FOR_OTHERS = "act_for_others"
    CHECK_COMPLIANCE = "check_compliance"
    SEE_WEIGHTS = "see_weights"
    DETECT_LEAVING = "detect_leaving"
    USE_SCRIPTS = "use_scripts"


_EVERYONE = frozenset(Role)
_STAFF = _EVERYONE - {Role.CUSTOMER}
_OWNERS = frozenset({Role.MAINTAINER, Role.DUTY_MANAGER, Role.INSPECTOR, Role.TRAINER, Role.ADMIN})
_OPERATOR = frozenset({Role.ADMIN})

ALLOWED: Mapping[Action, frozenset[Role]] = {
    Action.ASK: _EVERYONE,
    Action.SEARCH: _EVERYONE,
    Action.READ_PASSAGE: _EVERYONE,
    Action.LIST_DOCUMENTS: _EVERYONE,
    Action.GIVE_FEEDBACK: _EVERYONE,
    Action.CORRECT_TYPE: _STAFF,
    Action.LIST_GAPS: _OWNERS,
    Action.LIST_FEEDBACK: _OWNERS,
    Action.INGEST: _OPERATOR,
    Action.MAINTAIN: _OPERATOR,
    Action.ASK_UNRECORDED: _OPERATOR,
    Action.ACT_FOR_OTHERS: _OPERATOR,
    Action.CHECK_COMPLIANCE: _STAFF,
    Action.SEE_WEIGHTS: _OWNERS,
    Action.DETECT_LEAVING: _STAFF,
    Action.USE_SCRIPTS: _STAFF,
}
"""What a passage shows is decided by its audience in the search; this table decides who may call at all."""


def authorise(principal: Principal, action: Action) -> None:
    """Return quietly when `principal` may do `action`; otherwise raise Forbidden with a hint in Chinese."""
    if principal.role not in ALLOWED[action]:
        raise Forbidden(
            f"role {principal.role} may not {action}",
            hint="您当前的身份没有这项权限；如工作需要，请联系值班经理或管理员。",
        )
