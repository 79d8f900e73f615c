"""What answers at one moment: a release's roster, its terms and an index generation; every read borrows one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from kb.model import Kind, Principal, Role, Term
from kb.shelves import INTERNAL, PUBLIC, Generation
from kb.store.values import Release, Roster

Visible = Callable[[NDArray[np.int64]], NDArray[np.bool_]]

EMPTY_ROSTER = Roster(
    release_id=0,
    ids=np.empty(0, dtype=np.int64),
    first_day=np.empty(0, dtype=np.int32),
    last_day=np.empty(0, dtype=np.int32),
    audience=np.empty(0, dtype=np.uint16),
    kind=np.empty(0, dtype=np.uint8),
    source=np.empty(0, dtype=np.int32),
    audiences=(),
    kinds=(),
    sources=(),
    versions=(),
)
"""The roster of a base without an active release: nothing is visible to anybody."""


@dataclass(frozen=True, slots=True)
class View:
    """One consistent state; `generation` is None while nothing was ever released."""

    release: Release | None
    roster: Roster
    terms: tuple[Term, ...]
    generation: Generation | None


def gate(roster: Roster, principal: Principal, as_of: date | None, kinds: Collection[Kind] = ()) -> Visible:
    """The one check on the way out: released, admitted by its audience, in force on `as_of`; by passage id.

    `kinds` narrow further when given; `as_of` of None lets every day through, for lists that say when something ended.
    Nothing leaves the base but through this.
    """
    theirs = admitted(roster, principal, kinds)
    if as_of is None:
        return theirs
    day = as_of.toordinal()

    def visible(ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        wanted = np.asarray(ids, dtype=np.int64)
        shown = theirs(wanted)
        at = roster.positions(wanted[shown])
        shown[shown] = (roster.first_day[at] <= day) & (day <= roster.last_day[at])
        return shown

    return visible


def admitted(roster: Roster, principal: Principal, kinds: Collection[Kind] = ()) -> Visible:
    """The part of the gate that days have no say in; alone it serves those who must know what has ended or will begin.

    Such a one shows nothing it finds out of force: it names it as ended, or keeps it out.
    """
    of_audience = np.array([audience.admits(principal) for audience in roster.audiences], dtype=np.bool_)
    of_kind = np.array([not kinds or kind in kinds for kind in roster.kinds], dtype=np.bool_)

    def visible(ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        at = roster.positions(np.asarray(ids, dtype=np.int64))
        shown = at >= 0
        at = at[shown]
        shown[shown] = of_audience[roster.audience[at]] & of_kind[roster.kind[at]]
        return shown

    return visible


def shelf_names(principal: Principal) -> tuple[str, ...]:
    """The shelves a principal's questions may touch at all."""
    return (PUBLIC,) if principal.role is Role.CUSTOMER else (PUBLIC, INTERNAL)


def is_public(roster: Roster, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which passages stand on the public shelf: (n,), for ids of the roster; False for any other."""
    if not len(ids):
        return np.zeros(0, dtype=np.bool_)
    public = np.array([audience.public for audience in roster.audiences] or [False], dtype=np.bool_)
    at = roster.positions(ids)
    found = np.zeros(len(ids), dtype=np.bool_)
    found[at >= 0] = public[roster.audience[at[at >= 0]]]
    return found


def scope_codes(roster: Roster, scope: Collection[str]) -> NDArray[np.int32]:
    """Roster codes of the sources meant by `scope`: equal, or one path ends in the other by whole components."""
    wanted = [("/" + name.strip("/")) for name in scope if name.strip("/")]
    codes = [
        code
        for code, source in enumerate(roster.sources)
        if any(("/" + source).endswith(name) or name.endswith("/" + source) for name in wanted)
    ]
    return np.asarray(codes, dtype=np.int32)


class Current:
    """Holds the view in use; `replace` returns only when nobody reads the one before any more."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._readers: dict[int, int] = {}
        self._changed = threading.Condition()

    @property
    def view(self) -> View:
        """The view in use, for values that need no files; reading indexes takes `borrow`."""
        return self._view

    @contextmanager
    def borrow(self) -> Iterator[View]:
        """The view in use, whose indexes stay open and complete until the end of the block."""
        with self._changed:
            view = self._view
            self._readers[id(view)] = self._readers.get(id(view), 0) + 1
        try:
            yield view
        finally:
            with self._changed:
                self._readers[id(view)] -= 1
                if not self._readers[id(view)]:
                    del self._readers[id(view)]
                    self._changed.notify_all()

    def replace(self, view: View) -> None:
        """Puts `view` in use for whoever comes next, and waits until the last reader of the one before has left."""
        with self._changed:
            before, self._view = self._view, view
            self._changed.wait_for(lambda: id(before) not in self._readers)
