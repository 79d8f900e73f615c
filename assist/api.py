"""The HTTP interface under /api/v1; `app.py` builds it, puts the pages beside it and serves both."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, Query
from fastapi.responses import StreamingResponse
from pydantic import Field

from assist import problems, views
from assist.access import Action, authorise
from assist.body import Body
from assist.desk import Desk
from assist.gate import Gate
from assist.guard import LOOPBACK, Armour, Guard, Limits
from assist.identity import Identify
from assist.model import Channel, Question, Turn
from assist.permit import Permit, permitting
from kb.errors import Forbidden
from kb.model import Passage, Principal, Role, SearchQuery
from kb.store import Feedback, GapState, Section, Verdict

PREFIX = "/api/v1"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Services:
    """What the interface stands on: `hosts` are the names it may be reached by, `accounts` says if there are any."""

    desk: Desk
    identify: Identify
    accounts: Callable[[], bool] = lambda: True
    hosts: tuple[str, ...] = LOOPBACK
    limits: Limits = field(default_factory=Limits)
    armour: Armour = field(default_factory=Armour)
    version: str = ""


class PastTurn(Body):
    """An earlier turn of the same call."""

    role: Literal["user", "assistant"]
    text: str = Field(max_length=20_000)


class _OnBehalf(Body):
    """For the operator only: in whose view, and whether anything is kept of it."""

    role: Role | None = Field(None, description="仅限操作员：以哪种身份提问")
    department: str = Field("", max_length=64)
    record: bool = Field(True, description="仅限操作员：false 时不记日志、不开缺口")


class AskBody(_OnBehalf):
    """A question; `history` oldest first, `scope` the only sources that may answer."""

    question: str = Field(description="客户或坐席的问题，2,000 字以内")
    history: list[PastTurn] = Field(default_factory=list, max_length=50)
    scope: list[str] = Field(default_factory=list, max_length=200)
    as_of: date | None = Field(None, description="按哪一天有效的规定，默认今天")
    channel: Channel = Channel.VOICE
    session: str = Field("", max_length=64, description="同一通来电的编号")


class SearchBody(_OnBehalf):
    """What is searched for."""

    question: str
    k: int = Field(10, ge=1, le=100)
    scope: list[str] = Field(default_factory=list, max_length=200)
    as_of: date | None = None


class FeedbackBody(Body):
    """What somebody thought of an answer."""

    verdict: Verdict
    reason: str = Field("", max_length=2_000)
    question_id: int | None = None
    question: str = Field("", max_length=2_000)
    answer: str = Field("", max_length=20_000)
    passage_ids: list[int] = Field(default_factory=list, max_length=20)


class TypeBody(Body):
    """The business type that is right."""

    business_type: str = Field(max_length=20)


def create_api(services: Services) -> FastAPI:
    """The application with its interface, its guard and its errors; pages are mounted on it by the caller."""
    app = FastAPI(
        title="知应",
        version=services.version or "0",
        description="呼叫中心知识库与坐席助手的接口。",
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
    )
    problems.install(app)
    # Within the guard, which is added after it.
    app.add_middleware(Gate, identify=services.identify, accounts=services.accounts)
    app.add_middleware(Guard, hosts=services.hosts, limits=services.limits, bounded=PREFIX, armour=services.armour)
    app.include_router(_router(services), prefix=PREFIX)
    return app


def _router(services: Services) -> APIRouter:
    router = APIRouter()
    permit = permitting(services.identify)
    _questions(router, services.desk, permit)
    _knowledge(router, services.desk, permit)
    _ledgers(router, services.desk, permit)
    _operator(router, services, permit)

    @router.get("/health", summary="是否在服务")
    def health() -> Json:
        return {"status": "ok" if services.desk.ready() else "empty", "version": services.version}

    return router


def _questions(router: APIRouter, desk: Desk, permit: Permit) -> None:
    @router.post("/ask", summary="提问：有据的回答，或拒答并登记缺口")
    def ask(body: AskBody, caller: Annotated[Principal, permit(Action.ASK)]) -> Json:
        question = _question(body, caller, desk)
        return views.answer_json(question, desk.answer(question))

    @router.post("/ask/stream", summary="提问，边证明边返回（server-sent events）")
    def ask_stream(body: AskBody, caller: Annotated[Principal, permit(Action.ASK)]) -> StreamingResponse:
        question = _question(body, caller, desk)
        return StreamingResponse(_events(question, desk), media_type="text/event-stream", headers=_LIVE)

    @router.get("/search", summary="检索段落")
    def search(
        caller: Annotated[Principal, permit(Action.SEARCH)],
        q: Annotated[str, Query()],
        k: Annotated[int, Query(ge=1, le=100)] = 10,
        as_of: date | None = None,
        scope: Annotated[list[str] | None, Query(max_length=200)] = None,
    ) -> Json:
        return _search(SearchBody(question=q, k=k, as_of=as_of, scope=scope or []), caller, desk)

    @router.post("/search", summary="检索段落")
    def search_body(body: SearchBody, caller: Annotated[Principal, permit(Action.SEARCH)]) -> Json:
        return _search(body, caller, desk)


def _knowledge(router: APIRouter, desk: Desk, permit: Permit) -> None:
    @router.get("/documents", summary="可见的文档")
    def documents(caller: Annotated[Principal, permit(Action.LIST_DOCUMENTS)]) -> Json:
        return {"documents": [views.document_json(one, caller) for one in desk.documents(caller)]}

    @router.get("/passages/{passage_id}", summary="一个段落，连同所在小节")
    def passage(
        passage_id: int, caller: Annotated[Principal, permit(Action.READ_PASSAGE)], as_of: date | None = None
    ) -> Json:
        day = as_of or desk.today()
        found = desk.passage(passage_id, caller, day)
        if found is None:
            raise problems.NotFoundError(
                f"no passage {passage_id}", hint="没有这个段落，或您无权查看，或当日不在有效期内。"
            )
        return views.passage_json(found, desk.section(found, caller, day), caller)


def _ledgers(router: APIRouter, desk: Desk, permit: Permit) -> None:
    @router.get("/gaps", summary="知识缺口")
    def gaps(
        caller: Annotated[Principal, permit(Action.LIST_GAPS)],
        state: Annotated[list[GapState] | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> Json:
        found = desk.gaps(caller, state or (), limit=limit, offset=offset)
        return {"gaps": [views.gap_json(gap) for gap in found]}

    @router.get("/gaps/{gap_id}", summary="一条知识缺口的全部提问与经过")
    def gap(gap_id: int, caller: Annotated[Principal, permit(Action.LIST_GAPS)]) -> Json:
        found = desk.gap(caller, gap_id)
        if found is None:
            raise problems.NotFoundError(f"no gap {gap_id}", hint="没有这条知识缺口，请刷新后重试。")
        return views.gap_detail_json(found.gap, found.questions, found.history)

    @router.post("/feedback", status_code=201, summary="评价一个回答")
    def give_feedback(body: FeedbackBody, caller: Annotated[Principal, permit(Action.GIVE_FEEDBACK)]) -> Json:
        given = body.model_dump(exclude={"passage_ids"})
        return views.feedback_json(
            desk.add_feedback(Feedback(principal=caller, passage_ids=tuple(body.passage_ids), **given))
        )

    @router.get("/feedback", summary="收到的评价")
    def feedback(
        caller: Annotated[Principal, permit(Action.LIST_FEEDBACK)],
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> Json:
        return {"feedback": [views.feedback_json(one) for one in desk.feedback(caller, limit=limit, offset=offset)]}

    @router.put("/questions/{question_id}/business-type", summary="更正业务类型")
    def correct_type(
        question_id: int, body: TypeBody, caller: Annotated[Principal, permit(Action.CORRECT_TYPE)]
    ) -> Json:
        line = desk.correct_logged_type(caller, question_id, body.business_type)
        return {"question_id": line.id, "business_type": line.corrected_type}


def _operator(router: APIRouter, services: Services, permit: Permit) -> None:
    @router.get("/operator/stats", summary="正在应答的知识库")
    def stats(caller: Annotated[Principal, permit(Action.MAINTAIN)]) -> Json:
        found = services.desk.stats(caller)
        return {name: getattr(found, name) for name in found.__dataclass_fields__}


_LIVE = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def _question(body: AskBody, caller: Principal, desk: Desk) -> Question:
    return Question(
        text=body.question,
        principal=_view(body, caller),
        as_of=body.as_of or desk.today(),
        history=tuple(Turn(turn.role, turn.text) for turn in body.history),
        scope=tuple(body.scope),
        channel=body.channel,
        session=body.session,
        record=body.record,
    )


def _view(body: _OnBehalf, caller: Principal) -> Principal:
    """Whose view is asked for; only the operator may choose another's, or leave no trace."""
    if not body.record:
        authorise(caller, Action.ASK_UNRECORDED)
    if body.role is None and not body.department:
        return caller
    authorise(caller, Action.ACT_FOR_OTHERS)
    return Principal(caller.id, body.role or caller.role, body.department)


def _search(body: SearchBody, caller: Principal, desk: Desk) -> Json:
    principal = _view(body, caller)
    query = SearchQuery(body.question, principal, body.as_of or desk.today(), k=body.k, scope=tuple(body.scope))

    def section(passage: Passage) -> Section | None:
        try:
            return desk.section(passage, principal, query.as_of)
        except Forbidden:  # a token that may search and no more gets its hits without what stands around them
            return None

    return views.search_json(body.question, desk.search(query), section)


def _events(question: Question, desk: Desk) -> Iterator[str]:
    """Server-sent events of an answer; an error in the middle is the last event, a problem."""
    try:
        for event in desk.stream(question):
            name, data = views.event_json(question, event)
            yield _event(name, data)
    except Exception as error:
        yield _event("error", problems.of(error))


def _event(name: str, data: Mapping[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
