"""What beyond passages depends on a document: other rooms hand in what they know of, `health` lists it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Changing:
    """A document that changes or expires, or one `clause` of it ("" for the whole)."""

    source: str
    title: str
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Dependant:
    """Something that rests on a document: `kind` a key of KINDS, `number` its own, `why` and `text` the evidence."""

    kind: str
    number: str
    title: str
    why: str
    text: str


Dependants = Callable[[Changing], Sequence[Dependant]]

KINDS = {"impact": "受影响", "impact_quiz": "受影响的测验题", "impact_case": "受影响的用例"}
