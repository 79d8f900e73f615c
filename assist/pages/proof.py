"""How an answer came about, as HTML: which sentences are written or quoted, what was left out, old and new rules."""

from __future__ import annotations

from html import escape

from assist.model import Answer, Change, Citation, Mode, Origin
from assist.pages.sources import in_force, lines
from assist.wording import label, say


def origins(answer: Answer) -> tuple[Origin, ...]:
    """Where each line of the wording comes from, for an answer that mixes them; empty for any other."""
    if answer.mode is not Mode.GENERATED:
        return ()
    return tuple(sentence.origin for sentence in answer.sentences)


def badge(origin: Origin) -> str:
    """A small mark of where a sentence comes from."""
    return f'<span class="zy-origin zy-from-{origin}">{escape(label("origin", origin))}</span>'


def remarks(answer: Answer) -> str:
    """Why the model was not used, or why some of its sentences were not; never their words."""
    parts = []
    if answer.degraded:
        parts.append(say("page.degraded", why=label("fault", answer.degraded)))
    if answer.left_out:
        reasons = "、".join(dict.fromkeys(label("flaw", code) for code in answer.left_out))
        parts.append(say("page.left_out", count=len(answer.left_out), why=reasons))
    return "".join(f'<p class="zy-proof">{escape(part)}</p>' for part in parts)


def changes(answer: Answer) -> str:
    """Old and new side by side for every change of the rule; "" when there is none."""
    return "".join(_change(change) for change in answer.changes)


def _change(change: Change) -> str:
    day = f"{change.day.year}年{change.day.month}月{change.day.day}日"
    return (
        f'<section class="zy-change"><h3>{escape(say("page.change", day=day))}</h3><div class="zy-versions">'
        f"{_version(say('page.before'), change.old)}{_version(say('page.after'), change.new)}</div></section>"
    )


def _version(name: str, citation: Citation) -> str:
    days = in_force(citation.effective_from, citation.effective_to)
    return (
        f'<div class="zy-version"><b>{escape(name)}</b><p>{lines(citation.quote)}</p>'
        f"<small>《{escape(citation.title)}》 {days}</small></div>"
    )
