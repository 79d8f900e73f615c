"""Scripts as the JSON that the API and the commands publish."""

from __future__ import annotations

from typing import Any

from assist.scripts.model import Filled, Shown

Json = dict[str, Any]


def shown_json(shown: Shown) -> Json:
    """One script of a list."""
    script, row = shown.script, shown.script.row
    return {
        "key": script.key,
        "code": row.code,
        "scenario": row.scenario,
        "subscenario": row.subscenario,
        "triggers": list(row.triggers),
        "wording": row.wording,
        "steps": [{"text": step.text, "wait_seconds": step.wait_seconds} for step in row.steps],
        "slots": list(row.slots),
        "forbidden": list(row.forbidden),
        "notes": row.notes,
        "channel": row.channel,
        "version": row.version,
        "audience": script.audience,
        "effective_from": script.days.effective_from,
        "effective_to": script.days.effective_to,
        "source": script.source,
        "title": script.title,
        "passage_id": script.passage_id,
        "favourite": shown.favourite,
        "uses": shown.uses,
        "confidence": shown.confidence,
    }


def filled_json(filled: Filled) -> Json:
    """A script made ready for a call."""
    return {
        "key": filled.script.key,
        "text": filled.text,
        "steps": [
            {
                "text": step.text,
                "wait_seconds": step.wait_seconds,
                "pieces": [{"text": one.text, "slot": one.slot or None, "filled": one.filled} for one in step.pieces],
            }
            for step in filled.steps
        ],
        "known": dict(filled.known),
        "open": list(filled.open),
    }
