"""What would answer after a release, to be asked beside what answers now; the knowledge base lends one to the gate."""

from __future__ import annotations

from datetime import date

from kb.model import Passage, Principal, SearchQuery, SearchResult
from kb.search import Searcher
from kb.store import Catalogue, Release, Section
from kb.view import View


class Trial:
    """Reads one view that nobody else sees; good until the end of the block that lent it."""

    def __init__(self, catalogue: Catalogue, view: View, searcher: Searcher) -> None:
        self.catalogue = catalogue
        self._view = view
        self._searcher = searcher

    def search(self, query: SearchQuery) -> SearchResult:
        """The best visible passages in force on the day, as `KnowledgeBase.search` gives them."""
        return self._searcher.search(self._view, query)

    def passage(self, passage_id: int, principal: Principal, as_of: date) -> Passage | None:
        """A passage that the principal may see that day, None otherwise."""
        return self._searcher.shown(self._view, [passage_id], principal, as_of).get(passage_id)

    def section(self, section_id: int, principal: Principal, as_of: date | None = None) -> Section | None:
        """A parent section that may be seen whole that day, None otherwise."""
        return self._searcher.section(self._view, section_id, principal, as_of or date.max)

    def active(self) -> Release | None:
        """The release that is tried."""
        return self._view.release
