"""Runs the compliance check over a draft before it is shown; the retention desk calls it on every draft.

A line that a model reworded and that is at fault gives way to the approved line; an approved line stands, with a remark
that it must not be read out. Both are said plainly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date

from assist.compliance.model import Finding
from assist.retention.authority import Level, level_of
from assist.retention.model import Draft, Line, Part

Faults = Callable[[str, date, int], Sequence[Finding]]
"""What must not be said in an agent's own words on a day: text, day, authority (0 agent, 1 duty manager, 2 group)."""


def guarded(draft: Draft, approved: Draft, faults: Faults) -> Draft:
    """`draft`, which has the lines of `approved` in other words or in the same, without any rewording at fault."""
    at_fault = _found(draft, faults)
    if not at_fault:
        return draft
    original = dict(zip(_said(draft), _said(approved), strict=True))
    back = {text: original[text] for text in at_fault if original[text] != text}
    mended = _replaced(draft, back) if back else draft
    remarks = [_taken_back(back, at_fault)] if back else []
    left = _found(mended, faults) if back else at_fault
    remarks += [_warned(one) for found in left.values() for one in found]
    whole = mended.parts == approved.parts and mended.spoken == approved.spoken
    return replace(mended, reworded=draft.reworded and not whole, remarks=(*draft.remarks, *dict.fromkeys(remarks)))


def _found(draft: Draft, faults: Faults) -> dict[str, list[Finding]]:
    """Findings by the line they stand in; all lines are read as one speech, for what they promise goes together."""
    texts = list(dict.fromkeys(_said(draft)))
    request = draft.request
    findings = faults("\n".join(texts), request.day, level_of(request.principal) - Level.AGENT)
    by_text: dict[str, list[Finding]] = {}
    start = 0
    for text in texts:
        end = start + len(text)
        for one in findings:
            if start <= one.start < end:
                by_text.setdefault(text, []).append(one)
        start = end + 1
    return by_text


def _said(draft: Draft) -> list[str]:
    return [line.text for line in _lines(draft) if line.say]


def _lines(draft: Draft) -> Iterable[Line]:
    yield from (line for part in draft.parts for line in part.lines)
    yield from draft.spoken


def _replaced(draft: Draft, back: dict[str, str]) -> Draft:
    def line(one: Line) -> Line:
        return replace(one, text=back[one.text]) if one.say and not one.fixed and one.text in back else one

    parts = tuple(Part(part.key, part.title, tuple(map(line, part.lines))) for part in draft.parts)
    return replace(draft, parts=parts, spoken=tuple(map(line, draft.spoken)))


def _taken_back(back: dict[str, str], at_fault: dict[str, list[Finding]]) -> str:
    why = dict.fromkeys(f"{one.category.label}：{one.basis.title}" for text in back for one in at_fault[text])
    return f"模型改写的 {len(back)} 句没有通过合规检查（{'；'.join(why)}），已换回审核过的原话。"


def _warned(finding: Finding) -> str:
    quote = finding.quote if len(finding.quote) <= 20 else f"{finding.quote[:20]}……"
    return f"合规提示：话术里的“{quote}”涉及{finding.category.label}（{finding.basis.title}），不可照读给客户。"
