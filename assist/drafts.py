"""Cuts the stream of a draft into sentences with the passages they cite; `write` proves each as soon as it is whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from assist.proof.prove import Claim

_MARK = re.compile(r"\s*[\[［【〔]\s*(?:段落|资料|出处)?\s*(\d{1,3}(?:\s*[,，、\-和]\s*\d{1,3})*)\s*[\]］】〕]")
_OPEN = re.compile(r"\s*(?:[\[［【〔][^\]］】〕\n]{0,12})?$")
_END = re.compile(r"[。！？!?\n]|(?<!\d)\.(?=\s)")
_THINKING = re.compile(r"<think>.*?(?:</think>|$)", re.DOTALL)
_LEAD = re.compile(r"^\s*(?:[-*•·#>]+\s*|\d{1,2}[.、)）]\s*(?!\d)|(?:答复|回答|改写|答)\s*[:：]\s*)+")
_NUMBER = re.compile(r"\d{1,3}")


def claims(pieces: Iterable[str]) -> Iterator[Claim]:
    """Sentences of a streamed text as they become whole, marks taken off; what a model thinks aloud is left out."""
    text = ""
    done = 0
    for piece in pieces:
        text += piece
        shown = _visible(text)
        while (cut := _cut(shown, done, final=False)) is not None:
            yield from _claim(shown[done:cut])
            done = cut
    shown = _visible(text)
    while done < len(shown):
        cut = _cut(shown, done, final=True) or len(shown)
        yield from _claim(shown[done:cut])
        done = cut


def _visible(text: str) -> str:
    """`text` without what stands between <think> and </think>; a tag still coming is held back."""
    shown = _THINKING.sub("", text)
    tail = re.search(r"<[a-z/]{0,6}$", shown)
    return shown[: tail.start()] if tail else shown


def _cut(text: str, start: int, *, final: bool) -> int | None:
    """Where the sentence from `start` ends, marks after its full stop included; None while that is not certain."""
    end = _END.search(text, start)
    if end is None:
        return None
    at = end.end()
    while mark := _MARK.match(text, at):
        at = mark.end()
    if not final and _OPEN.match(text, at):
        return None
    return at


def _claim(sentence: str) -> Iterator[Claim]:
    numbers = [int(n) for mark in _MARK.finditer(sentence) for n in _NUMBER.findall(mark[1])]
    plain = _LEAD.sub("", _MARK.sub("", sentence).replace("**", "")).strip()
    if sum(char.isalnum() for char in plain) >= 2:
        yield Claim(plain, tuple(dict.fromkeys(numbers)))
