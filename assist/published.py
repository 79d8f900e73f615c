"""The published JSON of a search and of an answer: one shape for the command line, the API and the evaluation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from assist.model import Answer, Citation
from kb.model import Hit, Passage, SearchResult
from kb.rows import ROW

Json = dict[str, Any]


def search_json(result: SearchResult, section: Callable[[Passage], str | None]) -> Json:
    """A search as published; `section` gives the text of a passage's parent section if the asker may see all of it."""
    query = result.query
    return {
        "question": query.question,
        "as_of": query.as_of.isoformat(),
        "hits": [_hit_json(hit, section(hit.passage)) for hit in result.hits],
        "timings_ms": _rounded(result.timings_ms),
    }


def answer_json(question: str, answer: Answer) -> Json:
    """An answer as published, with what the pages need besides: business type, notices, typed row, what was near."""
    return {
        "question": question,
        "outcome": answer.outcome.value,
        "mode": answer.mode.value if answer.mode else None,
        "answer": answer.text,
        "choices": list(answer.choices),
        "confidence": round(answer.confidence, 4),
        "citations": [_citation_json(citation) for citation in answer.citations],
        "gap_id": answer.gap_id,
        "timings_ms": _rounded(answer.timings_ms),
        "business_type": answer.business_type.label if answer.business_type else None,
        "understood": answer.understood,
        "notices": list(answer.notices),
        "reason": answer.reason.value if answer.reason else None,
        "row": ROW.dump_python(answer.row, mode="json") if answer.row else None,
        "near": [
            {"source": near.source, "title": near.title, "heading": list(near.heading), "confidence": near.confidence}
            for near in answer.near
        ],
    }


def _hit_json(hit: Hit, section: str | None) -> Json:
    passage = hit.passage
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "confidence": round(hit.confidence, 4),
        "source": passage.source,
        "title": passage.title,
        "heading": list(passage.heading),
        "page": passage.page,
        "kind": passage.kind.value,
        "text": passage.text,
        "section": section,
        "effective_from": _day(passage.validity.effective_from),
        "effective_to": _day(passage.validity.effective_to),
        "passage_id": passage.id,
    }


def _citation_json(citation: Citation) -> Json:
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


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _rounded(timings: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in timings.items()}
