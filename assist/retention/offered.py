"""Offers the composed retention draft unasked, where a customer means to leave; `assist.leaving` calls it by its seam.

No variant of a trial is assigned to it and no model is waited for: it is a first word, the retention page has the rest.
"""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from assist.leaving.offer import Draft as Offer
from assist.leaving.offer import Request, RetentionDraft
from assist.retention.desk import Asked, RetentionDesk
from assist.retention.model import Draft, Line
from assist.retention.pasted import MAX_PASTED
from kb.errors import Forbidden, InputRefused

MAX_LINKED = 300
"""So many characters of what the customer said last go into the address of the retention page."""
_FIRST = ("answer",)
_REST = ("cause", "solution", "offers", "more", "objections", "release", "closing", "record")


class OfferedDrafts:
    """A RetentionDraft over a desk; `approved` stands in where the desk has nothing. Thread-safe."""

    def __init__(self, desk: RetentionDesk, approved: RetentionDraft, *, page: str = "") -> None:
        self._desk = desk
        self._approved = approved
        self._page = page

    def __call__(self, request: Request) -> Offer | None:
        """The draft for what the customer said, None when the base has no approved wording for it."""
        approved = self._approved(request)
        reason = request.leaving.reason
        asked = Asked(
            facts={},
            text=request.text[-MAX_PASTED:],
            reason=reason.value if reason else "",
            channel=request.channel,
        )
        try:
            draft = self._desk.draft(request.principal, asked, request.as_of)
        except (Forbidden, InputRefused):
            return approved
        return self._made(draft, request, approved) if draft.citations else approved

    def _made(self, draft: Draft, request: Request, approved: Offer | None) -> Offer:
        titles = "".join(f"《{title}》" for title in dict.fromkeys(each.title for each in draft.citations))
        barred = [text for each in draft.offers for text in each.offer.row.forbidden_promises]
        first = [line for part in draft.parts if part.key in _FIRST for line in part.lines]
        return Offer(
            title=draft.request.reason.label if draft.request.reason else "先问清原因",
            steps=tuple(line.text for line in (*first, *draft.spoken) if line.say),
            source=f"{titles}，{_day(request.as_of)}有效的规定",
            forbidden=tuple(dict.fromkeys((*(approved.forbidden if approved else ()), *barred))),
            notes=approved.notes if approved else "",
            link=self._link(request),
            sections=_sections(draft),
        )

    def _link(self, request: Request) -> str:
        """The retention page with what was said, reason, channel and day filled in."""
        if not self._page:
            return ""
        given = {"q": request.text[-MAX_LINKED:], "channel": request.channel, "as_of": request.as_of.isoformat()}
        if request.leaving.reason is not None:
            given["reason"] = request.leaving.reason.value
        return f"{self._page}?{urlencode(given)}"


def _sections(draft: Draft) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What follows the first words: section by section, what is not said aloud in brackets."""
    heads = (("请先核对", draft.problems), ("合规检查", draft.remarks))
    parts = [(part.title, tuple(map(_shown, part.lines))) for part in draft.parts if part.key in _REST]
    return (*((title, lines) for title, lines in heads if lines), *parts)


def _shown(line: Line) -> str:
    return line.text if line.say else f"（{line.text}）"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
