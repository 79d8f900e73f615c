"""Turns findings into a score by the four weighted dimensions, each loss with its reason; pure arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assist.compliance.model import Dimension, DimensionScore, Finding, Score


def score(findings: Sequence[Finding], weights: Mapping[Dimension, int], grades: Sequence[tuple[int, str]]) -> Score:
    """The score of a call: each rule costs its points once, no dimension loses more than it weighs.

    `weights` sum to 100; `grades` are (least total, grade), best first. A red line makes the total 0.
    """
    once: dict[str, Finding] = {}
    for finding in findings:
        before = once.get(_key(finding))
        if before is None or before.points < finding.points:
            once[_key(finding)] = finding
    dimensions = tuple(_dimension(dimension, weights[dimension], list(once.values())) for dimension in Dimension)
    red = tuple(dict.fromkeys(finding.basis.title for finding in findings if finding.red_line))
    total = 0 if red else sum(one.kept for one in dimensions)
    grade = next(name for least, name in sorted(grades, reverse=True) if total >= least)
    return Score(total, grade, dimensions, red)


def _key(finding: Finding) -> str:
    """What counts as the same fault: the rule, and for what is missing the very thing."""
    return f"{finding.basis.rule}\n{finding.quote if finding.match == 'absence' else ''}"


def _dimension(dimension: Dimension, weight: int, findings: Sequence[Finding]) -> DimensionScore:
    lost = [finding for finding in findings if finding.dimension is dimension]
    reasons = tuple(f"{finding.basis.title}（{finding.points} 分）" for finding in lost)
    return DimensionScore(dimension, weight, max(0, weight - sum(finding.points for finding in lost)), reasons)
