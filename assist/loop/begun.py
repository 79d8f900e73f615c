"""Remembers which plan is going out, so that the next look can finish or undo what was cut short; releasing calls it.

What answers changes in one transaction of the catalogue; the records of plan, drafts and gaps follow it. This note is
written before and taken away after both.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from kb.errors import HomeError, UsageError
from kb.store import Catalogue, Plan, Release, ReleaseKind, ReleaseState

_KEY = "release.begun"


class Begun:
    """The note of the one activation that may be under way."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    @contextmanager
    def writing(self, plan: Plan, base: Release | None) -> Iterator[None]:
        """Notes that a plan goes out over what answers now, until the block ends well."""
        self._catalogue.settings.set(_KEY, {"plan": plan.id, "base": base.id if base else 0})
        yield
        self.forget()

    def forget(self) -> None:
        """Takes the note away; where even that fails the next start does it."""
        with suppress(HomeError):
            self._catalogue.settings.set(_KEY, None)

    def left(self) -> tuple[Plan | None, Release | None]:
        """The plan that was going out when its process ended, and its release if that one answers or answered.

        A release that was being built for it and never answered is abandoned.
        """
        noted = self._catalogue.settings.get(_KEY)
        plan = None if noted is None else self._catalogue.plans.get(int(noted["plan"]))
        if noted is None or plan is None:
            return None, None
        went = None
        for release in self._catalogue.releases.history(20):
            if release.kind is not ReleaseKind.DRAFT or (release.base_id or 0) != noted["base"]:
                continue
            if release.activated_at is not None:
                went = release
            elif release.state is ReleaseState.BUILDING:
                with suppress(UsageError):
                    self._catalogue.releases.abandon(release.id)
        return plan, went
