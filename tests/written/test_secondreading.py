"""What would be refused is read once more in a model's written wording; both readings must point to a rule."""

from __future__ import annotations

import pytest

from assist.model import Answer, Outcome
from kb.knowledge import KnowledgeBase
from tests.assist.conftest import question
from tests.written.conftest import scripted
from tests.written.model_server import FAULTS, Script

SPOKEN = "在同一小区把宽带挪一挪，移机费咋个收法"
WRITTEN = "同一小区内移机费多少"
RULE = "移机费80元/次，同一小区内40元/次。"


def asked(base: KnowledgeBase, script: Script, text: str = SPOKEN) -> Answer:
    with scripted(base, script) as assistant:
        return assistant.answer(question(text))


def rewords(to: str) -> Script:
    """A model that rewords every question to `to`, and writes nothing that could be proved."""
    return Script(says=lambda _system, user: to if user.rstrip().endswith("改写：") else "好的。")


def test_a_spoken_question_is_answered_once_its_written_wording_confirms_the_rule(base: KnowledgeBase) -> None:
    answer = asked(base, rewords(WRITTEN))
    assert answer.outcome is Outcome.ANSWERED
    assert RULE in answer.text
    assert answer.understood == SPOKEN


@pytest.mark.parametrize(
    "wording",
    ["副卡怎么收费", "同一小区内移机费40元多少", "", "好的。" * 60],
    ids=["another question", "a figure nobody said", "nothing", "endless"],
)
def test_a_wording_that_points_elsewhere_or_adds_figures_leaves_the_refusal(base: KnowledgeBase, wording: str) -> None:
    assert asked(base, rewords(wording)).outcome is Outcome.REFUSED


def test_a_rule_far_from_what_was_said_is_not_brought_in_by_a_model(base: KnowledgeBase) -> None:
    script = rewords(WRITTEN)
    assert asked(base, script, "周末营业厅开门吗").outcome is Outcome.REFUSED
    assert script.asked == []


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_model_that_fails_leaves_the_refusal(base: KnowledgeBase, fault: str) -> None:
    with scripted(base, Script(says=lambda _system, _user: "", fault=fault), deadline=3.0) as assistant:
        assert assistant.answer(question(SPOKEN)).outcome is Outcome.REFUSED


def test_personal_data_are_masked_before_a_question_is_reworded(base: KnowledgeBase) -> None:
    script = rewords(WRITTEN)
    asked(base, script, f"{SPOKEN}，我号13912345678")
    assert script.asked
    assert all("13912345678" not in one.user for one in script.asked)
