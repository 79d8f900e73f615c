"""Items as JSON, for programs."""

from __future__ import annotations

import json

from assist.quiz.exports import Sheet
from assist.quiz.model import item_json


def write(sheet: Sheet) -> bytes:
    """One object: the title, the minutes, and the items with keys and proof."""
    items = [{"id": item.id, **item_json(item)} for item in sheet.items]
    data = {"title": sheet.title, "minutes": sheet.minutes, "checked_on": sheet.checked_on, "items": items}
    return json.dumps(data, ensure_ascii=False, indent=1).encode()
