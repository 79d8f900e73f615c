"""How the strings of cases are compared, as the published case format says; the judge and the evaluation use it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath

_DROPPED = re.compile(r"[\W_]+", re.UNICODE)


def fold(text: str) -> str:
    """NFKC, lower case, white space and punctuation removed: the form in which case strings are compared."""
    return _DROPPED.sub("", unicodedata.normalize("NFKC", text).lower())


def same_source(left: str, right: str) -> bool:
    """True when one path is a suffix of the other by whole components."""
    a, b = PurePosixPath(left).parts, PurePosixPath(right).parts
    shorter = min(len(a), len(b))
    return shorter > 0 and a[-shorter:] == b[-shorter:]


def same_passage(source: str, quote: str, gold: Sequence[tuple[str, str]]) -> bool:
    """True when a citation and one of the gold passages hold one another's words in the same source."""
    said = fold(quote)
    return any(same_source(source, each) and (fold(text) in said or said in fold(text)) for each, text in gold)


def facts_found(answer: str, facts: Sequence[str]) -> int:
    """How many of the fact strings stand in the answer, compared folded."""
    folded = fold(answer)
    return sum(1 for fact in facts if fold(fact) in folded)


def leaks(case_forbid: Sequence[str], shown: Sequence[str]) -> list[str]:
    """Forbidden strings that appear anywhere in what the asker was given."""
    folded = [fold(text) for text in shown]
    return [item for item in case_forbid if any(fold(item) in text for text in folded)]
