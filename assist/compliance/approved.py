"""Forbidden phrases of the approved scripts and offers, made ready for the phrase book; the check reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from assist.compliance.folding import canonical, fold_plain, sentences
from assist.compliance.model import Basis, Category, Dimension
from assist.compliance.phrases import Phrase
from assist.compliance.rules import PhraseRule, any_of
from kb.model import Passage
from kb.rows import ROW, FaqRow, OfferRow, Row, ScriptRow
from kb.text import content_words

POINTS = 5
_NOTE = re.compile(r"[（(]([^（）()]*)[）)]")
_QUOTED = re.compile(r"[“\"「]([^”\"」]{2,20})[”\"」]")
_OUTDATED = re.compile(r"旧(价|口径|规则|资费)|未到|与规则不符|与实际不符|未截止")
_UNAUTHORISED = re.compile("授权|权限")
_FACT = re.compile(
    r"免费|不要钱|不收费|不用交|不用实名|不用对方|随便|都能|都行|都有|人人|永远|永久|不限量|马上|肯定|一个价|便宜|没有合约|没有任何|随时|一直用|不过期|直接"
)


def rows_of(passages: Iterable[Passage]) -> list[tuple[Passage, Row]]:
    """Passages with their typed rows, each row once."""
    found: dict[tuple[str, str], tuple[Passage, Row]] = {}
    for passage in passages:
        if passage.row is not None:
            row = ROW.validate_python(dict(passage.row))
            found.setdefault((passage.source, row.code or str(passage.id)), (passage, row))
    return list(found.values())


def script_phrases(
    rows: Sequence[tuple[Passage, Row]], general: Sequence[PhraseRule], synonyms: Mapping[str, str]
) -> Iterator[Phrase]:
    """The forbidden phrases of the scripts in force, each with its own approved wording.

    A phrase that some approved wording or answer itself contains is forbidden in its own scenario only, as a clause.
    """
    plain = {sentence for _, row in rows for sentence in _sentences(_wording(row))}
    approved = [(sentence, canonical(sentence, synonyms)) for sentence in sorted(plain)]
    known = [(rule, frozenset(fold_plain(one).text for one in (*rule.phrases, *rule.whole))) for rule in general]
    for passage, row in rows:
        if not isinstance(row, ScriptRow):
            continue
        for listed in row.forbidden:
            note = "".join(_NOTE.findall(listed))
            text = _NOTE.sub("", listed).strip()
            folded = canonical(text, synonyms)
            if len(fold_plain(text).text) < 2 and text not in {"喂", "嗯"}:
                continue  # a stage direction, or nothing that could be heard
            used = tuple(sentence for sentence, compared in approved if folded in compared)
            yield replace(
                _judged(text, note, known),
                basis=_basis(passage, row.code, f"{row.scenario}·{row.subscenario}".strip("·")),
                instead=row.wording,
                whole=bool(used),
                topic=_topic(row) if used else (),
                approved=used,
            )


def offer_phrases(rows: Sequence[tuple[Passage, Row]]) -> Iterator[Phrase]:
    """Phrases that offers forbid in quotation marks (不得说“永久39元”), heard wherever the offer is spoken of."""
    for passage, row in rows:
        if not isinstance(row, OfferRow):
            continue
        for promise in row.forbidden_promises:
            for text in _QUOTED.findall(promise):
                yield Phrase(
                    text=text,
                    basis=_basis(passage, row.code, f"{row.name}：{promise}"),
                    category=Category.PROMISE,
                    dimension=Dimension.ACCURACY,
                    points=20,
                    instead=f"{row.content}；{'；'.join(row.disclosures)}",
                )


def _wording(row: Row) -> str:
    return row.wording if isinstance(row, ScriptRow) else row.answer if isinstance(row, FaqRow) else ""


def _sentences(wording: str) -> list[str]:
    return [fold_plain(wording, piece.start, piece.end).text for piece in sentences(wording)]


def _basis(passage: Passage, code: str, title: str) -> Basis:
    days = passage.validity
    return Basis(
        code or str(passage.id), title, f"{passage.title} {code}".strip(), days.effective_from, days.effective_to
    )


def _judged(text: str, note: str, general: Sequence[tuple[PhraseRule, frozenset[str]]]) -> Phrase:
    """A listed phrase with category, dimension, points and red line: of the general rule it meets, else by its kind."""
    plain, bare = fold_plain(text).text, Basis("", "", "")
    for rule, listed in general:
        if plain in listed or any_of(rule.patterns, plain):
            return Phrase(
                text, bare, rule.category, rule.dimension, rule.points, red_line=rule.red_line, sounds=rule.sounds
            )
    if _UNAUTHORISED.search(note):
        return Phrase(text, bare, Category.PROMISE, Dimension.PROCESS, 15)
    if _OUTDATED.search(note) or _FACT.search(text):
        return Phrase(text, bare, Category.PROMISE, Dimension.ACCURACY, 20)
    return Phrase(text, bare, Category.FORBIDDEN, Dimension.ATTITUDE, POINTS)


def _topic(row: ScriptRow) -> tuple[str, ...]:
    """Words that show a text to be about the row's scenario: those of its name and triggers."""
    words = content_words(" ".join((row.subscenario, *row.triggers)))
    return tuple(fold_plain(word).text for word in words if len(word) > 1)
