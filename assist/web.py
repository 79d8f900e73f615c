"""The staff site's web application: API, pages and operator's commands over one site, each behind the same door."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fastapi import FastAPI

from assist.api import Services, create_api
from assist.golden import api as golden
from assist.guard import Limits
from assist.loop.api import loop_router
from assist.operator import Event, operator_router, streamed
from assist.pages import coaching, maintain, practice, trainer
from assist.pages.agent import mount
from assist.pages.digest import DigestFold
from assist.pages.door import Door
from assist.pages.maintain_stage import Names
from assist.pages.notices import NoticeStrip
from assist.pages.retention import mount as mount_retention
from assist.people.site import Accounts, listed
from assist.public.queue import HandoffDesk, handoff_router
from assist.quiz.api import UPLOAD, include_quizzes
from assist.quiz.exports.sheet import MAX_BYTES
from assist.retention.api import retention_router
from assist.site import VERSION, Site
from assist.sitecommands import Command

Arguments = Mapping[str, Any]


def web_app(site: Site, accounts: Accounts, host: str, commands: Mapping[str, Command]) -> FastAPI:
    """The application: `host` is the address it listens on, `commands` are what an operator may run on the site."""

    identify, door = accounts.identify, Door(accounts.identify, accounts.reception.in_use)
    app = create_api(
        Services(
            desk=site.desk,
            identify=identify,
            accounts=accounts.reception.in_use,
            hosts=accounts.hosts(host),
            armour=accounts.armour,
            version=VERSION,
            limits=Limits(larger={UPLOAD: MAX_BYTES, golden.UPLOAD: MAX_BYTES}),
        )
    )
    quizzes = include_quizzes(
        app, base=site.kb, desk=site.quiz, clock=site.clock, identify=identify, judge=site.talk.judge
    )

    def command(name: str) -> Callable[[Arguments], Iterator[Event]]:
        return lambda arguments: streamed(lambda emit: commands[name](site, arguments, emit))

    app.include_router(loop_router(site.loop, identify))
    app.include_router(golden.golden_router(site.loop.golden, identify))
    app.include_router(operator_router({name: command(name) for name in commands}, identify=identify))
    accounts.install(app, door)
    site.talk.serve(app, identify=identify, door=door)
    app.include_router(retention_router(site.retention.desk, site.retention.outcomes, identify))
    mount_retention(app, site.retention, path="/retention", door=door)
    practice.mount(app, quizzes.practice, quizzes.mastery, path="/practice", door=door)
    trainer.mount(app, quizzes.desk, quizzes.mastery, path="/trainer", door=door)
    coaching.mount(app, quizzes.coach, path="/coaching", door=door)
    handoffs = HandoffDesk(site.kb.catalogue, departments=listed(site.settings.handoff_departments))
    app.include_router(handoff_router(handoffs, identify))
    mount(
        app,
        site.desk,
        path="/agent",
        door=door,
        whose=accounts.whose,
        notices=NoticeStrip(site.loop.notices),
        digest=DigestFold(site.loop.news, site.clock.now),
        voice=site.loop.gaps,
        handoffs=handoffs,
    )
    return maintain.mount(app, site.loop, path="/maintain", door=door, names=Names(accounts.names))
