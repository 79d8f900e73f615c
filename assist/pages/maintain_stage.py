"""What the tabs of the maintainer's page share: parts by name, who works, and events whose faults become words."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import gradio as gr

from assist.pages.door import caller
from assist.pages.render import problem_card, remark
from assist.pages.who import day_of
from assist.wording import say
from kb.errors import InputRefused, ZhiyingError
from kb.model import Principal, Role

ROLES = {"知识维护": Role.MAINTAINER, "值班经理": Role.DUTY_MANAGER}
Shown = dict[str, Any]
"""What an event changes: part name -> value or update; "alert" is the message, "" when nothing is to be said."""

_QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Names:
    """How people are called. Without accounts an id is the name that was typed; `known` gives id -> name, else."""

    known: Callable[[], Mapping[str, str]] = dict

    def now(self) -> Names:
        """The names as they are now, looked up once."""
        found = self.known()
        return Names(lambda: found)

    def of(self, principal_id: str) -> str:
        """The name to show for an id."""
        return self.known().get(principal_id) or principal_id.removeprefix("page:")

    def id_of(self, typed: str) -> str:
        """The id of whom a typed name means; with accounts it must be one of them."""
        wanted, known = typed.strip(), self.known()
        if not known or not wanted or wanted in known:
            return wanted
        found = [key for key, name in known.items() if name == wanted]
        if len(found) != 1:
            hint = f"没有找到同事“{wanted}”" if not found else f"有几位同事都叫“{wanted}”"
            raise InputRefused(f"no person {wanted!r}", hint=f"{hint}，请从列表里选。")
        return found[0]


def principal_at(name: str, role: str, *, named: bool) -> Principal:
    """Who is signed in; without accounts whom name and role stand for. What is written needs a name."""
    known = caller()
    if known is not None:
        return known
    if named and not name.strip():
        raise InputRefused("no name", hint="请先在页面上方填写您的姓名，记录里要写明是谁做的。")
    return Principal(name.strip()[:64] or f"page:{role}", ROLES.get(role, Role.MAINTAINER))


@dataclass
class Stage:
    """The page's components by name; events are wired when all of them stand."""

    parts: dict[str, Any] = field(default_factory=dict)
    _waiting: list[Callable[[list[Any]], None]] = field(default_factory=list)
    _links: list[tuple[str, Callable[..., Shown], tuple[str, ...], dict[str, Any]]] = field(default_factory=list)

    def put(self, name: str, component: Any) -> Any:
        """Keeps a component under a name."""
        self.parts[name] = component
        return component

    def html(self, name: str) -> Any:
        """An empty place for HTML with the element id zm-`name`."""
        return self.put(name, gr.HTML("", elem_id=f"zm-{name}", js_on_load=None))

    def on(
        self,
        triggers: Sequence[Any],
        handler: Callable[..., Shown],
        inputs: Sequence[str] = (),
        *,
        named: bool = True,
        quiet: bool = False,
        busy: str = "",
    ) -> None:
        """Wires an event: `handler` gets who asks and the values of `inputs`.

        `named` events write and need a name; `quiet` ones come by themselves and leave the message alone; `busy` stands
        on the page while a slow one runs.
        """

        def wire(outputs: list[Any]) -> None:
            given = [self.parts[name] for name in ("name", "role", *inputs)]
            event = self._event(handler, named=named, quiet=quiet)
            gr.on(list(triggers), self._growing(event, busy) if busy else event, given, outputs, **_QUIET)

        self._waiting.append(wire)

    def link(self, kind: str, handler: Callable[..., Shown], inputs: Sequence[str] = (), **more: Any) -> None:
        """Lets buttons `data-go="kind" data-value="…"` within HTML call `handler` with that value first."""
        self._links.append((kind, handler, tuple(inputs), more))

    def hide_links(self) -> None:
        """Puts what the buttons press on the page: outside the tabs, since a tab not opened yet is not drawn."""
        for kind, handler, inputs, more in self._links:
            value = gr.Textbox("", show_label=False, elem_id=f"zm-go-{kind}", elem_classes="zm-hidden")
            press = gr.Button("打开", elem_id=f"zm-press-{kind}", elem_classes="zm-hidden")
            self.put(f"go-{kind}", value)
            self.on([press.click], handler, [f"go-{kind}", *inputs], **more)

    def wire(self) -> None:
        """Wires everything, when all parts are there."""
        outputs = list(self.parts.values())
        for each in self._waiting:
            each(outputs)

    def _event(self, handler: Callable[..., Shown], *, named: bool, quiet: bool) -> Callable[..., dict[Any, Any]]:
        def event(name: str, role: str, *values: Any) -> dict[Any, Any]:
            try:
                shown = handler(principal_at(name, role, named=named), *values)
            except ZhiyingError as error:
                return {self.parts["alert"]: problem_card(error.hint)}
            except Exception:
                _log.exception("the maintainer's page failed")
                return {self.parts["alert"]: problem_card(say("problem.fault"))}
            message = str(shown.pop("alert", ""))
            changed = {self.parts[each]: value for each, value in shown.items()}
            if quiet:
                return changed
            told = message if message.startswith("<") else remark(message) if message else ""
            return {self.parts["alert"]: told, **changed}

        event.__name__ = handler.__name__
        return event

    def _growing(self, event: Callable[..., dict[Any, Any]], busy: str) -> Callable[..., Iterator[dict[Any, Any]]]:
        def growing(name: str, role: str, *values: Any) -> Iterator[dict[Any, Any]]:
            yield {self.parts["alert"]: remark(busy)}
            yield event(name, role, *values)

        growing.__name__ = event.__name__
        return growing


def day(text: str, what: str) -> date | None:
    """The day written in a field called `what`, None for an empty one; InputRefused for anything else."""
    try:
        return day_of(text or "")
    except InputRefused as error:
        hint = f"“{what}”要写成 2026-12-01 这样的日期（现在是“{text.strip()[:20]}”），空着也可以。"
        raise InputRefused(error.message, hint=hint) from error


def number(value: object, what: str) -> int:
    """The number meant by a field or a button; InputRefused when there is none."""
    text = str(value or "").strip().removeprefix("No.")
    if not text.isdigit():
        raise InputRefused(f"no number: {text[:20]!r}", hint=f"请先打开一条{what}。")
    return int(text[:12])
