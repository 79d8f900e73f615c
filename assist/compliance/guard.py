"""Runs the compliance check over everything the assistant drafts; the composition hands it to the assistant.

What a model wrote loses the sentences at fault, and everything when nothing harmless is left. Approved wording and
quotations stand as they are, with a remark for the agent where they must not be read out.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from assist.compliance.check import Checker
from assist.compliance.model import Category, Finding
from assist.compose import Composed
from assist.model import Mode


class DraftGuard:
    """Looks over drafts on the day they are made for; thread-safe."""

    def __init__(self, checker: Checker) -> None:
        self._checker = checker

    def faults(self, text: str, as_of: date) -> tuple[Finding, ...]:
        """What must not be said in `text`; what is missing from it is no fault of a draft that is only a part."""
        if not any(character.isalnum() for character in text):
            return ()
        found = self._checker.check(text, as_of=as_of).findings
        return tuple(one for one in found if one.category is not Category.MISSING)

    def __call__(self, composed: Composed, as_of: date) -> Composed:
        """`composed` without the sentences at fault when a model wrote them, else with a remark about them."""
        if composed.mode is Mode.GENERATED:
            kept = tuple(one for one in composed.sentences if not self.faults(one.text, as_of))
            return composed if len(kept) == len(composed.sentences) else replace(composed, sentences=kept)
        grave = [one for one in self.faults(composed.text, as_of) if one.red_line or one.category is Category.PROMISE]
        titles = dict.fromkeys(one.basis.title for one in grave)
        remarks = tuple(f"合规提示：其中“{_of(title, grave)}”涉及{title}，不可照读给客户。" for title in titles)
        return replace(composed, notices=(*composed.notices, *remarks)) if remarks else composed


def _of(title: str, findings: list[Finding]) -> str:
    return next(one.quote for one in findings if one.basis.title == title)
