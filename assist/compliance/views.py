"""Compliance reports as the JSON that the API and the commands publish."""

from __future__ import annotations

from typing import Any

from assist.compliance.model import MATCHES, Finding, Report, Score

Json = dict[str, Any]


def report_json(report: Report, *, weights: bool) -> Json:
    """A report; points and weights only for those who may see them (`weights`)."""
    return {
        "as_of": report.as_of.isoformat(),
        "turns": report.turns,
        "clean": report.clean,
        "score": score_json(report.score, weights=weights),
        "findings": [finding_json(one, weights=weights) for one in report.findings],
    }


def score_json(score: Score, *, weights: bool) -> Json:
    """The score with the reasons of every dimension."""
    return {
        "total": score.total,
        "grade": score.grade,
        "red_lines": list(score.red_lines),
        "dimensions": [
            {
                "dimension": one.dimension.value,
                "label": one.dimension.label,
                "percent": round(100 * one.kept / one.weight) if one.weight else 100,
                "reasons": [reason if weights else reason.rpartition("（")[0] for reason in one.reasons],
                **({"weight": one.weight, "kept": one.kept} if weights else {}),
            }
            for one in score.dimensions
        ],
    }


def finding_json(finding: Finding, *, weights: bool) -> Json:
    """One finding; a personal number is quoted masked."""
    basis = finding.basis
    return {
        "category": finding.category.value,
        "label": finding.category.label,
        "dimension": finding.dimension.value,
        "rule": basis.rule,
        "title": basis.title,
        "source": basis.source,
        "effective_from": basis.effective_from.isoformat() if basis.effective_from else None,
        "effective_to": basis.effective_to.isoformat() if basis.effective_to else None,
        "start": finding.start,
        "end": finding.end,
        "quote": finding.quote,
        "match": finding.match,
        "match_label": MATCHES[finding.match],
        "turn": finding.turn,
        "instead": finding.instead,
        "red_line": finding.red_line,
        **({"points": finding.points} if weights else {}),
    }
