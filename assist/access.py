"""The one choke point: which role may do what; every handler of the API, page and page event asks here first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kb.errors import Forbidden
from kb.model import Principal, Role

TOKEN_PREFIX = "zy_"  # noqa: S105
"""What every API token begins with."""


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
    KEEP_GOLDEN = "keep_golden"
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
    COACH = "coach"
    CALL_A_PERSON = "call_a_person"
    WORK_HANDOFFS = "work_handoffs"
    CHECK_COMPLIANCE = "check_compliance"
    SEE_WEIGHTS = "see_weights"
    DETECT_LEAVING = "detect_leaving"
    USE_SCRIPTS = "use_scripts"
    USE_AGENT_PAGE = "use_agent_page"
    OWN_ACCOUNT = "own_account"
    MANAGE_PEOPLE = "manage_people"
    READ_AUDIT = "read_audit"
    EXPORT_AUDIT = "export_audit"
    PRUNE_AUDIT = "prune_audit"
    ERASE_PERSON = "erase_person"


@dataclass(frozen=True, slots=True)
class Caller(Principal):
    """A principal who came with a token: may do what is in `scope` and no more; None is no limit."""

    scope: frozenset[Action] | None = None


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
    Action.KEEP_GOLDEN: _KEEPERS,
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
    Action.COACH: _TRAINERS | {Role.DUTY_MANAGER},
    Action.CALL_A_PERSON: _EVERYONE,
    Action.WORK_HANDOFFS: frozenset({Role.AGENT, Role.DUTY_MANAGER, Role.ADMIN}),
    Action.CHECK_COMPLIANCE: _STAFF,
    Action.SEE_WEIGHTS: _OWNERS,
    Action.DETECT_LEAVING: _STAFF,
    Action.USE_SCRIPTS: _STAFF,
    Action.USE_AGENT_PAGE: _STAFF,
    Action.OWN_ACCOUNT: _STAFF,
    Action.MANAGE_PEOPLE: _OPERATOR,
    Action.READ_AUDIT: frozenset({Role.INSPECTOR, Role.ADMIN}),
    Action.EXPORT_AUDIT: _OPERATOR,
    Action.PRUNE_AUDIT: _OPERATOR,
    Action.ERASE_PERSON: _OPERATOR,
}
"""What a passage shows is decided by its audience in the search; this table decides who may call at all."""

PAGES: Mapping[str, Action] = {
    "/agent": Action.USE_AGENT_PAGE,
    "/scripts": Action.USE_SCRIPTS,
    "/compliance": Action.CHECK_COMPLIANCE,
    "/retention": Action.DRAFT_RETENTION,
    "/practice": Action.PRACTISE,
    "/trainer": Action.MAKE_QUIZ,
    "/coaching": Action.COACH,
    "/maintain": Action.LIST_GAPS,
    "/people": Action.READ_AUDIT,
}
"""Who may open a page and send its events, by the path it is mounted at; a page that is not here is not served.

Until there are accounts, whoever may use the agent's page may open them all: each asks for a role in its own words.
"""

OPEN_ROUTES: frozenset[tuple[str, str]] = frozenset(
    {
        ("GET", "/api/v1/health"),
        ("POST", "/api/v1/session"),
        ("DELETE", "/api/v1/session"),
        ("POST", "/api/v1/session/link"),
    }
)
"""Routes of the interface that need nobody; every other one declares an action, or a test fails."""


def page_rule(path: str) -> Action | None:
    """The action that stands before a path of the site, None for one below no declared page."""
    for page, action in PAGES.items():
        if path == page or path.startswith(f"{page}/"):
            return action
    return None


def authorise(principal: Principal, action: Action) -> None:
    """Return quietly when `principal` may do `action`; otherwise raise Forbidden with a hint in Chinese."""
    if isinstance(principal, Caller) and principal.scope is not None and action not in principal.scope:
        raise Forbidden(f"token may not {action}", hint="这个令牌的权限范围不包括这项操作。")
    if principal.role not in ALLOWED[action]:
        raise Forbidden(
            f"role {principal.role} may not {action}",
            hint="您当前的身份没有这项权限；如工作需要，请联系值班经理或管理员。",
        )
