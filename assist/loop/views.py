"""The JSON of the knowledge loop, for API and commands: pure functions."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from enum import Enum
from typing import Any

from assist.loop.closure import Proof
from assist.loop.drafting import DraftSheet
from assist.loop.health import KINDS, Finding
from assist.loop.news import Digest
from assist.loop.reports import Report
from assist.loop.work import GapLine, GapSheet
from assist.views import gap_json
from kb.model import Passage
from kb.store import Draft, GateRun, Notice, Plan, Release

Json = dict[str, Any]


def line_json(line: GapLine) -> Json:
    """A gap in the ledger."""
    return gap_json(line.gap) | {
        "origin": line.details.origin.value,
        "origin_label": line.details.origin.label,
        "cause_label": None if line.gap.cause is None else line.gap.cause.label,
        "reply": line.details.reply,
        "merged_into": line.details.merged_into,
        "overdue": line.overdue,
        "week": line.traffic.week,
        "week_before": line.traffic.week_before,
        "channels": list(line.traffic.channels),
        "waiting": list(line.traffic.waiting),
    }


def sheet_json(sheet: GapSheet) -> Json:
    """Everything about a gap."""
    nearest = [hit for one in sheet.questions[-1:] for hit in one.nearest]
    return line_json(sheet.line) | {
        "wordings": list(sheet.wordings),
        "nearest": [asdict(hit) for hit in nearest],
        "alike": [{"id": gap.id, "question": gap.question, "likeness": round(score, 3)} for gap, score in sheet.alike],
        "history": [
            {
                "at": one.at.isoformat(),
                "principal": one.principal,
                "state": one.state.value,
                "state_label": one.state.label,
                "changes": dict(one.changes),
                "note": one.note,
            }
            for one in sheet.history
        ],
    }


def draft_json(draft: Draft) -> Json:
    """A draft with its fields."""
    return _flat(asdict(draft)) | {"state_label": draft.state.label, "kind_label": draft.kind.label}


def draft_sheet_json(sheet: DraftSheet) -> Json:
    """A draft as its reviewer sees it."""
    return draft_json(sheet.draft) | {
        "nearby": [_passage(each) for each in sheet.nearby],
        "conflicts": [
            _passage(each.passage) | {"theirs": each.theirs, "mine": each.mine, "figures": list(each.figures)}
            for each in sheet.conflicts
        ],
        "changes": [_flat(asdict(each)) for each in sheet.changes],
        "warnings": list(sheet.warnings),
    }


def plan_json(plan: Plan) -> Json:
    """A planned release."""
    return _flat(asdict(plan)) | {"state_label": plan.state.label}


def gate_json(run: GateRun) -> Json:
    """A run of the gate."""
    return _flat(asdict(run))


def proof_json(proof: Proof) -> Json:
    """What asking a gap again showed."""
    return _flat(asdict(proof)) | {"verified": proof.holds}


def release_json(release: Release) -> Json:
    """A release that answers or answered."""
    return _flat(asdict(release))


def notice_json(notice: Notice) -> Json:
    """A notice to one person."""
    return _flat(asdict(notice))


def finding_json(finding: Finding) -> Json:
    """Something to be put right, or something that depends on what changes."""
    return _flat(asdict(finding)) | {"kind_label": KINDS.get(finding.kind, "受影响")}


def digest_json(digest: Digest) -> Json:
    """What changed, old and new."""
    return _flat(asdict(digest))


def report_json(report: Report) -> Json:
    """A report."""
    return _flat(asdict(report))


def _flat(fields: Json) -> Json:
    return {name: plain(value) for name, value in fields.items()}


def plain(value: Any) -> Any:
    """`value` with dates as ISO text, enumerations as their values and tuples as lists."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date | datetime) else value


def _passage(passage: Passage) -> Json:
    return {
        "passage_id": passage.id,
        "source": passage.source,
        "title": passage.title,
        "heading": list(passage.heading),
        "text": passage.text,
    }
