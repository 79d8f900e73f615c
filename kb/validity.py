"""Supersession as pure dates: what a newer document or clause replaces ends the day before the newer one begins."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

_Key = TypeVar("_Key", str, int)

NEVER = 0
"""A last day, as day ordinal, that lies before every day: never in force."""


@dataclass(frozen=True, slots=True)
class Superseding:
    """A document (`passage_id` None) or a clause of it that replaces `targets` from the day `begins`.

    `begins` of None means it always was in force, and so what it replaces never is. A target is a source, or a clause
    of one: "laws/a.md#第九条"; a clause within a chapter is "laws/a.md#第三章/第九条".
    """

    source: str
    begins: date | None
    targets: tuple[str, ...]
    passage_id: int | None = None


@dataclass(frozen=True, slots=True)
class Clause:
    """A passage that a clause target may mean, by its path of headings."""

    id: int
    heading: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Endings:
    """Last days (ordinals) that supersession sets, by source and by passage id; `by` names who superseded a source.

    `unresolved` are the targets that name nothing known, as they were written.
    """

    sources: Mapping[str, int]
    passages: Mapping[int, int]
    by: Mapping[str, tuple[str, ...]]
    unresolved: tuple[str, ...]


def clause_sources(superseding: Collection[Superseding], sources: Collection[str]) -> frozenset[str]:
    """The sources of which clauses are named, so that a caller need load the headings of these alone."""
    targets = (target.partition("#") for each in superseding for target in each.targets)
    return frozenset(found for name, mark, _ in targets if mark and (found := find_source(name, sources)))


def endings(
    superseding: Collection[Superseding], sources: Collection[str], clauses: Mapping[str, Sequence[Clause]]
) -> Endings:
    """Resolves who ends when. `clauses` holds the passages of every source in `clause_sources`.

    The earliest successor counts. A document ends nothing of itself, except that one clause may replace another.
    """
    by_source: dict[str, int] = {}
    by_passage: dict[int, int] = {}
    named_by: dict[str, dict[str, None]] = {}
    unresolved: dict[str, None] = {}
    for each in superseding:
        last = each.begins.toordinal() - 1 if each.begins else NEVER
        for target in each.targets:
            name, mark, clause = target.partition("#")
            source = find_source(name, sources) if name else each.source
            if source is None:
                unresolved[target] = None
            elif not mark:
                if source != each.source:
                    _lower(by_source, source, last)
                    named_by.setdefault(source, {})[each.source] = None
            else:
                ended = [item.id for item in clauses.get(source, ()) if is_clause(item.heading, clause)]
                for passage in ended:
                    if passage != each.passage_id:
                        _lower(by_passage, passage, last)
                if not ended:
                    unresolved[target] = None
    return Endings(by_source, by_passage, {name: tuple(who) for name, who in named_by.items()}, tuple(unresolved))


def find_source(name: str, sources: Collection[str]) -> str | None:
    """The source meant by `name`: itself, or the only one that ends in it by whole path components; else None."""
    if name in sources:
        return name
    tail = "/" + name.strip("/")
    matching = [source for source in sources if source.endswith(tail)]
    return matching[0] if len(matching) == 1 else None


def is_clause(heading: Sequence[str], clause: str) -> bool:
    """True when the path of headings leads to `clause`: "第九条" matches "第九条 退订", not "第九条之一".

    With "/" between them the parts must follow one another down the path, with others in between or not.
    """
    wanted = [part for part in map(_fold, clause.split("/")) if part]
    if not wanted:
        return False
    parts = iter(map(_fold, heading))
    return all(any(_opens(part, want) for part in parts) for want in wanted)


def _opens(part: str, want: str) -> bool:
    if not part.startswith(want):
        return False
    rest = part[len(want) :]
    return not rest.startswith("之") and not (want[-1].isdigit() and rest[:1].isdigit())


def _fold(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def _lower(days: dict[_Key, int], key: _Key, last: int) -> None:
    days[key] = min(days.get(key, last), last)
