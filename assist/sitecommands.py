"""The commands on an open home that need only its rooms: JSON arguments in, JSON out; app.py runs what is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assist.operator import Emit, stepped
from assist.site import Site

Arguments = Mapping[str, Any]
Command = Callable[[Site, Arguments, Emit], Any]


def search(site: Site, arguments: Arguments, _emit: Emit) -> Any:
    """One search in the published JSON."""
    from assist.commands import search

    return search(site.desk, arguments)


def ask(site: Site, arguments: Arguments, _emit: Emit) -> Any:
    """One answer in the published JSON."""
    from assist import commands

    return commands.ask(site.desk, arguments)


def retention(site: Site, arguments: Arguments, _emit: Emit) -> Any:
    """One retention draft; from here no trial assigns anything."""
    from assist.retention import commands

    return commands.retention(site.retention.quiet, arguments)


def model(site: Site, _arguments: Arguments, _emit: Emit) -> Any:
    """Tries the language model that is set."""
    from assist.connect import check

    return check(site.settings, site.chat)


def rebuild(site: Site, _arguments: Arguments, emit: Emit) -> Any:
    """Makes both indexes anew from the catalogue."""
    site.kb.rebuild(lambda step, done, total: emit(stepped(step, done, total)))
    return verify(site, {}, emit)


def verify(site: Site, _arguments: Arguments, _emit: Emit) -> Any:
    """Compares catalogue and indexes id by id."""
    found = site.kb.verify()
    return {"ok": found.ok, "verification": asdict(found), "stats": asdict(site.kb.stats())}


def quiz(site: Site, arguments: Arguments, _emit: Emit) -> Any:
    """One action on the quiz bank."""
    from assist.quiz.commands import run

    return run(site.quiz, arguments)


def gaps(site: Site, arguments: Arguments, emit: Emit) -> Any:
    """The ledger of gaps, one gap, or old questions taken in."""
    from assist.loop import commands

    return commands.gaps(site.loop, arguments, lambda done, total: emit(stepped("take", done, total)))


def release(site: Site, arguments: Arguments, _emit: Emit) -> Any:
    """Releases and plans; lets a plan out or rolls back."""
    from assist.loop import commands

    return commands.release(site.loop, arguments)


def golden(site: Site, arguments: Arguments, _emit: Emit) -> Any:
    """One action on the golden cases of the base."""
    from assist.golden.commands import run

    return run(site.loop.golden, arguments)


def health(site: Site, arguments: Arguments, _emit: Emit) -> Any:
    """What is unhealthy in the knowledge, or what depends on one document."""
    from assist.loop import commands

    return commands.health(site.loop, arguments)


def publish(site: Site, _arguments: Arguments, _emit: Emit) -> Any:
    """Brings the customers' copy in step with what is public and in force today."""
    from assist.public.site import publish_now

    return publish_now(site.kb, setting=site.settings.embedding_model, clock=site.clock)


def check(site: Site, arguments: Arguments, emit: Emit) -> Any:
    """Verifies catalogue, audit chain, indexes and published copy; mends what can be made again."""
    from assist.public.check import check_home

    return check_home(
        site.kb,
        setting=site.settings.embedding_model,
        repair=bool(arguments.get("repair", True)),
        progress=lambda step, done, total: emit(stepped(step, done, total)),
    )


def backup(site: Site, arguments: Arguments, _emit: Emit) -> Any:
    """Writes one archive of the whole home."""
    from kb.backup import backup as write

    return asdict(write(site.kb.catalogue, site.kb.home.root, Path(arguments["archive"]), clock=site.clock))


def compliance(site: Site, arguments: Arguments, _emit: Emit) -> Any:
    """What is wrong with a text that is said."""
    return site.talk.check(arguments)


def leaving(site: Site, arguments: Arguments, _emit: Emit) -> Any:
    """Whether a customer means to leave, and why."""
    return site.talk.leaving(arguments)


def scripts(site: Site, arguments: Arguments, _emit: Emit) -> Any:
    """Approved scripts for a situation."""
    return site.talk.scripts(arguments)


COMMANDS: dict[str, Command] = {
    "search": search,
    "ask": ask,
    "retention": retention,
    "model": model,
    "rebuild": rebuild,
    "verify": verify,
    "quiz": quiz,
    "gaps": gaps,
    "release": release,
    "golden": golden,
    "health": health,
    "publish": publish,
    "check": check,
    "backup": backup,
    "compliance": compliance,
    "leaving": leaving,
    "scripts": scripts,
}
