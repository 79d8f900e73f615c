"""A reader of GIFT by Moodle's description of it (docs.moodle.org/en/GIFT_format), knowing nothing of the writer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """`sign` is "=" or "~"; `share` in percent; `match` is the right side of a pair."""

    sign: str
    text: str
    share: float | None = None
    match: str | None = None


@dataclass(frozen=True)
class Question:
    kind: str
    title: str
    stem: str
    answers: tuple[Answer, ...]
    truth: bool | None
    feedback: str


def read(text: str) -> list[Question]:
    """Questions in order; raises ValueError for what is none."""
    lines = [line for line in text.split("\n") if not line.startswith("//")]
    blocks = re.split(r"\n\s*\n", "\n".join(lines))
    return [_question(block.strip()) for block in blocks if block.strip() and not block.strip().startswith("$CATEGORY")]


def _question(block: str) -> Question:
    pieces = list(_tokens(block))
    opened = [at for at, (char, special) in enumerate(pieces) if char == "{" and special]
    closed = [at for at, (char, special) in enumerate(pieces) if char == "}" and special]
    if len(opened) != 1 or len(closed) != 1 or closed[0] != len(pieces) - 1:
        raise ValueError(f"braces: {block}")
    head = "".join(char for char, _ in pieces[: opened[0]])
    named = re.match(r"::(.*?)::\[plain\](.*)", head, re.S)
    if named is None:
        raise ValueError(f"title: {block}")
    inside = pieces[opened[0] + 1 : closed[0]]
    feedback = _after(inside, "####")
    answers = tuple(_answers(inside[: len(inside) - len(feedback) - 4]))
    told = "".join(char for char, _ in feedback).strip()
    bare = "".join(char for char, _ in inside[: len(inside) - len(feedback) - 4]).strip()
    if bare in ("TRUE", "FALSE", "T", "F"):
        return Question("truefalse", named[1], named[2].strip(), (), bare.startswith("T"), told)
    return Question(_kind(answers), named[1], named[2].strip(), answers, None, told)


def _kind(answers: tuple[Answer, ...]) -> str:
    if not answers:
        return "essay"
    if all(one.match is not None for one in answers):
        return "matching"
    if all(one.sign == "=" for one in answers):
        return "shortanswer"
    if all(one.share is not None for one in answers):
        return "multiple"
    if sum(one.sign == "=" for one in answers) != 1:
        raise ValueError(f"keys: {answers}")
    return "single"


def _answers(pieces: list[tuple[str, bool]]) -> Iterator[Answer]:
    starts = [at for at, (char, special) in enumerate(pieces) if special and char in "=~"]
    for at, end in zip(starts, [*starts, len(pieces)][1:], strict=True):
        said = "".join(char for char, _ in pieces[at + 1 : end]).strip()
        share = re.match(r"%(-?\d+(?:\.\d+)?)%", said)
        said = said[share.end() :] if share else said
        left, arrow, right = said.partition(" -> ")
        yield Answer(pieces[at][0], left.strip(), float(share[1]) if share else None, right.strip() if arrow else None)


def _after(pieces: list[tuple[str, bool]], mark: str) -> list[tuple[str, bool]]:
    for at in range(len(pieces)):
        if pieces[at : at + len(mark)] == [(char, True) for char in mark]:
            return pieces[at + len(mark) :]
    raise ValueError("no feedback")


def _tokens(text: str) -> Iterator[tuple[str, bool]]:
    """Characters, and whether each is one of the signs of the format; "\\n" is a line end."""
    at = 0
    while at < len(text):
        if text[at] == "\\" and at + 1 < len(text):
            yield ("\n" if text[at + 1] == "n" else text[at + 1]), False
            at += 2
        else:
            yield text[at], text[at] in "=~#{}"
            at += 1
