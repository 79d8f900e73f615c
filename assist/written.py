"""Puts a written answer in the place of a quotation, or labels why the quotation stands; the Assistant calls it."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace

from assist.compose import Composed, SectionText, cite, read_row
from assist.decide import Judged
from assist.evidence import Asked
from assist.injection import cleaned
from assist.model import Mode, Origin, Question, Restarted, Sentence
from assist.quote import quote
from assist.terms import TermIndex
from assist.write import Task, Writer, Written
from kb.model import Passage, Role
from kb.rows import ScriptRow

MAX_PASSAGES = 4
MAX_CHARS = 2_400
"""What a model is given to read: so many passages, so many characters in all."""
NEARLY = 0.6
"""Passages this share of the threshold likely may help to write; proof does not depend on it."""

_MARK = re.compile(r"\[\d{1,2}\]")
_DIGITS = re.compile(r"\d+(?:\.\d+)?")


def write(
    writer: Writer,
    question: Question,
    asked: Asked,
    judged: Sequence[Judged],
    quoted: Composed,
    *,
    threshold: float,
    until: float,
    terms: TermIndex,
    section: SectionText,
    faulty: Callable[[str], bool] | None = None,
) -> Generator[Sentence | Restarted, None, Composed]:
    """Sentences as they are proved; returns the answer, which is `quoted` with a label when the model failed.

    `faulty` tells sentences that compliance forbids; they are held back like those that are not proved.
    """
    task = Task(
        question=asked.text,
        asked=asked,
        passages=_readable(judged, threshold),
        terms=terms,
        channel=question.channel,
        as_of=question.as_of,
        until=until,
        faulty=faulty,
    )
    released = False
    work = writer.write(task)
    while True:
        try:
            sentence = next(work)
        except StopIteration as end:
            written: Written = end.value
            break
        released = True
        yield sentence
    if written.failed:
        if released:
            yield Restarted()
        yield from quoted.sentences
        return replace(quoted, degraded=written.failed, left_out=written.left_out)
    exact = _exact(written, asked, terms)
    citations = tuple(cite(n, each, exact(n, each), section) for n, each in enumerate(written.passages, start=1))
    approved = [one for one in written.sentences if one.origin is Origin.APPROVED]
    whole = len(approved) == len(written.sentences) == 1
    row = read_row(written.passages[0]) if whole and question.principal.role is not Role.CUSTOMER else None
    mode = Mode.APPROVED if whole else Mode.GENERATED
    return Composed(mode, written.sentences, citations, row, quoted.notices, left_out=written.left_out)


def _readable(judged: Sequence[Judged], threshold: float) -> tuple[Passage, ...]:
    """The likeliest passages, different ones, without what poses as an instruction, within the bounds."""
    taken: list[Passage] = []
    for one in judged:
        passage = cleaned(one.hit.passage)
        length = sum(len(each.text) for each in taken) + len(passage.text)
        if len(taken) >= MAX_PASSAGES or one.probability < NEARLY * threshold:
            break
        if _part(passage):
            continue  # what opens or closes a call is not written from
        if passage.text and length <= MAX_CHARS and all(passage.text != each.text for each in taken):
            taken.append(passage)
    return tuple(taken)


def _part(passage: Passage) -> str:
    row = read_row(passage)
    return row.part if isinstance(row, ScriptRow) else ""


def _exact(written: Written, asked: Asked, terms: TermIndex) -> Callable[[int, Passage], str]:
    """What to cite of a passage: its quotation when all that is said of it stands there, else the whole."""

    def exact(n: int, passage: Passage) -> str:
        said = [each.text for each in written.sentences if n in each.citations]
        found = quote(passage, asked, terms).exact
        digits = {digit for text in said for digit in _DIGITS.findall(_MARK.sub("", text))}
        quoted = [each.text for each in written.sentences if n in each.citations and each.origin is Origin.QUOTED]
        whole = digits <= set(_DIGITS.findall(found)) and all(_MARK.sub("", text).strip() in found for text in quoted)
        return found if whole else passage.text.strip()

    return exact
