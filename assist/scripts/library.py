"""The script library over the ingested rows: browse, search, fill, keep at hand, count; pages and API call it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol

from assist.access import Action, authorise
from assist.check import problem_of
from assist.problems import NotFoundError
from assist.scripts.model import Choice, Filled, Script, Shown
from assist.scripts.slots import context_of, fill
from kb.clock import Clock, today
from kb.errors import InputRefused, UsageError
from kb.model import Kind, Passage, Principal, SearchQuery, SearchResult, Term
from kb.rows import ROW, ScriptRow
from kb.store import Catalogue, Release
from kb.text import fold

LISTED = 200
FOUND = 12


class Base(Protocol):
    """What the library needs of the knowledge base."""

    def passages(self, principal: Principal, kinds: Collection[Kind] = (), as_of: date | None = None) -> list[Passage]:
        """Passages of these kinds, in force on a day, or whatever their days."""
        ...

    def search(self, query: SearchQuery) -> SearchResult:
        """Hits the principal may see, in force that day, best first."""
        ...

    def active(self) -> Release | None:
        """The release that answers."""
        ...

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue of the home."""
        ...


class ScriptLibrary:
    """Scripts for whoever talks to customers; thread-safe. Each method raises Forbidden for a principal who may not."""

    def __init__(self, *, base: Base, clock: Clock) -> None:
        self._base = base
        self._clock = clock

    def today(self) -> date:
        """The day on which scripts are asked for."""
        return today(self._clock)

    def browse(self, principal: Principal, choice: Choice) -> list[Shown]:
        """The scripts that meet `choice`, in the order of the sheet; at most LISTED."""
        authorise(principal, Action.USE_SCRIPTS)
        found = self._scripts(principal, None if choice.ended else choice.as_of)
        return self._shown(principal, [script for script in found if _meets(script, choice)][:LISTED])

    def search(self, principal: Principal, situation: str, choice: Choice) -> list[Shown]:
        """The scripts for a situation ("客户一直不说话"), best first, at most FOUND.

        Raises InputRefused for what is no description of a situation.
        """
        authorise(principal, Action.USE_SCRIPTS)
        problem = problem_of(situation)
        if problem is not None:
            raise InputRefused(f"not a situation: {problem[0]}", hint=problem[1])
        query = SearchQuery(situation, principal, choice.as_of, k=3 * FOUND, kinds=frozenset({Kind.SCRIPT}))
        hits = [(hit, script) for hit in self._base.search(query).hits if (script := _script(hit.passage))]
        kept = [(hit, script) for hit, script in hits if _meets(script, choice)][:FOUND]
        shown = self._shown(principal, [script for _, script in kept])
        return [replace(one, confidence=hit.confidence) for one, (hit, _) in zip(shown, kept, strict=True)]

    def at_hand(self, principal: Principal, as_of: date) -> list[Shown]:
        """The favourites of a person that are in force, the latest first."""
        authorise(principal, Action.USE_SCRIPTS)
        return self._named(principal, self._base.catalogue.scripts.favourites(principal), as_of)

    def most_used(self, principal: Principal, as_of: date, limit: int = 20) -> list[Shown]:
        """The scripts in force that were used most, most used first."""
        authorise(principal, Action.USE_SCRIPTS)
        keys = [key for key, _ in self._base.catalogue.scripts.most_used(5 * limit)]
        return self._named(principal, keys, as_of)[:limit]

    def get(self, principal: Principal, key: str, as_of: date) -> Shown:
        """A script by its key; raises NotFoundError when there is none that the principal may see in force that day."""
        authorise(principal, Action.USE_SCRIPTS)
        found = self._named(principal, [key], as_of)
        if not found:
            raise NotFoundError(f"no script {key!r}", hint="没有这条话术，或当日不在有效期内，或您无权查看。")
        return found[0]

    def fill(
        self, principal: Principal, key: str, as_of: date, context: Mapping[str, str], said: Sequence[str] = ()
    ) -> Filled:
        """A script with its slots filled from `context`, and from what was `said` where the context is silent."""
        script = self.get(principal, key, as_of).script
        return fill(script, context_of(said, self._products()) | dict(context))

    def favour(self, principal: Principal, key: str, *, keep: bool) -> None:
        """Keeps a script at hand, or no longer."""
        authorise(principal, Action.USE_SCRIPTS)
        if keep:
            self.get(principal, key, self.today())
            self._base.catalogue.scripts.favour(principal, key)
        else:
            self._base.catalogue.scripts.drop(principal, key)

    def use(self, principal: Principal, key: str, channel: str = "") -> None:
        """Counts one use."""
        self.get(principal, key, self.today())
        self._base.catalogue.scripts.use(principal, key, channel=channel[:40])

    def scenarios(self, principal: Principal, as_of: date) -> tuple[str, ...]:
        """The scenarios of the scripts in force, in the order of the sheet."""
        authorise(principal, Action.USE_SCRIPTS)
        return tuple(dict.fromkeys(script.row.scenario for script in self._scripts(principal, as_of)))

    def channels(self, principal: Principal, as_of: date) -> tuple[str, ...]:
        """The channels that scripts in force are made for."""
        authorise(principal, Action.USE_SCRIPTS)
        return tuple(dict.fromkeys(script.row.channel for script in self._scripts(principal, as_of)))

    def _scripts(self, principal: Principal, as_of: date | None) -> list[Script]:
        """Scripts by key, each once, those of several parts by their first."""
        found: dict[str, Script] = {}
        for passage in self._base.passages(principal, {Kind.SCRIPT}, as_of):
            script = _script(passage)
            if script is not None:
                found.setdefault(script.key, script)
        return list(found.values())

    def _named(self, principal: Principal, keys: Iterable[str], as_of: date) -> list[Shown]:
        known = {script.key: script for script in self._scripts(principal, as_of)}
        return self._shown(principal, [known[key] for key in keys if key in known])

    def _shown(self, principal: Principal, scripts: Iterable[Script]) -> list[Shown]:
        book = self._base.catalogue.scripts
        mine, uses = frozenset(book.favourites(principal)), dict(book.most_used(10_000))
        return [Shown(script, script.key in mine, uses.get(script.key, 0)) for script in scripts]

    def _products(self) -> list[str]:
        """Names of products, longest first."""
        release = self._base.active()
        terms: tuple[Term, ...] = () if release is None else self._base.catalogue.documents.terms(release.id)
        names = [term.standard for term in terms if term.category == "产品"]
        return sorted(names, key=len, reverse=True)


def _script(passage: Passage) -> Script | None:
    row = None if passage.row is None else ROW.validate_python(dict(passage.row))
    return Script.of(passage, row) if isinstance(row, ScriptRow) else None


def _meets(script: Script, choice: Choice) -> bool:
    row = script.row
    if choice.scenario and row.scenario != choice.scenario:
        return False
    if choice.trigger and not any(fold(choice.trigger) in fold(trigger) for trigger in (*row.triggers, script.name)):
        return False
    if choice.audience and script.audience != choice.audience:
        return False
    if choice.channel and row.channel not in ("", "全部", choice.channel):
        return False
    return choice.ended or script.days.covers(choice.as_of)


def read_context(pairs: Iterable[str]) -> dict[str, str]:
    """Slots typed as 名称=值; raises UsageError for anything else."""
    context: dict[str, str] = {}
    for pair in pairs:
        name, mark, value = pair.partition("=")
        if not mark or not name.strip():
            raise UsageError(f"not a slot: {pair[:40]!r}", hint=f"“{pair[:40]}”不对，要写成 客户姓=陈 这样。")
        context[name.strip()] = value.strip()
    return context
