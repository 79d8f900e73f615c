"""Asks a language model for other wordings of a script's free lines; `reword.py` proves each before it is used."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from assist.chat import ChatModel
from assist.prompts import prompt
from kb.mask import mask

_NUMBERED = re.compile(r"^\s*(\d{1,2})\s*[.、．)）]\s*(.+?)\s*$")


@dataclass(frozen=True, slots=True)
class ModelRewriter:
    """A Rewriter over a chat model; `deadline` is in seconds, after which the approved wording stands."""

    chat: ChatModel
    deadline: float = 6.0

    def __call__(self, lines: Sequence[str], *, reason: str) -> list[str]:
        """New wordings in order; a line the model left out, doubled or never finished comes back as it was."""
        asked = prompt("retention")
        numbered = "\n".join(f"{n}. {mask(' '.join(line.split()))}" for n, line in enumerate(lines, start=1))
        messages = asked.fill(reason=reason or "未说明", lines=numbered)
        until = time.monotonic() + self.deadline
        stream = self.chat.stream(messages, until=until, temperature=asked.temperature, max_tokens=asked.max_tokens)
        written: dict[int, list[str]] = {}
        for text in "".join(stream).split("\n"):
            if found := _NUMBERED.match(text):
                written.setdefault(int(found[1]), []).append(found[2])
        return [written[n][0] if len(written.get(n, ())) == 1 else line for n, line in enumerate(lines, start=1)]
