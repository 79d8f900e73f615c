"""All that people read comes from one file, and a mistake in filling it is found at once."""

from __future__ import annotations

import pytest

from assist.wording import label, say


def test_fills_the_variables_a_wording_declares() -> None:
    assert "10000 个字" in say("problem.too_long", length=10_000, limit=2_000)


def test_a_missing_or_unknown_variable_raises() -> None:
    with pytest.raises(ValueError, match="declares"):
        say("problem.too_long", length=1)
    with pytest.raises(ValueError, match="declares"):
        say("problem.empty", name="x")
    with pytest.raises(KeyError):
        say("problem")


def test_names_modes_for_people() -> None:
    assert label("mode", "quoted") == "原文摘录"
