"""Detects that a customer means to leave, and why: rules over each sentence, and nearness to labelled examples.

Questions on the agent's page, transcripts in the API and the retention drafts ask here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from assist.compliance.folding import Folded, clauses, fold_plain, sentences
from assist.compliance.model import Speaker, Turn
from assist.compliance.transcript import read_script
from assist.leaving.model import Cue, Leaving, LeavingReason
from assist.leaving.prototypes import ClauseReader, labels
from kb.embed import Embedder

LEAVE, NONE = "leave", "none"
_TELLING = (LeavingReason.RIVAL, LeavingReason.NEGLECTED, LeavingReason.CONTACT, LeavingReason.TURMOIL)
"""Reasons that are a hint by themselves; a fault or a plan that does not fit is not."""
_UNREAD = dict.fromkeys((LEAVE, NONE, *(reason.value for reason in LeavingReason)), 0.3)
"""What is assumed of the meaning while no embedding model reads it."""
_MOST = 3.0
"""More rules than this weight say nothing more."""
_CLAUSES = 60
"""So many of the latest clauses are compared by meaning; the rules read everything."""


@dataclass(frozen=True, slots=True)
class _Intent:
    weight: float
    wants: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Settings:
    """What leaving.yaml says; `weights` are those of the logistic score of an intent."""

    weights: Mapping[str, float]
    threshold: float
    reason_at_least: float
    reason_meaning: float
    intent: tuple[_Intent, ...]
    against: tuple[tuple[float, re.Pattern[str]], ...]
    reasons: Mapping[LeavingReason, tuple[tuple[float, re.Pattern[str]], ...]]
    scenario: tuple[str, ...]
    scripts: Mapping[str, tuple[str, ...]]
    wants: Mapping[str, tuple[str, ...]]
    otherwise: tuple[str, ...]


@dataclass(slots=True)
class _Evidence:
    """What one sentence, or a whole text, shows."""

    intent: float
    reasons: dict[LeavingReason, float]
    wants: str
    cues: list[Cue]


class LeavingDetector:
    """Detects leaving intent; without an embedder by rules alone. Thread-safe."""

    def __init__(self, embedder: Embedder | None = None) -> None:
        self._settings = settings()
        self._reader = None if embedder is None else ClauseReader(embedder)

    def detect(self, text: str) -> Leaving:
        """What a question or transcript shows; of a transcript only what the customer said counts."""
        if not any(character.isalnum() for character in text):
            return Leaving(intends=False, probability=0.0)
        script = read_script(text)
        spoken = [turn for turn in script.turns if turn.speaker is Speaker.CUSTOMER or not script.labelled]
        evidence = _Evidence(0.0, dict.fromkeys(LeavingReason, 0.0), "", [])
        for turn in spoken:
            for piece in sentences(script.text, turn.start, turn.end):
                folded = fold_plain(script.text, piece.start, piece.end)
                _add(evidence, self._sentence(script.text, folded))
        return self._judge(evidence, self._meaning(script.text, spoken))

    def _sentence(self, text: str, folded: Folded) -> _Evidence:
        found = _Evidence(0.0, dict.fromkeys(LeavingReason, 0.0), "", [])
        for rule in self._settings.intent:
            match = rule.pattern.search(folded.text)
            if match and match.group():
                found.intent += rule.weight
                found.wants = found.wants or rule.wants
                found.cues.append(_cue(text, folded, match, rule.wants or "离网倾向"))
        for weight, pattern in self._settings.against:
            found.intent -= weight * (pattern.search(folded.text) is not None)
        for reason, patterns in self._settings.reasons.items():
            for weight, pattern in patterns:
                match = pattern.search(folded.text)
                if match and match.group():
                    found.reasons[reason] += weight
                    found.cues.append(_cue(text, folded, match, reason.label))
        return found

    def _judge(self, evidence: _Evidence, meaning: Mapping[str, float]) -> Leaving:
        chosen, weights = self._settings, self._settings.weights
        near = meaning or _UNREAD
        score = (
            weights["bias"]
            + weights["rules"] * max(-_MOST, min(_MOST, evidence.intent))
            + weights["leave"] * near[LEAVE]
            + weights["telling"] * max(near[reason.value] for reason in _TELLING)
            + weights["none"] * near[NONE]
            + weights["reasons"] * min(_MOST, sum(evidence.reasons.values()))
        )
        probability = 1 / (1 + math.exp(-score))
        intends = probability >= chosen.threshold
        reasons = {
            reason: evidence.reasons[reason] + chosen.reason_meaning * max(0.0, meaning.get(reason.value, 0.0))
            for reason in LeavingReason
        }
        total = sum(reasons.values())
        best = max(reasons, key=lambda reason: reasons[reason])
        named = intends and reasons[best] >= chosen.reason_at_least
        return Leaving(
            intends=intends,
            probability=round(probability, 4),
            reason=best if named else None,
            shares={reason: round(value / total, 4) if total else 0.0 for reason, value in reasons.items()},
            wants=evidence.wants if intends else "",
            cues=tuple(sorted(evidence.cues, key=lambda cue: cue.start)) if intends else (),
        )

    def _meaning(self, text: str, spoken: Sequence[Turn]) -> dict[str, float]:
        """How near the nearest clause is to each label; nothing without an embedder."""
        if self._reader is None:
            return {}
        pieces = [piece for turn in spoken for piece in clauses(text, turn.start, turn.end)]
        said = [text[piece.start : piece.end] for piece in pieces][-_CLAUSES:]
        scores = self._reader.scores([one for one in said if len(one.strip()) > 1])
        return dict(zip(labels(), scores.max(axis=0).tolist(), strict=True)) if len(scores) else {}


@cache
def settings() -> Settings:
    """The rules and weights that come with the project."""
    data: dict[str, Any] = yaml.safe_load(_text("leaving.yaml"))
    return Settings(
        weights={name: float(value) for name, value in data["weights"].items()},
        threshold=float(data["threshold"]),
        reason_at_least=float(data["reason_at_least"]),
        reason_meaning=float(data["reason_meaning"]),
        intent=tuple(_Intent(float(weight), wants, re.compile(rule)) for weight, wants, rule in data["intent"]),
        against=tuple((float(weight), re.compile(rule)) for weight, rule in data["against"]),
        reasons={
            LeavingReason(name): tuple((float(weight), re.compile(rule)) for weight, rule in rules)
            for name, rules in data["reasons"].items()
        },
        scenario=tuple(data["scenario"]),
        scripts={name: tuple(words) for name, words in data["scripts"].items()},
        wants={name: tuple(words) for name, words in data["wants"].items()},
        otherwise=tuple(data["otherwise"]),
    )


def _text(name: str) -> str:
    return resources.files("assist.leaving").joinpath(name).read_text(encoding="utf-8")


def _add(whole: _Evidence, sentence: _Evidence) -> None:
    """A sentence joins the rest: what speaks most, for leaving or else against it, counts; reasons add up."""
    if abs(sentence.intent) > abs(whole.intent) or sentence.intent > whole.intent:
        whole.intent = max(sentence.intent, whole.intent) if max(sentence.intent, whole.intent) > 0 else sentence.intent
    whole.wants = whole.wants or sentence.wants
    for reason, weight in sentence.reasons.items():
        whole.reasons[reason] += weight
    whole.cues += sentence.cues


def _cue(text: str, folded: Folded, match: re.Match[str], meaning: str) -> Cue:
    start, end = folded.span(match.start(), match.end())
    return Cue(start, end, text[start:end], meaning)
