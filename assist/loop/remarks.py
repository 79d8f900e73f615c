"""What a reviewer is warned of beside a draft: blanks, what no knowledge bears out, what must not be said; drafting."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

from assist.compliance.guard import DraftGuard
from assist.compliance.model import Finding
from assist.drafts import claims
from assist.loop.documents import FIELDS
from assist.proof.prove import Claim, Prover
from assist.proof.shown import read_shown
from assist.terms import TermIndex
from assist.wording import label
from kb.knowledge import KnowledgeBase
from kb.model import Passage
from kb.store import Draft, DraftKind
from kb.text import figures

BLANK = re.compile(r"〔待补[^〕]{0,60}〕")
"""What a model leaves for people to fill in."""

_SAID = {
    DraftKind.FAQ: ("answer",),
    DraftKind.SCRIPT: ("wording",),
    DraftKind.POLICY: ("body",),
}
_MOST = 8


Faults = Callable[[str, date], Sequence[Finding]]


class DraftRemarks:
    """Looks a draft over on a day; `faults` is the compliance check, `terms` gives the names that are known."""

    def __init__(self, faults: Faults, terms: Callable[[], TermIndex]) -> None:
        self._faults = faults
        self._terms = terms

    def __call__(self, draft: Draft, nearby: Sequence[Passage], day: date) -> tuple[str, ...]:
        """The warnings, the gravest first; empty for a draft with nothing to say."""
        text = "\n".join(str(draft.fields.get(name, "")) for name in _SAID[draft.kind]).strip()
        if not text:
            return ()
        return (*_blanks(draft), *self._unfit(text, day), *self._unproved(draft, text, nearby))

    def _unfit(self, text: str, day: date) -> list[str]:
        found = self._faults(BLANK.sub("", text), day)
        return [
            f"合规：“{one.quote}”不能说{'，可改为：' + one.instead if one.instead else ''}。" for one in found[:_MOST]
        ]

    def _unproved(self, draft: Draft, text: str, nearby: Sequence[Passage]) -> list[str]:
        """Of a model's text every sentence that no passage bears out; of a person's the figures that are new."""
        if not draft.machine:
            known = frozenset().union(*(figures(each.text) for each in nearby))
            new = sorted(figures(BLANK.sub("", text)) - known)[:_MOST]
            return [f"出处：现有相关知识里没有这些数字，请核对新规定的依据：{'、'.join(new)}。"] if new else []
        terms = self._terms()
        shown = [read_shown(each, terms) for each in nearby]
        prover = Prover(draft.title, shown, terms)
        every = tuple(range(1, len(shown) + 1))
        found = []
        for claim in claims([text]):
            if BLANK.search(claim.text) or not any(each.isalnum() for each in claim.text):
                continue
            flaw = prover.flaw(Claim(claim.text, every))
            if flaw is not None:
                found.append(f"出处：“{claim.text[:60]}”{label('flaw', flaw)}。")
        return found[:_MOST]


def draft_remarks(base: KnowledgeBase, guard: DraftGuard) -> DraftRemarks:
    """Looks drafts over with the names that a base knows and the compliance check of the site."""

    def terms() -> TermIndex:
        with base.view() as view:
            return TermIndex(view.terms)

    return DraftRemarks(guard.faults, terms)


def blanks(draft: Draft) -> tuple[str, ...]:
    """The blanks a draft still has, as they stand in it."""
    return tuple(one for name in FIELDS[draft.kind] for one in BLANK.findall(str(draft.fields.get(name, ""))))


def _blanks(draft: Draft) -> list[str]:
    found = blanks(draft)
    return [f"还有 {len(found)} 处没有填写：{'、'.join(found[:4])}。"] if found else []
