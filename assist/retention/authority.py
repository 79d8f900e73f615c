"""Who may promise what: levels of authority as the offer sheet writes them, and the one a principal brings along."""

from __future__ import annotations

from enum import IntEnum

from kb.model import Principal, Role


class Level(IntEnum):
    """Levels of authority, the higher including the lower; `label` is the sheet's word."""

    AGENT = 1
    DUTY_MANAGER = 2
    BUSINESS_GROUP = 3

    @property
    def label(self) -> str:
        """坐席, 值班经理 or 业务组."""
        return _LABELS[self]


_LABELS = {Level.AGENT: "坐席", Level.DUTY_MANAGER: "值班经理", Level.BUSINESS_GROUP: "业务组"}
_OF_ROLE = {Role.DUTY_MANAGER: Level.DUTY_MANAGER, Role.MAINTAINER: Level.BUSINESS_GROUP}


def level_of(principal: Principal) -> Level:
    """The authority of a principal; whoever is neither duty manager nor business group may promise what agents may."""
    return _OF_ROLE.get(principal.role, Level.AGENT)


def read_level(text: str) -> Level | None:
    """The level a sheet names, None for any other wording."""
    return next((level for level, name in _LABELS.items() if text.strip() == name), None)
