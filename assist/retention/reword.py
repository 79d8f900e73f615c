"""The seam for a language model: it may reword what is not fixed, and each new wording is proved before it is used.

Without a model nothing here runs. With one, a line that fails the proof stays as it was approved; offers, amounts,
dates and mandatory disclosures are fixed lines and are never shown to the model as something to change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from assist.retention.model import Draft, Line
from kb.mask import mask
from kb.text import figures

MAX_GROWTH = 2.0
"""A new wording longer than this many times the approved one is not the same thing said differently."""

_PROMISES = (
    *("赠", "送您", "减免", "立减", "免费", "返还", "返您", "补偿", "优惠", "打折", "便宜", "省钱"),
    *("保证", "一定能", "承诺", "永久", "随时可退", "打包票"),
)
_PRESSURE = ("不能转", "转不了", "销不了", "停机", "后悔", "只有经理", "最后机会", "不办就")


class Rewriter(Protocol):
    """Gives each line another wording, in order; a list of another length is thrown away."""

    def __call__(self, lines: Sequence[str], *, reason: str) -> Sequence[str]:
        """New wordings of `lines` for a customer who leaves for `reason` (Chinese, "" unknown)."""
        ...


def reworded(draft: Draft, rewriter: Rewriter) -> Draft:
    """The draft with proved new wordings; unchanged when the model fails, answers badly, or proves nothing.

    A line that holds something of this customer, by a slot of the script, is not shown to the model.
    """
    free = [line for part in draft.parts for line in part.lines if _free(line) and not _private(line, draft)]
    reason = draft.request.reason.label if draft.request.reason else ""
    try:
        written = list(rewriter([line.text for line in free], reason=reason)) if free else []
    except Exception:  # a model may fail in any way; the approved wording is there
        return draft
    if len(written) != len(free):
        return draft
    # Every offer the draft knows of, so that none can be smuggled into a line that does not name it.
    names = {each.offer.row.name for each in (*draft.offers, *draft.more, *draft.others)}
    new = {line.text: text for line, text in zip(free, written, strict=True) if proved(line.text, text, names)}
    if not any(new[text] != text for text in new):
        return draft
    parts = tuple(replace(part, lines=tuple(_with(line, new) for line in part.lines)) for part in draft.parts)
    return replace(draft, parts=parts, spoken=tuple(_with(line, new) for line in draft.spoken), reworded=True)


def proved(approved: str, written: str, names: set[str] | frozenset[str] = frozenset()) -> bool:
    """Whether `written` says no more than `approved`.

    No new figure, offer, promise, pressure or slot, not much longer, and few characters it did not have.
    """
    if not isinstance(written, str) or not written.strip() or len(written) > MAX_GROWTH * len(approved) + 10:
        return False
    if not set(figures(written)) <= set(figures(approved)):
        return False
    if any(word in written and word not in approved for word in (*_PROMISES, *_PRESSURE, *names)):
        return False
    known = {char for char in approved if char.isalpha()}
    if len({char for char in written if char.isalpha()} - known) > max(6, len(known) / 2):
        return False
    return written.count("{") == approved.count("{") and not any(char in written for char in "<>`")


def _free(line: Line) -> bool:
    return line.say and not line.fixed


def _private(line: Line, draft: Draft) -> bool:
    """True when a slot of this call stands in the line, or anything that is hidden wherever it stands."""
    given = (value.strip() for value in draft.request.call.values())
    return any(value in line.text for value in given if value) or mask(line.text) != line.text


def _with(line: Line, new: dict[str, str]) -> Line:
    return replace(line, text=new[line.text]) if _free(line) and line.text in new else line
