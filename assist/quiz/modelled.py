"""Asks a language model for other wordings of stems, some at a time; `stems.py` proves each before it is used."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from assist.chat import ChatFault, ChatModel
from assist.prompts import fenced, prompt

AT_ONCE = 12
_NUMBERED = re.compile(r"^\s*(\d{1,2})\s*[.、．)）]\s*(.+?)\s*$")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ModelStems:
    """A Rewrite over a chat model.

    `deadline` is in seconds for one request, `patience` for all of an order: what has not come by then, or comes with
    a fault, stays as the rules made it.
    """

    chat: ChatModel
    deadline: float = 20.0
    patience: float = 60.0

    def __call__(self, stems: Sequence[str]) -> list[str]:
        """New wordings in order; a stem the model left out, doubled or never finished comes back as it was."""
        until = time.monotonic() + self.patience
        written: list[str] = []
        for at in range(0, len(stems), AT_ONCE):
            some = stems[at : at + AT_ONCE]
            try:
                written += self._some(some, min(until, time.monotonic() + self.deadline))
            except ChatFault as fault:
                _log.warning("stems stay as they are: %s", fault.fault)
                return [*written, *stems[at:]]
        return written

    def _some(self, stems: Sequence[str], until: float) -> list[str]:
        asked = prompt("quiz")
        numbered = "\n".join(f"{n}. {fenced(stem)}" for n, stem in enumerate(stems, start=1))
        messages = asked.fill(stems=numbered)
        stream = self.chat.stream(messages, until=until, temperature=asked.temperature, max_tokens=asked.max_tokens)
        written: dict[int, list[str]] = {}
        for text in "".join(stream).split("\n"):
            if found := _NUMBERED.match(text):
                written.setdefault(int(found[1]), []).append(found[2])
        return [written[n][0] if len(written.get(n, ())) == 1 else stem for n, stem in enumerate(stems, start=1)]
