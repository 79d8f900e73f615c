"""The approved opening and closing around an answer, and the buttons that copy what is said; `render` calls it."""

from __future__ import annotations

import re
from html import escape

from assist.model import Answer, Outcome, Phrase
from assist.pages.sources import lines
from assist.spoken import phrase_text, reply, say
from assist.wording import say as words

_SLOT = re.compile(r"\{[^{}<>]{1,20}\}")


def copy_buttons(answer: Answer) -> str:
    """The button that copies all that is said; with an opening or closing another one for the answer alone."""
    whole = (
        f'<button type="button" class="zy-copy" data-copy="{escape(say(answer))}" aria-keyshortcuts="Alt+C" '
        'title="复制应答（Alt+C）">复制</button>'
    )
    if answer.opening is None and answer.closing is None:
        return whole
    alone = f'<button type="button" class="zy-copy-part" data-copy="{escape(reply(answer))}">'
    return f"{whole}{alone}{words('page.body_only')}</button>"


def framed(answer: Answer, wording: str) -> str:
    """The wording between its opening and closing; what was not answered has no closing."""
    closing = answer.closing if answer.outcome is Outcome.ANSWERED else None
    return f"{_phrase('opening', answer.opening)}{wording}{_phrase('closing', closing)}"


def farewell(answer: Answer) -> str:
    """What to say when the call ends, on a line of its own that can be copied; "" when there is nothing approved."""
    phrase = answer.farewell
    if phrase is None:
        return ""
    copy = (
        f'<button type="button" class="zy-copy-part" data-copy="{escape(phrase_text(phrase))}" '
        'aria-keyshortcuts="Alt+B" title="复制结束语（Alt+B）">复制</button>'
    )
    return f'<section class="zy-farewell"><h3>{words("page.farewell")}{copy}</h3><p>{_said(phrase)}</p></section>'


def phrases(answer: Answer, *, whole: bool) -> list[Phrase]:
    """The numbered phrases around an answer, for its sources; the farewell only with the `whole` card.

    None where nothing was answered: a source there would look like one of the answer that there is not.
    """
    if answer.outcome is not Outcome.ANSWERED:
        return []
    shown = (answer.opening, answer.closing, answer.farewell if whole else None)
    return [phrase for phrase in shown if phrase is not None and phrase.citation.n]


def _phrase(name: str, phrase: Phrase | None) -> str:
    if phrase is None:
        return ""
    return f'<div class="zy-frame zy-{name}"><b>{words(f"page.{name}")}</b><p>{_said(phrase)}</p></div>'


def _said(phrase: Phrase) -> str:
    return _SLOT.sub(lambda found: f'<span class="zy-slot">{found.group()}</span>', lines(phrase_text(phrase)))
