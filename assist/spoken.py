"""What of an answer is said to the customer, without marks and pauses; page, API and command line show or copy it."""

from __future__ import annotations

import re

from assist.model import Answer, Channel, Mode, Origin, Outcome, Phrase
from kb.rows import ScriptRow

_MARK = re.compile(r"[ \t]*\[(\d{1,2})\](?=(?:[ \t]*\[\d{1,2}\])*[ \t]*(?:\n|$))")
_PAUSE = re.compile(r"【等待\s*(\d{1,3})\s*秒】")
_ENDED = re.compile(r"[。！？!?；;…”」）)]$")


def say(answer: Answer) -> str:
    """All that is to be said now: the approved opening, the answer, the approved closing, each on its own line.

    Of what was refused only the opening: its text is for the agent.
    """
    said = "" if answer.outcome is Outcome.REFUSED else reply(answer)
    parts = (phrase_text(answer.opening), said, phrase_text(answer.closing))
    return "\n".join(part for part in parts if part)


def reply(answer: Answer) -> str:
    """The answer alone as it is said, steps numbered. Aloud a quotation is one passage; written sentences run on."""
    row = answer.row
    if isinstance(row, ScriptRow) and len(row.steps) > 1 and answer.mode is Mode.APPROVED:
        return "\n".join(f"{n}. {_bare(step.text)}" for n, step in enumerate(row.steps, start=1))
    sentences = [_bare(one.text) for one in answer.sentences]
    if answer.mode is Mode.GENERATED and answer.channel is not None:
        return "".join(one if _ENDED.search(one) else f"{one}。" for one in sentences)
    if answer.mode is Mode.QUOTED and answer.channel is Channel.VOICE and sentences:
        return sentences[0]
    return _bare(wording_of(answer))


def wording_of(answer: Answer) -> str:
    """What is said to the customer: of an approved answer the approved wording, without the notes for the agent."""
    approved = [sentence.text for sentence in answer.sentences if sentence.origin is Origin.APPROVED]
    return "\n".join(approved) if approved and answer.mode is Mode.APPROVED else answer.text


def phrase_text(phrase: Phrase | None) -> str:
    """An opening or closing as it is said; slots keep their braces."""
    return "" if phrase is None else _bare(phrase.text)


def _bare(text: str) -> str:
    return _PAUSE.sub("", _MARK.sub("", text)).strip()
