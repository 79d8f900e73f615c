"""Every role may do exactly what the table says; nothing is allowed by being forgotten."""

from __future__ import annotations

import pytest

from assist.access import ALLOWED, Action, authorise
from kb.errors import Forbidden
from kb.model import OPERATOR, Principal, Role


def test_every_action_is_in_the_table() -> None:
    assert set(ALLOWED) == set(Action)


@pytest.mark.parametrize("action", Action)
def test_the_operator_may_do_everything(action: Action) -> None:
    authorise(OPERATOR, action)


@pytest.mark.parametrize("action", [Action.LIST_GAPS, Action.INGEST, Action.ASK_UNRECORDED, Action.ACT_FOR_OTHERS])
def test_a_customer_is_told_in_chinese_what_is_not_allowed(action: Action) -> None:
    with pytest.raises(Forbidden) as error:
        authorise(Principal("c1", Role.CUSTOMER), action)
    assert "没有这项权限" in error.value.hint


def test_an_agent_asks_but_does_not_ingest() -> None:
    agent = Principal("a1", Role.AGENT)
    authorise(agent, Action.ASK)
    with pytest.raises(Forbidden):
        authorise(agent, Action.INGEST)
