"""The ledger that joins rephrasings: what is unanswered, judged wrong or suggested becomes or joins a gap; app.py."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assist.loop.cluster import Likeness, Vectors
from assist.loop.grouping import Grouping, Merged, Moved, Repair
from kb.errors import ModelUnavailable, UsageError
from kb.gaps import Unanswered, gap_key, near_hits
from kb.mask import mask
from kb.store import REGROUPER, Catalogue, GapCause, GapOrigin, GapQuestion, Taken

BATCH = 200
"""So many questions are taken in at once: one batch for the model, one transaction for the catalogue."""

PRIORITY = {GapOrigin.WRONG: 2, GapOrigin.OUTDATED: 2}
"""How urgent a gap is from the start, by what brought it in; 0 for the others."""

Progress = Callable[[int, int], None]

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Open:
    """The open gaps as they stood at event `version`: their wordings in groups, and the gap of every key."""

    version: int
    grouping: Grouping
    keys: dict[str, int]


class LoopLedger:
    """Keeps gaps in the catalogue and joins questions by meaning; thread-safe."""

    def __init__(self, catalogue: Catalogue, likeness: Likeness) -> None:
        self._catalogue = catalogue
        self._likeness = likeness
        self._open: _Open | None = None
        self._lock = threading.RLock()

    def record(self, asked: Unanswered) -> str | None:
        """Opens a gap for a question that was refused, or joins the open one that asks the same."""
        return str(self.add(asked, GapOrigin.REFUSAL))

    def add(self, asked: Unanswered, origin: GapOrigin) -> int:
        """The id of the gap opened or joined. Without an embedding model only the same words join."""
        return self.add_all([asked], origin)[0]

    def add_all(self, asked: Sequence[Unanswered], origin: GapOrigin, progress: Progress | None = None) -> list[int]:
        """The ids of the gaps opened or joined, in order; `progress` is told how many of how many are done.

        What is done is kept when it stops half way; taken in once more, the same words join the same gaps.
        """
        found: list[int] = []
        for start in range(0, len(asked), BATCH):
            with self._lock:
                try:
                    found += self._add_batch(asked[start : start + BATCH], origin)
                except BaseException:
                    self._open = None  # what was grouped in memory may not have been written
                    raise
            if progress is not None:
                progress(len(found), len(asked))
        return found

    def report(self, asked: Unanswered, *, key: str, cause: GapCause, note: str, priority: int = 0) -> int | None:
        """Opens a gap for what quizzes and practice found in the knowledge itself, its cause known from the start.

        It is one of its own by `key`, never joined to questions of like meaning; None while one is open under it.
        """
        if self._catalogue.gaps.find(key) is not None:
            return None
        text = mask(asked.question.strip())
        line = GapQuestion(text, asked.principal, asked.channel, asked.as_of)
        with self._lock:
            gap = self._catalogue.gaps.open(line, key=key, priority=priority)
            self._catalogue.gap_work.describe(gap.id, origin=GapOrigin.QUIZ)
            self._catalogue.gaps.change(gap.id, asked.principal, cause=cause, note=note)
        return gap.id

    def nearest(self, text: str, *, limit: int = 5) -> list[tuple[int, float]]:
        """Open gaps most alike to `text` and the probability that they ask the same, best first."""
        with self._lock:
            known, vectors = self._known(), self._vectors([text])
            if vectors is None:
                return []
            scored = known.grouping.nearest(text, vectors[0])[:limit]
        return [(gap, 1 / (1 + math.exp(-odds))) for gap, odds in scored]

    def forget(self) -> None:
        """Reads the open gaps anew at the next question: after a merge, a split or a change of state."""
        with self._lock:
            self._open = None

    def _add_batch(self, asked: Sequence[Unanswered], origin: GapOrigin) -> list[int]:
        texts = [mask(each.question.strip()) for each in asked]
        known, vectors = self._known(), self._vectors(texts)
        owners: list[int] = []
        repairs: list[Repair] = []
        for at, text in enumerate(texts):
            key = gap_key(text)
            group = known.keys.get(key)
            if group is None and vectors is not None:
                group, made = known.grouping.place(text, vectors[at], -1 - at)
                owners = [Grouping.group_of(texts[each], owner, made) for each, owner in enumerate(owners)]
                known.keys = {each: _after(owner, made) for each, owner in known.keys.items()} if made else known.keys
                repairs += made
            elif vectors is not None and group is not None:
                known.grouping.add(group, [text], vectors[at][None])
            group = -1 - at if group is None else group
            known.keys.setdefault(key, group)
            owners.append(group)
        lines = [
            _line(each, text, owner, origin, None if vectors is None else vectors[at])
            for at, (each, text, owner) in enumerate(zip(asked, texts, owners, strict=True))
        ]
        return self._write(known, lines, repairs)

    def _write(self, known: _Open, lines: Sequence[Taken], repairs: Sequence[Repair]) -> list[int]:
        """Writes new questions where they are after all repairs, then the repairs of what was there before."""
        numbers = self._catalogue.gap_intake.take(lines, self._likeness.model)
        for before, number in numbers.items():
            known.grouping.rename(before, number)
        known.version = self._catalogue.gap_intake.version()
        for at, each in enumerate(repairs):
            if each.source > 0 and not self._repair(known, each, numbers, repairs[at + 1 :]):
                self._open = None
        placed = {key: numbers.get(gap, gap) for key, gap in known.keys.items()}
        known.keys = {key: gap for key, gap in placed.items() if gap > 0}
        if self._open is not None:
            known.version = self._catalogue.gap_intake.version()
        return [numbers.get(line.gap, line.gap) for line in lines]

    def _repair(self, known: _Open, repair: Repair, numbers: dict[int, int], later: Sequence[Repair]) -> bool:
        """Writes one repair, to where it leads after the `later` ones; False when somebody was quicker."""
        text = repair.text if isinstance(repair, Moved) else ""
        into = Grouping.group_of(text, repair.into, later)
        into = numbers.get(into, into)
        try:
            if isinstance(repair, Merged):
                self._catalogue.gap_work.merge([repair.source], into, REGROUPER)
            elif into < 0:  # a group that a new question opened and left again: what was there is all it has
                numbers[into] = self._catalogue.gap_work.split(repair.source, [repair.text], REGROUPER)
                known.grouping.rename(into, numbers[into])
            elif into != repair.source:
                self._catalogue.gap_work.move(repair.source, repair.text, into, REGROUPER)
        except UsageError as error:
            _log.warning("questions stay as they are grouped: %s", error.message)
            return False
        return True

    def _vectors(self, texts: Sequence[str]) -> Vectors | None:
        try:
            return self._likeness.vectors(texts)
        except ModelUnavailable as error:
            _log.warning("gaps are joined by words only: %s", error.message)
            return None

    def _known(self) -> _Open:
        """The open gaps, read anew where anything happened to one that this ledger did not do."""
        version = self._catalogue.gap_intake.version()
        if self._open is None or self._open.version != version:
            self._open = self._read(version)
        return self._open

    def _read(self, version: int) -> _Open:
        intake, grouping = self._catalogue.gap_intake, Grouping(self._likeness)
        missing: list[tuple[int, str]] = []
        try:
            model = self._likeness.model
        except ModelUnavailable:
            return _Open(version, grouping, intake.keys())
        for each in intake.wordings(model):
            if each.vector is None:
                missing.append((each.gap, each.text))
            else:
                grouping.add(each.gap, [each.text], each.vector[None])
        vectors = self._vectors([text for _, text in missing]) if missing else None
        if vectors is not None:
            made = [(gap, text, vector) for (gap, text), vector in zip(missing, vectors, strict=True)]
            intake.keep_vectors(made, model)
            for gap, text, vector in made:
                grouping.add(gap, [text], vector[None])
        grouping.fix(intake.worked_on())
        return _Open(version, grouping, intake.keys())


def _line(asked: Unanswered, text: str, owner: int, origin: GapOrigin, vector: Vectors | None) -> Taken:
    question = GapQuestion(text, asked.principal, asked.channel, asked.as_of, nearest=near_hits(asked.nearest))
    return Taken(owner, question, gap_key(text), asked.business_type, PRIORITY.get(origin, 0), origin, vector)


def _after(group: int, repairs: Sequence[Repair]) -> int:
    """Where a key's gap is after mergers; words that moved keep their key's gap and are found by meaning."""
    for each in repairs:
        if isinstance(each, Merged) and each.source == group:
            group = each.into
    return group
