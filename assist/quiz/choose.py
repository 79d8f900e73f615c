"""Chooses among drafts without asking anything twice, and gives options their places; generation calls it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import permutations
from random import Random

from assist.quiz.makers.common import alike, pairs
from assist.quiz.material import Material
from assist.quiz.model import FALSE, TRUE, Draft, Evidence, Item, ItemKind, Order

MIX: Mapping[ItemKind, float] = {
    ItemKind.SINGLE: 0.30,
    ItemKind.SCENARIO: 0.20,
    ItemKind.TRUE_FALSE: 0.12,
    ItemKind.MULTIPLE: 0.12,
    ItemKind.FILL: 0.10,
    ItemKind.SHORT: 0.07,
    ItemKind.ORDER: 0.05,
    ItemKind.FIVE_W: 0.04,
}
"""Shares of the kinds when nothing else is asked for."""
SAME_CLAIM = 0.5
"""Two drafts with the same answer and claims at least so alike (Dice, pairs of characters) ask the same."""
SAME_PLACE = 0.75
"""Two drafts of one passage ask the same when so much of the shorter claim stands in the other, whatever they ask."""
MOST_LEANING = 3
"""True statements and false ones may differ in number by so many."""
LONGEST_SHARE = 0.25
"""So many keys may be strictly the longest option, as by chance with four."""


class Chosen:
    """Drafts taken so far: refuses what asks the same again, and keys that would be too often the longest."""

    def __init__(self, exclude: frozenset[str] = frozenset()) -> None:
        self.drafts: list[Draft] = []
        self._facts = set(exclude)
        self._claims: dict[tuple[str, ...], list[str]] = defaultdict(list)
        self._near: dict[int, list[str]] = defaultdict(list)
        self._stems: set[str] = set()
        self._longest = self._choices = self._leaning = 0

    def take(self, draft: Draft) -> bool:
        """Takes a draft unless it repeats one, or would let the length of options give keys away."""
        answer = _answer(draft)
        if draft.fact in self._facts or draft.stem in self._stems:
            return False
        if any(alike(draft.claim, claim) >= SAME_CLAIM for claim in self._claims[answer]):
            return False
        leaning = self._leaning + (1 if draft.right == (TRUE,) else -1)
        if draft.kind is ItemKind.TRUE_FALSE and abs(leaning) > MOST_LEANING:
            return False
        near = self._near[draft.evidence.passage_id]
        if any(_overlap(draft.claim, claim) >= SAME_PLACE for claim in near):
            return False
        longest = draft.kind.one_right and len(draft.right[0]) > max(map(len, draft.wrong))
        if longest and self._longest + 1 > LONGEST_SHARE * (self._choices + 1):
            return False
        if draft.kind is ItemKind.TRUE_FALSE:
            self._leaning = leaning
        if draft.kind.one_right:
            self._choices += 1
            self._longest += longest
        near.append(draft.claim)
        self._facts.add(draft.fact)
        self._stems.add(draft.stem)
        self._claims[answer].append(draft.claim)
        self.drafts.append(draft)
        return True


def choose(drafts: Sequence[Draft], order: Order, topics: Mapping[str, str], random: Random) -> list[Draft]:
    """At most `order.count` drafts, kinds by the mix, topics in turn; `topics` is the topic of each fact."""
    wanted = _quotas(order, {draft.kind for draft in drafts})
    chosen = Chosen(order.exclude)
    by_kind: dict[ItemKind, list[Draft]] = defaultdict(list)
    for draft in drafts:
        by_kind[draft.kind].append(draft)
    # Scarce kinds first: a fact can be asked once only, and plentiful kinds find others.
    for kind in sorted(wanted, key=lambda each: len(by_kind[each])):
        _fill(chosen, _in_turn(by_kind[kind], topics, random), wanted[kind])
    if len(chosen.drafts) < order.count:
        rest = [draft for kind in wanted for draft in by_kind[kind]]
        _fill(chosen, _in_turn(rest, topics, random), order.count - len(chosen.drafts))
    picked = chosen.drafts[: order.count]
    random.shuffle(picked)
    return picked


def seal(drafts: Sequence[Draft], material: Material, basis: Mapping[int, Evidence], random: Random) -> list[Item]:
    """Items with options in places: the key stands equally often in each, in drawn order."""
    places = _Places(random)
    items = []
    for draft in drafts:
        options, key = places.give(draft)
        place = material.places[draft.evidence.passage_id]
        named = basis.get(draft.evidence.passage_id)
        items.append(
            Item(
                kind=draft.kind,
                stem=draft.stem,
                options=options,
                key=key,
                answers=draft.answers,
                explanation=draft.explanation or draft.evidence.quote,
                evidence=(draft.evidence, named) if named else (draft.evidence,),
                fact=draft.fact,
                topic=place.topic,
                stage=place.stage,
                competency=place.competency,
                difficulty=draft.difficulty,
                tags=draft.tags,
                aspect=draft.aspect,
            )
        )
    return items


class _Places:
    """Deals out places so that each is right equally often; a fresh shuffled round for every number of options."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._rounds: dict[int, list[int]] = {}

    def give(self, draft: Draft) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """Options in their places, and the places of the key."""
        if draft.kind is ItemKind.TRUE_FALSE:
            return (TRUE, FALSE), (0,) if draft.right == (TRUE,) else (1,)
        if draft.kind is ItemKind.ORDER:
            return self._disordered(draft.right)
        if not draft.right:
            return (), ()
        options = [*draft.wrong]
        self._random.shuffle(options)
        if draft.kind is ItemKind.MULTIPLE:
            options = [*draft.right, *draft.wrong]
            self._random.shuffle(options)
            return tuple(options), tuple(at for at, one in enumerate(options) if one in draft.right)
        at = self._next(len(options) + 1)
        options.insert(at, draft.right[0])
        return tuple(options), (at,)

    def _next(self, count: int) -> int:
        left = self._rounds.setdefault(count, [])
        if not left:
            left += self._random.sample(range(count), count)
        return left.pop()

    def _disordered(self, steps: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[int, ...]]:
        ways = [way for way in permutations(range(len(steps))) if way != tuple(range(len(steps)))]
        way = self._random.choice(ways)
        options = tuple(steps[at] for at in way)
        return options, tuple(way.index(at) for at in range(len(steps)))


def _quotas(order: Order, there: set[ItemKind]) -> dict[ItemKind, int]:
    """How many of each kind, largest remainders first; kinds there is nothing of are left out."""
    weights = {
        kind: weight
        for kind, weight in (order.mix or MIX).items()
        if kind in there and weight > 0 and (not order.kinds or kind in order.kinds)
    }
    weights |= {kind: 0.1 for kind in order.kinds if kind in there and kind not in weights}
    total = sum(weights.values())
    if not total:
        return {}
    shares = {kind: order.count * weight / total for kind, weight in weights.items()}
    quotas = {kind: int(share) for kind, share in shares.items()}
    for kind in sorted(shares, key=lambda each: quotas[each] - shares[each])[: order.count - sum(quotas.values())]:
        quotas[kind] += 1
    return quotas


def _fill(chosen: Chosen, drafts: Iterable[Draft], count: int) -> None:
    for draft in drafts:
        if count <= 0:
            return
        count -= chosen.take(draft)


def _in_turn(drafts: Sequence[Draft], topics: Mapping[str, str], random: Random) -> list[Draft]:
    """Drafts shuffled, one of each topic after another."""
    lots: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        lots[topics.get(draft.fact, "")].append(draft)
    for lot in lots.values():
        random.shuffle(lot)
    names = sorted(lots)
    random.shuffle(names)
    turns: Counter[str] = Counter()
    dealt: list[tuple[float, int, Draft]] = []
    for rank, name in enumerate(names):
        for draft in lots[name]:
            # Large topics come round more often than small ones, by the root of their size.
            dealt.append((turns[name] / len(lots[name]) ** 0.5, rank, draft))
            turns[name] += 1
    return [draft for _, _, draft in sorted(dealt, key=lambda each: each[:2])]


def _overlap(one: str, other: str) -> float:
    """The share of the shorter text's pairs of characters that the other has too."""
    first, second = pairs(one), pairs(other)
    return len(first & second) / max(min(len(first), len(second)), 1)


def _answer(draft: Draft) -> tuple[str, ...]:
    if draft.kind is ItemKind.TRUE_FALSE:
        return tuple(re.findall(r"\d+(?:\.\d+)?", draft.claim))[:1]
    if draft.kind is ItemKind.SHORT:
        return ("short",)
    if draft.kind is ItemKind.SCENARIO:
        return tuple(re.findall(r"\d+(?:\.\d+)?", draft.claim))[:1]
    first = (draft.right or draft.answers)[0]
    return tuple(re.findall(r"\d+(?:\.\d+)?", first))[:1] or (first,)
