"""Schemathesis over the whole interface as everybody: whatever the description allows, the server never fails."""

from __future__ import annotations

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from tests.assist.whole_site import Whole

EXAMPLES = 60 if os.environ.get("ZHIYING_FULL") else 3
"""Requests for each operation and role."""
SPARED = {("DELETE", "/api/v1/session"), ("DELETE", "/api/v1/people/{key}/sessions")}
"""They would sign the caller out in the middle."""


@pytest.mark.parametrize(
    "name", ["anonymous", "agent", "trainer", "maintainer", "inspector", "duty_manager", "admin", "other department"]
)
def test_no_described_request_makes_the_server_fail(whole: Whole, name: str) -> None:
    schema = schemathesis.openapi.from_dict(whole.app.openapi())
    failed: list[str] = []
    tried = 0
    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]
        if (operation.method.upper(), operation.path) in SPARED:
            continue

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def attack(case: Any) -> None:
            nonlocal tried
            tried += 1
            response = case.call(base_url=whole.address, headers=whole.knockers[name].headers, timeout=60)
            if response.status_code >= 500:
                failed.append(f"{case.method} {case.path} {response.status_code} {response.text[:200]}")

        attack()
    assert tried >= 30
    assert failed == []
