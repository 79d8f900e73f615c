"""What the staff site does beside answering: loads its models at the start, and lets the loop look at the clock."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from assist.commands import ask
from assist.operator import Emit, stepped
from assist.site import Site
from assist.terminal import say
from kb.errors import ZhiyingError
from kb.memory import trim

TICK_SECONDS = 30.0
_log = logging.getLogger(__name__)


def warm_up(site: Site, emit: Emit) -> None:
    """Asks a question for nobody, which loads all models, then moves to a changed embedding model; failures are told.

    The page is up meanwhile; what cannot be loaded shows again, with its reason, at the first question.
    """
    try:
        if site.chat is not None:
            site.chat.warm()
        if site.kb.active() is not None:
            ask(site.quiet, {"question": "您好，请问怎么办理业务", "record": False})
            site.talk.leaving({"text": "您好，请问怎么办理业务"})
            site.talk.check({"text": "您好"})
        if site.kb.model_changed():
            say("向量模型已更换：正在后台重新计算向量，期间照常应答。")
            site.kb.reembed(lambda step, done, total: emit(stepped(step, done, total)), wait=600)
            say("新的向量模型已启用。")
        trim()
    except ZhiyingError as error:
        say(error.hint)
    except Exception:
        _log.exception("the warm-up failed")


def keep_watch(ticking: Sequence[Callable[[], object]], stopped: threading.Event) -> None:
    """Lets what depends on the day look at the clock now and then, until the site stops."""
    while not stopped.wait(TICK_SECONDS):
        for tick in ticking:
            try:
                tick()
            except Exception:
                _log.exception("what is done by the clock failed")
