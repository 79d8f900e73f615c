"""Whether items still hold: their sources unchanged, in force, visible and undisputed; the desk asks."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Protocol

from assist.quiz.material import Material, evidence, gather
from assist.quiz.model import Contradiction, Evidence, Item
from assist.quiz.passages import content, content_hash
from kb.model import Kind, Passage, Principal
from kb.store import Release

KEPT = 8
"""So many views of the base are remembered, of different roles or days."""


class Base(Protocol):
    """What is asked of the knowledge base here."""

    def passages(self, principal: Principal, kinds: Collection[Kind] = (), as_of: date | None = None) -> list[Passage]:
        """Every passage in force on a day that the principal may see."""
        ...

    def active(self) -> Release | None:
        """The release that answers."""
        ...


class Current:
    """What is in force for somebody on a day, found by source and content."""

    def __init__(self, passages: Iterable[Passage]) -> None:
        self._by_content = {(each.source, content_hash(each)): each for each in passages}
        self._sources = {source for source, _ in self._by_content}

    def passage(self, proof: Evidence) -> Passage | None:
        """The passage an item was made from, unchanged and in force; None when there is none any more."""
        found = self._by_content.get((proof.source, proof.text_hash))
        return found if found is not None and proof.quote in content(found) else None

    def fault(self, item: Item) -> str:
        """Why an item may not be used, in Chinese; "" while all it rests on stands unchanged."""
        if not item.evidence:
            return "没有出处"
        for proof in item.evidence:
            if self.passage(proof) is None:
                what = "出处" if proof.role == "key" else "所依据的规定"
                gone = "已变更或失效" if proof.source in self._sources else "已失效、下架或不可见"
                return f"{what}{gone}：《{proof.title}》{' › '.join(proof.heading)}"
        return ""

    def renewed(self, item: Item) -> Item | None:
        """The item resting on what is in force now, where every quote still stands in the same document; else None."""
        proofs = []
        for proof in item.evidence:
            kept = self.passage(proof) or self._again(proof)
            if kept is None:
                return None
            proofs.append(evidence(kept, proof.quote, proof.role))
        return replace(item, evidence=tuple(proofs)) if proofs else None

    def _again(self, proof: Evidence) -> Passage | None:
        there = [one for (source, _), one in self._by_content.items() if source == proof.source]
        return next((one for one in there if proof.quote in content(one)), None)


def disputed(item: Item, contradictions: Sequence[Contradiction]) -> str:
    """What an item rests on that another place in force contradicts; "" for nothing."""
    for each in contradictions:
        for one, other in ((each.first, each.second), (each.second, each.first)):
            for proof in item.evidence:
                same = proof.source == one.source and proof.text_hash == one.text_hash
                if same and (one.quote in proof.quote or proof.quote in one.quote):
                    return f"来源相互矛盾：与《{other.title}》的说法不一"
    return ""


@dataclass(frozen=True)
class Standing:
    """What is in force for somebody on a day; what is made of it is made when first asked for."""

    passages: tuple[Passage, ...]

    @cached_property
    def current(self) -> Current:
        """For looking up what items rest on."""
        return Current(self.passages)

    @cached_property
    def material(self) -> Material:
        """What can be asked, and what contradicts what."""
        return gather(self.passages)


class Standings:
    """Remembers what is in force by release, day and whoever sees alike; thread-safe."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._kept: dict[tuple[object, ...], Standing] = {}
        self._lock = threading.Lock()

    def of(self, principal: Principal, day: date) -> Standing:
        """The standing of a principal on a day, read once a release."""
        release = self._base.active()
        key = (release.id if release else 0, day, principal.role, principal.department)
        with self._lock:
            known = self._kept.get(key)
        if known is None:
            known = Standing(tuple(self._base.passages(principal, as_of=day)))
            with self._lock:
                self._kept[key] = known
                while len(self._kept) > KEPT:
                    self._kept.pop(next(iter(self._kept)))
        return known
