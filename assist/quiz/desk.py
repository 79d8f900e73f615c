"""Everything a trainer does with quizzes, each call authorised at the choke point; `app.py` builds one over a base."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from assist.access import Action, authorise
from assist.quiz.changes import difference, effective
from assist.quiz.generate import generate
from assist.quiz.intake import find_proof, take_in
from assist.quiz.material import Material
from assist.quiz.model import Contradiction, Generated, Item, ItemKind, Order, item_from, item_json
from assist.quiz.passages import content
from assist.quiz.reports import PlainReports, Reports
from assist.quiz.stems import Rewrite
from assist.quiz.upkeep import Current, Standing, Standings, disputed
from assist.quiz.valid import shape_fault, supported
from kb.clock import Clock, today
from kb.errors import InputRefused, UsageError
from kb.gaps import Unanswered
from kb.model import OPERATOR, Kind, Passage, Principal, Role
from kb.store import (
    BankItem,
    Catalogue,
    GapCause,
    ItemEvent,
    ItemFigures,
    ItemState,
    Paper,
    Release,
)
from kb.store.quiz import QuizBank

AGENT = Principal("agent", Role.AGENT)
"""Whose view items are made for when nobody else is named."""
MAX_PAPER = 200


class Base(Protocol):
    """What quizzes need of the knowledge base."""

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue of the home."""
        ...

    def passages(self, principal: Principal, kinds: Collection[Kind] = (), as_of: date | None = None) -> list[Passage]:
        """Every passage in force on a day that the principal may see."""
        ...

    def active(self) -> Release | None:
        """The release that answers."""
        ...


@dataclass(frozen=True, slots=True)
class Made:
    """What generation added to the bank."""

    generated: Generated
    items: tuple[BankItem, ...]


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What an import added: items, how many have no proof in the base, and refused rows with reasons."""

    items: tuple[BankItem, ...]
    without_proof: int
    known: int
    refused: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What looking after the bank changed: items withdrawn with the reason of each, and contradictions reported."""

    checked: int
    withdrawn: tuple[tuple[str, str], ...]
    contradictions: tuple[Contradiction, ...]


class QuizDesk:
    """The trainer's service; thread-safe. Each method raises Forbidden for a principal who may not."""

    def __init__(
        self, *, base: Base, clock: Clock, rewrite: Rewrite | None = None, reports: Reports | None = None
    ) -> None:
        self._base = base
        self._clock = clock
        self._rewrite = rewrite
        self.reports: Reports = reports or PlainReports(base.catalogue)
        self._standings = Standings(base)
        self._looked: tuple[int, date] | None = None

    @property
    def rewords(self) -> bool:
        """True when a language model is set that may put stems in other words."""
        return self._rewrite is not None

    @property
    def _bank(self) -> QuizBank:
        return self._base.catalogue.quiz

    def today(self) -> date:
        """The day for which items are checked."""
        return today(self._clock)

    def topics(self, principal: Principal) -> dict[str, int]:
        """Topics that there is material of, with the number of passages, the largest first."""
        authorise(principal, Action.MAKE_QUIZ)
        material = self._material(principal)
        return dict(Counter(place.topic for place in material.places.values()).most_common())

    def stages(self, principal: Principal) -> tuple[str, ...]:
        """Stages that the points name, the commonest first."""
        authorise(principal, Action.MAKE_QUIZ)
        counts = Counter(place.stage for place in self._material(principal).places.values() if place.stage)
        return tuple(stage for stage, _ in counts.most_common())

    def releases(self, principal: Principal) -> list[Release]:
        """Releases that have answered, the newest first: any two may be compared."""
        authorise(principal, Action.MAKE_QUIZ)
        return effective(self._base.catalogue)

    def preview(self, order: Order) -> Generated:
        """Items for an order, kept nowhere."""
        authorise(order.principal, Action.MAKE_QUIZ)
        passages = self._both(order)
        if order.since_release is None:
            if order.until_release is not None:
                raise UsageError("one release only", hint="比较两次发布，须写明从哪次发布（编号）起。")
            return generate(order, passages, rewrite=self._rewrite)
        changed = difference(self._base.catalogue, passages, order.since_release, order.until_release)
        made = generate(order, passages, new=changed.ids, rewrite=self._rewrite)
        return replace(made, notes=(*([changed.note] if changed.note else []), *made.notes))

    def make(self, order: Order, *, fresh: bool = True) -> Made:
        """Items for an order, put into the bank as drafts; contradictions met are reported to the maintainers.

        With `fresh`, what the bank asks already is not asked again.
        """
        authorise(order.principal, Action.MAKE_QUIZ)
        if fresh:
            order = replace(order, exclude=order.exclude | self._bank.used_facts())
        made = self.preview(order)
        rows = [banked(item, origin="generated") for item in made.items]
        self._bank.add(rows, principal=order.principal)
        self.report(made.contradictions, order.principal)
        return Made(made, self._bank.items([row.id for row in rows]))

    def take_in(self, principal: Principal, rows: Sequence[Mapping[str, str]]) -> TakenIn:
        """Puts the rows of an existing bank in as drafts; what is wrong with a row refuses that row only."""
        authorise(principal, Action.MAKE_QUIZ)
        taken = take_in(rows, self.seen_by(principal))
        new = set(self._bank.add([banked(item, origin="import") for item in taken.items], principal=principal))
        bare = sum(1 for item in taken.items if not item.evidence and item.id in new)
        return TakenIn(self._bank.items(sorted(new)), bare, len(taken.items) - len(new), taken.refused)

    def browse(self, principal: Principal, states: Sequence[ItemState] = (), **narrowed: Any) -> tuple[BankItem, ...]:
        """Items of the bank, the newest first, see `QuizBank.list`."""
        authorise(principal, Action.MAKE_QUIZ)
        return self._bank.list(states, **narrowed)

    def get(self, principal: Principal, item_id: str) -> BankItem | None:
        """An item of the bank, None when unknown."""
        authorise(principal, Action.MAKE_QUIZ)
        return self._bank.get(item_id)

    def events(self, principal: Principal, item_id: str) -> tuple[ItemEvent, ...]:
        """What was done to an item."""
        authorise(principal, Action.MAKE_QUIZ)
        return self._bank.events(item_id)

    def figures(self, principal: Principal, ids: Sequence[str]) -> Mapping[str, ItemFigures]:
        """How items fare."""
        authorise(principal, Action.MAKE_QUIZ)
        return self._bank.figures(ids)

    def counts(self, principal: Principal) -> dict[ItemState, int]:
        """How many items stand in each state."""
        authorise(principal, Action.MAKE_QUIZ)
        return self._bank.counts()

    def accept(self, principal: Principal, item_id: str, note: str = "") -> BankItem:
        """Accepts an item whose key is proved today; a withdrawn one is proved anew first.

        Raises InputRefused when the base does not bear it out any more, or another place contradicts it.
        """
        authorise(principal, Action.MAKE_QUIZ)
        row = self._require(item_id)
        item = item_from(row.payload)
        truth = self._truth()
        current = truth.current
        renewed = current.renewed(item)
        if renewed is None:
            why = current.fault(item)
            raise InputRefused(
                f"item {item_id} is not proved", hint=f"这道题现在不能采用：{why}。请修改后再采用，或退回。"
            )
        against = disputed(renewed, truth.material.contradictions)
        if against:
            raise InputRefused(
                f"item {item_id} is disputed", hint=f"这道题现在不能采用：{against}。请先由知识维护处理。"
            )
        if renewed != item:
            row = self._bank.revise(replace(row, payload=item_json(renewed)), principal=principal, note="重新核对出处")
        return self._bank.decide(item_id, ItemState.ACCEPTED, principal=principal, note=note)

    def reject(self, principal: Principal, item_id: str, reason: str) -> BankItem:
        """Rejects an item; the reason may not be empty."""
        authorise(principal, Action.MAKE_QUIZ)
        if not reason.strip():
            raise InputRefused("a rejection without a reason", hint="退回要写一句原因。")
        self._require(item_id)
        return self._bank.decide(item_id, ItemState.REJECTED, principal=principal, note=reason.strip()[:500])

    def edit(self, principal: Principal, item_id: str, changes: Mapping[str, Any], note: str = "") -> BankItem:
        """Writes a new version of an item with `changes` to its fields; it stands as a draft until accepted again.

        Raises UsageError for a field it does not have, InputRefused when the result is no proper item, or its key does
        not stand in a passage in force.
        """
        authorise(principal, Action.MAKE_QUIZ)
        row = self._require(item_id)
        item = _changed(item_from(row.payload), changes)
        wrong = tuple(each for at, each in enumerate(item.options) if at not in item.key)
        fault = shape_fault(
            item.kind, item.stem, item.right, wrong if item.kind is not ItemKind.ORDER else (), item.answers
        )
        if fault:
            raise InputRefused(f"item {item_id}: {fault}", hint=f"没有保存：{fault}。")
        item = self._proved(item)
        return self._bank.revise(
            replace(banked(item, origin=row.origin), id=row.id, version=row.version), principal=principal, note=note
        )

    def check(self, principal: Principal = OPERATOR) -> Checked:
        """Looks after the bank on this day: withdraws exactly the items whose source changed or is contradicted."""
        authorise(principal, Action.MAKE_QUIZ)
        truth = self._truth()
        current, contradictions = truth.current, truth.material.contradictions
        rows = self._bank.list((ItemState.ACCEPTED, ItemState.DRAFT), limit=None)
        withdrawn = []
        for row in rows:
            item = item_from(row.payload)
            why = (current.fault(item) if item.evidence else "") or disputed(item, contradictions)
            if why:
                self._bank.decide(row.id, ItemState.WITHDRAWN, principal=principal, note=why)
                withdrawn.append((row.id, why))
        self.report(contradictions, principal)
        return Checked(len(rows), tuple(withdrawn), contradictions)

    def tick(self) -> None:
        """Looks after the bank when another release answers or another day has come; the site calls it now and then."""
        release = self._base.active()
        if release is not None and self._looked != (seen := (release.id, self.today())):
            self._looked = seen
            self.check()

    def report(self, contradictions: Sequence[Contradiction], principal: Principal) -> None:
        """Opens a knowledge gap for each contradiction that has none open yet."""
        for each in contradictions:
            key = "矛盾 " + " ".join(sorted((each.first.text_hash, each.second.text_hash)))
            asked = Unanswered(each.text, principal, "quiz", self.today())
            self.reports.report(asked, key=key, cause=GapCause.CONTRADICTION, note="出题时发现", priority=1)

    def usable(self, rows: Sequence[BankItem], reader: Principal) -> list[tuple[BankItem, Item]]:
        """Items that hold today and rest only on what `reader` may see; what holds no more is withdrawn on the way."""
        day = self.today()
        truth, seen = self._truth().current, self._standings.of(reader, day).current
        good = []
        for row in rows:
            item = item_from(row.payload)
            why = truth.fault(item)
            if why:
                self._bank.decide(row.id, ItemState.WITHDRAWN, principal=OPERATOR, note=why)
            elif not seen.fault(item):
                good.append((row, item))
        return good

    def paper(self, principal: Principal, title: str, ids: Sequence[str], *, minutes: int = 0, seed: int = 1) -> Paper:
        """Puts accepted items together as a paper, re-checked today; raises InputRefused when none of them holds."""
        authorise(principal, Action.MAKE_QUIZ)
        if not 1 <= len(ids) <= MAX_PAPER:
            raise UsageError(f"{len(ids)} items", hint=f"一份试卷须有 1 到 {MAX_PAPER} 题。")
        rows = [row for row in self._bank.items(ids) if row.state is ItemState.ACCEPTED]
        good = self.usable(rows, principal)
        if not good:
            raise InputRefused("no usable item", hint="所选题目没有一道可用：只有采用状态、出处仍然有效的题才能组卷。")
        lines = tuple((row.id, row.version) for row, _ in good)
        return self._bank.add_paper(Paper(title.strip()[:80] or "试卷", lines, seed, minutes), principal=principal)

    def paper_items(self, principal: Principal, paper: Paper) -> list[Item]:
        """The items of a paper as they stand in the bank and hold today, in order."""
        authorise(principal, Action.MAKE_QUIZ)
        rows = [row for row in self._bank.items([each for each, _ in paper.items]) if row.state is ItemState.ACCEPTED]
        return [item for _, item in self.usable(rows, principal)]

    def papers(self, principal: Principal) -> tuple[Paper, ...]:
        """Papers, the newest first."""
        authorise(principal, Action.MAKE_QUIZ)
        return self._bank.papers()

    def paper_of(self, principal: Principal, paper_id: int) -> Paper | None:
        """One paper, None when unknown."""
        authorise(principal, Action.MAKE_QUIZ)
        return self._bank.paper(paper_id)

    def _proved(self, item: Item) -> Item:
        """The item with its proof: the old one where it still bears the key out, else what the base says today."""
        truth = self._truth()
        current = truth.current
        texts = (*item.right, *item.answers) if item.kind is not ItemKind.TRUE_FALSE else ()
        renewed = current.renewed(item)
        if renewed is not None and all(supported(text, _whole(renewed, current)) for text in texts):
            return renewed
        proof = find_proof(item, truth.passages)
        if proof is None:
            raise InputRefused("the key has no proof", hint="没有保存：改后的答案在现行有效的知识里找不到依据。")
        return replace(item, evidence=(proof,))

    def _require(self, item_id: str) -> BankItem:
        row = self._bank.get(item_id)
        if row is None:
            raise UsageError(f"no item {item_id}", hint="题库里没有这道题，请刷新后重试。")
        return row

    def _material(self, principal: Principal) -> Material:
        return self._standings.of(principal, self.today()).material

    def _truth(self) -> Standing:
        """What is in force today, whoever may see it."""
        return self._standings.of(OPERATOR, self.today())

    def seen_by(self, principal: Principal) -> tuple[Passage, ...]:
        """What a principal may see today."""
        return self._standings.of(principal, self.today()).passages

    def _both(self, order: Order) -> list[Passage]:
        """What the one who orders may see, and those who are to answer too."""
        readable = {each.id for each in self._standings.of(order.audience, order.as_of).passages}
        mine = self._standings.of(order.principal, order.as_of).passages
        return [each for each in mine if each.id in readable]


def banked(item: Item, *, origin: str) -> BankItem:
    """An item as a draft of the bank."""
    return BankItem(
        id=item.id,
        version=1,
        state=ItemState.DRAFT,
        kind=item.kind.value,
        topic=item.topic,
        stage=item.stage,
        competency=item.competency,
        difficulty=item.difficulty,
        fact=item.fact,
        origin=origin,
        payload=item_json(item),
        tags=item.tags,
    )


_EDITABLE = frozenset(
    {"stem", "options", "key", "answers", "explanation", "topic", "stage", "competency", "difficulty", "tags"}
)


def _changed(item: Item, changes: Mapping[str, Any]) -> Item:
    unknown = set(changes) - _EDITABLE
    if unknown:
        raise UsageError(f"cannot change {unknown}", hint=f"这些内容不能修改：{'、'.join(sorted(unknown))}。")
    try:
        changed = item_from(item_json(item) | dict(changes))
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"not an item: {error}", hint="修改的内容格式不对，请检查选项和答案。") from error
    if any(not 0 <= at < len(changed.options) for at in changed.key):
        raise UsageError("key out of range", hint="答案不在选项里。")
    return changed


def _whole(item: Item, current: Current) -> str:
    """All that the passages an item rests on say."""
    found = [current.passage(proof) for proof in item.evidence if proof.role == "key"]
    return "\n".join(content(each) for each in found if each is not None)
