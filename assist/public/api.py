"""The public site's HTTP interface: ask, say whether it helped, call a person; app.py puts the page beside it."""

from importlib import resources
from typing import Any, Literal

from fastapi import APIRouter, FastAPI, Response
from pydantic import BaseModel, ConfigDict, Field

from assist import problems
from assist.guard import LOOPBACK, Armour, Guard, Limits
from assist.model import Answer, Citation, Mode, Outcome
from assist.public.conversation import Conversation, Said
from assist.public.desk import PublicDesk, Reply
from assist.wording import say

PREFIX = "/api/v1"
PAGE = "/help"
Json = dict[str, Any]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Exchange(_Body):
    """One earlier exchange: what the customer said, what came back."""

    text: str = Field(max_length=2_000)
    reply: str = Field(max_length=8_000)


class TalkBody(_Body):
    """A conversation so far; the site keeps none."""

    session: str = Field("", max_length=64, pattern=r"^[0-9a-f]*$")
    history: list[Exchange] = Field(default_factory=list, max_length=12)
    ticket: str = Field("", max_length=20, pattern=r"^[0-9A-Z-]*$")


class AskBody(TalkBody):
    """Something a customer says."""

    question: str = Field(max_length=20_000)


class FeedbackBody(TalkBody):
    """Whether the last answer helped."""

    helpful: bool


class PersonBody(TalkBody):
    """The wish for a person."""

    reason: Literal["asked", "refused", "unhelpful"] = "asked"


class CallbackBody(TalkBody):
    """The wish to be called back."""

    phone: str = Field(max_length=40)
    wanted_at: str = Field("", max_length=100)


def create_public_api(desk: PublicDesk, *, version: str, limits: Limits | None = None) -> FastAPI:
    """The application with its interface, its guard and its errors; the page is mounted by the caller."""
    app = FastAPI(
        title=desk.service.name,
        version=version,
        description="客户自助服务的接口：只有公开、已审批、今天有效的内容。",
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
    )
    problems.install(app)
    hosts = (*LOOPBACK, *desk.service.hosts)
    armour = Armour(frames=desk.service.origins)
    app.add_middleware(Guard, hosts=hosts, limits=limits or Limits(body=64 * 1024), bounded=PREFIX, armour=armour)
    app.include_router(_router(desk), prefix=PREFIX)

    @app.get("/embed.js", include_in_schema=False)
    def embed() -> Response:
        script = resources.files("assist.public").joinpath("embed.js").read_text(encoding="utf-8")
        # The one thing other sites load into their own pages; it holds nothing but the address of this one.
        headers = {"Cache-Control": "max-age=3600", "Cross-Origin-Resource-Policy": "cross-origin"}
        return Response(script.replace("{{PAGE}}", PAGE), media_type="text/javascript", headers=headers)

    return app


def content_policy(desk: PublicDesk, policy: str) -> str:
    """`policy` with the sites that may show the page in a frame; the browser turns every other one away."""
    allowed = " ".join(("'self'", *desk.service.origins))
    return f"{policy}; frame-ancestors {allowed}"


def _router(desk: PublicDesk) -> APIRouter:
    router = APIRouter()

    @router.get("/health", summary="是否在服务")
    def health() -> Json:
        return {"status": "ok" if desk.ready() else "empty"}

    @router.get("/welcome", summary="常见主题与问题，人工服务是否在线")
    def welcome() -> Json:
        found = desk.welcome()
        topics = [{"name": each.name, "questions": list(each.questions)} for each in found.topics]
        return {"topics": topics, "frequent": list(found.frequent), "open_now": desk.open_now()}

    @router.post("/ask", summary="提问")
    def ask(body: AskBody, response: Response) -> Json:
        response.headers["Cache-Control"] = "no-store"
        return reply_json(desk.reply(_conversation(body), body.question))

    @router.post("/feedback", status_code=201, summary="有没有帮到您")
    def feedback(body: FeedbackBody) -> Json:
        desk.helped(_conversation(body), body.helpful)
        return {"kept": True}

    @router.post("/person", status_code=201, summary="转人工")
    def person(body: PersonBody) -> Json:
        called = desk.call_person(_conversation(body), body.reason)
        return {"session": called.id, "ticket": called.ticket, "open_now": desk.open_now()}

    @router.post("/callback", status_code=201, summary="预约回电")
    def callback(body: CallbackBody) -> Json:
        called = desk.call_back(_conversation(body), body.phone, body.wanted_at)
        return {"session": called.id, "ticket": called.ticket}

    return router


def reply_json(reply: Reply) -> Json:
    """What a customer gets, in JSON; no file, no folder, no staff field is in it."""
    answer = reply.answer
    return {
        "session": reply.conversation.id,
        "ticket": reply.conversation.ticket,
        "text": reply.text,
        "outcome": None if answer is None else answer.outcome.value,
        "mode": None if answer is None or answer.mode is None else answer.mode.value,
        "label": say("public.generated") if reply.generated else None,
        "choices": [] if answer is None else list(answer.choices),
        "notices": [] if answer is None else list(answer.notices),
        "sources": [] if answer is None else [_source(one) for one in answer.citations],
        "alarm": None if reply.alarm is None else reply.alarm.name,
        "offer_person": reply.offer_person,
    }


def _source(citation: Citation) -> Json:
    return {
        "n": citation.n,
        "title": citation.title,
        "heading": list(citation.heading),
        "quote": citation.quote,
        "effective_from": None if citation.effective_from is None else citation.effective_from.isoformat(),
        "effective_to": None if citation.effective_to is None else citation.effective_to.isoformat(),
    }


def _conversation(body: TalkBody) -> Conversation:
    """The conversation as its holder tells it; nothing but the words is taken over."""
    said = tuple(Said(one.text, one.reply, _told(one.reply)) for one in body.history)
    return Conversation(body.session, said, ticket=body.ticket)


def _told(text: str) -> Answer:
    return Answer(Outcome.ANSWERED, text, mode=Mode.QUOTED)
