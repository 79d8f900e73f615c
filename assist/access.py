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
    WORK_GAPS = "work_gaps"
    SUGGEST = "suggest"
    WRITE_DRAFTS = "write_drafts"
    APPROVE_DRAFTS = "approve_drafts"
    RELEASE = "release"
    READ_NEWS = "read_news"
    READ_REPORTS = "read_reports"
    INGEST = "ingest"
    MAINTAIN = "maintain"
    ASK_UNRECORDED = "ask_unrecorded"
    ACT_FOR_OTHERS = "act_for_others"
    DRAFT_RETENTION = "draft_retention"
    RECORD_OUTCOME = "record_outcome"
    READ_RETENTION = "read_retention"
    RUN_TRIALS = "run_trials"
    ROUTE_OPINIONS = "route_opinions"
    MAKE_QUIZ = "make_quiz"
    PRACTISE = "practise"
    SEE_LEARNERS = "see_learners"
    CALL_A_PERSON = "call_a_person"
    WORK_HANDOFFS = "work_handoffs"
    CHECK_COMPLIANCE = "check_compliance"
    SEE_WEIGHTS = "see_weights"
    DETECT_LEAVING = "detect_leaving"
    USE_SCRIPTS = "use_scripts"


_EVERYONE = frozenset(Role)
_STAFF = _EVERYONE - {Role.CUSTOMER}
_OWNERS = frozenset({Role.MAINTAINER, Role.DUTY_MANAGER, Role.INSPECTOR, Role.TRAINER, Role.ADMIN})
_KEEPERS = frozenset({Role.MAINTAINER, Role.DUTY_MANAGER, Role.ADMIN})
_OPERATOR = frozenset({Role.ADMIN})
_LEADS = frozenset({Role.DUTY_MANAGER, Role.MAINTAINER, Role.ADMIN})
_TRAINERS = frozenset({Role.TRAINER, Role.ADMIN})

ALLOWED: Mapping[Action, frozenset[Role]] = {
    Action.ASK: _EVERYONE,
    Action.SEARCH: _EVERYONE,
    Action.READ_PASSAGE: _EVERYONE,
    Action.LIST_DOCUMENTS: _EVERYONE,
    Action.GIVE_FEEDBACK: _EVERYONE,
    Action.CORRECT_TYPE: _STAFF,
    Action.LIST_GAPS: _OWNERS,
    Action.LIST_FEEDBACK: _OWNERS,
    Action.WORK_GAPS: _KEEPERS,
    Action.SUGGEST: _STAFF,
    Action.WRITE_DRAFTS: _KEEPERS,
    Action.APPROVE_DRAFTS: _KEEPERS,
    Action.RELEASE: _KEEPERS,
    Action.READ_NEWS: _STAFF,
    Action.READ_REPORTS: _OWNERS,
    Action.INGEST: _OPERATOR,
    Action.MAINTAIN: _OPERATOR,
    Action.ASK_UNRECORDED: _OPERATOR,
    Action.ACT_FOR_OTHERS: _OPERATOR,
    Action.DRAFT_RETENTION: _STAFF,
    Action.RECORD_OUTCOME: _STAFF,
    Action.READ_RETENTION: _OWNERS,
    Action.RUN_TRIALS: _LEADS,
    Action.ROUTE_OPINIONS: _OWNERS,
    Action.MAKE_QUIZ: _TRAINERS,
    Action.PRACTISE: _STAFF,
    Action.SEE_LEARNERS: _TRAINERS,
    Action.CALL_A_PERSON: _EVERYONE,
    Action.WORK_HANDOFFS: frozenset({Role.AGENT, Role.DUTY_MANAGER, Role.ADMIN}),
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
