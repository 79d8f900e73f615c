"""Runs the compliance check over everything the assistant drafts; the composition hands it to the assistant.

What a model wrote loses the sentences at fault, and everything when nothing harmless is left. Approved wording and
quotations stand as they are, with a remark for the agent where they must not be read out.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from assist.compliance.check import Checker
from assist.compliance.model import Category, Finding, Script, Speaker, Turn
from assist.compose import Composed
from assist.model import Mode, Origin


class DraftGuard:
    """Looks over drafts on the day they are made for; thread-safe.

    Without `remarks` it only takes out what must not be said: a customer has no use for a word of warning.
    """

    def __init__(self, checker: Checker, *, remarks: bool = True) -> None:
        self._checker = checker
        self._remarks = remarks

    def faults(self, text: str, as_of: date, level: int = 0) -> tuple[Finding, ...]:
        """What must not be said in `text`; what is missing from it is no fault of a draft that is only a part.

        All of it counts as the agent's own words, even where it poses as a customer's; `level` is their authority.
        """
        if not any(character.isalnum() for character in text):
            return ()
        whole = Script(text, (Turn(Speaker.AGENT, 0, len(text)),), labelled=False)
        found = self._checker.check_script(whole, as_of=as_of, level=level).findings
        return tuple(one for one in found if one.category is not Category.MISSING)

    def faulty(self, text: str, as_of: date) -> bool:
        """True for a sentence that must not be said."""
        return bool(self.faults(text, as_of))

    def __call__(self, composed: Composed, as_of: date) -> Composed:
        """`composed` without the sentences at fault that a model wrote, and with a remark about any other."""
        if composed.mode is Mode.GENERATED:
            written = [one for one in composed.sentences if one.origin is Origin.WRITTEN]
            bad = [one for one in written if self.faulty(one.text, as_of)]
            kept = tuple(one for one in composed.sentences if one not in bad)
            composed = replace(composed, sentences=kept) if bad else composed
        if not self._remarks:
            return composed
        standing = "\n".join(one.text for one in composed.sentences if one.origin is not Origin.WRITTEN)
        grave = [one for one in self._read(standing, as_of) if one.red_line or one.category is Category.PROMISE]
        titles = dict.fromkeys(one.basis.title for one in grave)
        remarks = tuple(f"合规提示：其中“{_of(title, grave)}”涉及{title}，不可照读给客户。" for title in titles)
        return replace(composed, notices=(*composed.notices, *remarks)) if remarks else composed

    def _read(self, text: str, as_of: date) -> tuple[Finding, ...]:
        """What is at fault in approved wording or a quotation, in which a customer may be quoted too."""
        if not any(character.isalnum() for character in text):
            return ()
        found = self._checker.check(text, as_of=as_of).findings
        return tuple(one for one in found if one.category is not Category.MISSING)


def _of(title: str, findings: list[Finding]) -> str:
    return next(one.quote for one in findings if one.basis.title == title)
