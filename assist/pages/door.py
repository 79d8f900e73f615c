"""The choke point of page events: every handler is wrapped here with its declared action before Gradio may call it.

With accounts the wrapped handler runs as the person whose session the event came with, which `caller` tells it; without
them, on loopback, the page's own role switch counts.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import gradio as gr

from assist.access import Action, authorise
from assist.identity import Identify
from kb.errors import ZhiyingError
from kb.model import Principal

_caller: ContextVar[Principal | None] = ContextVar("caller", default=None)


def caller() -> Principal | None:
    """Who sent the event being handled; None without accounts, where the role switch says it."""
    return _caller.get()


class Door:
    """Wraps handlers of a page. `accounts` says whether sessions count yet; without `identify` everybody is let in."""

    def __init__(self, identify: Identify | None = None, accounts: Callable[[], bool] = lambda: False) -> None:
        self._identify = identify
        self._accounts = accounts

    def event(self, action: Action, handler: Callable[..., Any]) -> Callable[..., Any]:
        """`handler` behind the check of `action`; what it raises for who may not is shown in Chinese by the page."""
        wants_request = "request" in inspect.signature(handler).parameters

        def more(request: gr.Request) -> dict[str, Any]:
            return {"request": request} if wants_request else {}

        def whole(request: gr.Request, *values: Any) -> Any:
            with _as(self._admit(request, action)):
                return handler(*values, **more(request))

        def growing(request: gr.Request, *values: Any) -> Iterator[Any]:
            who = self._admit(request, action)
            with _as(who):
                steps = iter(handler(*values, **more(request)))
            while True:
                # Each step may run in another thread, with a context of its own.
                with _as(who):
                    try:
                        step = next(steps)
                    except StopIteration:
                        return
                yield step

        guarded: Any = growing if inspect.isgeneratorfunction(handler) else whole
        guarded.__name__ = handler.__name__
        guarded.action = action
        return guarded  # type: ignore[no-any-return]

    def guard(self, page: gr.Blocks, action: Action) -> None:
        """Puts every event of a built page that has no door of its own behind the check of `action`."""
        for event in page.fns.values():
            if event.fn is not None and not hasattr(event.fn, "action"):
                event.fn = self.event(action, event.fn)

    def _admit(self, request: gr.Request, action: Action) -> Principal | None:
        if self._identify is None:
            return None
        try:
            found = self._identify(request.request)  # type: ignore[arg-type]
            authorise(found, action)
        except ZhiyingError as error:
            raise gr.Error(error.hint, print_exception=False) from error
        return found if self._accounts() else None


@contextmanager
def _as(who: Principal | None) -> Iterator[None]:
    token = _caller.set(who)
    try:
        yield
    finally:
        _caller.reset(token)
