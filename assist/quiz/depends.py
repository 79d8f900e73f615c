"""Which items of the bank rest on a document; app.py hands it to the knowledge loop."""

from __future__ import annotations

from assist.loop.impact import Changing, Dependant
from kb.store import ItemState
from kb.store.quiz import QuizBank
from kb.text import fold


def dependent_items(bank: QuizBank, changing: Changing) -> list[Dependant]:
    """Items in use or to be decided on whose key, or its basis, stands in the document (in the clause, when named)."""
    found = []
    for item in bank.list([ItemState.DRAFT, ItemState.ACCEPTED], limit=None):
        for proof in item.payload.get("evidence", ()):
            place = " › ".join(proof["heading"])
            if proof["source"] == changing.source and fold(changing.clause) in fold(place + proof["quote"]):
                why = f"答案出自《{proof['title']}》{place}：{proof['quote']}"
                found.append(Dependant("impact_quiz", item.id, item.topic, why, str(item.payload["stem"])))
                break
    return found
