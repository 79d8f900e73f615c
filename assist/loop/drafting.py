"""Writing and reviewing knowledge: drafts from gaps, conflicts shown, four eyes; API, page and commands use it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from assist.access import Action, authorise
from assist.loop.conflicts import Conflict, conflicts
from assist.loop.diff import Clause, ClauseChange, changes
from assist.loop.documents import FIELDS, document_of, listed
from assist.loop.propose import Proposal
from assist.loop.remarks import blanks
from kb.clock import Clock, today
from kb.errors import InputRefused, UsageError
from kb.model import OPERATOR, Passage, PassageDraft, Principal, SearchQuery, SearchResult
from kb.store import Catalogue, Draft, DraftKind, DraftState, Gap, GapState, Release

Propose = Callable[[DraftKind, str, Sequence[str], Sequence[Passage]], Proposal]
"""A language model's wording for a draft: kind, question, similar questions and passages at hand -> fields."""

Remark = Callable[[Draft, Sequence[Passage], date], Sequence[str]]
"""What a reviewer is warned of: draft, passages at hand and the day -> sentences for people."""

NEAR = 6


class Base(Protocol):
    """What drafting reads of the knowledge base."""

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue of the home."""
        ...

    def search(self, query: SearchQuery) -> SearchResult:
        """The best passages for a question."""
        ...

    def active(self) -> Release | None:
        """The release that answers."""
        ...


@dataclass(frozen=True, slots=True)
class DraftSheet:
    """A draft with what the reviewer needs: passages nearby, conflicts, what changes clause by clause, warnings."""

    draft: Draft
    gap: Gap | None
    nearby: tuple[Passage, ...]
    conflicts: tuple[Conflict, ...]
    changes: tuple[ClauseChange, ...]
    warnings: tuple[str, ...] = ()


class DraftDesk:
    """Drafts, authorised; thread-safe."""

    def __init__(self, base: Base, clock: Clock, propose: Propose | None = None, remark: Remark | None = None) -> None:
        self._base = base
        self._clock = clock
        self._propose = propose
        self._remark = remark

    def all(
        self, principal: Principal, states: Sequence[DraftState] = (), *, gap_id: int | None = None
    ) -> tuple[Draft, ...]:
        """Drafts, the latest changed first; those of one gap when it is named."""
        authorise(principal, Action.WRITE_DRAFTS)
        return self._base.catalogue.drafts.list(states, gap_id=gap_id)

    def begin(self, principal: Principal, gap_id: int, kind: DraftKind) -> Draft:
        """A draft from a gap: its question and similar questions filled in, worded by a model where there is one."""
        authorise(principal, Action.WRITE_DRAFTS)
        gap = self._base.catalogue.gaps.get(gap_id)
        if gap is None:
            raise UsageError(f"no gap {gap_id}", hint=f"没有 {gap_id} 号知识缺口，请刷新后重试。")
        wordings = self._base.catalogue.gap_work.texts([gap_id])[gap_id]
        similar = [each for each in wordings if each != gap.question]
        fields = _first_fields(kind, gap.question, similar)
        written = Proposal()
        if self._propose is not None:
            written = self._propose(kind, gap.question, similar, self._nearby(gap.question))
        draft = self._base.catalogue.drafts.add(
            Draft(
                kind=kind,
                title=gap.question[:40],
                fields=fields | dict(written.fields),
                author=principal.id,
                department=gap.department or principal.department,
                gap_id=gap_id,
                note=f"AI 起草没有成功（{written.fault}），下面是按规则起草的。" if written.fault else "",
                machine=bool(written.fields),
            )
        )
        by = "，AI 起草" if draft.machine else ""
        self._follow(gap, principal, GapState.DRAFTING, f"起草{kind.label}（草稿 {draft.id}{by}）")
        return draft

    def new(self, principal: Principal, kind: DraftKind, title: str, **fields: Any) -> Draft:
        """A draft of its own accord, for a change that nobody asked for yet."""
        authorise(principal, Action.WRITE_DRAFTS)
        wanted = Draft(kind=kind, title=title.strip(), fields={}, author=principal.id, department=principal.department)
        return self._base.catalogue.drafts.add(replace(wanted, **fields))

    def save(self, principal: Principal, changed: Draft) -> Draft:
        """Keeps what was edited; raises Conflict when somebody saved meanwhile, InputRefused for what cannot stand."""
        authorise(principal, Action.WRITE_DRAFTS)
        unknown = set(changed.fields) - set(FIELDS[changed.kind])
        if unknown:
            raise InputRefused(f"unknown fields {sorted(unknown)}", hint="草稿里有不认识的栏目，请刷新后重试。")
        document_of(changed)
        return self._base.catalogue.drafts.save(changed, principal)

    def submit(self, principal: Principal, draft_id: int) -> Draft:
        """Hands a complete draft to review."""
        authorise(principal, Action.WRITE_DRAFTS)
        known = self._require(draft_id)
        document_of(known)
        if empty := blanks(known):
            raise InputRefused("blanks", hint=f"还有没填写的地方：{'、'.join(empty[:3])}，请补上再提交审核。")
        draft = self._base.catalogue.drafts.step(draft_id, DraftState.REVIEW, principal)
        self._follow(self._gap(draft), principal, GapState.REVIEW, f"草稿 {draft_id} 待审")
        return draft

    def approve(self, principal: Principal, draft_id: int, note: str = "") -> Draft:
        """Approves what somebody else wrote."""
        authorise(principal, Action.APPROVE_DRAFTS)
        return self._base.catalogue.drafts.step(draft_id, DraftState.APPROVED, principal, note)

    def send_back(self, principal: Principal, draft_id: int, note: str) -> Draft:
        """Returns a draft to its author with a reason."""
        authorise(principal, Action.APPROVE_DRAFTS)
        if not note.strip():
            raise InputRefused("no reason", hint="退回要写明原因，起草人据此修改。")
        draft = self._base.catalogue.drafts.step(draft_id, DraftState.RETURNED, principal, note.strip())
        self._follow(self._gap(draft), principal, GapState.DRAFTING, f"草稿 {draft_id} 退回：{note.strip()}")
        self._base.catalogue.notices.add([draft.author], f"草稿“{draft.title}”被退回：{note.strip()}", draft.gap_id)
        return draft

    def withdraw(self, principal: Principal, draft_id: int) -> Draft:
        """Takes a draft back; nothing of it was ever found."""
        authorise(principal, Action.WRITE_DRAFTS)
        return self._base.catalogue.drafts.step(draft_id, DraftState.WITHDRAWN, principal)

    def sheet(self, principal: Principal, draft_id: int) -> DraftSheet:
        """A draft with passages nearby, conflicts and its difference from what is in force."""
        authorise(principal, Action.WRITE_DRAFTS)
        draft = self._require(draft_id)
        try:
            passages: tuple[PassageDraft, ...] = document_of(draft).passages
        except InputRefused:
            passages = ()
        text = " ".join(each.text for each in passages)[:600] or draft.title
        nearby = tuple(each for each in self._nearby(text) if each.source != draft.source)
        gap = self._gap(draft)
        return DraftSheet(
            draft=draft,
            gap=gap,
            nearby=nearby,
            conflicts=conflicts(text, f"{draft.title} {gap.question if gap else ''}", nearby),
            changes=changes(self._in_force(draft), [_clause(at, each) for at, each in enumerate(passages)]),
            warnings=() if self._remark is None else tuple(self._remark(draft, nearby, today(self._clock))),
        )

    def _in_force(self, draft: Draft) -> list[Clause]:
        """The clauses that the draft replaces: of its own source, and those it names as superseded."""
        release = self._base.active()
        if release is None:
            return []
        catalogue = self._base.catalogue
        held = catalogue.releases.versions(release.id)
        found: list[Clause] = []
        for name in (draft.source, *draft.supersedes):
            source, _, clause = name.partition("#")
            if source not in held:
                continue
            passages = catalogue.documents.passages(catalogue.documents.passage_ids([held[source].id]).tolist())
            kept = [each for each in passages.values() if not clause or any(clause in part for part in each.heading)]
            found += [Clause(_name(at, each.heading), each.text) for at, each in enumerate(kept)]
        return found

    def _nearby(self, text: str) -> tuple[Passage, ...]:
        if not any(each.isalnum() for each in text) or self._base.active() is None:
            return ()
        query = SearchQuery(text[:1_000], OPERATOR, today(self._clock), k=NEAR)
        return tuple(hit.passage for hit in self._base.search(query).hits)

    def _gap(self, draft: Draft) -> Gap | None:
        return None if draft.gap_id is None else self._base.catalogue.gaps.get(draft.gap_id)

    def _follow(self, gap: Gap | None, principal: Principal, state: GapState, note: str) -> None:
        """The gap goes along with its draft where that is its next step; otherwise only the note is kept."""
        if gap is None:
            return
        try:
            self._base.catalogue.gaps.change(gap.id, principal, state=state, note=note)
        except UsageError:
            self._base.catalogue.gaps.change(gap.id, principal, note=note)

    def _require(self, draft_id: int) -> Draft:
        draft = self._base.catalogue.drafts.get(draft_id)
        if draft is None:
            raise UsageError(f"no draft {draft_id}", hint=f"没有 {draft_id} 号草稿，请刷新后重试。")
        return draft


def _first_fields(kind: DraftKind, question: str, similar: Sequence[str]) -> dict[str, str]:
    if kind is DraftKind.FAQ:
        return {"question": question, "similar": "\n".join(similar), "answer": "", "basis": ""}
    if kind is DraftKind.SCRIPT:
        triggers = "\n".join(listed("\n".join([question, *similar])))
        return {"scenario": question, "triggers": triggers, "wording": "", "forbidden": ""}
    return {"body": ""}


def _clause(at: int, passage: PassageDraft) -> Clause:
    return Clause(_name(at, passage.heading), passage.text)


def _name(at: int, heading: tuple[str, ...]) -> str:
    return heading[-1] if heading else f"第 {at + 1} 段"
