"""Makes what a site writes with, out of its settings: language model, writer, entailment model; for app.py."""

from __future__ import annotations

from typing import Any

from assist.chat import ChatModel, Endpoint, LangChainChat
from assist.checkup import checkup
from assist.gatekeeper import Bounds, Gatekeeper
from assist.loop.propose import ModelDrafts
from assist.proof.prove import Entails
from assist.quiz.modelled import ModelStems
from assist.retention.modelled import ModelRewriter
from assist.sense import Sense
from assist.write import Writer
from kb.deferred import Once
from kb.nli import load_entailment
from kb.settings import Settings


def language_model(settings: Settings) -> LangChainChat | None:
    """The language model that is set, reached at the first question; None when none is. The caller closes it."""
    if not settings.model_url:
        return None
    return LangChainChat(Endpoint(settings.model_url, settings.model_name, settings.model_key, settings.model_proxy))


def writer(settings: Settings, chat: ChatModel | None, sense: Sense) -> Writer | None:
    """Writes answers with the model within the bounds that are set; None without a model."""
    if chat is None:
        return None
    bounds = Bounds(running=settings.model_running, waiting=settings.model_waiting)
    return Writer(
        Gatekeeper(chat, bounds), deadline=settings.model_deadline, sense=sense, entails=_entailment(settings)
    )


def rewriter(settings: Settings, chat: ChatModel | None) -> ModelRewriter | None:
    """Rewords retention scripts with the model within the bounds that are set; None without a model."""
    if chat is None:
        return None
    bounds = Bounds(running=settings.model_running, waiting=settings.model_waiting)
    return ModelRewriter(Gatekeeper(chat, bounds), deadline=settings.model_deadline)


def stems(settings: Settings, chat: ChatModel | None) -> ModelStems | None:
    """Puts stems of quizzes in other words with the model within the bounds that are set; None without a model."""
    if chat is None:
        return None
    bounds = Bounds(running=settings.model_running, waiting=settings.model_waiting)
    return ModelStems(Gatekeeper(chat, bounds), deadline=settings.model_deadline)


def proposer(settings: Settings, chat: ChatModel | None) -> ModelDrafts | None:
    """Words drafts of knowledge with the model within the bounds that are set; None without a model.

    Nobody waits on the telephone for a draft: it is given three times the time of an answer.
    """
    if chat is None:
        return None
    bounds = Bounds(running=settings.model_running, waiting=settings.model_waiting)
    return ModelDrafts(Gatekeeper(chat, bounds), deadline=settings.model_deadline * 3)


def check(settings: Settings, chat: ChatModel | None) -> Any:
    """What works of the language model that is set, and how fast."""
    return checkup(chat, url=settings.model_url, deadline=settings.model_deadline)


def _entailment(settings: Settings) -> Entails | None:
    """The entailment model that is set, loaded at the first sentence; None when none is."""
    if not settings.nli_model:
        return None
    loaded = Once(lambda: load_entailment(settings.nli_model))
    return lambda premise, claim: loaded()(premise, claim)
