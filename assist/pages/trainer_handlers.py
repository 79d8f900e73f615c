"""The trainer's page's events: each asks the desk, a fault becomes Chinese words on the page; trainer.py wires them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from assist.pages.door import caller
from assist.pages.quiz_html import (
    alert,
    bank_table,
    done,
    generated_cards,
    item_card,
    paper_table,
)
from assist.quiz.desk import AGENT, QuizDesk
from assist.quiz.model import ItemKind, Order, item_from
from assist.wording import say
from kb.clock import ZONE
from kb.errors import InputRefused, UsageError, ZhiyingError
from kb.model import Principal, Role
from kb.store import BankItem, ItemState, Release

Person = Callable[[], Principal | None]
"""Who sent the event being handled, where sessions of accounts say it; None where they do not."""

LISTED = 60
_log = logging.getLogger(__name__)


class Handlers:
    """What the page's parts share: who sent an event."""

    def __init__(self, person: Person | None) -> None:
        self._person = person or (lambda: None)

    def _who(self, name: str) -> Principal:
        return self._person() or caller() or Principal(name.strip()[:64] or "内训师", Role.TRAINER)


def safely(act: Callable[[], Sequence[Any]], blanks: int) -> Sequence[Any]:
    """What `act` gives with an empty alert after it, or nothing changed and what went wrong."""
    try:
        return [*act(), ""]
    except ZhiyingError as error:
        return [*[gr.skip()] * blanks, alert(error.hint)]
    except Exception:
        _log.exception("an event of the trainer's page failed")
        return [*[gr.skip()] * blanks, alert(say("problem.fault"))]


class MakeHandlers(Handlers):
    """Generation."""

    def __init__(self, desk: QuizDesk, person: Person | None = None) -> None:
        super().__init__(person)
        self._desk = desk

    def open(self, name: str) -> Sequence[Any]:
        """Fills the topics there is material of, and the releases; with accounts nobody types who they are."""

        def act() -> Sequence[Any]:
            who = self._who(name)
            topics = self._desk.topics(who)
            releases = [(_released(one), one.id) for one in self._desk.releases(who)]
            return [
                gr.update(visible=caller() is None),
                gr.update(choices=[(f"{topic}（{count} 段）", topic) for topic, count in topics.items()]),
                gr.update(choices=[("不比较", 0), *releases]),
                gr.update(choices=[("今天有效的内容", 0), *releases]),
            ]

        return safely(act, 4)

    def preview(self, name: str, *wanted: Any) -> Sequence[Any]:
        """Items shown, kept nowhere."""
        return safely(lambda: [generated_cards(self._desk.preview(self._order(name, *wanted)), kept=False)], 1)

    def make(self, name: str, *wanted: Any) -> Sequence[Any]:
        """Items put into the bank."""
        return safely(lambda: [generated_cards(self._desk.make(self._order(name, *wanted)).generated, kept=True)], 1)

    def _order(
        self,
        name: str,
        topics: Sequence[str] | None,
        kinds: Sequence[str] | None,
        stage: str,
        difficulty: int,
        count: float,
        seed: float,
        since: int | None,
        until: int | None,
        reword: bool,
    ) -> Order:
        return Order(
            count=int(count or 0),
            principal=self._who(name),
            audience=AGENT,
            as_of=self._desk.today(),
            topics=tuple(topics or ()),
            kinds=tuple(ItemKind(kind) for kind in kinds or ()),
            stage=stage or "",
            difficulty=int(difficulty or 0),
            since_release=int(since or 0) or None,
            until_release=int(until or 0) or None,
            reword=bool(reword),
            seed=int(seed or 1),
        )


class BankHandlers(Handlers):
    """Review, import and papers."""

    def __init__(self, desk: QuizDesk, person: Person | None = None) -> None:
        super().__init__(person)
        self._desk = desk

    def rows(self, name: str, state: str, topic: str) -> Sequence[Any]:
        """Items listed, and offered for review."""
        return safely(lambda: self._listed(name, state, topic), 2)

    def check(self, name: str, state: str, topic: str) -> Sequence[Any]:
        """Items whose source changed are withdrawn."""

        def act() -> Sequence[Any]:
            checked = self._desk.check(self._who(name))
            told = (
                f"核对 {checked.checked} 题，停用 {len(checked.withdrawn)} 题，矛盾 {len(checked.contradictions)} 处。"
            )
            table, pick = self._listed(name, state, topic)
            return [done(told) + table, pick]

        return safely(act, 2)

    def accept_all(self, name: str, state: str, topic: str) -> Sequence[Any]:
        """Accepts the drafts listed; those that the base does not bear out stay, with the reasons."""

        def act() -> Sequence[Any]:
            who, kept, refused = self._who(name), 0, []
            for row in self._found(name, ItemState.DRAFT.value, topic):
                try:
                    self._desk.accept(who, row.id)
                    kept += 1
                except InputRefused as error:
                    refused.append(f"{row.id[:6]} {error.hint}")
            table, pick = self._listed(name, state, topic)
            return [done(f"采用 {kept} 题。") + "".join(map(alert, refused[:5])) + table, pick]

        return safely(act, 2)

    def one(self, name: str, item_id: str | None) -> Sequence[Any]:
        """An item with its key and source, and its texts to change."""
        return safely(lambda: self._detail(name, item_id), 5)

    def save(self, name: str, item_id: str | None, *texts: str) -> Sequence[Any]:
        """A new version of the item."""

        def act() -> Sequence[Any]:
            row = self._row(name, item_id)
            self._desk.edit(self._who(name), row.id, _changes(row, *texts), "在页面上修改")
            return self._detail(name, item_id)

        return safely(act, 5)

    def accept(self, name: str, item_id: str | None) -> Sequence[Any]:
        """Accepts the item."""

        def act() -> Sequence[Any]:
            self._desk.accept(self._who(name), self._row(name, item_id).id)
            return self._detail(name, item_id)

        return safely(act, 5)

    def reject(self, name: str, item_id: str | None, reason: str) -> Sequence[Any]:
        """Rejects the item, with a reason."""

        def act() -> Sequence[Any]:
            self._desk.reject(self._who(name), self._row(name, item_id).id, reason)
            return self._detail(name, item_id)

        return safely(act, 5)

    def papers(self, name: str) -> Sequence[Any]:
        """Papers with their exports."""
        return safely(lambda: [paper_table(self._desk.papers(self._who(name)))], 1)

    def paper(self, name: str, title: str, topic: str, count: float, minutes: float) -> Sequence[Any]:
        """A paper of accepted items, re-checked today."""

        def act() -> Sequence[Any]:
            rows = self._found(name, ItemState.ACCEPTED.value, topic, int(count or 20))
            paper = self._desk.paper(self._who(name), title, [row.id for row in rows], minutes=int(minutes or 0))
            table = paper_table(self._desk.papers(self._who(name)))
            return [done(f"已组卷“{paper.title}”，{len(paper.items)} 题，出处当日核对无误。") + table]

        return safely(act, 1)

    def _found(self, name: str, state: str, topic: str, limit: int = LISTED) -> tuple[BankItem, ...]:
        states = (ItemState(state),) if state else ()
        topics = (topic.strip(),) if topic.strip() else ()
        return self._desk.browse(self._who(name), states, topics=topics, limit=limit)

    def _listed(self, name: str, state: str, topic: str) -> Sequence[Any]:
        rows = self._found(name, state, topic)
        counts = self._desk.counts(self._who(name))
        told = "，".join(f"{each.label} {count}" for each, count in counts.items())
        choices = [(f"{row.id[:6]} {row.payload['stem'][:40]}", row.id) for row in rows]
        return [f'<p class="zq-note">题库：{told}</p>' + bank_table(rows), gr.update(choices=choices, value=None)]

    def _row(self, name: str, item_id: str | None) -> BankItem:
        row = self._desk.get(self._who(name), item_id) if item_id else None
        if row is None:
            raise UsageError("no item chosen", hint="请先在“审哪一题”里选一道题。")
        return row

    def _detail(self, name: str, item_id: str | None) -> Sequence[Any]:
        if not item_id:
            return ["", "", "", "", ""]
        row = self._row(name, item_id)
        item = item_from(row.payload)
        figures = self._desk.figures(self._who(name), [row.id])[row.id]
        shown = item.right if item.kind is ItemKind.ORDER else item.options
        marked = [
            f"* {option}" if at in item.key and item.kind is not ItemKind.ORDER else option
            for at, option in enumerate(shown)
        ]
        return [
            item_card(item, row, figures), item.stem, "\n".join(marked), "\n".join(item.answers), " ".join(item.tags),
        ]  # fmt: skip


def _released(one: Release) -> str:
    day = one.activated_at.astimezone(ZONE).strftime("%Y-%m-%d") if one.activated_at else ""
    return f"{one.id} 号 {day} {one.note[:24]}".rstrip()


def _changes(row: BankItem, stem: str, options: str, answers: str, tags: str) -> dict[str, Any]:
    """What the texts of the page change of an item."""
    item = item_from(row.payload)
    lines = [line.strip() for line in options.split("\n") if line.strip()]
    plain = [line.removeprefix("*").strip() for line in lines]
    changes: dict[str, Any] = {"stem": stem.strip(), "tags": tags.split()}
    if item.kind is ItemKind.ORDER:
        if plain != list(item.right):
            changes |= {"options": list(reversed(plain)), "key": list(range(len(plain) - 1, -1, -1))}
    elif item.options:
        changes |= {"options": plain, "key": [at for at, line in enumerate(lines) if line.startswith("*")]}
    if item.answers:
        changes["answers"] = [line.strip() for line in answers.split("\n") if line.strip()]
    return changes
