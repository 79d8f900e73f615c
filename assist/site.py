"""Everything one home answers with, as app.py puts it together; commands, pages and evaluations are given it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assist.answer import Examined
    from assist.chat import LangChainChat
    from assist.desk import Desk
    from assist.loop.desk import Loop
    from assist.model import Question
    from assist.quiz.desk import QuizDesk
    from assist.retention.room import Retention
    from assist.talk import Talk
    from kb.clock import Clock
    from kb.embed import Embedder
    from kb.knowledge import KnowledgeBase
    from kb.settings import Settings

VERSION = "0.1.0"


@dataclass(frozen=True, slots=True)
class Site:
    """The rooms over one base; `quiet` answers without leaving a trace (evaluation), `unwritten` so too and without
    the language model `chat`. `pool` makes the readers that ingestion uses, and is known to ingestion alone.
    """

    kb: KnowledgeBase
    desk: Desk
    quiet: Desk
    unwritten: Desk
    chat: LangChainChat | None
    loop: Loop
    examine: Callable[[Question], Examined]
    embedder: Callable[[], Embedder]
    pool: Callable[[], Any]
    clock: Clock
    settings: Settings
    retention: Retention
    quiz: QuizDesk
    talk: Talk
