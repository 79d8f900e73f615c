"""What is unhealthy in the knowledge, each with its evidence: contradictions, duplicates, expiry, use; API, command."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from assist.access import Action, authorise
from assist.loop import impact, usage
from assist.loop.facts import contradictions
from kb.clock import Clock, today
from kb.knowledge import KnowledgeBase
from kb.model import OPERATOR, Passage, Principal
from kb.store import Verdict
from kb.text import fold

SOON = 30
"""Documents that end within so many days are soon to expire."""

_LISTED = 50


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to be put right: what it is, where, and the evidence; `passages` are ids, `sources` documents."""

    kind: str
    title: str
    evidence: tuple[str, ...]
    sources: tuple[str, ...]
    passages: tuple[int, ...] = ()


KINDS = {
    "contradiction": "相互矛盾",
    "duplicate": "重复",
    "expired": "已失效",
    "expiring": "即将失效",
    "complained": "投诉最多",
    "ownerless": "无负责人",
    "dangling": "指向不存在的文档",
    "wording": "措辞不佳（常被找到，很少够用）",
    "unused": "从未使用",
    "used": "使用最多",
    **impact.KINDS,
}


class HealthDesk:
    """Examines the active release; takes seconds for tens of thousands of passages."""

    def __init__(self, base: KnowledgeBase, clock: Clock, dependants: Sequence[impact.Dependants] = ()) -> None:
        self._base = base
        self._clock = clock
        self._dependants = tuple(dependants)

    def examine(self, principal: Principal) -> list[Finding]:
        """Every finding, the gravest kinds first."""
        authorise(principal, Action.READ_REPORTS)
        passages = self.passages()
        parts: list[Callable[[], list[Finding]]] = [
            lambda: _contradictions(passages, today(self._clock)),
            lambda: _duplicates(passages),
            self._dates,
            lambda: self._complaints(passages),
            lambda: self._used(passages),
        ]
        return [finding for part in parts for finding in part()[:_LISTED]]

    def impact(self, principal: Principal, source: str, clause: str = "") -> list[Finding]:
        """What cites or depends on a document, or on one clause of it: to be approved anew when it changes."""
        authorise(principal, Action.READ_REPORTS)
        release = self._base.active()
        known = self._base.catalogue.documents.summaries(release.id) if release else []
        title = next((one.title for one in known if one.source == source), "")
        found = [
            _dependant(passage, why)
            for passage in self.passages()
            if passage.source != source and (why := _reason(passage, source, title, clause))
        ]
        changing = impact.Changing(source, title, clause)
        return [*found, *(_other(each) for dependants in self._dependants for each in dependants(changing))]

    def passages(self) -> list[Passage]:
        """All passages of the active release, with their days as the release resolves them."""
        with self._base.view() as view:
            roster = view.roster
            ids = roster.ids.tolist()
        found = self._base.catalogue.documents.passages(ids)
        return [replace(passage, validity=roster.validity(at)) for at, passage in enumerate(found.values())]

    def _dates(self) -> list[Finding]:
        day = today(self._clock)
        found = []
        for one in self._base.documents(OPERATOR):
            last = one.validity.effective_to
            if last is not None and last < day:
                found.append(Finding("expired", one.title, (f"{last} 止",), (one.source,)))
            elif last is not None and last <= day + timedelta(days=SOON):
                found.append(
                    Finding("expiring", one.title, (f"{last} 止，还有 {(last - day).days} 天",), (one.source,))
                )
            if not one.owner and not one.department:
                found.append(Finding("ownerless", one.title, ("没有负责人，也没有部门",), (one.source,)))
        order = list(KINDS)
        return sorted(found, key=lambda one: order.index(one.kind))

    def _complaints(self, passages: Sequence[Passage]) -> list[Finding]:
        by_id = {passage.id: passage for passage in passages}
        counted: Counter[int] = Counter()
        for given in self._base.catalogue.feedback.list(limit=2_000):
            if given.verdict is not Verdict.USEFUL:
                counted.update(each for each in given.passage_ids if each in by_id)
        return [
            Finding(
                "complained",
                by_id[each].title,
                (f"{number} 次被判答错或过时", by_id[each].text),
                (by_id[each].source,),
                (each,),
            )
            for each, number in counted.most_common(20)
        ]

    def _used(self, passages: Sequence[Passage]) -> list[Finding]:
        catalogue, day = self._base.catalogue, today(self._clock)
        since = self._clock.now() - timedelta(days=usage.DAYS)
        asked, cited = catalogue.figures.cited(since)
        seen = usage.Usage(asked, cited, catalogue.figures.missed(since))
        sources = {each.id: each.source for each in catalogue.documents.passages(sorted(cited)).values()}
        current = [each for each in passages if each.validity.covers(day)]
        return [
            Finding(one.kind, one.title, one.evidence, (one.source,), one.passages)
            for one in usage.remarks(seen, self._base.documents(OPERATOR), current, sources, day)
        ]


def _other(one: impact.Dependant) -> Finding:
    return Finding(one.kind, one.title, (one.why, one.text), (one.number,))


def _contradictions(passages: Sequence[Passage], day: date) -> list[Finding]:
    current = [each for each in passages if each.validity.covers(day)]
    return [
        Finding(
            "contradiction",
            f"{one.unit}：《{one.first.passage.title}》与《{one.second.passage.title}》",
            (one.first.text, one.second.text),
            (one.first.passage.source, one.second.passage.source),
            (one.first.passage.id, one.second.passage.id),
        )
        for one in contradictions(current)
    ]


def _duplicates(passages: Sequence[Passage]) -> list[Finding]:
    same: dict[str, list[Passage]] = defaultdict(list)
    for passage in passages:
        if len(passage.text) >= 20:
            same[fold(passage.text)].append(passage)
    return [
        Finding("duplicate", each[0].text[:40], (f"同样的话出现 {len(each)} 处",), tuple({one.source for one in each}))
        for each in same.values()
        if len({one.source for one in each}) > 1
    ]


def _dependant(passage: Passage, why: str) -> Finding:
    heading = " › ".join(passage.heading)
    return Finding(
        "impact", f"{passage.title} {heading}".strip(), (why, passage.text), (passage.source,), (passage.id,)
    )


def _reason(passage: Passage, source: str, title: str, clause: str) -> str:
    """Why a passage depends on a document, "" when it does not: it names it as its basis, or in its text."""
    basis = str((passage.row or {}).get("basis") or "")
    for what, text in (("依据", basis), ("正文", passage.text)):
        named = _names(text, source, title)
        if named and (not clause or fold(clause) in fold(text)):
            return f"{what}提到{named}{clause}"
    return ""


def _names(text: str, source: str, title: str) -> str:
    stem = source.rpartition("/")[2].rpartition(".")[0]
    for name in (title, title.partition("（")[0], stem):
        if len(name) >= 4 and fold(name) in fold(text):
            return f"《{name}》"
    return ""
