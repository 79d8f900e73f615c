"""What one release says that another did not, of what is in force; the desk makes items of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assist.quiz.passages import content_hash
from kb.errors import UsageError
from kb.model import Passage
from kb.store import Catalogue, Release

SHOWN = 60


@dataclass(frozen=True, slots=True)
class Difference:
    """`ids` are passages in force that were not said before; `gone` were new too, but are in force no more."""

    ids: frozenset[int]
    gone: int
    note: str


def effective(catalogue: Catalogue) -> list[Release]:
    """Releases that have answered, the newest first."""
    return [one for one in catalogue.releases.history(SHOWN) if one.activated_at is not None]


def difference(catalogue: Catalogue, in_force: Sequence[Passage], since: int, until: int | None) -> Difference:
    """What `in_force` says that release `since` did not, of all or of what release `until` said.

    Raises UsageError for a release there is none of, or the same twice.
    """
    if since == until:
        raise UsageError(f"release {since} twice", hint="两次发布相同，没有差异：请选两个不同的发布。")
    before = _said(catalogue, since)
    if until is None:
        return Difference(frozenset(one.id for one in in_force if content_hash(one) not in before), 0, "")
    brought = _said(catalogue, until) - before
    ids = frozenset(one.id for one in in_force if content_hash(one) in brought)
    gone = len(brought - {content_hash(one) for one in in_force})
    note = f"{until} 号发布比 {since} 号新增或改动 {len(brought)} 段"
    note += f"，其中 {gone} 段今天已不再有效或不对答题人开放，不出题。" if gone else "。"
    return Difference(ids, gone, note)


def _said(catalogue: Catalogue, release: int) -> frozenset[str]:
    if catalogue.releases.get(release) is None:
        raise UsageError(f"no release {release}", hint=f"没有编号 {release} 的发布，请核对编号。")
    passages = catalogue.documents.passages(catalogue.releases.roster(release).ids.tolist())
    return frozenset(content_hash(each) for each in passages.values())
