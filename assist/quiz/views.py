"""The JSON of quizzes as API and command give it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from assist.quiz.desk import Checked, Made, TakenIn
from assist.quiz.mastery import Level, Profile, TeamView
from assist.quiz.model import Generated, item_json
from assist.quiz.practice import Feedback, Result, Shown
from kb.store import BankItem, Coaching, ItemEvent, ItemFigures, Paper, Release, Session

Json = dict[str, Any]


def bank_json(row: BankItem, figures: ItemFigures | None = None) -> Json:
    """An item of the bank with what it asks."""
    return {
        "id": row.id,
        "version": row.version,
        "state": row.state.value,
        "state_label": row.state.label,
        "reason": row.reason,
        "origin": row.origin,
        "author": row.author,
        "updated_at": row.updated_at.isoformat() if row.updated_at else None,
        **dict(row.payload),
        **({"figures": asdict(figures)} if figures else {}),
    }


def made_json(made: Made) -> Json:
    """What generation did."""
    return {**generated_json(made.generated), "items": [bank_json(row) for row in made.items]}


def generated_json(generated: Generated) -> Json:
    """Items made, and why there are not more."""
    return {
        "count": len(generated.items),
        "possible": generated.possible,
        "notes": list(generated.notes),
        "contradictions": [each.text for each in generated.contradictions],
        "refused": dict(generated.refused),
        "items": [{"id": item.id, **item_json(item)} for item in generated.items],
    }


def taken_json(taken: TakenIn) -> Json:
    """What an import did."""
    return {
        "imported": len(taken.items),
        "known": taken.known,
        "without_proof": taken.without_proof,
        "refused": [{"row": row, "reason": reason} for row, reason in taken.refused],
        "items": [bank_json(row) for row in taken.items],
    }


def checked_json(checked: Checked) -> Json:
    """What looking after the bank changed."""
    return {
        "checked": checked.checked,
        "withdrawn": [{"id": each, "reason": why} for each, why in checked.withdrawn],
        "contradictions": [each.text for each in checked.contradictions],
    }


def event_json(event: ItemEvent) -> Json:
    """A step in an item's history."""
    return {
        "at": event.at.isoformat(),
        "principal": event.principal,
        "version": event.version,
        "state": event.state.value,
        "note": event.note,
        "payload": event.payload,
    }


def paper_json(paper: Paper) -> Json:
    """A paper."""
    return {
        "id": paper.id,
        "title": paper.title,
        "minutes": paper.minutes,
        "items": [each for each, _ in paper.items],
        "created_at": paper.created_at.isoformat() if paper.created_at else None,
    }


def session_json(session: Session) -> Json:
    """A session of practice."""
    return {
        "id": session.id,
        "mode": session.mode,
        "title": session.title,
        "total": len(session.items),
        "seed": session.seed,
        "minutes": session.minutes,
        "started_at": session.started_at.isoformat() if session.started_at else None,
        "finished_at": session.finished_at.isoformat() if session.finished_at else None,
    }


def shown_json(shown: Shown) -> Json:
    """An item as it is put to somebody: no key."""
    return {
        "place": shown.place,
        "total": shown.total,
        "kind": shown.kind.value if shown.kind else "roleplay",
        "stem": shown.stem,
        "options": list(shown.options),
        "topic": shown.topic,
    }


def feedback_json(feedback: Feedback) -> Json:
    """What an answer gets."""
    return {**asdict(feedback), "due": feedback.due.isoformat() if feedback.due else None}


def result_json(result: Result) -> Json:
    """How a session went."""
    return {
        "session": session_json(result.session),
        "score": result.score,
        "answered": result.answered,
        "lines": [
            {"item": shown_json(shown), "given": given, **feedback_json(feedback)}
            for shown, given, feedback in result.lines
        ],
    }


def profile_json(profile: Profile) -> Json:
    """One person's mastery."""
    return {
        **asdict(profile.learner),
        "answers": profile.answers,
        "topics": _levels(profile.topics),
        "stages": _levels(profile.stages),
        "competencies": _levels(profile.competencies),
    }


def team_json(view: TeamView) -> Json:
    """A team's mastery."""
    return asdict(view)


def coaching_json(one: Coaching, names: Mapping[str, str]) -> Json:
    """What is to be coached, or was; `name` is empty for a whole team."""
    return {
        **asdict(one),
        "sources": list(one.sources),
        "name": names.get(one.person, one.person),
        "opened_at": one.opened_at.isoformat() if one.opened_at else None,
        "done_at": one.done_at.isoformat() if one.done_at else None,
    }


def release_json(release: Release) -> Json:
    """A release to compare with another."""
    return {
        "id": release.id,
        "note": release.note,
        "activated_at": release.activated_at.isoformat() if release.activated_at else None,
        "state": release.state.value,
    }


def _levels(levels: tuple[Level, ...]) -> list[Json]:
    return [asdict(level) for level in levels]
