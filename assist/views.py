"""The JSON that commands and API print for searches, answers, passages, documents, gaps, feedback: pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from assist.model import (
    Answer,
    Citation,
    Event,
    Finished,
    Opened,
    Phrase,
    Question,
    Restarted,
    Sentence,
    Understood,
)
from assist.spoken import say
from assist.wording import label
from kb.model import Hit, Passage, Principal, Role, SearchResult
from kb.rows import ROW
from kb.store import DocumentSummary, Feedback, Gap, GapEvent, GapQuestion, Section

Json = dict[str, Any]
SectionOf = Callable[[Passage], Section | None]


def search_json(question: str, result: SearchResult, section_of: SectionOf) -> Json:
    """A search as the published format has it; `passage_id` is added to each hit."""
    return {
        "question": question,
        "as_of": result.query.as_of.isoformat(),
        "hits": [_hit(hit, section_of(hit.passage)) for hit in result.hits],
        "timings_ms": _milliseconds(result.timings_ms),
    }


def answer_json(question: Question, answer: Answer) -> Json:
    """An answer as the published format has it, and what the pages show beyond it."""
    return {
        "question": question.text,
        "outcome": answer.outcome.value,
        "mode": None if answer.mode is None else answer.mode.value,
        "answer": answer.text,
        "say": say(answer),
        "opening": _phrase(answer.opening),
        "closing": _phrase(answer.closing),
        "farewell": _phrase(answer.farewell),
        "channel": question.channel.value,
        "choices": list(answer.choices),
        "confidence": answer.confidence,
        "citations": [citation_json(citation) for citation in answer.citations],
        "gap_id": answer.gap_id,
        "business_type": answer.business_type.label if answer.business_type else None,
        "understood": answer.understood,
        "script": None if answer.row is None else ROW.dump_python(answer.row, mode="json"),
        "notices": list(answer.notices),
        "sentences": [_sentence(one) for one in answer.sentences],
        "left_out": [{"reason": code, "label": label("flaw", code)} for code in answer.left_out],
        "degraded": {"reason": answer.degraded, "label": label("fault", answer.degraded)} if answer.degraded else None,
        "changes": [
            {"day": one.day.isoformat(), "old": citation_json(one.old), "new": citation_json(one.new)}
            for one in answer.changes
        ],
        "near": [{"source": one.source, "title": one.title, "heading": list(one.heading)} for one in answer.near],
        "reason": None if answer.reason is None else answer.reason.value,
        "question_id": answer.question_id,
        "as_of": question.as_of.isoformat(),
        "timings_ms": _milliseconds(answer.timings_ms),
    }


def event_json(question: Question, event: Event) -> tuple[str, Json]:
    """Name and data of a server-sent event."""
    if isinstance(event, Understood):
        return "understood", {"question": event.question}
    if isinstance(event, Opened):
        return "opening", {"text": event.phrase.text, "slots": list(event.phrase.slots), "code": event.phrase.code}
    if isinstance(event, Sentence):
        return "sentence", _sentence(event)
    if isinstance(event, Restarted):
        return "restart", {}
    assert isinstance(event, Finished)
    return "answer", answer_json(question, event.answer)


def passage_json(passage: Passage, section: Section | None, principal: Principal) -> Json:
    """A passage with its section and where it stands in it; the typed row is for staff."""
    start = -1 if section is None else section.text.find(passage.text)
    row = passage.row if principal.role is not Role.CUSTOMER else None
    return {
        "passage_id": passage.id,
        **_passage(passage, section),
        "highlight": None if start < 0 else [start, start + len(passage.text)],
        "questions": list(passage.questions),
        "row": None if row is None else dict(row),
    }


def document_json(summary: DocumentSummary, principal: Principal) -> Json:
    """A document of the active release; who else may see it and who keeps it is for staff."""
    shown: Json = {
        "source": summary.source,
        "title": summary.title,
        "kind": summary.kind.value,
        "effective_from": _day(summary.validity.effective_from),
        "effective_to": _day(summary.validity.effective_to),
        "products": list(summary.products),
        "version": summary.version_label,
        "passages": summary.passages,
    }
    if principal.role is not Role.CUSTOMER:
        shown |= {
            "audience": summary.audience.label,
            "department": summary.department,
            "supersedes": list(summary.supersedes),
            "superseded_by": list(summary.superseded_by),
        }
    return shown


def gap_json(gap: Gap) -> Json:
    """A knowledge gap in a list."""
    return {
        "id": str(gap.id),
        "state": gap.state.value,
        "state_label": gap.state.label,
        "question": gap.question,
        "business_type": gap.business_type,
        "cause": None if gap.cause is None else gap.cause.value,
        "owner": gap.owner,
        "department": gap.department,
        "due": _day(gap.due),
        "priority": gap.priority,
        "count": gap.count,
        "first_seen": _moment(gap.first_seen),
        "last_seen": _moment(gap.last_seen),
    }


def gap_detail_json(gap: Gap, asked: tuple[GapQuestion, ...], history: tuple[GapEvent, ...]) -> Json:
    """A knowledge gap with every asking and everything done about it."""
    return gap_json(gap) | {
        "questions": [
            {
                "text": one.text,
                "role": one.principal.role.value,
                "department": one.principal.department,
                "channel": one.channel,
                "as_of": one.as_of.isoformat(),
                "asked_at": _moment(one.asked_at),
                "nearest": [
                    {"source": hit.source, "title": hit.title, "confidence": hit.confidence} for hit in one.nearest
                ],
            }
            for one in asked
        ],
        "history": [
            {"at": _moment(one.at), "principal": one.principal, "state": one.state.value, "note": one.note}
            for one in history
        ],
    }


def feedback_json(given: Feedback) -> Json:
    """A verdict on an answer."""
    return {
        "id": given.id,
        "verdict": given.verdict.value,
        "reason": given.reason,
        "question": given.question,
        "answer": given.answer,
        "question_id": given.question_id,
        "role": given.principal.role.value,
        "at": _moment(given.at),
    }


def _hit(hit: Hit, section: Section | None) -> Json:
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "confidence": round(hit.confidence, 4),
        **_passage(hit.passage, section),
        "passage_id": hit.passage.id,
    }


def _passage(passage: Passage, section: Section | None) -> Json:
    return {
        "source": passage.source,
        "title": passage.title,
        "heading": list(passage.heading),
        "page": passage.page,
        "kind": passage.kind.value,
        "text": passage.text,
        "section": None if section is None else section.text,
        "effective_from": _day(passage.validity.effective_from),
        "effective_to": _day(passage.validity.effective_to),
    }


def _sentence(sentence: Sentence) -> Json:
    return {"text": sentence.text, "citations": list(sentence.citations), "origin": sentence.origin.value}


def _phrase(phrase: Phrase | None) -> Json | None:
    if phrase is None:
        return None
    return {
        "text": phrase.text,
        "slots": list(phrase.slots),
        "code": phrase.code,
        "citation": citation_json(phrase.citation),
    }


def citation_json(citation: Citation) -> Json:
    """A citation, as every interface shows it."""
    return {
        "n": citation.n,
        "source": citation.source,
        "title": citation.title,
        "heading": list(citation.heading),
        "page": citation.page,
        "quote": citation.quote,
        "effective_from": _day(citation.effective_from),
        "effective_to": _day(citation.effective_to),
        "kind": citation.kind.value,
        "passage_id": citation.passage_id,
    }


def _milliseconds(timings: Mapping[str, float]) -> dict[str, float]:
    return {part: round(value, 2) for part, value in timings.items()}


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
