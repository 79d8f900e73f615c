"""Quizzes and practice over HTTP under /api/v1/quiz and /api/v1/practice; `app.py` includes the router."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, Query, Request, Response
from pydantic import Field

from assist import problems
from assist.access import Action
from assist.body import Body
from assist.identity import Identify
from assist.permit import permitting
from assist.quiz import views
from assist.quiz.coaching import Coach
from assist.quiz.desk import AGENT, Base, QuizDesk
from assist.quiz.exports import FORMATS, Sheet, export
from assist.quiz.mastery import Mastery
from assist.quiz.model import ItemKind, Order
from assist.quiz.practice import Practice, Wish
from assist.quiz.roleplay import Judge
from kb.clock import Clock
from kb.errors import InputRefused
from kb.model import Principal, Role
from kb.store import ItemState, Learner

PREFIX = "/api/v1"
LAST = 2**31 - 1
UPLOAD = f"{PREFIX}/quiz/import"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class QuizServices:
    """What the routes stand on."""

    desk: QuizDesk
    practice: Practice
    mastery: Mastery
    coach: Coach
    identify: Identify


def include_quizzes(
    app: FastAPI, *, base: Base, desk: QuizDesk, clock: Clock, identify: Identify, judge: Judge | None = None
) -> QuizServices:
    """Puts the routes into `app` and returns what they stand on, for the pages; `judge` scores role-play."""
    mastery = Mastery(base=base, clock=clock, reports=desk.reports)
    coach = Coach(base=base, clock=clock, mastery=mastery)
    practice = Practice(base=base, desk=desk, clock=clock, judge=judge, told=coach.heard)
    services = QuizServices(desk, practice, mastery, coach, identify)
    app.include_router(quiz_router(services))
    return services


class OrderBody(Body):
    """What is wanted."""

    count: int = Field(20, ge=1, le=1000, description="题数")
    topics: list[str] = Field(default_factory=list, max_length=50)
    sources: list[str] = Field(default_factory=list, max_length=50)
    stage: str = Field("", max_length=20)
    kinds: list[ItemKind] = Field(default_factory=list)
    difficulty: int = Field(0, ge=0, le=3, description="0 为不限")
    since_release: int | None = Field(None, ge=1, le=LAST, description="只出这个发布没有的内容：之后新增或改动的")
    until_release: int | None = Field(
        None, ge=1, le=LAST, description="与 since_release 比较的发布；不填为今天有效的全部内容"
    )
    reword: bool = Field(True, description="设了语言模型时，题干换更自然的说法；每题都再核对，对不上的用规则的题干")
    seed: int = Field(1, ge=1)
    as_of: date | None = None
    audience: Role = Field(Role.AGENT, description="给谁做：只用这个身份看得到的知识")
    fresh: bool = Field(True, description="题库里已有的事实不再出")
    keep: bool = Field(True, description="false 只预览，不进题库")


class EditBody(Body):
    """Changes to an item: the fields to change only."""

    changes: dict[str, Any]
    note: str = Field("", max_length=500)


class DecideBody(Body):
    """A trainer's decision."""

    state: Literal["accepted", "rejected"]
    reason: str = Field("", max_length=500)


class PaperBody(Body):
    """A paper of accepted items."""

    title: str = Field(max_length=80)
    items: list[str] = Field(min_length=1, max_length=200)
    minutes: int = Field(0, ge=0, le=600)
    seed: int = Field(1, ge=1)


class WishBody(Body):
    """What somebody wants to practise."""

    mode: Literal["practice", "exam", "roleplay"] = "practice"
    count: int = Field(10, ge=1, le=100)
    topics: list[str] = Field(default_factory=list, max_length=20)
    stage: str = Field("", max_length=20)
    minutes: int = Field(0, ge=0, le=600)
    seed: int = Field(0, ge=0, description="同一种子同一套题、同一选项顺序；0 为随机")
    paper_id: int | None = None


class AnswerBody(Body):
    """An answer to the item at a place."""

    place: int = Field(ge=1)
    given: str = Field(max_length=2_000)


class LearnerBody(Body):
    """Team and stage of somebody who practises."""

    person: str = Field(min_length=1, max_length=64)
    team: str = Field("", max_length=64)
    stage: str = Field("", max_length=20)
    trainer: str = Field("", max_length=64, description="由管理员指定的内训师；内训师自己登记时不填")


class CoachedBody(Body):
    """What was done about an entry."""

    note: str = Field("", max_length=500)


def quiz_router(services: QuizServices) -> APIRouter:
    """All routes, each behind the choke point."""
    router = APIRouter(prefix=PREFIX, tags=["quiz"])
    permit = permitting(services.identify)
    trainer = Annotated[Principal, permit(Action.MAKE_QUIZ)]
    person = Annotated[Principal, permit(Action.PRACTISE)]
    coach = Annotated[Principal, permit(Action.SEE_LEARNERS)]
    _making(router, services.desk, trainer)
    _bank(router, services.desk, trainer)
    _papers(router, services.desk, trainer)
    _practice(router, services.practice, person)
    _mastery(router, services.mastery, person, coach)
    _coaching(router, services.coach, Annotated[Principal, permit(Action.COACH)])
    return router


def _making(router: APIRouter, desk: QuizDesk, trainer: Any) -> None:
    @router.get("/quiz/topics", summary="可以出题的主题和阶段")
    def topics(caller: trainer) -> Json:
        return {"topics": desk.topics(caller), "stages": list(desk.stages(caller)), "rewords": desk.rewords}

    @router.get("/quiz/releases", summary="生效过的发布：任选两次可比较")
    def releases(caller: trainer) -> Json:
        return {"releases": [views.release_json(one) for one in desk.releases(caller)]}

    @router.post("/quiz/generate", summary="出题：每题都有现行有效的出处；材料不够时说明原因")
    def make(body: OrderBody, caller: trainer) -> Json:
        order = Order(
            count=body.count,
            principal=caller,
            audience=AGENT if body.audience is Role.AGENT else Principal("audience", body.audience),
            as_of=body.as_of or desk.today(),
            topics=tuple(body.topics),
            sources=tuple(body.sources),
            stage=body.stage,
            kinds=tuple(body.kinds),
            difficulty=body.difficulty,
            since_release=body.since_release,
            until_release=body.until_release,
            reword=body.reword,
            seed=body.seed,
        )
        if not body.keep:
            return views.generated_json(desk.preview(order))
        return views.made_json(desk.make(order, fresh=body.fresh))

    @router.post("/quiz/import", summary="导入已有题库（请求体为 .xlsx 文件）")
    async def take_in(request: Request, caller: trainer) -> Json:
        from fastapi.concurrency import run_in_threadpool

        from assist.quiz.exports.sheet import MAX_BYTES, read

        data = bytearray()
        async for chunk in request.stream():
            data += chunk
            if len(data) > MAX_BYTES:
                raise InputRefused("too large", hint="文件超过 10 MB，请拆成几个再导入。")
        rows = await run_in_threadpool(read, bytes(data))
        return views.taken_json(await run_in_threadpool(desk.take_in, caller, rows))

    @router.post("/quiz/check", summary="核对题库：出处变更或矛盾的题停用")
    def check(caller: trainer) -> Json:
        return views.checked_json(desk.check(caller))


def _bank(router: APIRouter, desk: QuizDesk, trainer: Any) -> None:
    @router.get("/quiz/items", summary="题库")
    def items(
        caller: trainer,
        state: Annotated[list[ItemState] | None, Query()] = None,
        topic: Annotated[list[str] | None, Query(max_length=50)] = None,
        kind: Annotated[list[ItemKind] | None, Query()] = None,
        stage: str = "",
        tag: str = "",
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> Json:
        rows = desk.browse(
            caller,
            state or (),
            topics=topic or (),
            kinds=[each.value for each in kind or ()],
            stage=stage,
            tag=tag,
            limit=limit,
            offset=offset,
        )
        figures = desk.figures(caller, [row.id for row in rows])
        counts = {each.value: count for each, count in desk.counts(caller).items()}
        return {"items": [views.bank_json(row, figures[row.id]) for row in rows], "counts": counts}

    @router.get("/quiz/items/{item_id}", summary="一道题和它的经过")
    def item(item_id: str, caller: trainer) -> Json:
        row = desk.get(caller, item_id)
        if row is None:
            raise problems.NotFoundError(f"no item {item_id}", hint="题库里没有这道题，请刷新后重试。")
        history = [views.event_json(event) for event in desk.events(caller, item_id)]
        return views.bank_json(row, desk.figures(caller, [item_id])[item_id]) | {"history": history}

    @router.put("/quiz/items/{item_id}", summary="修改一道题，成为新版本，重新待审")
    def edit(item_id: str, body: EditBody, caller: trainer) -> Json:
        return views.bank_json(desk.edit(caller, item_id, body.changes, body.note))

    @router.post("/quiz/items/{item_id}/decision", summary="采用或退回")
    def decide(item_id: str, body: DecideBody, caller: trainer) -> Json:
        if body.state == "accepted":
            return views.bank_json(desk.accept(caller, item_id, body.reason))
        return views.bank_json(desk.reject(caller, item_id, body.reason))


def _papers(router: APIRouter, desk: QuizDesk, trainer: Any) -> None:
    @router.get("/quiz/papers", summary="试卷")
    def papers(caller: trainer) -> Json:
        return {"papers": [views.paper_json(paper) for paper in desk.papers(caller)]}

    @router.post("/quiz/papers", status_code=201, summary="组卷：当日重新核对，失效的题不收")
    def paper(body: PaperBody, caller: trainer) -> Json:
        return views.paper_json(desk.paper(caller, body.title, body.items, minutes=body.minutes, seed=body.seed))

    @router.get("/quiz/papers/{paper_id}/export", summary="导出试卷", response_class=Response)
    def exported(paper_id: int, caller: trainer, format: Annotated[str, Query(max_length=10)] = "xlsx") -> Response:
        found = desk.paper_of(caller, paper_id)
        if found is None:
            raise problems.NotFoundError(f"no paper {paper_id}", hint="没有这份试卷，请刷新后重试。")
        items = tuple(desk.paper_items(caller, found))
        data = export(format, Sheet(found.title, items, found.minutes, desk.today().isoformat()))
        name = quote(f"{found.title}{FORMATS[format].suffix}")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "no-store"}
        return Response(data, media_type=FORMATS[format].media_type, headers=headers)


def _practice(router: APIRouter, practice: Practice, person: Any) -> None:
    @router.get("/practice/topics", summary="可以练习的主题，以及到期待复习的题数")
    def topics(caller: person) -> Json:
        return {"topics": practice.topics(caller), "due": practice.due(caller)}

    @router.post("/practice/sessions", status_code=201, summary="开始一轮练习、考试或角色扮演")
    def start(body: WishBody, caller: person) -> Json:
        wish = Wish(body.mode, body.count, tuple(body.topics), body.stage, body.minutes, body.seed, body.paper_id)
        return views.session_json(practice.start(caller, wish))

    @router.get("/practice/sessions", summary="自己的练习")
    def sessions(caller: person) -> Json:
        return {"sessions": [views.session_json(one) for one in practice.history(caller)]}

    @router.get("/practice/sessions/{session_id}/items/{place}", summary="一道题（不含答案）")
    def show(session_id: int, place: int, caller: person) -> Json:
        return views.shown_json(practice.show(caller, session_id, place))

    @router.post("/practice/sessions/{session_id}/answers", summary="作答：立即反馈和出处；考试中只记录")
    def answer(session_id: int, body: AnswerBody, caller: person) -> Json:
        return views.feedback_json(practice.answer(caller, session_id, body.place, body.given))

    @router.post("/practice/sessions/{session_id}/finish", summary="交卷")
    def finish(session_id: int, caller: person) -> Json:
        return views.result_json(practice.finish(caller, session_id))


def _mastery(router: APIRouter, mastery: Mastery, person: Any, coach: Any) -> None:
    @router.get("/practice/mastery", summary="掌握程度：自己的，或自己学员的")
    def profile(caller: person, of: Annotated[str, Query(max_length=64)] = "") -> Json:
        return views.profile_json(mastery.profile(caller, of or caller.id))

    @router.get("/practice/learners", summary="自己的学员")
    def learners(caller: coach) -> Json:
        names = mastery.learners.names()
        return {
            "learners": [
                asdict(one) | {"name": names.get(one.person, one.person)} for one in mastery.learners.of(caller)
            ]
        }

    @router.put("/practice/learners", summary="登记学员的班组和阶段")
    def enrol(body: LearnerBody, caller: coach) -> Json:
        return asdict(mastery.learners.enrol(caller, Learner(body.person, body.team, body.stage, body.trainer)))

    @router.get("/practice/teams", summary="班组的掌握程度（少于三人不显示）")
    def teams(caller: coach, team: Annotated[str, Query(max_length=64)] = "") -> Json:
        names = [team] if team else list(mastery.teams(caller))
        return {"teams": [views.team_json(mastery.team(caller, name)) for name in names]}

    @router.post("/practice/hard-items", summary="多人答错的题报给知识维护")
    def hard(caller: coach) -> Json:
        return {"items": list(mastery.report_hard_items(caller))}


def _coaching(router: APIRouter, coach: Coach, leader: Any) -> None:
    @router.get("/practice/coaching", summary="要辅导的：班组的，和自己学员的")
    def entries(caller: leader, done: bool = False) -> Json:
        names = coach.names()
        return {"coaching": [views.coaching_json(one, names) for one in coach.list(caller, done=done)]}

    @router.post("/practice/coaching/{number}/done", summary="记下已经辅导")
    def coached(number: int, body: CoachedBody, caller: leader) -> Json:
        return views.coaching_json(coach.done(caller, number, body.note), coach.names())
