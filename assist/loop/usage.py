"""How documents and passages are used: never, most, or often found and rarely enough; health calls it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kb.model import Passage
from kb.store import DocumentSummary

DAYS = 90
"""So many days are looked back on."""

ENOUGH = 20
"""With fewer questions asked nothing is said about what is never used."""

_YOUNG = 30
_OFTEN = 3
_MOST = 10


@dataclass(frozen=True, slots=True)
class Usage:
    """What questions of the last DAYS came to, by passage id: `cited` in answers, `missed` nearest to refused ones."""

    questions: int
    cited: Mapping[int, int]
    missed: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Used:
    """One remark: what it is (a key of health's KINDS), on which document and passages, with the evidence."""

    kind: str
    title: str
    evidence: tuple[str, ...]
    source: str
    passages: tuple[int, ...] = ()


def remarks(
    usage: Usage,
    documents: Sequence[DocumentSummary],
    passages: Sequence[Passage],
    source_of: Mapping[int, str],
    day: date,
) -> list[Used]:
    """Passages badly worded, documents never used, documents most used; `source_of` knows passages of any version."""
    cited = Counter[str]()
    for passage, number in usage.cited.items():
        if passage in source_of:
            cited[source_of[passage]] += number
    return [
        *_badly_worded(usage, passages),
        *_never_used(usage, documents, cited, {each.source for each in passages}, day),
        *_most_used(cited, documents),
    ]


def _badly_worded(usage: Usage, passages: Sequence[Passage]) -> list[Used]:
    """Found nearest to questions that were refused, at least _OFTEN times and more often than cited."""
    found = []
    for passage in passages:
        missed, cited = usage.missed.get(passage.id, 0), usage.cited.get(passage.id, 0)
        if missed >= _OFTEN and missed > cited:
            told = f"近 {DAYS} 天 {missed} 次是最接近的内容却没能答出，只有 {cited} 次用于回答"
            found.append((missed, Used("wording", passage.title, (told, passage.text), passage.source, (passage.id,))))
    return [each for _, each in sorted(found, key=lambda one: -one[0])]


def _never_used(
    usage: Usage, documents: Sequence[DocumentSummary], cited: Mapping[str, int], answering: Collection[str], day: date
) -> list[Used]:
    """Documents in force long enough that no answer cited; terms and other tables that never answer are left out."""
    if usage.questions < ENOUGH:
        return []
    told = f"近 {DAYS} 天 {usage.questions} 次提问，没有一次用到"
    return [
        Used("unused", one.title, (told,), one.source)
        for one in documents
        if one.source in answering and not cited.get(one.source) and _settled(one, day)
    ]


def _settled(document: DocumentSummary, day: date) -> bool:
    days = document.validity
    begun = days.effective_from is None or days.effective_from <= day - timedelta(days=_YOUNG)
    return begun and days.covers(day)


def _most_used(cited: Counter[str], documents: Sequence[DocumentSummary]) -> list[Used]:
    titles = {each.source: each.title for each in documents}
    return [
        Used("used", titles[source], (f"近 {DAYS} 天 {number} 次用于回答",), source)
        for source, number in cited.most_common()
        if source in titles
    ][:_MOST]
