"""Drafts, outcomes, opinions and reports as the JSON that API and command print: pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from assist.leaving.model import LeavingReason
from assist.retention.eligibility import Verdict
from assist.retention.fields import FIELDS
from assist.retention.model import Draft, Line, settings
from assist.retention.outcomes import Recorded
from assist.retention.report import Group, Report
from assist.views import citation_json
from kb.store import Opinion, RetentionOutcome, Tally, Trial

Json = dict[str, Any]


def draft_json(draft: Draft) -> Json:
    """A draft with everything the page shows; facts are those understood, nothing of the pasted text."""
    request = draft.request
    return {
        "as_of": request.day.isoformat(),
        "channel": request.channel,
        "reason": request.reason.value if request.reason else None,
        "reason_label": request.reason.label if request.reason else None,
        "style": draft.style,
        "assignment_id": draft.assignment_id,
        "segment": draft.segment or None,
        "facts": facts_json(draft),
        "problems": list(draft.problems),
        "sheet_problems": list(draft.sheet_problems),
        "held_back": draft.held_back,
        "reworded": draft.reworded,
        "remarks": list(draft.remarks),
        "parts": [
            {"key": part.key, "title": part.title, "lines": [_line(line) for line in part.lines]}
            for part in draft.parts
        ],
        "spoken": [_line(line) for line in draft.spoken],
        "offers": [verdict_json(each) for each in draft.offers],
        "more": [verdict_json(each) for each in draft.more],
        "others": [verdict_json(each) for each in draft.others],
        "citations": [citation_json(each) for each in draft.citations],
        "timings_ms": {name: round(value, 2) for name, value in draft.timings_ms.items()},
    }


def facts_json(draft: Draft) -> Json:
    """Facts by key, as `read_facts` takes them again."""
    return {
        key: sorted(value) if isinstance(value, frozenset) else value
        for key, value in draft.request.facts.values.items()
    }


def verdict_json(verdict: Verdict) -> Json:
    """An offer with its standing for this customer."""
    offer = verdict.offer
    return {
        "code": offer.code,
        "name": offer.row.name,
        "content": offer.row.content,
        "standing": verdict.standing.value,
        "reasons": list(verdict.reasons),
        "ask": [{"key": each.key, "text": each.text} for each in verdict.ask],
        "authority": offer.level.label,
        "needs": list(offer.needs),
        "disclosures": list(offer.row.disclosures),
        "forbidden_promises": list(offer.row.forbidden_promises),
        "stacking": offer.row.stacking,
        "channels": list(offer.row.channels),
        "effective_from": _day(offer.validity.effective_from),
        "effective_to": _day(offer.validity.effective_to),
        "passage_id": offer.passage.id,
    }


def recorded_json(recorded: Recorded) -> Json:
    """An outcome just kept, with the opinion it brought."""
    return {
        "outcome": outcome_json(recorded.outcome),
        "opinion": None if recorded.opinion is None else opinion_json(recorded.opinion),
    }


def outcome_json(outcome: RetentionOutcome) -> Json:
    """An outcome as kept."""
    return {
        "id": outcome.id,
        "result": outcome.result.value,
        "result_label": outcome.result.label,
        "reason": outcome.reason,
        "style": outcome.style,
        "segment": outcome.segment,
        "slot": outcome.slot,
        "channel": outcome.channel,
        "offer": outcome.offer or None,
        "assignment_id": outcome.assignment_id,
        "call_back_on": _day(outcome.call_back_on),
        "facts": dict(outcome.facts),
        "remark": outcome.remark,
        "at": _moment(outcome.at),
        "settled_at": _moment(outcome.settled_at),
    }


def opinion_json(opinion: Opinion) -> Json:
    """An opinion with the department that owes an answer."""
    return {
        "id": opinion.id,
        "text": opinion.text,
        "reason": opinion.reason,
        "department": opinion.department,
        "state": opinion.state.value,
        "reply": opinion.reply,
        "answered_by": opinion.answered_by,
        "outcome_id": opinion.outcome_id,
        "at": _moment(opinion.at),
        "answered_at": _moment(opinion.answered_at),
    }


def trial_json(trial: Trial, tallies: Mapping[str, Tally]) -> Json:
    """A trial with its outcomes by variant."""
    return {
        "id": trial.id,
        "name": trial.name,
        "reason": trial.reason or None,
        "state": trial.state.value,
        "exploration": trial.exploration,
        "minimum": trial.minimum,
        "created_at": _moment(trial.created_at),
        "stopped_at": _moment(trial.stopped_at),
        "styles": {
            style: {"assigned": tally.assigned, "kept": tally.kept, "lost": tally.lost}
            for style in trial.styles
            for tally in [tallies.get(style) or Tally()]
        },
    }


def report_json(report: Report) -> Json:
    """A report; shares and intervals are in [0, 1], None where nothing is settled."""
    return {
        "total": _group(report.total, str),
        "styles": [_group(each, style_label) for each in report.styles],
        "reasons": [_group(each, reason_label) for each in report.reasons],
        "segments": [_group(each, str) for each in report.segments],
        "slots": [_group(each, str) for each in report.slots],
        "leader": report.contest.leader or None,
        "difference": list(report.contest.difference) if report.contest.difference else None,
        "finding": report.contest.reason,
        "randomised": report.randomised,
    }


def style_label(style: str) -> str:
    """A variant's Chinese name."""
    known: Mapping[str, Mapping[str, str]] = settings()["styles"]
    return known[style]["label"] if style in known else style


def reason_label(reason: str) -> str:
    """A leaving reason's Chinese name."""
    return LeavingReason(reason).label if reason in set(LeavingReason) else reason


def fields_json() -> list[Json]:
    """The facts a draft can be given, for whoever fills them from another system."""
    return [
        {
            "key": each.key,
            "label": each.label,
            "shape": each.shape.value,
            "unit": each.unit or None,
            "range": [each.low, each.high] if each.high else None,
            "choices": {stored: names[0] for stored, names in each.choices.items()} or None,
        }
        for each in FIELDS.values()
    ]


def _group(group: Group, label: Any) -> Json:
    return {
        "value": group.value,
        "label": label(group.value),
        "kept": group.kept,
        "lost": group.lost,
        "call_back": group.call_back,
        "share": None if group.share is None else round(group.share, 4),
        "interval": None if group.interval is None else [round(each, 4) for each in group.interval],
    }


def _line(line: Line) -> Json:
    return {"text": line.text, "say": line.say, "fixed": line.fixed, "citations": list(line.citations)}


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
