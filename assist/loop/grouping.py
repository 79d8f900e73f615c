"""Groups questions as they arrive, by mean likeness to a group's wordings; the ledger keeps what it decides.

A new question joins the group it fits best, or opens one. What it adds may show that two groups are one, or that a
wording fits a neighbour better: groups that nobody has worked on yet are put right at once, so that the order in which
questions arrive hardly matters (average linkage, Sokal & Michener 1958, with repair). Groups somebody works on take
new questions but are otherwise left as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assist.loop.cluster import Likeness, Matrix, Vectors, Wordings, conflict, numbers

NEAR = 8
"""So many groups nearest in meaning are compared in full."""

_COMPARED = 20
"""So many wordings of a group, the latest, are compared."""

_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Merged:
    """A group that turned out to be another one."""

    source: int
    into: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A wording that fits another group better."""

    text: str
    source: int
    into: int


Repair = Merged | Moved


class Grouping:
    """Wordings in groups by number; not thread-safe, the ledger locks."""

    def __init__(self, likeness: Likeness) -> None:
        self._likeness = likeness
        self._texts: list[str] = []
        self._rows: dict[int, list[int]] = {}
        self._fixed: set[int] = set()
        self._sound_size = likeness.sounds([]).shape[1]
        self._owners = np.zeros(64, dtype=np.int64)
        self._held = Wordings(np.zeros((0, 0), np.float32), np.zeros((0, 0), np.float32))

    def fix(self, groups: Sequence[int]) -> None:
        """These groups are somebody's work: they take questions and are not rearranged."""
        self._fixed.update(groups)

    def add(self, group: int, texts: Sequence[str], vectors: Vectors) -> None:
        """Puts wordings into a group as they stand; those it has already count once."""
        held = {self._texts[row] for row in self._rows.get(group, [])}
        sounds = self._likeness.sounds(texts)
        for text, vector, sound in zip(texts, vectors, sounds, strict=True):
            if text not in held:
                held.add(text)
                self._append(group, text, vector, sound)

    def nearest(self, text: str, vector: Vectors, *, limit: int = NEAR) -> list[tuple[int, float]]:
        """Groups and the mean log-odds that `text` asks the same, best first."""
        if not self._texts:
            return []
        one = Wordings(vector[None], self._likeness.sounds([text]))
        scored = [
            (group, float(self._likeness.log_odds(one, self._held[self._compared(group)]).mean()))
            for group in self._close(vector, limit)
            if not any(conflict(text, self._texts[row]) for row in self._compared(group))
        ]
        return sorted(scored, key=lambda each: -each[1])

    def place(self, text: str, vector: Vectors, new: int) -> tuple[int, list[Repair]]:
        """Puts a question where it belongs, in group `new` where it fits none; what was repaired, in order.

        The number returned is where the question is after the repairs.
        """
        best = self.nearest(text, vector, limit=NEAR)
        group = best[0][0] if best and best[0][1] >= self._likeness.threshold else new
        self.add(group, [text], vector[None])
        repairs = self._settle(group)
        return self.group_of(text, group, repairs), repairs

    def rename(self, group: int, number: int) -> None:
        """Gives a group another number."""
        rows = self._rows.pop(group)
        self._rows[number] = rows
        self._owners[rows] = number

    @staticmethod
    def group_of(text: str, group: int, repairs: Sequence[Repair]) -> int:
        """Where a wording of `group` is after `repairs`."""
        for each in repairs:
            if each.source == group and (isinstance(each, Merged) or each.text == text):
                group = each.into
        return group

    def _settle(self, group: int) -> list[Repair]:
        found: list[Repair] = []
        for _ in range(_ROUNDS):
            if group in self._fixed:
                break
            merged = self._merge(group)
            moved = [] if merged else self._move(group)
            found += [*merged, *moved]
            if not merged and not moved:
                break
            group = merged[-1].into if merged else group
        return found

    def _merge(self, group: int) -> list[Merged]:
        """Joins the group with the one it is most alike to, while there is one; the older number stays."""
        found: list[Merged] = []
        while True:
            scored = [(self._between(group, other), other) for other in self._neighbours(group)]
            if not scored or max(scored)[0] < self._likeness.threshold:
                return found
            other = max(scored)[1]
            into, source = sorted((group, other), key=lambda each: self._rows[each][0])
            rows = self._rows.pop(source)
            self._rows[into] = sorted([*self._rows[into], *rows])
            self._owners[rows] = into
            found.append(Merged(source, into))
            group = into

    def _move(self, group: int) -> list[Moved]:
        """Moves wordings between the group and its neighbours to where they fit better; no group is left empty."""
        found: list[Moved] = []
        neighbours = self._neighbours(group)
        rows = [row for each in (group, *neighbours) for row in self._compared(each)]
        odds, places = self._odds(rows), {row: at for at, row in enumerate(rows)}
        for source, targets in [(group, neighbours), *((other, [group]) for other in neighbours)]:
            for row in list(self._compared(source)):
                if len(self._rows[source]) < 2 or not targets:
                    break
                fits = [(_fit(odds, places, row, self._rows[each]), each) for each in targets]
                score, target = max(fits)
                if score > max(_fit(odds, places, row, self._rows[source]), self._likeness.threshold):
                    self._rows[source].remove(row)
                    self._rows[target] = sorted([*self._rows[target], row])
                    self._owners[row] = target
                    found.append(Moved(self._texts[row], source, target))
        return found

    def _odds(self, rows: Sequence[int]) -> Matrix:
        """Log-odds between wordings (n, n); far below everything where figures conflict."""
        held = self._held[list(rows)]
        odds = self._likeness.log_odds(held, held)
        named = [at for at, row in enumerate(rows) if numbers(self._texts[row])]
        for one in named:
            for two in named:
                if conflict(self._texts[rows[one]], self._texts[rows[two]]):
                    odds[one, two] = -np.inf
        return odds

    def _between(self, group: int, other: int) -> float:
        mine, theirs = self._compared(group), self._compared(other)
        naming = [[row for row in rows if numbers(self._texts[row])] for rows in (mine, theirs)]
        if any(conflict(self._texts[one], self._texts[two]) for one in naming[0] for two in naming[1]):
            return -np.inf
        return float(self._likeness.log_odds(self._held[mine], self._held[theirs]).mean())

    def _neighbours(self, group: int) -> list[int]:
        centre = self._held.meaning[self._compared(group)].mean(axis=0)
        return [each for each in self._close(centre, NEAR + 1) if each != group and each not in self._fixed][:NEAR]

    def _close(self, vector: Vectors, limit: int) -> list[int]:
        """Groups by the mean cosine of their wordings with a vector."""
        count = len(self._texts)
        cosines = self._held.meaning[:count] @ vector
        groups, at = np.unique(self._owners[:count], return_inverse=True)
        means = np.bincount(at, weights=cosines) / np.bincount(at)
        return [int(groups[each]) for each in np.argsort(-means)[:limit]]

    def _compared(self, group: int) -> list[int]:
        return self._rows[group][-_COMPARED:]

    def _append(self, group: int, text: str, vector: Vectors, sound: Vectors) -> None:
        count = len(self._texts)
        if count == len(self._held.meaning):
            size = max(64, 2 * count)
            self._held = Wordings(
                _grown(self._held.meaning, size, vector.shape[0]), _grown(self._held.sound, size, self._sound_size)
            )
            self._owners = np.resize(self._owners, size)
        self._held.meaning[count], self._held.sound[count] = vector, sound
        self._owners[count] = group
        self._texts.append(text)
        self._rows.setdefault(group, []).append(count)


def _fit(odds: Matrix, places: Mapping[int, int], row: int, group: Sequence[int]) -> float:
    """Mean log-odds of a wording with the others of a group, as far as they are compared."""
    others = [places[each] for each in group if each != row and each in places]
    return float(odds[places[row], others].mean()) if others else -np.inf


def groups(
    likeness: Likeness, texts: Sequence[str], vectors: Vectors | None = None, *, repair: bool = True
) -> list[int]:
    """The group of each text when they arrive in this order; `vectors` (n, d) are made here when not given."""
    made = likeness.vectors(texts) if vectors is None else vectors
    grouping, labels = Grouping(likeness), [0] * len(texts)
    if not repair:
        grouping.fix(range(len(texts)))
    for at, text in enumerate(texts):
        labels[at], repairs = grouping.place(text, made[at], at)
        for each in repairs:
            for before in range(at):
                labels[before] = Grouping.group_of(texts[before], labels[before], [each])
    return labels


def _grown(array: Vectors, size: int, width: int) -> NDArray[np.float32]:
    grown = np.zeros((size, width), dtype=np.float32)
    if array.size:
        grown[: len(array)] = array
    return grown
