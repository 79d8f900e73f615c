"""Turns the passages that answer into wording with citations: approved wording verbatim, else quotations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from assist.decide import Judged
from assist.evidence import Asked
from assist.injection import cleaned, instructs
from assist.model import Change, Citation, Mode, Origin, Sentence
from assist.quote import Quote, quote
from assist.terms import TermIndex
from assist.wording import say
from kb.model import Passage, Principal, Role
from kb.rows import ROW, FaqRow, Row, ScriptRow
from kb.text import bigrams, figures

MAX_PASSAGES = 3
SHARED = 0.15
"""This share of the character pairs of a wording without figures stands in a passage that bears it out."""

SOON = timedelta(days=60)
"""A rule that ends within so many days is announced with the answer."""

SectionText = Callable[[Passage], str | None]
"""The text of a passage's parent section as the asker may see it, None when there is none."""


@dataclass(frozen=True, slots=True)
class Composed:
    """Wording in order, its citations, and the typed row behind an approved one; no sentences: nothing was proved.

    `left_out`, `degraded` and `changes` are those of `Answer`.
    """

    mode: Mode
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    row: Row | None = None
    notices: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    degraded: str = ""
    changes: tuple[Change, ...] = ()

    @property
    def text(self) -> str:
        """The whole wording; a quotation carries its number, an approved wording stands as it was approved."""
        return "\n".join(sentence.text for sentence in self.sentences)


def compose(
    asked: Asked,
    good: Sequence[Judged],
    *,
    terms: TermIndex,
    section: SectionText,
    principal: Principal,
    as_of: date,
    today: date,
) -> Composed:
    """The answer from `good`, which holds the hits likely enough to answer, best first, at least one."""
    best = good[0].hit.passage
    row = read_row(best)
    notices = _notices([one.hit.passage for one in good[:1]], row, as_of, today)
    approved = approved_wording(best, row)
    if approved:
        hidden = principal.role is Role.CUSTOMER or instructs(str(best.row))
        notes = "" if hidden else _notes_after(approved, best, row)
        cited = [cite(1, best, approved + notes, section)]
        cited += [
            cite(n, one, quote(one, asked, terms).exact, section)
            for n, one in enumerate(_support(good, approved), start=2)
        ]
        told = [Sentence(approved, (1,), Origin.APPROVED)]
        told += [Sentence(notes.strip(), (1,))] if notes else []
        beside = _beside(good, approved + notes)
        if beside is not None:
            said = quote(beside, asked, terms)
            numbers = [one.n for one in cited if one.passage_id == beside.id]
            n = numbers[0] if numbers else len(cited) + 1
            cited += [] if numbers else [cite(n, beside, said.exact, section)]
            told.append(Sentence(f"{say('answer.beside')}{said.text}[{n}]", (n,)))
        return Composed(Mode.APPROVED, tuple(told), tuple(cited), None if hidden else row, notices)
    sentences: list[Sentence] = []
    citations: list[Citation] = []
    for one in _joined(good):
        passage = cleaned(one.hit.passage)
        said = quote(passage, asked, terms) if passage.text else Quote("", "")
        if not _stands(said.exact, one.hit.passage):
            continue
        n = len(citations) + 1
        citations.append(cite(n, one.hit.passage, said.exact, section))
        sentences.append(Sentence(f"{said.text}[{n}]", (n,)))
    return Composed(Mode.QUOTED, tuple(sentences), tuple(citations), None, notices)


def approved_wording(passage: Passage, row: Row | None) -> str:
    """Wording approved for saying as it stands: of a script or an FAQ row that this passage holds whole; else empty."""
    wording = row.wording if isinstance(row, ScriptRow) else row.answer if isinstance(row, FaqRow) else ""
    if instructs(wording):
        return ""
    return wording.strip() if wording and _stands(wording.strip(), passage) else ""


def _notes_after(wording: str, passage: Passage, row: Row | None) -> str:
    """What the passage tells the agent after a script's wording, to the end of its notes; empty without notes."""
    if not isinstance(row, ScriptRow) or not row.notes:
        return ""
    rest = passage.text[passage.text.find(wording) + len(wording) :]
    at = rest.find(row.notes.strip())
    return rest[: at + len(row.notes.strip())] if at >= 0 else ""


def read_row(passage: Passage) -> Row | None:
    """The typed source row of a passage, None for prose."""
    return None if passage.row is None else ROW.validate_python(dict(passage.row))


def _stands(text: str, passage: Passage) -> bool:
    """Proof of a quotation: it stands letter for letter in its passage."""
    return bool(text) and text in passage.text


def _support(good: Sequence[Judged], wording: str) -> list[Passage]:
    """Further passages that bear an approved wording out, of other documents."""
    seen = {good[0].hit.passage.source}
    found: list[Passage] = []
    for one in good[1:]:
        passage = cleaned(one.hit.passage)
        approved = approved_wording(passage, read_row(passage))
        if passage.text and passage.source not in seen and not approved and _bears_out(passage.text, wording):
            seen.add(passage.source)
            found.append(passage)
    return found[: MAX_PASSAGES - 1]


def _beside(good: Sequence[Judged], told: str) -> Passage | None:
    """A passage nearly as likely to be meant as the one whose wording is `told`, that says something else."""
    for one in _joined(good)[1:]:
        passage = cleaned(one.hit.passage)
        if passage.text and _stands(passage.text, one.hit.passage) and _adds(passage.text, told):
            return passage
    return None


def _adds(text: str, told: str) -> bool:
    """True when a passage has a figure that was not told, or mostly other words."""
    pairs = set(bigrams(text))
    return not figures(text) <= figures(told) or 2 * len(pairs & set(bigrams(told))) < len(pairs)


def _bears_out(text: str, wording: str) -> bool:
    """True when a passage shares what a wording says: half of its figures, or without any a part of its words."""
    said, shown = figures(wording), figures(text)
    if said:
        return 2 * len(said & shown) >= len(said)
    pairs = set(bigrams(wording))
    return len(pairs & set(bigrams(text))) >= SHARED * len(pairs)


def _joined(good: Sequence[Judged]) -> list[Judged]:
    """The best passage, and others nearly as likely that say something else."""
    taken = [good[0]]
    for one in good[1:]:
        alike = any(one.hit.passage.text == other.hit.passage.text for other in taken)
        row = read_row(one.hit.passage)
        part = isinstance(row, ScriptRow) and row.part
        if len(taken) < MAX_PASSAGES and not alike and not part and one.probability >= 0.9 * good[0].probability:
            taken.append(one)
    return taken


def cite(n: int, passage: Passage, exact: str, section: SectionText) -> Citation:
    """The citation of `exact`, a piece of the passage; a section that poses as an instruction is not shown."""
    text = section(passage)
    if text is not None and instructs(text):
        text = None
    citation = Citation(
        n=n,
        source=passage.source,
        title=passage.title,
        heading=passage.heading,
        page=passage.page,
        quote=exact,
        effective_from=passage.validity.effective_from,
        effective_to=passage.validity.effective_to,
        kind=passage.kind,
        passage_id=passage.id,
        section=text,
    )
    start = -1 if text is None else text.find(exact)
    return citation if start < 0 else replace(citation, highlight=(start, start + len(exact)))


def _notices(passages: Sequence[Passage], row: Row | None, as_of: date, today: date) -> tuple[str, ...]:
    notices = []
    if as_of != today:
        notices.append(say("notice.past", day=_day(as_of)))
    for passage in passages:
        end = passage.validity.effective_to
        if end is not None and as_of <= end <= as_of + SOON:
            notices.append(say("notice.expires", title=passage.title, day=_day(end)))
    if isinstance(row, ScriptRow) and row.slots:
        notices.append(say("notice.script_slots", slots="、".join(row.slots)))
    return tuple(notices)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
