"""What an address of the maintainer's page asks for: a gap to open, or the ledger narrowed; its pages link with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

FIRST_STATE = "未结束"
"""The state that the ledger shows when nothing else is asked for."""

PAGE = "ledger_page"
"""The name in the query; `page` is Gradio's own."""

_LONGEST = 100
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Address:
    """`gap` is a number or "", `find` words, `state` the name of a state, `page` counted from 0."""

    gap: str = ""
    find: str = ""
    state: str = FIRST_STATE
    page: int = 0

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Address:
        """What a query string asks for; what makes no sense in it is passed over."""
        gap, find = query.get("gap", "").strip(), query.get("find", "").strip()[:_LONGEST]
        bare = find.removeprefix("No.")
        if not gap and _is_number(bare):
            gap, find = bare, ""
        page = query.get(PAGE, "")
        return cls(
            gap=gap if _is_number(gap) else "",
            find=find,
            state=query.get("state", "") or FIRST_STATE,
            page=max(int(page) - 1, 0) if _is_number(page) else 0,
        )

    def open(self, gap: int | str) -> str:
        """The address that opens a gap beside the same ledger, escaped for an attribute; "" closes what is open."""
        return self._escaped(gap, self.page)

    def turn(self, page: int) -> str:
        """The address of another page of the ledger, escaped for an attribute."""
        return self._escaped("", page)

    def _escaped(self, gap: int | str, page: int) -> str:
        state = "" if self.state == FIRST_STATE else self.state
        asked = {"gap": str(gap), "find": self.find, "state": state, PAGE: str(page + 1) if page else ""}
        return escape("?" + urlencode({name: value for name, value in asked.items() if value}))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS
