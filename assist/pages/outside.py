"""Leaving for an outside provider and coming back: the two addresses of such a sign-in, beside the sign-in page."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from assist.pages.signin import HOME, PATH, problem_page
from assist.people.api import caller_address, set_session
from assist.people.outside import Outside
from assist.people.reception import Reception
from kb.errors import ZhiyingError

LEAVING = "zhiying_leaving"


def outside_router(outside: Outside, reception: Reception, *, site: str, secure: bool) -> APIRouter:
    """The routes below /signin/outside; `site` is the address people reach the site by, "" for the one they asked."""
    router = APIRouter(include_in_schema=False)

    @router.get(f"{PATH}/outside")
    def leave(request: Request) -> Response:
        back = f"{(site or str(request.base_url)).rstrip('/')}{PATH}/outside/back"
        try:
            reception.admit(caller_address(request))
            url, state = outside.begin(back)
        except ZhiyingError as error:
            return problem_page(error.hint)
        response = RedirectResponse(url, 303)
        response.set_cookie(LEAVING, state, max_age=600, httponly=True, samesite="lax", secure=secure, path=PATH)
        return response

    @router.get(f"{PATH}/outside/back")
    def back(request: Request) -> Response:
        given = request.query_params
        try:
            reception.admit(caller_address(request))
            secret = outside.finish(
                given.get("state", "")[:200], given.get("code", "")[:4_000], request.cookies.get(LEAVING, "")
            )
        except ZhiyingError as error:
            return problem_page(error.hint)
        response = RedirectResponse(HOME, 303)
        response.delete_cookie(LEAVING, path=PATH)
        set_session(response, secret, reception, secure=secure)
        return response

    return router
